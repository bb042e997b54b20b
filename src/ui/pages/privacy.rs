//! The privacy statement as a page: the facts of the running configuration, and the words around them.

use maud::{Markup, html};

use crate::privacy::{PartnerDisclosure, Policy, PrivacyStatement};
use crate::ui::i18n::privacy::{PrivacyTexts, words};
use crate::ui::layout::{PageRole, SERVICE, frame};
use crate::ui::page_context::PageContext;
use crate::ui::pages::changes;
use crate::visit::StampStatus;

/// The statement.
#[must_use]
pub fn page(audience: &PageContext, statement: &PrivacyStatement, held: &StampStatus) -> String {
    let words = words(audience.tongue());
    let policy = statement.policy().unwrap_or(Policy::Off);
    let changes = changes(audience.tongue(), statement);
    let main = html! {
        h1 { (words.title) }
        p class="note" { ((words.version)(statement.version, statement.since)) }
        @if !changes.is_empty() {
            section class="news" {
                h2 { ((words.changes)(statement.since)) }
                ul { @for change in changes { (change) } }
            }
        }
        p { (words.intro) }
        @for (name, told) in statement.partners() { (partner(words, name, &told, policy)) }
        p { (words.anyway) }
        p { (words.languages) (list(statement.languages())) }
        (section(words.counted, statement.small_count().map(words.small_count)))
        @if statement.keyword_groups().next().is_some() {
            p { (words.groups) (list(statement.keyword_groups())) }
        }
        (section(words.visits, Some(stamp(words, held))))
        (section(words.kept, statement.click_seconds().map(words.link_life)))
        (section(words.click, None))
        (section(words.object, None))
        (section(words.withdraw, None))
        form action=(audience.search_box().address("/forget")) method="post" {
            button type="submit" { (words.forget) }
        }
    };
    frame(
        audience.tongue().texts(),
        &format!("{} – {SERVICE}", words.title),
        PageRole::Other,
        audience.search_box(),
        &main,
    )
}

/// Names, one after the other, and a full stop.
fn list<'s>(names: impl Iterator<Item = &'s str>) -> Markup {
    html! {
        @for (place, name) in names.enumerate() { @if place > 0 { "," } " " code { (name) } }
        "."
    }
}

/// What the stamp says that came with the request for this page.
fn stamp(words: &PrivacyTexts, held: &StampStatus) -> String {
    match held {
        StampStatus::Absent => words.no_stamp.to_owned(),
        StampStatus::Invalid => words.worthless_stamp.to_owned(),
        StampStatus::Valid(stamp) => (words.stamp)(stamp),
    }
}

fn section((heading, paragraphs): (&str, &[&str]), last: Option<String>) -> Markup {
    html! {
        h2 { (heading) }
        @for paragraph in paragraphs { p { (paragraph) } }
        @if let Some(last) = last { p { (last) } }
    }
}

fn partner(words: &PrivacyTexts, name: &str, told: &PartnerDisclosure, policy: Policy) -> Markup {
    html! {
        h2 { ((words.gets)(name)) }
        table {
            thead { tr { th scope="col" { (words.parameter) } th scope="col" { (words.says) } } }
            tbody {
                @for (field, parameter) in &told.fields {
                    tr { td { code { (parameter) } } td { ((words.field)(*field, policy)) } }
                }
                @if let Some(agent) = told.agent {
                    tr { td { code { "User-Agent" } } td { ((words.agent)(agent)) } }
                }
            }
        }
        @if let Some(links) = told.links { p { ((words.links)(links)) } }
        @if told.images { p { (words.images) } }
    }
}
