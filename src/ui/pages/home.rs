//! The home page.

use maud::{Markup, html};

use crate::privacy::statement::PrivacyStatement;
use crate::time::Day;
use crate::ui::i18n::texts::Texts;
use crate::ui::layout::{PageContent, frame};
use crate::ui::page_context::PageContext;
use crate::ui::page_role::PageRole;
use crate::ui::pages::changes;
use crate::ui::search_box::SearchBox;

/// The number of changes of the privacy statement that the page lists. More would push the search box out of focus.
const MAX_CHANGES: usize = 4;

/// A search box, a link to the privacy statement, and its recent changes.
#[must_use]
pub fn render(context: &PageContext, statement: &PrivacyStatement, today: Day) -> String {
    let texts = context.texts();
    let search = SearchBox { focus: true, ..context.search_box() };
    let main = html! {
        h1 { (texts.home_title) }
        @if let Some(tagline) = &context.service.identity.tagline { p class="tagline" { (tagline) } }
        p { (texts.home_about) }
        p { a href=(search.url("/privacy")) { (texts.home_privacy_link) } }
        @if let Some(changes) = recent_changes(texts, statement, today) { aside class="news" { (changes) } }
    };
    let service = &*context.service;
    let title = service.identity.name.clone();
    frame(service, texts, search, &PageContent { title, role: PageRole::Home, below_search: None, main, after: None })
}

fn recent_changes(texts: &Texts, statement: &PrivacyStatement, today: Day) -> Option<Markup> {
    let changes = changes::items(texts, statement);
    if changes.is_empty() || !statement.changed_recently(today) {
        return None;
    }
    let omitted = changes.len().saturating_sub(MAX_CHANGES);
    Some(html! {
        p { ((texts.statement_changed)(statement.since)) }
        ul { @for change in changes.into_iter().take(MAX_CHANGES) { (change) } }
        @if omitted > 0 { p { ((texts.more_changes)(omitted)) } }
    })
}
