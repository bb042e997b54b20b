//! Results in pages. All of them are in the document: a link to a fragment shows another page (`:target`, Selectors Level 4 section 8.3),
//! without a request and without a script.

use maud::{Markup, html};

use crate::answer::SearchResult;
use crate::ui::i18n::texts::Texts;
use crate::ui::results_page::entry::HeadingLevel;
use crate::ui::results_page::result_list::result_list;
use crate::ui::search_box::SearchBox;

/// Results on one page, as search engines have it.
const RESULTS_PER_PAGE: usize = 10;

/// The results, in pages if there are more than fit into one.
pub(super) fn pages(texts: &Texts, results: &[&SearchResult], search: SearchBox<'_>) -> Markup {
    let pages: Vec<&[&SearchResult]> = results.chunks(RESULTS_PER_PAGE).collect();
    html! {
        @for (number, results) in (1..).zip(&pages) {
            section id=(page_id(number)) class=(if number == 1 { "page first" } else { "page later" })
                aria-label=[(pages.len() > 1).then(|| (texts.results.page)(number))] {
                (result_list(results, HeadingLevel::Second, search))
                @if pages.len() > 1 { (links(texts, number, pages.len())) }
            }
        }
    }
}

fn links(texts: &Texts, current: usize, last: usize) -> Markup {
    html! {
        nav class="pager" aria-label=(texts.results.pages) {
            @if current > 1 { a href={ "#" (page_id(current - 1)) } rel="prev" { (texts.results.previous) } }
            @for number in 1..=last {
                @if number == current { b aria-current="page" { (number) } }
                @else { a href={ "#" (page_id(number)) } aria-label=((texts.results.page)(number)) { (number) } }
            }
            @if current < last { a href={ "#" (page_id(current + 1)) } rel="next" { (texts.results.next) } }
        }
    }
}

fn page_id(number: usize) -> String {
    format!("page-{number}")
}
