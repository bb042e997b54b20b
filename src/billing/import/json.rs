//! Reads rows of JSON (RFC 8259) in the shapes that partners use: a list of objects; a list of arrays, with the columns' names in
//! the first array or elsewhere; cells as plain values, or each in an object as `value`. Numbers keep the digits that the file has.

use std::io::Read;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::billing::import::cell::{CellKind, FileCell};
use crate::billing::import::collector::RowCollector;
use crate::billing::import::columns::no_header;
use crate::billing::import::issue::{ImportError, ImportIssue};

/// The largest text, in bytes: JSON is parsed as a whole. A year of daily rows by code and country takes about 20 MB.
const MAX_JSON_BYTES: u64 = 256 << 20;

/// Where a profile finds the rows, as JSON pointers (RFC 6901).
pub(super) struct JsonLayout<'p> {
    /// The list of rows.
    pub list: &'p str,
    /// The list of the columns' names, if it is not the first row.
    pub headers: Option<&'p str>,
    /// The row of totals, if it is not among the rows.
    pub totals: Option<&'p str>,
}

/// The members of an object, in the file's order.
struct OrderedObject<'j>(Vec<(String, &'j RawValue)>);

impl<'j> OrderedObject<'j> {
    fn parse(value: &'j RawValue) -> Option<Self> {
        serde_json::from_str(value.get()).ok()
    }

    fn get(&self, name: &str) -> Option<&'j RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for OrderedObject<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> serde::de::Visitor<'de> for MembersVisitor {
            type Value = OrderedObject<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(OrderedObject(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Passes all rows to `collector`.
///
/// # Errors
/// The text is not JSON, is too large, or has nothing where the layout points to.
pub(super) fn read_rows(
    text: impl Read,
    layout: &JsonLayout<'_>,
    collector: &mut RowCollector<'_>,
    on_row: &mut dyn FnMut(),
) -> Result<(), ImportError> {
    let text = read_text(text)?;
    let root: &RawValue = serde_json::from_str(&text).map_err(|error| not_json(&error))?;
    let list = find(root, layout.list).ok_or_else(|| wrong_pointer("list", layout.list))?;
    let list = parse_list(list).ok_or_else(|| wrong_pointer("list", layout.list))?;
    let mut columns = JsonColumns::new(root, layout)?;
    for (row, value) in (1..).zip(&list) {
        let Some(cells) = columns.cells_of_row(value, row)? else { continue };
        if !collector.has_header() {
            collector.read_header(&columns.names).map_err(|mismatch| no_header(Some((row, mismatch))))?;
        }
        collector.push(row, cells);
        on_row();
        if collector.is_full() {
            return Ok(());
        }
    }
    if let Some(pointer) = layout.totals {
        let totals = find(root, pointer).and_then(|totals| columns.cells_of_totals(totals));
        collector.push_totals(totals.ok_or_else(|| wrong_pointer("totals_at", pointer))?);
    }
    Ok(())
}

fn read_text(text: impl Read) -> Result<String, ImportError> {
    let mut whole = String::new();
    text.take(MAX_JSON_BYTES + 1).read_to_string(&mut whole)?;
    if whole.len() as u64 > MAX_JSON_BYTES {
        return Err(ImportIssue::new("the file is larger than 256 MB; split it by month").into());
    }
    if whole.trim().is_empty() {
        return Err(ImportIssue::new("the file is empty; an empty statement is not a statement of zero").into());
    }
    Ok(whole)
}

/// How rows name their cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RowShape {
    /// Not known before the first row.
    Unknown,
    /// Each row is an object. Members may be missing, or in another order.
    Objects,
    /// Each row is a list in the order of the names.
    Lists,
}

/// The columns' names, and how rows refer to them.
struct JsonColumns {
    names: Vec<FileCell>,
    shape: RowShape,
}

impl JsonColumns {
    fn new(root: &RawValue, layout: &JsonLayout<'_>) -> Result<Self, ImportError> {
        let Some(pointer) = layout.headers else { return Ok(Self { names: Vec::new(), shape: RowShape::Unknown }) };
        let names = find(root, pointer).and_then(list_cells).ok_or_else(|| wrong_pointer("headers", pointer))?;
        Ok(Self { names, shape: RowShape::Lists })
    }

    /// Returns a row's cells in the order of the names; `None` for the row that holds the names.
    fn cells_of_row(&mut self, value: &RawValue, row: u64) -> Result<Option<Vec<FileCell>>, ImportIssue> {
        let not_a_row = || ImportIssue::in_row(row, "a row must be an object or a list of texts and numbers");
        match self.shape {
            RowShape::Unknown => {
                if let Some(names) = list_cells(value) {
                    *self = Self { names, shape: RowShape::Lists };
                    return Ok(None);
                }
                let object = OrderedObject::parse(value).ok_or_else(not_a_row)?;
                let names = object.0.into_iter().map(|(name, _)| FileCell::text(name)).collect();
                *self = Self { names, shape: RowShape::Objects };
                self.object_cells(value, row).map(Some)
            }
            RowShape::Objects => self.object_cells(value, row).map(Some),
            RowShape::Lists => {
                let from_object = || {
                    let members = OrderedObject::parse(value)?.0;
                    members.into_iter().map(|(_, value)| scalar(value)).collect()
                };
                list_cells(value).or_else(from_object).ok_or_else(not_a_row).map(Some)
            }
        }
    }

    fn cells_of_totals(&self, value: &RawValue) -> Option<Vec<FileCell>> {
        match self.shape {
            RowShape::Lists => list_cells(value),
            RowShape::Objects | RowShape::Unknown => self.object_cells(value, 0).ok(),
        }
    }

    /// The members of an object in the order of the names; empty where a member is missing.
    fn object_cells(&self, value: &RawValue, row: u64) -> Result<Vec<FileCell>, ImportIssue> {
        let not_a_row = || ImportIssue::in_row(row, "a row must be an object of texts and numbers, like the first one");
        let object = OrderedObject::parse(value).ok_or_else(not_a_row)?;
        let cell = |name: &FileCell| match object.get(name) {
            Some(value) => Ok(scalar(value).unwrap_or_else(|| not_a_value(value))),
            None => Ok(FileCell::text("")),
        };
        self.names.iter().map(cell).collect()
    }
}

fn not_json(error: &serde_json::Error) -> ImportIssue {
    let message = format!("not valid JSON near column {}; set format, or export the file again", error.column());
    ImportIssue::in_row(error.line() as u64, message)
}

fn wrong_pointer(key: &str, pointer: &str) -> ImportError {
    let pointer: String = pointer.chars().flat_map(char::escape_debug).collect();
    ImportIssue::new(format!("{key} = \"{pointer}\": this file has no list there; correct the pointer")).into()
}

/// Resolves a JSON pointer (RFC 6901 section 4).
fn find<'j>(mut value: &'j RawValue, pointer: &str) -> Option<&'j RawValue> {
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        value = match OrderedObject::parse(value) {
            Some(object) => object.get(&token)?,
            None => parse_list(value)?.into_iter().nth(token.parse().ok()?)?,
        };
    }
    Some(value)
}

