//! Detects where JSON has its rows, and the names of their columns.

use serde_json::{Map, Value};

use crate::billing::money::Currency;
use crate::billing::profile_proposal::column_names::{compact, known_names};
use crate::billing::profile_proposal::json_keyed::{self, KeyedRows, pointer_token};
use crate::billing::profile_proposal::json_rows::{NamedRows, named_rows, scalar};
use crate::billing::profile_proposal::nested_names::telling_part;
use crate::billing::profile_proposal::proposal::{toml_list, toml_string};
use crate::billing::profile_proposal::shape::{FileRow, FileShape};

/// The deepest level of objects in JSON at which a list of rows is looked for.
const MAX_LIST_DEPTH: usize = 5;

/// The deepest level of objects at which a currency is looked for.
const MAX_CURRENCY_DEPTH: usize = 3;

/// How many entries of a list are looked at to tell whether they are rows.
const SAMPLE_ROWS: usize = 50;

/// A list in a JSON text, with the pointer to it (RFC 6901).
struct FoundList<'v> {
    pointer: String,
    values: &'v [Value],
}

/// Detects the shape of JSON, or of JSON in each line. `None` if it has no rows.
pub(super) fn detect(text: &[u8]) -> Option<FileShape> {
    if let Ok(root) = serde_json::from_slice::<Value>(text) {
        return detect_value(&root);
    }
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let values: Option<Vec<Value>> = lines.map(|line| serde_json::from_slice(line).ok()).collect();
    let shape = detect_value(&Value::Array(values?))?;
    Some(FileShape { settings: vec![("format", toml_string("jsonl"))], ..shape })
}

fn detect_value(root: &Value) -> Option<FileShape> {
    let mut shape = match json_keyed::find(root) {
        Some(keyed) => keyed_shape(&keyed),
        None => listed_shape(root)?,
    };
    shape.last_names = shape.header.iter().map(|name| telling_part(name).to_owned()).collect();
    if let Some((pointer, code)) = stated_currency(root, "", MAX_CURRENCY_DEPTH) {
        shape.settings.push(("currency_at", toml_string(&pointer)));
        shape.currency = Some(code);
    }
    Some(shape)
}

/// Rows that are members of objects.
fn keyed_shape(keyed: &KeyedRows) -> FileShape {
    let NamedRows { names, rows, .. } = named_rows(&keyed.rows);
    let mut settings = vec![("format", toml_string("json")), ("list", toml_string(&keyed.pointer))];
    settings.push(("keyed_by", format!("[{}]", toml_list(&keyed.names))));
    if !keyed.skip.is_empty() {
        settings.push(("skip", format!("[{}]", toml_list(&keyed.skip.iter().map(String::as_str).collect::<Vec<_>>()))));
    }
    FileShape { settings, header: names, rows, skipped: keyed.skip.len() as u64, ..FileShape::default() }
}

/// Returns where an object states one currency for all rows, beside these, and its code.
fn stated_currency(value: &Value, pointer: &str, depth: usize) -> Option<(String, String)> {
    let members = value.as_object()?;
    let own = members.iter().find_map(|(name, value)| {
        let code = value.as_str().filter(|code| Currency::new(&code.to_ascii_uppercase()).is_some())?;
        let is_currency = ["currency", "currencycode"].contains(&compact(name).as_str());
        is_currency.then(|| (format!("{pointer}/{}", pointer_token(name)), code.to_ascii_uppercase()))
    });
    let below = || {
        let mut members = members.iter().filter(|_| depth > 0);
        members
            .find_map(|(name, value)| stated_currency(value, &format!("{pointer}/{}", pointer_token(name)), depth - 1))
    };
    own.or_else(below)
}

