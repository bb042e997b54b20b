//! Finds what must be accepted by name before a month is closed or corrected.

use std::collections::BTreeSet;

use crate::billing::closing::condition::{Condition, Found};
use crate::billing::closing::stated::StatedSums;
use crate::billing::closing::subtotals::subtotals;
use crate::billing::contract::Contract;
use crate::billing::hourly::PartnerCounts;
use crate::billing::money::Currency;
use crate::billing::profile::CurrencySource;
use crate::billing::reconcile::result::{ReconciledPeriod, Reconciliation, Status};
use crate::billing::statement::StatementRow;
use crate::time::{Day, Hour};

/// The differences that are beyond the tolerance.
const OUT_OF_TOLERANCE: [Status; 3] = [Status::Under, Status::Over, Status::MissingOurs];

/// What a month is examined by.
#[derive(Debug)]
pub struct ExaminedMonth<'m> {
    /// The contract.
    pub contract: &'m Contract,
    /// The reconciliation.
    pub reconciliation: &'m Reconciliation,
    /// The status of the month: of a correction, with the counts that came since.
    pub status: Status,
    /// The statement rows in force.
    pub rows: &'m [StatementRow],
    /// Their sums.
    pub stated: &'m [StatedSums],
    /// What of our counts is to be signed as sums of UTC days only.
    pub daily: &'m PartnerCounts,
}

impl ExaminedMonth<'_> {
    /// Returns the conditions of the month, in the order of their names.
    #[must_use]
    pub fn conditions(&self) -> Vec<Found> {
        let mut found = self.of_days();
        found.extend(self.of_rows());
        found.extend(self.rolled_up());
        found.sort_by_key(|found| found.condition);
        found
    }

    /// What the days of the month show.
    fn of_days(&self) -> Vec<Found> {
        let days = |wanted: &[Status]| -> u32 {
            let periods = self.reconciliation.periods.iter().filter(|period| wanted.contains(&period.row.status));
            periods.map(ReconciledPeriod::day_count).sum()
        };
        let mut found = Vec::new();
        let mut add = |condition: Condition, days: u32| {
            if days > 0 {
                found.push(Found { condition, extent: in_words(days) });
            }
        };
        if self.rows.is_empty() {
            add(Condition::NoStatement, self.reconciliation.total_days.max(1));
            return found;
        }
        add(Condition::MissingDays, days(&[Status::MissingTheirs]));
        add(Condition::Provisional, days(&[Status::Provisional]));
        add(Condition::Suppressed, days(&[Status::Suppressed]));
        if self.contract.tags.is_none() {
            // Without tags days have the clicks of all codes, configured or not; only the month is compared.
            found.extend(self.out_of_tolerance(0, None));
            return found;
        }
        let compared = self.reconciliation.compared.as_ref().map(|compared| compared.row.status);
        let sums = [Some(self.status), Some(self.reconciliation.month.status), compared];
        let is_sum = |wanted: Status| sums.contains(&Some(wanted));
        let different = days(&[Status::CodesDiffer]);
        if different > 0 || is_sum(Status::CodesDiffer) {
            let codes = self.reconciliation.codes.iter().filter(|code| code.row.status.is_out_of_tolerance()).count();
            let extent = format!("{}, and {codes} codes in the month", in_words(different));
            found.push(Found { condition: Condition::Compensating, extent });
        }
        found.extend(self.out_of_tolerance(days(&OUT_OF_TOLERANCE), compared));
        found
    }

    /// Whether days, the month, or the days that both sides have are out of tolerance.
    fn out_of_tolerance(&self, days: u32, compared: Option<Status>) -> Option<Found> {
        let is_out = |status: Status| OUT_OF_TOLERANCE.contains(&status);
        let extent = format!("{}, and the month is {}", in_words(days), self.status.as_str());
        let is_found = days > 0 || is_out(self.status) || compared.is_some_and(is_out);
        is_found.then_some(Found { condition: Condition::OutOfTolerance, extent })
    }

    /// What the rows show.
    fn of_rows(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let mut add = |condition: Condition, extent: Option<String>| {
            found.extend(extent.map(|extent| Found { condition, extent }));
        };
        add(Condition::Unmapped, self.unmapped());
        let sums = subtotals(self.rows).len();
        add(Condition::Subtotals, (sums > 0).then(|| format!("{sums} of the statement's codes are sums of others")));
        let rows: u64 = self.stated.iter().map(|stated| stated.rows).sum();
        let told: u64 = self.stated.iter().map(|stated| stated.revenue.rows).sum();
        let is_partial = told > 0 && told < rows;
        add(Condition::PartialRevenue, is_partial.then(|| format!("{told} of {rows} rows tell their money")));
        add(Condition::Currencies, self.currencies());
        found
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
        let days = in_words_of(days.len());
        let extent = format!("UTC days from {first} to {last} ({days}) are signed as sums without hours{lost}");
        Some(Found { condition: Condition::RolledUp, extent })
    }

    fn unmapped(&self) -> Option<String> {
        let unmapped = || self.stated.iter().filter(|stated| !stated.is_mapped);
        let rows: u64 = unmapped().map(|stated| stated.rows).sum();
        let codes = unmapped().map(|stated| &stated.code).collect::<BTreeSet<_>>().len();
        (rows > 0).then(|| format!("{rows} rows for {codes} codes"))
    }

    /// Several currencies, or another one than the contract's.
    fn currencies(&self) -> Option<String> {
        let told = self.stated.iter().filter(|stated| stated.revenue.rows > 0);
        let currencies: BTreeSet<Currency> = told.filter_map(|stated| stated.currency).collect();
        let configured = match self.contract.profile.as_ref().map(|profile| &profile.currency) {
            Some(CurrencySource::In(currency)) => Some(*currency),
            Some(CurrencySource::Column(_) | CurrencySource::Header | CurrencySource::None) | None => None,
        };
        let is_other = configured.is_some_and(|configured| currencies.iter().any(|currency| *currency != configured));
        if currencies.len() < 2 && !is_other {
            return None;
        }
        let names: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
        let configured = configured.filter(|_| is_other);
        let configured =
            configured.map_or_else(String::new, |currency| format!(", configured is {}", currency.as_str()));
        Some(format!("money in {}{configured}", names.join(" and ")))
    }
}

fn in_words(days: u32) -> String {
    in_words_of(usize::try_from(days).unwrap_or(usize::MAX))
}

fn in_words_of(days: usize) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
