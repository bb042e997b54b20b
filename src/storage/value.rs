//! Parameters of SQL statements and rows of their results, the same for SQLite and PostgreSQL.
//!
//! Decoding is fallible: a value of another type, out of range, or unknown to this version is a [`DecodeError`] that names the
//! table, the row and the column. No value is replaced by zero or by an empty text, and no row is skipped.

use std::fmt;
use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::time::{Day, Hour};

/// Characters of a value that an error message quotes.
const QUOTED_CHARS: usize = 40;

/// A parameter of an SQL statement, or a column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlValue {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// SQL `null`.
    Null,
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for SqlValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for SqlValue {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<F: Into<Self>> From<Option<F>> for SqlValue {
    fn from(value: Option<F>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for SqlValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Number(number) => ToSqlOutput::from(*number),
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        })
    }
}

/// What the store returned in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoredValue {
    Sql(SqlValue),
    /// A value of a type that no column of ours has, such as a floating-point number; the type's name.
    Unsupported(String),
}

impl fmt::Display for StoredValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sql(SqlValue::Text(text)) if text.chars().nth(QUOTED_CHARS).is_some() => {
                write!(f, "{:?}…", text.chars().take(QUOTED_CHARS).collect::<String>())
            }
            Self::Sql(SqlValue::Text(text)) => write!(f, "{text:?}"),
            Self::Sql(SqlValue::Number(number)) => write!(f, "{number}"),
            Self::Sql(SqlValue::Null) => f.write_str("null"),
            Self::Unsupported(name) => write!(f, "<{name}>"),
        }
    }
}

/// A row that cannot be decoded. The message quotes the row's values: no table of the store holds user data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store contains an invalid row: table {table}, row {row} ({values}): column {column} must be {expected}")]
pub struct DecodeError {
    table: String,
    /// Counted from 1, in the order of the result.
    row: usize,
    column: String,
    expected: &'static str,
    values: String,
}

/// The names that all rows of one result share.
#[derive(Debug)]
pub(super) struct ResultHeader {
    table: String,
    columns: Vec<String>,
}

impl ResultHeader {
    /// `table` names the source of the rows in errors; `columns` are the result's own names.
    pub(super) fn new(table: &str, columns: Vec<String>) -> Arc<Self> {
        Arc::new(Self { table: table.to_owned(), columns })
    }
}

/// One row of a query's result. Columns are read by the names that the query gives them.
#[derive(Debug, Clone)]
pub struct Row {
    header: Arc<ResultHeader>,
    /// Counted from 1, in the order of the result.
    number: usize,
    values: Vec<StoredValue>,
}

impl Row {
    pub(super) fn new(header: &Arc<ResultHeader>, number: usize, values: Vec<StoredValue>) -> Self {
        Self { header: header.clone(), number, values }
    }

