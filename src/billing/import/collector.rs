//! Collects rows into a statement: classifies each row, parses it strictly, and adds it up by day and code.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::billing::code_scope::CodeScope;
use crate::billing::import::cell::Cell;
use crate::billing::import::columns::{ColumnIndexes, HeaderMismatch, find_columns};
use crate::billing::import::duplicates::DuplicateFilter;
use crate::billing::import::issue::{ImportIssue, MAX_ISSUES};
use crate::billing::import::name_folding::fold_name;
use crate::billing::import::row_values::{RowValues, is_empty_cell};
use crate::billing::import::totals::ColumnSums;
use crate::billing::money::Currency;
use crate::billing::profile::{CurrencySource, Profile, TotalsRule};
use crate::billing::statement::{LeftOut, Statement, StatementRow};

/// A row of totals, with its number if it is among the rows.
struct TotalsRow {
    row: Option<u64>,
    cells: Vec<Cell>,
}

/// The rows of a file so far.
pub(super) struct RowCollector<'p> {
    profile: &'p Profile,
    /// Beginnings of rows to ignore, folded.
    footers: Vec<String>,
    /// Beginnings of rows of totals, folded.
    total_texts: Vec<String>,
    columns: Option<ColumnIndexes>,
    header: Vec<Cell>,
    /// The last row if the profile says that the last row holds totals: it may be that one.
    pending: Option<(u64, Vec<Cell>)>,
    duplicates: DuplicateFilter<'p>,
    sums: BTreeMap<(Date, String), RowValues>,
    totals: Vec<TotalsRow>,
    currency: Option<Currency>,
    left_out: LeftOut,
    issues: Vec<ImportIssue>,
}

/// What a row is.
enum RowClass {
    Footer,
    RepeatedHeader,
    Totals,
    Data,
}

impl<'p> RowCollector<'p> {
    pub(super) fn new(profile: &'p Profile) -> Self {
        let total_text = |total: &TotalsRule| match total {
            TotalsRule::Text(text) => Some(fold_name(text)),
            TotalsRule::Empty | TotalsRule::Last => None,
        };
        Self {
            profile,
            footers: profile.footers.iter().map(|footer| fold_name(footer)).collect(),
            total_texts: profile.totals.iter().filter_map(total_text).collect(),
            columns: None,
            header: Vec::new(),
            pending: None,
            duplicates: DuplicateFilter::new(&profile.zone),
            sums: BTreeMap::new(),
            totals: Vec::new(),
            currency: None,
            left_out: LeftOut::default(),
            issues: Vec::new(),
        }
    }

    /// Takes a row as the header if it has the profile's columns.
    ///
    /// # Errors
    /// The row is not the header.
    pub(super) fn read_header(&mut self, cells: &[Cell]) -> Result<(), HeaderMismatch> {
        let columns = find_columns(cells, self.profile)?;
        self.currency = match (&self.profile.currency, columns.header_currency) {
            (CurrencySource::In(currency), Some(in_header)) if *currency != in_header => {
                let (profile, header) = (currency.as_str(), in_header.as_str());
                self.issues.push(ImportIssue::new(format!(
                    "the header says {header}, the profile says currency = \"{profile}\"; correct the profile"
                )));
                None
            }
            (CurrencySource::In(currency), _) => Some(*currency),
            (CurrencySource::Header, in_header) => in_header,
            (CurrencySource::Column(_) | CurrencySource::None, _) => None,
        };
        self.header = cells.to_vec();
        self.columns = Some(columns);
        Ok(())
    }

    pub(super) fn has_header(&self) -> bool {
        self.columns.is_some()
    }

    /// Whether further rows need not be read: there are enough issues, or too many rows.
    pub(super) fn is_full(&self) -> bool {
        self.issues.len() >= MAX_ISSUES || (self.duplicates.is_full() && !self.issues.is_empty())
    }

    /// Adds a row of totals that is not among the rows.
    pub(super) fn push_totals(&mut self, cells: Vec<Cell>) {
        self.totals.push(TotalsRow { row: None, cells });
    }

    /// Adds the next row below the header.
    pub(super) fn push(&mut self, row: u64, cells: Vec<Cell>) {
        if !self.profile.totals.contains(&TotalsRule::Last) {
            self.collect(row, cells);
        } else if let Some((row, cells)) = self.pending.replace((row, cells)) {
            self.collect(row, cells);
        }
    }

    fn collect(&mut self, row: u64, cells: Vec<Cell>) {
        let Some(columns) = self.columns.take() else { return };
        match self.classify(&columns, &cells) {
            RowClass::Footer => self.left_out.footers += 1,
            RowClass::RepeatedHeader => self.left_out.headers += 1,
            RowClass::Totals => self.totals.push(TotalsRow { row: Some(row), cells }),
            RowClass::Data => {
                if let Err(issue) = self.add(&columns, row, &cells) {
                    self.issues.push(issue);
                }
            }
        }
        self.columns = Some(columns);
    }

    fn classify(&self, columns: &ColumnIndexes, cells: &[Cell]) -> RowClass {
        let first = fold_name(cells.iter().find(|cell| !cell.trim().is_empty()).map_or("", |cell| cell));
        if self.footers.iter().any(|footer| first.starts_with(footer)) {
            return RowClass::Footer;
        }
        if cells == self.header {
            return RowClass::RepeatedHeader;
        }
        let has_no_date = || is_empty_cell(cells.get(columns.date).map_or("", |cell| cell.trim()));
        if self.total_texts.iter().any(|text| first.starts_with(text))
            || (self.profile.totals.contains(&TotalsRule::Empty) && has_no_date())
        {
            return RowClass::Totals;
        }
        RowClass::Data
    }

