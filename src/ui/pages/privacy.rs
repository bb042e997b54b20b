//! The privacy statement as a page: the facts of the running configuration, with the texts that explain them.

use maud::{Markup, html};

use crate::privacy::fact::{Fact, Policy};
use crate::privacy::statement::{PartnerDisclosure, PrivacyStatement};
use crate::ui::i18n::privacy_texts::{PrivacyTexts, Section};
use crate::ui::layout::{PageContent, PageRole, frame};
use crate::ui::page_context::PageContext;
use crate::ui::pages::changes;
use crate::visit::StampStatus;

/// The statement. `stamp` is the visit stamp of the request, whose content is shown to its owner.
#[must_use]
pub fn render(context: &PageContext, statement: &PrivacyStatement, stamp: &StampStatus) -> String {
    let texts = &context.texts().privacy;
    let policy = statement.personal_data_policy().unwrap_or(Policy::Off);
    let changes = changes::items(context.texts(), statement);
    let main = html! {
        h1 { (texts.title) }
        p class="note" { ((texts.version)(statement.version, statement.since)) }
        @if !changes.is_empty() {
            section class="news" {
                h2 { ((texts.changes)(statement.since)) }
                ul { @for change in changes { (change) } }
            }
        }
        p { (texts.intro) }
        @for (name, disclosure) in statement.partners() { (partner(texts, name, &disclosure, policy)) }
        p { (texts.every_partner) }
        p {
            ((texts.fact)(&Fact::PersonalData { policy })) " "
            a href=(context.search_box().url("/privacy/personal-data")) { (context.texts().personal_data.link) } "."
        }
        p { (texts.languages) (list(statement.languages())) }
        (section(&texts.counted, statement.small_count().map(texts.small_count)))
        @if statement.keyword_groups().next().is_some() {
            p { (texts.keyword_groups) (list(statement.keyword_groups())) }
        }
        (section(&texts.visits, Some(stamp_text(texts, stamp))))
        (section(&texts.retention, statement.click_ttl_seconds().map(texts.link_lifetime)))
        (section(&texts.click, None))
        (section(&texts.object, None))
        (section(&texts.withdraw, None))
        form action=(context.search_box().url("/forget")) method="post" {
            button type="submit" { (texts.forget_button) }
        }
    };
    let title = context.service.title(texts.title);
    frame(&context.service, context.texts(), context.search_box(), &PageContent { title, role: PageRole::Other, main })
}

/// Names separated by commas, followed by a full stop.
fn list<'s>(names: impl Iterator<Item = &'s str>) -> Markup {
    html! {
        @for (index, name) in names.enumerate() { @if index > 0 { "," } " " code { (name) } }
        "."
    }
}

fn stamp_text(texts: &PrivacyTexts, stamp: &StampStatus) -> String {
    match stamp {
        StampStatus::Absent => texts.no_stamp.to_owned(),
        StampStatus::Invalid => texts.invalid_stamp.to_owned(),
        StampStatus::Valid(stamp) => (texts.stamp)(stamp),
    }
}

fn section(section: &Section, last: Option<String>) -> Markup {
    html! {
        h2 { (section.heading) }
        @for paragraph in section.paragraphs { p { (paragraph) } }
        @if let Some(last) = last { p { (last) } }
    }
}

fn partner(texts: &PrivacyTexts, name: &str, disclosure: &PartnerDisclosure, policy: Policy) -> Markup {
    html! {
        h2 { ((texts.sent_to)(name)) }
        table {
            thead { tr { th scope="col" { (texts.parameter) } th scope="col" { (texts.content) } } }
            tbody {
                @for (field, parameter) in &disclosure.fields {
                    tr { td { code { (parameter) } } td { ((texts.field)(*field, policy)) } }
                }
                @if let Some(agent) = disclosure.agent {
                    tr { td { code { "User-Agent" } } td { ((texts.agent)(agent)) } }
                }
            }
        }
        @if let Some(links) = disclosure.links { p { ((texts.links)(links)) } }
        @if disclosure.images { p { (texts.images) } }
    }
}
