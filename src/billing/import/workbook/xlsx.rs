//! Reads XLSX files (ECMA-376, Office Open XML), in the transitional and the strict form.

use crate::billing::import::archive::Archive;
use crate::billing::import::issue::{ImportError, ImportIssue};
use crate::billing::import::text_reader::MAX_ROW_BYTES;
use crate::billing::import::workbook::cell_address::{CellAddress, MAX_SHEET_ROWS, parse_reference};
use crate::billing::import::workbook::merged_cells::MergedCells;
use crate::billing::import::workbook::shared_strings::SharedStrings;
use crate::billing::import::workbook::sheet_row::{NextRow, RowBuilder, SheetRow};
use crate::billing::import::workbook::xlsx_cell::{CellContext, StoredCell};
use crate::billing::import::workbook::xlsx_parts::{
    Relationships, SheetList, read_formats, read_part, read_sheet_list,
};
use crate::billing::import::xml_events::{XmlEvent, attribute, flag};

/// The most merged cells of a sheet.
const MAX_MERGES: usize = 100_000;

/// An XLSX file.
pub(super) struct Xlsx {
    archive: Archive,
    sheets: SheetList,
    context: CellContext,
}

impl Xlsx {
    /// Whether a ZIP file is an XLSX file.
    pub(super) fn is_in(archive: &Archive) -> bool {
        archive.has("[Content_Types].xml") && archive.files().iter().any(|name| name.starts_with("xl/"))
    }

    /// Reads all but the sheets.
    ///
    /// # Errors
    /// The file is damaged or exceeds a limit.
    pub(super) fn open(mut archive: Archive) -> Result<Self, ImportError> {
        let root = Relationships::read(&mut archive, "")?;
        let workbook = root.first("officeDocument").unwrap_or("xl/workbook.xml").to_owned();
        let relationships = Relationships::read(&mut archive, &workbook)?;
        let sheets = read_sheet_list(&mut archive, &workbook, &relationships)?;
        let formats = match relationships.first("styles") {
            Some(part) => read_formats(&mut archive, part)?,
            None => Vec::new(),
        };
        let mut strings = SharedStrings::default();
        if let Some(part) = relationships.first("sharedStrings") {
            read_part(&mut archive, part, &mut |event| {
                strings.read(&event)?;
                Ok(true)
            })?;
        }
        let context = CellContext { strings, formats, system: sheets.system };
        Ok(Self { archive, sheets, context })
    }

    pub(super) fn sheet_names(&self) -> &[String] {
        &self.sheets.names
    }

