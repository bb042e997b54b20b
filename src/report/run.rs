//! Runs a report: the one entry point of the command line and the admin listener, so that they cannot differ.

use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::report::performance::ReportGrouping;
use crate::report::reader::{CountTable, CountsReader, ReportFilter};
use crate::report::slices::SliceRelease;
use crate::report::table::Table;
use crate::report::usage::CohortGrain;
use crate::storage::error::StoreError;

/// The reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// Clicks, searches or adjustments by day and outcome.
    Outcomes(CountTable),
    /// Clicks by day and partner, with the share that was filtered.
    Filtered,
    /// New and active users.
    Active,
    /// Users who returned.
    Retention(CohortGrain),
    /// Languages, browsers and keyword groups.
    Slices,
    /// Requests to partners that are paid by request, and their cost.
    Costs(ReportGrouping),
}

impl ReportKind {
    /// Returns the filter that this report does not support, if it is set, and why.
    #[must_use]
    pub fn unsupported_filter(self, filter: &ReportFilter) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Active | Self::Retention(_) if filter.partner.is_some() => {
                Some(("partner", "users are counted by code, not by partner; remove this filter"))
            }
            Self::Slices if filter.code.is_some() => {
                Some(("code", "slices are not combined with any other dimension; remove this filter"))
            }
            Self::Outcomes(_) | Self::Filtered | Self::Active | Self::Retention(_) | Self::Slices | Self::Costs(_) => {
                None
            }
        }
    }
}

impl CountsReader {
    /// Runs a report, with a filter that it supports ([`ReportKind::unsupported_filter`]).
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded.
    pub fn run(&self, kind: ReportKind, filter: &ReportFilter, release: SliceRelease<'_>) -> Result<Table, StoreError> {
        fail_at(FailPoint::Report, || "");
        match kind {
            ReportKind::Outcomes(table) => self.by_day(table, filter),
            ReportKind::Filtered => self.filtered(filter),
            ReportKind::Active => self.active(filter, release.k, release.today),
            ReportKind::Retention(grain) => self.retention(filter, grain, release.k, release.today),
            ReportKind::Slices => self.slices(filter, release),
            ReportKind::Costs(grouping) => self.costs(filter, grouping),
        }
    }
}
