//! Reading a JSON answer: the body is walked once along the pointers of its [`JsonMapping`], everything else is
//! skipped without being built, and strings are borrowed from the body where they hold no escape.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::answer::json_mapping::{JsonMapping, Node, PARTS};

/// Most results that are read from one answer: more than any page shows, so that an answer of a million
/// cannot make a page of a million.
pub const MOST_RESULTS: usize = 100;

/// One entry as the partner gave it.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonEntry<'a> {
    /// Its title.
    pub title: Cow<'a, str>,
    /// Its target, not yet judged.
    pub url: Cow<'a, str>,
    /// Its summary, empty where there is none.
    pub snippet: Cow<'a, str>,
    /// Whether the partner calls it sponsored.
    pub sponsored: bool,
}

/// Reads an answer; None where the body is no JSON, or is shaped otherwise than configured. Entries
/// without a title or a URL are left out: they could not be shown.
#[must_use]
pub fn read<'a>(body: &'a [u8], shape: &JsonMapping) -> Option<Vec<JsonEntry<'a>>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let found = List { path: shape.list.parts(), parts: &shape.parts }.deserialize(&mut reader);
    let found = found.and_then(|found| reader.end().map(|()| found));
    // serde_json's message can quote the body, so it ends here.
    match found.ok()? {
        None if shape.may_lack_list => Some(Vec::new()),
        found => found,
    }
}

/// Walks down to the list. None where the path leads nowhere.
struct List<'s> {
    path: &'s [String],
    parts: &'s Node,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = Option<Vec<JsonEntry<'de>>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.path.is_empty() { deserializer.deserialize_seq(self) } else { deserializer.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Option<Vec<JsonEntry<'de>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list of results")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((first, rest)) = self.path.split_first() else {
            return Err(A::Error::custom("an object where the list belongs"));
        };
        let mut found = None;
        while let Some(here) = map.next_key_seed(KeyIs(first))? {
            if here {
                found = map.next_value_seed(List { path: rest, parts: self.parts })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        if let Some((first, rest)) = self.path.split_first() {
            let index: usize = first.parse().map_err(A::Error::custom)?;
            for _ in 0..index {
                list.next_element::<IgnoredAny>()?;
            }
            let found = list.next_element_seed(List { path: rest, parts: self.parts })?;
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(found.flatten());
        }
        let mut found = Vec::new();
        while found.len() < MOST_RESULTS {
            match list.next_element_seed(OneEntry(self.parts))? {
                Some(entry) => found.extend(entry),
                None => return Ok(Some(found)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(found))
    }
}

/// Compares a key without taking it.
struct KeyIs<'s>(&'s str);

impl<'de> DeserializeSeed<'de> for KeyIs<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyIs<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

/// What stands at the end of a pointer.
#[derive(Debug, Default)]
enum Leaf<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Flag(bool),
}

impl<'a> Leaf<'a> {
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Flag(_) => None,
        }
    }

    /// A sponsored mark is `true`, a number but 0, or a text but the empty one, `false` and `0`.
    fn is_set(&self) -> bool {
        match self {
            Self::Absent => false,
            Self::Flag(flag) => *flag,
            Self::Text(text) => !matches!(text.as_ref(), "" | "0" | "false"),
        }
    }
}

struct OneEntry<'s>(&'s Node);

impl<'de> DeserializeSeed<'de> for OneEntry<'_> {
    type Value = Option<JsonEntry<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let mut leaves: [Leaf<'de>; PARTS] = Default::default();
        deserializer.deserialize_map(Walk { node: self.0, leaves: &mut leaves })?;
        let [title, url, snippet, sponsored] = leaves;
        let (Some(title), Some(url)) = (title.text(), url.text()) else { return Ok(None) };
        let snippet = snippet.text().unwrap_or_default();
        Ok(Some(JsonEntry { title, url, snippet, sponsored: sponsored.is_set() }))
    }
}

/// Walks one value of an entry along the tree of pointers, filling the leaves.
struct Walk<'s, 'l, 'de> {
    node: &'s Node,
    leaves: &'l mut [Leaf<'de>; PARTS],
}

