//! Finds what must be accepted by name before a month is closed or corrected. The extent of each condition has the numbers that are accepted:
//! an acceptance is valid for the corrections of a month as long as its extent stays the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::billing::closing::condition::{Condition, Found};
use crate::billing::closing::stated::{StatedSums, Told};
use crate::billing::closing::subtotals::subtotals;
use crate::billing::contract::Contract;
use crate::billing::digest::Sha256Digest;
use crate::billing::hourly::PartnerCounts;
use crate::billing::money::{Currency, Micros};
use crate::billing::profile::CurrencySource;
use crate::billing::reconcile::result::{ReconciledCode, ReconciledPeriod, ReconciledRow, Reconciliation, Status};
use crate::billing::row_rules::OptionalColumn;
use crate::billing::statement::StatementRow;
use crate::time::{Day, Hour};

/// The differences that are beyond the tolerance.
const OUT_OF_TOLERANCE: [Status; 3] = [Status::Under, Status::Over, Status::MissingOurs];
/// How many parts of an extent are written out. A record has one line for each condition; a digest stands for the others.
const WRITTEN_PARTS: usize = 4;
/// How many hexadecimal digits of that digest are written: 64 bits, so that no other extent has the same by chance.
const DIGEST_DIGITS: usize = 16;

/// What a month is examined by.
#[derive(Debug)]
pub struct ExaminedMonth<'m> {
    /// The contract.
    pub contract: &'m Contract,
    /// The reconciliation.
    pub reconciliation: &'m Reconciliation,
    /// Both sides' clicks and the status of the month: of a correction, with the counts that came since.
    pub month: MonthClicks,
    /// The statement rows in force.
    pub rows: &'m [StatementRow],
    /// Their sums.
    pub stated: &'m [StatedSums],
    /// What of our counts is to be signed as sums of UTC days only.
    pub daily: &'m PartnerCounts,
    /// How the clock contradicts the books.
    pub clock: Option<&'m Found>,
    /// Which hours are in no closed month, or in two.
    pub other_hours: Option<Found>,
    /// Why the month is probably another one than was meant.
    pub far_off: Option<&'m Found>,
}

/// Both sides' clicks of a month, and their status.
#[derive(Debug, Clone, Copy)]
pub struct MonthClicks {
    /// Ours; None if they are not known.
    pub ours: Option<u64>,
    /// Theirs; None if they are not told.
    pub theirs: Option<i64>,
    /// The status.
    pub status: Status,
}

