//! The result of a reconciliation: one row for each day, their sum, and what could not be assigned.

use jiff::civil::Date;
use strum::VariantArray;

use crate::billing::money::Micros;
use crate::billing::reconcile::zone::ZoneShift;
use crate::counts::cells::ClickOutcome;

/// 100 % in hundredths of a per cent.
pub(super) const HUNDRED_PER_CENT: u64 = 10_000;

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
            Self::Matched | Self::Within | Self::Under | Self::Over | Self::MissingOurs => true,
            Self::MissingTheirs | Self::Unmapped | Self::Suppressed | Self::Provisional | Self::Uncounted => false,
        }
    }

    /// Returns whether the difference needs an explanation.
    #[must_use]
    pub fn is_out_of_tolerance(self) -> bool {
        match self {
            Self::Under | Self::Over | Self::MissingTheirs | Self::MissingOurs | Self::Unmapped => true,
            Self::Matched | Self::Within | Self::Suppressed | Self::Provisional | Self::Uncounted => false,
        }
    }
}

/// Both sides' numbers for a day or a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledRow {
    /// Sponsored clicks by outcome, in the order of [`ClickOutcome::VARIANTS`].
    pub outcomes: [u64; ClickOutcome::VARIANTS.len()],
    /// Counted clicks on organic results, for which nobody pays.
    pub organic: u64,
    /// Searches that we answered.
    pub searches: u64,
    /// The partner's clicks for configured codes; None if it does not report them.
    pub theirs: Option<i64>,
    /// The partner's searches for configured codes; None if it does not report them.
    pub their_searches: Option<i64>,
    /// The partner's revenue for all codes.
    pub revenue: Option<Micros>,
    /// The status.
    pub status: Status,
}

impl ReconciledRow {
    /// Sponsored clicks that we counted.
    #[must_use]
    pub fn ours(&self) -> u64 {
        let [counted, ..] = self.outcomes;
        counted
    }

    /// Our clicks minus theirs.
    #[must_use]
    pub fn difference(&self) -> Option<i64> {
        i64::try_from(self.ours()).ok()?.checked_sub(self.theirs?)
    }

    /// `(1 − theirs ÷ ours) × 100` in hundredths, rounded half away from zero; None if we counted no clicks.
    #[must_use]
    pub fn per_cent(&self) -> Option<i64> {
        let (ours, difference) = (i128::from(self.ours()), i128::from(self.difference()?));
        if ours == 0 {
            return None;
        }
        let doubled = difference.checked_mul(2 * i128::from(HUNDRED_PER_CENT))?;
        i64::try_from((doubled + ours * doubled.signum()) / (2 * ours)).ok()
    }
}

/// A partner's numbers for a code that is not configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The day.
    pub day: Date,
    /// The partner's tag for the code.
    pub code: String,
    /// The clicks.
    pub clicks: Option<i64>,
    /// The revenue.
    pub revenue: Option<Micros>,
}

/// A reconciled month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// Every day of the month.
    pub days: Vec<(Date, ReconciledRow)>,
    /// The sum of the days.
    pub month: ReconciledRow,
    /// Whether the difference of the month exceeds the contract's share for disputes.
    pub is_dispute: bool,
    /// Statement rows for codes that are not configured, which are in no day.
    pub unmapped: Vec<Unmapped>,
    /// The offset by which the partner's days seem to differ from the configured zone.
    pub shift: Option<ZoneShift>,
}

impl Reconciliation {
    /// Returns whether a day or the month is out of tolerance.
    #[must_use]
    pub fn is_out_of_tolerance(&self) -> bool {
        self.month.status.is_out_of_tolerance() || self.days.iter().any(|(_, row)| row.status.is_out_of_tolerance())
    }

    /// Returns whether a day is not over or not final.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.days.iter().any(|(_, row)| row.status == Status::Provisional)
    }
}
