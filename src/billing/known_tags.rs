//! Which rows of a statement are for our codes.

use std::collections::{BTreeMap, BTreeSet};

use crate::billing::contract::CodeSource;
use crate::billing::statement::StatementRow;
use crate::partner::code_tags::TagDays;

/// The tags of our codes.
#[derive(Debug)]
pub struct KnownTags<'i> {
    /// Whether any row has a code. A statement without codes reports the partner as a whole; if any row has a code, rows without
    /// one are unknown codes.
    pub has_codes: bool,
    tags: IndexedTags<'i>,
}

#[derive(Debug)]
enum IndexedTags<'i> {
    /// The days of each tag.
    ByDay(BTreeMap<&'i str, Vec<TagDays>>),
    Signed(&'i BTreeSet<String>),
    Unknown,
}

impl<'i> KnownTags<'i> {
    /// Indexes our codes, for the rows of one month.
    #[must_use]
    pub fn new<'r>(codes: CodeSource<'i>, rows: impl IntoIterator<Item = &'r StatementRow>) -> Self {
        let tags = match codes {
            CodeSource::Configured(tags) => {
                let mut by_tag: BTreeMap<&str, Vec<TagDays>> = BTreeMap::new();
                tags.iter().for_each(|tag| by_tag.entry(&tag.tag).or_default().push(tag.days));
                IndexedTags::ByDay(by_tag)
            }
            CodeSource::Signed(codes) => IndexedTags::Signed(codes),
            CodeSource::Unknown => IndexedTags::Unknown,
        };
        Self { has_codes: rows.into_iter().any(|row| !row.code.is_empty()), tags }
    }

    /// Returns whether a row is for one of our codes: its tag is in force on one of its days, or a record signed it as ours.
    #[must_use]
    pub fn has(&self, row: &StatementRow) -> bool {
        let is_known = || match &self.tags {
            IndexedTags::ByDay(by_tag) => {
                let days = by_tag.get(row.code.as_str());
                days.is_some_and(|days| days.iter().any(|days| days.overlap(row.day, row.last)))
            }
            IndexedTags::Signed(codes) => codes.contains(&row.code),
            IndexedTags::Unknown => true,
        };
        !self.has_codes || is_known()
    }
}
