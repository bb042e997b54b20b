//! The codes that a statement speaks for: all of a partner's, or some. A statement replaces what earlier ones said about its days and
//! codes, so that the statements of several channels can be imported one after the other.

use std::collections::BTreeSet;

/// The codes that a statement speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeScope {
    /// All codes, also those that it has no row for.
    All,
    /// These codes, as the partner names them.
    Only(BTreeSet<String>),
}

impl CodeScope {
    /// Returns whether the statement speaks for this code.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(codes) => codes.contains(code),
        }
    }

    /// Returns whether there may be a code that both speak for.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => true,
            (Self::Only(codes), Self::Only(others)) => !codes.is_disjoint(others),
        }
    }
    /// Returns whether these others together speak for all codes that this one speaks for.
    #[must_use]
    pub fn is_covered_by(&self, others: &[&Self]) -> bool {
        let is_all = others.iter().any(|other| **other == Self::All);
        let has = |code: &String| others.iter().any(|other| other.contains(code));
        match self {
            Self::All => is_all,
            Self::Only(codes) => is_all || codes.iter().all(has),
        }
    }
}
