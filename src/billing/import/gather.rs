//! Rows into a statement: each one placed, read strictly, told apart from totals and from what stands twice, and summed up by
//! day and code.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::civil::Date;

use crate::billing::days::comes_twice;
use crate::billing::import::columns::{Near, Placed, folded, place};
use crate::billing::import::numbers::{Numbers, truth};
use crate::billing::import::{ImportIssue, MOST_REJECTIONS};
use crate::billing::money::{Currency, Micros};
use crate::billing::number::{decimals, money, whole};
use crate::billing::profile::{Money, Profile, Total};
use crate::billing::statement::{LeftOut, Row, Statement};

/// The most rows of a file: they are told apart in memory, at some 100 bytes each.
const MOST_ROWS: usize = 4_000_000;

/// Cells that say that nothing is said, folded.
const UNTOLD: [&str; 6] = ["", "-", "--", "—", "n/a", "null"];

/// What is in between the parts of a key; no text has it.
const BETWEEN: &str = "\u{0}";

pub(super) struct Gather<'p> {
    profile: &'p Profile,
    placed: Option<Placed>,
    header: Vec<String>,
    /// The last row, which may be the totals.
    held: Option<(u64, Vec<String>)>,
    seen: HashMap<[u8; 16], (u64, [u8; 16])>,
    sums: BTreeMap<(Date, String), Numbers>,
    totals: Vec<(Option<u64>, Vec<String>)>,
    currency: Option<Currency>,
    left_out: LeftOut,
    rejected: Vec<ImportIssue>,
    /// There were more than [`MOST_ROWS`], which was rejected.
    is_too_long: bool,
}

impl<'p> Gather<'p> {
    pub(super) fn new(profile: &'p Profile) -> Self {
        Self {
            profile,
            placed: None,
            header: Vec::new(),
            held: None,
            seen: HashMap::new(),
            sums: BTreeMap::new(),
            totals: Vec::new(),
            currency: None,
            left_out: LeftOut::default(),
            rejected: Vec::new(),
            is_too_long: false,
        }
    }

    /// Takes a row for the header, where it has the profile's columns.
    pub(super) fn header(&mut self, cells: &[String]) -> Result<(), Near> {
        let placed = place(cells, self.profile)?;
        self.currency = match (&self.profile.currency, placed.told) {
            (Money::In(currency), Some(told)) if *currency != told => {
                let (said, told) = (currency.as_str(), told.as_str());
                let what = format!("the header says {told} and the profile currency = \"{said}\"; set the right one");
                self.rejected.push(ImportIssue::new(what));
                None
            }
            (Money::In(currency), _) => Some(*currency),
            (Money::Header, told) => told,
            (Money::Column(_) | Money::None, _) => None,
        };
        self.header = cells.to_vec();
        self.placed = Some(placed);
        Ok(())
    }

    pub(super) fn has_header(&self) -> bool {
        self.placed.is_some()
    }

    /// So much is wrong that the rest is not looked at.
    pub(super) fn is_full(&self) -> bool {
        self.rejected.len() >= MOST_REJECTIONS || self.is_too_long
    }

    /// A row of totals that stands apart.
    pub(super) fn totals(&mut self, cells: Vec<String>) {
        self.totals.push((None, cells));
    }

    /// The next row below the header.
    pub(super) fn row(&mut self, row: u64, cells: Vec<String>) {
        if self.profile.totals.contains(&Total::Last) {
            let next = self.held.replace((row, cells));
            if let Some((row, cells)) = next {
                self.take(row, &cells);
            }
        } else {
            self.take(row, &cells);
        }
    }

    fn take(&mut self, row: u64, cells: &[String]) {
        let Some(placed) = self.placed.take() else { return };
        if let Err(rejection) = self.sort(&placed, row, cells) {
            self.rejected.push(rejection);
        }
        self.placed = Some(placed);
    }

