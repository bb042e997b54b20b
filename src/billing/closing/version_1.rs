//! Closings of version 1, which have no archive: their files are made from the store again, and their counts cannot be checked by the
//! hour once hours were rolled up into days.

use std::fmt::Write as _;
use std::ops::Range;

use strum::VariantArray as _;

use crate::billing::closing::account_name::account_name;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::files::{counts_csv, statement_csv};
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::stated::Revenue;
use crate::billing::digest::Sha256Digest;
use crate::billing::hourly::PartnerCounts;
use crate::billing::money::Micros;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, BooksRow, Closing};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::result_kind::ResultKind;
use crate::storage::error::StoreError;
use crate::time::Hour;

/// Returns the statement rows that were in force when the month was closed.
///
/// # Errors
/// Errors of the store.
pub(super) fn closed_statement_rows(
    store: &BillingStore,
    closing: &Closing,
    record: &ClosingRecord,
) -> Result<Vec<StatementRow>, StoreError> {
    let days = record.month.first_day()..=record.month.last_day();
    let until = match closing.statement_event {
        Some(event) => event,
        None => imported_by(store, record)?,
    };
    let rows = store.statement_rows_until(&record.partner, days, until)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Returns the event by which the statement that a record names was imported; 0 if it names none. Versions that kept no event withdrew no
/// statement.
pub(super) fn imported_by(store: &BillingStore, record: &ClosingRecord) -> Result<i64, StoreError> {
    let Some(statement) = record.latest_statement else { return Ok(0) };
    let events = store.statement_events(Some(&record.partner))?;
    Ok(events.iter().find(|event| event.statement == statement.number).map_or(0, |event| event.number))
}

/// Compares the counts in the store with a record. Returns whether hours were rolled up, so that the hash cannot be checked and only the
/// sums can; or the difference in words.
///
/// # Errors
/// Errors of the store.
pub(super) fn compare_counts_1(
    store: &BillingStore,
    closing: &Closing,
    record: &ClosingRecord,
) -> Result<Result<bool, String>, ClosingError> {
    let hours = &closing.hours;
    let counts = store.hourly_counts(&closing.partner, hours)?;
    let is_same = Sha256Digest::of(&counts_csv(&counts)?) == record.counts_sha256;
    let (first, last) = (hours.start.day(), Hour(hours.end.0.saturating_sub(1)).day());
    let daily = store.daily_rows(&closing.partner, first.date()..=last.date())?;
    let stored_by_hour = |day: &str| {
        let is_of_day = |hour: &Hour| hour.to_string().starts_with(day);
        counts
            .clicks
            .iter()
            .map(|count| count.hour)
            .chain(counts.searches.iter().map(|count| count.hour))
            .any(|hour| is_of_day(&hour))
    };
    let is_double = |row: &&BooksRow| row.place.get(1).is_some_and(|day| stored_by_hour(day));
    let is_of_month = |row: &&BooksRow| is_inside(row, hours);
    let wrong = daily.iter().find(|row| is_double(row) || is_same && is_of_month(row));
    if let Some(row) = wrong {
        return Ok(Err(format!("{}: this day is stored by the hour, too", row.place.join(", "))));
    }
    if is_same {
        return Ok(Ok(false));
    }
    if daily.is_empty() {
        return Ok(Err("their hash differs".to_owned()));
    }
    Ok(compare_sums(record, &counts, &daily, hours).map(|()| true))
}

fn is_inside(row: &BooksRow, hours: &Range<Hour>) -> bool {
    let hour = |of_day: &str| row.place.get(1).and_then(|day| Hour::parse(&format!("{day}T{of_day}")));
    matches!((hour("00"), hour("23")), (Some(first), Some(last)) if hours.contains(&first) && hours.contains(&last))
}

/// Checks that the sums of a record are between those of the days that are wholly in the month and those of all its days.
fn compare_sums(
    record: &ClosingRecord,
    counts: &PartnerCounts,
    daily: &[BooksRow],
    hours: &Range<Hour>,
) -> Result<(), String> {
    let check = |name: &str, closed: u64, hourly: u64, is_counted: &dyn Fn(&str, &str, &str) -> bool| {
        let sum = |is_taken: &dyn Fn(&BooksRow) -> bool| -> u64 {
            let counted = daily.iter().filter(|row| match row.place.as_slice() {
                [subject, _, _, kind, outcome] => is_taken(row) && is_counted(subject, kind, outcome),
                _ => false,
            });
            let n = |row: &BooksRow| row.values.first().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
            counted.map(n).fold(0, u64::saturating_add)
        };
        let least = hourly.saturating_add(sum(&|row| is_inside(row, hours)));
        let most = hourly.saturating_add(sum(&|_| true));
        if (least..=most).contains(&closed) {
            return Ok(());
        }
        Err(format!("{name}: closed with {closed}, the store has {least} to {most}"))
    };
    let sponsored = ResultKind::Sponsored.as_str();
    for (at, outcome) in ClickOutcome::VARIANTS.iter().enumerate() {
        let of_outcome = counts.clicks.iter().filter(|count| count.outcome == *outcome);
        let hourly = of_outcome.filter(|count| count.kind == Some(ResultKind::Sponsored)).map(|count| count.n).sum();
        let closed = record.clicks.get(at).copied().flatten().unwrap_or(0);
        check(outcome.as_str(), closed, hourly, &|subject, kind, name| {
            subject == "clicks" && kind == sponsored && name == outcome.as_str()
        })?;
    }
    let organic = counts.clicks.iter().filter(|count| count.kind != Some(ResultKind::Sponsored));
    let organic = organic.filter(|count| count.outcome == ClickOutcome::Counted).map(|count| count.n).sum();
    check("organic", record.organic_clicks.unwrap_or(0), organic, &|subject, kind, name| {
        subject == "clicks" && kind != sponsored && name == ClickOutcome::Counted.as_str()
    })?;
    let searches = counts.searches.iter().filter(|count| count.outcome.is_answer()).map(|count| count.n).sum();
    let is_answer = |name: &str| SearchOutcome::from_name(name).is_some_and(SearchOutcome::is_answer);
    check("searches", record.searches.unwrap_or(0), searches, &|subject, _, name| {
        subject == "searches" && is_answer(name)
    })
}

/// Returns the form of the statement rows that a record of version 1 has the digest of.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub(super) fn statement_csv_1(rows: &[StatementRow]) -> Result<String, csv::Error> {
    statement_csv(rows, true)
}

