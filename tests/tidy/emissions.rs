//! `docs/emissions.md` lists exactly what is emitted and stored, and `docs/http-api.md` exactly the problem codes.

use std::collections::BTreeSet;
use std::fs;

use qsproxy::metrics::Stored;
use qsproxy::problem::Problem;
use regex::Regex;
use strum::VariantArray as _;

use crate::root;

/// The first column of the tables under a heading of `docs/emissions.md`.
fn emitted(heading: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/emissions.md")).unwrap();
    let section =
        text.split(&format!("## {heading}\n")).nth(1).unwrap_or_else(|| panic!("docs/emissions.md lacks {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let name = Regex::new(r"(?m)^\| `([^`]+)`").unwrap();
    name.captures_iter(section).map(|found| found[1].to_owned()).collect()
}

/// The first group of every match of a pattern in a file.
fn found(file: &str, pattern: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let pattern = Regex::new(pattern).unwrap();
    let found: BTreeSet<String> = pattern.captures_iter(&text).map(|found| found[1].to_owned()).collect();
    assert!(!found.is_empty(), "{file}: nothing matches {pattern}");
    found
}

#[test]
fn every_event_is_published() {
    assert_eq!(emitted("Events"), found("src/events.rs", r"event=([a-z_]+)"));
}

#[test]
fn every_metric_is_published() {
    let pattern = r#"(?s)(?:counters|metric|histogram)\(\s*r,\s*"([a-z_]+)""#;
    let registered = [
        "src/metrics.rs",
        "src/metrics/admin.rs",
        "src/metrics/budget.rs",
        "src/metrics/partner.rs",
        "src/metrics/store.rs",
        "src/metrics/workers.rs",
    ];
    let registered = registered.into_iter().flat_map(|file| found(file, pattern));
    let directly = ["src/metrics.rs", "src/metrics/budget.rs", "src/metrics/partner.rs"];
    let directly = directly.into_iter().flat_map(|file| found(file, r#"(?s)register\(\s*"([a-z_]+)""#));
    let stored = Stored::VARIANTS.iter().map(|stored| stored.table().to_owned());
    let names = registered.chain(directly).chain(stored);
    let names: BTreeSet<String> = names.map(|name| format!("qsproxy_{name}")).collect();
    assert_eq!(emitted("Metrics"), names);
}

/// The files below `src/storage` that define tables, SQLite's or PostgreSQL's.
fn definitions(of_postgres: bool) -> String {
    let mut texts = Vec::new();
    for folder in ["src/storage", if of_postgres { "src/storage/postgres" } else { "src/storage/sqlite" }] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.ends_with(".sql") || (name == "schema.rs" && !of_postgres) {
                texts.push(fs::read_to_string(&path).unwrap());
            }
        }
    }
    texts.join("\n")
}

/// The columns, of these types, of the tables that a pattern finds in a text.
fn columns(text: &str, table: &str, types: &str) -> BTreeSet<String> {
    let column = Regex::new(&format!(r"(\w+) (?:{types})\b")).unwrap();
    let columns_of = |table: &regex::Captures<'_>| {
        let columns = column.captures_iter(&table[2]).map(|name| format!("{}.{}", &table[1], &name[1]));
        columns.collect::<Vec<_>>()
    };
    let created = Regex::new(table).unwrap();
    let altered = Regex::new(r"alter table (?:node_)?(\w+) ((?:[^;]*\badd column\b)[^;]*);").unwrap();
    let added = Regex::new(&format!(r"add column (\w+) (?:{types})\b")).unwrap();
    let added_to = |table: &regex::Captures<'_>| {
        let columns = added.captures_iter(&table[2]).map(|name| format!("{}.{}", &table[1], &name[1]));
        columns.collect::<Vec<_>>()
    };
    let created = created.captures_iter(text).flat_map(|table| columns_of(&table));
    created.chain(altered.captures_iter(text).flat_map(|table| added_to(&table))).collect()
}

#[test]
fn every_stored_column_is_published() {
    let stored = columns(&definitions(false), r"(?s)create table (\w+) \((.*?)\) strict", "text|integer");
    let (of_spool, of_store): (BTreeSet<_>, BTreeSet<_>) =
        stored.into_iter().partition(|name| name.starts_with("spool.") || name.starts_with("parcel."));
    assert_eq!(emitted("Stored columns"), of_store);
    assert_eq!(emitted("A spool's own columns"), of_spool);

    let types = "text|bigint|smallint|date|timestamptz";
    let in_postgres = columns(&definitions(true), r"(?s)create table (?:node_)?(\w+) \((.*?)\)[^)]*;\n", types);
    let of_its_own: BTreeSet<_> = in_postgres.difference(&of_store).cloned().collect();
    assert_eq!(emitted("Columns of PostgreSQL's own"), of_its_own);
    // There `batches` is a view.
    let missing: Vec<_> = of_store.difference(&in_postgres).filter(|name| !name.starts_with("batches.")).collect();
    assert!(missing.is_empty(), "PostgreSQL lacks {missing:?}");
}

#[test]
fn every_problem_code_is_documented_with_its_status() {
    let text = fs::read_to_string(root().join("docs/http-api.md")).unwrap();
    let section = text.split("## Problem codes\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let row = Regex::new(r"(?m)^\| (\d{3}) \| `([a-z_]+)` \|").unwrap();
    let documented: BTreeSet<(String, String)> =
        row.captures_iter(section).map(|row| (row[1].to_owned(), row[2].to_owned())).collect();
    let problems = Problem::VARIANTS.iter();
    let codes = problems.map(|problem| (problem.status().as_str().to_owned(), problem.code().to_owned()));
    assert_eq!(documented, codes.collect());
}
