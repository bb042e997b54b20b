//! Whether the clock can be right: the books know days on which something was done. A record that is signed while the clock is far off has a
//! wrong day for ever, and days that are not over would count as over.

use jiff::civil::Date;

use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::condition::{Condition, Found};
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::store::BillingStore;
use crate::time::Hour;

/// How many days the clock may be after the last entry in the books: a year and a month, so that a year without any work on the books is no
/// reason to ask.
const MAX_LEAP_DAYS: i32 = 400;

/// Something that was done on a known day.
struct BooksEntry {
    name: String,
    day: Date,
}

/// Returns how the clock contradicts the last record or the last event of a statement; None if it does not.
///
/// # Errors
/// A store that cannot be read, or a last record that is not a record.
pub(super) fn clock_off(store: &BillingStore, ledger: &ChainLedger, now: Hour) -> Result<Option<Found>, ClosingError> {
    let mut entries = Vec::new();
    if let Some(last) = ledger.links.last() {
        let day = ChainRecord::parse(&last.record)?.day();
        entries.push(BooksEntry { name: format!("record {}", last.number), day });
    }
    if let Some(event) = store.statement_events(None)?.last() {
        entries.push(BooksEntry { name: format!("what was done with statement {}", event.statement), day: event.day });
    }
    let Some(latest) = entries.into_iter().max_by_key(|entry| entry.day) else { return Ok(None) };
    Ok(contradiction(now.day().date(), &latest).map(|extent| Found { condition: Condition::Clock, extent }))
}

fn contradiction(today: Date, BooksEntry { name, day }: &BooksEntry) -> Option<String> {
    let days = today.since(*day).map_or(i32::MAX, |span| span.get_days());
    if today < *day {
        return Some(format!("the clock says {today}, which is before {name} on {day}"));
    }
    let is_leap = days > MAX_LEAP_DAYS;
    is_leap.then(|| format!("the clock says {today}, which is {days} days after {name} on {day}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_clock_may_stand_still_and_may_not_go_back_or_leap() {
        let entry = BooksEntry { name: "record 7".to_owned(), day: date(2026, 11, 29) };
        let says = |year, month, day| contradiction(date(year, month, day), &entry);
        assert_eq!(says(2026, 11, 29), None);
        assert_eq!(says(2028, 1, 3), None);
        let leap = says(2028, 1, 4).unwrap();
        assert_eq!(leap, "the clock says 2028-01-04, which is 401 days after record 7 on 2026-11-29");
        let back = says(2026, 11, 28).unwrap();
        assert_eq!(back, "the clock says 2026-11-28, which is before record 7 on 2026-11-29");
        assert!(says(1970, 1, 1).is_some() && says(9999, 12, 31).is_some());
    }
}