fn listed_shape(root: &Value) -> Option<FileShape> {
    let mut lists = Vec::new();
    find_lists(root, "", MAX_LIST_DEPTH, &mut lists);
    let FoundList { pointer, values } =
        lists.iter().max_by_key(|list| (row_likeness(list.values), known_cells(list.values), list.values.len()))?;
    let mut shape = FileShape {
        settings: vec![("format", toml_string("json")), ("list", toml_string(pointer))],
        ..FileShape::default()
    };
    let separate_header = |shape: &mut FileShape| {
        let header = find_header(&lists, pointer)?;
        shape.settings.push(("headers", toml_string(&header.pointer)));
        Some(header.names)
    };
    (shape.header, shape.rows) = match values.first()? {
        Value::Object(first) if first.get("cells").is_some_and(Value::is_array) => {
            let rows = values.iter().filter_map(|row| list_cells(row.get("cells")?)).collect();
            (separate_header(&mut shape)?, rows)
        }
        Value::Object(first) if let Some(headers) = headers_of_lists(first, &lists, pointer) => {
            let pointers: Vec<&str> = headers.iter().map(|header| header.pointer.as_str()).collect();
            shape.settings.push(("headers", format!("[{}]", toml_list(&pointers))));
            let cells = |row: &Value| -> Option<FileRow> {
                row.as_object()?.values().filter_map(Value::as_array).flatten().map(scalar).collect()
            };
            let rows = values.iter().filter_map(cells).collect();
            (headers.into_iter().flat_map(|header| header.names).collect(), rows)
        }
        Value::Object(_) => {
            let NamedRows { names, rows, skip, skipped } = named_rows(values);
            shape.skipped = skipped;
            if !skip.is_empty() {
                let skip: Vec<&str> = skip.iter().map(String::as_str).collect();
                shape.settings.push(("skip", format!("[{}]", toml_list(&skip))));
            }
            (names, rows)
        }
        Value::Array(_) => {
            let mut rows = values.iter().filter_map(list_cells);
            match separate_header(&mut shape) {
                Some(names) => (names, rows.collect()),
                None => {
                    let names = rows.next()?.into_iter().map(|cell| cell.text).collect();
                    (names, rows.collect())
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    let totals = root.get("totals").filter(|totals| totals.is_object() || totals.is_array());
    if totals.is_some() && pointer != "/totals" {
        // Several rows of totals are of several ranges of days, of which the first is that of the rows.
        let is_list_of_rows = totals.and_then(Value::as_array).is_some_and(|list| list.iter().any(Value::is_object));
        let at = if is_list_of_rows && shape.settings.iter().any(|(key, _)| *key == "headers") {
            "/totals/0"
        } else {
            "/totals"
        };
        shape.settings.push(("totals_at", toml_string(at)));
        shape.has_separate_totals = true;
    }
    Some(shape)
}

/// Lists of names, of which the rows have a list of values each: as many lists of the same lengths.
fn headers_of_lists(row: &Map<String, Value>, lists: &[FoundList<'_>], rows: &str) -> Option<Vec<SeparateHeader>> {
    let lengths: Vec<usize> = row.values().filter_map(Value::as_array).map(Vec::len).collect();
    if lengths.len() < 2 || lengths.len() != row.len() {
        return None;
    }
    let names = |list: &FoundList<'_>| -> Option<Vec<String>> {
        let name = |value: &Value| value.get("name").unwrap_or(value).as_str().map(str::to_owned);
        list.values.iter().map(name).collect()
    };
    let is_outside = |list: &&FoundList<'_>| list.pointer != rows && !list.values.is_empty();
    let found: Vec<SeparateHeader> = lists
        .iter()
        .filter(is_outside)
        .filter_map(|list| Some(SeparateHeader { pointer: list.pointer.clone(), names: names(list)? }))
        .collect();
    found.iter().map(|header| header.names.len()).eq(lengths).then_some(found)
}

fn list_cells(row: &Value) -> Option<FileRow> {
    row.as_array()?.iter().map(scalar).collect()
}

/// How many of the first object's cells have known names; 0 if rows are lists.
fn known_cells(list: &[Value]) -> usize {
    let NamedRows { names, .. } = named_rows(list.get(..list.len().min(SAMPLE_ROWS)).unwrap_or_default());
    known_names(names.iter().map(|name| telling_part(name)))
}

/// How much a list looks like rows: lists and lists in `cells` most, then objects with several members.
fn row_likeness(list: &[Value]) -> u8 {
    match list.first() {
        Some(Value::Array(_)) => 3,
        Some(Value::Object(members)) if members.contains_key("cells") => 3,
        Some(Value::Object(members)) if members.len() > 1 && members.values().all(Value::is_array) => 3,
        Some(Value::Object(members)) if members.len() > 1 || members.values().any(Value::is_object) => 2,
        Some(Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => 0,
    }
}

/// The columns' names in a list of their own.
struct SeparateHeader {
    pointer: String,
    names: Vec<String>,
}

fn find_header(lists: &[FoundList<'_>], rows: &str) -> Option<SeparateHeader> {
    let names = |list: &FoundList<'_>| {
        let cells: Option<FileRow> = list.values.iter().map(scalar).collect();
        cells.map(|cells| cells.into_iter().map(|cell| cell.text).collect::<Vec<String>>())
    };
    let known = |header: &SeparateHeader| known_names(header.names.iter().map(String::as_str));
    let others = lists.iter().filter(|list| list.pointer != rows);
    others
        .filter_map(|list| Some(SeparateHeader { pointer: list.pointer.clone(), names: names(list)? }))
        .max_by_key(known)
        .filter(|header| known(header) > 0)
}

fn find_lists<'v>(value: &'v Value, pointer: &str, depth: usize, found: &mut Vec<FoundList<'v>>) {
    match value {
        Value::Array(values) => {
            found.push(FoundList { pointer: pointer.to_owned(), values });
            // The only entry of a list may have the rows.
            if let ([entry @ Value::Object(_)], true) = (values.as_slice(), depth > 0) {
                find_lists(entry, &format!("{pointer}/0"), depth - 1, found);
            }
        }
        Value::Object(members) if depth > 0 => {
            for (name, value) in members {
                find_lists(value, &format!("{pointer}/{}", pointer_token(name)), depth - 1, found);
            }
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
