//! Positions of cells in a sheet, and how many there may be.

use crate::billing::import::cell::{CellKind, FileCell};

/// The most rows of a sheet; spreadsheet programs know no more.
pub(super) const MAX_SHEET_ROWS: u64 = 1_048_576;
/// The most columns of a sheet that have content. Statements have up to a hundred.
pub(super) const MAX_COLUMNS: usize = 1_024;

/// The position of a cell in a sheet.
#[derive(Clone, Copy)]
pub(super) struct CellAddress<'n> {
    pub sheet: &'n str,
    /// From 1.
    pub row: u64,
    /// From 0.
    pub column: usize,
}

impl CellAddress<'_> {
    /// A cell whose value cannot be known; `message` states why and what to do.
    pub(super) fn unreadable(self, shown: &str, message: &str) -> FileCell {
        let Self { sheet, row, column } = self;
        let shown = if shown.trim().is_empty() { "(empty)" } else { shown };
        let message = format!("{sheet}!{}{row}: {message}", column_letters(column));
        FileCell::new(shown, CellKind::Unreadable(message))
    }
}

/// The letters of a column: `A` for 0, `AA` for 26.
pub(super) fn column_letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// Parses a reference to a cell such as `AB12`, also with `$`, into its column from 0 and its row from 1.
pub(super) fn parse_reference(text: &str) -> Option<(usize, u64)> {
    let text = text.replace('$', "");
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = text.split_at_checked(digits)?;
    let is_valid =
        !letters.is_empty() && letters.len() <= 3 && row.len() <= 7 && row.bytes().all(|byte| byte.is_ascii_digit());
    let row = row.parse().ok().filter(|row| is_valid && (1..=MAX_SHEET_ROWS).contains(row))?;
    let mut column = 0_usize;
    for letter in letters.bytes() {
        let value = letter.to_ascii_uppercase().checked_sub(b'A').filter(|value| *value < 26)?;
        column = column * 26 + usize::from(value) + 1;
    }
    Some((column - 1, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_letters_and_digits() {
        for (column, letters) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(column_letters(column), letters);
            assert_eq!(parse_reference(&format!("{letters}7")), Some((column, 7)));
        }
        assert_eq!(parse_reference("$b$3"), Some((1, 3)));
        for text in ["", "A", "7", "A0", "A1048577", "AAAA1", "A1B", "Ä1", "A-1", "A99999999999999999999"] {
            assert_eq!(parse_reference(text), None, "{text}");
        }
    }
}
