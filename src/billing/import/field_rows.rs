//! Rows whose cells have names, as in JSON and XML, become rows with a header: a row may lack cells that others have.

use std::collections::{HashMap, HashSet};

use crate::billing::import::cell::{CellKind, FileCell};
use crate::billing::import::collector::RowCollector;
use crate::billing::import::columns::no_header;
use crate::billing::import::issue::{ImportError, ImportIssue, quoted};
use crate::billing::import::name_folding::fold_name;
use crate::billing::profile::{Columns, CurrencySource, Profile};

/// How many rows are read before their names become the header. A name that comes later must not be one of the profile's.
const HEADER_ROWS: usize = 1_000;
/// The most bytes of these rows.
const HEADER_BYTES: usize = 16 << 20;
/// The most names.
const MAX_NAMES: usize = 1_024;

/// A cell and its name.
pub(super) struct Field {
    pub name: String,
    pub cell: FileCell,
}

/// All names that a profile gives its columns.
pub(super) fn column_names(profile: &Profile) -> impl Iterator<Item = &str> {
    let Columns { date, hour, code, searches, clicks, revenue, is_final, dimensions } = &profile.columns;
    let currency = if let CurrencySource::Column(names) = &profile.currency { names.as_slice() } else { &[] };
    let lists = [date, hour, code, searches, clicks, revenue, is_final, dimensions];
    lists.into_iter().flatten().chain(currency).chain(&profile.rules.date_end).map(String::as_str)
}

/// Rows of named cells on their way to the collector.
pub(super) struct FieldRows<'f, 'p> {
    collector: &'f mut RowCollector<'p>,
    on_row: &'f mut dyn FnMut(),
    /// The profile's names, folded.
    wanted: HashSet<String>,
    names: Vec<String>,
    indexes: HashMap<String, usize>,
    /// Rows that wait for the header.
    waiting: Vec<(u64, Vec<Field>)>,
    waiting_bytes: usize,
}

impl<'f, 'p> FieldRows<'f, 'p> {
    pub(super) fn new(profile: &Profile, collector: &'f mut RowCollector<'p>, on_row: &'f mut dyn FnMut()) -> Self {
        Self {
            collector,
            on_row,
            wanted: column_names(profile).map(fold_name).collect(),
            names: Vec::new(),
            indexes: HashMap::new(),
            waiting: Vec::new(),
            waiting_bytes: 0,
        }
    }

    /// Adds the next row. Returns whether to read on.
    ///
    /// # Errors
    /// The rows have other names than the profile, or too many.
    pub(super) fn push(&mut self, row: u64, fields: Vec<Field>) -> Result<bool, ImportError> {
        if self.collector.has_header() {
            return self.pass_on(row, fields);
        }
        for field in &fields {
            self.waiting_bytes += field.name.len() + field.cell.len();
            if !self.indexes.contains_key(&field.name) {
                self.indexes.insert(field.name.clone(), self.names.len());
                self.names.push(field.name.clone());
            }
        }
        if self.names.len() > MAX_NAMES {
            let message = format!("the rows have more than {MAX_NAMES} names; set list to the path of the rows");
            return Err(ImportIssue::in_row(row, message).into());
        }
        self.waiting.push((row, fields));
        if self.waiting.len() < HEADER_ROWS && self.waiting_bytes < HEADER_BYTES {
            return Ok(true);
        }
        self.pass_on_waiting()
    }

    /// Adds the next row, whose cells are in the order of these names. Returns whether to read on.
    ///
    /// # Errors
    /// The names are not those of the profile.
    pub(super) fn push_listed(
        &mut self,
        row: u64,
        names: &[FileCell],
        cells: Vec<FileCell>,
    ) -> Result<bool, ImportError> {
        if !self.collector.has_header() {
            self.collector.read_header(names).map_err(|mismatch| no_header(Some((row, mismatch))))?;
        }
        self.collector.push(row, cells);
        (self.on_row)();
        Ok(!self.collector.is_full())
    }

    /// Adds a row of totals that is not among the rows, whose cells are in the order of the names.
    pub(super) fn push_listed_totals(&mut self, cells: Vec<FileCell>) {
        self.collector.push_totals(cells);
    }

    /// Counts a row that the profile says is none.
    pub(super) fn leave_out(&mut self) {
        self.collector.leave_out();
        (self.on_row)();
    }

    /// Passes on what waits.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub(super) fn finish(&mut self) -> Result<(), ImportError> {
        if !self.collector.has_header() && !self.waiting.is_empty() {
            self.pass_on_waiting()?;
        }
        Ok(())
    }

    /// Adds a row of totals that is not among the rows. To be called after [`Self::finish`].
    ///
    /// # Errors
    /// As [`Self::push`].
    pub(super) fn push_totals(&mut self, fields: Vec<Field>) -> Result<(), ImportError> {
        let cells = self.cells(0, fields)?;
        self.collector.push_totals(cells);
        Ok(())
    }

    fn pass_on_waiting(&mut self) -> Result<bool, ImportError> {
        let waiting = std::mem::take(&mut self.waiting);
        let header: Vec<FileCell> = self.names.iter().map(FileCell::text).collect();
        let first = waiting.first().map_or(0, |(row, _)| *row);
        self.collector.read_header(&header).map_err(|mismatch| no_header(Some((first, mismatch))))?;
        for (row, fields) in waiting {
            if !self.pass_on(row, fields)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn pass_on(&mut self, row: u64, fields: Vec<Field>) -> Result<bool, ImportError> {
        let cells = self.cells(row, fields)?;
        self.collector.push(row, cells);
        (self.on_row)();
        Ok(!self.collector.is_full())
    }

    /// Returns the cells of a row in the order of the names.
    fn cells(&self, row: u64, fields: Vec<Field>) -> Result<Vec<FileCell>, ImportError> {
        let mut cells = vec![FileCell::text(""); self.names.len()];
        let mut is_set = vec![false; self.names.len()];
        for Field { name, cell } in fields {
            let Some(index) = self.indexes.get(&name).copied() else {
                if self.wanted.contains(&fold_name(&name)) {
                    let message = format!(
                        "\"{}\" comes in this row for the first time, after {HEADER_ROWS} rows without it; ask for a file with all \
                         columns in each row",
                        quoted(&name)
                    );
                    return Err(ImportIssue::in_row(row, message).into());
                }
                continue;
            };
            let (Some(place), Some(is_set)) = (cells.get_mut(index), is_set.get_mut(index)) else { continue };
            *place = if std::mem::replace(is_set, true) {
                let message = "the row has this name more than once; set the column to a name that it has once";
                FileCell::new(if cell.is_empty() { "(empty)" } else { &cell }, CellKind::Unreadable(message.to_owned()))
            } else {
                cell
            };
        }
        Ok(cells)
    }
}