/// Returns the journal of a month closed with version 1, the same bytes as then. None if a row has no revenue, or there is no currency.
pub(super) fn journal_1(record: &ClosingRecord, rows: &[StatementRow]) -> Option<String> {
    let Revenue { currency, .. } = record.statement_revenue?;
    let day = rows.iter().map(|row| row.day).max()?;
    let mut by_code: Vec<(&str, Micros)> = Vec::new();
    let mut total = Micros(0);
    for row in rows {
        let revenue = row.revenue?;
        total = total.checked_add(revenue)?;
        match by_code.iter_mut().find(|(code, _)| *code == row.code) {
            Some((_, of_code)) => *of_code = of_code.checked_add(revenue)?,
            None => by_code.push((&row.code, revenue)),
        }
    }
    let ClosingRecord { number, partner, month, .. } = record;
    let digest = Sha256Digest::of(&record.text());
    let partner_account = account_name(partner.as_str());
    let amount = |amount: Micros| Revenue { amount, currency };
    let mut text = format!("; qsproxy closing {number}, record sha256 {digest}\n");
    // Writing to a String does not fail.
    let _ = writeln!(text, "{day} ({number}) {partner} {month}");
    let _ = writeln!(text, "    assets:receivable:{partner_account}  {}", amount(total));
    for (code, revenue) in by_code {
        let code_account = account_name(if code.is_empty() { "all" } else { code });
        let _ = writeln!(text, "    income:search:{partner_account}:{code_account}  {}", amount(Micros(-revenue.0)));
    }
    Some(text)
}
