//! Finds the partner that a file is from: the one whose tags are in a column of the file.

use std::collections::HashSet;

use crate::billing::profile_proposal::shape::{FileShape, text};

/// A configured partner.
#[derive(Debug, Clone)]
pub struct KnownPartner {
    /// The name in the configuration.
    pub name: String,
    /// The tags by which its statements name our codes.
    pub tags: Vec<String>,
    /// The names of codes that have no tag at this partner, which stand for tags.
    pub code_names: Vec<String>,
}

/// Who a file is from.
#[derive(Default)]
pub(super) struct PartnerMatch {
    /// The partner; `None` if no one's tags are in the file, or those of several.
    pub partner: Option<String>,
    /// All partners of which tags are in the file.
    pub candidates: Vec<String>,
    /// The column with the tags.
    pub column: Option<usize>,
    /// The tags in the column that the partner has.
    pub tags: Vec<String>,
}

/// A column of which cells are tags of a partner.
struct TagColumn<'p> {
    partner: &'p KnownPartner,
    column: usize,
    tags: Vec<String>,
}

impl PartnerMatch {
    /// Finds the partner; `only` is the one that the operator named. The name of a code, which may be an ordinary word, counts only where
    /// no configured tag is in the file.
    pub(super) fn find(shape: &FileShape, partners: &[KnownPartner], only: Option<&str>) -> Self {
        let by_tags = Self::find_by(shape, partners, only, |partner| &partner.tags);
        if by_tags.column.is_some() {
            by_tags
        } else {
            Self::find_by(shape, partners, only, |partner| &partner.code_names)
        }
    }

    fn find_by(
        shape: &FileShape,
        partners: &[KnownPartner],
        only: Option<&str>,
        tags: fn(&KnownPartner) -> &[String],
    ) -> Self {
        let considered: Vec<&KnownPartner> =
            partners.iter().filter(|partner| only.is_none_or(|only| partner.name == only)).collect();
        let mut found: Vec<TagColumn<'_>> = Vec::new();
        for column in 0..shape.header.len() {
            let cells: HashSet<&str> = shape.rows.iter().map(|row| text(row, column)).collect();
            for partner in &considered {
                let is_in_file = |tag: &&String| !tag.is_empty() && cells.contains(tag.as_str());
                let mut tags: Vec<String> = tags(partner).iter().filter(is_in_file).cloned().collect();
                tags.sort_unstable();
                tags.dedup();
                if !tags.is_empty() {
                    found.push(TagColumn { partner, column, tags });
                }
            }
        }
        let most = found.iter().map(|found| found.tags.len()).max().unwrap_or(0);
        found.retain(|found| found.tags.len() == most);
        let mut candidates: Vec<String> = found.iter().map(|found| found.partner.name.clone()).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let first = found.into_iter().next();
        let partner = match (only, candidates.as_slice()) {
            (Some(only), _) => Some(only.to_owned()),
            (None, [partner]) => Some(partner.clone()),
            (None, _) => None,
        };
        let (column, tags) = first.map_or((None, Vec::new()), |found| (Some(found.column), found.tags));
        Self { partner, candidates, column, tags }
    }
}
