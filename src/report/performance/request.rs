//! What a report of performance is asked for.

use jiff::Span;
use jiff::civil::Date;
use strum::VariantArray;

use crate::billing::contract::Contract;
use crate::report::reader::ReportFilter;
use crate::time::{Day, Hour};

/// From Monday to Sunday.
const WEEK_SPAN: i32 = 6;

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

    /// The name, the first and the last day of the interval that has this day; None if groups are no intervals.
    #[must_use]
    pub fn interval(self, day: Date) -> Option<(String, Date, Date)> {
        match self {
            Self::Day => Some((day.to_string(), day, day)),
            Self::Week => {
                let week = day.iso_week_date();
                let monday = Day::from_date(day).monday().date();
                let name = format!("{:04}-W{:02}", week.year(), week.week());
                Some((name, monday, monday.saturating_add(Span::new().days(WEEK_SPAN))))
            }
            Self::Month => Some((day.strftime("%Y-%m").to_string(), day.first_of_month(), day.last_of_month())),
            Self::Partner | Self::Code => None,
        }
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
