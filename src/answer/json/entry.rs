//! Reads one entry of a list of results, following all of its pointers in one pass. Whatever an entry is, reading it does not
//! fail unless the answer is not JSON.

use std::borrow::Cow;

use strum::VariantArray;

use crate::answer::json::leaf::Leaf;
use crate::answer::json_cursor::{JsonCursor, JsonFault, JsonText, JsonValue};
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
pub(super) fn read_entry<'a>(
    cursor: &mut JsonCursor<'a>,
    mapping: &ListMapping,
    index: usize,
    key: Option<Cow<'a, str>>,
) -> Result<ParsedEntry<'a>, JsonFault> {
    let mut values = EntryValues::default();
    let is_object = values.read(cursor, &Place::of(&mapping.fields))?;
    let EntryValues { mut leaves, has_other_text } = values;
    if let (Some(field), Some(key)) = (mapping.key_field, key)
        && let Some(leaf) = leaves.get_mut(field.index())
    {
        *leaf = Leaf::Text(key);
    }
    let found = leaves.each_ref().map(Leaf::is_found);
    let [title, url, snippet, sponsored] = leaves;
    let sponsored = match &mapping.pointers.sponsored {
        SponsoredRule::Constant(sponsored) => *sponsored,
        SponsoredRule::Pointer(_, accepted) => sponsored.is_set(accepted),
    };
    let url = url.text().filter(|url| !url.trim_ascii().is_empty());
    let entry = match url {
        Some(url) => Ok(JsonEntry { index, title: title.words(), url, snippet: snippet.words(), sponsored }),
        None if is_object || found.get(EntryField::Title.index()) == Some(&true) => Err(EntryFault::NoUrl),
        None => Err(EntryFault::Unreadable),
    };
    Ok(ParsedEntry { found, has_other_text, entry })
}

/// Whether a mark is set in a JSON text: the value is neither absent, empty, 0, `false` nor a word for these. An element of an
/// array is enough. `None` if the text is not JSON as far as it was read, which needs more than skipping did.
pub(super) fn has_mark(text: &[u8], mark: &PointerTree) -> Option<bool> {
    let mut values = EntryValues::default();
    values.read(&mut JsonCursor::new(text), &Place::of(mark)).ok()?;
    Some(values.leaves.iter().any(|leaf| leaf.is_set(&[])))
}

/// A text that is used, decoded. One that is not Unicode is a fault.
pub(super) fn decoded<'a>(text: JsonText<'a>, cursor: &JsonCursor<'a>) -> Result<Cow<'a, str>, JsonFault> {
    text.decode().ok_or(cursor.fault())
}

/// A number that is used, as `serde_json` writes it. One that does not fit into a floating-point number is a fault.
pub(super) fn canonical_number(number: &str, cursor: &JsonCursor<'_>) -> Result<String, JsonFault> {
    let number = serde_json::from_str::<serde_json::Number>(number).map_err(|_| cursor.fault())?;
    Ok(number.to_string())
}

/// Where a value of an entry is.
struct Place<'m> {
    node: &'m PointerTree,
    /// In an array, what separates the texts of its elements.
    join: Option<&'static str>,
    nested_arrays: usize,
}

impl<'m> Place<'m> {
    fn of(node: &'m PointerTree) -> Self {
        Self { node, join: None, nested_arrays: 0 }
    }
}

/// What was found in an entry so far.
#[derive(Default)]
struct EntryValues<'a> {
    leaves: [Leaf<'a>; FIELD_COUNT],
    /// A member that no pointer leads to is a text.
    has_other_text: bool,
}

impl<'a> EntryValues<'a> {
    /// Reads a value and stores the leaves found. Returns whether the value is an object. The recursion is as deep as the pointers are long,
    /// and [`MAX_NESTED_ARRAYS`] deeper.
    fn read(&mut self, cursor: &mut JsonCursor<'a>, place: &Place<'_>) -> Result<bool, JsonFault> {
        let leaf = match cursor.value()? {
            JsonValue::Object => return self.read_object(cursor, place).map(|()| true),
            JsonValue::Array => return self.read_array(cursor, place).map(|()| false),
            JsonValue::Text(text) => Leaf::Text(decoded(text, cursor)?),
            JsonValue::Number(number) => Leaf::Number(canonical_number(number, cursor)?),
            JsonValue::Flag(flag) => Leaf::Flag(flag),
            JsonValue::Null => Leaf::Null,
        };
        self.store(leaf, place);
        Ok(false)
    }

    fn read_object(&mut self, cursor: &mut JsonCursor<'a>, place: &Place<'_>) -> Result<(), JsonFault> {
        let (mut is_first, mut is_empty) = (true, true);
        while let Some(key) = cursor.next_key(&mut is_first)? {
            is_empty = false;
            match place.node.child_at(key) {
                Some(node) => drop(self.read(cursor, &Place { node, ..*place })?),
                None => self.has_other_text |= cursor.skip()?,
            }
        }
        if place.node.leaf.is_some() {
            self.store(Leaf::Flag(!is_empty), place);
        }
        Ok(())
    }

    /// An index refers to one element. Otherwise every element is read as if it stood in place of the array: the texts of a
    /// list are separate texts, and the members of objects in a list are the parts of one text.
    fn read_array(&mut self, cursor: &mut JsonCursor<'a>, place: &Place<'_>) -> Result<(), JsonFault> {
        let Place { node, join, nested_arrays } = *place;
        let is_read = node.spreads && nested_arrays < MAX_NESTED_ARRAYS;
        let spread_join = Some(if node.leaf.is_some() { " " } else { "" });
        if node.leaf.is_some() {
            self.store(Leaf::Null, place);
        }
        let nested_arrays = nested_arrays + 1;
        let (mut is_first, mut index) = (true, 0_usize);
        while cursor.has_element(&mut is_first)? {
            let child = node.child(itoa::Buffer::new().format(index)).map(|child| (child, join));
            match child.or(is_read.then_some((node, spread_join))) {
                Some((node, join)) => drop(self.read(cursor, &Place { node, join, nested_arrays })?),
                None => drop(cursor.skip()?),
            }
            index += 1;
        }
        Ok(())
    }

    fn store(&mut self, leaf: Leaf<'a>, place: &Place<'_>) {
        let Some(field) = place.node.leaf else { return };
        let Some(stored) = self.leaves.get_mut(field) else { return };
        match place.join {
            // Several URLs make no URL: the first one counts.
            Some(_) if field == EntryField::Url.index() && stored.is_text() => {}
            Some(separator) => stored.join(leaf, separator),
            None => *stored = leaf,
        }
    }
}
