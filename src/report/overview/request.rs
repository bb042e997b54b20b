//! What the overview is asked for.

use std::time::Duration;

use crate::billing::contract::Contract;
use crate::billing::year_month::YearMonth;
use crate::time::Hour;

/// How many months an overview may show: ten years, after which a statement is refused, too.
pub const MAX_MONTHS: i32 = 120;

/// Which months an overview shows.
#[derive(Debug, Clone, Copy)]
pub struct OverviewPeriod {
    /// The first month.
    pub from: YearMonth,
    /// The last month.
    pub to: YearMonth,
    /// Whether months before the first one are shown that need somebody: nobody named a first month.
    pub with_earlier: bool,
}

/// What the overview depends on besides the store.
#[derive(Debug)]
pub struct OverviewRequest<'r> {
    /// Its months.
    pub period: OverviewPeriod,
    /// The contracts of the configuration.
    pub contracts: &'r [Contract],
    /// How long a link can be clicked; a month can be closed when its last links cannot.
    pub click_ttl: Duration,
    /// The current hour.
    pub now: Hour,
}
