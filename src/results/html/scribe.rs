//! Writes the page that the user gets. Nothing of the partner's markup is copied: every tag is written
//! anew from [`super::allow`], and of text every `<` is escaped. So what a browser makes of the result
//! does not depend on whether it reads the partner's page as the tokenizer does.

use std::sync::Arc;

use htmlize::unescape_attribute;
use lol_html::html_content::TextType;
use lol_html::send::Element;
use url::Url;

use super::allow::{self, Attribute, EVERYWHERE, End, FORM, IMAGE, LINK, Rule, Treatment, treatment};
use super::{Page, Sealed, SearchForm, Tally};
use crate::kind::Kind;
use crate::results::links::Target;
use crate::results::site::Verdict;
use crate::seal::click_token::TARGET_BYTES;

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
    pub(super) out: String,
    pub(super) tally: Tally,
    open: Vec<Open>,
    skip: Option<Skip>,
    /// The number of the next element that has an end.
    serial: u32,
    base: Option<Url>,
    /// The search form that is open, and whether it has its box already.
    in_form: Option<bool>,
    /// How many `pre` are open.
    verbatim: usize,
    /// Whether white space was written last.
    after_space: bool,
    images: usize,
}

impl Scribe {
    pub(super) fn new(page: Arc<Page>, form: SearchForm, seal: Seal, tally: Tally) -> Self {
        Self {
            page,
            form,
            seal,
            out: String::new(),
            tally,
            open: Vec::new(),
            skip: None,
            serial: 0,
            base: None,
            in_form: None,
            verbatim: 0,
            after_space: true,
            images: 0,
        }
    }

    /// A start tag. Some where the end of the element is to be told to [`Self::end`], under this number.
    pub(super) fn start(&mut self, element: &Element<'_, '_>) -> Option<u32> {
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
        match treatment {
            Treatment::Keep(rule) => self.keep(rule, element),
            Treatment::Unwrap => None,
            Treatment::Drop if element.can_have_content() => Some(self.skip_it(false)),
            Treatment::Drop => None,
            Treatment::Link => self.link(element),
            Treatment::Form => self.search_form(element),
            Treatment::Input => self.input(element),
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
        if self.verbatim > 0 {
            escape(&mut self.out, text);
            self.after_space = false;
            return;
        }
        // Of white space the first character stays: pages indent what is gone from them.
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_ascii_whitespace()) {
            let (word, space) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.word(word);
            if !self.after_space {
                self.out.push_str(space.get(..1).unwrap_or_default());
                self.after_space = true;
            }
            rest = space.get(1..).unwrap_or_default();
        }
        self.word(rest);
    }

    fn word(&mut self, word: &str) {
        if !word.is_empty() {
            escape(&mut self.out, word);
            self.after_space = false;
        }
    }

    fn keep(&mut self, rule: &'static Rule, element: &Element<'_, '_>) -> Option<u32> {
        if self.open.len() >= DEPTH {
            return None;
        }
        self.begin(rule, element);
        self.out.push('>');
        if rule.name == "pre" {
            self.verbatim += 1;
        }
        (rule.end != End::Void).then(|| self.push(rule))
    }

