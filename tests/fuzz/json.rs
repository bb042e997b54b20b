//! A partner's JSON answer. The first byte of an input selects the mapping: one of two that a reference can follow, or one of the presets;
//! the rest is the answer.
//!
//! - The entries, their fields and the reasons why others are left out are those that a reference reads from the
//!   `serde_json::Value` of the answer, if it has one.
//! - How JSON is spaced and escaped makes no difference.
//! - Every entry is counted once: as read, over the limit, or for one reason; results and positions are bounded.
//! - Results lead to web URLs without credentials that fit into a token, and have a title.

use std::sync::LazyLock;

use qsproxy::answer::json::{JsonAnswer, ListEntries, read};
use qsproxy::answer::json_mapping::JsonMapping;
use qsproxy::answer::marked_text::MarkedText;
use qsproxy::config::partners::parse_block;
use qsproxy::partner::AnswerFormat;
use qsproxy::presets;
use qsproxy::tokens::sealed::MAX_TARGET_BYTES;
use url::Url;

use super::input::Input;
use super::json_reference::{REFERENCES, Reference, unambiguous_value};

/// Most faults of a list with a position.
const MAX_POSITIONS: usize = 100;

fn block(results: &str) -> String {
    format!(
        "[[partner]]\nname = \"p\"\nurl = \"https://partner.example/search\"\nsend = {{ keyword = \"q\" }}\nmax_results = 4\nresults = {results}\n"
    )
}

/// The mapping of a `[[partner]]` block; `None` for a partner that sends pages.
fn mapping(block: &str) -> Option<JsonMapping> {
    match parse_block(block).unwrap().format {
        AnswerFormat::Json(mapping) => Some(std::sync::Arc::unwrap_or_clone(mapping)),
        AnswerFormat::Html(_) => None,
    }
}

static MAPPINGS: LazyLock<Vec<(JsonMapping, Option<&'static Reference>)>> = LazyLock::new(|| {
    let known = REFERENCES.iter().map(|reference| (mapping(&block(reference.results)).unwrap(), Some(reference)));
    let others = presets::PARTNERS.iter().filter_map(|(_, block)| Some((mapping(block)?, None)));
    known.chain(others).collect()
});

/// What must not depend on how JSON is written.
fn show(lists: &[ListEntries<'_>]) -> String {
    format!("{lists:?}")
}

fn check_counts(list: &ListEntries<'_>, max_results: usize) {
    let left_out = list.over_limit + list.unreadable + list.without_url + list.invalid_url;
    assert_eq!(list.total, list.entries.len() + left_out);
    assert!(list.entries.len() <= max_results);
    assert!(list.found.iter().all(|n| *n <= list.total) && list.with_other_text <= list.total);
    assert!(list.faults.len() <= MAX_POSITIONS && list.faults.iter().all(|(at, _)| *at < list.total));
    assert!(list.faults.len() == MAX_POSITIONS || list.faults.len() == left_out - list.over_limit);
}

fn check_text(text: &MarkedText) {
    let parts: String = text.parts().map(|(part, _)| part).collect();
    assert_eq!(parts, text.as_str());
    assert!(!text.as_str().chars().any(char::is_control), "{text:?}");
}

fn check_results(lists: Vec<ListEntries<'_>>, mapping: &JsonMapping) {
    let entries: usize = lists.iter().map(|list| list.entries.len()).sum();
    let (totals, over): (Vec<_>, usize) =
        (lists.iter().map(|list| list.total).collect(), lists.iter().map(|list| list.over_limit).sum());
    let answer = JsonAnswer::new(lists, mapping);
    assert!(answer.results.len() <= mapping.max_results);
    let invalid: usize = answer.lists.iter().map(|list| list.invalid_url).sum();
    assert_eq!(answer.results.len() + invalid + answer.over_limit() - over, entries);
    for result in &answer.results {
        let url = Url::parse(&result.target.url).unwrap_or_else(|error| panic!("{error}: {result:?}"));
        assert!(matches!(url.scheme(), "http" | "https") && url.has_host(), "{result:?}");
        assert!(url.username().is_empty() && url.password().is_none(), "{result:?}");
        assert!(result.target.url.len() <= MAX_TARGET_BYTES && result.target.url.is_ascii(), "{result:?}");
        assert!(!result.title.as_str().trim().is_empty() && !result.target.display_url.is_empty(), "{result:?}");
        assert!(result.position.1 < totals[result.position.0], "{result:?}");
        check_text(&result.title);
        check_text(&result.snippet);
    }
}

pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let (mapping, reference) = &MAPPINGS[usize::from(input.byte()) % MAPPINGS.len()];
    let read_answer = |body: &[u8]| read(body, None, mapping).map(|lists| show(&lists));
    let body = input.0;
    let lists = read(body, None, mapping);
    if let Some(value) = unambiguous_value(body) {
        if let Some(reference) = reference {
            reference.check(&value, lists.as_deref());
        }
        let shown = lists.as_ref().map(|lists| show(lists)).map_err(|error| *error);
        for written in [value.to_string(), format!("{value:#}")] {
            assert_eq!(read_answer(written.as_bytes()), shown, "{written}");
        }
    }
    if let Ok(lists) = lists {
        lists.iter().for_each(|list| check_counts(list, mapping.max_results));
        check_results(lists, mapping);
    }
}
