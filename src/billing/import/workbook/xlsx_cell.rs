//! A cell of an XLSX sheet (ECMA-376 part 1 section 18.3.1.4).

use jiff::civil::{Date, DateTime, Time};

use crate::billing::import::cell::{CellKind, FileCell};
use crate::billing::import::workbook::cell_address::CellAddress;
use crate::billing::import::workbook::number_format::{CellFormat, NumberFormat};
use crate::billing::import::workbook::serial_date::{DateSystem, moment};
use crate::billing::import::workbook::shared_strings::SharedStrings;
use crate::billing::import::workbook::stored_number::{decimal, parse, percentage};

/// What the cells of a workbook refer to.
pub(super) struct CellContext {
    pub strings: SharedStrings,
    /// The number format of each cell format.
    pub formats: Vec<NumberFormat>,
    pub system: DateSystem,
}

/// A cell as it is stored.
#[derive(Default)]
pub(super) struct StoredCell {
    /// The attribute `t`.
    pub kind: String,
    /// The attribute `s`: the index of its format.
    pub format: usize,
    /// The text of its value.
    pub value: String,
    pub has_formula: bool,
    /// Whether it has the element of a value, which may be empty.
    pub has_value: bool,
}

impl StoredCell {
    /// Returns the cell; `None` if it is empty.
    pub(super) fn read(&self, context: &CellContext, address: CellAddress<'_>) -> Option<FileCell> {
        let value = self.value.trim();
        // A formula whose result is an empty text has an empty value; other results are not empty.
        let is_calculated = self.has_value && (!value.is_empty() || self.kind == "str");
        if self.has_formula && !is_calculated {
            return Some(address.unreadable("=", NO_RESULT));
        }
        if value.is_empty() {
            return None;
        }
        let cell = match self.kind.as_str() {
            "s" => value
                .parse()
                .ok()
                .and_then(|index| context.strings.get(index))
                .map(FileCell::text)
                .ok_or_else(|| "this cell refers to a text that the file does not have; save it again".to_owned()),
            "str" | "inlineStr" => Ok(FileCell::text(self.value.as_str())),
            "b" => Ok(FileCell::text(if value == "0" { "false" } else { "true" })),
            "e" => Err(ERROR_VALUE.to_owned()),
            "d" => iso_moment(value).ok_or_else(|| "this is not a date; correct it".to_owned()),
            "" | "n" => self.number(context),
            _ => Err("this cell has a type that is not known; save the file again".to_owned()),
        };
        match cell {
            Ok(cell) if cell.is_empty() => None,
            Ok(cell) => Some(cell),
            Err(message) => Some(address.unreadable(value, &message)),
        }
    }

    fn number(&self, context: &CellContext) -> Result<FileCell, String> {
        let format = context.formats.get(self.format);
        match format.map_or(CellFormat::Number, |format| format.kind) {
            CellFormat::Number => {
                let currency = format.and_then(|format| format.currency.clone());
                decimal(&self.value).map(|text| FileCell::new(text, CellKind::Number).with_currency(currency))
            }
            CellFormat::Percent => percentage(&self.value),
            CellFormat::Moment(part) => moment(parse(&self.value)?, part, context.system),
        }
    }
}

/// What to do about a cell with an error such as `#N/A`.
pub(super) const ERROR_VALUE: &str =
    "the cell holds an error; correct it in the spreadsheet, or ask the partner for the value";
/// What to do about a formula that was never calculated.
pub(super) const NO_RESULT: &str = "the file has a formula here and not its result; open the file in a spreadsheet program, save it, and import it again";

/// Returns the cell of a moment in ISO 8601, rounded down to the second; without the time if it is midnight.
pub(super) fn iso_moment(text: &str) -> Option<FileCell> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    if let Ok(moment) = text.parse::<DateTime>()
        && text.contains(['T', 't', ' '])
    {
        let moment = moment.with().subsec_nanosecond(0).build().ok()?;
        let is_midnight = moment.time() == Time::midnight();
        let text = if is_midnight { moment.date().to_string() } else { moment.to_string() };
        return Some(FileCell::new(text, CellKind::Time));
    }
    if let Ok(date) = text.parse::<Date>() {
        return Some(FileCell::new(date.to_string(), CellKind::Time));
    }
    let time = text.parse::<Time>().ok()?.with().subsec_nanosecond(0).build().ok()?;
    Some(FileCell::new(time.to_string(), CellKind::Time))
}
