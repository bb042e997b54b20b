//! The results as JSON, for toolbars: the shape of CONTRACT section 2. Written by hand around serde_json's
//! escaping, because almost no text needs any and looking for it byte by byte was a sixth of a search.

use crate::answer::SearchResult;
use crate::name::ConfigName;

/// `{"results":[{"title","url","display_url","snippet","kind"}],"partner":…}`.
#[must_use]
pub fn json(entries: &[SearchResult], partner: &ConfigName) -> Vec<u8> {
    let texts: usize = entries.iter().map(|entry| entry.title.len() + entry.url.len() + entry.snippet.len()).sum();
    let mut out = Vec::with_capacity(texts + 160 * entries.len() + 64);
    out.extend_from_slice(b"{\"results\":[");
    for (index, entry) in entries.iter().enumerate() {
        let SearchResult { title, url, display_url, snippet, kind } = entry;
        let fields = [
            ("{\"title\":", title.as_str()),
            (",\"url\":", url),
            (",\"display_url\":", display_url),
            (",\"snippet\":", snippet),
            (",\"kind\":", kind.as_str()),
        ];
        if index > 0 {
            out.push(b',');
        }
        for (name, text) in fields {
            out.extend_from_slice(name.as_bytes());
            push_text(&mut out, text);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"partner\":");
    push_text(&mut out, partner.as_str());
    out.push(b'}');
    out
}

/// A JSON string (RFC 8259 section 7). A text without quotes, backslashes and controls is its own spelling.
fn push_text(out: &mut Vec<u8>, text: &str) {
    // Without an early end, so that the compiler looks at many bytes at once.
    let special = text.bytes().fold(false, |found, byte| found | (byte < b' ') | (byte == b'"') | (byte == b'\\'));
    if special {
        // Writing a string into memory cannot fail.
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
        fn says_what_serde_json_would_say(texts in proptest::collection::vec(("\\PC{0,20}|[\\x00-\\x7f]{0,20}", ".{0,20}"), 0..4)) {
            let entry = |(title, snippet): &(String, String)| SearchResult {
                title: title.clone(),
                url: format!("/click/{title}"),
                display_url: snippet.clone(),
                snippet: snippet.clone(),
                kind: ResultKind::Organic,
            };
            let entries: Vec<SearchResult> = texts.iter().map(entry).collect();
            let rows: Vec<_> = entries
                .iter()
                .map(|SearchResult { title, url, display_url, snippet, kind }| serde_json::json!({
                    "title": title, "url": url, "display_url": display_url, "snippet": snippet, "kind": kind.as_str(),
                }))
                .collect();
            let wanted = serde_json::json!({ "results": rows, "partner": "p" }).to_string();
            prop_assert_eq!(String::from_utf8(json(&entries, &ConfigName::new("p").unwrap())).unwrap(), wanted);
        }
    }
}
