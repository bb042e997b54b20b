//! Looks at every value of every table, and reports those that may not be there. Values are counted and never repeated: one that is
//! wrong could be somebody's.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value as Json;

use crate::doctor::catalog::{StoredTable, TableStore, tables};
use crate::doctor::finding::{Findings, Section};
use crate::doctor::known_names::KnownNames;
use crate::doctor::shape::{ValueShape, Verdict, is_age};
use crate::doctor::table_description::ColumnDescription;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::time;

/// How long the values of one store are looked at. A row takes about a microsecond for each of its columns.
const SCAN_TIME: Duration = Duration::from_secs(60);

/// The most different values of a column that are looked at: more than the hours of two years, or the codes that anyone configures.
const MAX_VALUES: usize = 100_000;

/// A table with its columns, for the reader.
#[derive(Debug, Serialize)]
pub struct TableEntry {
    /// `store` or `spool`.
    pub store: &'static str,
    /// Its name.
    pub table: String,
    /// What it is for.
    pub why: &'static str,
    /// Its rows. None if it could not be read.
    pub rows: Option<u64>,
    /// Its columns.
    pub columns: Vec<ColumnEntry>,
}

/// A column, for the reader.
#[derive(Debug, Serialize)]
pub struct ColumnEntry {
    /// Its name.
    pub column: &'static str,
    /// What it holds.
    pub holds: &'static str,
}

/// Looks at all tables of a store.
pub(super) fn examine(
    database: &mut Database,
    store: TableStore,
    known: &mut KnownNames,
    findings: &mut Findings,
) -> Vec<TableEntry> {
    let limited = database.stop_at(time::instant() + SCAN_TIME);
    if let Err(error) = limited.and_then(|()| add_statements(database, known)) {
        report(findings, &format!("{} privacy_versions", store.name()), &error);
    }
    let mut entries = Vec::new();
    let mut wrong = false;
    for table in tables(store) {
        let subject = format!("{} {}", table.store, table.name);
        match database.has_table(&table.name) {
            Ok(true) => {}
            // An older store lacks tables that came later; the schema reports that.
            Ok(false) => continue,
            Err(error) => {
                report(findings, &subject, &error);
                wrong = true;
                continue;
            }
        }
        let rows = count_rows(database, &table.name).inspect_err(|error| report(findings, &subject, error));
        wrong |= rows.is_err();
        for &column in &table.columns {
            wrong |= examine_column(database, &table, column, known, findings);
        }
        let columns = table.columns.iter().map(|column| ColumnEntry { column: column.name, holds: column.holds });
        let columns = columns.collect();
        entries.push(TableEntry { store: table.store, table: table.name, why: table.why, rows: rows.ok(), columns });
    }
    if !wrong {
        let found = "every value has the shape of its column, and every name is a configured one";
        findings.fine(Section::Contents, store.name(), found);
    }
    entries
}

/// Names that were configured before may be stored.
fn add_statements(database: &Database, known: &mut KnownNames) -> Result<(), StoreError> {
    if database.has_table("privacy_versions")? {
        for row in database.query("privacy_versions", "select statement from privacy_versions", &[])? {
            known.add_statement(row.text("statement")?);
        }
    }
    Ok(())
}

fn count_rows(database: &Database, table: &str) -> Result<u64, StoreError> {
    let rows = database.query(table, &format!("select count(*) as n from {table}"), &[])?;
    rows.first().map_or(Ok(0), |row| Ok(row.count("n")?))
}

