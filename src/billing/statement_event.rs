//! What happened to statements: the list that decides which of them is in force. It only grows, so what was in force at an earlier
//! event can be read at any time.

use jiff::civil::Date;
use strum::VariantArray;

/// What happened to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum StatementEventKind {
    /// It was imported, and is in force for its scope.
    Imported,
    /// It was withdrawn, and is not in force.
    Withdrawn,
    /// It was put in force again for its whole scope.
    Used,
    /// The operator says that its file contains the corrections of its days that other statements had when this was said, so that they are
    /// not added to it.
    WithCorrections,
    /// The operator says that they are added to it, after another word.
    WithoutCorrections,
}

impl StatementEventKind {
    /// Returns its name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Withdrawn => "withdrawn",
            Self::Used => "used",
            Self::WithCorrections => "with_corrections",
            Self::WithoutCorrections => "without_corrections",
        }
    }

    /// Returns the event of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|kind| kind.as_str() == name)
    }
}

/// An event of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementEvent {
    /// Its number, counted from 1 over all partners.
    pub number: i64,
    /// The number of the statement.
    pub statement: i64,
    /// What happened.
    pub kind: StatementEventKind,
    /// The UTC day.
    pub day: Date,
    /// Why, in the operator's words; empty if the operator gave no reason.
    pub reason: String,
}
