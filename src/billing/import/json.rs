//! Rows out of JSON (RFC 8259), in the shapes that partners use: a list of objects; a list of arrays with the columns' names
//! first, or apart; cells as they are, or each in an object as `value`. Numbers keep the digits that they are written with.

use std::io::Read;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::billing::import::columns::no_header;
use crate::billing::import::gather::Gather;
use crate::billing::import::{ImportError, ImportIssue};

/// The largest text that is read: JSON is read as a whole. A year of daily rows by code and country has some 20 MB.
const LARGEST: u64 = 256 << 20;

/// Where things stand in the text, as JSON pointers (RFC 6901).
pub(super) struct Places<'p> {
    /// The rows.
    pub list: &'p str,
    /// The columns' names, where they stand apart.
    pub headers: Option<&'p str>,
    /// The row of totals, where it stands apart.
    pub totals: Option<&'p str>,
}

/// The members of an object, in their order.
struct Object<'j>(Vec<(String, &'j RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Gives all rows to `gather`.
pub(super) fn rows(
    text: impl Read,
    places: &Places<'_>,
    gather: &mut Gather<'_>,
    step: &mut dyn FnMut(),
) -> Result<(), ImportError> {
    let mut whole = String::new();
    text.take(LARGEST + 1).read_to_string(&mut whole)?;
    if whole.len() as u64 > LARGEST {
        return Err(ImportIssue::new("the file is larger than 256 MB; split it by month").into());
    }
    if whole.trim().is_empty() {
        return Err(ImportIssue::new("the file is empty; an empty statement is not a statement of zero").into());
    }
    let root: &RawValue = serde_json::from_str(&whole).map_err(|error| broken(&error))?;
    let list = at(root, places.list).ok_or_else(|| nothing_at("list", places.list))?;
    let list: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| nothing_at("list", places.list))?;
    let mut names: Option<Vec<String>> = None;
    if let Some(headers) = places.headers {
        let found = at(root, headers).ok_or_else(|| nothing_at("headers", headers))?;
        names = Some(cells(found).ok_or_else(|| nothing_at("headers", headers))?);
    }
    let mut apart = names.is_some();
    for (row, value) in (1..).zip(&list) {
        let (keys, cells) = keyed(value, row)?;
        match (&mut names, keys) {
            (None, None) => {
                names = Some(cells);
                apart = true;
                continue;
            }
            (names @ None, Some(keys)) => *names = Some(keys),
            // Objects may leave members out, and order them otherwise.
            (Some(_), _) => {}
        }
        let Some(names) = &names else { continue };
        if !gather.has_header() {
            gather.header(names).map_err(|near| no_header(Some((row, near))))?;
        }
        let cells = if apart { cells } else { in_order(value, names, row)? };
        gather.row(row, cells);
        step();
        if gather.is_full() {
            return Ok(());
        }
    }
    if let Some(place) = places.totals {
        let totals = at(root, place).ok_or_else(|| nothing_at("totals_at", place))?;
        let names = names.unwrap_or_default();
        let found = if apart { cells(totals) } else { in_order(totals, &names, 0).ok() };
        gather.totals(found.ok_or_else(|| nothing_at("totals_at", place))?);
    }
    Ok(())
}

fn broken(error: &serde_json::Error) -> ImportIssue {
    ImportIssue::at(
        error.line() as u64,
        format!("this is no JSON (near column {}); set format, or export the file anew", error.column()),
    )
}

fn nothing_at(key: &str, pointer: &str) -> ImportError {
    let shown: String = pointer.chars().flat_map(char::escape_debug).collect();
    ImportIssue::new(format!(
        "{key} = \"{shown}\" leads to nothing of the kind in this file; set it to where that stands"
    ))
    .into()
}

/// What a pointer leads to.
fn at<'j>(mut value: &'j RawValue, pointer: &str) -> Option<&'j RawValue> {
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        value = if let Ok(Object(members)) = serde_json::from_str(value.get()) {
            members.into_iter().find(|(name, _)| *name == step)?.1
        } else {
            let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            list.into_iter().nth(step.parse().ok()?)?
        };
    }
    Some(value)
}

/// A row's cells, with their names where it is an object.
fn keyed(value: &RawValue, row: u64) -> Result<(Option<Vec<String>>, Vec<String>), ImportIssue> {
    let shape = || ImportIssue::at(row, "a row must be an object or a list of texts and numbers");
    if let Some(cells) = cells(value) {
        return Ok((None, cells));
    }
    let Object(members) = serde_json::from_str(value.get()).map_err(|_| shape())?;
    let (names, values): (Vec<String>, Vec<&RawValue>) = members.into_iter().unzip();
    let cells: Option<Vec<String>> = values.into_iter().map(cell).collect();
    Ok((Some(names), cells.ok_or_else(shape)?))
}

/// An object's cells in the order of these names.
fn in_order(value: &RawValue, names: &[String], row: u64) -> Result<Vec<String>, ImportIssue> {
    let shape = || ImportIssue::at(row, "a row must be an object of texts and numbers, like the first one");
    let Object(members) = serde_json::from_str(value.get()).map_err(|_| shape())?;
    let of = |name: &String| match members.iter().find(|(known, _)| known == name) {
        Some((_, value)) => cell(value).ok_or_else(shape),
        None => Ok(String::new()),
    };
    names.iter().map(of).collect()
}

/// The cells of a list, or of an object whose `cells` is one.
fn cells(value: &RawValue) -> Option<Vec<String>> {
    if let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        return list.into_iter().map(cell).collect();
    }
    let Object(members) = serde_json::from_str(value.get()).ok()?;
    let inner = members.into_iter().find(|(name, _)| name == "cells")?.1;
    serde_json::from_str::<Vec<&RawValue>>(inner.get()).ok()?.into_iter().map(cell).collect()
}

/// A text, a number with its own digits, a truth, nothing; or what an object has as `value` or `name`.
fn cell(value: &RawValue) -> Option<String> {
    let text = value.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok(),
        b'n' => Some(String::new()),
        b'{' => {
            let Object(members) = serde_json::from_str(text).ok()?;
            if members.is_empty() {
                return Some(String::new());
            }
            cell(members.into_iter().find(|(name, _)| name == "value" || name == "name")?.1)
        }
        b'[' => None,
        _ => Some(text.to_owned()),
    }
}
