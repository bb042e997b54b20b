//! What a report of performance reads of one partner.

use crate::report::performance::our_counts::{OurCounts, ReportedPartner};
use crate::report::performance::stated::StatedRows;

/// What is known of one partner.
#[derive(Debug)]
pub(super) struct PartnerData {
    /// The partner.
    pub(super) partner: ReportedPartner,
    /// Our counts.
    pub(super) ours: OurCounts,
    /// Its statements.
    pub(super) stated: StatedRows,
}
