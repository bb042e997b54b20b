//! Our counted clicks held against a partner's, day by day in its zone. Only sponsored clicks are paid for, so only they are
//! held against a statement; what else became of clicks stands beside. Pure.

pub mod render;
mod zone;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use strum::VariantArray as _;

use crate::billing::days::{first_hour, of_month};
use crate::billing::hourly::{HourCount, SearchCount};
use crate::billing::money::{Currency, Micros};
use crate::billing::statement::Row;
use crate::billing::tolerance::Tolerance;
use crate::counts::cells::ClickOutcome;
use crate::result_kind::ResultKind;
use crate::time::Hour;

pub use crate::billing::reconcile::zone::Shift;

/// By how many hours a zone can be mistaken: they go from UTC-12 to UTC+14. Our counts are needed for as many hours more on
/// both sides of the month.
pub const MARGIN: u32 = 26;

/// A whole in hundredths of a per cent.
const WHOLE: u64 = 10_000;

/// What is asked.
#[derive(Debug, Clone)]
pub struct ReconcileInput<'q> {
    /// Any day of the month.
    pub month: Date,
    /// The zone of the partner's days.
    pub zone: &'q TimeZone,
    /// Our codes as the partner calls them.
    pub tags: &'q [String],
    /// Its links lead straight to their targets, so that its clicks are not counted here.
    pub is_direct: bool,
    /// How far the two may lie apart.
    pub tolerance: Tolerance,
    /// What its money is in.
    pub currency: Option<Currency>,
    /// The hour that is not over.
    pub now: Hour,
}

/// How a day or a month stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The same number.
    Matched,
    /// Within tolerance.
    Within,
    /// They report less than we counted, by more than the tolerance: the costly direction.
    Under,
    /// They report more.
    Over,
    /// Their statements say nothing of it.
    MissingTheirs,
    /// They report clicks, and we counted none.
    MissingOurs,
    /// All that they report is for codes that the configuration does not know.
    Unmapped,
    /// They hold the number back.
    Suppressed,
    /// It is not over, or they call it not final.
    Provisional,
    /// Clicks of this partner are not counted here.
    Uncounted,
}

impl Status {
    /// Its name in every form.
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

    /// How a cell with this text is shown: its own name where it is out, as that is what is looked for.
    pub(crate) fn class(text: &str) -> &'static str {
        let out = [Self::Under, Self::Over, Self::MissingTheirs, Self::MissingOurs, Self::Unmapped];
        out.into_iter().map(Self::as_str).find(|name| *name == text).unwrap_or("text")
    }

    /// Whether it comes of two numbers that are both known.
    fn is_compared(self) -> bool {
        match self {
            Self::Matched | Self::Within | Self::Under | Self::Over | Self::MissingOurs => true,
            Self::MissingTheirs | Self::Unmapped | Self::Suppressed | Self::Provisional | Self::Uncounted => false,
        }
    }

    /// Whether somebody must ask why.
    #[must_use]
    pub fn is_out(self) -> bool {
        match self {
            Self::Under | Self::Over | Self::MissingTheirs | Self::MissingOurs | Self::Unmapped => true,
            Self::Matched | Self::Within | Self::Suppressed | Self::Provisional | Self::Uncounted => false,
        }
    }
}

/// What both say of a day, or of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledRow {
    /// Sponsored clicks by what became of them, in the order of [`ClickOutcome::VARIANTS`].
    pub outcomes: [u64; ClickOutcome::VARIANTS.len()],
    /// Counted clicks on organic results, which nobody pays for.
    pub organic: u64,
    /// Searches that we answered.
    pub searches: u64,
    /// The partner's clicks for codes that we know; None where it tells none.
    pub theirs: Option<i64>,
    /// Its searches, likewise.
    pub their_searches: Option<i64>,
    /// Its money for all codes.
    pub revenue: Option<Micros>,
    /// How the two stand.
    pub status: Status,
}

impl ReconciledRow {
    /// Sponsored clicks that we counted.
    #[must_use]
    pub fn ours(&self) -> u64 {
        let [counted, ..] = self.outcomes;
        counted
    }

