//! Collects rows into a statement: classifies each row, parses it strictly, and adds it up by day, code and currency.

use jiff::civil::Date;

use crate::billing::code_scope::CodeScope;
use crate::billing::import::cell::FileCell;
use crate::billing::import::columns::{ColumnIndexes, HeaderMismatch, find_columns};
use crate::billing::import::corrections::{OwnDays, older_rows};
use crate::billing::import::coverage;
use crate::billing::import::currency_columns::{NO_CURRENCY, cell_currency, other_currency};
use crate::billing::import::dates::DateReader;
use crate::billing::import::dates::period::Moment;
use crate::billing::import::digits::{OTHER_DIGITS, has_other_digits};
use crate::billing::import::duplicates::DuplicateFilter;
use crate::billing::import::header::HeaderRows;
use crate::billing::import::issue::{ImportIssue, MAX_ISSUES, quoted};
use crate::billing::import::row_class::{RowClass, RowClassifier};
use crate::billing::import::row_values::{ParsedRow, RowValues};
use crate::billing::import::sums::{RowKey, RowSums};
use crate::billing::import::totals::{TotalsCheck, TotalsRow};
use crate::billing::import::undated::UndatedRows;
use crate::billing::import::unlabelled::{UnlabelledRows, empty_label};
use crate::billing::money::{Currency, Micros};
use crate::billing::profile::{CurrencySource, Profile, TotalsRule};
use crate::billing::statement::{LeftOut, Statement, StatementRow};

/// What to do about rows without a day.
const NO_DAY: &str = "if rows without a day are sums, set totals = \"empty\"; if they are adjustments of the whole file, undated_rows = \"empty\"";

/// The code of a row; empty if there is no such column.
fn code(columns: &ColumnIndexes, cells: &[FileCell]) -> String {
    columns.code.and_then(|code| cells.get(code)).map_or("", |code| code.trim()).to_owned()
}

/// The rows of a file so far.
pub(super) struct RowCollector<'p> {
    profile: &'p Profile,
    classifier: RowClassifier<'p>,
    header: HeaderRows,
    columns: Option<ColumnIndexes>,
    /// The last row if the profile says that the last row holds totals: it may be that one.
    pending: Option<(u64, Vec<FileCell>)>,
    dates: DateReader<'p>,
    /// Dates that do not match, as long as another format fits all of them.
    unmatched_dates: Vec<ImportIssue>,
    duplicates: DuplicateFilter<'p>,
    sums: RowSums,
    unlabelled: UnlabelledRows,
    undated: UndatedRows,
    totals: Vec<TotalsRow>,
    /// The currency of all rows, if it is not in a column.
    currency: Option<Currency>,
    left_out: LeftOut,
    /// The most decimals of an amount.
    decimals: u32,
    issues: Vec<ImportIssue>,
}

impl<'p> RowCollector<'p> {
    pub(super) fn new(profile: &'p Profile) -> Self {
        Self {
            profile,
            classifier: RowClassifier::new(profile),
            header: HeaderRows::new(profile.rules.header_rows),
            columns: None,
            pending: None,
            dates: DateReader::new(profile),
            unmatched_dates: Vec::new(),
            duplicates: DuplicateFilter::new(&profile.zone),
            sums: RowSums::default(),
            unlabelled: UnlabelledRows::default(),
            undated: UndatedRows::default(),
            totals: Vec::new(),
            currency: None,
            left_out: LeftOut::default(),
            decimals: 0,
            issues: Vec::new(),
        }
    }

