//! Compares the cursor with `serde_json`: what it accepts, where a fault is, and what it reads.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

/// The depth up to which `serde_json` builds values.
const MAX_DEPTH: usize = 127;

/// The value that the cursor reads; `None` for a number too large, text that is not Unicode, or a value nested too deeply.
fn value(cursor: &mut JsonCursor<'_>, depth: usize) -> Result<Option<Value>, JsonFault> {
    let mut is_first = true;
    Ok(match cursor.value()? {
        JsonValue::Object => {
            let (mut members, mut is_whole) = (Map::new(), depth < MAX_DEPTH);
            while let Some(key) = cursor.next_key(&mut is_first)? {
                match (key.decode(), value(cursor, depth + 1)?) {
                    (Some(key), Some(value)) => drop(members.insert(key.into_owned(), value)),
                    _ => is_whole = false,
                }
            }
            is_whole.then_some(Value::Object(members))
        }
        JsonValue::Array => {
            let (mut elements, mut is_whole) = (Vec::new(), depth < MAX_DEPTH);
            while cursor.has_element(&mut is_first)? {
                match value(cursor, depth + 1)? {
                    Some(value) => elements.push(value),
                    None => is_whole = false,
                }
            }
            is_whole.then_some(Value::Array(elements))
        }
        JsonValue::Text(text) => text.decode().map(|text| Value::String(text.into_owned())),
        JsonValue::Number(number) => serde_json::from_str(number).ok().map(Value::Number),
        JsonValue::Flag(flag) => Some(Value::Bool(flag)),
        JsonValue::Null => Some(Value::Null),
    })
}

fn read(text: &[u8]) -> Result<Option<Value>, JsonFault> {
    let mut cursor = JsonCursor::new(text);
    let read = value(&mut cursor, 0)?;
    cursor.end().map(|()| read)
}

fn skip(text: &[u8]) -> Result<bool, JsonFault> {
    let mut cursor = JsonCursor::new(text);
    let skipped = cursor.skip()?;
    cursor.end().map(|()| skipped)
}

/// The cursor accepts what `serde_json` skips, it finds a fault at the same place, and it reads the same value or none.
fn compare(text: &[u8]) -> Result<(), TestCaseError> {
    let skipped = serde_json::from_slice::<serde::de::IgnoredAny>(text);
    let built = serde_json::from_slice::<Value>(text);
    prop_assert_eq!(skip(text).map(drop), read(text).map(drop));
    match (read(text), skipped) {
        (Ok(read), Ok(_)) => prop_assert_eq!(read, built.ok()),
        (Err(JsonFault { at }), Err(error)) => {
            // `serde_json` calls a number without its last digits invalid, and takes an escape for cut before it looks at its digits.
            let is_cut_number = matches!(text.last(), Some(b'-' | b'+' | b'.' | b'e' | b'E'));
            prop_assert!(at < text.len() || error.is_eof() || is_cut_number, "{} {:?}", at, error);
            prop_assert!(!error.is_eof() || text.len() - at < 4, "{} {:?}", at, error);
            prop_assert!(built.is_err());
        }
        (read, skipped) => prop_assert!(false, "{:?} {:?}", read, skipped.map(drop)),
    }
    Ok(())
}

/// Texts at the edges of the grammar.
const TEXTS: &[&str] = &[
    "",
    " ",
    "null",
    " true\r\n\t",
    "fals",
    "nul",
    "nulll",
    "trux",
    "\"\"",
    "\"",
    "\"a",
    "\"\\",
    "\"\\u",
    "\"\\u00e9\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ud83dx\"",
    "\"\\x\"",
    "\"\\u00g0\"",
    "\"\t\"",
    "\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
    "0",
    "-0",
    "-",
    "00",
    "01",
    "-01",
    "1.",
    ".5",
    "1.5",
    "1e",
    "1e+",
    "1E-2",
    "1e999",
    "-1e999",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "-9223372036854775809",
    "1.0",
    "1e2",
    "+1",
    "0x1",
    "[]",
    "[ ]",
    "[1]",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1",
    "[1,",
    "{}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\":1,\"a\":2}",
    "{a:1}",
    "{1:1}",
    "{\"a\" : [ 1 , { \"b\" : null } ] }",
    "{\"a\":1}{}",
    "1 2",
    "[}",
    "{]",
    "{\"\\u0061\":1}",
    "\u{feff}1",
    "NaN",
    "[\"a\n\"]",
];

#[test]
fn agrees_with_serde_json_on_hand_written_texts() {
    let deep = ["[".repeat(127) + &"]".repeat(127), "[".repeat(128) + &"]".repeat(128), "[".repeat(500)];
    for text in TEXTS.iter().copied().chain(deep.iter().map(String::as_str)) {
        compare(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    for bytes in [&b"\"\xff\""[..], b"\"\xe2\x82", b"{\"\xff\":1}", b"\xff", b"[\"\xe2\x82\"]"] {
        compare(bytes).unwrap_or_else(|error| panic!("{bytes:?}: {error}"));
    }
}

#[test]
fn skipping_has_no_bound_to_the_depth() {
    let deep = "[{\"a\":".repeat(200_000);
    assert_eq!(skip(deep.as_bytes()), Err(JsonFault { at: deep.len() }));
    assert_eq!(skip(format!("{deep}1{}", "}]".repeat(200_000)).as_bytes()), Ok(false));
}

#[test]
fn faults_are_where_serde_json_finds_them() {
    for text in ["nonsense", "[1 2]", "{\"a\" 1}", "{\"a\":1 \"b\"}", "{1}", "[01]", "[1.x]", "tru,", "<", "[] x"] {
        let error = serde_json::from_str::<serde::de::IgnoredAny>(text).unwrap_err();
        assert_eq!(read(text.as_bytes()), Err(JsonFault { at: error.column() - 1 }), "{text}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Texts that are nearly JSON: tokens in any order.
    #[test]
    fn agrees_with_serde_json_on_tokens(text in "(\\{|\\}|\\[|\\]|,|:|\"a\"|\"\"|\"\\\\n\"|\"\\\\u00e9\"|\"\\\\ud83d\"|\"é\"|\"|\\\\|1|-|0|\\.|5e1|1e999|true|false|null| |\n|\t|x){0,14}") {
        compare(text.as_bytes())?;
    }

    /// Good JSON in which bytes were changed, removed or added.
    #[test]
    fn agrees_with_serde_json_on_mutated_texts(value in json_value(), is_pretty: bool, edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..4)) {
        let mut text = if is_pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        for (index, byte, edit) in edits {
            let at = index.index(text.len() + 1);
            match (edit, text.get_mut(at)) {
                (0, _) => text.insert(at, byte),
                (1, Some(place)) => *place = byte,
                (2, Some(_)) => drop(text.remove(at)),
                (_, _) => text.truncate(at.max(1)),
            }
        }
        compare(&text)?;
    }

    #[test]
    fn agrees_with_serde_json_on_bytes(text in proptest::collection::vec(any::<u8>(), 0..60)) {
        compare(&text)?;
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}|[a-z\"\\\\/\n\u{1}😀é]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |value| {
        prop_oneof![
            proptest::collection::vec(value.clone(), 0..6).prop_map(Into::into),
            proptest::collection::vec((".{0,6}", value), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
