//! Detects that a partner's days are in another time zone than the profile states: the first cause to check when counts differ.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::billing::days::{SECONDS_OF_HOUR, seconds_of_days, share_of_hour};
use crate::billing::hourly::HourCount;
use crate::time::Hour;

/// The largest error of a configured zone, in hours: offsets range from UTC-12 to UTC+14. Our counts must include this many
/// hours before and after the month.
pub const MAX_SHIFT_HOURS: u32 = 26;

/// With fewer days than this, a better fit may be chance.
const MIN_DAYS: usize = 5;
/// The factor by which the differences must shrink.
const MIN_IMPROVEMENT: u64 = 3;

/// An offset at which the partner's days fit better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneShift {
    /// The hours by which the partner's days begin later than in the configured zone; negative if they begin earlier.
    pub hours: i32,
    /// The sum of the absolute differences of all days in the configured zone.
    pub now: u64,
    /// The same sum with the days shifted.
    pub then: u64,
}

/// The partner's clicks of a period that can be compared with ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct ComparedPeriod {
    pub first: Date,
    pub last: Date,
    pub theirs: u64,
}

/// Returns the shift at which the periods fit best, if it fits much better than no shift. Of equal fits, the smallest shift wins.
pub(super) fn detect_shift(zone: &TimeZone, clicks: &[HourCount], periods: &[ComparedPeriod]) -> Option<ZoneShift> {
    if periods.len() < MIN_DAYS {
        return None;
    }
    let by_hour = paid_clicks_by_hour(clicks);
    let total_difference = |shift: i32| -> u64 {
        let difference = |compared: &ComparedPeriod| {
            let seconds = seconds_of_days(compared.first, compared.last, zone);
            let shifted = [seconds.start, seconds.end].map(|second| second + i64::from(shift) * SECONDS_OF_HOUR);
            clicks_between(&by_hour, shifted).abs_diff(compared.theirs)
        };
        periods.iter().map(difference).sum()
    };
    let now = total_difference(0);
    let max = i32::try_from(MAX_SHIFT_HOURS).unwrap_or(0);
    let shifts = (-max..=max).map(|hours| ZoneShift { hours, now, then: total_difference(hours) });
    let best = shifts.min_by_key(|shift| (shift.then, shift.hours.unsigned_abs()))?;
    (best.hours != 0 && best.then.saturating_mul(MIN_IMPROVEMENT) < now).then_some(best)
}

/// Returns the clicks between two seconds, with a part of the hours in which these are.
fn clicks_between(by_hour: &BTreeMap<Hour, u64>, [start, end]: [i64; 2]) -> u64 {
    let hour = |second: i64| Hour(u32::try_from(second.div_euclid(SECONDS_OF_HOUR)).unwrap_or(0));
    let before = |second: i64| {
        let clicks = by_hour.get(&hour(second)).copied().unwrap_or_default();
        share_of_hour(clicks, &(0..second.rem_euclid(SECONDS_OF_HOUR)))
    };
    let whole: u64 = by_hour.range(hour(start)..hour(end).max(hour(start))).map(|(_, n)| n).sum();
    (whole + before(end)).saturating_sub(before(start))
}

fn paid_clicks_by_hour(clicks: &[HourCount]) -> BTreeMap<Hour, u64> {
    let mut hours = BTreeMap::new();
    for count in clicks.iter().filter(|count| count.is_paid()) {
        *hours.entry(count.hour).or_default() += count.n;
    }
    hours
}
