//! Imports a partner's statement from a file, in three steps:
//!
//! 1. Containers are opened (`container`: gzip, ZIP; what they unpack is bounded), and bytes become text (`text_reader`).
//! 2. Text or sheets become rows of cells (`delimited`, `json`, `xml`, `workbook`). Where the header is among the rows, `row_feed` finds it;
//!    where cells have names, `field_rows` makes it.
//! 3. Rows are checked and summed by day and code (`collector`).
//!
//! Only step 2 knows formats: it passes on `FileCell`s, whose kind says what the profile's number and date formats apply to.
//!
//! A file is accepted as a whole or rejected as a whole, with up to [`MAX_ISSUES`] issues, each with its row, column and cell.

mod archive;
mod cell;
mod collector;
mod columns;
mod container;
mod corrections;
mod coverage;
mod currency_columns;
mod dates;
mod delimited;
mod digits;
mod duplicates;
mod encoding_errors;
mod field_rows;
mod hashing_reader;
mod header;
mod hours;
mod inflate;
mod inspected_cell;
mod issue;
mod json;
mod json_claims;
mod json_keyed;
mod json_value;
pub mod name_folding;
mod other_formats;
mod progress;
mod row_class;
mod row_feed;
mod row_values;
mod sums;
mod text_reader;
mod totals;
mod undated;
mod unlabelled;
mod workbook;
mod xml;
mod xml_events;
mod xml_inspection;

use std::borrow::Cow;
use std::io::{self, Read};
use std::rc::Rc;

use crate::billing::import::cell::FileCell;
use crate::billing::import::collector::RowCollector;
use crate::billing::import::container::Contents;
use crate::billing::import::hashing_reader::HashingReader;
use crate::billing::import::json::JsonLayout;
use crate::billing::import::other_formats::checked;
use crate::billing::import::text_reader::{MAX_ROW_BYTES, TextOptions, TextReader};
use crate::billing::import::workbook::{SheetSummary, Workbook};
use crate::billing::import::xml::XmlSource;
use crate::billing::number::NumberMarks;
use crate::billing::profile::{Encoding, FileFormat, Profile};
use crate::billing::statement::Statement;

pub use crate::billing::import::dates::DateFormats;
pub use crate::billing::import::inspected_cell::InspectedCell;
pub use crate::billing::import::issue::{ImportError, ImportIssue, MAX_ISSUES};
pub use crate::billing::import::name_folding::fold_name;
pub use crate::billing::import::progress::Progress;
pub use crate::billing::import::xml_inspection::{InspectedXml, inspect_xml};

/// Reads a statement. Calls `on_row` after each row; by then, `progress` has the number of bytes read.
///
/// # Errors
/// [`ImportError`]: the file cannot be read, or its contents are rejected.
pub fn read(
    file: impl Read,
    profile: &Profile,
    progress: &Rc<Progress>,
    on_row: &mut dyn FnMut(),
) -> Result<Statement, ImportError> {
    let mut file = HashingReader::new(file, progress.clone());
    let mut collector = RowCollector::new(profile);
    let mut sheet = None;
    container::open(&mut file, profile.member.as_deref(), &mut |contents| match contents {
        Contents::Text(bytes) => read_text(bytes, profile, progress, &mut collector, on_row),
        Contents::Workbook(workbook) => {
            sheet = Some(read_workbook(workbook, profile, &mut collector, on_row)?);
            Ok(())
        }
    })?;
    let sha256 = file.finish()?;
    let statement = collector.finish(sha256);
    let Some(SheetSummary { name, hidden_rows }) = sheet else { return statement.map_err(ImportError::Rejected) };
    let located = |issue: ImportIssue| ImportIssue { sheet: Some(name.clone()), ..issue };
    let mut statement = statement.map_err(|issues| ImportError::Rejected(issues.into_iter().map(located).collect()))?;
    statement.left_out.hidden = hidden_rows;
    Ok(statement)
}

fn read_text(
    bytes: Box<dyn Read + '_>,
    profile: &Profile,
    progress: &Rc<Progress>,
    collector: &mut RowCollector<'_>,
    on_row: &mut dyn FnMut(),
) -> Result<(), ImportError> {
    let text = |bytes, max_row_bytes| {
        let options = TextOptions { encoding: profile.encoding, max_row_bytes, is_xml: false };
        TextReader::open(bytes, options, progress.clone())
    };
    match &profile.format {
        FileFormat::Table(delimiter) => {
            delimited::read_rows(checked(text(bytes, MAX_ROW_BYTES)?)?, *delimiter, progress, collector, on_row)
        }
        FileFormat::Json { list, headers, totals } => {
            // JSON has no rows at this level; `json` bounds the whole text instead.
            let more_headers = profile.more_headers.as_slice();
            let layout = JsonLayout { list, headers: headers.as_deref(), more_headers, totals: totals.as_deref() };
            json::read_rows(checked(text(bytes, u64::MAX)?)?, &layout, profile, collector, on_row)
        }
        FileFormat::JsonLines => {
            json::read_lines(checked(text(bytes, MAX_ROW_BYTES)?)?, progress, profile, collector, on_row)
        }
        FileFormat::Xml { list } => xml::read_rows(bytes, &XmlSource { list, progress }, profile, collector, on_row),
        FileFormat::Spreadsheet => {
            checked(text(bytes, u64::MAX)?)?;
            let message = "the file is not a spreadsheet (XLSX or ODS); set format to what it is, or export it again";
            Err(ImportIssue::new(message).into())
        }
    }
}