    /// Ours less theirs.
    #[must_use]
    pub fn difference(&self) -> Option<i64> {
        i64::try_from(self.ours()).ok()?.checked_sub(self.theirs?)
    }

    /// `(1 − theirs ÷ ours) × 100`, in hundredths, rounded half away from zero; None where we counted nothing.
    #[must_use]
    pub fn per_cent(&self) -> Option<i64> {
        let (ours, difference) = (i128::from(self.ours()), i128::from(self.difference()?));
        if ours == 0 {
            return None;
        }
        let doubled = difference.checked_mul(2 * i128::from(WHOLE))?;
        i64::try_from((doubled + ours * doubled.signum()) / (2 * ours)).ok()
    }
}

/// What the partner reports for a code that the configuration does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The day.
    pub day: Date,
    /// The code as the partner calls it.
    pub code: String,
    /// Its clicks.
    pub clicks: Option<i64>,
    /// The money for them.
    pub revenue: Option<Micros>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// Every day of the month.
    pub days: Vec<(Date, ReconciledRow)>,
    /// Their sum.
    pub month: ReconciledRow,
    /// Whether the month is a matter for both sides.
    pub is_dispute: bool,
    /// What no day holds.
    pub unmapped: Vec<Unmapped>,
    /// The zone that the partner's days seem to be of.
    pub shift: Option<Shift>,
}

impl Reconciliation {
    /// Whether a day or the month is out of tolerance.
    #[must_use]
    pub fn is_out(&self) -> bool {
        self.month.status.is_out() || self.days.iter().any(|(_, line)| line.status.is_out())
    }
}

/// Holds our clicks and searches against what the partner says. Ours reach [`MARGIN`] hours beyond the month on both sides.
#[must_use]
pub fn reconcile(
    question: &ReconcileInput<'_>,
    clicks: &[HourCount],
    searches: &[SearchCount],
    rows: &[Row],
) -> Reconciliation {
    // Statements without codes are of the partner as a whole; among codes, one that is left out is one that nobody knows.
    let has_codes = rows.iter().any(|row| !row.code.is_empty());
    let is_known = |row: &&Row| !has_codes || question.tags.contains(&row.code);
    let days: Vec<(Date, ReconciledRow)> = of_month(question.month)
        .into_iter()
        .map(|day| {
            let (known, others) = rows.iter().filter(|row| row.day == day).partition(is_known);
            (day, of_day(question, day, (known, others), (clicks, searches)))
        })
        .collect();
    let month = of_month_of(question, &days);
    let unmapped = rows.iter().filter(|row| !is_known(row)).map(|row| Unmapped {
        day: row.day,
        code: row.code.clone(),
        clicks: row.clicks,
        revenue: row.revenue,
    });
    let is_dispute = month.difference().is_some_and(|difference| {
        !question.is_direct && difference.unsigned_abs() > share(month.ours(), question.tolerance.dispute)
    });
    let shift = zone::better(question, clicks, &days);
    Reconciliation { unmapped: unmapped.collect(), days, month, is_dispute, shift }
}

