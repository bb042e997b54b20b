//! Detects a file's format, its header, and its first rows.

use serde_json::Value;

use crate::billing::import::{decoded, fold_name};
use crate::billing::profile::Encoding;
use crate::billing::profile_proposal::known_columns::KNOWN_COLUMNS;
use crate::billing::profile_proposal::proposal::toml_string;

/// The part of a table that is inspected, in bytes: several thousand rows.
const MAX_INSPECTED_BYTES: u64 = 1 << 20;
/// The most rows above the header.
const MAX_TITLE_ROWS: usize = 100;
/// The deepest level of objects in JSON at which a list of rows is looked for.
const MAX_LIST_DEPTH: usize = 3;
/// Delimiters to try. Of equally good ones, the first is proposed.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Bytes of each parity that are inspected for the zeros of UTF-16.
const INSPECTED_HALVES: usize = 200;

const UNREADABLE: &str = "this file is neither a table nor JSON that can be read";

/// A file's format, header and rows.
pub(super) struct FileShape {
    /// Lines of the profile that describe the format.
    pub settings: Vec<String>,
    /// The columns' names.
    pub header: Vec<String>,
    /// The rows below the header.
    pub rows: Vec<Vec<String>>,
}

impl FileShape {
    /// Returns the cells of a column that are not empty, of rows as long as the header.
    pub(super) fn column(&self, index: usize) -> Vec<&str> {
        let complete = self.rows.iter().filter(|row| row.len() == self.header.len());
        complete.filter_map(|row| row.get(index).map(String::as_str)).filter(|cell| !cell.trim().is_empty()).collect()
    }
}

/// Detects the shape of a file.
///
/// # Errors
/// The file is neither a table nor JSON.
pub(super) fn detect(file: &[u8]) -> Result<FileShape, &'static str> {
    let (encoding, setting) = detect_encoding(file);
    let start = decoded(file, encoding, MAX_INSPECTED_BYTES).map_err(|_| UNREADABLE)?;
    let is_json = start.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'[' | b'{'));
    let mut shape = if is_json {
        let whole = decoded(file, encoding, u64::MAX).map_err(|_| UNREADABLE)?;
        detect_json(&whole).ok_or(UNREADABLE)?
    } else {
        // The last line may be incomplete.
        let is_cut = start.len() as u64 == MAX_INSPECTED_BYTES;
        let end = if is_cut { start.iter().rposition(|byte| *byte == b'\n') } else { None };
        detect_table(start.get(..end.unwrap_or(start.len())).unwrap_or_default()).ok_or(UNREADABLE)?
    };
    shape.settings.extend(setting.map(str::to_owned));
    Ok(shape)
}

/// Detects UTF-16 without a byte order mark: in mostly Latin text, every other byte is zero.
fn detect_encoding(file: &[u8]) -> (Encoding, Option<&'static str>) {
    let zeros =
        |from: usize| file.iter().skip(from).step_by(2).take(INSPECTED_HALVES).filter(|byte| **byte == 0).count();
    match (file, zeros(1), zeros(0)) {
        ([0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0x1f, 0x8b, ..], _, _) => (Encoding::Auto, None),
        (_, odd, even) if odd > 50 && even < 10 => (Encoding::Utf16Le, Some("encoding = \"utf-16le\"")),
        (_, odd, even) if even > 50 && odd < 10 => (Encoding::Utf16Be, Some("encoding = \"utf-16be\"")),
        _ => (Encoding::Auto, None),
    }
}

/// The number of cells that are known names of columns.
fn known_names(cells: &[String]) -> usize {
    let is_known = |cell: &&String| KNOWN_COLUMNS.iter().any(|(_, names)| names.contains(&fold_name(cell).as_str()));
    cells.iter().filter(is_known).count()
}

/// A table as one delimiter splits it, with the row that looks most like a header.
struct SplitTable {
    delimiter: u8,
    header: usize,
    rows: Vec<Vec<String>>,
}

impl SplitTable {
    fn read(text: &[u8], delimiter: u8) -> Option<Self> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
        let rows: Vec<Vec<String>> = reader
            .records()
            .map_while(Result::ok)
            .map(|record| record.iter().map(str::to_owned).collect())
            .filter(|row: &Vec<String>| row.iter().any(|cell| !cell.trim().is_empty()))
            .collect();
        let score = |(_, row): &(usize, &Vec<String>)| (known_names(row), row.len());
        let (header, _) = rows.iter().enumerate().take(MAX_TITLE_ROWS).rev().max_by_key(score)?;
        (rows.get(header)?.len() > 1).then_some(Self { delimiter, header, rows })
    }

    fn score(&self) -> (usize, usize) {
        self.rows.get(self.header).map_or((0, 0), |row| (known_names(row), row.len()))
    }
}

