//! Reads one entry of a list of results, following all of its pointers in one pass. Whatever an entry is, reading it does not
//! fail unless the answer is not JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use strum::VariantArray;

use crate::answer::json::leaf::Leaf;
use crate::answer::json_mapping::{EntryField, FIELD_COUNT, ListMapping, PointerTree, SponsoredRule};

/// Arrays in arrays that are read element by element; what is nested deeper is ignored.
pub(super) const MAX_NESTED_ARRAYS: usize = 4;

/// One entry as the partner sent it.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonEntry<'a> {
    /// Its position in its list, from 0.
    pub index: usize,
    /// Its title; empty if it has none.
    pub title: Cow<'a, str>,
    /// Its target, unchecked.
    pub url: Cow<'a, str>,
    /// Its summary; empty if it has none.
    pub snippet: Cow<'a, str>,
    /// Whether the partner marks it as sponsored.
    pub sponsored: bool,
}

impl JsonEntry<'_> {
    /// The same entry, independent of the answer.
    pub(super) fn into_owned(self) -> JsonEntry<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let Self { index, title, url, snippet, sponsored } = self;
        JsonEntry { index, title: owned(title), url: owned(url), snippet: owned(snippet), sponsored }
    }
}

/// Why an entry is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum EntryFault {
    /// It is not an object with fields: `null`, a text, a number, or a line that is not JSON.
    Unreadable,
    /// It has no text where `url` points.
    NoUrl,
    /// Its URL is not one that a link may lead to.
    InvalidUrl,
}

impl EntryFault {
    /// The label in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NoUrl => "no_url",
            Self::InvalidUrl => "invalid_url",
        }
    }
}

/// The fields found in an entry, and the entry itself unless it must be left out.
pub(super) struct ParsedEntry<'a> {
    pub(super) found: [bool; FIELD_COUNT],
    /// It has a text that no pointer leads to.
    pub(super) has_other_text: bool,
    pub(super) entry: Result<JsonEntry<'a>, EntryFault>,
}

impl ParsedEntry<'_> {
    /// The same entry, independent of the answer.
    pub(super) fn into_owned(self) -> ParsedEntry<'static> {
        ParsedEntry { entry: self.entry.map(JsonEntry::into_owned), ..self }
    }
}

/// Reads the entry at this index, or under this key of an object.
pub(super) struct EntrySeed<'m, 'de> {
    pub(super) mapping: &'m ListMapping,
    pub(super) index: usize,
    pub(super) key: Option<Cow<'de, str>>,
}

impl<'de> DeserializeSeed<'de> for EntrySeed<'_, 'de> {
    type Value = ParsedEntry<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let mut values = EntryValues::default();
        let node = &self.mapping.fields;
        let visitor = ValueVisitor { node, values: &mut values, join: None, nested_arrays: 0 };
        let is_object = deserializer.deserialize_any(visitor)?;
        let EntryValues { mut leaves, has_other_text } = values;
        if let (Some(field), Some(key)) = (self.mapping.key_field, self.key)
            && let Some(leaf) = leaves.get_mut(field.index())
        {
            *leaf = Leaf::Text(key);
        }
        let found = leaves.each_ref().map(Leaf::is_found);
        let [title, url, snippet, sponsored] = leaves;
        let sponsored = match &self.mapping.pointers.sponsored {
            SponsoredRule::Constant(sponsored) => *sponsored,
            SponsoredRule::Pointer(_, accepted) => sponsored.is_set(accepted),
        };
        let url = url.text().filter(|url| !url.trim_ascii().is_empty());
        let entry = match url {
            Some(url) => {
                Ok(JsonEntry { index: self.index, title: title.words(), url, snippet: snippet.words(), sponsored })
            }
            None if is_object || found.get(EntryField::Title.index()) == Some(&true) => Err(EntryFault::NoUrl),
            None => Err(EntryFault::Unreadable),
        };
        Ok(ParsedEntry { found, has_other_text, entry })
    }
}

/// Whether a mark is set in a JSON text: the value is neither absent, empty, 0, `false` nor a word for these. An element of an
/// array is enough. `None` if the text is not JSON as far as it was read, which needs more than skipping did.
pub(super) fn has_mark(text: &[u8], mark: &PointerTree) -> Option<bool> {
    let mut values = EntryValues::default();
    let visitor = ValueVisitor { node: mark, values: &mut values, join: None, nested_arrays: 0 };
    visitor.deserialize(&mut serde_json::Deserializer::from_slice(text)).ok()?;
    Some(values.leaves.iter().any(|leaf| leaf.is_set(&[])))
}

