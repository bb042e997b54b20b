//! The rules of the house that no compiler knows: what may import what, who may touch what, how long a
//! file is, and that `docs/emissions.md` lists what is emitted, no more and no less.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that panics has done its work"
)]

#[path = "tidy/references.rs"]
mod references;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use qsproxy::metrics::Stored;
use regex::Regex;
use strum::VariantArray as _;

/// Modules of the crate, top to bottom: a module imports only from those below it.
const MODULES: [&str; 38] = [
    "main",
    "cli",
    "app",
    "config",
    "server",
    "admin",
    "ui",
    "search",
    "click",
    "visit",
    "image",
    "state",
    "privacy",
    "report",
    "billing",
    "forward",
    "partner",
    "answer",
    "image_proxy",
    "http_client",
    "dedup",
    "storage",
    "counts",
    "tokens",
    "fields",
    "demo",
    "presets",
    "metrics",
    "events",
    "problem",
    "chart",
    "atomic_file",
    "password_file",
    "result_kind",
    "concurrency_limit",
    "name",
    "process",
    "random",
];

/// Below all modules.
const LOWEST: &str = "time";

/// The longest file of the program and of its tests, in lines: past it, it is two things.
const LONGEST: [(&str, usize); 2] = [("src", 400), ("tests", 600)];

