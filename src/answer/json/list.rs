//! Finds the lists of results in an answer and reads their entries.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::answer::json::entry::{ChildByKey, EntryFault, EntrySeed, JsonEntry, MAX_NESTED_ARRAYS, ParsedEntry};
use crate::answer::json_mapping::{FIELD_COUNT, JsonMapping, PointerTree};

/// Most faults of which the position is kept, per list: more than any report shows.
const MAX_POSITIONS: usize = 100;

/// The entries of one list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListEntries<'a> {
    /// Whether the answer has the list.
    pub is_present: bool,
    /// Entries in the list, with those left out.
    pub total: usize,
    /// The entries that have a URL, at most `max_results`.
    pub entries: Vec<JsonEntry<'a>>,
    /// Entries left out because there were `max_results` before them.
    pub over_limit: usize,
    /// Entries left out because they cannot be read.
    pub unreadable: usize,
    /// Entries left out because they have no URL.
    pub without_url: usize,
    /// Entries left out because no link may lead to their URL.
    pub invalid_url: usize,
    /// The first entries left out for one of these three reasons, each with its position from 0.
    pub faults: Vec<(usize, EntryFault)>,
    /// In how many entries each field was found, if only as `null`.
    pub found: [usize; FIELD_COUNT],
    /// In how many entries there is a text that no pointer leads to.
    pub with_other_text: usize,
}

impl<'a> ListEntries<'a> {
    /// Adds an entry, or the reason why it is left out.
    pub(super) fn add(&mut self, parsed: ParsedEntry<'a>) {
        let index = self.total;
        self.total += 1;
        for (n, found) in self.found.iter_mut().zip(parsed.found) {
            *n += usize::from(found);
        }
        self.with_other_text += usize::from(parsed.has_other_text);
        match parsed.entry {
            Ok(entry) => self.entries.push(entry),
            Err(fault) => self.add_fault(index, fault),
        }
    }

    /// Counts an entry that is left out.
    pub(super) fn add_fault(&mut self, index: usize, fault: EntryFault) {
        match fault {
            EntryFault::NoUrl => self.without_url += 1,
            EntryFault::Unreadable => self.unreadable += 1,
            EntryFault::InvalidUrl => self.invalid_url += 1,
        }
        if self.faults.len() < MAX_POSITIONS {
            self.faults.push((index, fault));
        }
    }

    /// Adds an entry that is not JSON.
    pub(super) fn add_unreadable(&mut self) {
        self.add(ParsedEntry {
            found: [false; FIELD_COUNT],
            has_other_text: false,
            entry: Err(EntryFault::Unreadable),
        });
    }

    /// The same entries, independent of the answer.
    pub(super) fn into_owned(self) -> ListEntries<'static> {
        let owned = self.entries.into_iter().map(JsonEntry::into_owned).collect();
        ListEntries { entries: owned, ..self }
    }

    /// Counts an entry over the limit.
    pub(super) fn skip(&mut self) {
        self.total += 1;
        self.over_limit += 1;
    }
}

/// What was read of an answer so far.
pub(super) struct ListReader<'m, 'a> {
    pub(super) mapping: &'m JsonMapping,
    /// One for each list of the mapping.
    pub(super) lists: Vec<ListEntries<'a>>,
    /// On the way to a list, something was found that contains no lists.
    pub(super) has_mismatch: bool,
}

impl<'m> ListReader<'m, '_> {
    pub(super) fn new(mapping: &'m JsonMapping) -> Self {
        let lists = mapping.lists.iter().map(|_| ListEntries::default()).collect();
        Self { mapping, lists, has_mismatch: false }
    }
}

/// Descends to the lists along their pointers.
pub(super) struct ListSeed<'m, 'r, 'de> {
    pub(super) node: &'m PointerTree,
    pub(super) reader: &'r mut ListReader<'m, 'de>,
    pub(super) nested_arrays: usize,
}

impl ListSeed<'_, '_, '_> {
    /// A value that is neither a list nor contains one.
    fn mismatch(self) {
        self.reader.has_mismatch = true;
    }
}

impl<'de> DeserializeSeed<'de> for ListSeed<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list of results")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { node, reader, nested_arrays } = self;
        if let Some(list) = node.leaf {
            return read_members(map, reader, list);
        }
        while let Some(child) = map.next_key_seed(ChildByKey(node))? {
            match child {
                Some(node) => map.next_value_seed(ListSeed { node, reader: &mut *reader, nested_arrays })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    /// A member name applies to every element of an array.
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let Self { node, reader, nested_arrays } = self;
        if let Some(list) = node.leaf {
            return read_elements(array, reader, list);
        }
        let spread = (node.spreads && nested_arrays < MAX_NESTED_ARRAYS).then_some(node);
        let nested_arrays = nested_arrays + 1;
        let mut index = 0_usize;
        loop {
            let has_element = match node.child(itoa::Buffer::new().format(index)).or(spread) {
                Some(node) => {
                    array.next_element_seed(ListSeed { node, reader: &mut *reader, nested_arrays })?.is_some()
                }
                None => array.next_element::<IgnoredAny>()?.is_some(),
            };
            if !has_element {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.mismatch();
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.mismatch();
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.mismatch();
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.mismatch();
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.mismatch();
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

fn read_elements<'de, A: SeqAccess<'de>>(
    mut array: A,
    reader: &mut ListReader<'_, 'de>,
    list: usize,
) -> Result<(), A::Error> {
    let (Some(mapping), Some(entries)) = (reader.mapping.lists.get(list), reader.lists.get_mut(list)) else {
        return Ok(());
    };
    entries.is_present = true;
    while entries.entries.len() < reader.mapping.max_results {
        match array.next_element_seed(EntrySeed { mapping, index: entries.total, key: None })? {
            Some(entry) => entries.add(entry),
            None => return Ok(()),
        }
    }
    while array.next_element::<IgnoredAny>()?.is_some() {
        entries.skip();
    }
    Ok(())
}

/// The values of an object, each an entry.
fn read_members<'de, A: MapAccess<'de>>(
    mut map: A,
    reader: &mut ListReader<'_, 'de>,
    list: usize,
) -> Result<(), A::Error> {
    let (Some(mapping), Some(entries)) = (reader.mapping.lists.get(list), reader.lists.get_mut(list)) else {
        return Ok(());
    };
    entries.is_present = true;
    while let Some(key) = map.next_key_seed(MemberKey)? {
        if entries.entries.len() < reader.mapping.max_results {
            let seed = EntrySeed { mapping, index: entries.total, key: Some(key) };
            entries.add(map.next_value_seed(seed)?);
        } else {
            map.next_value::<IgnoredAny>()?;
            entries.skip();
        }
    }
    Ok(())
}

/// Reads an object key, borrowed where it has no escapes.
struct MemberKey;

impl<'de> DeserializeSeed<'de> for MemberKey {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for MemberKey {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
