//! Reads one entry of the list of results, following all of its pointers in one pass.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::answer::json::leaf::Leaf;
use crate::answer::json_mapping::{FIELD_COUNT, PointerTree};

/// One entry as the partner sent it.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonEntry<'a> {
    /// Its title.
    pub title: Cow<'a, str>,
    /// Its target, unchecked.
    pub url: Cow<'a, str>,
    /// Its summary; empty if there is none.
    pub snippet: Cow<'a, str>,
    /// Whether the partner marks it as sponsored.
    pub sponsored: bool,
}

/// Reads one entry. Returns `None` for an entry without a title or a URL.
pub(super) struct EntrySeed<'m>(pub(super) &'m PointerTree);

impl<'de> DeserializeSeed<'de> for EntrySeed<'_> {
    type Value = Option<JsonEntry<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let mut leaves: [Leaf<'de>; FIELD_COUNT] = Default::default();
        deserializer.deserialize_map(ValueVisitor { node: self.0, leaves: &mut leaves })?;
        let [title, url, snippet, sponsored] = leaves;
        let (Some(title), Some(url)) = (title.text(), url.text()) else { return Ok(None) };
        let snippet = snippet.text().unwrap_or_default();
        Ok(Some(JsonEntry { title, url, snippet, sponsored: sponsored.is_set() }))
    }
}

/// Visits one value of an entry together with its node in the tree of pointers, and stores the leaves found.
struct ValueVisitor<'m, 'l, 'de> {
    node: &'m PointerTree,
    leaves: &'l mut [Leaf<'de>; FIELD_COUNT],
}

impl<'de> ValueVisitor<'_, '_, 'de> {
    fn store(self, leaf: Leaf<'de>) {
        if let Some(place) = self.node.field.and_then(|field| self.leaves.get_mut(field)) {
            *place = leaf;
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueVisitor<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueVisitor<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of the list of results")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(child) = map.next_key_seed(ChildByKey(self.node))? {
            match child {
                Some(node) => map.next_value_seed(ValueVisitor { node, leaves: &mut *self.leaves })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if self.node.field.is_some() {
            self.store(Leaf::Flag(true));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        loop {
            let child = self.node.child(itoa::Buffer::new().format(index));
            let has_element = match child {
                Some(node) => array.next_element_seed(ValueVisitor { node, leaves: &mut *self.leaves })?.is_some(),
                None => array.next_element::<IgnoredAny>()?.is_some(),
            };
            if !has_element {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.store(Leaf::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.store(Leaf::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.store(Leaf::Flag(flag));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.store(Leaf::Flag(number != 0));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.store(Leaf::Flag(number != 0));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.store(Leaf::Flag(number != 0.0));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Reads an object key and returns the child node that it leads to, without allocating.
struct ChildByKey<'m>(&'m PointerTree);

impl<'de, 'm> DeserializeSeed<'de> for ChildByKey<'m> {
    type Value = Option<&'m PointerTree>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'m> Visitor<'_> for ChildByKey<'m> {
    type Value = Option<&'m PointerTree>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.child(key))
    }
}
