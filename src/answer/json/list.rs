//! Finds the list of results in an answer and reads its entries.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::answer::json::entry::{EntrySeed, JsonEntry};
use crate::answer::json_mapping::{JsonMapping, PointerTree};

/// Most results read from one answer: more than any page shows, so an answer with a million results does not become a
/// page with a million.
pub const MAX_RESULTS: usize = 100;

/// Descends to the list along a pointer. Returns `None` if the pointer leads nowhere.
pub(super) struct ListSeed<'m> {
    /// The rest of the pointer.
    path: &'m [String],
    fields: &'m PointerTree,
}

impl<'m> ListSeed<'m> {
    pub(super) fn new(mapping: &'m JsonMapping) -> Self {
        Self { path: mapping.list.tokens(), fields: &mapping.fields }
    }
}

impl<'de> DeserializeSeed<'de> for ListSeed<'_> {
    type Value = Option<Vec<JsonEntry<'de>>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if self.path.is_empty() { deserializer.deserialize_seq(self) } else { deserializer.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for ListSeed<'_> {
    type Value = Option<Vec<JsonEntry<'de>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list of results")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some((key, rest)) = self.path.split_first() else {
            return Err(A::Error::custom("an object instead of the list of results"));
        };
        let mut list = None;
        while let Some(matches) = map.next_key_seed(KeyEquals(key))? {
            if matches {
                list = map.next_value_seed(Self { path: rest, fields: self.fields })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(list)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let Some((index, rest)) = self.path.split_first() else {
            return read_entries(array, self.fields).map(Some);
        };
        let index: usize = index.parse().map_err(A::Error::custom)?;
        for _ in 0..index {
            array.next_element::<IgnoredAny>()?;
        }
        let list = array.next_element_seed(Self { path: rest, fields: self.fields })?;
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(list.flatten())
    }
}

fn read_entries<'de, A: SeqAccess<'de>>(mut array: A, fields: &PointerTree) -> Result<Vec<JsonEntry<'de>>, A::Error> {
    let mut entries = Vec::new();
    while entries.len() < MAX_RESULTS {
        match array.next_element_seed(EntrySeed(fields))? {
            Some(entry) => entries.extend(entry),
            None => return Ok(entries),
        }
    }
    while array.next_element::<IgnoredAny>()?.is_some() {}
    Ok(entries)
}

/// Compares an object key without allocating.
struct KeyEquals<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for KeyEquals<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyEquals<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}
