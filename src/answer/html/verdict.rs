//! Judges whether a page answers a search: signs are collected while it is rewritten, until there are results.
//!
//! The rules, in this order: results make a page of results, whatever words they contain. The markup of a challenge makes a wall.
//! Words that say that nothing was found make an empty page. Words, a title or markup that only walls have on a page without
//! results make a wall. The engine's search form makes an empty page. Anything else is not understood.

use crate::answer::html::attributes::unescape;
use crate::answer::html::bounded_text::push_bounded;
use crate::answer::html::page_token::TextKind;
use crate::answer::html::phrases::{is_wall_title, normalize, says_nothing_found, says_wall};
use crate::answer::html::rules::RewriteRules;
use crate::answer::html::tag_scanner::StartTag;
use crate::answer::html::walls::{
    SCRIPT_OVERLAP, WallMarker, is_challenge_name, is_challenge_script, is_challenge_url,
};

/// From this number of results on, nothing makes a page a wall. A wall has one or two links elsewhere: help, and the service that
/// protects the site.
const CERTAIN_RESULTS: usize = 3;

/// Most bytes of the visible text that are searched for words: longer than every wall.
const MAX_TEXT_BYTES: usize = 32_768;

/// Most bytes of the texts of `noscript` and `button`, and of the title.
const MAX_ASIDE_BYTES: usize = 4_096;

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PageVerdict {
    /// It has results.
    Results,
    /// It says that there are none, or is a page of the engine's without any.
    Empty,
    /// It asks for something instead of answering, or reports an error.
    Wall,
    /// It has no results and does not say so.
    #[default]
    Unknown,
}

/// A link of the page, as far as it bears on the verdict.
#[derive(Debug)]
pub(super) struct LinkEvidence<'a> {
    /// Its target.
    pub(super) target: &'a str,
    /// It is sponsored.
    pub(super) is_sponsored: bool,
    /// It is in a heading, or contains one.
    pub(super) is_headed: bool,
    /// It leads to another host of the partner's domain.
    pub(super) is_sibling: bool,
}

/// The signs on a page.
#[derive(Debug, Default)]
pub(super) struct PageSigns {
    /// Markup that only a challenge or a consent page has.
    challenge: bool,
    /// Markup that pages of results have, too.
    suspicious: bool,
    /// A search form of the engine.
    search_form: bool,
    /// Words or suspicious markup before the first result, or a wall's title.
    begins_as_wall: bool,
    /// Distinct targets of results elsewhere, at most [`CERTAIN_RESULTS`].
    results: Vec<String>,
    /// Distinct targets at other hosts of the partner, at most [`CERTAIN_RESULTS`].
    siblings: Vec<String>,
    /// A result is an advertisement or has a heading.
    has_certain_result: bool,
    text: String,
    /// Length of the text before the link that is open.
    text_before_link: usize,
    aside: String,
    title: String,
    /// The end of the text of a script.
    script: String,
}

impl PageSigns {
    /// Whether the page has results for certain, so that no further sign changes the verdict.
    pub(super) fn is_decided(&self) -> bool {
        let is_suspected = self.challenge || (self.begins_as_wall && !self.search_form);
        self.results.len() >= CERTAIN_RESULTS || self.has_certain_result || (!self.results.is_empty() && !is_suspected)
    }

    /// What the page is, as far as it has been read.
    pub(super) fn verdict(&self, rules: &RewriteRules) -> PageVerdict {
        if self.is_decided() {
            return PageVerdict::Results;
        }
        if self.challenge || !self.results.is_empty() {
            return PageVerdict::Wall;
        }
        let [text, aside, title] = [&self.text, &self.aside, &self.title].map(|text| normalize(text));
        let contains = |phrase: &String| text.contains(phrase.as_str()) || title.contains(phrase.as_str());
        if says_nothing_found(&text) || rules.no_results.iter().any(contains) {
            return PageVerdict::Empty;
        }
        let is_marked = rules.walls.iter().any(|marker| matches!(marker, WallMarker::Text(phrase) if contains(phrase)));
        let is_suspicious = self.suspicious && !self.search_form;
        if is_marked || is_suspicious || says_wall(&text) || says_wall(&aside) || is_wall_title(&title) {
            return PageVerdict::Wall;
        }
        match (self.siblings.len() >= CERTAIN_RESULTS, self.search_form) {
            (true, _) => PageVerdict::Results,
            (false, true) => PageVerdict::Empty,
            (false, false) => PageVerdict::Unknown,
        }
    }