    /// Takes a row as the header, or as its last row, if it has the profile's columns.
    ///
    /// # Errors
    /// The row is not the header.
    pub(super) fn read_header(&mut self, cells: &[FileCell]) -> Result<(), HeaderMismatch> {
        let names = self.header.push(cells).unwrap_or_default();
        let columns = find_columns(&names, self.profile)?;
        let currency = match (&self.profile.currency, columns.header_currency) {
            (CurrencySource::In(currency), Some(in_header)) if *currency != in_header => {
                let (profile, header) = (currency.as_str(), in_header.as_str());
                self.issues.push(ImportIssue::new(format!(
                    "the header says {header}, the profile says currency = \"{profile}\"; correct the profile"
                )));
                None
            }
            (CurrencySource::In(currency), _) => {
                let name = columns.revenue.map_or("", |index| columns.name(index));
                if let Some(other) = other_currency(name, *currency) {
                    let (name, profile) = (quoted(name), currency.as_str());
                    self.issues.push(ImportIssue::new(format!(
                        "the column {name} names {other}, and the profile says currency = \"{profile}\"; correct the profile"
                    )));
                }
                Some(*currency)
            }
            (CurrencySource::Header, in_header) => in_header,
            (CurrencySource::Column(_) | CurrencySource::None, _) => None,
        };
        self.currency = currency.filter(|_| columns.revenue.is_some());
        self.columns = Some(columns);
        Ok(())
    }

    pub(super) fn has_header(&self) -> bool {
        self.columns.is_some()
    }

    /// The number of columns in the header.
    pub(super) fn width(&self) -> usize {
        self.columns.as_ref().map_or(0, |columns| columns.names.len())
    }

    /// Whether further rows need not be read: there are enough issues, or too many rows.
    pub(super) fn is_full(&self) -> bool {
        self.issues.len() >= MAX_ISSUES || (self.duplicates.is_full() && !self.issues.is_empty())
    }

    /// Counts an entry that the profile declares as no row.
    pub(super) fn leave_out(&mut self) {
        self.left_out.footers += 1;
    }

    /// Adds a row of totals that is not among the rows.
    pub(super) fn push_totals(&mut self, cells: Vec<FileCell>) {
        let section = self.sums.end_section();
        self.totals.push(TotalsRow { row: None, cells, period: None, section, is_of_code: false });
    }

    /// Adds the next row below the header.
    pub(super) fn push(&mut self, row: u64, cells: Vec<FileCell>) {
        if !self.profile.totals.contains(&TotalsRule::Last) {
            self.collect(row, cells);
        } else if let Some((row, cells)) = self.pending.replace((row, cells)) {
            self.collect(row, cells);
        }
    }

    fn collect(&mut self, row: u64, cells: Vec<FileCell>) {
        let Some(columns) = self.columns.take() else { return };
        match self.classifier.classify(&columns, &self.header, row, &cells) {
            Ok(RowClass::Footer) => self.left_out.footers += 1,
            Ok(RowClass::RepeatedHeader) => self.left_out.headers += 1,
            Ok(RowClass::Totals) => self.add_totals(&columns, row, cells),
            Ok(RowClass::Data) => {
                if let Err(issue) = self.add(&columns, row, &cells) {
                    self.issues.push(issue);
                }
            }
            Ok(RowClass::Undated) => {
                if let Err(issue) = self.add_undated(&columns, row, &cells) {
                    self.issues.push(issue);
                }
            }
            Err(issue) => self.issues.push(issue),
        }
        self.columns = Some(columns);
    }

    fn add_totals(&mut self, columns: &ColumnIndexes, row: u64, cells: Vec<FileCell>) {
        let section = self.sums.end_section();
        let period = self.moment(columns, &cells).ok().map(|moment| moment.period);
        let is_of_code = self.profile.totals.contains(&TotalsRule::Unlabelled) && period.is_some();
        self.totals.push(TotalsRow { row: Some(row), cells, period, section, is_of_code });
    }

