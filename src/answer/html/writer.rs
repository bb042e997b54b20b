//! Writes the page that the user gets. Nothing of the partner's markup is copied: every tag is written
//! anew from [`super::allow`], and of text every `<` is escaped. So what a browser makes of the result
//! does not depend on whether it reads the partner's page as the tokenizer does.

use std::sync::Arc;

use lol_html::html_content::TextType;
use lol_html::send::Element;
use url::Url;

use crate::answer::html::allowlist::{Attribute, EVERYWHERE, EndTag, ROOT, Rule, Treatment, implied, treatment};
use crate::answer::html::attributes::{escape, escape_text, hides, is_language, is_number};
use crate::answer::html::output::{BufferPosition, OutputBuffer};
use crate::answer::html::{PageStats, RewriteRules, RewrittenUrl};
use crate::result_kind::ResultKind;

/// Most elements that are open at once: what browsers allow. Deeper ones lose their tags.
const DEPTH: usize = 512;

/// How links and images are sealed.
pub(super) type Seal = Box<dyn FnMut(RewrittenUrl) -> String + Send>;

/// An element that is open in what was written.
struct OpenElement {
    serial: u32,
    rule: &'static Rule,
    begun: BufferPosition,
    /// Of a link: which kind.
    link: Option<ResultKind>,
}

/// What is to be told when an element ends.
#[derive(Clone, Copy)]
pub(super) struct Ending {
    /// Which element.
    pub(super) serial: u32,
    /// Its name, where it matters whether its own end tag ends it.
    pub(super) only: Option<&'static str>,
}

/// An element that goes with its content.
#[derive(Clone, Copy)]
struct Skip {
    serial: u32,
    /// Whether the next link ends it: a link cannot hold another one, and what a control is called holds none.
    until_link: bool,
    /// An element within it that no link ends.
    within: Option<u32>,
}

/// The page as far as it is written.
pub(super) struct HtmlWriter {
    pub(super) page: Arc<RewriteRules>,
    /// What the box of the partner's search form becomes.
    pub(super) search_form: String,
    pub(super) seal: Seal,
    pub(super) paper: OutputBuffer,
    pub(super) tally: PageStats,
    open: Vec<OpenElement>,
    skip: Option<Skip>,
    /// The number of the next element that has an end.
    serial: u32,
    /// Where the page says that relative links begin.
    pub(super) base: Option<Url>,
    /// The partner's search form that is open, until it has its box.
    pub(super) form: Option<u32>,
    /// How many links were sealed, how many images, and how many forms became ours.
    pub(super) links: usize,
    pub(super) images: usize,
    pub(super) forms: usize,
}

impl HtmlWriter {
    pub(super) fn new(page: Arc<RewriteRules>, search_form: String, seal: Seal, tally: PageStats) -> Self {
        Self {
            page,
            search_form,
            seal,
            paper: OutputBuffer::new(),
            tally,
            open: Vec::new(),
            skip: None,
            serial: 0,
            base: None,
            form: None,
            links: 0,
            images: 0,
            forms: 0,
        }
    }

    /// A start tag. Some where the end of the element is to be told to [`Self::end`].
    pub(super) fn start(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        // By its name alone: SVG and MathML go as a whole, and what a page leaves open of them ends unnoticed.
        let treatment = treatment(&element.tag_name());
        let has_end = element.can_have_content();
        if let Some(skip) = self.skip {
            if !skip.until_link {
                return None;
            }
            if treatment == Treatment::Control {
                self.take_box(element);
            }
            let goes = matches!(treatment, Treatment::Drop | Treatment::Control) || is_hidden(element);
            if goes || treatment != Treatment::Link {
                return (goes && has_end).then(|| self.skip_within(skip));
            }
            self.skip = None;
        }
        if treatment != Treatment::Root && is_hidden(element) {
            return has_end.then(|| self.skip_it(false));
        }
        match treatment {
            Treatment::Keep(rule) => self.keep(rule, element),
            Treatment::Unwrap => None,
            Treatment::Root => says_direction(element).then(|| self.keep(&ROOT, element)).flatten(),
            Treatment::Drop => has_end.then(|| self.skip_it(false)),
            Treatment::Caption => has_end.then(|| self.skip_it(true)),
            Treatment::Link => self.link(element),
            Treatment::Form => self.begin_form(element),
            Treatment::Control => self.control(element),
            Treatment::Image => self.image(element),
            Treatment::Base => self.take_base(element),
        }
    }

    /// The end of the element with this number; `named` where its own end tag ends it.
    pub(super) fn end(&mut self, serial: u32, named: bool) {
        match self.skip {
            // What is within it ends unseen.
            Some(Skip { within: Some(within), serial: own, .. }) if serial > own => {
                if serial <= within {
                    self.skip = Some(Skip { serial: own, until_link: true, within: None });
                }
                return;
            }
            Some(skip) if serial > skip.serial => return,
            // It ends itself, or with an element around it.
            Some(_) => self.skip = None,
            None => {}
        }
        if self.form.is_some_and(|form| serial <= form) {
            self.form = None;
        }
        let Some(at) = self.open.iter().rposition(|open| open.serial == serial) else { return };
        while self.open.len() > at + 1 {
            self.close(false);
        }
        self.close(named);
    }

    /// Ends everything that is open, so that what follows the page is not in it.
    pub(super) fn end_all(&mut self) {
        self.skip = None;
        while !self.open.is_empty() {
            self.close(false);
        }
    }

    /// Text, as it stands in the source: with character references, which stay as they are.
    pub(super) fn text(&mut self, text: &str, kind: TextType) {
        if self.skip.is_some() || kind != TextType::Data {
            return;
        }
        self.tally.text(text);
        self.paper.text(text);
    }

