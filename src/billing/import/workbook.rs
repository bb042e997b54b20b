//! Spreadsheets: finds the sheet that is a statement, and passes its rows to the collector. Rows are read one by one; what is held in
//! memory is the packed file, and the texts that an XLSX file shares between cells.

mod cell_address;
mod merged_cells;
mod number_format;
mod ods;
mod ods_cell;
mod serial_date;
mod shared_strings;
mod sheet_row;
mod stored_number;
mod xlsx;
mod xlsx_cell;
mod xlsx_parts;

use crate::billing::import::archive::Archive;
use crate::billing::import::cell::FileCell;
use crate::billing::import::collector::RowCollector;
use crate::billing::import::issue::{ImportError, ImportIssue, quoted};
use crate::billing::import::row_feed::RowFeed;
use crate::billing::import::workbook::merged_cells::OpenMerges;
use crate::billing::import::workbook::ods::Ods;
use crate::billing::import::workbook::sheet_row::{NextRow, SheetRow};
use crate::billing::import::workbook::xlsx::Xlsx;
use crate::billing::profile::{Profile, SheetChoice};

/// The most sheets that are looked at.
const MAX_SHEETS: usize = 100;
/// The most names that a message lists.
const MAX_LISTED_NAMES: usize = 10;

/// A spreadsheet file.
pub(super) struct Workbook {
    format: WorkbookFormat,
}

enum WorkbookFormat {
    Xlsx(Xlsx),
    Ods(Ods),
}

/// Which sheet was read, and what is to be said about it.
pub(super) struct SheetSummary {
    pub name: String,
    /// Rows below the header that the spreadsheet hides. They were read.
    pub hidden_rows: u64,
}

impl Workbook {
    /// Whether a ZIP file is a spreadsheet.
    ///
    /// # Errors
    /// It is a document that cannot be read as a spreadsheet.
    pub(super) fn is_in(archive: &Archive) -> Result<bool, ImportIssue> {
        let refused = [
            ("xl/workbook.bin", "the file is a binary Excel file (.xlsb); save it as XLSX"),
            ("word/document.xml", "the file is a Word document; export CSV or a spreadsheet instead"),
            ("ppt/presentation.xml", "the file is a presentation; export CSV or a spreadsheet instead"),
            ("Index/Document.iwa", "the file is an Apple document; export it as XLSX or CSV"),
        ];
        if let Some((_, message)) = refused.iter().find(|(name, _)| archive.has(name)) {
            return Err(ImportIssue::new(*message));
        }
        Ok(Xlsx::is_in(archive) || Ods::is_in(archive))
    }

    /// Opens the spreadsheet in a ZIP file.
    ///
    /// # Errors
    /// It is damaged, encrypted or too large.
    pub(super) fn open(archive: Archive) -> Result<Self, ImportError> {
        let format = if Xlsx::is_in(&archive) {
            WorkbookFormat::Xlsx(Xlsx::open(archive)?)
        } else {
            WorkbookFormat::Ods(Ods::open(archive)?)
        };
        let workbook = Self { format };
        let sheets = workbook.sheet_names().len();
        if sheets == 0 || sheets > MAX_SHEETS {
            let message = format!("the spreadsheet has {sheets} sheets; expected 1 to {MAX_SHEETS}");
            return Err(ImportIssue::new(message).into());
        }
        Ok(workbook)
    }

    /// The names of all sheets.
    pub(super) fn sheet_names(&self) -> &[String] {
        match &self.format {
            WorkbookFormat::Xlsx(xlsx) => xlsx.sheet_names(),
            WorkbookFormat::Ods(ods) => ods.sheet_names(),
        }
    }

    /// Passes the rows of a sheet, or of all sheets, to `sink` with the index of the sheet.
    fn read_rows(
        &mut self,
        only: Option<usize>,
        sink: &mut dyn FnMut(usize, SheetRow) -> Result<NextRow, ImportError>,
    ) -> Result<(), ImportError> {
        match &mut self.format {
            WorkbookFormat::Xlsx(xlsx) => xlsx.read_rows(only, sink),
            WorkbookFormat::Ods(ods) => ods.read_rows(only, sink),
        }
    }

    /// Passes the rows of all sheets to `sink` with the index of the sheet; merged cells get their values from the first row on that has a
    /// number or a date, since that is no header. `sink` returns whether it wants more of a sheet.
    ///
    /// # Errors
    /// The file is damaged or exceeds a limit.
    pub(super) fn inspect(&mut self, sink: &mut dyn FnMut(usize, &[FileCell]) -> bool) -> Result<(), ImportError> {
        let mut merges = OpenMerges::default();
        let mut sheet = 0;
        let mut has_values = false;
        self.read_rows(None, &mut |index, row| {
            let SheetRow { number, mut cells, merges: begin, .. } = row;
            if std::mem::replace(&mut sheet, index) != index {
                (merges, has_values) = (OpenMerges::default(), false);
            }
            merges.enter_row(number, begin, &cells)?;
            has_values |= cells.iter().any(|cell| cell.is_number() || cell.is_time());
            if has_values {
                merges.fill(number, &mut cells);
            }
            Ok(if sink(index, &cells) { NextRow::Below } else { NextRow::InNextSheet })
        })
    }

