//! What happened to a closed month since, without making its record wrong.

use std::fmt;

use jiff::civil::Date;

/// What happened to a closed month since, without making its record wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Its hours were rolled up into days, and there is no archive.
    RolledUp,
    /// Its hours were rolled up into days, whose sums are those of its archive.
    RolledUpAndArchived,
    /// This many clicks and searches were counted later, and no correction has them.
    Adjustments(u64),
    /// This many statements that cover one of its days were imported later.
    LaterStatements(usize),
    /// This many of its statements were withdrawn or used again later.
    LaterEvents(usize),
    /// The record before it was signed on this later day.
    EarlierDay(Date),
    /// The old key did not sign the hand-over, for this reason.
    Lone(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RolledUp => {
                f.write_str("its hours were rolled up into days, so the hash of its counts can no longer be checked")
            }
            Self::RolledUpAndArchived => {
                f.write_str("its hours were rolled up into days, which add up to those in its archive")
            }
            Self::Adjustments(n) => {
                write!(f, "{n} clicks and searches were counted later (`qsproxy report adjustments`)")
            }
            Self::LaterStatements(n) => {
                write!(f, "{n} statements were imported later (`qsproxy reconcile` shows what they change)")
            }
            Self::LaterEvents(n) => write!(f, "its statements were withdrawn or used again {n} times later"),
            Self::EarlierDay(later) => {
                write!(
                    f,
                    "its day is before {later}, that of the record before it: the clock was wrong for one of them"
                )
            }
            Self::Lone(reason) => {
                write!(
                    f,
                    "the new key alone signed it, because the old one was lost: \"{reason}\"; nobody who has only the old key can verify what follows"
                )
            }
        }
    }
}