    fn keep(&mut self, rule: &'static Rule, element: &Element<'_, '_>) -> Option<Ending> {
        if self.is_deep() {
            return None;
        }
        if rule.end == EndTag::Void {
            self.tag(rule, element);
            self.paper.markup(">");
            return None;
        }
        self.imply_ends(rule);
        let begun = self.paper.begin();
        self.tag(rule, element);
        self.paper.markup(">");
        match rule.name {
            "pre" => self.paper.verbatim += 1,
            // Columns stay in line.
            "td" | "th" => self.paper.is_seen(),
            _ => {}
        }
        Some(self.push(rule, begun, None))
    }

    /// Ends what this element ends by beginning, as a browser does: pages leave those end tags out.
    fn imply_ends(&mut self, rule: &Rule) {
        if rule.name == PARAGRAPH && self.open.last().is_some_and(|open| open.rule.name == PARAGRAPH) {
            self.close(false);
        }
        let Some((ended, within)) = implied(rule.name) else { return };
        let names = |open: &OpenElement| ended.contains(&open.rule.name) || within.contains(&open.rule.name);
        let innermost = self.open.iter().rposition(names);
        let Some(at) = innermost.filter(|at| self.open.get(*at).is_some_and(|open| ended.contains(&open.rule.name)))
        else {
            return;
        };
        while self.open.len() > at {
            self.close(false);
        }
    }

    /// Writes a start tag but for its last character.
    pub(super) fn tag(&mut self, rule: &'static Rule, element: &Element<'_, '_>) {
        self.paper.markup("<");
        self.paper.markup(rule.name);
        if element.attributes().is_empty() {
            return;
        }
        for attribute in rule.attributes.iter().chain(&EVERYWHERE) {
            self.attribute(attribute, element);
        }
    }

    fn attribute(&mut self, attribute: &Attribute, element: &Element<'_, '_>) {
        let (Attribute::Text(name)
        | Attribute::Number(name)
        | Attribute::Flag(name)
        | Attribute::Word(name, _)
        | Attribute::Language(name)) = attribute;
        let Some(value) = element.get_attribute(name) else { return };
        match attribute {
            Attribute::Text(_) => self.value(name, &value),
            Attribute::Number(_) if is_number(&value) => self.value(name, &value),
            Attribute::Language(_) if is_language(&value) => self.value(name, &value),
            Attribute::Word(_, words) => {
                let same = |word: &&&str| **word == value;
                let alike = |word: &&&str| word.eq_ignore_ascii_case(&value);
                if let Some(word) = words.iter().find(same).or_else(|| words.iter().find(alike)) {
                    self.value(name, word);
                }
            }
            Attribute::Flag(_) => {
                self.paper.markup(" ");
                self.paper.markup(name);
            }
            Attribute::Number(_) | Attribute::Language(_) => {}
        }
    }

    pub(super) fn value(&mut self, name: &str, value: &str) {
        self.paper.markup(" ");
        self.paper.markup(name);
        self.paper.markup("=\"");
        escape(self.paper.tag(), value);
        self.paper.markup("\"");
    }

    /// An attribute whose value is no longer as the source has it.
    pub(super) fn address(&mut self, name: &str, value: &str) {
        self.paper.markup(" ");
        self.paper.markup(name);
        self.paper.markup("=\"");
        escape_text(self.paper.tag(), value);
        self.paper.markup("\"");
    }

    /// Whether no further element may be open.
    pub(super) fn is_deep(&self) -> bool {
        self.open.len() >= DEPTH
    }

    /// Notes that an element is open.
    pub(super) fn push(&mut self, rule: &'static Rule, begun: BufferPosition, link: Option<ResultKind>) -> Ending {
        let serial = self.next();
        self.open.push(OpenElement { serial, rule, begun, link });
        Ending { serial, only: (rule.name == PARAGRAPH).then_some(rule.name) }
    }

    /// Leaves an element out with its content.
    pub(super) fn skip_it(&mut self, until_link: bool) -> Ending {
        let serial = self.next();
        self.skip = Some(Skip { serial, until_link, within: None });
        Ending { serial, only: None }
    }

    fn skip_within(&mut self, skip: Skip) -> Ending {
        let within = self.next();
        self.skip = Some(Skip { until_link: false, within: Some(within), ..skip });
        Ending { serial: within, only: None }
    }

    /// The number of an element.
    pub(super) fn next(&mut self) -> u32 {
        self.serial = self.serial.saturating_add(1);
        self.serial
    }

    /// Closes the innermost element. A paragraph that something else ended is not given an end tag: where a
    /// browser has ended it, too, `</p>` would make another.
    fn close(&mut self, named: bool) {
        let Some(OpenElement { rule, begun, link, .. }) = self.open.pop() else { return };
        let empty = self.paper.take_back(begun);
        if let Some(kind) = link {
            self.tally.end_link(kind, !empty);
        }
        if !empty && (named || rule.name != PARAGRAPH) {
            self.paper.markup("</");
            self.paper.markup(rule.name);
            self.paper.markup(">");
        }
        if rule.name == "pre" {
            self.paper.verbatim = self.paper.verbatim.saturating_sub(1);
        }
    }
}

/// The element whose end tag makes one where none is open.
const PARAGRAPH: &str = "p";

/// Whether the skeleton of a page says its language or direction, which then hold for what we keep of it.
fn says_direction(element: &Element<'_, '_>) -> bool {
    element.has_attribute("dir") || element.has_attribute("lang")
}

/// Whether a page keeps an element from being seen; without script nothing will show it.
fn is_hidden(element: &Element<'_, '_>) -> bool {
    !element.attributes().is_empty()
        && (element.has_attribute("hidden") || element.get_attribute("style").is_some_and(|style| hides(&style)))
}
