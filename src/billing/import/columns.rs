//! Finds a profile's columns in the header row, by folded name.

use crate::billing::import::cell::FileCell;
use crate::billing::import::currency_columns::{currency_columns, other_currency};
use crate::billing::import::header::HeaderName;
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::name_folding::fold_name;
use crate::billing::money::Currency;
use crate::billing::profile::{Columns, CurrencySource, Profile};
use crate::billing::row_rules::OptionalColumn;

/// The placeholder for a currency code in the name of a column.
const CURRENCY_PLACEHOLDER: &str = "{currency}";

/// The index of each column in a row, from 0.
#[derive(Debug, Clone)]
pub(super) struct ColumnIndexes {
    /// The columns' names, as the file has them.
    pub names: Vec<String>,
    pub date: usize,
    /// The last day of a week or a month.
    pub date_end: Option<usize>,
    pub hour: Option<usize>,
    pub code: Option<usize>,
    pub searches: Option<usize>,
    pub clicks: Option<usize>,
    pub revenue: Option<usize>,
    pub is_final: Option<usize>,
    pub dimensions: Vec<usize>,
    pub currency: Option<usize>,
    /// Columns that name a currency, although the profile takes it from elsewhere.
    pub unused_currencies: Vec<usize>,
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
        let Self { date, date_end, hour, code, searches, clicks, revenue, is_final, dimensions, currency, .. } = self;
        let single =
            [*date_end, *hour, *code, *searches, *clicks, *revenue, *is_final, *currency].into_iter().flatten();
        std::iter::once(*date).chain(single).chain(dimensions.iter().copied())
    }

    /// The columns that a row of totals reports.
    pub(super) fn sums(&self) -> impl Iterator<Item = usize> {
        [self.searches, self.clicks, self.revenue].into_iter().flatten()
    }

    /// Checks that a row has the header's columns. Empty cells beyond the last named column may be missing, or too many.
    ///
    /// # Errors
    /// The row is too short, or has values beyond the header.
    pub(super) fn check_length(&self, row: u64, cells: &[FileCell]) -> Result<(), ImportIssue> {
        let named = self.names.iter().rposition(|name| !name.trim().is_empty()).map_or(0, |last| last + 1);
        let mut beyond = cells.iter().skip(self.names.len());
        if cells.len() >= named && beyond.all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        let message = format!(
            "this row has {} cells, the header has {}; remove the line, or list its beginning in footers",
            cells.len(),
            self.names.len()
        );
        Err(ImportIssue::in_row(row, message))
    }

    /// Checks that the value of each of these columns can be known.
    ///
    /// # Errors
    /// The first cell whose value cannot be known.
    pub(super) fn check_readable(
        &self,
        indexes: impl IntoIterator<Item = usize>,
        row: u64,
        cells: &[FileCell],
    ) -> Result<(), ImportIssue> {
        let problem = |index: usize| {
            let cell = cells.get(index)?;
            cell.problem().map(|message| ImportIssue::in_cell(row, self.name(index), cell, message))
        };
        indexes.into_iter().find_map(problem).map_or(Ok(()), Err)
    }
}

impl ColumnIndexes {
    /// Checks that no column of a row names another currency than the profile.
    ///
    /// # Errors
    /// One does.
    pub(super) fn check_currency(&self, currency: Currency, row: u64, cells: &[FileCell]) -> Result<(), ImportIssue> {
        let other = self.unused_currencies.iter().copied().find_map(|index| {
            let text = cells.get(index)?.trim();
            let is_other_code = Currency::new(&text.to_ascii_uppercase()).is_some_and(|named| named != currency);
            (is_other_code || other_currency(text, currency).is_some()).then_some((index, text))
        });
        let Some((index, text)) = other else { return Ok(()) };
        let (name, profile) = (self.name(index), currency.as_str());
        let message = format!(
            "the profile takes the money as {profile}; set currency_column = \"{name}\" in place of currency, or, if that is not the \
             currency of the revenue, list it in dimensions"
        );
        Err(ImportIssue::in_cell(row, name, text, message))
    }
}

/// Why a row is not the header: how many columns it has, and which are missing or ambiguous.
pub(super) struct HeaderMismatch {
    pub found: usize,
    pub missing: Vec<String>,
    pub ambiguous: Vec<String>,
}

/// Finds columns one after the other and records what it does not find.
struct ColumnFinder<'h> {
    names: &'h [HeaderName],
    optional: &'h [OptionalColumn],
    mismatch: HeaderMismatch,
    header_currency: Option<Currency>,
}