/// Reports what is wrong with a column. Returns whether anything is.
fn examine_column(
    database: &Database,
    table: &StoredTable,
    column: &ColumnDescription,
    known: &KnownNames,
    findings: &mut Findings,
) -> bool {
    let subject = format!("{} {}.{}", table.store, table.name, column.name);
    let checked = match column.shape.bounds() {
        Some(bounds) => check_numbers(database, table, column, bounds),
        None => check_texts(database, table, column, known),
    };
    match checked {
        Ok(Outliers { wrong: 0, like_ids: 0, not_configured: 0, is_complete: true }) => return false,
        Ok(Outliers { wrong, like_ids, not_configured, is_complete }) => {
            let look = format!("look at them with `select distinct {} from {}`", column.name, table.name);
            if wrong > 0 {
                let found = format!(
                    "values that no version of this service writes there ({}): in {wrong} of its rows",
                    column.holds
                );
                findings.problem(
                    Section::Contents,
                    &subject,
                    found,
                    &format!("{look}; find out who wrote them, and delete them"),
                );
            }
            if like_ids > 0 {
                let found = format!("names that are not configured and look like an ID: in {like_ids} of its rows");
                findings.problem(
                    Section::Contents,
                    &subject,
                    found,
                    &format!("{look}; a name that identifies a user must go"),
                );
            }
            if not_configured > 0 {
                let found = format!(
                    "names that are not in this configuration, perhaps of an earlier one: in {not_configured} of its rows; {look}"
                );
                findings.note(Section::Contents, &subject, found);
            }
            if !is_complete {
                findings.note(
                    Section::Contents,
                    &subject,
                    format!("only {MAX_VALUES} different values were looked at"),
                );
            }
        }
        Err(error) => report(findings, &subject, &error),
    }
    true
}

/// Rows whose values are not as they should be.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outliers {
    wrong: u64,
    like_ids: u64,
    not_configured: u64,
    is_complete: bool,
}

fn check_numbers(
    database: &Database,
    table: &StoredTable,
    column: &ColumnDescription,
    (least, most, may_be_null): (i64, i64, bool),
) -> Result<Outliers, StoreError> {
    let (table, name) = (table.name.as_str(), column.name);
    if column.shape == ValueShape::Age {
        let value = database.integer(name);
        let rows =
            database.query(table, &format!("select {value} as value, count(*) as n from {table} group by 1"), &[])?;
        let mut outliers = Outliers { is_complete: true, ..Outliers::default() };
        for row in rows {
            outliers.wrong += if is_age(row.number("value")?) { 0 } else { row.count("n")? };
        }
        return Ok(outliers);
    }
    let null = if may_be_null { "" } else { "or {name} is null" }.replace("{name}", name);
    let sql = format!("select count(*) as n from {table} where {name} < {least} or {name} > {most} {null}");
    let rows = database.query(table, &sql, &[])?;
    let wrong = rows.first().map_or(Ok(0), |row| row.count("n"))?;
    Ok(Outliers { wrong, is_complete: true, ..Outliers::default() })
}

fn check_texts(
    database: &Database,
    table: &StoredTable,
    column: &ColumnDescription,
    known: &KnownNames,
) -> Result<Outliers, StoreError> {
    let name = column.name;
    let value = if column.shape == ValueShape::Hour {
        database.hour(name)
    } else if column.shape == ValueShape::Day {
        database.day(name)
    } else if column.shape == ValueShape::SliceValue {
        format!("dimension || '=' || {name}")
    } else {
        format!("cast({name} as text)")
    };
    let table_name = &table.name;
    let sql = format!("select {value} as value, count(*) as n from {table_name} group by 1 limit {}", MAX_VALUES + 1);
    let rows = database.query(table_name, &sql, &[])?;
    let mut outliers = Outliers { is_complete: rows.len() <= MAX_VALUES, ..Outliers::default() };
    for row in &rows {
        let n = row.count("n")?;
        let verdict = match row.text("value") {
            Ok(body) if column.shape == ValueShape::Batch => judge_batch(body, known),
            Ok(text) => column.shape.judge(text, known),
            Err(_) => Verdict::Wrong,
        };
        match verdict {
            Verdict::Fine => {}
            Verdict::NotConfigured => outliers.not_configured += n,
            Verdict::LikeAnId => outliers.like_ids += n,
            Verdict::Wrong => outliers.wrong += n,
        }
    }
    Ok(outliers)
}

