//! One question, one answer: what the command line and the admin listener both ask through, so that they cannot disagree.

use crate::report::slices::SliceRelease;
use crate::report::table::Table;
use crate::report::usage::CohortGrain;
use crate::report::{CountTable, CountsReader, ReportFilter};
use crate::storage::query::StoreError;

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Single outcomes by day.
    Outcomes(CountTable),
    /// New people and rolling actives.
    Active,
    /// Who came back.
    Retention(CohortGrain),
    /// Languages, browsers and keyword groups.
    Slices,
}

impl ReportKind {
    /// Why this cannot be asked of one partner, or of one code, alone.
    #[must_use]
    pub fn refusal(self, question: &ReportFilter) -> Option<(&'static str, &'static str)> {
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

impl CountsReader {
    /// Answers a question that nothing speaks against ([`ReportKind::refusal`]).
    ///
    /// # Errors
    /// The store's.
    pub fn answer(
        &self,
        asked: ReportKind,
        question: &ReportFilter,
        release: SliceRelease<'_>,
    ) -> Result<Table, StoreError> {
        match asked {
            ReportKind::Outcomes(subject) => self.by_day(subject, question),
            ReportKind::Active => self.active(question, release.k, release.today),
            ReportKind::Retention(grain) => self.retention(question, grain, release.k, release.today),
            ReportKind::Slices => self.slices(question, release),
        }
    }
}
