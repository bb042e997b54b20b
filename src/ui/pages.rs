//! The pages that are not results: home, the privacy statement, errors, and targets shown as text.

pub mod privacy;

use maud::{Markup, html};

use crate::privacy::{Fact, PrivacyStatement};
use crate::problem::Problem;
use crate::time::Day;
use crate::ui::i18n::privacy::words;
use crate::ui::i18n::{Texts, UiLanguage};
use crate::ui::layout::{PageRole, SERVICE, SearchBox, frame};
use crate::ui::page_context::PageContext;

/// Nothing here is for crawlers (RFC 9309).
pub const ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// How many changes of the privacy statement the home page tells, so that the search box stays what it is for.
const CHANGES_TOLD: usize = 4;

impl PageContext {
    fn tongue(&self) -> UiLanguage {
        UiLanguage::of(&self.language)
    }

    fn search_box(&self) -> SearchBox<'_> {
        let language = Some(&self.language).filter(|_| self.asked);
        SearchBox { code: self.code.as_ref(), language, ..SearchBox::default() }
    }
}

/// Global Privacy Control is honoured (GPC section 3.3); the date is that of the privacy statement.
#[must_use]
pub fn gpc(statement: &PrivacyStatement) -> String {
    format!("{{\"gpc\":true,\"lastUpdate\":\"{}\"}}\n", statement.since)
}

/// The home page: a search box, where the privacy statement is, and what changed in it lately.
#[must_use]
pub fn home(audience: &PageContext, statement: &PrivacyStatement, today: Day) -> String {
    let texts = audience.tongue().texts();
    let search = SearchBox { focus: true, ..audience.search_box() };
    let main = html! {
        h1 { (texts.home) }
        p { (texts.about) }
        p { a href=(search.address("/privacy")) { (texts.statement) } }
        @if statement.is_news(today) {
            aside class="news" { (news(audience.tongue(), statement)) }
        }
    };
    frame(texts, SERVICE, PageRole::Home, search, &main)
}

fn news(tongue: UiLanguage, statement: &PrivacyStatement) -> Markup {
    let (texts, changes) = (tongue.texts(), changes(tongue, statement));
    let untold = changes.len().saturating_sub(CHANGES_TOLD);
    html! {
        p { ((texts.statement_changed)(statement.since)) }
        ul { @for change in changes.into_iter().take(CHANGES_TOLD) { (change) } }
        @if untold > 0 { p { ((texts.more_changes)(untold)) } }
    }
}

/// What changed since the version before, a list item each.
fn changes(tongue: UiLanguage, statement: &PrivacyStatement) -> Vec<Markup> {
    let (texts, fact) = (tongue.texts(), words(tongue).fact);
    let item = |how, what| html! { li { strong { (how) } " " (fact(what)) } };
    // An edition of the words goes only where another comes, and that is said.
    let removed = statement.removed.iter().filter(|what| !matches!(what, Fact::Texts { .. }));
    let added = statement.added.iter().map(|what| item(texts.added, what));
    added.chain(removed.map(|what| item(texts.removed, what))).collect()
}

/// An error, in the words of the problem document.
#[must_use]
pub fn problem(problem: Problem, audience: &PageContext) -> String {
    let texts = audience.tongue().texts();
    let main = html! {
        h1 { ((texts.heading)(problem)) }
        p { ((texts.advice)(problem)) }
        (code(texts, problem))
    };
    frame(texts, (texts.heading)(problem), PageRole::Other, audience.search_box(), &main)
}

fn code(texts: &Texts, problem: Problem) -> Markup {
    html! { p class="note" { (texts.code) " " code { (problem.code()) } } }
}

/// A link that is too old.
#[must_use]
pub fn expired(target: &str, audience: &PageContext) -> String {
    let texts = audience.tongue().texts();
    let main = html! {
        h1 { (texts.too_old) }
        p { ((texts.advice)(Problem::ClickExpired)) }
        p { code dir="auto" { (target) } }
        (code(texts, Problem::ClickExpired))
    };
    frame(texts, texts.too_old, PageRole::Other, audience.search_box(), &main)
}

/// A link that another site's page led to.
#[must_use]
pub fn target(target: &str, audience: &PageContext) -> String {
    let texts = audience.tongue().texts();
    let main = html! {
        h1 { (texts.from_elsewhere) }
        p { (texts.not_followed) }
        p { code dir="auto" { (target) } }
    };
    frame(texts, texts.from_elsewhere, PageRole::Other, audience.search_box(), &main)
}

/// Confirms a withdrawal.
#[must_use]
pub fn forgotten(audience: &PageContext) -> String {
    let texts = audience.tongue().texts();
    let main = html! {
        h1 { (texts.forgotten) }
        p { (texts.nothing_left) }
    };
    frame(texts, texts.forgotten, PageRole::Other, audience.search_box(), &main)
}
