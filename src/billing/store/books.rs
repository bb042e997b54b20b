//! The rows of the books that a closed month is made of, as lines of text, so that each of them can be compared with what was signed:
//! the tables of statements, and the counts that old hours became.

use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::{DecodeError, Row, SqlValue};

/// Stands for SQL `null`.
const NULL: &str = "null";

/// How a column is read as text.
#[derive(Debug, Clone, Copy)]
enum ColumnKind {
    Text,
    Day,
    Number,
}

use ColumnKind::{Day, Number, Text};

/// A table of the books: its columns, and the rows that belong to a month as an SQL condition.
struct BooksTable {
    name: &'static str,
    columns: &'static [(&'static str, ColumnKind)],
    /// The number of leading columns that identify a row.
    key: usize,
    /// The condition. `{of_month}` stands for the statements of the month, `{from}` and `{to}` for its first and last day.
    filter: &'static str,
}

/// The columns of a table of statement rows: the key first.
const ROW_COLUMNS: &[(&str, ColumnKind)] = &[
    ("statement", Number),
    ("day", Day),
    ("code", Text),
    ("last", Day),
    ("currency", Text),
    ("searches", Number),
    ("clicks", Number),
    ("revenue", Number),
    ("final", Number),
];

/// The statements of a partner up to one number that cover a day of the month or correct one.
const OF_MONTH: &str = "select number from statements where partner = ?1 and number <= ?2
    and (first <= {to} and last >= {from} or number in (
        select statement from statement_corrections where day <= {to} and last >= {from}))";

const TABLES: [BooksTable; 5] = [
    BooksTable {
        name: "statements",
        columns: &[
            ("number", Number),
            ("partner", Text),
            ("sha256", Text),
            ("revision", Number),
            ("imported", Day),
            ("first", Day),
            ("last", Day),
            ("currency", Text),
            ("codes", Number),
            ("profile", Text),
        ],
        key: 1,
        filter: "number in ({of_month})",
    },
    BooksTable {
        name: "statement_codes",
        columns: &[("statement", Number), ("code", Text)],
        key: 2,
        filter: "statement in ({of_month})",
    },
    BooksTable {
        name: "statement_rows",
        columns: ROW_COLUMNS,
        key: 5,
        filter: "statement in ({of_month}) and day <= {to} and last >= {from}",
    },
    BooksTable {
        name: "statement_corrections",
        columns: ROW_COLUMNS,
        key: 5,
        filter: "statement in ({of_month}) and day <= {to} and last >= {from}",
    },
    BooksTable {
        name: "statement_events",
        columns: &[("number", Number), ("statement", Number), ("event", Text), ("day", Day), ("reason", Text)],
        key: 1,
        filter: "statement in ({of_month}) and number <= {until}",
    },
];

/// A row of the books: where it is, and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BooksRow {
    /// The table and the key.
    pub place: Vec<String>,
    /// The other columns, each with its name.
    pub values: Vec<String>,
}

/// The extent of the books that a month is made of.
#[derive(Debug, Clone)]
pub struct BooksExtent<'e> {
    /// The partner.
    pub partner: &'e ConfigName,
    /// The days of the month.
    pub days: RangeInclusive<Date>,
    /// The last statement.
    pub last_statement: i64,
    /// The last event of statements.
    pub last_event: i64,
}

/// Returns the rows of the statement tables for a month, in the order of tables and keys.
pub(super) fn books_rows(database: &Database, extent: &BooksExtent<'_>) -> Result<Vec<BooksRow>, StoreError> {
    let mut found = Vec::new();
    for table in TABLES {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|(name, kind)| match kind {
                Day => format!("{} as {name}", database.day(name)),
                Text | Number => (*name).to_owned(),
            })
            .collect();
        let order: Vec<String> =
            table.columns.iter().take(table.key).map(|(name, _)| format!("{}.{name}", table.name)).collect();
        let sql = format!(
            "select {} from {} where {} order by {}",
            columns.join(", "),
            table.name,
            table.filter.replace("{of_month}", OF_MONTH),
            order.join(", ")
        );
        // PostgreSQL has no parameter without a use.
        let uses_events = table.filter.contains("{until}");
        let sql = sql
            .replace("{until}", "?5")
            .replace("{from}", &database.to_day("?3"))
            .replace("{to}", &database.to_day("?4"));
        let (from, to) = (extent.days.start().to_string(), extent.days.end().to_string());
        let mut values: Vec<SqlValue> =
            vec![extent.partner.as_str().into(), extent.last_statement.into(), from.into(), to.into()];
        if uses_events {
            values.push(extent.last_event.into());
        }
        for row in database.query(table.name, &sql, &values)? {
            found.push(books_row(&table, &row)?);
        }
    }
    Ok(found)
}

fn books_row(table: &BooksTable, row: &Row) -> Result<BooksRow, DecodeError> {
    let mut place = vec![table.name.to_owned()];
    let mut values = Vec::new();
    for (at, (name, kind)) in table.columns.iter().enumerate() {
        let value = match kind {
            Text | Day => row.text(name)?.to_owned(),
            Number => row.optional_number(name)?.map_or_else(|| NULL.to_owned(), |number| number.to_string()),
        };
        if at < table.key {
            place.push(value);
        } else {
            values.push(format!("{name} {value}"));
        }
    }
    Ok(BooksRow { place, values })
}

/// Returns the rows of the tables of days for a partner: place is the subject, the UTC day, the code, the kind and the outcome; the one
/// value is the count.
pub(super) fn daily_rows(
    database: &Database,
    partner: &ConfigName,
    days: &RangeInclusive<Date>,
) -> Result<Vec<BooksRow>, StoreError> {
    let (from, to) = (database.to_day("?2"), database.to_day("?3"));
    let values: [SqlValue; 3] =
        [partner.as_str().into(), days.start().to_string().into(), days.end().to_string().into()];
    let mut found = Vec::new();
    for (table, subject, kind) in [("clicks_daily", "clicks", "kind"), ("searches_daily", "searches", "'none'")] {
        let sql = format!(
            "select {} as day, code, {kind} as kind, outcome, n from {table}
             where partner = ?1 and day >= {from} and day <= {to} order by {table}.day, code, kind, outcome",
            database.day("day")
        );
        for row in database.query(table, &sql, &values)? {
            let [day, code, kind, outcome] = ["day", "code", "kind", "outcome"].map(|column| row.text(column));
            let place =
                vec![subject.to_owned(), day?.to_owned(), code?.to_owned(), kind?.to_owned(), outcome?.to_owned()];
            found.push(BooksRow { place, values: vec![row.count("n")?.to_string()] });
        }
    }
    Ok(found)
}