/// A batch is an object with a list for each table, whose rows have the table's columns in their order.
fn judge_batch(body: &str, known: &KnownNames) -> Verdict {
    let Ok(Json::Object(batch)) = serde_json::from_str(body) else { return Verdict::Wrong };
    let tables = tables(TableStore::Spool);
    let mut worst = Verdict::Fine;
    for (name, rows) in &batch {
        let Some(table) = tables.iter().find(|table| table.name == *name) else { return Verdict::Wrong };
        let Some(rows) = rows.as_array() else { return Verdict::Wrong };
        for row in rows {
            let Some(row) = row.as_array().filter(|row| row.len() == table.columns.len()) else {
                return Verdict::Wrong;
            };
            let mut dimension = "";
            for (value, column) in row.iter().zip(&table.columns) {
                worst = worst.max(judge_json(value, column.shape, dimension, known));
                dimension = value.as_str().unwrap_or_default();
            }
        }
    }
    worst
}

/// Judges a value of a batch; `before` is the text of the column before it.
fn judge_json(value: &Json, shape: ValueShape, before: &str, known: &KnownNames) -> Verdict {
    let is_number = |least, most| value.as_i64().is_some_and(|number| (least..=most).contains(&number));
    match (shape.bounds(), value) {
        (Some((least, most, _)), _) if is_number(least, most) => Verdict::Fine,
        (None, Json::String(text)) if shape == ValueShape::SliceValue => {
            shape.judge(&format!("{before}={text}"), known)
        }
        (None, Json::String(text)) => shape.judge(text, known),
        _ => Verdict::Wrong,
    }
}

/// A message of an engine, which names tables and columns. A decoding error quotes values, so of it only the fact is reported.
fn report(findings: &mut Findings, subject: &str, error: &StoreError) {
    let found = match error {
        StoreError::Sqlite(_) | StoreError::Postgres(_) | StoreError::Unsupported(_) => {
            format!("cannot be read: {error}")
        }
        StoreError::Decode(_) => "has a value of another type than its column's".to_owned(),
    };
    let remedy = "if it took too long, look again at a quiet hour; otherwise restore a backup";
    findings.problem(Section::Contents, subject, found, remedy);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_the_columns_of_its_tables_and_known_values_only() {
        let mut known = KnownNames::default();
        known.partners.insert("p".to_owned());
        known.codes.insert("main".to_owned());
        known.languages.insert("de".to_owned());
        let batch = |searches: &str, slices: &str| {
            judge_batch(&format!(r#"{{"searches":[{searches}],"slices":[{slices}],"clicks":[]}}"#), &known)
        };
        let (search, slice) =
            (r#"["2026-11-28T10","p","main","answered",3]"#, r#"["2026-11-28","p","language","de",20]"#);
        assert_eq!(batch(search, slice), Verdict::Fine);
        assert_eq!(batch(r#"["2026-11-28T10","p","old","answered",3]"#, slice), Verdict::NotConfigured);
        assert_eq!(batch(r#"["2026-11-28T10","p","user-4711001","answered",3]"#, slice), Verdict::LikeAnId);
        for wrong in [
            r#"["2026-11-28T10:05","p","main","answered",3]"#,
            r#"["2026-11-28T10","q","main","answered",3]"#,
            r#"["2026-11-28T10","p","main","flights to rome",3]"#,
            r#"["2026-11-28T10","p","main","answered",-3]"#,
            r#"["2026-11-28T10","p","main","answered","3"]"#,
            r#"["2026-11-28T10","p","main","answered",3,"x"]"#,
            r#""flights to rome""#,
        ] {
            assert_eq!(batch(wrong, slice), Verdict::Wrong, "{wrong}");
        }
        for wrong in [r#"["2026-11-28","p","language","xx",20]"#, r#"["2026-11-28","p","browser","de",20]"#] {
            assert_eq!(batch(search, wrong), Verdict::Wrong, "{wrong}");
        }
        assert_eq!(judge_batch("{\"keywords\":[]}", &known), Verdict::Wrong);
        assert_eq!(judge_batch("flights to rome", &known), Verdict::Wrong);
    }
}
