//! Reads ODS files (OpenDocument 1.3 part 3). All sheets are in one XML text; runs of equal rows and cells are stored once with a count.

use quick_xml::events::BytesStart;

use crate::billing::import::archive::Archive;
use crate::billing::import::cell::FileCell;
use crate::billing::import::issue::{ImportError, ImportIssue};
use crate::billing::import::text_reader::MAX_ROW_BYTES;
use crate::billing::import::workbook::cell_address::{CellAddress, MAX_SHEET_ROWS};
use crate::billing::import::workbook::merged_cells::MergedCells;
use crate::billing::import::workbook::ods_cell::StoredOdsCell;
use crate::billing::import::workbook::sheet_row::{NextRow, RowBuilder, SheetRow};
use crate::billing::import::workbook::xlsx_parts::read_part;
use crate::billing::import::xml_events::{XmlEvent, attribute};

const CONTENT: &str = "content.xml";
const MANIFEST: &str = "META-INF/manifest.xml";
/// The most spaces of one element.
const MAX_SPACES: usize = 1_000;
/// Spreadsheets, also templates, have both in their media type.
const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";

/// An ODS file.
pub(super) struct Ods {
    archive: Archive,
    names: Vec<String>,
}

impl Ods {
    /// Whether a ZIP file is an OpenDocument file.
    pub(super) fn is_in(archive: &Archive) -> bool {
        archive.has(CONTENT) && archive.has(MANIFEST)
    }

    /// Reads the names of the sheets.
    ///
    /// # Errors
    /// The file is damaged, encrypted or no spreadsheet.
    pub(super) fn open(mut archive: Archive) -> Result<Self, ImportError> {
        let (mut is_spreadsheet, mut is_encrypted) = (false, false);
        read_part(&mut archive, MANIFEST, &mut |event| {
            if let XmlEvent::Open(start) = event {
                is_encrypted |= start.local_name().as_ref() == "encryption-data";
                is_spreadsheet |= attribute(start, "media-type")?.is_some_and(|kind| kind.starts_with(MEDIA_TYPE));
            }
            Ok(true)
        })?;
        if is_encrypted {
            return Err(ImportIssue::new("the spreadsheet has a password; save it without one").into());
        }
        if !is_spreadsheet {
            return Err(
                ImportIssue::new("the file is an OpenDocument file but no spreadsheet; export CSV instead").into()
            );
        }
        let mut names = Vec::new();
        let mut depth = 0_usize;
        read_part(&mut archive, CONTENT, &mut |event| {
            match event {
                XmlEvent::Open(start) if start.local_name().as_ref() == "table" => {
                    depth += 1;
                    if depth == 1 {
                        names.push(attribute(start, "name")?.unwrap_or_default().into_owned());
                    }
                }
                XmlEvent::Close(end) if end.local_name().as_ref() == "table" => depth = depth.saturating_sub(1),
                XmlEvent::Open(_) | XmlEvent::Close(_) | XmlEvent::Text(_) => {}
            }
            Ok(true)
        })?;
        Ok(Self { archive, names })
    }

    pub(super) fn sheet_names(&self) -> &[String] {
        &self.names
    }

    /// Passes the rows of a sheet, or of all sheets, to `sink` with the index of the sheet.
    ///
    /// # Errors
    /// The file is damaged or exceeds a limit; or `sink` fails.
    pub(super) fn read_rows(
        &mut self,
        only: Option<usize>,
        sink: &mut dyn FnMut(usize, SheetRow) -> Result<NextRow, ImportError>,
    ) -> Result<(), ImportError> {
        let mut reader = OdsReader::new(&self.names, only);
        read_part(&mut self.archive, CONTENT, &mut |event| {
            let Some(rows) = reader.read(&event)? else { return Ok(true) };
            for row in rows {
                match sink(reader.index(), row)? {
                    NextRow::Below => {}
                    NextRow::InNextSheet => {
                        reader.skips_sheet = true;
                        break;
                    }
                    NextRow::None => return Ok(false),
                }
            }
            Ok(true)
        })
    }
}

/// A row that is stored once for several.
struct RepeatedRow {
    next: SheetRow,
    left: u64,
}

impl Iterator for RepeatedRow {
    type Item = SheetRow;

    fn next(&mut self) -> Option<SheetRow> {
        self.left = self.left.checked_sub(1)?;
        let SheetRow { number, is_hidden, cells, merges } = &mut self.next;
        let row =
            SheetRow { number: *number, is_hidden: *is_hidden, cells: cells.clone(), merges: std::mem::take(merges) };
        *number += 1;
        Some(row)
    }
}

/// Reads the rows of the sheets from the XML.
struct OdsReader<'w> {
    names: &'w [String],
    only: Option<usize>,
    /// Sheets begun so far.
    sheets: usize,
    /// Tables that are open: a cell may contain one.
    tables: usize,
    /// The rest of the sheet is not wanted.
    skips_sheet: bool,
    /// The number of the row that is open, and how many rows it stands for.
    row: u64,
    repeated: u64,
    is_hidden: bool,
    builder: RowBuilder,
    merges: Vec<MergedCells>,
    column: usize,
    cell: Option<StoredOdsCell>,
    paragraphs: usize,
    /// Comments that are open; their text is not part of the cell.
    comments: usize,
}