    /// Reads an element's attributes.
    pub(super) fn element(&mut self, name: &str, element: &StartTag<'_>, rules: &RewriteRules) {
        if self.is_decided() || element.attribute_count() == 0 {
            return;
        }
        for attribute in ["id", "class"] {
            if let Some(value) = element.attribute(attribute) {
                self.challenge |= is_challenge_name(value) || has_name(&rules.walls, attribute, value);
            }
        }
        let address = match name {
            "form" => element.attribute("action"),
            "script" | "iframe" | "frame" | "embed" | "img" => element.attribute("src"),
            "object" => element.attribute("data"),
            "meta" if element.attribute("http-equiv").is_some_and(|value| value.eq_ignore_ascii_case("refresh")) => {
                element.attribute("content")
            }
            "input" => {
                self.suspicious |= element.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("password"));
                return;
            }
            _ => return,
        };
        let Some(address) = address else { return };
        let address = unescape(address);
        match name {
            "form" | "iframe" | "frame" | "meta" => self.challenge |= is_challenge_url(&address),
            "script" => self.suspicious |= is_challenge_url(&address),
            _ => {}
        }
        // A script loads a page that a refresh leads to.
        self.suspicious |= name == "meta";
        self.challenge |= has_url(rules, &address);
    }

    /// Reads text of any kind; `is_visible` is whether it is content of the page.
    pub(super) fn text(&mut self, text: &str, kind: TextKind, is_visible: bool) {
        if self.is_decided() {
            return;
        }
        match kind {
            TextKind::Data if is_visible => push_bounded(&mut self.text, text, MAX_TEXT_BYTES),
            TextKind::Data => push_bounded(&mut self.aside, text, MAX_ASIDE_BYTES),
            TextKind::EscapableRaw => push_bounded(&mut self.title, text, MAX_ASIDE_BYTES),
            TextKind::Script => {
                self.script.push_str(text);
                self.challenge |= is_challenge_script(&self.script);
                let keep = self.script.ceil_char_boundary(self.script.len().saturating_sub(SCRIPT_OVERLAP));
                self.script.drain(..keep);
            }
            TextKind::Raw | TextKind::Cdata => {}
        }
    }

    /// Reads the text of a `noscript`; `is_content` is whether it does more than ask for scripts.
    pub(super) fn noscript(&mut self, text: &str, is_content: bool) {
        self.text(text, TextKind::Data, is_content);
    }

    /// Separates the words of two blocks.
    pub(super) fn start_block(&mut self) {
        if !self.text.is_empty() && !self.is_decided() {
            push_bounded(&mut self.text, " ", MAX_TEXT_BYTES);
        }
    }

    /// Notes that the engine's search form is on the page.
    pub(super) fn search_form(&mut self) {
        self.search_form = true;
    }

    /// Notes that a link starts.
    pub(super) fn start_link(&mut self) {
        self.text_before_link = self.text.len();
    }

    /// Notes that a visible link ended that is no furniture.
    pub(super) fn link(&mut self, link: &LinkEvidence<'_>) {
        if self.is_decided() {
            return;
        }
        let is_distrusted = link.is_sibling && (self.challenge || !link.is_headed);
        if self.results.is_empty() && !is_distrusted {
            let before = self.text.get(..self.text_before_link).unwrap_or_default();
            self.begins_as_wall =
                self.suspicious || is_wall_title(&normalize(&self.title)) || says_wall(&normalize(before));
        }
        let list = if is_distrusted && !link.is_sponsored { &mut self.siblings } else { &mut self.results };
        if list.len() < CERTAIN_RESULTS && !list.iter().any(|known| known == link.target) {
            list.push(link.target.to_owned());
        }
        self.has_certain_result |= link.is_sponsored || (link.is_headed && !is_distrusted);
        if self.is_decided() {
            (self.text, self.aside, self.title, self.script) = Default::default();
        }
    }
}

/// Whether an ID or class is one of the partner's markers.
fn has_name(markers: &[WallMarker], attribute: &str, value: &str) -> bool {
    markers.iter().any(|marker| match marker {
        WallMarker::Id(id) => attribute == "id" && id == value.trim(),
        WallMarker::Class(class) => attribute == "class" && value.split_ascii_whitespace().any(|name| name == class),
        WallMarker::Url(_) | WallMarker::Text(_) => false,
    })
}

/// Whether an address, or that in a refresh, is one of the partner's markers.
fn has_url(rules: &RewriteRules, address: &str) -> bool {
    let mut patterns = rules.walls.iter().filter_map(|marker| match marker {
        WallMarker::Url(pattern) => Some(pattern),
        WallMarker::Id(_) | WallMarker::Class(_) | WallMarker::Text(_) => None,
    });
    let address = address.split_once("url=").map_or(address, |(_, url)| url);
    patterns.any(|pattern| rules.links.url.join(address).is_ok_and(|url| pattern.matches(url.as_str())))
}
