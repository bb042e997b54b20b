//! Writes the page that the user gets. Nothing of the partner's markup is copied: every tag is written anew from the
//! allowlist, and in text every `<` is escaped. How a browser parses the output thus does not depend on whether it would
//! parse the partner's page as the tokenizer does.

use std::sync::Arc;

use lol_html::html_content::TextType;
use lol_html::send::Element;
use url::Url;

use crate::answer::html::allowlist::{ElementKind, ElementRule, ROOT, Treatment, implied_end, treatment};
use crate::answer::html::attributes::hides;
use crate::answer::html::output::{BufferPosition, OutputBuffer};
use crate::answer::html::rules::{RewriteRules, RewrittenUrl};
use crate::answer::html::start_tag::open_start_tag;
use crate::answer::html::stats::PageStats;
use crate::result_kind::ResultKind;

/// Most open elements, as in browsers. Elements nested deeper lose their tags.
const MAX_DEPTH: usize = 512;

/// The element whose end tag creates an element if none is open.
const PARAGRAPH: &str = "p";

/// Returns the URL that replaces a link or an image.
pub(super) type UrlRewriter = Box<dyn FnMut(RewrittenUrl) -> String + Send>;

/// Identifies an element that has an end. Elements are numbered in the order of their start tags.
pub(super) type ElementId = u32;

/// An element that is open in the output.
struct OpenElement {
    id: ElementId,
    rule: &'static ElementRule,
    start: BufferPosition,
    /// The kind of the result, for a link.
    link: Option<ResultKind>,
}

/// Requests a call of [`HtmlWriter::end`] at the end of an element.
#[derive(Clone, Copy)]
pub(super) struct EndTagWatch {
    pub(super) id: ElementId,
    /// The element's name, if it matters whether its own end tag ends it.
    pub(super) own_name: Option<&'static str>,
}

/// An element that is being removed with its content.
#[derive(Clone, Copy)]
struct SkippedElement {
    id: ElementId,
    /// Whether a link in it ends the removal: links cannot be nested, and the label of a control contains no link.
    until_link: bool,
    /// An element within it in which a link does not end the removal.
    inner: Option<ElementId>,
}

/// Writes one page.
pub(super) struct HtmlWriter {
    pub(super) rules: Arc<RewriteRules>,
    /// Replaces the keyword's control of a search form.
    pub(super) search_form: String,
    pub(super) rewrite_url: UrlRewriter,
    pub(super) output: OutputBuffer,
    pub(super) stats: PageStats,
    open: Vec<OpenElement>,
    skipped: Option<SkippedElement>,
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
            open: Vec::new(),
            skipped: None,
            last_id: 0,
            base: None,
            form: None,
            links: 0,
            images: 0,
            forms: 0,
        }
    }

    /// Handles a start tag.
    pub(super) fn start(&mut self, element: &Element<'_, '_>) -> Option<EndTagWatch> {
        // By its name, whatever its namespace: SVG and MathML are removed as a whole, and elements in them that are never
        // closed need no special case.
        let treatment = treatment(&element.tag_name());
        let has_end = element.can_have_content();
        if let Some(skipped) = self.skipped {
            if !skipped.until_link {
                return None;
            }
            if treatment == Treatment::Control {
                self.replace_search_control(element);
            }
            let is_removed = matches!(treatment, Treatment::Drop | Treatment::Control) || is_hidden(element);
            if is_removed || treatment != Treatment::Link {
                return (is_removed && has_end).then(|| self.skip_inner(skipped));
            }
            self.skipped = None;
        }
        if treatment != Treatment::Root && is_hidden(element) {
            return has_end.then(|| self.skip(false));
        }
        match treatment {
            Treatment::Keep(rule) => self.keep(rule, element),
            Treatment::Unwrap => None,
            Treatment::Root => has_direction_or_language(element).then(|| self.keep(&ROOT, element)).flatten(),
            Treatment::Drop => has_end.then(|| self.skip(false)),
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
            Some(SkippedElement { inner: Some(inner), id: skipped, .. }) if id > skipped => {
                if id <= inner {
                    self.skipped = Some(SkippedElement { id: skipped, until_link: true, inner: None });
                }
                return;
            }
            Some(skipped) if id > skipped.id => return,
            // The skipped element or one around it ends.
            Some(_) => self.skipped = None,
            None => {}
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
        self.close_down_to(0);
    }

    /// Handles text as the source contains it, with its character references.
    pub(super) fn text(&mut self, text: &str, kind: TextType) {
        if self.skipped.is_some() || kind != TextType::Data {
            return;
        }
        self.stats.text(text);
        self.output.push_text(text);
    }

    fn keep(&mut self, rule: &'static ElementRule, element: &Element<'_, '_>) -> Option<EndTagWatch> {
        if self.is_at_max_depth() {
            return None;
        }
        if rule.kind == ElementKind::Void {
            open_start_tag(&mut self.output, rule, element);
            self.output.push_markup(">");
            return None;
        }
        self.close_implied(rule);
        let start = self.output.start_element();
        open_start_tag(&mut self.output, rule, element);
        self.output.push_markup(">");
        match rule.name {
            "pre" => self.output.preformatted_depth += 1,
            // An empty cell must stay, so that the columns of a table stay aligned.
            "td" | "th" => self.output.mark_visible(),
            _ => {}
        }
        Some(self.push_open(rule, start, None))
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

    /// Whether no further element may be opened.
    pub(super) fn is_at_max_depth(&self) -> bool {
        self.open.len() >= MAX_DEPTH
    }

    /// Adds an element to the open ones. Its start tag has been written at `start`.
    pub(super) fn push_open(
        &mut self,
        rule: &'static ElementRule,
        start: BufferPosition,
        link: Option<ResultKind>,
    ) -> EndTagWatch {
        let id = self.next_id();
        self.open.push(OpenElement { id, rule, start, link });
        EndTagWatch { id, own_name: (rule.name == PARAGRAPH).then_some(rule.name) }
    }

    /// Removes an element with its content.
    pub(super) fn skip(&mut self, until_link: bool) -> EndTagWatch {
        let id = self.next_id();
        self.skipped = Some(SkippedElement { id, until_link, inner: None });
        EndTagWatch { id, own_name: None }
    }

    fn skip_inner(&mut self, skipped: SkippedElement) -> EndTagWatch {
        let id = self.next_id();
        self.skipped = Some(SkippedElement { until_link: false, inner: Some(id), ..skipped });
        EndTagWatch { id, own_name: None }
    }

    pub(super) fn next_id(&mut self) -> ElementId {
        self.last_id = self.last_id.saturating_add(1);
        self.last_id
    }

    /// Closes the innermost elements until this many are open.
    fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.close_innermost(false);
        }
    }

    /// Closes the innermost element. A paragraph that something else ended gets no end tag: if a browser has ended it, too,
    /// `</p>` would create another one.
    fn close_innermost(&mut self, by_own_tag: bool) {
        let Some(OpenElement { rule, start, link, .. }) = self.open.pop() else { return };
        let is_dropped = self.output.drop_if_empty(start);
        if let Some(kind) = link {
            self.stats.end_link(kind, !is_dropped);
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
fn has_direction_or_language(element: &Element<'_, '_>) -> bool {
    element.has_attribute("dir") || element.has_attribute("lang")
}

/// Whether an element is hidden. Without script, nothing will show it.
fn is_hidden(element: &Element<'_, '_>) -> bool {
    !element.attributes().is_empty()
        && (element.has_attribute("hidden") || element.get_attribute("style").is_some_and(|style| hides(&style)))
}