    fn add(&mut self, columns: &ColumnIndexes, row: u64, cells: &[FileCell]) -> Result<(), ImportIssue> {
        columns.check_length(row, cells)?;
        columns.check_readable(columns.used(), row, cells)?;
        let date = cells.get(columns.date).map_or("", |cell| cell.trim());
        let moment = match self.moment(columns, cells) {
            Ok(moment) => {
                self.issues.append(&mut self.unmatched_dates);
                moment
            }
            Err(message) => {
                let advice = if date.is_empty() {
                    Some(NO_DAY)
                } else {
                    (has_other_digits(date) && !self.profile.rules.has_any_digits).then_some(OTHER_DIGITS)
                };
                let message = advice.map_or(message.clone(), |advice| format!("{message}; {advice}"));
                self.note_date(ImportIssue::in_cell(row, columns.name(columns.date), date, message));
                return Ok(());
            }
        };
        let is_repeated = self.duplicates.is_repeated(columns, row, cells, &moment)?;
        let currency = self.row_currency(columns, row, cells)?;
        let parsed = RowValues::parse(self.profile, columns, row, cells, currency)?;
        if is_repeated {
            self.note_repeated(parsed.values);
            return Ok(());
        }
        self.note_amount(&parsed);
        let key = RowKey { day: moment.period.first, code: code(columns, cells), last: moment.period.last, currency };
        if let Some(empty) = empty_label(columns, cells, self.profile) {
            self.unlabelled.note(row, empty, columns, (&key, parsed.values));
        }
        let too_large = || ImportIssue::in_row(row, "the sum for this day and code is too large");
        self.sums.add(key, parsed.values).ok_or_else(too_large)
    }

    /// Adds a row without a day.
    fn add_undated(&mut self, columns: &ColumnIndexes, row: u64, cells: &[FileCell]) -> Result<(), ImportIssue> {
        columns.check_length(row, cells)?;
        columns.check_readable(columns.used(), row, cells)?;
        let currency = self.row_currency(columns, row, cells)?;
        let parsed = RowValues::parse(self.profile, columns, row, cells, currency)?;
        if self.duplicates.is_repeated_text(row, cells)? {
            self.note_repeated(parsed.values);
            return Ok(());
        }
        self.note_amount(&parsed);
        let change = parsed.values.as_change(columns);
        self.sums.add_to_section(&change, currency);
        self.undated.push(row, code(columns, cells), (currency, change));
        Ok(())
    }

    fn note_repeated(&mut self, values: RowValues) {
        let left_out = &mut self.left_out;
        left_out.repeated += 1;
        left_out.repeated_clicks = left_out.repeated_clicks.saturating_add(values.clicks.unwrap_or(0));
        let revenue = values.revenue.map_or(0, |Micros(micros)| micros);
        left_out.repeated_revenue = Micros(left_out.repeated_revenue.0.saturating_add(revenue));
    }

    fn note_amount(&mut self, parsed: &ParsedRow) {
        self.decimals = self.decimals.max(parsed.decimals);
        self.left_out.rounded += u64::from(parsed.is_rounded);
    }

    /// Reads the days of a row.
    fn moment(&mut self, columns: &ColumnIndexes, cells: &[FileCell]) -> Result<Moment, String> {
        let empty = FileCell::text("");
        let date = cells.get(columns.date).unwrap_or(&empty);
        let end = columns.date_end.map(|index| cells.get(index).unwrap_or(&empty));
        self.dates.read(date, end)
    }

    /// Keeps an issue of a date apart as long as one other format fits all dates: it is then reported once.
    fn note_date(&mut self, issue: ImportIssue) {
        if self.unmatched_dates.len() < MAX_ISSUES {
            self.unmatched_dates.push(issue);
        }
        if !self.dates.is_another_format() {
            self.issues.append(&mut self.unmatched_dates);
        }
    }

    /// The currency of a row's revenue.
    fn row_currency(
        &self,
        columns: &ColumnIndexes,
        row: u64,
        cells: &[FileCell],
    ) -> Result<Option<Currency>, ImportIssue> {
        let Some(index) = columns.currency else {
            if let Some(currency) = self.currency {
                columns.check_currency(currency, row, cells)?;
            }
            return Ok(self.currency);
        };
        let text = cells.get(index).map_or("", |cell| cell.trim());
        cell_currency(text).map(Some).ok_or_else(|| ImportIssue::in_cell(row, columns.name(index), text, NO_CURRENCY))
    }