impl ExaminedMonth<'_> {
    /// Returns the conditions of the month, in the order of their names.
    #[must_use]
    pub fn conditions(&self) -> Vec<Found> {
        let mut found = self.of_days();
        found.extend(self.of_rows());
        found.extend(self.rolled_up());
        found.extend(self.clock.cloned());
        found.extend(self.other_hours.clone());
        found.extend(self.far_off.cloned());
        found.sort_by_key(|found| found.condition);
        found
    }

    fn periods(&self, wanted: &[Status]) -> Vec<&ReconciledPeriod> {
        self.reconciliation.periods.iter().filter(|period| wanted.contains(&period.row.status)).collect()
    }

    /// What the days of the month show.
    fn of_days(&self) -> Vec<Found> {
        if self.rows.is_empty() {
            let extent = counted(self.reconciliation.total_days.max(1), "day");
            return vec![Found { condition: Condition::NoStatement, extent }];
        }
        let mut found = Vec::new();
        for (condition, status) in [
            (Condition::MissingDays, Status::MissingTheirs),
            (Condition::Provisional, Status::Provisional),
            (Condition::Suppressed, Status::Suppressed),
        ] {
            let periods = self.periods(&[status]);
            if !periods.is_empty() {
                let extent = format!("{}: {}", counted(day_count(&periods), "day"), listed(&day_ranges(&periods)));
                found.push(Found { condition, extent });
            }
        }
        if self.contract.tags.is_none() {
            // Without tags days have the clicks of all codes, configured or not; only the month is compared.
            found.extend(self.out_of_tolerance(&[], None));
            return found;
        }
        let compared = self.reconciliation.compared.as_ref().map(|compared| &compared.row);
        found.extend(self.compensating(compared));
        found.extend(self.out_of_tolerance(&self.periods(&OUT_OF_TOLERANCE), compared));
        found
    }

    /// Whether codes of days, of the month, or of the days that both sides have differ while their total agrees.
    fn compensating(&self, compared: Option<&ReconciledRow>) -> Option<Found> {
        let sums = [Some(self.month.status), Some(self.reconciliation.month.status), compared.map(|row| row.status)];
        let different = self.periods(&[Status::CodesDiffer]);
        if different.is_empty() && !sums.contains(&Some(Status::CodesDiffer)) {
            return None;
        }
        let of_day = |period: &&ReconciledPeriod| format!("{period} ({})", listed(&code_parts(&period.codes)));
        let differ = |code: &&ReconciledCode| code.row.status.is_out_of_tolerance();
        let codes: Vec<ReconciledCode> = self.reconciliation.codes.iter().filter(differ).cloned().collect();
        let (days, month) = (different.iter().map(of_day).collect::<Vec<_>>(), code_parts(&codes));
        let extent = format!(
            "{}{}, and {} in the month{}",
            counted(day_count(&different), "day"),
            after_colon(&days),
            counted(codes.len(), "code"),
            after_colon(&month)
        );
        Some(Found { condition: Condition::Compensating, extent })
    }

    /// Whether days, the month, or the days that both sides have are out of tolerance.
    fn out_of_tolerance(&self, days: &[&ReconciledPeriod], compared: Option<&ReconciledRow>) -> Option<Found> {
        let is_out = |status: Status| OUT_OF_TOLERANCE.contains(&status);
        let compared = compared.filter(|row| is_out(row.status));
        if days.is_empty() && !is_out(self.month.status) && compared.is_none() {
            return None;
        }
        let MonthClicks { ours, theirs, status } = self.month;
        let parts: Vec<String> =
            days.iter().map(|period| format!("{period} {}", both(period.row.ours(), period.row.theirs))).collect();
        let on_compared = compared.map_or_else(String::new, |row| {
            format!(", and the days that both sides have are {}, {}", row.status.as_str(), both(row.ours(), row.theirs))
        });
        let extent = format!(
            "{}{}{on_compared}, and the month is {}, {}",
            counted(day_count(days), "day"),
            after_colon(&parts),
            status.as_str(),
            both(ours, theirs)
        );
        Some(Found { condition: Condition::OutOfTolerance, extent })
    }

    /// What the rows show.
    fn of_rows(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let mut add = |condition: Condition, extent: Option<String>| {
            found.extend(extent.map(|extent| Found { condition, extent }));
        };
        add(Condition::Unmapped, self.unmapped());
        let sums = subtotals(self.rows);
        let of_sums: Vec<&StatedSums> =
            self.stated.iter().filter(|stated| sums.contains(&stated.code.as_str())).collect();
        let is_or_are = if sums.len() == 1 { "is the sum" } else { "are sums" };
        add(
            Condition::Subtotals,
            (!sums.is_empty())
                .then(|| format!("{} {is_or_are} of others: {}", counted(sums.len(), "code"), by_code(&of_sums))),
        );
        let rows: u64 = self.stated.iter().map(|stated| stated.rows).sum();
        let told: u64 = self.stated.iter().map(|stated| stated.revenue.rows).sum();
        let is_partial = (told > 0 || self.names_money()) && told < rows;
        let all: Vec<&StatedSums> = self.stated.iter().collect();
        add(
            Condition::PartialRevenue,
            is_partial.then(|| format!("{told} of {rows} rows tell their money, {}", money(&all))),
        );
        add(Condition::Currencies, self.currencies());
        found
    }

    /// Whether the profile names a column of money that no file may lack.
    fn names_money(&self) -> bool {
        self.contract.profile.as_ref().is_some_and(|profile| {
            !profile.columns.revenue.is_empty() && !profile.rules.optional.contains(&OptionalColumn::Revenue)
        })
    }

    /// Hours that are gone.
    fn rolled_up(&self) -> Option<Found> {
        let PartnerCounts { clicks, searches } = self.daily;
        let hours = clicks.iter().map(|count| count.hour).chain(searches.iter().map(|count| count.hour));
        let days: BTreeSet<Day> = hours.map(Hour::day).collect();
        let (first, last) = (days.first()?.date(), days.last()?.date());
        let lost = match self.reconciliation.month.own {
            Some(_) => "",
            None => ", and the month is not whole UTC days, so its counts are not known",
        };
        let days = counted(days.len(), "day");
        let extent = format!("UTC days from {first} to {last} ({days}) are signed as sums without hours{lost}");
        Some(Found { condition: Condition::RolledUp, extent })
    }

    fn unmapped(&self) -> Option<String> {
        let unmapped: Vec<&StatedSums> = self.stated.iter().filter(|stated| !stated.is_mapped).collect();
        let rows: u64 = unmapped.iter().map(|stated| stated.rows).sum();
        let codes = unmapped.iter().map(|stated| &stated.code).collect::<BTreeSet<_>>().len();
        let (all, codes) = (counted(rows, "row"), counted(codes, "code"));
        (rows > 0).then(|| format!("{all} for {codes} with {}: {}", money(&unmapped), by_code(&unmapped)))
    }

    /// Several currencies, or another one than the contract's.
    fn currencies(&self) -> Option<String> {
        let told: Vec<&StatedSums> = self.stated.iter().filter(|stated| stated.revenue.rows > 0).collect();
        let currencies: BTreeSet<Currency> = told.iter().filter_map(|stated| stated.currency).collect();
        let configured = match self.contract.profile.as_ref().map(|profile| &profile.currency) {
            Some(CurrencySource::In(currency)) => Some(*currency),
            Some(CurrencySource::Column(_) | CurrencySource::Header | CurrencySource::None) | None => None,
        };
        let is_other = configured.is_some_and(|configured| currencies.iter().any(|currency| *currency != configured));
        if currencies.len() < 2 && !is_other {
            return None;
        }
        let configured = configured.filter(|_| is_other);
        let configured =
            configured.map_or_else(String::new, |currency| format!(", configured is {}", currency.as_str()));
        Some(format!("money is {}{configured}", money(&told)))
    }
}

