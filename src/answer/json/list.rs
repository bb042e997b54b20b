//! Finds the lists of results in an answer and reads their entries.

use crate::answer::json::entry::{
    EntryFault, JsonEntry, MAX_NESTED_ARRAYS, ParsedEntry, canonical_number, decoded, read_entry,
};
use crate::answer::json_cursor::{JsonCursor, JsonFault, JsonValue};
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

impl<'m, 'a> ListReader<'m, 'a> {
    pub(super) fn new(mapping: &'m JsonMapping) -> Self {
        let lists = mapping.lists.iter().map(|_| ListEntries::default()).collect();
        Self { mapping, lists, has_mismatch: false }
    }

    /// Reads a document.
    pub(super) fn read(&mut self, cursor: &mut JsonCursor<'a>) -> Result<(), JsonFault> {
        self.descend(cursor, &self.mapping.tree, 0)
    }

    /// Descends to the lists along their pointers. The recursion is as deep as these are long, and [`MAX_NESTED_ARRAYS`] deeper.
    fn descend(
        &mut self,
        cursor: &mut JsonCursor<'a>,
        node: &PointerTree,
        nested_arrays: usize,
    ) -> Result<(), JsonFault> {
        match cursor.value()? {
            JsonValue::Object => return self.read_object(cursor, node, nested_arrays),
            JsonValue::Array => return self.read_array(cursor, node, nested_arrays),
            JsonValue::Text(text) => drop(decoded(text, cursor)?),
            JsonValue::Number(number) => drop(canonical_number(number, cursor)?),
            JsonValue::Flag(_) => {}
            JsonValue::Null => return Ok(()),
        }
        // Neither a list nor anything that contains one.
        self.has_mismatch = true;
        Ok(())
    }

    fn read_object(
        &mut self,
        cursor: &mut JsonCursor<'a>,
        node: &PointerTree,
        nested_arrays: usize,
    ) -> Result<(), JsonFault> {
        if let Some(list) = node.leaf {
            return self.read_members(cursor, list);
        }
        let mut is_first = true;
        while let Some(key) = cursor.next_key(&mut is_first)? {
            match node.child_at(key) {
                Some(node) => self.descend(cursor, node, nested_arrays)?,
                None => drop(cursor.skip()?),
            }
        }
        Ok(())
    }

    /// A member name applies to every element of an array.
    fn read_array(
        &mut self,
        cursor: &mut JsonCursor<'a>,
        node: &PointerTree,
        nested_arrays: usize,
    ) -> Result<(), JsonFault> {
        if let Some(list) = node.leaf {
            return self.read_elements(cursor, list);
        }
        let spread = (node.spreads && nested_arrays < MAX_NESTED_ARRAYS).then_some(node);
        let (mut is_first, mut index) = (true, 0_usize);
        while cursor.has_element(&mut is_first)? {
            match node.child(itoa::Buffer::new().format(index)).or(spread) {
                Some(node) => self.descend(cursor, node, nested_arrays + 1)?,
                None => drop(cursor.skip()?),
            }
            index += 1;
        }
        Ok(())
    }

    fn read_elements(&mut self, cursor: &mut JsonCursor<'a>, list: usize) -> Result<(), JsonFault> {
        let (Some(mapping), Some(entries)) = (self.mapping.lists.get(list), self.lists.get_mut(list)) else {
            return Ok(());
        };
        entries.is_present = true;
        let mut is_first = true;
        while cursor.has_element(&mut is_first)? {
            if entries.entries.len() < self.mapping.max_results {
                entries.add(read_entry(cursor, mapping, entries.total, None)?);
            } else {
                cursor.skip()?;
                entries.skip();
            }
        }
        Ok(())
    }

    /// The values of an object, each an entry.
    fn read_members(&mut self, cursor: &mut JsonCursor<'a>, list: usize) -> Result<(), JsonFault> {
        let (Some(mapping), Some(entries)) = (self.mapping.lists.get(list), self.lists.get_mut(list)) else {
            return Ok(());
        };
        entries.is_present = true;
        let mut is_first = true;
        while let Some(key) = cursor.next_key(&mut is_first)? {
            if entries.entries.len() < self.mapping.max_results {
                let key = decoded(key, cursor)?;
                entries.add(read_entry(cursor, mapping, entries.total, Some(key))?);
            } else {
                cursor.skip()?;
                entries.skip();
            }
        }
        Ok(())
    }
}
