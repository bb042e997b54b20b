//! Reads the entries of an answer from its `serde_json::Value`, by the rules of `docs/configuration.md`, one pointer after the other.

use std::collections::BTreeSet;
use std::fmt;

use qsproxy::answer::json::{AnswerError, EntryFault, ListEntries};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Where the reference finds the entries and their fields.
pub struct Reference {
    /// The same in the words of a configuration.
    pub results: &'static str,
    list: &'static [&'static str],
    /// Title, URL, summary, sponsored.
    fields: [&'static [&'static str]; 4],
}

pub const REFERENCES: [Reference; 2] = [
    Reference {
        results: r#"{ list = "/a/r", title = "/title", url = "/url", snippet = "/text/short", sponsored = "/ad" }"#,
        list: &["a", "r"],
        fields: [&["title"], &["url"], &["text", "short"], &["ad"]],
    },
    Reference {
        results: r#"{ list = "/1/hits", title = "/t/0", url = "/links/1/href", snippet = "/s", sponsored = "/ad/kind" }"#,
        list: &["1", "hits"],
        fields: [&["t", "0"], &["links", "1", "href"], &["s"], &["ad", "kind"]],
    },
];

/// Where an answer without results says that the partner failed.
const FAILURES: [&[&str]; 5] =
    [&["error", "code"], &["error", "message"], &["error", "type"], &["errors"], &["fault", "faultstring"]];

const MAX_RESULTS: usize = 4;
const MAX_NESTED_ARRAYS: usize = 4;
const URL: usize = 1;

/// What a pointer leads to.
#[derive(Debug, Clone, PartialEq)]
enum Found {
    Nothing,
    Null,
    Text(String),
    Number(String),
    Flag(bool),
}

impl Found {
    fn words(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Nothing | Self::Null | Self::Flag(_) => "",
        }
    }

    fn is_set(&self) -> bool {
        let unset = ["", "0", "0.0", "-0", "-0.0", "false", "no", "n", "off", "none", "null", "organic"];
        match self {
            Self::Nothing | Self::Null => false,
            Self::Flag(flag) => *flag,
            Self::Text(text) | Self::Number(text) => !unset.contains(&text.trim().to_ascii_lowercase().as_str()),
        }
    }

    /// This value and that of a further element of an array.
    fn joined(self, next: Self, separator: &str) -> Self {
        match (self, next) {
            (Self::Nothing | Self::Null, next) => next,
            (first, Self::Nothing | Self::Null) => first,
            (Self::Flag(first), Self::Flag(next)) => Self::Flag(first || next),
            (Self::Flag(flag), text) | (text, Self::Flag(flag)) => {
                if flag && !text.is_set() {
                    Self::Flag(true)
                } else {
                    text
                }
            }
            (first, next) => {
                let parts = [first.words(), next.words()];
                Self::Text(parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(separator))
            }
        }
    }
}

fn is_index(token: &str) -> bool {
    token.parse::<usize>().is_ok_and(|index| index.to_string() == token)
}

/// Follows a pointer. A member name applies to every element of an array.
struct Search {
    found: Found,
    first_text_only: bool,
}

impl Search {
    fn store(&mut self, next: Found, join: Option<&str>) {
        if join.is_some() && self.first_text_only && matches!(self.found, Found::Text(_)) {
            return;
        }
        self.found = match join {
            Some(separator) => std::mem::replace(&mut self.found, Found::Nothing).joined(next, separator),
            None => next,
        };
    }

    fn follow(&mut self, value: &Value, path: &[&str], join: Option<&str>, nested: usize) {
        match (value, path) {
            (Value::Object(members), [name, rest @ ..]) => {
                if let Some(member) = members.get(*name) {
                    self.follow(member, rest, join, nested);
                }
            }
            (Value::Array(elements), [index, rest @ ..]) if is_index(index) => {
                if let Some(element) = index.parse::<usize>().ok().and_then(|index| elements.get(index)) {
                    self.follow(element, rest, join, nested + 1);
                }
            }
            (Value::Array(elements), _) => {
                if path.is_empty() {
                    self.store(Found::Null, join);
                }
                let join = if path.is_empty() { " " } else { "" };
                for element in elements.iter().filter(|_| nested < MAX_NESTED_ARRAYS) {
                    self.follow(element, path, Some(join), nested + 1);
                }
            }
            (_, [_, ..]) => {}
            (Value::Object(members), []) => self.store(Found::Flag(!members.is_empty()), join),
            (Value::Null, []) => self.store(Found::Null, join),
            (Value::Bool(flag), []) => self.store(Found::Flag(*flag), join),
            (Value::Number(number), []) => self.store(Found::Number(number.to_string()), join),
            (Value::String(text), []) => self.store(Found::Text(text.clone()), join),
        }
    }
}

fn find(value: &Value, path: &[&str], first_text_only: bool) -> Found {
    let mut search = Search { found: Found::Nothing, first_text_only };
    search.follow(value, path, None, 0);
    search.found
}