/// What stands in some files only, and why it matters.
const CONFINED: [(&str, &[&str], &str); 15] = [
    (
        r"\breqwest::",
        &["http_client.rs", "partner/client.rs", "image_proxy/fetch.rs"],
        "one place decides what a partner is sent",
    ),
    (
        r"\brusqlite::",
        &[
            "storage/schema.rs",
            "storage/sqlite.rs",
            "storage/sqlite/rows.rs",
            "storage/writer.rs",
            "forward/spool.rs",
            "storage/query.rs",
        ],
        "one room writes to the disk, one reads",
    ),
    (
        r"\btokio_postgres",
        &["storage/postgres.rs", "storage/postgres/error.rs", "storage/postgres/values.rs"],
        "one room speaks to PostgreSQL",
    ),
    (r"(^|[^:\w])redis::", &["dedup/redis.rs"], "one place speaks to the memory that nodes share"),
    (r"\bfs::(rename|write)\b|\.create_new\(", &["atomic_file.rs", "cli/backup.rs"], "files appear whole"),
    (r"\brand::", &["random.rs"], "one place asks for chance"),
    (r"\b(tracing|log)::", &[], "there is no general logger; events.rs is all that is said"),
    (
        r"\be?print(ln)?!",
        &["cli.rs", "cli/check.rs", "cli/demo.rs", "cli/explain.rs", "cli/report.rs"],
        "serving says events alone",
    ),
    (
        r"\bheaders_mut\(\)",
        &["server/response.rs", "admin.rs", "partner/client.rs", "image_proxy/fetch.rs"],
        "one place sets a response's headers",
    ),
    (
        r"\.expose_to_partner_or_asker\(",
        &["fields/keyword.rs", "partner/request.rs", "server.rs", "cli/explain.rs"],
        "a keyword goes to a partner, and back to its asker",
    ),
    (
        r"\.expose_to_groups\(",
        &["fields/keyword_group.rs"],
        "terms of the configuration are looked for in a keyword, and nothing else is",
    ),
    (
        r"\.keyword_group\(\)",
        &["search.rs", "search/links.rs", "cli/explain.rs"],
        "a keyword group is counted, and no partner is told",
    ),
    (r"\.expose_to_seal\(", &["tokens/pseudonym.rs"], "an ID goes into a pseudonym"),
    (
        r"\bIncoming\b",
        &["server.rs", "server/listener.rs", "server/request.rs", "admin.rs"],
        "inbound requests end at the door",
    ),
    (
        r"\bremote_addr|peer_addr|SocketAddr\b",
        &["server/listener.rs", "app.rs", "events.rs", "config/service.rs"],
        "no address of a client has a name here; those are the listeners'",
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<(String, String)> {
    fn walk(at: &Path, base: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, base, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let base = root().join(folder);
    let mut found = Vec::new();
    walk(&base, &base, &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder} is empty");
    found
}

/// A file without its unit tests and comments: tests may look around.
fn code(file: &str, text: &str) -> String {
    if file.ends_with("tests.rs") || file.ends_with("_test.rs") {
        return String::new();
    }
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

fn floor(room: &str) -> Option<usize> {
    MODULES.iter().chain([&LOWEST]).position(|known| *known == room)
}

#[test]
fn rooms_import_from_below() {
    let import = Regex::new(r"\b(?:crate|qsproxy)::(?:\{([^}]*)\}|([a-z_]+))").unwrap();
    for (file, text) in files("src") {
        let from = room(&file);
        if from == "lib" {
            continue;
        }
        let here = floor(from).unwrap_or_else(|| panic!("{file} stands in no room: add it to the table"));
        for found in import.captures_iter(&code(&file, &text)) {
            let names = found.get(1).or(found.get(2)).unwrap().as_str();
            for to in
                names.split(',').map(|name| name.trim().split("::").next().unwrap()).filter(|name| !name.is_empty())
            {
                let there = floor(to).unwrap_or_else(|| panic!("{file} imports {to}, which is no room"));
                assert!(there >= here, "{file} imports {to}, a room above it");
            }
        }
    }
}

#[test]
fn the_contents_page_lists_the_rooms_in_order() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let listed: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let rooms: Vec<&str> = MODULES.iter().skip(1).chain([&LOWEST]).copied().collect();
    assert_eq!(listed, rooms);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for (folder, longest) in LONGEST {
        for (file, text) in files(folder) {
            let lines = text.lines().count();
            assert!(lines <= longest, "{folder}/{file} has {lines} lines; at {longest} it is two things");
            assert!(text.starts_with("//!"), "{folder}/{file} does not say what it is");
        }
    }
}

#[test]
fn what_is_confined_stands_nowhere_else() {
    for (pattern, allowed, why) in CONFINED {
        let pattern = Regex::new(pattern).unwrap();
        for (file, text) in files("src") {
            // The demo partner is a server of its own, which sees what partners see.
            if room(&file) != "demo" && !allowed.contains(&file.as_str()) {
                let line = code(&file, &text).lines().find(|line| pattern.is_match(line)).map(str::to_owned);
                assert_eq!(line, None, "{file}: {pattern}: {why}");
            }
        }
    }
}

#[test]
fn nothing_names_the_machine_it_was_made_on() {
    let tracked = std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(tracked.status.success(), "git lists the files");
    let home = std::env::var("HOME").unwrap_or_default();
    let places: Vec<String> =
        [home, root().display().to_string()].into_iter().filter(|place| place.len() > 2).collect();
    for name in String::from_utf8(tracked.stdout).unwrap().split('\0').filter(|name| !name.is_empty()) {
        let text =
            fs::read(root().join(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let line = text.lines().find(|line| places.iter().any(|place| line.contains(&format!("{place}/"))));
        assert_eq!(line, None, "{name} names a path of some machine");
    }
}

/// The first column of the tables under a heading of `docs/emissions.md`.
fn emitted(heading: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("docs/emissions.md")).unwrap();
    let section =
        text.split(&format!("## {heading}\n")).nth(1).unwrap_or_else(|| panic!("docs/emissions.md lacks {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let name = Regex::new(r"(?m)^\| `([^`]+)`").unwrap();
    name.captures_iter(section).map(|found| found[1].to_owned()).collect()
}

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
    let registered = found("src/metrics.rs", r#"(?s)(?:counters|metric|histogram)\(\s*r,\s*"([a-z_]+)""#);
    let directly = found("src/metrics.rs", r#"(?s)register\(\s*"([a-z_]+)""#);
    let stored = Stored::VARIANTS.iter().map(|stored| stored.table().to_owned());
    let names = registered.into_iter().chain(directly).chain(stored);
    let names: BTreeSet<String> = names.map(|name| format!("qsproxy_{name}")).collect();
    assert_eq!(emitted("Metrics"), names);
}

/// The columns of the tables in a text that this pattern finds.
fn columns(file: &str, table: &str, kind: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let column = Regex::new(&format!(r"(\w+) (?:{kind})\b")).unwrap();
    let of = |table: &regex::Captures<'_>| {
        let columns = column.captures_iter(&table[2]).map(|name| format!("{}.{}", &table[1], &name[1]));
        columns.collect::<Vec<_>>()
    };
    Regex::new(table).unwrap().captures_iter(&text).flat_map(|table| of(&table)).collect()
}

#[test]
fn every_stored_column_is_published() {
    let stored = columns("src/storage/schema.rs", r"(?s)create table (\w+) \((.*?)\) strict", "text|integer");
    let (of_spool, of_store): (BTreeSet<_>, BTreeSet<_>) =
        stored.into_iter().partition(|name| name.starts_with("spool.") || name.starts_with("parcel."));
    assert_eq!(emitted("Stored columns"), of_store);
    assert_eq!(emitted("A spool's own columns"), of_spool);

    let types = "text|bigint|smallint|date|timestamptz";
    let in_postgres =
        columns("src/storage/postgres/V1__tables.sql", r"(?s)create table (?:node_)?(\w+) \((.*?)\)[^)]*;\n", types);
    let of_its_own: BTreeSet<_> = in_postgres.difference(&of_store).cloned().collect();
    assert_eq!(emitted("Columns of PostgreSQL's own"), of_its_own);
    // There `batches` is a view.
    let missing: Vec<_> = of_store.difference(&in_postgres).filter(|name| !name.starts_with("batches.")).collect();
    assert!(missing.is_empty(), "PostgreSQL lacks {missing:?}");
}
