//! What kind of file it is, where its header stands, and its first rows.

use std::io::Read as _;
use std::rc::Rc;

use serde_json::Value;

use crate::billing::import::{folded, unpacked};
use crate::billing::profile::Encoding;
use crate::billing::sniff::KNOWN;

/// How much of a file is looked at: some thousand rows.
const LOOKED_AT: u64 = 1 << 20;
/// How many rows may stand above the header.
const TITLES: usize = 100;
/// How deep a list of rows may lie in JSON.
const DEPTH: usize = 3;

/// A file's shape.
pub(super) struct FileShape {
    /// Lines of the profile that say what the file is.
    pub settings: Vec<String>,
    /// The columns' names.
    pub header: Vec<String>,
    /// The rows below.
    pub rows: Vec<Vec<String>>,
}

impl FileShape {
    /// The cells of a column, of whole rows.
    pub(super) fn column(&self, place: usize) -> Vec<&str> {
        let whole = self.rows.iter().filter(|row| row.len() == self.header.len());
        whole.filter_map(|row| row.get(place).map(String::as_str)).filter(|cell| !cell.trim().is_empty()).collect()
    }
}

/// The shape of these bytes.
pub(super) fn of(bytes: &[u8]) -> Result<FileShape, &'static str> {
    let nothing = "this file is no table and no JSON that can be read";
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).take(200).filter(|byte| **byte == 0).count();
    let (encoding, setting) = match (bytes, zeros(1), zeros(0)) {
        ([0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0x1f, 0x8b, ..], _, _) => (Encoding::Auto, None),
        (_, odd, even) if odd > 50 && even < 10 => (Encoding::Utf16Le, Some("encoding = \"utf-16le\"")),
        (_, odd, even) if even > 50 && odd < 10 => (Encoding::Utf16Be, Some("encoding = \"utf-16be\"")),
        _ => (Encoding::Auto, None),
    };
    let mut text = unpacked(bytes, encoding, &Rc::default()).map_err(|_| nothing)?;
    let mut start = Vec::new();
    text.by_ref().take(LOOKED_AT).read_to_end(&mut start).map_err(|_| nothing)?;
    let is_json = start.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'[' | b'{'));
    let mut shape = if is_json {
        text.read_to_end(&mut start).map_err(|_| nothing)?;
        json(&start).ok_or(nothing)?
    } else {
        // The last line may be cut.
        let whole = if start.len() as u64 == LOOKED_AT { start.iter().rposition(|byte| *byte == b'\n') } else { None };
        table(start.get(..whole.unwrap_or(start.len())).unwrap_or_default()).ok_or(nothing)?
    };
    shape.settings.extend(setting.map(str::to_owned));
    Ok(shape)
}

/// How many of a row's cells are known names.
fn known(cells: &[String]) -> usize {
    let names = |cell: &&String| KNOWN.iter().any(|(_, names)| names.contains(&folded(cell).as_str()));
    cells.iter().filter(names).count()
}

fn table(text: &[u8]) -> Option<FileShape> {
    let of = |delimiter: u8| {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
        let rows: Vec<Vec<String>> = reader
            .records()
            .map_while(Result::ok)
            .map(|record| record.iter().map(str::to_owned).collect())
            .filter(|row: &Vec<String>| row.iter().any(|cell| !cell.trim().is_empty()))
            .collect();
        let score = |(_, row): &(usize, &Vec<String>)| (known(row), row.len());
        let (place, _) = rows.iter().enumerate().take(TITLES).rev().max_by_key(score)?;
        (rows.get(place)?.len() > 1).then_some((delimiter, place, rows))
    };
    let score = |(_, place, rows): &(u8, usize, Vec<Vec<String>>)| {
        rows.get(*place).map_or((0, 0), |row| (known(row), row.len()))
    };
    let (delimiter, place, mut rows) =
        b",\t;|".iter().rev().filter_map(|delimiter| of(*delimiter)).max_by_key(score)?;
    let below = rows.split_off(place + 1);
    let setting = match delimiter {
        b'\t' => "format = \"tsv\"".to_owned(),
        b',' => "format = \"csv\"".to_owned(),
        other => format!("format = \"csv\"\ndelimiter = \"{}\"", char::from(other)),
    };
    Some(FileShape { settings: vec![setting], header: rows.pop()?, rows: below })
}

fn json(text: &[u8]) -> Option<FileShape> {
    let whole: Value = serde_json::from_slice(text).ok()?;
    let mut lists = Vec::new();
    lists_in(&whole, "", DEPTH, &mut lists);
    let (pointer, list) = lists.iter().max_by_key(|(_, list)| (like_rows(list), list.len()))?;
    let quoted = crate::billing::sniff::quoted(pointer);
    let mut settings = vec![format!("format = \"json\"\nlist = {quoted}")];
    let cells = |row: &Value| -> Option<Vec<String>> { row.as_array()?.iter().map(cell).collect() };
    let (header, rows) = match list.first()? {
        Value::Object(first) => {
            if let Some(Value::Array(_)) = first.get("cells") {
                let rows: Vec<Vec<String>> = list.iter().filter_map(|row| cells(row.get("cells")?)).collect();
                (apart(&lists, pointer, &mut settings)?, rows)
            } else {
                let names: Vec<String> = first.keys().cloned().collect();
                let row =
                    |row: &Value| names.iter().map(|name| row.get(name).map_or(Some(String::new()), cell)).collect();
                let rows = list.iter().filter_map(row).collect();
                (names, rows)
            }
        }
        Value::Array(_) => {
            let mut rows: Vec<Vec<String>> = list.iter().filter_map(cells).collect();
            match apart(&lists, pointer, &mut settings) {
                Some(names) => (names, rows),
                None => {
                    let names = if rows.is_empty() { return None } else { rows.remove(0) };
                    (names, rows)
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    Some(FileShape { settings, header, rows })
}

/// How much a list looks like rows: of lists, of objects with several members, of anything else.
fn like_rows(list: &[Value]) -> u8 {
    match list.first() {
        Some(Value::Array(_)) => 3,
        Some(Value::Object(members)) if members.contains_key("cells") => 3,
        Some(Value::Object(members)) if members.len() > 1 => 2,
        Some(Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => 0,
    }
}

/// The columns' names, where another list has them.
fn apart(lists: &[(String, &Vec<Value>)], rows: &str, settings: &mut Vec<String>) -> Option<Vec<String>> {
    let names = |list: &&Vec<Value>| list.iter().map(cell).collect::<Option<Vec<String>>>();
    let others = lists.iter().filter(|(pointer, _)| !pointer.starts_with(rows) || pointer.is_empty());
    let (pointer, names) = others
        .filter_map(|(pointer, list)| Some((pointer, names(list)?)))
        .max_by_key(|(_, names)| known(names))
        .filter(|(_, names)| known(names) > 0)?;
    settings.push(format!("headers = {}", crate::billing::sniff::quoted(pointer)));
    Some(names)
}

/// Every list, with its pointer (RFC 6901).
fn lists_in<'v>(value: &'v Value, at: &str, depth: usize, found: &mut Vec<(String, &'v Vec<Value>)>) {
    match value {
        Value::Array(list) => found.push((at.to_owned(), list)),
        Value::Object(members) if depth > 0 => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                lists_in(value, &format!("{at}/{name}"), depth - 1, found);
            }
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn cell(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null => Some(String::new()),
        Value::Object(members) => cell(members.get("value").or_else(|| members.get("name"))?),
        Value::Array(_) => None,
    }
}
