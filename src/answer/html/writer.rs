//! Writes the page that the user gets. Nothing of the partner's markup is copied: every tag is written anew from the
//! allowlist, and in text every `<` is escaped. How a browser parses the output thus does not depend on whether it would
//! parse the partner's page as the tokenizer does.

use std::sync::Arc;

use url::Url;

use crate::answer::html::allowlist::{ElementKind, ElementRule, HEADINGS, ROOT, Treatment, implied_end, treatment};
use crate::answer::html::attributes::hides;
use crate::answer::html::furniture::{belongs_to_result, is_furniture};
use crate::answer::html::headings::HeadingLevels;
use crate::answer::html::noscript::{ElementId, Noscript};
use crate::answer::html::open_link::{ElementContent, EndedLink, OpenLink};
use crate::answer::html::open_text::{OpenText, Shell};
use crate::answer::html::output::{BufferPosition, OutputBuffer};
use crate::answer::html::page_token::TextKind;
use crate::answer::html::rules::{RewriteRules, RewrittenUrl};
use crate::answer::html::skipped::SkippedElement;
use crate::answer::html::start_tag::open_start_tag;
use crate::answer::html::stats::PageStats;
use crate::answer::html::tag_scanner::StartTag;
use crate::answer::html::verdict::PageSigns;

/// Most open elements, as in browsers. Elements nested deeper lose their tags.
const MAX_DEPTH: usize = 512;

/// The element whose end tag creates an element if none is open.
const PARAGRAPH: &str = "p";

/// Returns the URL that replaces a link or an image.
pub(super) type UrlRewriter = Box<dyn FnMut(RewrittenUrl) -> String + Send>;

/// An element that is open in the output.
pub(super) struct OpenElement {
    pub(super) id: ElementId,
    pub(super) rule: &'static ElementRule,
    start: BufferPosition,
    /// For a link.
    link: Option<OpenLink>,
    /// For an element whose text decides.
    text: Option<OpenText>,
    /// What results are in it.
    pub(super) content: ElementContent,
}

/// Requests a call of [`HtmlWriter::end`] at the end of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct EndTagWatch {
    pub(super) id: ElementId,
    /// The element's name, if it matters whether its own end tag ends it.
    pub(super) own_name: Option<&'static str>,
}

/// Where in a page its head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageHead {
    /// Nothing of it was read.
    Before,
    /// It is being read.
    Open,
    /// The body has begun.
    Over,
}

/// Writes one page.
pub(super) struct HtmlWriter {
    pub(super) rules: Arc<RewriteRules>,
    /// Replaces the keyword's control of a search form.
    pub(super) search_form: String,
    pub(super) rewrite_url: UrlRewriter,
    pub(super) output: OutputBuffer,
    pub(super) stats: PageStats,
    pub(super) signs: PageSigns,
    pub(super) open: Vec<OpenElement>,
    pub(super) skipped: Option<SkippedElement>,
    /// The open `noscript`, and what is open around it.
    pub(super) noscript: Option<Noscript>,
    pub(super) head: PageHead,
    pub(super) levels: HeadingLevels,
    /// A heading whose section has nothing else so far.
    pub(super) shell: Option<Shell>,
    /// The last link that ended.
    pub(super) last_link: Option<EndedLink>,
    /// The open footer or menu of the page, in which no link is a result.
    pub(super) furniture: Option<ElementId>,
    last_id: ElementId,
    /// The page's `<base href>`.
    pub(super) base: Option<Url>,
    /// The open search form of the partner, until its control was replaced.
    pub(super) form: Option<ElementId>,
    /// Numbers of links, images and search forms rewritten so far.
    pub(super) links: usize,
    pub(super) images: usize,
    pub(super) forms: usize,
}

impl HtmlWriter {
    pub(super) fn new(
        rules: Arc<RewriteRules>,
        search_form: String,
        rewrite_url: UrlRewriter,
        stats: PageStats,
    ) -> Self {
        Self {
            rules,
            search_form,
            rewrite_url,
            output: OutputBuffer::new(),
            stats,
            signs: PageSigns::default(),
            open: Vec::new(),
            skipped: None,
            noscript: None,
            head: PageHead::Before,
            levels: HeadingLevels::default(),
            shell: None,
            last_link: None,
            furniture: None,
            last_id: 0,
            base: None,
            form: None,
            links: 0,
            images: 0,
            forms: 0,
        }
    }

