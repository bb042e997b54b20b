//! What a report of performance is asked for.

use strum::VariantArray;

use crate::billing::contract::Contract;
use crate::report::reader::ReportFilter;
use crate::time::Hour;

/// What a row of the report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum ReportGrouping {
    /// A day.
    Day,
    /// A week from Monday (ISO 8601).
    Week,
    /// A month.
    Month,
    /// A partner.
    Partner,
    /// A code.
    Code,
}

impl ReportGrouping {
    /// The value of `--by` and of the parameter `by`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Partner => "partner",
            Self::Code => "code",
        }
    }

    /// The grouping with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|grouping| grouping.as_str() == name)
    }
}

/// What the report is asked for, and what it depends on besides the store.
#[derive(Debug)]
pub struct PerformanceRequest<'r> {
    /// The days, and the one partner or code. The names are known.
    pub filter: &'r ReportFilter,
    /// What a row is about.
    pub grouping: ReportGrouping,
    /// Whether the period before is reported, too.
    pub is_compared: bool,
    /// The contracts of the configuration.
    pub contracts: &'r [Contract],
    /// The current hour, which is not over.
    pub now: Hour,
}