/// A number of things: `1 day`, `31 days`.
fn counted<N: std::fmt::Display + PartialEq + From<u8>>(n: N, noun: &str) -> String {
    let plural = if n == N::from(1) { "" } else { "s" };
    format!("{n} {noun}{plural}")
}

fn day_count(periods: &[&ReconciledPeriod]) -> u32 {
    periods.iter().map(|period| period.day_count()).sum()
}

/// The parts of an extent: all of them, or the first ones and a digest of all, so that no other parts have the same text.
fn listed(parts: &[String]) -> String {
    let (written, others) = parts.split_at(parts.len().min(WRITTEN_PARTS));
    let written = written.join(", ");
    if others.is_empty() {
        return written;
    }
    let digest = Sha256Digest::of(&parts.join("\n")).to_string();
    let digest: String = digest.chars().take(DIGEST_DIGITS).collect();
    format!("{written} and {} more (sha256 of all {digest})", others.len())
}

fn after_colon(parts: &[String]) -> String {
    if parts.is_empty() { String::new() } else { format!(": {}", listed(parts)) }
}

/// The days of periods, those that follow one another as one range.
fn day_ranges(periods: &[&ReconciledPeriod]) -> Vec<String> {
    let mut ranges: Vec<(Date, Date)> = Vec::new();
    for ReconciledPeriod { first, last, .. } in periods {
        match ranges.last_mut().filter(|(_, end)| end.tomorrow().is_ok_and(|next| next == *first)) {
            Some((_, end)) => *end = *last,
            None => ranges.push((*first, *last)),
        }
    }
    let text =
        |(first, last): (Date, Date)| if first == last { first.to_string() } else { format!("{first} to {last}") };
    ranges.into_iter().map(text).collect()
}

/// Both sides' clicks.
fn both(ours: Option<u64>, theirs: Option<i64>) -> String {
    let ours = ours.map_or_else(|| "not known".to_owned(), |ours| ours.to_string());
    let theirs = theirs.map_or_else(|| "not told".to_owned(), |theirs| theirs.to_string());
    format!("ours {ours} and theirs {theirs}")
}

fn code_parts(codes: &[ReconciledCode]) -> Vec<String> {
    codes.iter().map(|ReconciledCode { name, row }| format!("{name} {}", both(row.ours(), row.theirs))).collect()
}

/// The money of sums, by currency.
fn money(stated: &[&StatedSums]) -> String {
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for stated in stated.iter().filter(|stated| stated.revenue.rows > 0) {
        if let Some(currency) = stated.currency {
            let sum = sums.entry(currency).or_default();
            *sum = sum.saturating_add(stated.revenue.sum);
        }
    }
    let text = |(currency, sum): (Currency, i64)| format!("{} {}", Micros(sum), currency.as_str());
    let sums: Vec<String> = sums.into_iter().map(text).collect();
    if sums.is_empty() { "no money".to_owned() } else { sums.join(" and ") }
}

/// The numbers of each code and currency.
fn by_code(stated: &[&StatedSums]) -> String {
    let part = |stated: &&StatedSums| {
        let StatedSums { code, rows, clicks, revenue, .. } = *stated;
        let told = |told: &Told, number: String| match told.rows {
            n if n == *rows => number,
            n => format!("{number} in {n} of them"),
        };
        let clicks = told(clicks, counted(clicks.sum, "click"));
        let revenue = told(revenue, money(&[*stated]));
        format!("{} {} with {clicks} and {revenue}", quoted(code), counted(*rows, "row"))
    };
    listed(&stated.iter().map(part).collect::<Vec<_>>())
}

/// A partner's code: in quotation marks, in one line, and without a semicolon, which ends an extent.
fn quoted(code: &str) -> String {
    format!("\"{}\"", code.escape_debug()).replace(';', "\\u{3b}")
}
