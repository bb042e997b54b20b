//! The report of performance: searches, coverage, clicks and click-through rate of our counts, and revenue per thousand searches and per
//! click from the statements in force; by day, week, month, partner or code, and against the period before.
//!
//! Each partner's days are those of its statement: our hours are cut into its time zone, as for a reconciliation. Revenue is only compared
//! with the searches and clicks of the codes and days that it belongs to. A number that is not known is absent, never 0.
//!
//! These are the operator's own numbers by partner and code, which are exact in every report; numbers about people are in other reports.

mod columns;
mod groups;
mod notes;
mod our_counts;
mod partner_data;
mod previous;
mod request;
mod stated;
mod sums;

use crate::report::performance::columns::GroupColumns;
use crate::report::performance::groups::ReportGroup;
use crate::report::performance::notes::notes;
use crate::report::performance::our_counts::OurCounts;
use crate::report::performance::partner_data::PartnerData;
use crate::report::performance::previous::PreviousPeriod;
use crate::report::performance::stated::StatedRows;
use crate::report::performance::sums::PerformanceSums;
use crate::report::reader::CountsReader;
use crate::report::table::Table;
use crate::storage::error::StoreError;

pub use crate::report::performance::columns::{COMPARED_SUMMARY, SUMMARY};
pub use crate::report::performance::request::{PerformanceRequest, ReportGrouping};

/// The report.
#[derive(Debug)]
pub struct Performance {
    /// A row for each group and currency, then the whole period, whose group is `*`.
    pub table: Table,
    /// What the table does not say: the definitions, the zones of the days, and what is incomplete.
    pub notes: Vec<String>,
}

impl CountsReader {
    /// Reports the performance of a period.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded.
    pub fn performance(&self, request: &PerformanceRequest<'_>) -> Result<Performance, StoreError> {
        let previous = request.is_compared.then(|| PreviousPeriod::of(request.filter)).flatten();
        let first = previous.as_ref().map_or(request.filter.from, |previous| previous.from);
        let mut partners = Vec::new();
        let costs = self.stored_costs(request.filter)?;
        for partner in self.partners_of(request, first, &costs)? {
            let ours = OurCounts::read(self, &partner, first, request.filter.to)?;
            let stated = StatedRows::read(self, request, &partner, first)?;
            let costs = costs.iter().filter(|cost| cost.partner == partner.name.as_str()).cloned().collect();
            partners.push(PartnerData { partner, ours, stated, costs });
        }
        let groups = groups::groups(request, &partners);
        let total = ReportGroup::total(request.filter);
        let mut rows = Vec::new();
        let mut all = Vec::new();
        for group in groups.iter().chain([&total]) {
            let sums = PerformanceSums::of(request, group, &partners);
            let before = previous.as_ref().map(|previous| {
                previous.group(request, group).map(|group| (PerformanceSums::of(request, &group, &partners), group))
            });
            rows.extend(GroupColumns { group, sums: &sums, before: before.as_ref().map(Option::as_ref) }.rows());
            all.push((group, sums));
        }
        let columns = columns::names(request.is_compared);
        Ok(Performance { table: Table { columns, rows }, notes: notes(request, &partners, &all) })
    }
}
