//! Property tests of reading JSON answers.

use proptest::prelude::*;

use super::tests::*;
use super::*;

proptest! {
    /// The same entries as in the `serde_json::Value` that the body is made of.
    #[test]
    fn agrees_with_serde_json_values(title in ".{0,40}", url in "\\S.{0,40}", snippet in ".{0,40}", ad: bool, noise in ".{0,20}") {
        let body = serde_json::json!({"a": {"r": [{"noise": noise, "ad": ad, "title": title, "url": url, "text": {"short": snippet}}]}});
        let body = body.to_string();
        let lists = read(body.as_bytes(), None, &mapping("/a/r")).unwrap();
        let expected = JsonEntry { index: 0, title: title.into(), url: url.into(), snippet: snippet.into(), sponsored: ad };
        prop_assert_eq!(&lists[0].entries, &[expected]);
    }

    /// An arbitrary value among the entries changes nothing about the others.
    #[test]
    fn an_arbitrary_entry_costs_no_other(value in json_value(), before in 0..3_usize, after in 0..3_usize) {
        let value = value.to_string();
        let texts: Vec<&str> = vec![GOOD; before].into_iter().chain([value.as_str()]).chain(vec![GOOD; after]).collect();
        let body = format!("{{\"r\":[{}]}}", texts.join(","));
        let found = entries(&body, "/r").unwrap();
        prop_assert!(found.iter().filter(|entry| *entry == "t|u||false").count() >= before + after, "{:?}", found);
        prop_assert!(found.len() <= before + after + 1);
    }

    /// Bytes overwritten within the strings of one entry change nothing about the others.
    #[test]
    fn corrupt_strings_cost_no_other_entry(bytes in proptest::collection::vec((0..12_usize, any::<u8>()), 1..6), which in 0..3_usize) {
        let mut text = *b"some title x";
        for (position, byte) in bytes {
            text[position] = if matches!(byte, b'"' | b'\\') { b'\xff' } else { byte };
        }
        let bad = match which {
            0 => [b"{\"title\":\"", &text[..], b"\",\"url\":\"u\"}"].concat(),
            1 => [b"{\"title\":\"t\",\"url\":\"", &text[..], b"\"}"].concat(),
            _ => [b"{\"", &text[..], b"\":1,\"title\":\"t\",\"url\":\"u\"}"].concat(),
        };
        let body = [b"{\"r\":[", GOOD.as_bytes(), b",", &bad, b",", GOOD.as_bytes(), b"]}"].concat();
        let found = entries_of(&body, &mapping("/r")).unwrap();
        prop_assert!(found.len() >= 2 && found.first() == found.last() && found[0] == "t|u||false", "{:?}", found);
    }

    #[test]
    fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        drop(read(&body, None, &mapping("/a/r")));
    }
}

/// A JSON value whose members have the names of the mapping, or others.
fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |value| {
        prop_oneof![
            proptest::collection::vec(value.clone(), 0..6).prop_map(Into::into),
            proptest::collection::vec(("title|url|text|short|ad|[a-z]{0,3}", value), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}
