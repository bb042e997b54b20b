//! Reads a JSON answer. The body is parsed once, along the pointers of its [`JsonMapping`]. Everything else is skipped
//! without building values, and strings without escapes are borrowed from the body.

mod entry;
mod leaf;
mod list;

use serde::de::DeserializeSeed as _;

use crate::answer::json::list::ListSeed;
use crate::answer::json_mapping::JsonMapping;

pub use crate::answer::json::entry::JsonEntry;
pub use crate::answer::json::list::MAX_RESULTS;

/// Reads the results of an answer; `None` if the body is not JSON, or not structured as configured. Entries without a
/// title or a URL are left out: they could not be shown.
#[must_use]
pub fn read<'a>(body: &'a [u8], mapping: &JsonMapping) -> Option<Vec<JsonEntry<'a>>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let list = ListSeed::new(mapping).deserialize(&mut deserializer);
    let list = list.and_then(|list| deserializer.end().map(|()| list));
    // The error message of serde_json can quote the body, so it is dropped here.
    match list.ok()? {
        None if mapping.allows_missing_list => Some(Vec::new()),
        list => list,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::json_mapping::JsonPointer;
    use proptest::prelude::*;

    fn pointer(text: &str) -> JsonPointer {
        JsonPointer::parse(text).unwrap()
    }

    fn mapping(list: &str) -> JsonMapping {
        JsonMapping::new(
            pointer(list),
            &pointer("/title"),
            &pointer("/url"),
            Some(&pointer("/text/short")),
            Some(&pointer("/ad")),
        )
    }

    fn entries(body: &str, list: &str) -> Option<Vec<String>> {
        let entries = read(body.as_bytes(), &mapping(list))?;
        let show =
            |entry: &JsonEntry<'_>| format!("{}|{}|{}|{}", entry.title, entry.url, entry.snippet, entry.sponsored);
        Some(entries.iter().map(show).collect())
    }

    #[test]
    fn follows_pointers() {
        let entry = r#"{"url":"u","x":[{"title":9}],"title":"a\"b","text":{"long":{},"short":"s"},"ad":true}"#;
        for (body, list) in [
            (format!("[{entry}]"), ""),
            (format!("{{\"n\":1,\"web\":{{\"q\":[[]],\"results\":[{entry}]}},\"z\":null}}"), "/web/results"),
            (format!("[0,{{\"a/b\":{{\"~\":[{entry}]}}}},2]"), "/1/a~1b/~0"),
        ] {
            assert_eq!(entries(&body, list).unwrap(), ["a\"b|u|s|true"], "{body}");
        }
    }

    #[test]
    fn recognizes_sponsored_marks() {
        for (mark, sponsored) in [
            ("true", true),
            ("false", false),
            ("null", false),
            ("0", false),
            ("1", true),
            ("\"\"", false),
            ("\"false\"", false),
            ("\"text-ad\"", true),
            ("{\"id\":1}", true),
            ("[]", false),
        ] {
            let body = format!(r#"{{"r":[{{"title":"t","url":"u","ad":{mark}}}]}}"#);
            assert_eq!(entries(&body, "/r").unwrap(), [format!("t|u||{sponsored}")], "{mark}");
        }
    }

    #[test]
    fn rejects_another_structure() {
        for body in [
            "",
            "{",
            "nonsense",
            "[]",
            "{}",
            r#"{"r":{}}"#,
            r#"{"r":null}"#,
            r#"{"r":"x"}"#,
            r#"{"r":[1]}"#,
            r#"{"r":["x"]}"#,
            r#"{"r":[[]]}"#,
            r#"{"r":[]} x"#,
            "{\"r\":[{\"title\":\"\u{1}\"}]}",
            r#"{"r":[{"title":"\ud800","url":"u"}]}"#,
        ] {
            assert_eq!(entries(body, "/r"), None, "{body}");
        }
        assert_eq!(read(b"{\"r\":[{\"title\":\"\xff\",\"url\":\"u\"}]}", &mapping("/r")), None);
        let deep = "[".repeat(100_000);
        assert_eq!(entries(&format!("{{\"r\":{deep}"), "/r"), None, "deep nesting is rejected");
    }

    #[test]
    fn a_missing_list_is_an_error_unless_allowed() {
        for body in ["{}", r#"{"a":{}}"#, r#"{"b":1}"#] {
            assert_eq!(read(body.as_bytes(), &mapping("/a/r")), None);
            assert_eq!(read(body.as_bytes(), &mapping("/a/r").allow_missing_list(true)), Some(Vec::new()));
        }
        assert_eq!(
            read(b"{\"a\":[]}", &mapping("/a/r").allow_missing_list(true)),
            None,
            "an array instead of an object"
        );
    }

    #[test]
    fn leaves_out_incomplete_entries_and_truncates_long_lists() {
        let body = r#"{"r":[{"title":"t"},{"url":"u"},{"title":1,"url":"u"},{"title":"t","url":"u"}]}"#;
        assert_eq!(entries(body, "/r").unwrap(), ["t|u||false"]);
        let many = vec![r#"{"title":"t","url":"u"}"#; 5_000].join(",");
        assert_eq!(entries(&format!("\u{feff}{{\"r\":[{many}]}}"), "/r").unwrap().len(), MAX_RESULTS);
    }

    proptest! {
        /// The same entries as in the `serde_json::Value` that the body is made of.
        #[test]
        fn agrees_with_serde_json_values(title in ".{0,40}", url in ".{0,40}", snippet in ".{0,40}", ad: bool, noise in ".{0,20}") {
            let body = serde_json::json!({"a": {"r": [{"noise": noise, "ad": ad, "title": title, "url": url, "text": {"short": snippet}}]}});
            let body = body.to_string();
            let entries = read(body.as_bytes(), &mapping("/a/r")).unwrap();
            let expected = JsonEntry { title: title.into(), url: url.into(), snippet: snippet.into(), sponsored: ad };
            prop_assert_eq!(entries, vec![expected]);
        }

        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(read(&body, &mapping("/a/r")));
        }
    }
}
