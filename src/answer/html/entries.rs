//! Headings, links and addresses of results as they end: what is known of them only then.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::answer::html::address::{is_address, names_another_host};
use crate::answer::html::allowlist::{ElementRule, HEADINGS, heading};
use crate::answer::html::furniture::{LinkText, link_text};
use crate::answer::html::headings::HeadingLevels;
use crate::answer::html::noscript::ElementId;
use crate::answer::html::open_link::{EndedLink, OpenLink};
use crate::answer::html::open_text::{OpenText, Shell, TextRole};
use crate::answer::html::output::Hold;
use crate::answer::html::phrases::{is_shell_heading, normalize};
use crate::answer::html::tag_scanner::StartTag;
use crate::answer::html::verdict::LinkEvidence;
use crate::answer::html::writer::HtmlWriter;
use crate::result_kind::ResultKind;

/// The level of an element with the role of a heading and no level (WAI-ARIA 1.2 section 5.4, "heading").
const DEFAULT_LEVEL: usize = 2;

impl HtmlWriter {
    /// Prepares an element whose text decides what becomes of it. Headings get a level that skips none.
    pub(super) fn open_text(
        &mut self,
        rule: &'static ElementRule,
        element: &StartTag<'_>,
    ) -> (&'static ElementRule, Option<(TextRole, Hold)>) {
        let role = match (rule.name, heading_level(rule, element)) {
            (_, Some(level)) => {
                let role = TextRole::Heading(self.levels, self.stats.links());
                let rule = heading(self.levels.enter(level)).unwrap_or(rule);
                if let Some(link) = self.open_link() {
                    link.is_headed = true;
                }
                return (rule, Some((role, self.output.hold())));
            }
            ("cite", None) => TextRole::Address,
            ("summary", None) => TextRole::Summary,
            _ => return (rule, None),
        };
        (rule, Some((role, self.output.hold())))
    }

    /// Ends such an element, and returns whether it was removed, with its tags or as a whole.
    pub(super) fn end_text(&mut self, open: OpenText, is_dropped: bool) -> bool {
        let is_held = self.output.is_held(open.hold);
        match open.role {
            TextRole::Heading(levels, _) if is_dropped || (is_held && !open.is_visible()) => {
                self.levels = levels;
                if is_dropped {
                    self.output.release(open.hold);
                } else if self.output.has_markup_from(open.inner) {
                    // An image stays without the heading around it.
                    self.output.remove_start(open.hold, open.inner);
                    self.output.release(open.hold);
                } else {
                    self.output.discard(open.hold);
                }
                true
            }
            _ if is_dropped => {
                self.output.release(open.hold);
                true
            }
            TextRole::Heading(levels, links) => {
                let is_alone = self.stats.links() == links && self.open_link().is_none();
                if is_alone && is_held && is_shell_heading(&normalize(&open.text)) {
                    self.start_shell(open.hold, levels);
                } else {
                    self.output.release(open.hold);
                }
                false
            }
            TextRole::Summary => {
                if is_held && is_shell_heading(&normalize(&open.text)) {
                    self.start_shell(open.hold, self.levels);
                } else {
                    self.output.release(open.hold);
                }
                false
            }
            TextRole::Address => {
                if is_held && let Some(display_url) = self.address_of_result(&open.text) {
                    self.output.replace_from(open.inner, &display_url);
                }
                self.output.release(open.hold);
                false
            }
        }
    }

    /// Notes the text of an image.
    pub(super) fn image_text(&mut self, alt: &str) {
        if let Some(link) = self.open_link() {
            link.has_image_text |= !alt.trim().is_empty();
        }
        self.push_open_text(alt);
    }

    /// The display URL that must replace a printed address; `None` if that names the host of its link, or no link is known to be
    /// its own.
    fn address_of_result(&mut self, printed: &str) -> Option<String> {
        if let Some(link) = self.open_link() {
            let is_wrong = link.is_known && names_another_host(printed, &link.display_url);
            return is_wrong.then(|| link.display_url.clone());
        }
        let link = self.last_link.as_ref()?;
        // The innermost element that contains both.
        let around = self.open.iter().rev().find(|open| open.id < link.id)?;
        let is_of_link = around.content.target == Some(link.target) && !around.content.is_several;
        let display_url = link.display_url.clone().filter(|url| is_of_link && names_another_host(printed, url));
        for open in &mut self.open {
            open.content.is_several = true;
        }
        display_url
    }