/// `known` and `others` are the partner's rows of this day, with codes that we know and others.
fn of_day(
    question: &ReconcileInput<'_>,
    day: Date,
    (known, others): (Vec<&Row>, Vec<&Row>),
    (clicks, searches): (&[HourCount], &[SearchCount]),
) -> ReconciledRow {
    let rows: Vec<&Row> = known.iter().chain(&others).copied().collect();
    let hours = first_hour(day, question.zone)..first_hour(day.tomorrow().unwrap_or(day), question.zone);
    let mut outcomes = [0_u64; ClickOutcome::VARIANTS.len()];
    let mut organic = 0_u64;
    for count in clicks.iter().filter(|count| hours.contains(&count.hour)) {
        if count.kind == ResultKind::Sponsored.as_str() {
            for (sum, outcome) in outcomes.iter_mut().zip(ClickOutcome::VARIANTS) {
                *sum += if *outcome == count.outcome { count.n } else { 0 };
            }
        } else if count.outcome == ClickOutcome::Counted {
            organic += count.n;
        }
    }
    let asked = |count: &&SearchCount| hours.contains(&count.hour) && count.outcome.is_answer();
    let sum = |of: fn(&Row) -> Option<i64>| {
        known.iter().try_fold(0_i64, |sum, row| sum.checked_add(of(row)?)).filter(|_| !known.is_empty())
    };
    let money = rows.iter().try_fold(Micros(0), |sum, row| sum.plus(row.revenue?)).filter(|_| !rows.is_empty());
    let mut line = ReconciledRow {
        outcomes,
        organic,
        searches: searches.iter().filter(asked).map(|count| count.n).sum(),
        theirs: sum(|row| row.clicks),
        their_searches: sum(|row| row.searches),
        revenue: money,
        status: Status::Matched,
    };
    let is_open = hours.end > question.now || rows.iter().any(|row| row.is_final == Some(false));
    line.status = match line.theirs {
        _ if question.is_direct => Status::Uncounted,
        _ if is_open => Status::Provisional,
        _ if rows.is_empty() => Status::MissingTheirs,
        _ if known.is_empty() => Status::Unmapped,
        None => Status::Suppressed,
        Some(_) => {
            let tolerance = share(line.ours(), question.tolerance.day).max(question.tolerance.clicks);
            compared(&line, tolerance)
        }
    };
    line
}

/// How two numbers stand that are both known.
fn compared(line: &ReconciledRow, tolerance: u64) -> Status {
    match line.difference() {
        Some(0) => Status::Matched,
        Some(difference) if difference.unsigned_abs() <= tolerance => Status::Within,
        Some(difference) if difference > 0 => Status::Under,
        Some(_) | None if line.ours() == 0 => Status::MissingOurs,
        Some(_) | None => Status::Over,
    }
}

/// The sum of the days. Where a day is missing or open, so is the month.
fn of_month_of(question: &ReconcileInput<'_>, days: &[(Date, ReconciledRow)]) -> ReconciledRow {
    let mut outcomes = [0_u64; ClickOutcome::VARIANTS.len()];
    for (_, line) in days {
        outcomes.iter_mut().zip(line.outcomes).for_each(|(sum, n)| *sum += n);
    }
    let lines = || days.iter().map(|(_, line)| line);
    let sum = |of: fn(&ReconciledRow) -> Option<i64>| lines().try_fold(0_i64, |sum, line| sum.checked_add(of(line)?));
    let told = |line: &&ReconciledRow| line.revenue.is_some();
    let money = lines().filter(told).try_fold(Micros(0), |sum, line| sum.plus(line.revenue?));
    let mut month = ReconciledRow {
        outcomes,
        organic: lines().map(|line| line.organic).sum(),
        searches: lines().map(|line| line.searches).sum(),
        theirs: sum(|line| line.theirs),
        their_searches: sum(|line| line.their_searches),
        revenue: money.filter(|_| lines().any(|line| line.revenue.is_some())),
        status: Status::Matched,
    };
    let any = |status| lines().any(|line| line.status == status);
    let first = [Status::Uncounted, Status::Provisional, Status::MissingTheirs, Status::Unmapped, Status::Suppressed];
    month.status = match first.into_iter().find(|status| any(*status)) {
        Some(status) => status,
        None => compared(&month, share(month.ours(), question.tolerance.month)),
    };
    month
}

/// A share of a number, in hundredths of a per cent, rounded down.
fn share(n: u64, hundredths: u32) -> u64 {
    let share = u128::from(n) * u128::from(hundredths) / u128::from(WHOLE);
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// Counted sponsored clicks by hour.
fn by_hour(clicks: &[HourCount]) -> BTreeMap<Hour, u64> {
    let mut hours = BTreeMap::new();
    let paid =
        |count: &&HourCount| count.kind == ResultKind::Sponsored.as_str() && count.outcome == ClickOutcome::Counted;
    for count in clicks.iter().filter(paid) {
        *hours.entry(count.hour).or_default() += count.n;
    }
    hours
}

#[cfg(test)]
mod tests;
