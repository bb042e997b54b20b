//! What the overview is asked for.

use std::time::Duration;

use crate::billing::contract::Contract;
use crate::billing::year_month::YearMonth;
use crate::time::Hour;

/// What the overview depends on besides the store.
#[derive(Debug)]
pub struct OverviewRequest<'r> {
    /// The first month.
    pub from: YearMonth,
    /// The last month.
    pub to: YearMonth,
    /// The contracts of the configuration.
    pub contracts: &'r [Contract],
    /// How long a link can be clicked; a month can be closed when its last links cannot.
    pub click_ttl: Duration,
    /// The current hour.
    pub now: Hour,
}
