//! Writes the page that the user gets. Nothing of the partner's markup is copied: every tag is written
//! anew from [`super::allow`], and of text every `<` is escaped. So what a browser makes of the result
//! does not depend on whether it reads the partner's page as the tokenizer does.

use std::sync::Arc;

use htmlize::unescape_attribute;
use lol_html::html_content::TextType;
use lol_html::send::Element;
use url::Url;

use super::allow::{Attribute, EVERYWHERE, End, FORM, IMAGE, LINK, Rule, Treatment, treatment};
use super::paper::{Paper, Place};
use super::values::{escape, escape_text, hides, is_language, is_number};
use super::{Page, Sealed, SearchForm, Tally};
use crate::kind::Kind;
use crate::results::links::Target;
use crate::results::site::Verdict;

/// Most elements that are open at once: what browsers allow. Deeper ones lose their tags.
const DEPTH: usize = 512;
/// Most links of a page: ten times what a long page of results has. Later ones are text.
const MOST_LINKS: usize = 1_000;
/// Most images of a page.
const MOST_IMAGES: usize = 200;

/// How links and images are sealed.
pub(super) type Seal = Box<dyn FnMut(Sealed) -> String + Send>;

/// An element that is open in what was written.
struct Open {
    serial: u32,
    rule: &'static Rule,
    begun: Place,
    /// Of a link: which kind.
    link: Option<Kind>,
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
    link: bool,
}

/// The page as far as it is written.
pub(super) struct Scribe {
    page: Arc<Page>,
    form: SearchForm,
    seal: Seal,
    pub(super) paper: Paper,
    pub(super) tally: Tally,
    open: Vec<Open>,
    skip: Option<Skip>,
    /// The number of the next element that has an end.
    serial: u32,
    base: Option<Url>,
    /// The search form that is open, and whether it has its box already.
    in_form: Option<bool>,
    /// How many links were sealed.
    links: usize,
    images: usize,
}

impl Scribe {
    pub(super) fn new(page: Arc<Page>, form: SearchForm, seal: Seal, tally: Tally) -> Self {
        Self {
            page,
            form,
            seal,
            paper: Paper::new(),
            tally,
            open: Vec::new(),
            skip: None,
            serial: 0,
            base: None,
            in_form: None,
            links: 0,
            images: 0,
        }
    }

    /// A start tag. Some where the end of the element is to be told to [`Self::end`].
    pub(super) fn start(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        let treatment = match element.namespace_uri() {
            HTML => treatment(&element.tag_name()),
            _ => Treatment::Drop,
        };
        if let Some(skip) = self.skip {
            // A link cannot hold another one, so the next one ends it.
            if !(skip.link && treatment == Treatment::Link) {
                return None;
            }
            self.skip = None;
        }
        let has_end = element.can_have_content();
        if has_end && treatment != Treatment::Unwrap && is_hidden(element) {
            return Some(self.skip_it(false));
        }
        match treatment {
            Treatment::Keep(rule) => self.keep(rule, element),
            Treatment::Unwrap => None,
            Treatment::Drop => has_end.then(|| self.skip_it(false)),
            Treatment::Link => self.link(element),
            Treatment::Form => self.search_form(element),
            Treatment::Control => self.control(element),
            Treatment::Image => self.image(element),
            Treatment::Base => self.take_base(element),
        }
    }