impl<'de> Walk<'_, '_, 'de> {
    fn fill(self, leaf: Leaf<'de>) {
        if let Some(place) = self.node.part.and_then(|part| self.leaves.get_mut(part)) {
            *place = leaf;
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of the list of results")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(child) = map.next_key_seed(ChildOf(self.node))? {
            match child {
                Some(node) => map.next_value_seed(Walk { node, leaves: &mut *self.leaves })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if self.node.part.is_some() {
            self.fill(Leaf::Flag(true));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        loop {
            let child = self.node.child(itoa::Buffer::new().format(index));
            let more = match child {
                Some(node) => list.next_element_seed(Walk { node, leaves: &mut *self.leaves })?.is_some(),
                None => list.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.fill(Leaf::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.fill(Leaf::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.fill(Leaf::Flag(flag));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.fill(Leaf::Flag(number != 0));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.fill(Leaf::Flag(number != 0));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.fill(Leaf::Flag(number != 0.0));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Finds the child that a key names.
struct ChildOf<'s>(&'s Node);

impl<'de, 's> DeserializeSeed<'de> for ChildOf<'s> {
    type Value = Option<&'s Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'s> Visitor<'_> for ChildOf<'s> {
    type Value = Option<&'s Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.child(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::json_mapping::Pointer;
    use proptest::prelude::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::new(text).unwrap()
    }

    fn shape(list: &str) -> JsonMapping {
        JsonMapping::new(
            pointer(list),
            &pointer("/title"),
            &pointer("/url"),
            Some(&pointer("/text/short")),
            Some(&pointer("/ad")),
        )
    }

    fn titles(body: &str, list: &str) -> Option<Vec<String>> {
        let found = read(body.as_bytes(), &shape(list))?;
        Some(
            found
                .into_iter()
                .map(|found| format!("{}|{}|{}|{}", found.title, found.url, found.snippet, found.sponsored))
                .collect(),
        )
    }

    #[test]
    fn pointers_lead_where_rfc_6901_says() {
        let entry = r#"{"url":"u","x":[{"title":9}],"title":"a\"b","text":{"long":{},"short":"s"},"ad":true}"#;
        for (body, list) in [
            (format!("[{entry}]"), ""),
            (format!("{{\"n\":1,\"web\":{{\"q\":[[]],\"results\":[{entry}]}},\"z\":null}}"), "/web/results"),
            (format!("[0,{{\"a/b\":{{\"~\":[{entry}]}}}},2]"), "/1/a~1b/~0"),
        ] {
            assert_eq!(titles(&body, list).unwrap(), ["a\"b|u|s|true"], "{body}");
        }
    }

    #[test]
    fn marks_of_sponsored_entries() {
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
            assert_eq!(titles(&body, "/r").unwrap(), [format!("t|u||{sponsored}")], "{mark}");
        }
    }

    #[test]
    fn another_shape_is_a_failure_of_the_partner() {
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
            assert_eq!(titles(body, "/r"), None, "{body}");
        }
        assert_eq!(read(b"{\"r\":[{\"title\":\"\xff\",\"url\":\"u\"}]}", &shape("/r")), None);
        let deep = "[".repeat(100_000);
        assert_eq!(titles(&format!("{{\"r\":{deep}"), "/r"), None, "deep nesting is refused, not followed");
    }

    #[test]
    fn a_list_left_out_is_a_failure_unless_the_partner_does_so() {
        for body in ["{}", r#"{"a":{}}"#, r#"{"b":1}"#] {
            assert_eq!(read(body.as_bytes(), &shape("/a/r")), None);
            assert_eq!(read(body.as_bytes(), &shape("/a/r").may_lack_list(true)), Some(Vec::new()));
        }
        assert_eq!(read(b"{\"a\":[]}", &shape("/a/r").may_lack_list(true)), None, "another shape is another shape");
    }

    #[test]
    fn entries_that_cannot_be_shown_are_left_out_and_long_lists_cut() {
        let body = r#"{"r":[{"title":"t"},{"url":"u"},{"title":1,"url":"u"},{"title":"t","url":"u"}]}"#;
        assert_eq!(titles(body, "/r").unwrap(), ["t|u||false"]);
        let many = vec![r#"{"title":"t","url":"u"}"#; 5_000].join(",");
        assert_eq!(titles(&format!("\u{feff}{{\"r\":[{many}]}}"), "/r").unwrap().len(), MOST_RESULTS);
    }

    proptest! {
        /// Against serde_json's own tree, on any text.
        #[test]
        fn agrees_with_the_whole_tree(title in ".{0,40}", url in ".{0,40}", snippet in ".{0,40}", ad: bool, noise in ".{0,20}") {
            let body = serde_json::json!({"a": {"r": [{"noise": noise, "ad": ad, "title": title, "url": url, "text": {"short": snippet}}]}});
            let body = body.to_string();
            let found = read(body.as_bytes(), &shape("/a/r")).unwrap();
            let wanted = JsonEntry { title: title.into(), url: url.into(), snippet: snippet.into(), sponsored: ad };
            prop_assert_eq!(found, vec![wanted]);
        }

        #[test]
        fn any_bytes_are_read_without_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            drop(read(&body, &shape("/a/r")));
        }
    }
}