/// Whether the names of months are known in a language (BCP 47).
#[must_use]
pub fn is_date_language(language: &str) -> bool {
    dates::month_names::MonthNames::new(Some(language)).is_some()
}

fn read_workbook(
    mut workbook: Workbook,
    profile: &Profile,
    collector: &mut RowCollector<'_>,
    on_row: &mut dyn FnMut(),
) -> Result<SheetSummary, ImportError> {
    match &profile.format {
        FileFormat::Table(_) | FileFormat::Spreadsheet => workbook.read_statement(profile, collector, on_row),
        FileFormat::Json { .. } | FileFormat::JsonLines | FileFormat::Xml { .. } => {
            Err(ImportIssue::new("the file is a spreadsheet; set format = \"xlsx\", or export it again").into())
        }
    }
}

/// Finds the formats of the dates of a column, for code that inspects a file without a profile; each text once, in order.
pub fn find_date_formats<'t>(texts: impl Iterator<Item = &'t str>) -> DateFormats {
    dates::find_formats(texts)
}

/// A sheet of a spreadsheet that is inspected without a profile.
pub struct InspectedSheet {
    /// Its name.
    pub name: String,
    /// Its rows that are not empty.
    pub rows: Vec<Vec<InspectedCell>>,
}

/// Whether a text names an hour of the day, alone or with its day, for code that inspects a file without a profile.
#[must_use]
pub fn is_hour(text: &str) -> bool {
    hours::parse_hour(text).is_some()
}

/// Returns a text with ASCII digits in the place of those of another script, and with `.` and `,` as marks in the place of Arabic ones.
#[must_use]
pub fn with_ascii_digits(text: &str) -> Cow<'_, str> {
    digits::number_text(text, NumberMarks { decimal: '.', group: Some(',') })
}

/// Whether a row of a table has no text, or only lines as between rows.
pub fn is_blank_or_rule<'c>(cells: impl Iterator<Item = &'c str>) -> bool {
    row_feed::is_blank_or_rule(cells)
}

/// Returns the text of a cell of a table: of a formula such as `="0042"`, the text in it.
#[must_use]
pub fn formula_text(cell: &str) -> &str {
    delimited::formula_text(cell)
}

/// Says what a text is that is no table, JSON or XML of rows, whatever its name is, and what to do.
#[must_use]
pub fn other_format(start: &[u8]) -> Option<&'static str> {
    let start = start.get(..start.len().min(2_048)).unwrap_or_default();
    other_formats::other_format(&String::from_utf8_lossy(start))
}

/// What a file contains, for code that inspects it without a profile.
pub enum Inspected {
    /// The start of its text, or all of it.
    Text(Vec<u8>),
    /// The first rows of each sheet.
    Sheets(Vec<InspectedSheet>),
}

/// Returns the first `max_bytes` of a file's unpacked, decoded text, or the first `MAX_INSPECTED_ROWS` rows of its sheets. `member`
/// selects a file in a ZIP file.
///
/// # Errors
/// The bytes are not text in this encoding, or damaged.
pub fn inspect(bytes: &[u8], member: Option<&str>, encoding: Encoding, max_bytes: u64) -> io::Result<Inspected> {
    let mut inspected = Inspected::Text(Vec::new());
    let read = container::open(bytes, member, &mut |contents| {
        inspected = match contents {
            Contents::Text(bytes) => {
                let mut start = Vec::new();
                // Only XML begins with a declaration of XML.
                let options = TextOptions { encoding, max_row_bytes: u64::MAX, is_xml: true };
                TextReader::open(bytes, options, Rc::default())?.take(max_bytes).read_to_end(&mut start)?;
                Inspected::Text(start)
            }
            Contents::Workbook(mut workbook) => Inspected::Sheets(inspect_sheets(&mut workbook)?),
        };
        Ok(())
    });
    read.map(|()| inspected).map_err(ImportError::into_io)
}

/// The most rows of a spreadsheet that are inspected.
const MAX_INSPECTED_ROWS: usize = 100_000;

fn inspect_sheets(workbook: &mut Workbook) -> Result<Vec<InspectedSheet>, ImportError> {
    let named = workbook.sheet_names().iter().map(|name| InspectedSheet { name: name.clone(), rows: Vec::new() });
    let mut sheets: Vec<InspectedSheet> = named.collect();
    workbook.inspect(&mut |index, cells| {
        let Some(sheet) = sheets.get_mut(index) else { return false };
        let cell = |cell: &FileCell| InspectedCell {
            text: cell.to_string(),
            is_typed: cell.is_number() || cell.is_time(),
            currency: cell.currency().map(str::to_owned),
        };
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            sheet.rows.push(cells.iter().map(cell).collect());
        }
        sheet.rows.len() < MAX_INSPECTED_ROWS
    })?;
    Ok(sheets)
}

#[cfg(test)]
mod row_tests;
#[cfg(test)]
mod structure_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod value_tests;