    /// Writes a start tag but for its last character.
    fn begin(&mut self, rule: &'static Rule, element: &Element<'_, '_>) {
        self.out.push('<');
        self.out.push_str(rule.name);
        if element.attributes().is_empty() {
            return;
        }
        for attribute in rule.attributes.iter().chain(&EVERYWHERE) {
            self.attribute(attribute, element);
        }
        if element.has_attribute("hidden") || element.get_attribute("style").is_some_and(|style| hides(&style)) {
            self.out.push_str(" hidden");
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
                self.out.push(' ');
                self.out.push_str(name);
            }
            Attribute::Number(_) | Attribute::Language(_) => {}
        }
    }

    fn value(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(&mut self.out, value);
        self.out.push('"');
    }

    fn link(&mut self, element: &Element<'_, '_>) -> Option<u32> {
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
        if self.tally.links() >= MOST_LINKS || self.open.len() >= DEPTH {
            return None;
        }
        let Target { url, display } = target;
        self.tally.link(kind, &url, display);
        let link = (self.seal)(Sealed::Click(kind, url));
        self.begin(&LINK, element);
        self.value("href", &link);
        self.out.push_str(" rel=\"noreferrer noopener\">");
        Some(self.push(&LINK))
    }

    fn search_form(&mut self, element: &Element<'_, '_>) -> Option<u32> {
        let action = element.get_attribute("action").unwrap_or_default();
        if self.in_form.is_some() || self.open.len() >= DEPTH || !self.searches(&unescape_attribute(action)) {
            return None;
        }
        self.out.push_str(&self.form.open);
        self.in_form = Some(false);
        Some(self.push(&FORM))
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

    fn input(&mut self, element: &Element<'_, '_>) -> Option<u32> {
        let kind = element.get_attribute("type").unwrap_or_default().to_ascii_lowercase();
        let own = element.get_attribute("name").is_some_and(|name| *unescape_attribute(name) == *self.page.keyword);
        if self.in_form == Some(false) && own && matches!(kind.as_str(), "" | "text" | "search") {
            self.out.push_str(&self.form.input);
            self.value("value", &element.get_attribute("value").unwrap_or_default());
            self.out.push('>');
            self.out.push_str(&self.form.rest);
            self.in_form = Some(true);
        }
        None
    }

    fn image(&mut self, element: &Element<'_, '_>) -> Option<u32> {
        if !self.page.images || self.images >= MOST_IMAGES || is_beacon(element) {
            return None;
        }
        // Pages that load images by script keep the address aside.
        let address = ["src", "data-src"].into_iter().find_map(|name| {
            let address = element.get_attribute(name)?;
            self.resolve(&unescape_attribute(address)).filter(is_fetchable)
        })?;
        self.images += 1;
        let link = (self.seal)(Sealed::Image(address.into()));
        self.begin(&IMAGE, element);
        if !element.has_attribute("alt") {
            self.out.push_str(" alt=\"\"");
        }
        self.value("src", &link);
        self.out.push_str(" loading=\"lazy\">");
        self.after_space = false;
        None
    }

    /// The first one counts (WHATWG HTML section 4.2.3).
    fn take_base(&mut self, element: &Element<'_, '_>) -> Option<u32> {
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

    fn push(&mut self, rule: &'static Rule) -> u32 {
        let serial = self.next();
        self.open.push(Open { serial, rule });
        serial
    }

    fn skip_it(&mut self, link: bool) -> u32 {
        let serial = self.next();
        self.skip = Some(Skip { serial, link });
        serial
    }

    fn next(&mut self) -> u32 {
        self.serial = self.serial.saturating_add(1);
        self.serial
    }

    /// Closes the innermost element. One that others end is not given an end tag of its own unless it had
    /// one: `</p>` where none is open would make one.
    fn close(&mut self, named: bool) {
        let Some(Open { rule, .. }) = self.open.pop() else { return };
        if named || rule.end == End::Tag {
            self.out.push_str("</");
            self.out.push_str(rule.name);
            self.out.push('>');
        }
        match rule.name {
            "a" => self.tally.end_link(),
            "form" => self.in_form = None,
            "pre" => self.verbatim = self.verbatim.saturating_sub(1),
            _ => {}
        }
    }
}

/// The namespace of HTML elements; those of SVG and MathML go.
const HTML: &str = "http://www.w3.org/1999/xhtml";

/// Appends text that is no markup, whether in an element or in an attribute between double quotes.
/// Character references stay: the text comes from where they were one, too.
fn escape(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '"', '\0']) {
        let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        out.push_str(match special.as_bytes().first() {
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            _ => "",
        });
        rest = special.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// Whether an inline style keeps an element from being seen. The rest of the style goes: CSS can load
/// and leak, and the page is readable without.
fn hides(style: &str) -> bool {
    let style: String = style.chars().filter(|c| !c.is_ascii_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    style.split(';').any(|rule| rule.starts_with("display:none") || rule.starts_with("visibility:hidden"))
}

fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    (1..=allow::NUMBER_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and hyphens, as many as RFC 5646 section 4.4.1 asks a reader to bear.
fn is_language(value: &str) -> bool {
    (1..=35).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// An image of one pixel is there to be counted, not seen.
fn is_beacon(element: &Element<'_, '_>) -> bool {
    let tiny = |name| element.get_attribute(name).is_some_and(|size| matches!(size.trim(), "0" | "1" | "0px" | "1px"));
    tiny("width") || tiny("height")
}

fn is_fetchable(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str().len() <= TARGET_BYTES
}
