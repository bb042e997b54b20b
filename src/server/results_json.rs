//! Search results as JSON, for toolbars (docs/http-api.md, "Results"). The document is assembled by hand, and
//! `serde_json` escapes only the strings that need it: almost none do, and its search for them byte by byte took a sixth
//! of the time of a search.

use crate::answer::SearchResult;
use crate::name::ConfigName;

/// `{"results":[{"title","url","display_url","snippet","kind"}],"partner":…}`.
#[must_use]
pub fn json(results: &[SearchResult], partner: &ConfigName) -> Vec<u8> {
    let text_bytes: usize = results
        .iter()
        .map(|result| result.title.as_str().len() + result.url.len() + result.snippet.as_str().len())
        .sum();
    let mut out = Vec::with_capacity(text_bytes + 160 * results.len() + 64);
    out.extend_from_slice(b"{\"results\":[");
    for (index, result) in results.iter().enumerate() {
        let SearchResult { title, url, display_url, snippet, kind } = result;
        let fields = [
            ("{\"title\":", title.as_str()),
            (",\"url\":", url),
            (",\"display_url\":", display_url),
            (",\"snippet\":", snippet.as_str()),
            (",\"kind\":", kind.as_str()),
        ];
        if index > 0 {
            out.push(b',');
        }
        for (name, text) in fields {
            out.extend_from_slice(name.as_bytes());
            push_string(&mut out, text);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"partner\":");
    push_string(&mut out, partner.as_str());
    out.push(b'}');
    out
}

/// Appends a JSON string (RFC 8259 section 7). A text without quotes, backslashes and control characters is copied.
fn push_string(out: &mut Vec<u8>, text: &str) {
    // Without an early exit, so that the compiler vectorizes the loop.
    let is_special = |byte| u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\');
    if text.bytes().fold(0, |found, byte| found | is_special(byte)) != 0 {
        // Writing a string to memory cannot fail.
        serde_json::to_writer(out, text).ok();
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result_kind::ResultKind;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_output_of_serde_json(texts in proptest::collection::vec(("\\PC{0,20}|[\\x00-\\x7f]{0,20}", ".{0,20}"), 0..4)) {
            let result = |(title, snippet): &(String, String)| SearchResult {
                title: title.as_str().into(),
                url: format!("/click/{title}"),
                display_url: snippet.clone(),
                snippet: snippet.as_str().into(),
                kind: ResultKind::Organic,
            };
            let results: Vec<SearchResult> = texts.iter().map(result).collect();
            let rows: Vec<_> = results
                .iter()
                .map(|SearchResult { title, url, display_url, snippet, kind }| serde_json::json!({
                    "title": title.as_str(), "url": url, "display_url": display_url, "snippet": snippet.as_str(), "kind": kind.as_str(),
                }))
                .collect();
            let expected = serde_json::json!({ "results": rows, "partner": "p" }).to_string();
            prop_assert_eq!(String::from_utf8(json(&results, &ConfigName::new("p").unwrap())).unwrap(), expected);
        }
    }
}
