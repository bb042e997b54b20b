//! One result: where it leads, its title and its summary.

use maud::{Markup, html};

use crate::answer::SearchResult;
use crate::answer::marked_text::MarkedText;
use crate::result_kind::ResultKind;
use crate::ui::results_page::terms::SearchTerms;

/// The level of the heading of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadingLevel {
    /// Below the heading of the page.
    Second,
    /// Below the label of the sponsored results.
    Third,
}

/// A result as an item of a list. The site comes before the title, so that a person knows where a link leads before reading it. Of the site
/// of an ad only the domain is shown: it names the advertiser, and the path is for counting.
pub(super) fn list_item(result: &SearchResult, level: HeadingLevel, terms: &SearchTerms) -> Markup {
    let SearchResult { title, url, display_url, snippet, kind } = result;
    let link = html! { a href=(url) rel="noreferrer noopener" { (marked(title)) } };
    let (domain, path) = display_url.split_once('/').unwrap_or((display_url, ""));
    let path = if *kind == ResultKind::Sponsored { "" } else { path };
    html! {
        li dir="auto" {
            (place(domain, path))
            @match level {
                HeadingLevel::Second => h2 { (link) },
                HeadingLevel::Third => h3 { (link) },
            }
            @if !snippet.as_str().is_empty() {
                p class="snippet" {
                    @if snippet.has_marks() { (marked(snippet)) }
                    @else { (parts(terms.split(snippet.as_str()))) }
                }
            }
        }
    }
}

/// The domain with a tile of a letter of its own, and the path as a trail. No icon of the site is fetched: it would learn of the search.
fn place(domain: &str, path: &str) -> Markup {
    html! {
        p class="where" {
            span class="tile" aria-hidden="true" { (letter(domain)) }
            bdi {
                (domain)
                @if !path.is_empty() {
                    span { @for step in path.split('/').filter(|step| !step.is_empty()) { " › " (step.replace('_', " ")) } }
                }
            }
        }
    }
}

/// The first letter of the longest part of a domain before its end: that by which people know it.
fn letter(domain: &str) -> String {
    let host = domain.split(':').next().unwrap_or_default();
    let before_end = host.rsplit_once('.').map_or(host, |(before, _)| before);
    let known_by = before_end.split('.').rev().max_by_key(|part| part.chars().count()).unwrap_or_default();
    known_by.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string()).unwrap_or_default()
}

/// Text with its highlights, which HTML calls keywords of an abstract (HTML standard, the `b` element).
fn marked(text: &MarkedText) -> Markup {
    parts(text.parts())
}

fn parts<'t>(parts: impl IntoIterator<Item = (&'t str, bool)>) -> Markup {
    html! {
        @for (part, is_marked) in parts {
            @if is_marked { b { (part) } } @else { (part) }
        }
    }
}
