//! The states of a month, in the order in which it passes through them.

use jiff::Span;
use jiff::civil::Date;

use crate::billing::year_month::YearMonth;

/// Where a month is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthState {
    /// Nothing was counted, and no statement covers it.
    Idle,
    /// It is not over.
    Running,
    /// It is over, and its statement is not complete and final; it is not due yet.
    Waiting,
    /// No statement covers it.
    NoStatement,
    /// The statement does not cover each of its days.
    Incomplete,
    /// The partner calls days preliminary.
    Preliminary,
    /// It cannot be reconciled, or its record cannot be read.
    Unreadable,
    /// A day or the month is out of tolerance.
    Differs,
    /// The difference of the month is beyond the contract's limit.
    Disputed,
    /// It agrees within the tolerance, and can be closed.
    Matched,
    /// It is closed.
    Closed,
    /// It is closed, and clicks or a statement have come since.
    Changed,
    /// The partner is not in the configuration any more, and the month is not closed.
    Removed,
}

impl MonthState {
    /// The name in the overview.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::NoStatement => "no_statement",
            Self::Incomplete => "incomplete",
            Self::Preliminary => "preliminary",
            Self::Unreadable => "unreadable",
            Self::Differs => "differs",
            Self::Disputed => "disputed",
            Self::Matched => "matched",
            Self::Closed => "closed",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }

    /// Returns whether somebody has to do something once the month is due.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Idle | Self::Running | Self::Waiting | Self::Closed => false,
            Self::NoStatement
            | Self::Incomplete
            | Self::Preliminary
            | Self::Unreadable
            | Self::Differs
            | Self::Disputed
            | Self::Matched
            | Self::Changed
            | Self::Removed => true,
        }
    }
}

/// Returns the day by whose end a month's statement is there: this day of the next month.
#[must_use]
pub(super) fn due_day(month: YearMonth, day_of_month: i8) -> Date {
    month.last_day().saturating_add(Span::new().days(day_of_month))
}