fn parse_list(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

/// The cells of a list, or of the list in an object's member `cells`.
fn list_cells(value: &RawValue) -> Option<Vec<FileCell>> {
    let list = match parse_list(value) {
        Some(list) => list,
        None => parse_list(OrderedObject::parse(value)?.get("cells")?)?,
    };
    list.into_iter().map(scalar).collect()
}

/// The cell of a list or an object that has no `value`.
fn not_a_value(value: &RawValue) -> FileCell {
    let text = if value.get().starts_with('[') { "[…]" } else { "{…}" };
    let message = "not a text or a number; set the column to the member that holds the value";
    FileCell::new(text, CellKind::Unreadable(message.to_owned()))
}

/// A cell: a text, the digits of a number, `true` or `false`, empty for null; or the `value` or `name` of an object.
fn scalar(value: &RawValue) -> Option<FileCell> {
    let json = value.get();
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(json).ok().map(FileCell::text),
        b'n' => Some(FileCell::text("")),
        b'{' => {
            let members = OrderedObject::parse(value)?.0;
            if members.is_empty() {
                return Some(FileCell::text(""));
            }
            scalar(members.into_iter().find(|(name, _)| name == "value" || name == "name")?.1)
        }
        b'[' => None,
        b't' | b'f' => Some(FileCell::text(json)),
        _ => Some(FileCell::new(json, CellKind::Number)),
    }
}
