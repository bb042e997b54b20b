//! Finds rows of JSON that are members of objects, by their days: `{"2026-10-01": {"clicks": 12}}`, with the codes around them or in them.

use serde_json::{Map, Value};

use crate::billing::import::find_date_formats;
use crate::billing::profile_proposal::column_names::known_names;

/// The deepest level of objects at which days are looked for.
const MAX_DEPTH: usize = 4;
/// What the names of members may be called, of which the first is taken that the rows do not have.
const DATE_NAMES: [&str; 2] = ["date", "day"];
const CODE_NAMES: [&str; 2] = ["code", "channel"];
/// The name of the value of a row that is no object, as in the importer.
const VALUE: &str = "value";
/// Names of members that hold all days, not those of a code.
const CONTAINERS: [&str; 8] = ["data", "rows", "results", "result", "report", "days", "stats", "response"];

/// Rows that are members of objects.
pub(super) struct KeyedRows {
    /// The JSON pointer (RFC 6901) to the outermost object.
    pub pointer: String,
    /// What the names of members are called.
    pub names: Vec<&'static str>,
    /// The rows, with the names around them as members.
    pub rows: Vec<Value>,
    /// Members of the objects with days that are no day.
    pub skip: Vec<String>,
}

/// Finds the rows. `None` if no object has days for the names of its members.
pub(super) fn find(root: &Value) -> Option<KeyedRows> {
    find_below(root, "", MAX_DEPTH)
}

/// A name as a part of a JSON pointer.
pub(super) fn pointer_token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn find_below(value: &Value, pointer: &str, depth: usize) -> Option<KeyedRows> {
    let members = value.as_object()?;
    if let Some(skip) = other_members(members) {
        return rows_of_days(pointer, &[(None, members)], skip);
    }
    let of_codes: Vec<(Option<&String>, &Map<String, Value>)> =
        members.iter().filter_map(|(name, value)| Some((Some(name), value.as_object()?))).collect();
    let is_container = of_codes.len() == 1
        && of_codes.iter().all(|(name, _)| name.is_some_and(|name| CONTAINERS.contains(&name.as_str())));
    let are_codes = !is_container && of_codes.len() == members.len() && !of_codes.is_empty();
    if are_codes
        && of_codes.iter().all(|(_, days)| days.is_empty() || other_members(days).is_some_and(|skip| skip.is_empty()))
    {
        return rows_of_days(pointer, &of_codes, Vec::new());
    }
    if depth == 0 {
        return None;
    }
    members.iter().find_map(|(name, value)| find_below(value, &format!("{pointer}/{}", pointer_token(name)), depth - 1))
}

/// The members of an object that are no day, if most are; those beside are few.
fn other_members(members: &Map<String, Value>) -> Option<Vec<String>> {
    let names = members.iter().filter(|(name, value)| name.contains(|c: char| c.is_ascii_digit()) && !value.is_null());
    let names: Vec<&str> = names.map(|(name, _)| name.as_str()).collect();
    let found = find_date_formats(names.iter().copied());
    let readings =
        found.readings.iter().filter(|(format, _)| format != "excel" && format != "%s" && !format.starts_with("epoch"));
    let days: Vec<&str> =
        names.iter().copied().filter(|name| !found.others.iter().any(|other| other == name)).collect();
    if days.is_empty() || readings.count() == 0 {
        return None;
    }
    let others: Vec<String> = members.keys().filter(|name| !days.contains(&name.as_str())).cloned().collect();
    (others.len() <= days.len()).then_some(others)
}

/// The rows of objects whose members are days, each with the name of its code, if there is one.
fn rows_of_days(
    pointer: &str,
    objects: &[(Option<&String>, &Map<String, Value>)],
    skip: Vec<String>,
) -> Option<KeyedRows> {
    let days = || objects.iter().flat_map(|(_, days)| days.iter().filter(|(name, _)| !skip.contains(name)));
    let is_object_of_objects =
        |value: &Value| value.as_object().is_some_and(|inner| !inner.is_empty() && inner.values().all(is_row));
    let has_codes_outside = objects.iter().any(|(code, _)| code.is_some());
    let has_codes_inside =
        !has_codes_outside && days().any(|_| true) && days().all(|(_, value)| is_object_of_objects(value));
    let mut rows = Vec::new();
    let mut add = |code: Option<&String>, day: &String, value: &Value| {
        let values = if let Value::Array(list) = value { list.iter().collect() } else { vec![value] };
        for value in values {
            rows.push((code.cloned(), day.clone(), value.clone()));
        }
    };
    for (code, days) in objects {
        for (day, value) in days.iter().filter(|(day, _)| !skip.contains(day)) {
            match value.as_object().filter(|_| has_codes_inside) {
                Some(inner) => inner.iter().for_each(|(code, value)| add(Some(code), day, value)),
                None => add(*code, day, value),
            }
        }
    }
    let free = |names: [&'static str; 2]| {
        let is_free = |name: &&str| !rows.iter().any(|(_, _, row)| row.get(*name).is_some());
        names.into_iter().find(is_free).unwrap_or(names[0])
    };
    let (date, code) = (free(DATE_NAMES), free(CODE_NAMES));
    let names = match (has_codes_outside, has_codes_inside) {
        (true, _) => vec![code, date],
        (false, true) => vec![date, code],
        (false, false) => vec![date],
    };
    let row = |(of_code, day, row): &(Option<String>, String, Value)| {
        let mut members = Map::new();
        members.insert(date.to_owned(), Value::String(day.clone()));
        members.extend(of_code.clone().map(|of_code| (code.to_owned(), Value::String(of_code))));
        if let Value::Object(own) = row {
            members.extend(own.clone());
        } else {
            members.extend([(VALUE.to_owned(), row.clone())]);
        }
        Value::Object(members)
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let has_known = rows.iter().filter_map(Value::as_object).any(|row| known_names(row.keys().map(String::as_str)) > 1);
    has_known.then(|| KeyedRows { pointer: pointer.to_owned(), names, rows, skip })
}

/// Whether a value is a row with members.
fn is_row(value: &Value) -> bool {
    value.is_object()
}
