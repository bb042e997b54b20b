//! What a report of performance reads of one partner.

use crate::report::performance::our_counts::{OurCounts, ReportedPartner};
use crate::report::performance::stated::StatedRows;
use crate::report::stored_costs::StoredCost;

/// What is known of one partner.
#[derive(Debug)]
pub(super) struct PartnerData {
    /// The partner.
    pub(super) partner: ReportedPartner,
    /// Our counts.
    pub(super) ours: OurCounts,
    /// Its statements.
    pub(super) stated: StatedRows,
    /// Its requests that are paid by request, in the order of their days.
    pub(super) costs: Vec<StoredCost>,
}