    fn add(&mut self, columns: &ColumnIndexes, row: u64, cells: &[Cell]) -> Result<(), ImportIssue> {
        if cells.len() != columns.names.len() {
            let message = format!(
                "this row has {} cells, the header has {}; remove the line, or list its beginning in footers",
                cells.len(),
                columns.names.len()
            );
            return Err(ImportIssue::in_row(row, message));
        }
        columns.check_readable(columns.used(), row, cells)?;
        let day = self.day(columns, row, cells)?;
        if self.duplicates.is_repeated(columns, row, cells, day)? {
            self.left_out.repeated += 1;
            return Ok(());
        }
        self.check_currency(columns, row, cells)?;
        let parsed = RowValues::parse(self.profile, columns, row, cells)?;
        self.left_out.rounded += u64::from(parsed.is_rounded);
        let code = columns.code.and_then(|code| cells.get(code)).map_or("", |code| code.trim()).to_owned();
        let sum = match self.sums.get(&(day, code.clone())) {
            None => parsed.values,
            Some(sum) => sum
                .plus(parsed.values)
                .ok_or_else(|| ImportIssue::in_row(row, "the sum for this day and code is too large"))?,
        };
        self.sums.insert((day, code), sum);
        Ok(())
    }

    fn day(&self, columns: &ColumnIndexes, row: u64, cells: &[Cell]) -> Result<Date, ImportIssue> {
        let cell = cells.get(columns.date);
        let text = cell.map_or("", |cell| cell.trim());
        let format = &self.profile.date_format;
        let day = if cell.is_some_and(Cell::is_time) {
            text.parse().map_err(|_| "not a date; enter the day in this cell, or set the right column".to_owned())
        } else {
            let day = jiff::fmt::strtime::parse(format, text).and_then(|time| time.to_date());
            day.map_err(|_| format!("does not match date_format = \"{format}\""))
        };
        day.map_err(|message| ImportIssue::in_cell(row, columns.name(columns.date), text, message))
    }

    fn check_currency(&mut self, columns: &ColumnIndexes, row: u64, cells: &[Cell]) -> Result<(), ImportIssue> {
        let Some(index) = columns.currency else { return Ok(()) };
        let text = cells.get(index).map_or("", |cell| cell.trim());
        let issue = |message: &str| ImportIssue::in_cell(row, columns.name(index), text, message);
        let currency = Currency::new(text)
            .ok_or_else(|| issue("not a currency code; expected three capital letters (ISO 4217)"))?;
        if *self.currency.get_or_insert(currency) != currency {
            return Err(issue(
                "the rows above are in another currency; configure a partner for each currency and import each separately",
            ));
        }
        Ok(())
    }

    /// Returns the statement.
    ///
    /// # Errors
    /// All issues found.
    pub(super) fn finish(mut self, sha256: String) -> Result<Statement, Vec<ImportIssue>> {
        if let Some((row, cells)) = self.pending.take() {
            self.totals.push(TotalsRow { row: Some(row), cells });
        }
        if self.issues.is_empty() {
            self.check_totals();
        }
        if self.issues.is_empty() {
            self.check_days();
        }
        let ends = (self.sums.first_key_value(), self.sums.last_key_value());
        let (Some(((first, _), _)), Some(((last, _), _)), true) = (ends.0, ends.1, self.issues.is_empty()) else {
            return Err(self.issues);
        };
        let (first, last) = (*first, *last);
        self.left_out.totals = self.totals.len() as u64;
        let currency = self.currency.filter(|_| !self.profile.columns.revenue.is_empty());
        let row = |((day, code), values): ((Date, String), RowValues)| {
            let RowValues { searches, clicks, revenue, is_final } = values;
            StatementRow { day, last: day, code, searches, clicks, revenue, currency, is_final }
        };
        Ok(Statement {
            sha256,
            profile: self.profile.text(),
            first,
            last,
            codes: CodeScope::All,
            currency,
            rows: self.sums.into_iter().map(row).collect(),
            corrections: Vec::new(),
            left_out: self.left_out,
        })
    }

    fn check_totals(&mut self) {
        let Some(columns) = &self.columns else { return };
        if self.totals.is_empty() {
            return;
        }
        let sums = ColumnSums::new(&self.sums, self.duplicates.len() as u64);
        for TotalsRow { row, cells } in &self.totals {
            if self.issues.len() >= MAX_ISSUES {
                return;
            }
            let checked = sums.check(self.profile, columns, row.unwrap_or(0), cells);
            // A row of totals that is not among the rows has no number.
            self.issues.extend(checked.err().map(|issue| ImportIssue { row: *row, ..issue }));
        }
    }

    /// Reports each day without a row between the first and the last day: a missing day is not a day of zero.
    fn check_days(&mut self) {
        let mut days = self.sums.keys().map(|(day, _)| *day);
        let Some(first) = days.next() else {
            let message = "there are no rows below the header; an empty statement is not a statement of zero";
            self.issues.push(ImportIssue::new(message));
            return;
        };
        let mut previous = first;
        for day in days {
            let mut missing = previous.tomorrow().ok();
            while let Some(date) = missing.filter(|date| *date < day) {
                if self.issues.len() >= MAX_ISSUES {
                    return;
                }
                self.issues.push(ImportIssue::new(format!(
                    "{date} is missing; ask the partner for it, since a missing day is not a day of zero"
                )));
                missing = date.tomorrow().ok();
            }
            previous = day;
        }
    }
}
