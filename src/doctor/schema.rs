//! Compares the objects of a store (tables, columns, views, triggers, indexes, functions) with those that this version creates.

use std::collections::BTreeSet;

use crate::doctor::catalog::{TableStore, tables, views};
use crate::doctor::finding::{Findings, Section};
use crate::storage::error::StoreError;
use crate::storage::postgres::migrations::definitions;
use crate::storage::query::Database;
use crate::storage::sqlite::schema::{FilePurpose, expected_objects, latest_version};

/// What to do about an object that is not ours.
const FOREIGN_REMEDY: &str =
    "find out who created it and what it holds, and drop it; qsproxy needs a database of its own";

/// What to do about an object of ours that is missing or changed.
const CHANGED_REMEDY: &str =
    "somebody changed the schema; restore a backup of before, or create the object as this version defines it";

/// Compares the schema with the expected one.
pub(super) fn examine(database: &Database, store: TableStore, findings: &mut Findings) {
    let before = findings.0.len();
    let compared = match store {
        TableStore::Sqlite => compare_file(database, FilePurpose::Store, findings),
        TableStore::Spool => compare_file(database, FilePurpose::Spool, findings),
        TableStore::Postgres => compare_server(database, findings),
    };
    let name = store.name();
    if let Err(error) = compared {
        findings.problem(Section::Contents, name, format!("the schema cannot be read: {error}"), "see the message");
    } else if findings.0.len() == before {
        findings.fine(Section::Contents, name, "has the tables, columns and triggers of its version, and no others");
    }
}

fn compare_file(database: &Database, purpose: FilePurpose, findings: &mut Findings) -> Result<(), StoreError> {
    let row = database.query("user_version", "select user_version from pragma_user_version", &[])?;
    let version = row.first().map_or(Ok(0), |row| row.number("user_version"))?;
    let latest = latest_version();
    let name = if purpose == FilePurpose::Spool { "spool" } else { "store" };
    if version < i64::from(latest) {
        let found = format!("has schema version {version}; `qsproxy serve` upgrades it to {latest} when it starts");
        findings.note(Section::Store, name, found);
    }
    let expected = expected_objects(purpose, version)?;
    let sql = "select type, name, coalesce(sql, '') as sql from sqlite_schema";
    let mut found = Vec::new();
    for row in database.query("sqlite_schema", sql, &[])? {
        found.push(["type", "name", "sql"].map(|column| row.text(column).map(str::to_owned)));
    }
    let found: Vec<[String; 3]> =
        found.into_iter().map(|[kind, name, sql]| Ok([kind?, name?, sql?])).collect::<Result<_, StoreError>>()?;
    let has = |list: &[[String; 3]], kind: &str, name: &str| {
        list.iter().any(|[k, n, _]| (k.as_str(), n.as_str()) == (kind, name))
    };
    for [kind, object, definition] in &found {
        let subject = format!("{name} {kind} {object}");
        if !has(&expected, kind, object) {
            findings.problem(Section::Contents, subject, "is not one of qsproxy's", FOREIGN_REMEDY);
        } else if !expected.iter().any(|[k, n, sql]| (k, n, sql) == (kind, object, definition)) {
            findings.problem(Section::Contents, subject, "is not as this version defines it", CHANGED_REMEDY);
        }
    }
    for [kind, object, _] in &expected {
        if !has(&found, kind, object) {
            findings.problem(Section::Contents, format!("{name} {kind} {object}"), "is missing", CHANGED_REMEDY);
        }
    }
    Ok(())
}

/// Names in pairs: of a table and what belongs to it.
type Pairs = BTreeSet<(String, String)>;

fn pairs(database: &Database, sql: &str) -> Result<Pairs, StoreError> {
    let rows = database.query("pg_catalog", sql, &[])?;
    rows.iter().map(|row| Ok((row.text("owner")?.to_owned(), row.text("name")?.to_owned()))).collect()
}

/// Tables and views of the schema, with their columns. Partitions are parts of their tables.
const COLUMNS: &str = "select cast(c.relname as text) as owner, cast(a.attname as text) as name
    from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid
    join pg_catalog.pg_namespace s on s.oid = c.relnamespace
    where s.nspname = current_schema() and c.relkind in ('r', 'v', 'm', 'p', 'f') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped";

const TRIGGERS: &str = "select cast(c.relname as text) as owner, cast(t.tgname as text) as name
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace s on s.oid = c.relnamespace
    where s.nspname = current_schema() and not t.tgisinternal and t.tgenabled <> 'D' and not c.relispartition";

const FUNCTIONS: &str = "select cast(p.prosrc as text) as owner, cast(p.proname as text) as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace s on s.oid = p.pronamespace
    where s.nspname = current_schema()";

fn compare_server(database: &Database, findings: &mut Findings) -> Result<(), StoreError> {
    let ours = tables(TableStore::Postgres);
    let of_tables =
        ours.iter().flat_map(|table| table.columns.iter().map(|column| (table.name.clone(), column.name.to_owned())));
    let of_views =
        views().flat_map(|view| view.columns.iter().map(|column| (view.name.to_owned(), column.name.to_owned())));
    compare("column", &of_tables.chain(of_views).collect(), &pairs(database, COLUMNS)?, findings);
    let definitions = definitions();
    compare("trigger", &defined_triggers(&definitions), &pairs(database, TRIGGERS)?, findings);
    for (body, name) in pairs(database, FUNCTIONS)? {
        let subject = format!("store function {name}");
        if !definitions.contains(&format!("create function {name}(")) {
            findings.problem(Section::Contents, subject, "is not one of qsproxy's", FOREIGN_REMEDY);
        } else if !definitions.contains(body.trim()) {
            findings.problem(Section::Contents, subject, "is not as this version defines it", CHANGED_REMEDY);
        }
    }
    Ok(())
}

fn compare(kind: &str, expected: &Pairs, found: &Pairs, findings: &mut Findings) {
    for (owner, name) in found.difference(expected) {
        let subject = format!("store {kind} {owner}.{name}");
        findings.problem(Section::Contents, subject, "is not one of qsproxy's", FOREIGN_REMEDY);
    }
    for (owner, name) in expected.difference(found) {
        findings.problem(Section::Contents, format!("store {kind} {owner}.{name}"), "is missing", CHANGED_REMEDY);
    }
}

/// The triggers that the migrations create, with their tables.
fn defined_triggers(definitions: &str) -> Pairs {
    let triggers = definitions.split("create trigger ").skip(1);
    triggers
        .filter_map(|text| {
            let name = text.split_whitespace().next()?;
            let table = text.split(" on ").nth(1)?.split_whitespace().next()?;
            Some((table.to_owned(), name.to_owned()))
        })
        .collect()
}