/// The lists that a pointer leads to, each as its elements or its members.
fn lists<'v>(value: &'v Value, path: &[&str], nested: usize, found: &mut Vec<Vec<&'v Value>>) {
    match (value, path) {
        (Value::Array(elements), []) => found.push(elements.iter().collect()),
        (Value::Object(members), []) => found.push(members.values().collect()),
        (Value::Object(members), [name, rest @ ..]) => {
            members.get(*name).into_iter().for_each(|member| lists(member, rest, nested, found));
        }
        (Value::Array(elements), [index, rest @ ..]) if is_index(index) => {
            let element = index.parse::<usize>().ok().and_then(|index| elements.get(index));
            element.into_iter().for_each(|element| lists(element, rest, nested + 1, found));
        }
        (Value::Array(elements), path) if nested < MAX_NESTED_ARRAYS => {
            elements.iter().for_each(|element| lists(element, path, nested + 1, found));
        }
        _ => {}
    }
}

/// The value of a text that is JSON and has everything in its value: no object has a name twice.
pub fn unambiguous_value(body: &[u8]) -> Option<Value> {
    serde_json::from_slice::<NamesOnce>(body).ok()?;
    serde_json::from_slice(body).ok()
}

impl Reference {
    /// One line for each entry that has a URL, or why it is left out.
    fn entry(&self, index: usize, value: &Value) -> Result<String, (usize, EntryFault)> {
        let at = |field: usize| find(value, self.fields[field], field == URL);
        let [title, url, snippet, sponsored] = [at(0), at(URL), at(2), at(3)];
        match url {
            Found::Text(url) if !url.trim_ascii().is_empty() => {
                Ok(format!("{index} {:?} {url:?} {:?} {}", title.words(), snippet.words(), sponsored.is_set()))
            }
            _ if value.is_object() || title != Found::Nothing => Err((index, EntryFault::NoUrl)),
            _ => Err((index, EntryFault::Unreadable)),
        }
    }

    /// Compares what was read with what the reference reads.
    pub fn check(&self, value: &Value, read: Result<&[ListEntries<'_>], &AnswerError>) {
        let mut found = Vec::new();
        lists(value, self.list, 0, &mut found);
        let (mut index, mut entries, mut faults, mut over_limit) = (0, Vec::new(), Vec::new(), 0);
        for value in found.iter().flatten() {
            if entries.len() >= MAX_RESULTS {
                over_limit += 1;
            } else {
                match self.entry(index, value) {
                    Ok(entry) => entries.push(entry),
                    Err(fault) => faults.push(fault),
                }
            }
            index += 1;
        }
        let list = match read {
            Ok([list]) => list,
            Ok(lists) => panic!("{} lists", lists.len()),
            Err(error) => {
                let is_failure = FAILURES.iter().any(|path| find(value, path, false).is_set());
                let expected = if is_failure { AnswerError::Reported } else { AnswerError::NoList };
                assert_eq!(*error, expected, "{value}");
                assert!(index == 0 && (is_failure || found.is_empty()), "{value}");
                return;
            }
        };
        assert!(!found.is_empty(), "{value}");
        let show = |entry: &qsproxy::answer::json::JsonEntry<'_>| {
            format!("{} {:?} {:?} {:?} {}", entry.index, entry.title, entry.url, entry.snippet, entry.sponsored)
        };
        assert_eq!(list.entries.iter().map(show).collect::<Vec<_>>(), entries, "{value}");
        faults.truncate(100);
        assert_eq!((&list.faults, list.over_limit, list.total), (&faults, over_limit, index), "{value}");
    }
}

/// A JSON value, in which no object has a name twice.
struct NamesOnce;

impl<'de> Deserialize<'de> for NamesOnce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = NamesOnce;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NamesOnce, A::Error> {
                let mut names = BTreeSet::new();
                while let Some((name, NamesOnce)) = map.next_entry::<String, NamesOnce>()? {
                    if !names.insert(name) {
                        return Err(serde::de::Error::custom("a name twice"));
                    }
                }
                Ok(NamesOnce)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<NamesOnce, A::Error> {
                while array.next_element::<NamesOnce>()?.is_some() {}
                Ok(NamesOnce)
            }

            fn visit_str<E>(self, _: &str) -> Result<NamesOnce, E> {
                Ok(NamesOnce)
            }

            fn visit_bool<E>(self, _: bool) -> Result<NamesOnce, E> {
                Ok(NamesOnce)
            }

            fn visit_u64<E>(self, _: u64) -> Result<NamesOnce, E> {
                Ok(NamesOnce)
            }

            fn visit_i64<E>(self, _: i64) -> Result<NamesOnce, E> {
                Ok(NamesOnce)
            }

            fn visit_f64<E>(self, _: f64) -> Result<NamesOnce, E> {
                Ok(NamesOnce)
            }

            fn visit_unit<E>(self) -> Result<NamesOnce, E> {
                Ok(NamesOnce)
            }
        }
        deserializer.deserialize_any(Names)
    }
}
