//! Lists of results.

use maud::{Markup, html};

use crate::answer::SearchResult;
use crate::fields::language::Language;
use crate::ui::results_page::entry::{HeadingLevel, list_item};
use crate::ui::results_page::terms::SearchTerms;
use crate::ui::search_box::SearchBox;

/// A list of results in the language and the direction of the search.
pub(super) fn result_list(results: &[&SearchResult], level: HeadingLevel, search: SearchBox<'_>) -> Markup {
    let (tag, direction) = language_attributes(search);
    let terms = SearchTerms::new(search.keyword);
    html! {
        ol lang=[tag] dir=[direction] {
            @for result in results { (list_item(result, level, &terms)) }
        }
    }
}

/// The values of `lang` and `dir` for the results of a search.
pub(super) fn language_attributes(search: SearchBox<'_>) -> (Option<&str>, Option<&'static str>) {
    (search.language.map(Language::as_str), search.language.map(Language::direction))
}