impl<'w> OdsReader<'w> {
    fn new(names: &'w [String], only: Option<usize>) -> Self {
        Self {
            names,
            only,
            sheets: 0,
            tables: 0,
            skips_sheet: false,
            row: 0,
            repeated: 0,
            is_hidden: false,
            builder: RowBuilder::default(),
            merges: Vec::new(),
            column: 0,
            cell: None,
            paragraphs: 0,
            comments: 0,
        }
    }

    /// The index of the sheet that is open.
    fn index(&self) -> usize {
        self.sheets.saturating_sub(1)
    }

    /// Reads a piece of the text. Returns the rows that it ends, unless they are empty.
    fn read(&mut self, event: &XmlEvent<'_>) -> Result<Option<RepeatedRow>, ImportIssue> {
        match event {
            XmlEvent::Open(start) if start.local_name().as_ref() == "table" => {
                self.tables += 1;
                if self.tables == 1 {
                    self.sheets += 1;
                    self.skips_sheet = self.only.is_some_and(|only| only != self.index());
                    (self.row, self.repeated) = (1, 0);
                }
            }
            XmlEvent::Close(end) if end.local_name().as_ref() == "table" => self.tables = self.tables.saturating_sub(1),
            XmlEvent::Open(_) | XmlEvent::Close(_) | XmlEvent::Text(_) if self.tables != 1 || self.skips_sheet => {}
            XmlEvent::Open(start) => self.open(start)?,
            XmlEvent::Text(text) if self.paragraphs > 0 && self.comments == 0 => self.text(text)?,
            XmlEvent::Text(_) => {}
            XmlEvent::Close(end) => match end.local_name().as_ref() {
                "annotation" => self.comments = self.comments.saturating_sub(1),
                "p" => self.paragraphs = self.paragraphs.saturating_sub(1),
                "table-cell" | "covered-table-cell" => self.close_cell()?,
                "table-row" => return self.close_row(),
                _ => {}
            },
        }
        Ok(None)
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), ImportIssue> {
        match start.local_name().as_ref() {
            "table-row" => {
                let repeated = attribute(start, "number-rows-repeated")?.and_then(|count| count.parse().ok());
                self.repeated = repeated.unwrap_or(1);
                self.is_hidden = attribute(start, "visibility")?.is_some_and(|visibility| visibility != "visible");
                self.column = 0;
            }
            "table-cell" | "covered-table-cell" => {
                self.cell = Some(StoredOdsCell::open(start)?);
                (self.paragraphs, self.comments) = (0, 0);
            }
            "annotation" => self.comments += 1,
            "p" => {
                self.paragraphs += 1;
                if self.comments == 0 && self.cell.as_ref().is_some_and(|cell| !cell.text.is_empty()) {
                    self.text("\n")?;
                }
            }
            "s" => {
                let spaces = attribute(start, "c")?.and_then(|count| count.parse().ok()).unwrap_or(1);
                self.text(&" ".repeat(usize::min(spaces, MAX_SPACES)))?;
            }
            "tab" => self.text("\t")?,
            "line-break" => self.text("\n")?,
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ImportIssue> {
        let Some(cell) = self.cell.as_mut().filter(|_| self.comments == 0) else { return Ok(()) };
        cell.text += text;
        if cell.text.len() as u64 > MAX_ROW_BYTES {
            return Err(ImportIssue::in_row(self.row, "a cell is longer than 1 MB; this is not a statement"));
        }
        Ok(())
    }

    fn close_cell(&mut self) -> Result<(), ImportIssue> {
        let Some(stored) = self.cell.take() else { return Ok(()) };
        let (row, column) = (self.row, self.column);
        self.column = column.saturating_add(stored.columns);
        let sheet = self.names.get(self.index()).map_or("", String::as_str);
        let Some(cell) = stored.read(CellAddress { sheet, row, column }) else { return Ok(()) };
        for column in column..self.column {
            self.builder.put(row, column, FileCell::clone(&cell))?;
        }
        let (rows, columns) = stored.spanned;
        if rows > 1 || columns > 1 {
            self.merges.push(MergedCells {
                first_row: row,
                last_row: row.saturating_add(rows - 1),
                first_column: column,
                last_column: column.saturating_add(columns - 1),
            });
        }
        Ok(())
    }

    fn close_row(&mut self) -> Result<Option<RepeatedRow>, ImportIssue> {
        let (number, left) = (self.row, self.repeated);
        self.row = number.saturating_add(left);
        let (cells, merges) = (self.builder.take(), std::mem::take(&mut self.merges));
        if cells.is_empty() {
            return Ok(None);
        }
        if self.row > MAX_SHEET_ROWS + 1 {
            let message = "the sheet has more rows than spreadsheet programs know; save the file again";
            return Err(ImportIssue::in_row(number, message));
        }
        Ok(Some(RepeatedRow { next: SheetRow { number, is_hidden: self.is_hidden, cells, merges }, left }))
    }
}
