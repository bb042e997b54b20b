//! When hourly counts are rolled up into daily ones: the finest resolution that is kept for more than two years.

use std::time::Duration;

use crate::time::{Day, Hour};

/// Interval between roll-ups. The first one also waits for one interval, so that a machine whose clock is corrected soon after its
/// start rolls up nothing under a wrong date.
pub(crate) const INTERVAL: Duration = Duration::from_secs(3_600);

/// How many months hours are kept: two years for comparison, and the month that is closed last.
pub(crate) const MONTHS_BY_HOUR: i32 = 25;

/// The first hour that stays an hour; earlier ones are rolled up. None where the calendar does not reach back that far.
pub(crate) fn first_kept_hour(today: Day) -> Option<Hour> {
    let months = jiff::Span::new().months(MONTHS_BY_HOUR);
    Some(Day::from_date(today.first_of_month().date().checked_sub(months).ok()?).first_hour())
}
