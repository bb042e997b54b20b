//! Our own counts by the hour, as the ledger kept them.

use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::time::Hour;

/// Clicks of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourCount {
    /// The UTC hour of the clicks.
    pub hour: Hour,
    /// The code, by its name here.
    pub code: String,
    /// `sponsored` or `organic`; `unknown` for forged ones.
    pub kind: String,
    /// What became of them.
    pub outcome: ClickOutcome,
    /// How many.
    pub n: u64,
}

/// Searches of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCount {
    /// The UTC hour of the searches.
    pub hour: Hour,
    /// The code, by its name here.
    pub code: String,
    /// What became of them.
    pub outcome: SearchOutcome,
    /// How many.
    pub n: u64,
}
