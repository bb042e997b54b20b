//! One question, one answer: what the command line and the admin listener both ask through, so that they cannot disagree.

use crate::report::slices::Release;
use crate::report::table::Sheet;
use crate::report::usage::Grain;
use crate::report::{Counts, Question, Subject};
use crate::storage::query::StoreError;

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Single outcomes by day.
    Outcomes(Subject),
    /// New people and rolling actives.
    Active,
    /// Who came back.
    Retention(Grain),
    /// Languages, browsers and keyword groups.
    Slices,
}

impl Asked {
    /// Why this cannot be asked of one partner, or of one code, alone.
    #[must_use]
    pub fn refusal(self, question: &Question) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Active | Self::Retention(_) if question.partner.is_some() => {
                Some(("partner", "people belong to a code and not to a partner; leave it out"))
            }
            Self::Slices if question.code.is_some() => {
                Some(("code", "slices are never crossed with another property; leave it out"))
            }
            Self::Outcomes(_) | Self::Active | Self::Retention(_) | Self::Slices => None,
        }
    }
}

impl Counts {
    /// Answers a question that nothing speaks against ([`Asked::refusal`]).
    ///
    /// # Errors
    /// The store's.
    pub fn answer(&self, asked: Asked, question: &Question, release: Release<'_>) -> Result<Sheet, StoreError> {
        match asked {
            Asked::Outcomes(subject) => self.by_day(subject, question),
            Asked::Active => self.active(question, release.k, release.today),
            Asked::Retention(grain) => self.retention(question, grain, release.k, release.today),
            Asked::Slices => self.slices(question, release),
        }
    }
}
