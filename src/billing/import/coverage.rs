//! Checks that a statement covers every day from its first to its last, once.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::billing::import::columns::ColumnIndexes;
use crate::billing::import::dates::period::RowPeriod;
use crate::billing::import::issue::{ImportIssue, MAX_ISSUES};
use crate::billing::import::row_values::RowValues;
use crate::billing::import::sums::{RowKey, RowSums};
use crate::billing::money::{Currency, Micros};
use crate::billing::profile::Profile;
use crate::billing::row_rules::Grain;

/// The most days that are taken as days of zero: a year. A larger gap is a date that is wrong.
const MAX_ZERO_DAYS: usize = 366;

/// Checks the days. Returns how many days are missing and are days of zero, if the profile says so; their rows are added.
///
/// # Errors
/// There are no rows; periods overlap; or days are missing.
pub(super) fn check(sums: &mut RowSums, profile: &Profile, columns: &ColumnIndexes) -> Result<u64, Vec<ImportIssue>> {
    let periods: BTreeSet<RowPeriod> = sums.keys().map(RowKey::period).collect();
    if periods.is_empty() {
        let message = "there are no rows below the header; an empty statement is not a statement of zero";
        return Err(vec![ImportIssue::new(message)]);
    }
    let overlaps = overlaps(&periods);
    if !overlaps.is_empty() {
        return Err(overlaps);
    }
    let mut missing = missing(&periods);
    if let Some((first, last)) = profile.rules.covers {
        missing.extend(days_around(&periods, (first, last), profile).map_err(|issue| vec![issue])?);
    }
    if missing.is_empty() {
        return Ok(0);
    }
    if profile.rules.missing_days_are_zero && missing.len() <= MAX_ZERO_DAYS {
        add_zeros(sums, &missing, columns);
        return Ok(missing.len() as u64);
    }
    Err(missing.iter().take(MAX_ISSUES).map(|day| missing_day(*day, profile)).collect())
}

/// The days that the operator says the file covers, before its first row and after its last one.
fn days_around(
    periods: &BTreeSet<RowPeriod>,
    (first, last): (Date, Date),
    profile: &Profile,
) -> Result<Vec<Date>, ImportIssue> {
    if !profile.rules.missing_days_are_zero {
        return Err(ImportIssue::new(
            "--covers: applies only to partners that leave out days without traffic; set missing_days = \"zero\" in the profile, or ask the \
             partner for the days that are missing",
        ));
    }
    let outside = periods.iter().find(|period| period.first < first || last < period.last);
    if let Some(period) = outside {
        return Err(ImportIssue::new(format!(
            "the file has rows of {}, and --covers is {first} to {last}; correct --covers, or leave it out",
            period.first
        )));
    }
    let days = |from: Date, to: Date| from.series(jiff::Span::new().days(1)).take_while(move |day| *day < to);
    let (begin, end) =
        (periods.first().map_or(first, |period| period.first), periods.last().map_or(last, |period| period.last));
    let after = end.tomorrow().map_or(Vec::new(), |next| days(next, last.tomorrow().unwrap_or(last)).collect());
    Ok(days(first, begin).chain(after).take(MAX_ZERO_DAYS + 1).collect())
}

fn missing_day(day: Date, profile: &Profile) -> ImportIssue {
    let remedy = if profile.rules.missing_days_are_zero {
        "a gap of more than a year is not filled with zeros; correct the date before or after it"
    } else if profile.rules.grain == Grain::Day {
        "ask the partner for it, since a missing day is not a day of zero; or set missing_days = \"zero\" if the partner leaves out \
         days without traffic"
    } else {
        "ask the partner for its row, since a missing day is not a day of zero"
    };
    ImportIssue::new(format!("{day} is missing; {remedy}"))
}

fn overlaps(periods: &BTreeSet<RowPeriod>) -> Vec<ImportIssue> {
    let pairs = periods.iter().zip(periods.iter().skip(1)).filter(|(one, next)| one.overlaps(next));
    let issue = |(one, next): (&RowPeriod, &RowPeriod)| {
        ImportIssue::new(format!(
            "the rows from {} to {} and from {} to {} have days in common, which would count twice; ask the partner for periods that \
             follow one another",
            one.first, one.last, next.first, next.last
        ))
    };
    pairs.take(MAX_ISSUES).map(issue).collect()
}

/// The days between the periods: at most one more than may be filled, or reported.
fn missing(periods: &BTreeSet<RowPeriod>) -> Vec<Date> {
    let mut missing = Vec::new();
    for (one, next) in periods.iter().zip(periods.iter().skip(1)) {
        let mut day = one.last.tomorrow().ok();
        while let Some(date) = day.filter(|date| *date < next.first && missing.len() <= MAX_ZERO_DAYS) {
            missing.push(date);
            day = date.tomorrow().ok();
        }
    }
    missing
}

/// Adds a row of zeros for each missing day and each code and currency of the file.
fn add_zeros(sums: &mut RowSums, days: &[Date], columns: &ColumnIndexes) {
    let codes: BTreeSet<(String, Option<Currency>)> = sums.keys().map(|key| (key.code.clone(), key.currency)).collect();
    let zero = RowValues {
        searches: columns.searches.map(|_| 0),
        clicks: Some(0),
        revenue: columns.revenue.map(|_| Micros(0)),
        is_final: None,
    };
    for day in days {
        for (code, currency) in &codes {
            sums.add_zero(RowKey { day: *day, code: code.clone(), last: *day, currency: *currency }, zero);
        }
    }
}
