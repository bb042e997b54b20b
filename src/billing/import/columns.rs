//! Finds a profile's columns in the header row, by folded name.

use crate::billing::import::cell::Cell;
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::name_folding::fold_name;
use crate::billing::money::Currency;
use crate::billing::profile::{Columns, CurrencySource, Profile};

/// The placeholder for a currency code in the name of a column.
const CURRENCY_PLACEHOLDER: &str = "{currency}";

/// The index of each column in a row, from 0.
#[derive(Debug, Clone)]
pub(super) struct ColumnIndexes {
    /// The columns' names, as the file has them.
    pub names: Vec<String>,
    pub date: usize,
    pub hour: Option<usize>,
    pub code: Option<usize>,
    pub searches: Option<usize>,
    pub clicks: Option<usize>,
    pub revenue: Option<usize>,
    pub is_final: Option<usize>,
    pub dimensions: Vec<usize>,
    pub currency: Option<usize>,
    /// The currency code in the name of the revenue column.
    pub header_currency: Option<Currency>,
}

impl ColumnIndexes {
    /// Returns a column's name; empty if there is no such column.
    pub(super) fn name(&self, index: usize) -> &str {
        self.names.get(index).map_or("", String::as_str)
    }

    /// The columns that a row's values are read from.
    pub(super) fn used(&self) -> impl Iterator<Item = usize> {
        let Self { date, hour, code, searches, clicks, revenue, is_final, dimensions, currency, .. } = self;
        let single = [*hour, *code, *searches, *clicks, *revenue, *is_final, *currency].into_iter().flatten();
        std::iter::once(*date).chain(single).chain(dimensions.iter().copied())
    }

    /// The columns that a row of totals reports.
    pub(super) fn sums(&self) -> impl Iterator<Item = usize> {
        [self.searches, self.clicks, self.revenue].into_iter().flatten()
    }

    /// Checks that the value of each of these columns can be known.
    ///
    /// # Errors
    /// The first cell whose value cannot be known.
    pub(super) fn check_readable(
        &self,
        indexes: impl IntoIterator<Item = usize>,
        row: u64,
        cells: &[Cell],
    ) -> Result<(), ImportIssue> {
        let problem = |index: usize| {
            let cell = cells.get(index)?;
            cell.problem().map(|message| ImportIssue::in_cell(row, self.name(index), cell, message))
        };
        indexes.into_iter().find_map(problem).map_or(Ok(()), Err)
    }
}

/// Why a row is not the header: how many columns it has, and which are missing or ambiguous.
pub(super) struct HeaderMismatch {
    pub found: usize,
    pub missing: Vec<String>,
    pub ambiguous: Vec<String>,
}

/// Finds columns one after the other and records what it does not find.
struct ColumnFinder {
    names: Vec<String>,
    mismatch: HeaderMismatch,
    header_currency: Option<Currency>,
}

impl ColumnFinder {
    /// Returns the index of the only column with one of these names; `None` also if no name is configured.
    fn find(&mut self, wanted: &[String]) -> Option<usize> {
        let first = wanted.first()?;
        let is_wanted = |name: &str| wanted.iter().find_map(|wanted| match_name(name, wanted));
        let mut matches = self
            .names
            .iter()
            .enumerate()
            .filter_map(|(index, name)| is_wanted(name).map(|name_match| (index, name_match)));
        match (matches.next(), matches.next()) {
            (Some((index, name_match)), None) => {
                self.mismatch.found += 1;
                self.header_currency = self.header_currency.or(name_match.currency);
                Some(index)
            }
            (Some(_), Some(_)) => {
                self.mismatch.ambiguous.push(first.clone());
                None
            }
            (None, _) => {
                self.mismatch.missing.push(first.clone());
                None
            }
        }
    }
}

/// Finds the columns of a profile in a row.
pub(super) fn find_columns(cells: &[Cell], profile: &Profile) -> Result<ColumnIndexes, HeaderMismatch> {
    let mut finder = ColumnFinder {
        names: cells.iter().map(|cell| fold_name(cell)).collect(),
        mismatch: HeaderMismatch { found: 0, missing: Vec::new(), ambiguous: Vec::new() },
        header_currency: None,
    };
    let Columns { date, hour, code, searches, clicks, revenue, is_final, dimensions } = &profile.columns;
    let date = finder.find(date);
    let [hour, code, searches] = [hour, code, searches].map(|wanted| finder.find(wanted));
    let [clicks, revenue, is_final] = [clicks, revenue, is_final].map(|wanted| finder.find(wanted));
    let dimensions = dimensions.iter().filter_map(|name| finder.find(std::slice::from_ref(name))).collect();
    let currency = if let CurrencySource::Column(names) = &profile.currency { finder.find(names) } else { None };
    let ColumnFinder { mismatch, header_currency, .. } = finder;
    let names = cells.iter().map(|cell| cell.to_string()).collect();
    match date {
        Some(date) if mismatch.missing.is_empty() && mismatch.ambiguous.is_empty() => Ok(ColumnIndexes {
            names,
            date,
            hour,
            code,
            searches,
            clicks,
            revenue,
            is_final,
            dimensions,
            currency,
            header_currency,
        }),
        Some(_) | None => Err(mismatch),
    }
}

/// A name that matches, with the currency code in the placeholder's position.
struct NameMatch {
    currency: Option<Currency>,
}

fn match_name(folded: &str, wanted: &str) -> Option<NameMatch> {
    let Some((before, after)) = wanted.split_once(CURRENCY_PLACEHOLDER) else {
        return (fold_name(wanted) == folded).then_some(NameMatch { currency: None });
    };
    let letters = folded.strip_prefix(&fold_name(before))?.strip_suffix(&fold_name(after))?;
    Currency::new(&letters.to_ascii_uppercase()).map(|currency| NameMatch { currency: Some(currency) })
}

/// The issue to report if no row is the header; `closest` is the row that has the most columns, and its number.
pub(super) fn no_header(closest: Option<(u64, HeaderMismatch)>) -> ImportIssue {
    let Some((row, mismatch)) = closest.filter(|(_, mismatch)| mismatch.found > 0) else {
        return ImportIssue::new(
            "no row has the profile's columns; set date, clicks and the others to the names in this file's header \
             (`qsproxy statement profile FILE` proposes a profile)",
        );
    };
    let list = |names: &[String]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let HeaderMismatch { missing, ambiguous, .. } = &mismatch;
    if ambiguous.is_empty() {
        let message = format!("the header has no column {}; correct its name in the partner's profile", list(missing));
        return ImportIssue::in_row(row, message);
    }
    let message =
        format!("the header has more than one column {}; set the exact name of the right one", list(ambiguous));
    ImportIssue::in_row(row, message)
}
