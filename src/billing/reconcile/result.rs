//! The result of a reconciliation: one row for each period, their sum, the codes, and what could not be assigned.

use std::fmt;

use jiff::civil::Date;
use strum::VariantArray;

use crate::billing::money::Micros;
use crate::billing::reconcile::zone::ZoneShift;
use crate::billing::tolerance::HUNDRED_PER_CENT;
use crate::counts::cells::ClickOutcome;

/// The status of a day or a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Status {
    /// Both counts are equal.
    Matched,
    /// The counts differ by no more than the tolerance.
    Within,
    /// The partner reports fewer clicks, beyond the tolerance: the difference that costs us money.
    Under,
    /// The partner reports more clicks, beyond the tolerance.
    Over,
    /// No statement covers the day.
    MissingTheirs,
    /// The partner reports clicks, and we counted none.
    MissingOurs,
    /// The partner reports clicks only for codes that are not configured.
    Unmapped,
    /// The partner withholds the number.
    Suppressed,
    /// The day is not over, or the partner calls it not final.
    Provisional,
    /// Clicks of this partner are not counted here.
    Uncounted,
    /// Our hours were rolled up into UTC days, out of which the partner's days cannot be cut: our number is not known.
    RolledUp,
    /// The totals agree within the tolerance, but those of a code do not: codes compensate for one another.
    CodesDiffer,
    /// No statement covers any day of the month.
    NoStatement,
    /// No statement covers any day of the month, and we counted nothing in it.
    NoData,
}

impl Status {
    /// The name in reports and in records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Within => "within",
            Self::Under => "under",
            Self::Over => "over",
            Self::MissingTheirs => "missing_theirs",
            Self::MissingOurs => "missing_ours",
            Self::Unmapped => "unmapped",
            Self::Suppressed => "suppressed",
            Self::Provisional => "provisional",
            Self::Uncounted => "uncounted",
            Self::RolledUp => "rolled_up",
            Self::CodesDiffer => "codes_differ",
            Self::NoStatement => "no_statement",
            Self::NoData => "no_data",
        }
    }

    /// Parses the name that [`Self::as_str`] returns.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|status| status.as_str() == name)
    }

    /// Returns whether the status results from comparing two known numbers.
    pub(super) fn is_compared(self) -> bool {
        match self {
            Self::Matched | Self::Within | Self::Under | Self::Over | Self::MissingOurs | Self::CodesDiffer => true,
            Self::MissingTheirs
            | Self::Unmapped
            | Self::Suppressed
            | Self::Provisional
            | Self::Uncounted
            | Self::RolledUp
            | Self::NoStatement
            | Self::NoData => false,
        }
    }

    /// Returns whether the status needs an explanation: a difference beyond the tolerance, or a number that is missing.
    #[must_use]
    pub fn is_out_of_tolerance(self) -> bool {
        match self {
            Self::Under
            | Self::Over
            | Self::MissingTheirs
            | Self::MissingOurs
            | Self::Unmapped
            | Self::RolledUp
            | Self::CodesDiffer
            | Self::NoStatement => true,
            Self::Matched | Self::Within | Self::Suppressed | Self::Provisional | Self::Uncounted | Self::NoData => {
                false
            }
        }
    }

    /// Returns whether the status is that of a month without a statement.
    #[must_use]
    pub fn is_without_statement(self) -> bool {
        matches!(self, Self::NoStatement | Self::NoData)
    }
}

/// Our counts of a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnCounts {
    /// Sponsored clicks by outcome, in the order of [`ClickOutcome::VARIANTS`].
    pub outcomes: [u64; ClickOutcome::VARIANTS.len()],
    /// Counted clicks on organic results, for which nobody pays.
    pub organic: u64,
    /// Searches that we answered.
    pub searches: u64,
    /// By how many paid clicks the true number may differ, because the first and the last hour belong partly to other days.
    pub uncertain: u64,
}

/// Both sides' numbers for a period, a code or a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledRow {
    /// Our counts; None if they are not known, because hours were rolled up into UTC days.
    pub own: Option<OwnCounts>,
    /// The partner's clicks for configured codes; None if it does not report all of them.
    pub theirs: Option<i64>,
    /// The partner's searches for configured codes; None if it does not report all of them.
    pub their_searches: Option<i64>,
    /// The partner's revenue for configured codes. That of a month is the sum of the days that have one.
    pub revenue: Option<Micros>,
    /// The status.
    pub status: Status,
}

impl ReconciledRow {
    /// Sponsored clicks that we counted.
    #[must_use]
    pub fn ours(&self) -> Option<u64> {
        let [counted, ..] = self.own?.outcomes;
        Some(counted)
    }