    /// Returns the statement.
    ///
    /// # Errors
    /// All issues found.
    pub(super) fn finish(mut self, sha256: String) -> Result<Statement, Vec<ImportIssue>> {
        if let Some((row, cells)) = self.pending.take()
            && let Some(columns) = self.columns.take()
        {
            self.add_totals(&columns, row, cells);
            self.columns = Some(columns);
        }
        self.check_dates();
        if self.columns.is_none() && self.issues.is_empty() {
            self.issues.push(ImportIssue::new("there are no rows; an empty statement is not a statement of zero"));
        }
        if self.issues.is_empty() {
            self.issues.extend(self.columns.as_ref().and_then(|columns| self.unlabelled.issue(&self.sums, columns)));
        }
        if self.issues.is_empty() {
            let undated = std::mem::take(&mut self.undated);
            self.issues.extend(undated.add_to_last(&mut self.sums, &mut self.left_out).err());
        }
        if let (true, Some(columns)) = (self.issues.is_empty(), &self.columns) {
            let (profile, sums) = (self.profile, &self.sums);
            let check = TotalsCheck { profile, columns, sums, currency: self.currency, decimals: self.decimals };
            let mut issues = Vec::new();
            for totals in &self.totals {
                match check.check(totals) {
                    Ok(difference) => {
                        self.left_out.totals_difference = self.left_out.totals_difference.max(difference);
                    }
                    // A row of totals that is not among the rows has no number.
                    Err(issue) => issues.push(ImportIssue { row: totals.row, ..issue }),
                }
            }
            issues.truncate(MAX_ISSUES);
            self.issues.extend(issues);
        }
        let own = self.sums.own_days(&self.profile.rules);
        let corrections = own.map_or(Vec::new(), |own| self.sums.take_before(own.first));
        if let (true, Some(OwnDays { asked: Some(days), .. })) = (self.issues.is_empty(), own) {
            self.issues.push(older_rows(days));
        }
        let mut zero_days = 0;
        if let (true, Some(columns)) = (self.issues.is_empty(), &self.columns) {
            match coverage::check(&mut self.sums, self.profile, columns) {
                Ok(days) => zero_days = days,
                Err(issues) => self.issues.extend(issues),
            }
        }
        let first = self.sums.keys().map(|key| key.day).min();
        let last = self.sums.keys().map(|key| key.last).max();
        match (first, last, self.issues.is_empty()) {
            (Some(first), Some(last), true) => Ok(self.into_statement(sha256, [first, last], zero_days, corrections)),
            _ => Err(self.issues),
        }
    }

    /// Reports dates that match no format, and days of another zone.
    fn check_dates(&mut self) {
        let advice = self.dates.advice();
        if let (Some(advice), Some(first)) = (advice, self.unmatched_dates.first()) {
            let message = format!("{}; {advice}", first.message);
            self.issues.push(ImportIssue { message, ..first.clone() });
        } else {
            self.issues.append(&mut self.unmatched_dates);
        }
        self.issues.extend(self.dates.wrong_zone().map(ImportIssue::new));
    }

    fn into_statement(
        self,
        sha256: String,
        [first, last]: [Date; 2],
        zero_days: u64,
        corrections: Vec<(RowKey, RowValues)>,
    ) -> Statement {
        let totals = self.totals.len() as u64;
        let row = |(key, values): (RowKey, RowValues)| {
            let RowKey { day, code, last, currency } = key;
            let RowValues { searches, clicks, revenue, is_final } = values;
            StatementRow { day, last, code, searches, clicks, revenue, currency, is_final }
        };
        Statement {
            sha256,
            profile: self.profile.text(),
            first,
            last,
            codes: CodeScope::All,
            currency: self.sums.only_currency(),
            rows: self.sums.into_rows().map(row).collect(),
            corrections: corrections.into_iter().map(row).collect(),
            left_out: LeftOut { totals, zero_days, ..self.left_out },
        }
    }
}
