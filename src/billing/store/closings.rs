//! Reads and inserts the chain of records: closed months, corrections, hand-overs of the key, and the archives of records.

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

/// A stored correction of a closed month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCorrection {
    /// Position in the chain.
    pub number: i64,
    /// The partner.
    pub partner: ConfigName,
    /// The month in the partner's time zone.
    pub month: YearMonth,
    /// The text of the record, exactly as signed.
    pub record: String,
    /// The signature in minisign's format.
    pub signature: String,
}

/// A stored hand-over of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHandOver {
    /// Position in the chain.
    pub number: i64,
    /// The text of the record, exactly as signed.
    pub record: String,
    /// The signature of the old key in minisign's format; empty if that key was lost.
    pub signature: String,
    /// The signature of the new key.
    pub new_signature: String,
}

/// The archive of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArchive {
    /// The record's position in the chain.
    pub number: i64,
    /// The text of the archive.
    pub archive: String,
}

/// Reads the corrections, ordered by number.
pub(super) fn corrections(database: &Database) -> Result<Vec<StoredCorrection>, StoreError> {
    let sql = "select number, partner, month, record, signature from corrections order by number";
    let decode = |row: &Row| {
        Ok(StoredCorrection {
            number: row.number("number")?,
            partner: row.parse("partner", "a partner's name", |name| ConfigName::new(name).ok())?,
            month: row.parse("month", "a month", YearMonth::parse)?,
            record: row.text("record")?.to_owned(),
            signature: row.text("signature")?.to_owned(),
        })
    };
    let rows = if_there(database, "corrections", sql)?;
    Ok(rows.iter().map(decode).collect::<Result<_, DecodeError>>()?)
}

/// Reads the hand-overs of the key, ordered by number.
pub(super) fn hand_overs(database: &Database) -> Result<Vec<StoredHandOver>, StoreError> {
    let sql = "select number, record, signature, new_signature from key_hand_overs order by number";
    let decode = |row: &Row| {
        Ok(StoredHandOver {
            number: row.number("number")?,
            record: row.text("record")?.to_owned(),
            signature: row.text("signature")?.to_owned(),
            new_signature: row.text("new_signature")?.to_owned(),
        })
    };
    let rows = if_there(database, "key_hand_overs", sql)?;
    Ok(rows.iter().map(decode).collect::<Result<_, DecodeError>>()?)
}

/// Reads the archives, ordered by number.
pub(super) fn archives(database: &Database) -> Result<Vec<StoredArchive>, StoreError> {
    let sql = "select number, archive from closing_archives order by number";
    let decode =
        |row: &Row| Ok(StoredArchive { number: row.number("number")?, archive: row.text("archive")?.to_owned() });
    let rows = if_there(database, "closing_archives", sql)?;
    Ok(rows.iter().map(decode).collect::<Result<_, DecodeError>>()?)
}

/// Reads the archive of one record.
pub(super) fn archive(database: &Database, number: i64) -> Result<Option<StoredArchive>, StoreError> {
    if !database.has_table("closing_archives")? {
        return Ok(None);
    }
    let sql = "select number, archive from closing_archives where number = ?1";
    let rows = database.query("closing_archives", sql, &[number.into()])?;
    let decode =
        |row: &Row| Ok(StoredArchive { number: row.number("number")?, archive: row.text("archive")?.to_owned() });
    Ok(rows.first().map(decode).transpose().map_err(|error: DecodeError| error)?)
}

/// Returns no rows if an earlier version created the store, which has no such table.
fn if_there(database: &Database, table: &str, sql: &str) -> Result<Vec<Row>, StoreError> {
    if database.has_table(table)? { database.query(table, sql, &[]) } else { Ok(Vec::new()) }
}

/// Inserts a correction. Fails if the number exists.
pub(super) fn insert_correction(database: &Database, correction: &StoredCorrection) -> Result<(), StoreError> {
    let StoredCorrection { number, partner, month, record, signature } = correction;
    let month = month.to_string();
    let texts = [partner.as_str(), &month, record, signature].map(SqlValue::from);
    let insert = "insert into corrections (number, partner, month, record, signature) values (?1, ?2, ?3, ?4, ?5)";
    database.execute(insert, &[&[SqlValue::from(*number)][..], &texts].concat())
}

/// Inserts a hand-over. Fails if the number exists.
pub(super) fn insert_hand_over(database: &Database, hand_over: &StoredHandOver) -> Result<(), StoreError> {
    let StoredHandOver { number, record, signature, new_signature } = hand_over;
    let texts = [record, signature, new_signature].map(|text| SqlValue::from(text.as_str()));
    let insert = "insert into key_hand_overs (number, record, signature, new_signature) values (?1, ?2, ?3, ?4)";
    database.execute(insert, &[&[SqlValue::from(*number)][..], &texts].concat())
}

/// Inserts an archive. Fails if the number exists.
pub(super) fn insert_archive(database: &Database, archive: &StoredArchive) -> Result<(), StoreError> {
    let StoredArchive { number, archive } = archive;
    let insert = "insert into closing_archives (number, archive) values (?1, ?2)";
    database.execute(insert, &[SqlValue::from(*number), archive.as_str().into()])
}
