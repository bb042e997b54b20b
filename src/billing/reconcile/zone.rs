//! Whether a partner's days are of another zone than the profile says: the first cause on every checklist of differences.

use jiff::civil::Date;

use crate::billing::days::first_hour;
use crate::billing::hourly::HourCount;
use crate::billing::reconcile::{MARGIN, ReconcileInput, ReconciledRow, by_hour};
use crate::time::Hour;

/// On fewer days than this a better fit may be chance.
const FEWEST_DAYS: usize = 5;
/// How many times smaller the differences must be with another offset.
const BETTER: u64 = 3;

/// Another offset that fits better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// By how many hours the partner's days begin later than the profile's zone says; below zero: earlier.
    pub hours: i32,
    /// What the differences of the days sum up to, regardless of their direction, as configured.
    pub now: u64,
    /// What they would sum up to.
    pub then: u64,
}

/// The offset whose days fit best, where the configured ones are out of tolerance and it fits much better.
pub(super) fn better(
    question: &ReconcileInput<'_>,
    clicks: &[HourCount],
    days: &[(Date, ReconciledRow)],
) -> Option<Shift> {
    let theirs: Vec<(Date, u64)> = days
        .iter()
        .filter(|(_, line)| line.status.is_compared())
        .filter_map(|(day, line)| Some((*day, u64::try_from(line.theirs?).ok()?)))
        .collect();
    if theirs.len() < FEWEST_DAYS || !days.iter().any(|(_, line)| line.status.is_compared() && line.status.is_out()) {
        return None;
    }
    let hours = by_hour(clicks);
    let apart = |shift: i32| -> u64 {
        let moved = |hour: Hour| Hour(hour.0.saturating_add_signed(shift));
        let day = |(day, theirs): &(Date, u64)| {
            let (from, to) =
                (first_hour(*day, question.zone), first_hour(day.tomorrow().unwrap_or(*day), question.zone));
            let ours: u64 = hours.range(moved(from)..moved(to)).map(|(_, n)| n).sum();
            ours.abs_diff(*theirs)
        };
        theirs.iter().map(day).sum()
    };
    let now = apart(0);
    let most = i32::try_from(MARGIN).unwrap_or(0);
    // The nearest of those that fit alike.
    let best = (-most..=most).map(|hours| Shift { hours, now, then: apart(hours) });
    let best = best.min_by_key(|shift| (shift.then, shift.hours.unsigned_abs()))?;
    (best.hours != 0 && best.then.saturating_mul(BETTER) < now).then_some(best)
}
