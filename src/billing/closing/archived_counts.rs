//! Our counts with the hours that were rolled up into UTC days after their month was closed: its archive still has them, so that the month
//! is reconciled as it was when it was closed, also in a zone whose days cannot be cut out of UTC days.

use std::collections::BTreeSet;
use std::ops::Range;

use strum::VariantArray as _;

use crate::billing::closing::archive::NamedText;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::export::archived;
use crate::billing::closing::files::{ADJUSTMENTS_FILE, COUNTS_DAILY_FILE, COUNTS_FILE};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::hourly::{HourCount, PartnerCounts, SearchCount, StoredCounts};
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::name::{self, ConfigName};
use crate::result_kind::ResultKind;
use crate::time::{Day, Hour};

/// The counts of a closed month.
struct ArchivedMonth {
    number: i64,
    hours: Range<Hour>,
    counts: PartnerCounts,
    /// The days that had no hours any more when the month was closed.
    without_hours: BTreeSet<Day>,
}

/// Returns the counts of these hours, and of `margin` around them, as stored, but by the hour for each UTC day of which archives have all
/// hours that are in `needed`; and the numbers of the records whose archives were read. An archive is compared with the digest in its
/// record.
///
/// # Errors
/// A store that cannot be read, or an archive that is not the signed one.
pub fn with_archived_hours(
    store: &BillingStore,
    partner: &ConfigName,
    needed: &Range<Hour>,
    margin: &Range<Hour>,
) -> Result<(StoredCounts, Vec<i64>), ClosingError> {
    let mut counts = store.stored_counts(partner, margin)?;
    let mut days = days_of(&counts.daily);
    days.retain(|day| !part_of(*day, needed).is_empty());
    if days.is_empty() {
        return Ok((counts, Vec::new()));
    }
    let months = archived_months(&ChainLedger::read(store)?, partner, needed)?;
    let has = |day: Day, hour: Hour| {
        months.iter().any(|month| month.hours.contains(&hour) && !month.without_hours.contains(&day))
    };
    days.retain(|day| part_of(*day, needed).all(|hour| has(*day, Hour(hour))));
    counts.daily.clicks.retain(|count| !days.contains(&count.hour.day()));
    counts.daily.searches.retain(|count| !days.contains(&count.hour.day()));
    let (mut taken, mut numbers): (Vec<Range<Hour>>, Vec<i64>) = (Vec::new(), Vec::new());
    for ArchivedMonth { number, hours, counts: archived, .. } in months {
        // Months of different zones can have an hour in common.
        let is_new = |hour: &Hour| days.contains(&hour.day()) && !taken.iter().any(|earlier| earlier.contains(hour));
        counts.hourly.clicks.extend(archived.clicks.into_iter().filter(|count| is_new(&count.hour)));
        counts.hourly.searches.extend(archived.searches.into_iter().filter(|count| is_new(&count.hour)));
        numbers.extend(days.iter().any(|day| !part_of(*day, &hours).is_empty()).then_some(number));
        taken.push(hours);
    }
    // The counts of an hour stay in the order of their codes.
    counts.hourly.clicks.sort_by_key(|count| count.hour);
    counts.hourly.searches.sort_by_key(|count| count.hour);
    Ok((counts, numbers))
}

/// Returns the counts that had arrived in a month's hours before it was closed, since a month that shares an hour with it was closed
/// before; None if the month is not closed.
///
/// # Errors
/// A store that cannot be read, or an archive that is not the signed one.
pub fn adjustments_at_closing(
    store: &BillingStore,
    partner: &ConfigName,
    month: YearMonth,
) -> Result<Option<PartnerCounts>, ClosingError> {
    let ledger = ChainLedger::read_month(store, partner, month)?;
    let Some(closing) = ledger.closing(partner, month) else { return Ok(None) };
    let Some(details) = ClosingRecord::parse(&closing.record)?.details else {
        return Ok(Some(PartnerCounts::default()));
    };
    let files = archived(&ledger, closing.number, details.books.archive_sha256)?;
    match files.iter().find(|file| file.name == ADJUSTMENTS_FILE) {
        Some(file) => parse(&file.text).ok_or(ClosingError::UnreadableCounts(closing.number)).map(Some),
        None => Ok(Some(PartnerCounts::default())),
    }
}