    /// Tells what a row is, and adds it up where it counts.
    fn sort(&mut self, placed: &Placed, row: u64, cells: &[String]) -> Result<(), ImportIssue> {
        let first = folded(cells.iter().find(|cell| !cell.trim().is_empty()).map_or("", String::as_str));
        if self.profile.footers.iter().any(|footer| first.starts_with(&folded(footer))) {
            self.left_out.footers += 1;
            return Ok(());
        }
        if cells == self.header {
            self.left_out.headers += 1;
            return Ok(());
        }
        let date = cells.get(placed.date).map_or("", |cell| cell.trim());
        let is_total = self.profile.totals.iter().any(|total| match total {
            Total::Empty => UNTOLD.contains(&folded(date).as_str()),
            Total::Text(text) => first.starts_with(&folded(text)),
            Total::Last => false,
        });
        if is_total {
            self.totals.push((Some(row), cells.to_vec()));
            return Ok(());
        }
        if cells.len() != placed.names.len() {
            let what = format!(
                "this row has {} cells, the header {}; remove the line, or name its beginning in footers",
                cells.len(),
                placed.names.len()
            );
            return Err(ImportIssue::at(row, what));
        }
        let name = placed.names.get(placed.date).map_or("", String::as_str);
        let day = self.day(date).map_err(|what| ImportIssue::cell(row, name, date, what))?;
        if self.is_repeated(placed, row, cells, day)? {
            self.left_out.repeated += 1;
            return Ok(());
        }
        self.check_currency(placed, row, cells)?;
        let numbers = self.numbers(placed, row, cells)?;
        let code = placed.code.and_then(|code| cells.get(code)).map_or("", |code| code.trim()).to_owned();
        let what = "the sum of this day and code is too large";
        match self.sums.entry((day, code)) {
            std::collections::btree_map::Entry::Vacant(empty) => {
                empty.insert(numbers);
            }
            std::collections::btree_map::Entry::Occupied(mut sum) => {
                let sum = sum.get_mut();
                *sum = sum.plus(numbers).ok_or_else(|| ImportIssue::at(row, what))?;
            }
        }
        Ok(())
    }

    fn day(&self, text: &str) -> Result<Date, String> {
        let format = &self.profile.date_format;
        let found = jiff::fmt::strtime::parse(format, text).and_then(|time| time.to_date());
        found.map_err(|_| format!("this is no day as date_format = \"{format}\" says"))
    }

    /// Whether this very row stood there before. Another one of the same day, code and dimensions is a contradiction.
    fn is_repeated(&mut self, placed: &Placed, row: u64, cells: &[String], date: Date) -> Result<bool, ImportIssue> {
        let cell = |place: &usize| cells.get(*place).map_or("", |cell| cell.trim());
        let day = date.to_string();
        let apart = placed.hour.iter().chain(&placed.code).chain(&placed.dimensions).map(cell);
        let key: Vec<&str> = [day.as_str()].into_iter().chain(apart).collect();
        let (text, whole) = (key.join(BETWEEN), short_hash(&cells.join(BETWEEN)));
        let mut key = short_hash(&text);
        if let Some(hour) = placed.hour {
            let (name, text_of_it) = (placed.names.get(hour).map_or("", String::as_str), cell(&hour));
            let hour = hour_of(text_of_it).ok_or_else(|| {
                ImportIssue::cell(row, name, text_of_it, "this is no hour of a day: 0 to 23, or 05:00")
            })?;
            if self.seen.contains_key(&key) && comes_twice(date, hour, &self.profile.zone) {
                // The same once more is the second of two hours, and not the first one told twice.
                key = short_hash(&[text.as_str(), "again"].join(BETWEEN));
            }
        }
        if self.seen.len() >= MOST_ROWS {
            self.is_too_long = true;
            return Err(ImportIssue::at(row, "there are more than 4 million rows; split the file by month"));
        }
        match self.seen.insert(key, (row, whole)) {
            None => Ok(false),
            Some((_, before)) if before == whole => Ok(true),
            Some((before, _)) => Err(ImportIssue::at(
                row,
                format!(
                    "row {before} is of the same day and code and says something else; name the columns that tell them apart in dimensions"
                ),
            )),
        }
    }