impl ColumnFinder<'_> {
    /// Returns the index of the only column with one of these names; `None` also if no name is configured.
    fn find(&mut self, wanted: &[String]) -> Option<usize> {
        self.find_or(wanted, None)
    }

    /// Like `find`, for a column that may be absent if the profile says so.
    fn find_or(&mut self, wanted: &[String], optional: Option<OptionalColumn>) -> Option<usize> {
        let first = wanted.first()?;
        let mut indexes: Vec<usize> = wanted.iter().flat_map(|name| self.named(name)).collect();
        indexes.sort_unstable();
        indexes.dedup();
        match indexes.as_slice() {
            [index] => {
                self.mismatch.found += 1;
                let currency = |name: &HeaderName| {
                    wanted.iter().find_map(|wanted| name.find_map(|name| currency_in(name, wanted)))
                };
                self.header_currency = self.header_currency.or_else(|| self.names.get(*index).and_then(currency));
                Some(*index)
            }
            [] => {
                if !optional.is_some_and(|optional| self.optional.contains(&optional)) {
                    self.mismatch.missing.push(first.clone());
                }
                None
            }
            _ => {
                self.mismatch.ambiguous.push(first.clone());
                None
            }
        }
    }

    /// The columns with a name: `Clicks`, `Clicks#2` for the second of that name, or with spaces for underscores.
    fn named(&self, wanted: &str) -> Vec<usize> {
        let with_name = |wanted: &str, loosely: bool| -> Vec<usize> {
            let folded = if loosely { fold_name(wanted).replace('_', "") } else { fold_name(wanted) };
            let is_wanted = |name: &str| name == folded || currency_in(name, wanted).is_some();
            (0..).zip(self.names).filter(|(_, name)| name.matches(is_wanted, loosely)).map(|(index, _)| index).collect()
        };
        let with_any_name = |wanted: &str| {
            let exact = with_name(wanted, false);
            if exact.is_empty() { with_name(wanted, true) } else { exact }
        };
        let found = with_any_name(wanted);
        if !found.is_empty() {
            return found;
        }
        let Some((name, nth)) = wanted.rsplit_once('#') else { return found };
        let nth = nth.parse::<usize>().ok().and_then(|nth| nth.checked_sub(1));
        nth.and_then(|nth| with_any_name(name).get(nth).copied()).into_iter().collect()
    }
}

/// Finds the columns of a profile in a header.
pub(super) fn find_columns(header: &[HeaderName], profile: &Profile) -> Result<ColumnIndexes, HeaderMismatch> {
    let mut finder = ColumnFinder {
        names: header,
        optional: &profile.rules.optional,
        mismatch: HeaderMismatch { found: 0, missing: Vec::new(), ambiguous: Vec::new() },
        header_currency: None,
    };
    let Columns { date, hour, code, searches, clicks, revenue, is_final, dimensions } = &profile.columns;
    let date = finder.find(date);
    let date_end = finder.find(&profile.rules.date_end);
    let hour = finder.find_or(hour, Some(OptionalColumn::Hour));
    let code = finder.find_or(code, Some(OptionalColumn::Code));
    let searches = finder.find_or(searches, Some(OptionalColumn::Searches));
    let clicks = finder.find(clicks);
    let revenue = finder.find_or(revenue, Some(OptionalColumn::Revenue));
    let is_final = finder.find_or(is_final, Some(OptionalColumn::Final));
    let dimension = |name| finder.find_or(std::slice::from_ref(name), Some(OptionalColumn::Dimensions));
    let dimensions = dimensions.iter().filter_map(dimension).collect();
    let currency = match &profile.currency {
        CurrencySource::Column(names) if revenue.is_some() => finder.find(names),
        CurrencySource::Column(_) | CurrencySource::In(_) | CurrencySource::Header | CurrencySource::None => None,
    };
    let is_used = currency.is_some() || revenue.is_none();
    let unused_currencies = if is_used { Vec::new() } else { currency_columns(header, &profile.columns.dimensions) };
    let ColumnFinder { mismatch, header_currency, .. } = finder;
    let names = header.iter().map(|name| name.shown.clone()).collect();
    match date {
        Some(date) if mismatch.missing.is_empty() && mismatch.ambiguous.is_empty() => Ok(ColumnIndexes {
            names,
            date,
            date_end,
            hour,
            code,
            searches,
            clicks,
            revenue,
            is_final,
            dimensions,
            currency,
            unused_currencies,
            header_currency,
        }),
        Some(_) | None => Err(mismatch),
    }
}

/// Returns the currency code that a folded name has in the place of the wanted name's placeholder.
fn currency_in(folded: &str, wanted: &str) -> Option<Currency> {
    let (before, after) = wanted.split_once(CURRENCY_PLACEHOLDER)?;
    let letters = folded.strip_prefix(&fold_name(before))?.strip_suffix(&fold_name(after))?;
    Currency::assigned(&letters.to_ascii_uppercase())
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
    let first = ambiguous.first().map_or("", String::as_str);
    let message = format!(
        "the header has more than one column {}; set the exact name of the right one, or its place among those of one name: \
         \"{first}#1\", \"{first}#2\"",
        list(ambiguous)
    );
    ImportIssue::in_row(row, message)
}