    /// The end of the element with this number; `named` where its own end tag ends it.
    pub(super) fn end(&mut self, serial: u32, named: bool) {
        match self.skip {
            // What is within it ends unseen.
            Some(skip) if serial > skip.serial => return,
            // It ends itself, or with an element around it.
            Some(_) => self.skip = None,
            None => {}
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
        if self.open.len() >= DEPTH {
            return None;
        }
        if rule.end == End::Void {
            self.tag(rule, element);
            self.paper.markup(">");
            return None;
        }
        let begun = self.paper.begin();
        self.tag(rule, element);
        self.paper.markup(">");
        match rule.name {
            "pre" => self.paper.verbatim += 1,
            // Columns stay in line.
            "td" | "th" => self.paper.is_seen(),
            _ => {}
        }
        Some(self.push(rule, begun))
    }

    /// Writes a start tag but for its last character.
    fn tag(&mut self, rule: &'static Rule, element: &Element<'_, '_>) {
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

    fn value(&mut self, name: &str, value: &str) {
        self.paper.markup(" ");
        self.paper.markup(name);
        self.paper.markup("=\"");
        escape(self.paper.tag(), value);
        self.paper.markup("\"");
    }

    /// An attribute whose value is no longer as the source has it.
    fn address(&mut self, name: &str, value: &str) {
        self.paper.markup(" ");
        self.paper.markup(name);
        self.paper.markup("=\"");
        escape_text(self.paper.tag(), value);
        self.paper.markup("\"");
    }

    fn link(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        // Without a target it is no link: its text stays.
        let address = element.get_attribute("href")?;
        let (kind, target) = match self.page.site.judge(self.base.as_ref(), &unescape_attribute(address)) {
            Verdict::Own => return Some(self.skip_it(true)),
            Verdict::NoLink => {
                self.tally.dropped += 1;
                return None;
            }
            Verdict::Sponsored(target) => (Kind::Sponsored, target),
            Verdict::Organic(target) => (Kind::Organic, target),
        };
        if self.links >= MOST_LINKS || self.open.len() >= DEPTH {
            return None;
        }
        self.links += 1;
        let Target { url, display } = target;
        self.tally.link(kind, &url, display);
        let link = (self.seal)(Sealed::Click(kind, url));
        let begun = self.paper.begin();
        self.tag(&LINK, element);
        self.address("href", &link);
        self.paper.markup(" rel=\"noreferrer noopener\">");
        let ending = self.push(&LINK, begun);
        if let Some(open) = self.open.last_mut() {
            open.link = Some(kind);
        }
        Some(ending)
    }

    fn search_form(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        let action = element.get_attribute("action").unwrap_or_default();
        if self.in_form.is_some() || self.open.len() >= DEPTH || !self.searches(&unescape_attribute(action)) {
            return None;
        }
        let begun = self.paper.begin();
        self.paper.markup(&self.form.open);
        self.in_form = Some(false);
        Some(self.push(&FORM, begun))
    }

    /// Whether a form asks the partner to search: it goes where searches go. Some engines keep more in the
    /// path, after a semicolon.
    fn searches(&self, action: &str) -> bool {
        let own = &self.page.site.url;
        let before = |path: &str| path.split(';').next().unwrap_or_default().trim_end_matches('/').to_owned();
        let bare = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
        action.trim().is_empty()
            || self.resolve(action).is_some_and(|url| {
                bare(&url) == bare(own) && url.port() == own.port() && before(url.path()) == before(own.path())
            })
    }

    /// Of a search form's controls the keyword's stays, as our own box; what else a form would send goes.
    fn control(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        let kind = element.get_attribute("type").unwrap_or_default().to_ascii_lowercase();
        let own = element.get_attribute("name").is_some_and(|name| *unescape_attribute(name) == *self.page.keyword);
        if self.in_form == Some(false) && own && matches!(kind.as_str(), "" | "text" | "search") {
            self.paper.markup(&self.form.content);
            self.paper.is_seen();
            self.in_form = Some(true);
        }
        element.can_have_content().then(|| self.skip_it(false))
    }

    fn image(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        if !self.page.images || self.images >= MOST_IMAGES || is_beacon(element) {
            return None;
        }
        // Pages that load images by script keep the address aside.
        let address = ["src", "data-src"].into_iter().find_map(|name| {
            let address = element.get_attribute(name)?;
            self.resolve(&unescape_attribute(address)).filter(is_web)
        })?;
        self.images += 1;
        let link = (self.seal)(Sealed::Image(address.into()));
        if link.is_empty() {
            return None;
        }
        self.tag(&IMAGE, element);
        if !element.has_attribute("alt") {
            self.paper.markup(" alt=\"\"");
        }
        self.address("src", &link);
        self.paper.markup(" loading=\"lazy\">");
        self.paper.is_seen();
        None
    }

    /// The first one counts (WHATWG HTML section 4.2.3).
    fn take_base(&mut self, element: &Element<'_, '_>) -> Option<Ending> {
        if self.base.is_none() {
            let address = element.get_attribute("href")?;
            let base = self.page.site.url.join(&unescape_attribute(address)).ok();
            self.base = base.filter(|url| matches!(url.scheme(), "http" | "https"));
        }
        None
    }

    fn resolve(&self, address: &str) -> Option<Url> {
        self.base.as_ref().unwrap_or(&self.page.site.url).join(address).ok()
    }

    fn push(&mut self, rule: &'static Rule, begun: Place) -> Ending {
        let serial = self.next();
        self.open.push(Open { serial, rule, begun, link: None });
        Ending { serial, only: (rule.end == End::Optional).then_some(rule.name) }
    }

    fn skip_it(&mut self, link: bool) -> Ending {
        let serial = self.next();
        self.skip = Some(Skip { serial, link });
        Ending { serial, only: None }
    }

    fn next(&mut self) -> u32 {
        self.serial = self.serial.saturating_add(1);
        self.serial
    }

    /// Closes the innermost element. One that others end is not given an end tag of its own unless it had
    /// one: `</p>` where none is open would make one.
    fn close(&mut self, named: bool) {
        let Some(Open { rule, begun, link, .. }) = self.open.pop() else { return };
        if self.paper.take_back(begun) {
            link.into_iter().for_each(|kind| self.tally.take_back(kind));
        } else if named || rule.end == End::Tag {
            self.paper.markup("</");
            self.paper.markup(rule.name);
            self.paper.markup(">");
        }
        match rule.name {
            "a" => self.tally.end_link(),
            "form" => self.in_form = None,
            "pre" => self.paper.verbatim = self.paper.verbatim.saturating_sub(1),
            _ => {}
        }
    }
}

/// The namespace of HTML elements; those of SVG and MathML go.
const HTML: &str = "http://www.w3.org/1999/xhtml";

/// Whether a page keeps an element from being seen; without script nothing will show it.
fn is_hidden(element: &Element<'_, '_>) -> bool {
    !element.attributes().is_empty()
        && (element.has_attribute("hidden") || element.get_attribute("style").is_some_and(|style| hides(&style)))
}

/// An image of one pixel is there to be counted, not seen.
fn is_beacon(element: &Element<'_, '_>) -> bool {
    let tiny = |name| element.get_attribute(name).is_some_and(|size| matches!(size.trim(), "0" | "1" | "0px" | "1px"));
    tiny("width") || tiny("height")
}

/// Whether an address is one of the web; whether it may be asked is told when it is sealed.
fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}