    /// Passes the rows of a sheet, or of all sheets, to `sink` with the index of the sheet.
    ///
    /// # Errors
    /// A sheet is damaged or exceeds a limit; or `sink` fails.
    pub(super) fn read_rows(
        &mut self,
        only: Option<usize>,
        sink: &mut dyn FnMut(usize, SheetRow) -> Result<NextRow, ImportError>,
    ) -> Result<(), ImportError> {
        let sheets = self.sheets.names.iter().zip(&self.sheets.parts).enumerate();
        for (index, (name, part)) in sheets.filter(|(index, _)| only.is_none_or(|only| only == *index)) {
            // The list of merged cells follows the rows. Whoever looks for the right sheet among several needs no values.
            let merges = if only.is_some() { read_merges(&mut self.archive, part)? } else { Vec::new() };
            let mut reader = SheetReader::new(&self.context, name, merges);
            let mut next = NextRow::Below;
            read_part(&mut self.archive, part, &mut |event| {
                if let Some(row) = reader.read(&event)? {
                    next = sink(index, row)?;
                }
                Ok(next == NextRow::Below)
            })?;
            if next == NextRow::None {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Reads the merged cells of a sheet, by their first rows.
fn read_merges(archive: &mut Archive, part: &str) -> Result<Vec<MergedCells>, ImportError> {
    let mut merges = Vec::new();
    read_part(archive, part, &mut |event| {
        let XmlEvent::Open(start) = event else { return Ok(true) };
        if start.local_name().as_ref() == "mergeCell" {
            let reference = attribute(start, "ref")?.unwrap_or_default();
            let ends = reference
                .split_once(':')
                .and_then(|(first, last)| Some((parse_reference(first)?, parse_reference(last)?)));
            let Some(((first_column, first_row), (last_column, last_row))) = ends else {
                return Err(ImportIssue::new("a reference of merged cells is not valid; save the file again").into());
            };
            merges.push(MergedCells { first_row, last_row, first_column, last_column });
        }
        if merges.len() > MAX_MERGES {
            return Err(
                ImportIssue::new(format!("the sheet has more than {MAX_MERGES} merged cells; unmerge them")).into()
            );
        }
        Ok(true)
    })?;
    merges.sort_by_key(|merged| merged.first_row);
    Ok(merges)
}

/// Reads the rows of a sheet from its XML (ECMA-376 part 1 section 18.3.1.80).
struct SheetReader<'w> {
    context: &'w CellContext,
    name: &'w str,
    /// Those whose first row has not come yet, by their first rows.
    merges: std::iter::Peekable<std::vec::IntoIter<MergedCells>>,
    /// The number of the row that is open, or was last.
    row: u64,
    is_hidden: bool,
    builder: RowBuilder,
    /// The column after the last cell.
    next_column: usize,
    cell: Option<StoredCell>,
    /// Whether the value of the cell is open.
    is_in_value: bool,
    /// Phonetic hints that are open; their text is not part of the cell.
    phonetic: usize,
}

impl<'w> SheetReader<'w> {
    fn new(context: &'w CellContext, name: &'w str, merges: Vec<MergedCells>) -> Self {
        Self {
            context,
            name,
            merges: merges.into_iter().peekable(),
            row: 0,
            is_hidden: false,
            builder: RowBuilder::default(),
            next_column: 0,
            cell: None,
            is_in_value: false,
            phonetic: 0,
        }
    }

    /// Reads a piece of the sheet. Returns the row that it ends.
    fn read(&mut self, event: &XmlEvent<'_>) -> Result<Option<SheetRow>, ImportIssue> {
        match event {
            XmlEvent::Open(start) => match start.local_name().as_ref() {
                "row" => {
                    self.open_row(attribute(start, "r")?.as_deref())?;
                    self.is_hidden = flag(start, "hidden")?;
                }
                "c" => {
                    self.open_cell(attribute(start, "r")?.as_deref())?;
                    let kind = attribute(start, "t")?.unwrap_or_default().into_owned();
                    let format = attribute(start, "s")?.and_then(|format| format.parse().ok()).unwrap_or(0);
                    self.cell = Some(StoredCell { kind, format, ..StoredCell::default() });
                }
                name => self.open_in_cell(name),
            },
            XmlEvent::Text(text) => self.text(text)?,
            XmlEvent::Close(end) => match end.local_name().as_ref() {
                "row" => return Ok(Some(self.close_row())),
                "c" => self.close_cell()?,
                "v" | "t" => self.is_in_value = false,
                "rPh" => self.phonetic = self.phonetic.saturating_sub(1),
                _ => {}
            },
        }
        Ok(None)
    }

    fn open_row(&mut self, reference: Option<&str>) -> Result<(), ImportIssue> {
        let number = match reference {
            None => Some(self.row + 1),
            Some(text) => text.parse().ok().filter(|number| *number > self.row),
        };
        let Some(number) = number.filter(|number| *number <= MAX_SHEET_ROWS) else {
            let message = "the rows of the sheet are not in order, or are more than spreadsheet programs know; save the file again";
            return Err(ImportIssue::in_row(self.row.max(1), message));
        };
        self.row = number;
        self.next_column = 0;
        Ok(())
    }

    fn open_cell(&mut self, reference: Option<&str>) -> Result<(), ImportIssue> {
        let column = match reference {
            None => Some(self.next_column),
            Some(text) => parse_reference(text)
                .filter(|(column, row)| *row == self.row && *column >= self.next_column)
                .map(|(column, _)| column),
        };
        let column = column.ok_or_else(|| {
            ImportIssue::in_row(
                self.row.max(1),
                "the cells of the row are not in order, or are of another row; save the file again",
            )
        })?;
        self.next_column = column + 1;
        Ok(())
    }

    fn open_in_cell(&mut self, name: &str) {
        let Some(cell) = &mut self.cell else { return };
        match name {
            "v" => {
                cell.has_value = true;
                self.is_in_value = true;
            }
            "t" if self.phonetic == 0 => {
                cell.has_value = true;
                self.is_in_value = true;
            }
            "f" => cell.has_formula = true,
            "rPh" => self.phonetic += 1,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ImportIssue> {
        let Some(cell) = self.cell.as_mut().filter(|_| self.is_in_value) else { return Ok(()) };
        cell.value += text;
        if cell.value.len() as u64 > MAX_ROW_BYTES {
            return Err(ImportIssue::in_row(self.row.max(1), "a cell is longer than 1 MB; this is not a statement"));
        }
        Ok(())
    }

    fn close_cell(&mut self) -> Result<(), ImportIssue> {
        let Some(stored) = self.cell.take() else { return Ok(()) };
        let column = self.next_column.saturating_sub(1);
        let address = CellAddress { sheet: self.name, row: self.row, column };
        match stored.read(self.context, address) {
            Some(cell) => self.builder.put(self.row, column, cell),
            None => Ok(()),
        }
    }

    fn close_row(&mut self) -> SheetRow {
        let mut merges = Vec::new();
        while let Some(merged) = self.merges.next_if(|merged| merged.first_row <= self.row) {
            if merged.first_row == self.row {
                merges.push(merged);
            }
        }
        SheetRow { number: self.row, is_hidden: self.is_hidden, cells: self.builder.take(), merges }
    }
}
