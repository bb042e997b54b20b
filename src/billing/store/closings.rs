//! Reads and inserts closed months.

use std::ops::Range;

use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::{DecodeError, Row, SqlValue};
use crate::time::Hour;

/// A closed month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Position in the chain, from 1.
    pub number: i64,
    /// The partner.
    pub partner: ConfigName,
    /// The month in the partner's time zone.
    pub month: YearMonth,
    /// The UTC hours of the month.
    pub hours: Range<Hour>,
    /// The text of the record, exactly as signed.
    pub record: String,
    /// The signature in minisign's format.
    pub signature: String,
    /// The number of the last event of a statement when the month was closed, 0 if there was none; None if an earlier version closed
    /// it, whose record names the last statement.
    pub statement_event: Option<i64>,
}

impl Closing {
    fn from_row(row: &Row) -> Result<Self, DecodeError> {
        Ok(Self {
            number: row.number("number")?,
            partner: row.parse("partner", "a partner's name", |name| ConfigName::new(name).ok())?,
            month: row.parse("month", "a month", YearMonth::parse)?,
            hours: row.hour("from_hour")?..row.hour("to_hour")?,
            record: row.text("record")?.to_owned(),
            signature: row.text("signature")?.to_owned(),
            statement_event: row.optional_number("statement_event")?,
        })
    }
}

/// Reads the closings, ordered by number.
pub(super) fn closings(database: &Database) -> Result<Vec<Closing>, StoreError> {
    let [from, to] = ["from_hour", "to_hour"].map(|column| database.hour(column));
    let sql = format!(
        "select number, partner, month, {from} as from_hour, {to} as to_hour, record, signature,
         statement_event from closings order by number"
    );
    let rows = database.query("closings", &sql, &[])?;
    Ok(rows.iter().map(Closing::from_row).collect::<Result<_, _>>()?)
}

/// Inserts a closing. Fails if the number exists, or the partner's month is closed.
pub(super) fn insert(database: &Database, closing: &Closing) -> Result<(), StoreError> {
    let Closing { number, partner, month, hours, record, signature, statement_event } = closing;
    let insert = format!(
        "insert into closings (number, partner, month, from_hour, to_hour, record, signature, statement_event)
         values (?1, ?2, ?3, {}, {}, ?6, ?7, ?8)",
        database.to_hour("?4"),
        database.to_hour("?5")
    );
    let [month, from, to] = [month.to_string(), hours.start.to_string(), hours.end.to_string()];
    let texts = [partner.as_str(), &month, &from, &to, record, signature].map(SqlValue::from);
    database.execute(&insert, &[&[SqlValue::from(*number)][..], &texts, &[(*statement_event).into()]].concat())
}