    /// The error that this column is not what was expected.
    #[must_use]
    pub fn error(&self, column: &str, expected: &'static str) -> DecodeError {
        DecodeError {
            table: self.header.table.clone(),
            row: self.number,
            column: column.to_owned(),
            expected,
            values: self.values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }

    fn value(&self, column: &str) -> Result<&SqlValue, DecodeError> {
        let place = self.header.columns.iter().position(|name| name == column);
        match place.and_then(|place| self.values.get(place)) {
            Some(StoredValue::Sql(value)) => Ok(value),
            Some(StoredValue::Unsupported(_)) => Err(self.error(column, "a text or a whole number")),
            None => Err(self.error(column, "a column of the result")),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// Any other value, `null` included.
    pub fn text(&self, column: &str) -> Result<&str, DecodeError> {
        match self.value(column)? {
            SqlValue::Text(text) => Ok(text),
            SqlValue::Number(_) | SqlValue::Null => Err(self.error(column, "a text")),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// Any other value, `null` included.
    pub fn number(&self, column: &str) -> Result<i64, DecodeError> {
        match self.value(column)? {
            SqlValue::Number(number) => Ok(*number),
            SqlValue::Text(_) | SqlValue::Null => Err(self.error(column, "a whole number")),
        }
    }

    /// A whole number, or None for `null`.
    ///
    /// # Errors
    /// A text, or a value of a type that no column of ours has.
    pub fn optional_number(&self, column: &str) -> Result<Option<i64>, DecodeError> {
        match self.value(column)? {
            SqlValue::Null => Ok(None),
            SqlValue::Number(number) => Ok(Some(*number)),
            SqlValue::Text(_) => Err(self.error(column, "a whole number or null")),
        }
    }

    /// A whole number from 0.
    ///
    /// # Errors
    /// Any other value, `null` and negative numbers included.
    pub fn count(&self, column: &str) -> Result<u64, DecodeError> {
        match self.value(column)? {
            SqlValue::Number(number) => u64::try_from(*number).ok(),
            SqlValue::Text(_) | SqlValue::Null => None,
        }
        .ok_or_else(|| self.error(column, "a whole number from 0"))
    }

    /// A UTC day, stored as `YYYY-MM-DD`.
    ///
    /// # Errors
    /// Any other value.
    pub fn day(&self, column: &str) -> Result<Day, DecodeError> {
        let day = |text: &str| text.parse().ok().map(Day::from_date).filter(|day| day.date().to_string() == text);
        self.parse(column, "a day, YYYY-MM-DD", day)
    }

    /// A UTC hour, stored as `YYYY-MM-DDTHH`.
    ///
    /// # Errors
    /// Any other value.
    pub fn hour(&self, column: &str) -> Result<Hour, DecodeError> {
        self.parse(column, "an hour, YYYY-MM-DDTHH", Hour::parse)
    }

    /// A text that `parse` knows; `expected` names what it accepts, with its article: "a click outcome".
    ///
    /// # Errors
    /// Any other value.
    pub fn parse<T>(
        &self,
        column: &str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, DecodeError> {
        match self.value(column)? {
            SqlValue::Text(text) => parse(text),
            SqlValue::Number(_) | SqlValue::Null => None,
        }
        .ok_or_else(|| self.error(column, expected))
    }

    /// A whole number that `parse` knows; `expected` as in [`Self::parse`].
    ///
    /// # Errors
    /// Any other value.
    pub fn parse_number<T>(
        &self,
        column: &str,
        expected: &'static str,
        parse: impl FnOnce(i64) -> Option<T>,
    ) -> Result<T, DecodeError> {
        match self.value(column)? {
            SqlValue::Number(number) => parse(*number),
            SqlValue::Text(_) | SqlValue::Null => None,
        }
        .ok_or_else(|| self.error(column, expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: Vec<StoredValue>) -> Row {
        let columns = ["hour", "day", "n"].map(str::to_owned).to_vec();
        Row::new(&ResultHeader::new("clicks", columns), 3, values)
    }

    fn sql(value: impl Into<SqlValue>) -> StoredValue {
        StoredValue::Sql(value.into())
    }

    #[test]
    fn decodes_values_of_the_expected_type() {
        let row = row(vec![sql("2026-11-25T15"), sql("2026-11-25"), sql(7)]);
        assert_eq!((row.hour("hour"), row.day("day")), (Ok(Hour(498_783)), Ok(Day(20_782))));
        assert_eq!((row.count("n"), row.number("n"), row.optional_number("n")), (Ok(7), Ok(7), Ok(Some(7))));
        assert_eq!(row.text("day"), Ok("2026-11-25"));
    }

    #[test]
    fn an_error_names_table_row_and_column() {
        let row = row(vec![sql("2026-11-25T24"), sql("a\n".repeat(40)), sql(-5)]);
        let quoted = r#""a\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\na\n"…"#;
        let wanted = format!(
            "the store contains an invalid row: table clicks, row 3 (\"2026-11-25T24\", {quoted}, -5): column n must be a whole number from 0"
        );
        assert_eq!(row.count("n").unwrap_err().to_string(), wanted);
        assert!(row.hour("hour").unwrap_err().to_string().ends_with("column hour must be an hour, YYYY-MM-DDTHH"));
        assert!(row.day("day").unwrap_err().to_string().ends_with("column day must be a day, YYYY-MM-DD"));
        assert!(row.text("m").unwrap_err().to_string().ends_with("column m must be a column of the result"));
    }

    #[test]
    fn rejects_null_and_values_of_another_type() {
        let row = row(vec![sql(5), StoredValue::Unsupported("real".to_owned()), StoredValue::Sql(SqlValue::Null)]);
        assert!(row.text("hour").is_err() && row.hour("hour").is_err());
        assert!(row.number("day").is_err() && row.text("day").is_err() && row.optional_number("day").is_err());
        assert!(row.count("n").is_err() && row.number("n").is_err() && row.text("n").is_err());
        assert_eq!(row.optional_number("n"), Ok(None));
        assert!(row.parse("hour", "a word", |_| Some(())).is_err());
        assert!(row.parse_number("n", "a word", |_| Some(())).is_err());
        assert!(row.count("n").unwrap_err().to_string().contains("(5, <real>, null)"));
    }
}
