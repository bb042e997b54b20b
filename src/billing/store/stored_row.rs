//! Decodes rows of the billing tables. A value of another type, an unknown name and a row of another shape are errors that name
//! the table, the row and the column: what a signed record is made of is never guessed, dropped or read as zero.

use std::fmt;

use crate::storage::query::SqlValue;

/// The number of characters of a value that an error shows.
const SHOWN_CHARACTERS: usize = 40;

/// The columns that a query returns.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredTable {
    /// The table.
    pub name: &'static str,
    /// The columns in the order of the query.
    pub columns: &'static [&'static str],
    /// How many of the first columns identify a row.
    pub key_columns: usize,
}

/// A stored row that cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRow {
    table: &'static str,
    key: String,
    column: &'static str,
    expected: &'static str,
    found: String,
}

/// As `table clicks, row (2026-10-01T07, first): column n must be a count, not -1`.
impl fmt::Display for InvalidRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, key, column, expected, found } = self;
        write!(f, "the store contains an invalid row: table {table}, row ({key}): ")?;
        write!(f, "column {column} must be {expected}, not {found}")
    }
}

impl std::error::Error for InvalidRow {}

/// One row of a query's result.
#[derive(Debug)]
pub(super) struct StoredRow<'t> {
    table: &'t StoredTable,
    values: Vec<SqlValue>,
}

impl<'t> StoredRow<'t> {
    /// A row of this table.
    pub(super) fn new(table: &'t StoredTable, values: Vec<SqlValue>) -> Self {
        Self { table, values }
    }

    /// Returns a text.
    pub(super) fn text(&self, column: &'static str) -> Result<&str, InvalidRow> {
        match self.value(column) {
            Some(SqlValue::Text(text)) => Ok(text),
            Some(SqlValue::Number(_) | SqlValue::Null) | None => Err(self.invalid(column, "text")),
        }
    }

    /// Returns a text, parsed.
    pub(super) fn parse<T>(
        &self,
        column: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, InvalidRow> {
        parse(self.text(column)?).ok_or_else(|| self.invalid(column, expected))
    }

    /// Returns an integer.
    pub(super) fn integer(&self, column: &'static str) -> Result<i64, InvalidRow> {
        self.optional_integer(column)?.ok_or_else(|| self.invalid(column, "an integer"))
    }

    /// Returns an integer; None for null.
    pub(super) fn optional_integer(&self, column: &'static str) -> Result<Option<i64>, InvalidRow> {
        match self.value(column) {
            Some(SqlValue::Number(number)) => Ok(Some(*number)),
            Some(SqlValue::Null) => Ok(None),
            Some(SqlValue::Text(_)) | None => Err(self.invalid(column, "an integer")),
        }
    }

    /// Returns an integer of 0 or more.
    pub(super) fn count(&self, column: &'static str) -> Result<u64, InvalidRow> {
        u64::try_from(self.integer(column)?).map_err(|_| self.invalid(column, "a count"))
    }

    /// The error for a value that is not what is expected.
    pub(super) fn invalid(&self, column: &'static str, expected: &'static str) -> InvalidRow {
        let key: Vec<String> = self.values.iter().take(self.table.key_columns).map(shown).collect();
        InvalidRow {
            table: self.table.name,
            key: key.join(", "),
            column,
            expected,
            found: self.value(column).map_or_else(|| "missing".to_owned(), shown_with_type),
        }
    }

    fn value(&self, column: &str) -> Option<&SqlValue> {
        let place = self.table.columns.iter().position(|known| *known == column)?;
        // A row of another shape is no row of this table.
        self.values.get(place).filter(|_| self.values.len() == self.table.columns.len())
    }
}

fn shown(value: &SqlValue) -> String {
    match value {
        SqlValue::Text(text) => text.chars().take(SHOWN_CHARACTERS).flat_map(char::escape_debug).collect(),
        SqlValue::Number(number) => number.to_string(),
        SqlValue::Null => "null".to_owned(),
    }
}

fn shown_with_type(value: &SqlValue) -> String {
    match value {
        SqlValue::Text(_) => format!("\"{}\"", shown(value)),
        SqlValue::Number(_) | SqlValue::Null => shown(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: StoredTable = StoredTable { name: "t", columns: &["key", "n"], key_columns: 1 };

    fn row(values: Vec<SqlValue>) -> StoredRow<'static> {
        StoredRow::new(&TABLE, values)
    }

    #[test]
    fn values_of_the_wrong_type_are_errors_with_their_place() {
        let sound = row(vec!["a".into(), 5.into()]);
        assert_eq!((sound.text("key").unwrap(), sound.count("n").unwrap()), ("a", 5));
        let error = row(vec!["a\n".into(), (-1).into()]).count("n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the store contains an invalid row: table t, row (a\\n): column n must be a count, not -1"
        );
        let error = row(vec!["a".into(), "5".into()]).optional_integer("n").unwrap_err();
        assert!(error.to_string().ends_with("column n must be an integer, not \"5\""), "{error}");
        assert_eq!(row(vec!["a".into(), SqlValue::Null]).optional_integer("n"), Ok(None));
        assert!(row(vec!["a".into(), SqlValue::Null]).integer("n").is_err());
        assert!(row(vec![1.into(), 5.into()]).text("key").is_err());
        assert!(row(vec!["a".into()]).text("key").is_err(), "a row of another shape");
        assert!(sound.parse("key", "a digit", |text| text.parse::<u8>().ok()).is_err());
    }
}
