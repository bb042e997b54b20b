//! Results pages: our own list of results, and the frame around a partner's page.

mod entry;
mod pager;
mod result_list;
mod sent_panel;
mod terms;

use bytes::Bytes;
use maud::{Markup, PreEscaped, html};

use crate::answer::SearchResult;
use crate::fields::keyword::KeywordChanges;
use crate::result_kind::ResultKind;
use crate::search::SentSearch;
use crate::ui::i18n::language_names;
use crate::ui::i18n::texts::Texts;
use crate::ui::layout::{PageContent, frame, outward};
use crate::ui::page_role::PageRole;
use crate::ui::results_page::entry::HeadingLevel;
use crate::ui::results_page::result_list::{language_attributes, result_list};
use crate::ui::search_box::{SearchBox, form_at_end};
use crate::ui::service::Service;
use crate::ui::settings::SETTINGS_ANCHOR;

/// Marks where a partner's page goes. No text can contain it, since its `<` would be escaped.
const PLACEHOLDER: &str = "<!-- partner page -->";

/// What a page says about one search, beside its results.
#[derive(Debug, Clone, Copy)]
pub struct SearchReport<'s> {
    /// What was sent, and to whom.
    pub sent: &'s SentSearch,
    /// What was changed in the keyword before.
    pub changes: KeywordChanges,
}

/// The list of results as a page.
#[must_use]
pub fn list(
    service: &Service,
    texts: &Texts,
    results: &[SearchResult],
    report: SearchReport<'_>,
    search: SearchBox<'_>,
) -> String {
    let (ads, organic): (Vec<&SearchResult>, Vec<&SearchResult>) =
        results.iter().partition(|result| result.kind == ResultKind::Sponsored);
    let partner = &report.sent.partner.display_name;
    let main = html! {
        h1 class="unseen" { ((texts.results.heading)(search.keyword)) }
        @if results.is_empty() { (nothing_found(texts, partner)) }
        @if !ads.is_empty() { (sponsored(texts, &ads, report.sent, search)) }
        (pager::pages(texts, &organic, search))
    };
    let counts = || html! { span { ((texts.results.found)(organic.len(), ads.len(), partner)) } };
    let found = (!results.is_empty()).then(counts);
    let content = PageContent {
        title: service.title(search.keyword),
        role: PageRole::ResultList,
        below_search: Some(below_search(service, texts, found, report, search)),
        main,
        after: (!results.is_empty()).then(|| form_at_end(texts, search)),
    };
    frame(service, texts, search, &content)
}

/// What follows the search box: the number of results, the language, and what was sent.
fn below_search(
    service: &Service,
    texts: &Texts,
    found: Option<Markup>,
    report: SearchReport<'_>,
    search: SearchBox<'_>,
) -> Markup {
    html! {
        @if let Some(found) = found { (found) }
        @if let Some(language) = search.language.filter(|_| service.languages.len() > 1) {
            a href=(SETTINGS_ANCHOR) {
                (texts.language_heading) (texts.punctuation.colon) bdi lang=(language.as_str()) { (language_names::name(language.as_str())) }
            }
        }
        (sent_panel::panel(texts, report.sent, search))
        (notices(texts, report.changes, search))
    }
}

/// What was changed in the keyword, where the person can see it.
fn notices(texts: &Texts, changes: KeywordChanges, search: SearchBox<'_>) -> Markup {
    html! {
        @if changes.is_redacted {
            p class="notice" role="status" {
                (texts.results.redacted) " "
                a href=(search.url("/privacy/personal-data")) { (texts.results.redacted_link) }
            }
        }
        @if changes.is_truncated { p class="notice" role="status" { (texts.results.shortened) } }
    }
}

fn nothing_found(texts: &Texts, partner: &str) -> Markup {
    html! {
        section class="empty" {
            h2 { ((texts.results.nothing_found)(partner)) }
            ul { @for advice in texts.results.nothing_found_advice { li { (advice) } } }
        }
    }
}

/// The sponsored results in a block of their own, before the others and labelled before any of their titles (Federal Trade Commission,
/// letter to search engines of 24 June 2013; Digital Services Act, Article 26).
fn sponsored(texts: &Texts, ads: &[&SearchResult], sent: &SentSearch, search: SearchBox<'_>) -> Markup {
    let about = match &sent.partner.about_ads_url {
        Some(url) => outward(url, texts.results.about_ads),
        None => html! { a href={ (search.url("/about")) "#ads" } { (texts.results.about_ads) } },
    };
    html! {
        section class="ads" aria-labelledby="ads-label" {
            div class="label" {
                h2 id="ads-label" { (texts.results.sponsored) }
                (about)
            }
            (result_list(ads, HeadingLevel::Third, search))
        }
    }
}

/// What precedes and what follows a partner's page.
#[must_use]
pub fn around_partner_page(
    service: &Service,
    texts: &Texts,
    report: SearchReport<'_>,
    search: SearchBox<'_>,
) -> (String, String) {
    let (tag, direction) = language_attributes(search);
    let partner = &report.sent.partner.display_name;
    let main = html! { div lang=[tag] dir=[direction] { (PreEscaped(PLACEHOLDER)) } };
    let from = html! { span { ((texts.results.from)(partner)) } };
    let content = PageContent {
        title: service.title(search.keyword),
        role: PageRole::PartnerPage,
        below_search: Some(below_search(service, texts, Some(from), report, search)),
        main,
        after: Some(form_at_end(texts, search)),
    };
    let page = frame(service, texts, search, &content);
    page.split_once(PLACEHOLDER).map(|(head, foot)| (head.to_owned(), foot.to_owned())).unwrap_or_default()
}

/// What is shown where a partner's page ended early.
#[must_use]
pub fn truncation_notice(texts: &Texts) -> Bytes {
    let notice = html! {
        p class="notice" role="alert" lang=(texts.tag) dir=(texts.direction) { (texts.results.truncated) }
    };
    notice.into_string().into()
}

#[cfg(test)]
mod tests;
