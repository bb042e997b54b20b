//! Hours of a month that are in no closed month, or in two: where the `zone` of a partner was changed, months that were closed with the days of
//! another zone do not end where the next one begins.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::billing::closing::condition::{Condition, Found};
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::time::Hour;

/// Returns how the hours of a month in this zone do not follow on those of the closed months beside it; None if they do. The one hour that months
/// share where a zone is not offset from UTC by whole hours is as it should be.
///
/// # Errors
/// The record of such a month cannot be parsed.
pub(super) fn other_hours(
    ledger: &ChainLedger,
    partner: &ConfigName,
    month: YearMonth,
    zone: &TimeZone,
) -> Result<Option<Found>, ClosingError> {
    let mut parts = Vec::new();
    for closing in ledger.closings.iter().filter(|closing| closing.partner == *partner) {
        let by_this_zone = closing.month.hours(zone);
        let is_month = |day: Date| YearMonth::containing(day) == closing.month;
        // The end of the month before, or the begin of the month after.
        let (closed, wanted, is_before) = if month.first_day().yesterday().is_ok_and(is_month) {
            (closing.hours.end, by_this_zone.end, true)
        } else if month.last_day().tomorrow().is_ok_and(is_month) {
            (closing.hours.start, by_this_zone.start, false)
        } else {
            continue;
        };
        if closed == wanted {
            continue;
        }
        let is_gap = (closed < wanted) == is_before;
        let (from, to) = (closed.min(wanted), closed.max(wanted));
        let closed_zone = ClosingRecord::parse(&closing.record)?.zone;
        parts.push(part((from, to), is_gap, (closing.month, &closed_zone.to_string())));
    }
    let zone = zone.iana_name().unwrap_or("UTC");
    let extent = format!("{}, and this month is closed with the days of {zone}", parts.join(", "));
    Ok((!parts.is_empty()).then_some(Found { condition: Condition::OtherHours, extent }))
}

fn part((from, to): (Hour, Hour), is_gap: bool, (month, zone): (YearMonth, &str)) -> String {
    let count = to.0.saturating_sub(from.0);
    let hours =
        if count == 1 { format!("1 UTC hour, {from},") } else { format!("{count} UTC hours from {from} up to {to}") };
    let are = if count == 1 { "is" } else { "are" };
    let place = if is_gap { "in neither month" } else { "in both months" };
    format!("{hours} {are} {place}, since {month} was closed with the days of {zone}")
}