fn days_of(daily: &PartnerCounts) -> BTreeSet<Day> {
    let clicks = daily.clicks.iter().map(|count| count.hour.day());
    clicks.chain(daily.searches.iter().map(|count| count.hour.day())).collect()
}

/// The hours of a UTC day that are in a range, by their index.
fn part_of(day: Day, hours: &Range<Hour>) -> Range<u32> {
    let first = day.first_hour().0;
    first.max(hours.start.0)..first.saturating_add(24).min(hours.end.0)
}

/// Reads the archives of the partner's closed months that have one of these hours. Records of version 1 have none.
fn archived_months(
    ledger: &ChainLedger,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<Vec<ArchivedMonth>, ClosingError> {
    let overlaps = |other: &Range<Hour>| other.start < hours.end && hours.start < other.end;
    let mut months = Vec::new();
    for closing in ledger.closings.iter().filter(|other| other.partner == *partner && overlaps(&other.hours)) {
        let record = ClosingRecord::parse(&closing.record)?;
        let Some(details) = record.details else { continue };
        let files = archived(ledger, closing.number, details.books.archive_sha256)?;
        let counts = |name: &str| match files.iter().find(|file| file.name == name) {
            Some(NamedText { text, .. }) => parse(text).ok_or(ClosingError::UnreadableCounts(closing.number)),
            None => Ok(PartnerCounts::default()),
        };
        months.push(ArchivedMonth {
            number: closing.number,
            hours: record.hours,
            counts: counts(COUNTS_FILE)?,
            without_hours: days_of(&counts(COUNTS_DAILY_FILE)?),
        });
    }
    Ok(months)
}

/// Parses what `counts_csv` and `counts_daily_csv` return. None if the text is another one.
fn parse(csv: &str) -> Option<PartnerCounts> {
    let mut counts = PartnerCounts::default();
    for record in csv::Reader::from_reader(csv.as_bytes()).records() {
        let record = record.ok()?;
        let cells: Vec<&str> = record.iter().collect();
        let [subject, time, code, kind, outcome, n] = cells.as_slice() else { return None };
        let day = || Some(Day::from_date(time.parse().ok()?).first_hour());
        let (hour, code, n) = (Hour::parse(time).or_else(day)?, (*code).to_owned(), n.parse().ok()?);
        match *subject {
            "clicks" => {
                let outcome = ClickOutcome::from_name(outcome)?;
                let known = ResultKind::VARIANTS.iter().copied().find(|known| known.as_str() == *kind);
                let kind = known.map_or_else(|| (*kind == name::UNKNOWN).then_some(None), |known| Some(Some(known)))?;
                counts.clicks.push(HourCount { hour, code, kind, outcome, n });
            }
            "searches" => {
                counts.searches.push(SearchCount { hour, code, outcome: SearchOutcome::from_name(outcome)?, n });
            }
            _ => return None,
        }
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::closing::files::{counts_csv, counts_daily_csv};

    #[test]
    fn all_counts_are_read_again_as_they_were_written() {
        let hour = Hour::parse("2024-10-01T00").unwrap();
        let kinds = ResultKind::VARIANTS.iter().copied().map(Some).chain([None]);
        let outcomes = || ClickOutcome::VARIANTS.iter().copied();
        let clicks = kinds.flat_map(|kind| outcomes().map(move |outcome| (kind, outcome)));
        let clicks =
            clicks.zip(1..).map(|((kind, outcome), n)| HourCount { hour, code: "a,\"b".to_owned(), kind, outcome, n });
        let searches = SearchOutcome::VARIANTS.iter().zip(1..);
        let searches = searches.map(|(outcome, n)| SearchCount { hour, code: "c".to_owned(), outcome: *outcome, n });
        let counts = PartnerCounts { clicks: clicks.collect(), searches: searches.collect() };
        assert_eq!(parse(&counts_csv(&counts).unwrap()), Some(counts.clone()));
        assert_eq!(parse(&counts_daily_csv(&counts).unwrap()), Some(counts));
        for wrong in
            ["x,2024-10-01T00,c,none,empty,1", "searches,2024-10,c,none,empty,1", "clicks,2024-10-01,c,paid,counted,1"]
        {
            assert_eq!(parse(&format!("subject,hour,code,kind,outcome,n\n{wrong}\n")), None, "{wrong}");
        }
    }
}