    fn check_currency(&mut self, placed: &Placed, row: u64, cells: &[String]) -> Result<(), ImportIssue> {
        let Some(place) = placed.currency else { return Ok(()) };
        let text = cells.get(place).map_or("", |cell| cell.trim());
        let name = placed.names.get(place).map_or("", String::as_str);
        let currency = Currency::new(text).ok_or_else(|| {
            ImportIssue::cell(row, name, text, "this is no currency (ISO 4217: three capital letters)")
        })?;
        if *self.currency.get_or_insert(currency) != currency {
            return Err(ImportIssue::cell(
                row,
                name,
                text,
                "the rows before are in another currency; import each currency for a partner of its own",
            ));
        }
        Ok(())
    }

    fn numbers(&mut self, placed: &Placed, row: u64, cells: &[String]) -> Result<Numbers, ImportIssue> {
        let marks = self.profile.marks;
        let told = |place: Option<usize>| {
            let place = place?;
            let text = cells.get(place)?.trim();
            let name = placed.names.get(place).map_or("", String::as_str);
            (!UNTOLD.contains(&folded(text).as_str())).then_some((name, text))
        };
        let count = |place| match told(place) {
            None => Ok(None),
            Some((name, text)) => whole(text, marks).map(Some).map_err(|what| ImportIssue::cell(row, name, text, what)),
        };
        let clicks = count(placed.clicks)?;
        let revenue = match told(placed.revenue) {
            None => None,
            Some((name, text)) => {
                let (micros, rounded) = money(text, marks, self.profile.in_micros)
                    .map_err(|what| ImportIssue::cell(row, name, text, what))?;
                self.left_out.rounded += u64::from(rounded);
                Some(micros)
            }
        };
        let is_final = match told(placed.is_final) {
            None => None,
            Some((name, text)) => Some(truth(text).ok_or_else(|| {
                ImportIssue::cell(row, name, text, "this must say yes or no (true, 1, final; false, 0, provisional)")
            })?),
        };
        let clicks = clicks.filter(|clicks| *clicks != 0 || !self.profile.zero_is_unknown);
        Ok(Numbers { searches: count(placed.searches)?, clicks, revenue, is_final })
    }

    /// The statement, or all that is wrong.
    pub(super) fn end(mut self, sha256: String) -> Result<Statement, Vec<ImportIssue>> {
        if let Some((row, cells)) = self.held.take() {
            self.totals.push((Some(row), cells));
        }
        if self.rejected.is_empty() {
            self.check_totals();
        }
        if self.rejected.is_empty() {
            self.check_days();
        }
        let ends = (self.sums.first_key_value(), self.sums.last_key_value());
        let (Some(((first, _), _)), Some(((last, _), _)), true) = (ends.0, ends.1, self.rejected.is_empty()) else {
            return Err(self.rejected);
        };
        let (first, last) = (*first, *last);
        self.left_out.totals = self.totals.len() as u64;
        let row = |((day, code), numbers): ((Date, String), Numbers)| {
            let Numbers { searches, clicks, revenue, is_final } = numbers;
            Row { day, code, searches, clicks, revenue, is_final }
        };
        Ok(Statement {
            sha256,
            profile: self.profile.text(),
            first,
            last,
            currency: self.currency.filter(|_| !self.profile.columns.revenue.is_empty()),
            rows: self.sums.into_iter().map(row).collect(),
            left_out: self.left_out,
        })
    }

    /// What totals say must be what the rows come to; money may differ by what rounding each row can do.
    fn check_totals(&mut self) {
        let Some(placed) = self.placed.take() else { return };
        for (row, cells) in std::mem::take(&mut self.totals) {
            let found = self.check_total(&placed, row.unwrap_or(0), &cells);
            self.rejected.extend(found.err());
            self.totals.push((row, cells));
        }
        self.placed = Some(placed);
    }