fn detect_table(text: &[u8]) -> Option<FileShape> {
    let tables = DELIMITERS.iter().rev().filter_map(|delimiter| SplitTable::read(text, *delimiter));
    let SplitTable { delimiter, header, mut rows } = tables.max_by_key(SplitTable::score)?;
    let below = rows.split_off(header + 1);
    let setting = match delimiter {
        b'\t' => "format = \"tsv\"".to_owned(),
        b',' => "format = \"csv\"".to_owned(),
        other => format!("format = \"csv\"\ndelimiter = \"{}\"", char::from(other)),
    };
    Some(FileShape { settings: vec![setting], header: rows.pop()?, rows: below })
}

/// A list in a JSON text, with the pointer to it (RFC 6901).
struct FoundList<'v> {
    pointer: String,
    values: &'v [Value],
}

fn detect_json(text: &[u8]) -> Option<FileShape> {
    let root: Value = serde_json::from_slice(text).ok()?;
    let mut lists = Vec::new();
    find_lists(&root, "", MAX_LIST_DEPTH, &mut lists);
    let FoundList { pointer, values } =
        lists.iter().max_by_key(|list| (row_likeness(list.values), list.values.len()))?;
    let mut settings = vec![format!("format = \"json\"\nlist = {}", toml_string(pointer))];
    let list_cells = |row: &Value| -> Option<Vec<String>> { row.as_array()?.iter().map(scalar).collect() };
    let mut separate_header = || {
        let header = find_header(&lists, pointer)?;
        settings.push(format!("headers = {}", toml_string(&header.pointer)));
        Some(header.names)
    };
    let (header, rows) = match values.first()? {
        Value::Object(first) if first.get("cells").is_some_and(Value::is_array) => {
            let rows: Vec<Vec<String>> = values.iter().filter_map(|row| list_cells(row.get("cells")?)).collect();
            (separate_header()?, rows)
        }
        Value::Object(first) => {
            let names: Vec<String> = first.keys().cloned().collect();
            let cells =
                |row: &Value| names.iter().map(|name| row.get(name).map_or(Some(String::new()), scalar)).collect();
            let rows = values.iter().filter_map(cells).collect();
            (names, rows)
        }
        Value::Array(_) => {
            let mut rows = values.iter().filter_map(list_cells);
            match separate_header() {
                Some(names) => (names, rows.collect()),
                None => (rows.next()?, rows.collect()),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    };
    Some(FileShape { settings, header, rows })
}

/// How much a list looks like rows: lists and lists in `cells` most, then objects with several members.
fn row_likeness(list: &[Value]) -> u8 {
    match list.first() {
        Some(Value::Array(_)) => 3,
        Some(Value::Object(members)) if members.contains_key("cells") => 3,
        Some(Value::Object(members)) if members.len() > 1 => 2,
        Some(Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => 0,
    }
}

/// The columns' names in a list of their own.
struct SeparateHeader {
    pointer: String,
    names: Vec<String>,
}

fn find_header(lists: &[FoundList<'_>], rows: &str) -> Option<SeparateHeader> {
    let names = |list: &FoundList<'_>| list.values.iter().map(scalar).collect::<Option<Vec<String>>>();
    let others = lists.iter().filter(|list| !list.pointer.starts_with(rows) || list.pointer.is_empty());
    others
        .filter_map(|list| Some(SeparateHeader { pointer: list.pointer.clone(), names: names(list)? }))
        .max_by_key(|header| known_names(&header.names))
        .filter(|header| known_names(&header.names) > 0)
}

fn find_lists<'v>(value: &'v Value, pointer: &str, depth: usize, found: &mut Vec<FoundList<'v>>) {
    match value {
        Value::Array(values) => found.push(FoundList { pointer: pointer.to_owned(), values }),
        Value::Object(members) if depth > 0 => {
            for (name, value) in members {
                let token = name.replace('~', "~0").replace('/', "~1");
                find_lists(value, &format!("{pointer}/{token}"), depth - 1, found);
            }
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null => Some(String::new()),
        Value::Object(members) => scalar(members.get("value").or_else(|| members.get("name"))?),
        Value::Array(_) => None,
    }
}