    /// Passes the rows of the statement's sheet to `collector`.
    ///
    /// # Errors
    /// No sheet has the profile's columns, or more than one; or the file is damaged or exceeds a limit.
    pub(super) fn read_statement(
        &mut self,
        profile: &Profile,
        collector: &mut RowCollector<'_>,
        on_row: &mut dyn FnMut(),
    ) -> Result<SheetSummary, ImportError> {
        let index = match &profile.sheet {
            Some(choice) => self.find_sheet(choice)?,
            None => self.only_matching_sheet(profile)?,
        };
        let name = self.sheet_names().get(index).map_or(String::new(), |name| quoted(name));
        let mut feed = SheetFeed::new(collector, on_row);
        let read = self.read_rows(Some(index), &mut |_, row| feed.push(row));
        let read = read.and_then(|()| feed.finish());
        let hidden_rows = read.map_err(|error| in_sheet(error, &name))?;
        Ok(SheetSummary { name, hidden_rows })
    }

    /// The sheet that the profile names: by its name, or by its number from 1.
    fn find_sheet(&self, choice: &SheetChoice) -> Result<usize, ImportIssue> {
        let names = self.sheet_names();
        let found = match choice {
            SheetChoice::Name(wanted) => names.iter().position(|name| name.trim() == wanted.trim()),
            SheetChoice::Number(number) => usize::try_from(*number)
                .ok()
                .and_then(|number| number.checked_sub(1))
                .filter(|index| *index < names.len()),
        };
        found.ok_or_else(|| {
            ImportIssue::new(format!("the spreadsheet has no sheet {choice}, but {}; correct sheet", list(names)))
        })
    }

    fn only_matching_sheet(&mut self, profile: &Profile) -> Result<usize, ImportError> {
        let count = self.sheet_names().len();
        if count == 1 {
            return Ok(0);
        }
        let mut probes: Vec<RowCollector<'_>> = (0..count).map(|_| RowCollector::new(profile)).collect();
        let mut title_rows = vec![0; count];
        self.read_rows(None, &mut |index, row| {
            let (Some(probe), Some(rows)) = (probes.get_mut(index), title_rows.get_mut(index)) else {
                return Ok(NextRow::InNextSheet);
            };
            *rows += 1;
            let is_over = probe.read_header(&row.cells).is_ok() || *rows >= RowFeed::MAX_TITLE_ROWS;
            Ok(if is_over { NextRow::InNextSheet } else { NextRow::Below })
        })?;
        let matching: Vec<usize> =
            probes.iter().enumerate().filter(|(_, probe)| probe.has_header()).map(|(index, _)| index).collect();
        let names = self.sheet_names();
        match *matching {
            [index] => Ok(index),
            [] => {
                let message = format!(
                    "no sheet has the profile's columns; the sheets are {}. Set sheet to the right one to see what it lacks",
                    list(names)
                );
                Err(ImportIssue::new(message).into())
            }
            _ => {
                let matching: Vec<String> = matching.iter().filter_map(|index| names.get(*index).cloned()).collect();
                let message = format!(
                    "several sheets have the profile's columns: {}; set sheet to the right one",
                    list(&matching)
                );
                Err(ImportIssue::new(message).into())
            }
        }
    }
}

/// Adds the name of the sheet to the issues found in it.
fn in_sheet(error: ImportError, name: &str) -> ImportError {
    match error {
        ImportError::File(error) => ImportError::File(error),
        ImportError::Rejected(issues) => {
            let located = |issue: ImportIssue| ImportIssue { sheet: Some(name.to_owned()), ..issue };
            ImportError::Rejected(issues.into_iter().map(located).collect())
        }
    }
}

fn list(names: &[String]) -> String {
    let shown = names.iter().take(MAX_LISTED_NAMES).map(|name| format!("\"{}\"", quoted(name)));
    let mut list = shown.collect::<Vec<_>>().join(", ");
    if names.len() > MAX_LISTED_NAMES {
        list += ", …";
    }
    list
}

/// Passes the rows of a sheet on: rows become as long as the header, and merged cells get their values.
struct SheetFeed<'f, 'p> {
    feed: RowFeed<'f, 'p>,
    merges: OpenMerges,
    hidden_rows: u64,
}

impl<'f, 'p> SheetFeed<'f, 'p> {
    fn new(collector: &'f mut RowCollector<'p>, on_row: &'f mut dyn FnMut()) -> Self {
        Self { feed: RowFeed::new(collector, on_row), merges: OpenMerges::default(), hidden_rows: 0 }
    }

    fn push(&mut self, row: SheetRow) -> Result<NextRow, ImportError> {
        let SheetRow { number, is_hidden, mut cells, merges } = row;
        self.merges.enter_row(number, merges, &cells)?;
        if cells.is_empty() {
            return Ok(NextRow::Below);
        }
        if self.feed.has_header() {
            if cells.len() < self.feed.width() {
                cells.resize(self.feed.width(), FileCell::text(""));
            }
            self.merges.fill(number, &mut cells);
            self.hidden_rows += u64::from(is_hidden);
        }
        Ok(if self.feed.push(number, cells) { NextRow::Below } else { NextRow::None })
    }

    /// Returns the number of hidden rows.
    fn finish(self) -> Result<u64, ImportError> {
        self.feed.finish()?;
        Ok(self.hidden_rows)
    }
}