    /// Our clicks minus theirs.
    #[must_use]
    pub fn difference(&self) -> Option<i64> {
        i64::try_from(self.ours()?).ok()?.checked_sub(self.theirs?)
    }

    /// `(1 − theirs ÷ ours) × 100` in hundredths, rounded half away from zero; None if we counted no clicks.
    #[must_use]
    pub fn per_cent(&self) -> Option<i64> {
        let (ours, difference) = (i128::from(self.ours()?), i128::from(self.difference()?));
        if ours == 0 {
            return None;
        }
        let doubled = difference.checked_mul(2 * i128::from(HUNDRED_PER_CENT))?;
        i64::try_from((doubled + ours * doubled.signum()) / (2 * ours)).ok()
    }
}

/// One day, or several days that the partner does not tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledPeriod {
    /// The first day.
    pub first: Date,
    /// The last day; `first` for a single day.
    pub last: Date,
    /// Both sides' numbers.
    pub row: ReconciledRow,
    /// The codes that are out of tolerance.
    pub codes: Vec<ReconciledCode>,
}

impl ReconciledPeriod {
    /// How many days the period has.
    #[must_use]
    pub fn day_count(&self) -> u32 {
        day_count(self.first, self.last)
    }

    /// Whether the period has one of these days.
    #[must_use]
    pub fn overlaps(&self, first: Date, last: Date) -> bool {
        self.first <= last && first <= self.last
    }
}

/// As a day, or as its first and last day.
impl fmt::Display for ReconciledPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{} to {}", self.first, self.last) }
    }
}

/// Returns how many days there are from `first` to `last`, both included.
pub(super) fn day_count(first: Date, last: Date) -> u32 {
    let hours = last.duration_since(first).as_hours();
    u32::try_from(hours / 24).map_or(0, |days| days.saturating_add(1))
}

/// Both sides' numbers for one of our codes, or for several that the partner does not tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledCode {
    /// The name of the code, or the names joined by `+`.
    pub name: String,
    /// Both sides' numbers.
    pub row: ReconciledRow,
}

/// Both sides' numbers for the days of a month that both have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedDays {
    /// How many days both have.
    pub days: u32,
    /// The sums of these days, compared with the tolerance of a month.
    pub row: ReconciledRow,
}

/// A partner's numbers for a code that is not configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The day, or the first of several.
    pub day: Date,
    /// The last day.
    pub last: Date,
    /// The partner's tag for the code.
    pub code: String,
    /// The clicks.
    pub clicks: Option<i64>,
    /// The revenue.
    pub revenue: Option<Micros>,
}

/// A period that has days in two months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedPeriod {
    /// The first day.
    pub first: Date,
    /// The last day. The period is reconciled with the month of this day.
    pub last: Date,
    /// Our clicks of its days in the month that is reconciled; None if they are not known.
    pub inside: Option<u64>,
    /// Our clicks of its other days; None if they are not known.
    pub outside: Option<u64>,
}

/// A reconciled month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// The periods that end in the month, in order: its days, or what the statement's rows cover.
    pub periods: Vec<ReconciledPeriod>,
    /// The sum of the periods.
    pub month: ReconciledRow,
    /// The sum of the days that both sides have; None if there is no such day.
    pub compared: Option<ComparedDays>,
    /// How many days the periods have.
    pub total_days: u32,
    /// How many of them have a revenue.
    pub revenue_days: u32,
    /// The codes, over the days that both sides have; none if the statement has no codes.
    pub codes: Vec<ReconciledCode>,
    /// The periods that have days in this month and in another.
    pub shared: Vec<SharedPeriod>,
    /// Whether the difference of the month exceeds the contract's share for disputes.
    pub is_dispute: bool,
    /// Statement rows for codes that are not configured, which are in no period.
    pub unmapped: Vec<Unmapped>,
    /// The offset by which the partner's days seem to differ from the configured zone.
    pub shift: Option<ZoneShift>,
}

impl Reconciliation {
    /// Returns whether a period, a code or the month is out of tolerance.
    #[must_use]
    pub fn is_out_of_tolerance(&self) -> bool {
        let codes = self.codes.iter().map(|code| &code.row);
        let mut rows = self.periods.iter().map(|period| &period.row).chain(codes).chain([&self.month]);
        self.month.status != Status::Uncounted && rows.any(|row| row.status.is_out_of_tolerance())
    }

    /// Returns whether a day is not over or not final.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.periods.iter().any(|period| period.row.status == Status::Provisional)
    }

    /// The revenue for codes that are not configured; None if there is none, or if a row does not state it.
    #[must_use]
    pub fn unmapped_revenue(&self) -> Option<Micros> {
        let sum = self.unmapped.iter().try_fold(Micros(0), |sum, row| sum.checked_add(row.revenue?));
        sum.filter(|_| !self.unmapped.is_empty())
    }
}
