//! Finds rows of JSON that are members of objects, by their days: `{"2026-10-01": {"clicks": 12}}`, with the codes around them or in them.

use serde_json::{Map, Value};

use crate::billing::import::find_date_formats;
use crate::billing::profile_proposal::column_names::known_names;

/// The most levels of objects below a day that are no rows: codes, and countries or devices of each.
const MAX_INNER: usize = 2;
/// The deepest level of objects at which days are looked for.
const MAX_DEPTH: usize = 4;
/// What the names of members may be called, of which the first is taken that the rows do not have.
const DATE_NAMES: [&str; 2] = ["date", "day"];
const CODE_NAMES: [&str; 2] = ["code", "channel"];
const LABEL_NAMES: [&str; 2] = ["label", "group"];
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

/// A row with the names around it: of its code, its day, and what is below the day.
struct NamedRow<'v> {
    outer: Option<&'v String>,
    day: &'v String,
    inner: Vec<&'v String>,
    value: &'v Value,
}

/// What the members for the names around a row are called.
struct MemberNames<'n> {
    outer: &'static str,
    day: &'static str,
    inner: &'n [&'static str],
}

impl<'v> NamedRow<'v> {
    /// The members of the row's object as rows.
    fn below(&self) -> Vec<Self> {
        let row = |(name, value): (&'v String, &'v Value)| NamedRow {
            outer: self.outer,
            day: self.day,
            inner: self.inner.iter().copied().chain([name]).collect(),
            value,
        };
        self.value.as_object().into_iter().flatten().map(row).collect()
    }

    /// A row with the names around it as members.
    fn with_names(&self, row: &Value, names: &MemberNames<'_>) -> Value {
        let text = |text: &String| Value::String(text.clone());
        let mut members = Map::new();
        members.extend(self.outer.map(|outer| (names.outer.to_owned(), text(outer))));
        members.insert(names.day.to_owned(), text(self.day));
        members.extend(names.inner.iter().zip(&self.inner).map(|(name, inner)| ((*name).to_owned(), text(inner))));
        if let Value::Object(own) = row {
            members.extend(own.clone());
        } else {
            members.extend([(VALUE.to_owned(), row.clone())]);
        }
        Value::Object(members)
    }
}

/// The rows of objects whose members are days, each with the name of its code, if there is one.
fn rows_of_days(
    pointer: &str,
    objects: &[(Option<&String>, &Map<String, Value>)],
    skip: Vec<String>,
) -> Option<KeyedRows> {
    let mut level: Vec<NamedRow<'_>> = Vec::new();
    for (outer, days) in objects {
        let days = days.iter().filter(|(day, _)| !skip.contains(day));
        level.extend(days.map(|(day, value)| NamedRow { outer: *outer, day, inner: Vec::new(), value }));
    }
    let is_object_of_objects = |value: &Value| {
        value.as_object().is_some_and(|inner| !inner.is_empty() && inner.values().all(Value::is_object))
    };
    let mut depth = 0;
    while depth < MAX_INNER && !level.is_empty() && level.iter().all(|row| is_object_of_objects(row.value)) {
        level = level.iter().flat_map(NamedRow::below).collect();
        depth += 1;
    }
    let flat = |row: &NamedRow<'_>| -> Vec<Value> {
        if let Value::Array(list) = row.value { list.clone() } else { vec![row.value.clone()] }
    };
    let flattened: Vec<(&NamedRow<'_>, Value)> =
        level.iter().flat_map(|row| flat(row).into_iter().map(move |value| (row, value))).collect();
    let free = |[first, second]: [&'static str; 2]| {
        if flattened.iter().any(|(_, row)| row.get(first).is_some()) { second } else { first }
    };
    let (date, code, label) = (free(DATE_NAMES), free(CODE_NAMES), free(LABEL_NAMES));
    let has_outer = objects.iter().any(|(code, _)| code.is_some());
    let inner_names: Vec<&'static str> =
        if has_outer { vec![label, "subgroup"] } else { vec![code, label] }.into_iter().take(depth).collect();
    let names = has_outer.then_some(code).into_iter().chain([date]).chain(inner_names.iter().copied()).collect();
    let member_names = MemberNames { outer: code, day: date, inner: &inner_names };
    let rows: Vec<Value> = flattened.iter().map(|(named, row)| named.with_names(row, &member_names)).collect();
    let is_named = |row: &Map<String, Value>| known_names(row.keys().map(String::as_str)) > 1;
    let has_known = rows.iter().filter_map(Value::as_object).any(is_named);
    let are_numbers = rows.iter().all(|row| row.get(VALUE).is_some_and(Value::is_number));
    (has_known || are_numbers).then(|| KeyedRows { pointer: pointer.to_owned(), names, rows, skip })
}