    fn check_total(&mut self, placed: &Placed, row: u64, cells: &[String]) -> Result<(), ImportIssue> {
        let rounded = self.left_out.rounded;
        let said = self.numbers(placed, row, cells)?;
        self.left_out.rounded = rounded;
        let wrong = |place: Option<usize>, sum: String| {
            let at = |texts: &[String]| place.and_then(|place| texts.get(place).cloned()).unwrap_or_default();
            let what = format!(
                "this row of totals says otherwise than the rows above, which come to {sum}; a row is missing, or a total is counted"
            );
            ImportIssue::cell(row, &at(&placed.names), &at(cells), what)
        };
        let sum = |of: fn(&Numbers) -> Option<i64>| {
            self.sums.values().try_fold(0_i64, |sum, numbers| sum.checked_add(of(numbers)?))
        };
        let revenue = sum(|n| n.revenue.map(|Micros(micros)| micros));
        let is_told = said.searches.is_some() || said.clicks.is_some() || said.revenue.is_some();
        let is_checked = said.searches.and(sum(|n| n.searches)).is_some()
            || said.clicks.and(sum(|n| n.clicks)).is_some()
            || said.revenue.and(revenue).is_some();
        if is_told && !is_checked {
            let what = "this row of totals tells of columns that rows above leave out, so that nothing of it can be checked; \
                        ask the partner for whole rows, or name the row's beginning in footers";
            return Err(ImportIssue::at(row, what));
        }
        for (place, said, sum) in
            [(placed.searches, said.searches, sum(|n| n.searches)), (placed.clicks, said.clicks, sum(|n| n.clicks))]
        {
            if let (Some(said), Some(sum)) = (said, sum)
                && said != sum
            {
                return Err(wrong(place, sum.to_string()));
            }
        }
        if let (Some(Micros(said)), Some(sum), Some(place)) = (said.revenue, revenue, placed.revenue) {
            let shown = cells.get(place).map_or(0, |cell| decimals(cell, self.profile.marks));
            let step = if self.profile.in_micros {
                1
            } else {
                10_u64.pow(6_u32.saturating_sub(u32::try_from(shown).unwrap_or(6)))
            };
            let slack = step.saturating_mul(self.seen.len() as u64 + 1) / 2;
            if said.abs_diff(sum) > slack {
                return Err(wrong(Some(place), Micros(sum).to_string()));
            }
        }
        Ok(())
    }

    /// Every day between the first and the last one has a row: a day that is missing is not a day of zero.
    fn check_days(&mut self) {
        let days: Vec<Date> = self.sums.keys().map(|(day, _)| *day).collect();
        if days.is_empty() {
            let what = "no row is below the header; an empty statement is not a statement of zero";
            self.rejected.push(ImportIssue::new(what));
            return;
        }
        for pair in days.windows(2) {
            let &[one, next] = pair else { continue };
            let mut missing = one.tomorrow().ok();
            while let Some(day) = missing.filter(|day| *day < next) {
                if self.is_full() {
                    return;
                }
                self.rejected.push(ImportIssue::new(format!(
                    "{day} is missing; ask the partner for it, since a missing day is not a day of zero"
                )));
                missing = day.tomorrow().ok();
            }
        }
    }
}

/// The hour of a cell: its number, or what stands before a colon.
fn hour_of(text: &str) -> Option<i8> {
    let (hour, rest) = text.split_once(':').unwrap_or((text, ""));
    let digits =
        |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let hour = hour.parse::<i8>().ok().filter(|hour| (0..24).contains(hour));
    hour.filter(|_| digits(text, "00:00:00".len()) && digits(rest, "00:00".len()))
}

/// Enough of a hash to tell millions of rows apart.
fn short_hash(text: &str) -> [u8; 16] {
    let hash = digest(&SHA256, text.as_bytes());
    let (short, _) = hash.as_ref().split_first_chunk().unwrap_or((&[0; 16], &[]));
    *short
}