/// What was found in an entry so far.
#[derive(Default)]
struct EntryValues<'de> {
    leaves: [Leaf<'de>; FIELD_COUNT],
    /// A member that no pointer leads to is a text.
    has_other_text: bool,
}

/// Visits one value of an entry together with its node in the tree of pointers, and stores the leaves found. Returns whether
/// the value is an object.
struct ValueVisitor<'m, 'l, 'de> {
    node: &'m PointerTree,
    values: &'l mut EntryValues<'de>,
    /// In an array, what separates the texts of its elements.
    join: Option<&'static str>,
    nested_arrays: usize,
}

impl<'de> ValueVisitor<'_, '_, 'de> {
    fn store(self, leaf: Leaf<'de>) -> bool {
        if let Some(place) = self.node.leaf.and_then(|field| self.values.leaves.get_mut(field)) {
            match self.join {
                // Several URLs make no URL: the first one counts.
                Some(_) if self.node.leaf == Some(EntryField::Url.index()) && place.is_text() => {}
                Some(separator) => place.join(leaf, separator),
                None => *place = leaf,
            }
        }
        false
    }
}

impl<'de> DeserializeSeed<'de> for ValueVisitor<'_, '_, 'de> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueVisitor<'_, '_, 'de> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry of the list of results")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let Self { node, values, join, nested_arrays } = self;
        let mut is_empty = true;
        while let Some(child) = map.next_key_seed(ChildByKey(node))? {
            is_empty = false;
            match child {
                Some(node) => {
                    map.next_value_seed(ValueVisitor { node, values: &mut *values, join, nested_arrays })?;
                }
                None => values.has_other_text |= is_text(map.next_value::<&RawValue>()?),
            }
        }
        if node.leaf.is_some() {
            ValueVisitor { node, values, join, nested_arrays }.store(Leaf::Flag(!is_empty));
        }
        Ok(true)
    }

    /// An index refers to one element. Otherwise every element is read as if it stood in place of the array: the texts of a
    /// list are separate texts, and the members of objects in a list are the parts of one text.
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<bool, A::Error> {
        let Self { node, values, join, nested_arrays } = self;
        let is_read = node.spreads && nested_arrays < MAX_NESTED_ARRAYS;
        let spread_join = Some(if node.leaf.is_some() { " " } else { "" });
        if node.leaf.is_some() {
            ValueVisitor { node, values: &mut *values, join, nested_arrays }.store(Leaf::Null);
        }
        let mut index = 0_usize;
        loop {
            let child = node.child(itoa::Buffer::new().format(index)).map(|child| (child, join));
            let child = child.or(is_read.then_some((node, spread_join)));
            let has_element = match child {
                Some((node, join)) => {
                    let nested_arrays = nested_arrays + 1;
                    let visitor = ValueVisitor { node, values: &mut *values, join, nested_arrays };
                    array.next_element_seed(visitor)?.is_some()
                }
                None => array.next_element::<IgnoredAny>()?.is_some(),
            };
            if !has_element {
                return Ok(false);
            }
            index += 1;
        }
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<bool, E> {
        Ok(self.store(Leaf::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(self.node.leaf.is_some() && self.store(Leaf::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<bool, E> {
        Ok(self.store(Leaf::Flag(flag)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<bool, E> {
        Ok(self.store(Leaf::Number(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<bool, E> {
        Ok(self.store(Leaf::Number(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<bool, E> {
        let number = serde_json::Number::from_f64(number).map_or_else(String::new, |number| number.to_string());
        Ok(self.store(Leaf::Number(number)))
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(self.store(Leaf::Null))
    }
}

/// Whether a value that no pointer leads to is a string, and not empty. The value is skipped, not parsed.
fn is_text(value: &RawValue) -> bool {
    value.get().starts_with('"') && value.get() != "\"\""
}

/// Reads an object key and returns the child node that it leads to, without allocating.
pub(super) struct ChildByKey<'m>(pub(super) &'m PointerTree);

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