    /// Holds a heading until its section has other content.
    fn start_shell(&mut self, hold: Hold, levels: HeadingLevels) {
        self.release_shell();
        let (depth, visible) = (self.depth(), self.output.visible());
        self.shell = Some(Shell { hold, depth, visible, levels });
    }

    /// Releases a heading whose section has other content.
    pub(super) fn settle_shell(&mut self) {
        if self.shell.as_ref().is_some_and(|shell| shell.visible != self.output.visible()) {
            self.release_shell();
        }
    }

    fn release_shell(&mut self) {
        if let Some(shell) = self.shell.take() {
            self.output.release(shell.hold);
        }
    }

    /// Removes a heading if its section has ended without other content. The element that ended is no longer open.
    pub(super) fn end_shell(&mut self) {
        self.settle_shell();
        let depth = self.depth();
        if let Some(shell) = self.shell.take_if(|shell| depth < shell.depth)
            && self.output.discard(shell.hold)
        {
            self.levels = shell.levels;
        }
    }

    /// Ends a link, and returns whether it was removed. A link to a cached copy and the like is.
    pub(super) fn end_link(&mut self, link: OpenLink, id: ElementId, mut is_dropped: bool) -> bool {
        let text = link_text(link.text.trim());
        let is_debris = text == LinkText::Debris && !link.is_headed && link.kind == ResultKind::Organic;
        if !is_dropped && is_debris {
            is_dropped = self.output.discard(link.hold);
        } else {
            if !is_dropped && self.output.is_held(link.hold) {
                self.correct_link(&link);
            }
            self.output.release(link.hold);
        }
        let is_sponsored = link.kind == ResultKind::Sponsored;
        let is_furniture = link.is_vendor || text != LinkText::Any;
        self.stats.end_link(link.kind, !is_dropped, link.is_headed, is_furniture);
        if is_dropped {
            return true;
        }
        if is_sponsored || (!link.is_vendor && (link.is_headed || !is_furniture)) {
            let OpenLink { target, is_headed, is_sibling, .. } = &link;
            self.signs.link(&LinkEvidence { target, is_sponsored, is_headed: *is_headed, is_sibling: *is_sibling });
        }
        self.note_ended_link(link, id);
        false
    }

    /// Gives a link without text a name, and a link whose text is another address its own.
    fn correct_link(&mut self, link: &OpenLink) {
        if link.text.is_empty() && !link.has_image_text {
            if let Some(position) = link.title_position {
                self.output.name_link(link.hold, position, &link.display_url);
            }
        } else if link.is_known
            && !link.is_headed
            && is_address(&link.text)
            && names_another_host(&link.text, &link.display_url)
        {
            self.output.replace_from(link.inner, &link.display_url);
        }
    }

    fn note_ended_link(&mut self, link: OpenLink, id: ElementId) {
        let mut hasher = DefaultHasher::new();
        link.target.hash(&mut hasher);
        let target = hasher.finish();
        for open in &mut self.open {
            open.content.is_several |= open.content.target.is_some_and(|first| first != target);
            open.content.target.get_or_insert(target);
        }
        let display_url = link.is_known.then_some(link.display_url);
        self.last_link = Some(EndedLink { id, target, display_url });
    }
}

/// The level of a heading: that of its element, or of a block with the role of a heading.
fn heading_level(rule: &ElementRule, element: &StartTag<'_>) -> Option<usize> {
    if let Some(index) = HEADINGS.iter().position(|name| *name == rule.name) {
        return Some(index + 1);
    }
    let is_heading = rule.name == "div" && element.attribute("role").is_some_and(|role| role.trim() == "heading");
    let level = || element.attribute("aria-level").and_then(|level| level.trim().parse().ok());
    is_heading.then(|| level().filter(|level| (1..=6).contains(level)).unwrap_or(DEFAULT_LEVEL))
}