    /// Handles a start tag.
    pub(super) fn start(&mut self, element: &StartTag<'_>) -> Option<EndTagWatch> {
        // By its name, whatever its namespace: SVG and MathML are removed as a whole, and elements in them that are never
        // closed need no special case.
        let name = element.name();
        let treatment = treatment(name);
        self.signs.element(name, element, &self.rules);
        let has_end = element.can_have_content();
        if let Some(skipped) = self.skipped {
            if !skipped.until_link {
                return None;
            }
            if treatment == Treatment::Control {
                self.replace_search_control(element);
            }
            let is_removed =
                matches!(treatment, Treatment::Drop | Treatment::Notice | Treatment::Control) || is_hidden(element);
            if is_removed || treatment != Treatment::Link {
                return (is_removed && has_end).then(|| self.skip_inner(skipped));
            }
            self.skipped = None;
        }
        self.note_head(name, treatment);
        if treatment != Treatment::Root && is_hidden(element) {
            return has_end.then(|| self.skip(false));
        }
        let watch = self.start_visible(treatment, element);
        if self.furniture.is_none() && is_furniture(name, element) && !self.open_names().any(belongs_to_result) {
            self.furniture = watch.map(|watch| watch.id);
        }
        watch
    }

    /// The names of the open elements around the one that was just opened.
    fn open_names(&self) -> impl Iterator<Item = &'static str> {
        self.open.iter().rev().skip(1).map(|open| open.rule.name)
    }

    /// Follows whether the page is in its head: up to the first element that a head cannot contain.
    fn note_head(&mut self, name: &str, treatment: Treatment) {
        self.head = match (name, self.head) {
            ("head" | "title" | "meta" | "link", PageHead::Before) => PageHead::Open,
            (
                "head" | "title" | "meta" | "link" | "noscript" | "script" | "style" | "base" | "template" | "html",
                head,
            ) => head,
            (_, PageHead::Open) if treatment == Treatment::Unwrap => PageHead::Open,
            _ => PageHead::Over,
        };
    }

    fn start_visible(&mut self, treatment: Treatment, element: &StartTag<'_>) -> Option<EndTagWatch> {
        let has_end = element.can_have_content();
        match treatment {
            Treatment::Keep(rule) => self.keep(rule, element),
            Treatment::Unwrap => None,
            Treatment::Root => has_direction_or_language(element).then(|| self.keep(&ROOT, element)).flatten(),
            Treatment::Drop => has_end.then(|| self.skip(false)),
            Treatment::Notice => has_end.then(|| self.skip_notice()),
            Treatment::Noscript => self.start_noscript(),
            Treatment::Caption => has_end.then(|| self.skip(true)),
            Treatment::Link => self.link(element),
            Treatment::Form => self.start_form(element),
            Treatment::Control => self.control(element),
            Treatment::Image => self.image(element),
            Treatment::Base => self.set_base(element),
        }
    }

    /// Handles the end of an element; `by_own_tag` is whether its own end tag ends it.
    pub(super) fn end(&mut self, id: ElementId, by_own_tag: bool) {
        match self.skipped {
            // It ends within the skipped element.
            Some(before @ SkippedElement { inner: Some(inner), id: skipped, .. }) if id > skipped => {
                if id <= inner {
                    self.skipped = Some(SkippedElement { inner: None, until_link: true, ..before });
                }
                return;
            }
            Some(skipped) if id > skipped.id => return,
            // The skipped element or one around it ends.
            Some(_) => self.skipped = None,
            None => {}
        }
        if let Some(noscript) = self.noscript.take_if(|noscript| id <= noscript.id) {
            self.end_noscript(noscript);
        }
        if self.furniture.is_some_and(|furniture| id <= furniture) {
            self.furniture = None;
        }
        if self.form.is_some_and(|form| id <= form) {
            self.form = None;
        }
        let Some(index) = self.open.iter().rposition(|open| open.id == id) else { return };
        self.close_down_to(index + 1);
        self.close_innermost(by_own_tag);
    }

    /// Closes all open elements, so that what follows the page is not inside them.
    pub(super) fn close_all(&mut self) {
        self.skipped = None;
        if let Some(noscript) = self.noscript.take() {
            self.end_noscript(noscript);
        }
        self.close_down_to(0);
        self.output.release_all();
    }

    /// Handles text as the source contains it, with its character references.
    pub(super) fn text(&mut self, text: &str, kind: TextKind) {
        // Without its links, a footer says nothing.
        if self.furniture.is_some() && kind == TextKind::Data && self.open_link().is_none() {
            return;
        }
        match (kind, self.skipped) {
            // Judged as a whole at its end.
            (TextKind::Data, None) if self.noscript.is_some() => {}
            (TextKind::Data, Some(SkippedElement { is_notice: false, .. })) => {}
            (_, skipped) => self.signs.text(text, kind, skipped.is_none()),
        }
        if self.skipped.is_some() || kind != TextKind::Data {
            return;
        }
        if let Some(noscript) = &mut self.noscript {
            noscript.push(text);
        }
        for open in &mut self.open {
            if let Some(link) = &mut open.link {
                link.push(text);
            }
            if let Some(open) = &mut open.text {
                open.push(text);
            }
        }
        self.stats.text(text);
        self.output.push_text(text);
    }

    fn keep(&mut self, rule: &'static ElementRule, element: &StartTag<'_>) -> Option<EndTagWatch> {
        if self.is_at_max_depth() {
            return None;
        }
        if rule.kind == ElementKind::Void {
            open_start_tag(&mut self.output, rule, element);
            self.output.push_markup(">");
            return None;
        }
        self.close_implied(rule);
        if !rule.is_inline {
            self.signs.start_block();
        }
        let (rule, text) = self.open_text(rule, element);
        let start = self.output.start_element();
        open_start_tag(&mut self.output, rule, element);
        self.output.push_markup(">");
        let inner = self.output.position();
        if rule.name == "pre" {
            self.output.preformatted_depth += 1;
        }
        let watch = self.push_open(rule, start, None);
        if let (Some(open), Some((role, hold))) = (self.open.last_mut(), text) {
            open.text = Some(OpenText { role, hold, inner, text: String::new() });
        }
        Some(watch)
    }

    /// Closes what the start tag of this element implicitly ends, as a browser does.
    fn close_implied(&mut self, rule: &ElementRule) {
        if rule.name == PARAGRAPH && self.open.last().is_some_and(|open| open.rule.name == PARAGRAPH) {
            self.close_innermost(false);
        }
        let Some(implied) = implied_end(rule.name) else { return };
        let is_relevant =
            |open: &OpenElement| implied.ended.contains(&open.rule.name) || implied.scope.contains(&open.rule.name);
        let Some(index) = self.open.iter().rposition(is_relevant) else { return };
        if self.open.get(index).is_some_and(|open| implied.ended.contains(&open.rule.name)) {
            self.close_down_to(index);
        }
    }

    /// Adds an image's text to the elements around it whose text decides.
    pub(super) fn push_open_text(&mut self, text: &str) {
        for open in self.open.iter_mut().filter_map(|open| open.text.as_mut()) {
            open.push(text);
        }
    }

    /// The open link.
    pub(super) fn open_link(&mut self) -> Option<&mut OpenLink> {
        self.open.iter_mut().rev().find_map(|open| open.link.as_mut())
    }

    /// Whether a heading is open.
    pub(super) fn is_in_heading(&self) -> bool {
        self.open.iter().any(|open| HEADINGS.contains(&open.rule.name))
    }

    /// Number of open elements.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether no further element may be opened.
    pub(super) fn is_at_max_depth(&self) -> bool {
        self.open.len() >= MAX_DEPTH
    }

    /// Adds an element to the open ones. Its start tag has been written at `start`.
    pub(super) fn push_open(
        &mut self,
        rule: &'static ElementRule,
        start: BufferPosition,
        link: Option<OpenLink>,
    ) -> EndTagWatch {
        let id = self.next_id();
        self.open.push(OpenElement { id, rule, start, link, text: None, content: ElementContent::default() });
        EndTagWatch { id, own_name: (rule.name == PARAGRAPH).then_some(rule.name) }
    }

    pub(super) fn next_id(&mut self) -> ElementId {
        self.last_id = self.last_id.saturating_add(1);
        self.last_id
    }

    /// Closes the innermost elements until this many are open.
    pub(super) fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.close_innermost(false);
        }
    }

    /// Closes the innermost element. A paragraph that something else ended gets no end tag: if a browser has ended it, too,
    /// `</p>` would create another one.
    fn close_innermost(&mut self, by_own_tag: bool) {
        let Some(OpenElement { rule, start, link, text, id, .. }) = self.open.pop() else { return };
        self.end_shell();
        // An empty cell must stay if its row does, so that the columns of a table stay aligned.
        let mut is_dropped = if matches!(rule.name, "td" | "th") {
            self.output.keep_if_empty(start)
        } else {
            self.output.drop_if_empty(start)
        };
        if let Some(link) = link {
            is_dropped = self.end_link(link, id, is_dropped);
        }
        if let Some(text) = text {
            is_dropped = self.end_text(text, is_dropped);
        }
        if !is_dropped && (by_own_tag || rule.name != PARAGRAPH) {
            self.output.push_markup("</");
            self.output.push_markup(rule.name);
            self.output.push_markup(">");
        }
        if rule.name == "pre" {
            self.output.preformatted_depth = self.output.preformatted_depth.saturating_sub(1);
        }
    }
}

/// Whether `html` or `body` sets a language or direction, which then applies to the content that is kept.
fn has_direction_or_language(element: &StartTag<'_>) -> bool {
    element.has_attribute("dir") || element.has_attribute("lang")
}

/// Whether an element is hidden. Without script, nothing will show it.
fn is_hidden(element: &StartTag<'_>) -> bool {
    element.attribute_count() > 0 && (element.has_attribute("hidden") || element.attribute("style").is_some_and(hides))
}
