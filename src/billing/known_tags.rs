//! Which rows of a statement are for our codes.

use std::collections::BTreeMap;

use crate::billing::contract::CodeTag;
use crate::billing::statement::StatementRow;
use crate::partner::code_tags::TagDays;

/// The tags of our codes.
#[derive(Debug)]
pub struct KnownTags<'i> {
    /// Whether any row has a code. A statement without codes reports the partner as a whole; if any row has a code, rows without
    /// one are unknown codes.
    pub has_codes: bool,
    /// The days of each tag; None if the tags are not known.
    tags: Option<BTreeMap<&'i str, Vec<TagDays>>>,
}

impl<'i> KnownTags<'i> {
    /// Indexes the tags of a contract, for these rows.
    #[must_use]
    pub fn new(tags: Option<&'i [CodeTag]>, rows: &[StatementRow]) -> Self {
        let by_tag = |tags: &'i [CodeTag]| {
            let mut by_tag: BTreeMap<&str, Vec<TagDays>> = BTreeMap::new();
            tags.iter().for_each(|tag| by_tag.entry(&tag.tag).or_default().push(tag.days));
            by_tag
        };
        Self { has_codes: rows.iter().any(|row| !row.code.is_empty()), tags: tags.map(by_tag) }
    }

    /// Returns whether a row is for one of our codes: its tag is in force on one of its days.
    #[must_use]
    pub fn has(&self, row: &StatementRow) -> bool {
        let is_in_force = |days: &Vec<TagDays>| days.iter().any(|days| days.overlap(row.day, row.last));
        let is_known = |tags: &BTreeMap<&str, Vec<TagDays>>| tags.get(row.code.as_str()).is_some_and(is_in_force);
        !self.has_codes || self.tags.as_ref().is_none_or(is_known)
    }
}
