//! A cell of an ODS sheet (OpenDocument 1.3 part 3 section 9.1.4 and 19.383 to 19.389).

use std::rc::Rc;

use jiff::SignedDuration;
use jiff::civil::Time;
use quick_xml::events::BytesStart;

use crate::billing::currency_signs::is_known;
use crate::billing::import::cell::{CellKind, FileCell};
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::workbook::cell_address::CellAddress;
use crate::billing::import::workbook::stored_number::{decimal, percentage};
use crate::billing::import::workbook::xlsx_cell::{ERROR_VALUE, NO_RESULT, iso_moment};
use crate::billing::import::xml_events::attribute;

/// A cell as it is stored.
#[derive(Default)]
pub(super) struct StoredOdsCell {
    kind: String,
    /// The value of a number, date, time or truth value; of a text, if it is not what the cell shows.
    value: Option<String>,
    /// The code of the currency of an amount.
    currency: Option<String>,
    has_formula: bool,
    is_error: bool,
    /// What the cell shows.
    pub text: String,
    /// How many columns have this cell.
    pub columns: usize,
    /// How many rows and columns are merged into it.
    pub spanned: (u64, usize),
}

impl StoredOdsCell {
    /// Reads the attributes of a cell.
    ///
    /// # Errors
    /// They are not well-formed.
    pub(super) fn open(start: &BytesStart<'_>) -> Result<Self, ImportIssue> {
        let count = |name| {
            Ok::<_, ImportIssue>(attribute(start, name)?.and_then(|count| count.parse::<u64>().ok()).unwrap_or(1))
        };
        let columns = |name| Ok::<_, ImportIssue>(usize::try_from(count(name)?).unwrap_or(usize::MAX).max(1));
        let mut cell = Self {
            columns: columns("number-columns-repeated")?,
            spanned: (count("number-rows-spanned")?.max(1), columns("number-columns-spanned")?),
            ..Self::default()
        };
        for attribute in start.attributes() {
            let attribute =
                attribute.map_err(|_| ImportIssue::new("an attribute in the XML is not valid; save the file again"))?;
            let value =
                || attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap_or_default().into_owned();
            match attribute.key.local_name().as_ref() {
                // LibreOffice adds its own type beside the standard one.
                "value-type" if value() == "error" => cell.is_error = true,
                "value-type" if cell.kind.is_empty() => cell.kind = value(),
                "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => cell.value = Some(value()),
                "currency" => cell.currency = Some(value()),
                "formula" => cell.has_formula = true,
                _ => {}
            }
        }
        Ok(cell)
    }

    /// Returns the cell; `None` if it is empty.
    pub(super) fn read(&self, address: CellAddress<'_>) -> Option<FileCell> {
        let shown = self.text.trim();
        if self.is_error || (self.has_formula && (shown.starts_with('#') || shown.starts_with("Err:"))) {
            return Some(address.unreadable(shown, ERROR_VALUE));
        }
        if self.has_formula && self.kind.is_empty() {
            return Some(address.unreadable("=", NO_RESULT));
        }
        let value = self.value.as_deref().unwrap_or_default().trim();
        let cell = match self.kind.as_str() {
            "" | "string" => Ok(FileCell::text(self.value.as_deref().unwrap_or(&self.text))),
            "float" => decimal(value).map(|text| FileCell::new(text, CellKind::Number)),
            "currency" => decimal(value).map(|text| {
                let currency = self.currency.as_deref().map(str::trim).filter(|currency| is_known(currency));
                FileCell::new(text, CellKind::Number).with_currency(currency.map(Rc::from))
            }),
            "percentage" => percentage(value),
            "date" => iso_moment(value).ok_or_else(|| "this is not a date; correct it".to_owned()),
            "time" => clock_time(value).ok_or_else(|| "this is not a time of day; correct it".to_owned()),
            "boolean" => Ok(FileCell::text(if value == "true" { "true" } else { "false" })),
            _ => Err("this cell has a type that is not known; save the file again".to_owned()),
        };
        match cell {
            Ok(cell) if cell.trim().is_empty() => None,
            Ok(cell) => Some(cell),
            Err(message) => Some(address.unreadable(if shown.is_empty() { value } else { shown }, &message)),
        }
    }
}

/// Parses a duration since midnight such as `PT05H00M00S` (XML Schema part 2 section 3.2.6).
fn clock_time(text: &str) -> Option<FileCell> {
    let duration: SignedDuration = text.parse().ok()?;
    let seconds = duration.as_secs();
    let part = |n: i64| i8::try_from(n).ok();
    let time = Time::new(part(seconds / 3_600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, 0).ok()?;
    Some(FileCell::new(time.to_string(), CellKind::Time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_times_of_day() {
        for (text, time) in [
            ("PT05H00M00S", Some("05:00:00")),
            ("PT23H59M59S", Some("23:59:59")),
            ("PT24H", None),
            ("-PT1H", None),
            ("x", None),
        ] {
            assert_eq!(clock_time(text).as_deref(), time, "{text}");
        }
    }
}
