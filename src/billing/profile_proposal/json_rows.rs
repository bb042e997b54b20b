//! Rows of JSON that are objects, also nested ones: cells are named as the importer names them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::billing::import::InspectedCell;
use crate::billing::profile_proposal::shape::FileRow;

/// The most objects within one another that are looked into.
const MAX_DEPTH: usize = 8;
/// The most entries of a list in a row that are looked at; a longer one has no columns.
const MAX_ENTRIES: usize = 16;
/// The most names. Statements have a few dozen.
const MAX_NAMES: usize = 1_024;

/// Objects as rows.
pub(super) struct NamedRows {
    /// The names of the cells: that of a member, or the JSON pointer (RFC 6901) to a nested one.
    pub names: Vec<String>,
    /// The cells in the order of the names.
    pub rows: Vec<FileRow>,
    /// The members by which entries are known that are no rows.
    pub skip: Vec<String>,
    /// How many entries these are.
    pub skipped: u64,
}

/// Returns the objects of a list as rows. Entries that have no member in common with most others are no rows.
pub(super) fn named_rows(values: &[Value]) -> NamedRows {
    let objects: Vec<_> = values.iter().filter_map(Value::as_object).collect();
    let mut frequency: HashMap<&str, usize> = HashMap::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        *frequency.entry(name).or_default() += 1;
    }
    let usual: HashSet<&str> =
        frequency.iter().filter(|(_, count)| **count * 2 > objects.len()).map(|(name, _)| *name).collect();
    let is_row = |object: &serde_json::Map<String, Value>| {
        usual.is_empty() || object.keys().any(|name| usual.contains(name.as_str()))
    };
    let mut found = NamedRows { names: Vec::new(), rows: Vec::new(), skip: Vec::new(), skipped: 0 };
    let mut indexes: HashMap<String, usize> = HashMap::new();
    for object in objects {
        if !is_row(object) {
            found.skipped += 1;
            let new: Vec<String> = object.keys().filter(|name| !found.skip.contains(name)).cloned().collect();
            found.skip.extend(new);
            continue;
        }
        let mut cells = Vec::new();
        for (name, value) in object {
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            add_cells(name, &pointer, value, MAX_DEPTH, &mut cells);
        }
        let mut row = vec![InspectedCell::default(); found.names.len()];
        for (name, cell) in cells {
            let index = *indexes.entry(name.clone()).or_insert_with(|| {
                found.names.push(name);
                found.names.len() - 1
            });
            if index < MAX_NAMES {
                row.resize(row.len().max(index + 1), InspectedCell::default());
                if let Some(place) = row.get_mut(index) {
                    *place = cell;
                }
            }
        }
        found.rows.push(row);
    }
    found.names.truncate(MAX_NAMES);
    found
}

/// Adds the cells of a member: its own value, or those of its members.
fn add_cells(name: &str, pointer: &str, value: &Value, depth: usize, cells: &mut Vec<(String, InspectedCell)>) {
    if let Value::Array(entries) = value
        && (entries.len() > 1 || entries.iter().any(|entry| entry.is_object() || entry.is_array()))
        && entries.len() <= MAX_ENTRIES
        && depth > 0
    {
        // The importer reads an entry by its number.
        for (number, entry) in entries.iter().enumerate() {
            let pointer = format!("{pointer}/{number}");
            add_cells(&pointer, &pointer, entry, depth - 1, cells);
        }
        return;
    }
    let Value::Object(members) = value else {
        cells.push((name.to_owned(), scalar(value).unwrap_or_default()));
        return;
    };
    // `{"value": 1}` in a row is a cell by its own name.
    let own = scalar(value).filter(|_| name != pointer);
    let named = ["value", "name"].into_iter().find(|member| members.contains_key(*member));
    if let Some(cell) = &own {
        cells.push((name.to_owned(), cell.clone()));
    }
    for (member, value) in members.iter().filter(|(member, _)| own.is_none() || Some(member.as_str()) != named) {
        if depth > 0 {
            let pointer = format!("{pointer}/{}", member.replace('~', "~0").replace('/', "~1"));
            add_cells(&pointer, &pointer, value, depth - 1, cells);
        }
    }
}

/// The cell of a value; `None` for a list and for an object without a value.
pub(super) fn scalar(value: &Value) -> Option<InspectedCell> {
    let cell = |text: String, is_typed| Some(InspectedCell { text, is_typed, ..InspectedCell::default() });
    match value {
        Value::String(text) => cell(text.clone(), false),
        Value::Number(number) => cell(number.to_string(), true),
        Value::Bool(truth) => cell(truth.to_string(), false),
        Value::Null => cell(String::new(), false),
        Value::Object(members) => scalar(members.get("value").or_else(|| members.get("name"))?),
        Value::Array(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_by_their_member_or_pointer() {
        let list = serde_json::json!([
            {"header": {"currency": "USD"}},
            {"day": {"value": "2026-10-01", "zone": "UTC"}, "m": {"c/k": 5, "r": {"value": "1.5"}}, "n": null},
            {"day": {"value": "2026-10-02"}, "m": {"c/k": 6}, "more": [1]},
            {"footer": 2},
            {"day": {"value": "2026-10-03"}, "m": {}},
        ]);
        let NamedRows { names, rows, skip, skipped } = named_rows(list.as_array().unwrap());
        assert_eq!(names, ["day", "/day/zone", "/m/c~1k", "/m/r/value", "n", "more"]);
        let texts = |row: &FileRow| row.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>().join(",");
        let rows: Vec<String> = rows.iter().map(texts).collect();
        assert_eq!(rows, ["2026-10-01,UTC,5,1.5,", "2026-10-02,,6,,,", "2026-10-03,,,,,"]);
        assert_eq!((skip, skipped), (vec!["header".to_owned(), "footer".to_owned()], 2));
    }
}
