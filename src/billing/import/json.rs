//! Reads rows of JSON (RFC 8259) in the shapes that partners use: a list of objects, also nested ones; a list of arrays, with the columns'
//! names in the first array or elsewhere; cells as plain values, or each in an object as `value`; or a row in each line. Numbers keep the
//! digits that the file has.

use std::io::{BufRead as _, BufReader, Read};
use std::rc::Rc;

use serde_json::value::RawValue;

use crate::billing::import::cell::FileCell;
use crate::billing::import::collector::RowCollector;
use crate::billing::import::field_rows::{Field, FieldRows, column_names};
use crate::billing::import::issue::{ImportError, ImportIssue, quoted};
use crate::billing::import::json_claims::JsonClaims;
use crate::billing::import::json_keyed::{KeyedRow, MemberKeys, VALUE, keyed_rows};
use crate::billing::import::json_value::{
    cell, cells_of_lists, find, list_cells, object_fields, parse_list, row_cells,
};
use crate::billing::import::progress::Progress;
use crate::billing::profile::Profile;

/// The largest text, in bytes: JSON is parsed as a whole. A year of daily rows by code and country takes about 20 MB.
const MAX_JSON_BYTES: u64 = 256 << 20;

/// Where a profile finds the rows, as JSON pointers (RFC 6901).
pub(super) struct JsonLayout<'p> {
    /// The list of rows.
    pub list: &'p str,
    /// The list of the columns' names, if it is not the first row.
    pub headers: Option<&'p str>,
    /// Further lists of names, if a row has a list for each.
    pub more_headers: &'p [String],
    /// The row of totals, if it is not among the rows.
    pub totals: Option<&'p str>,
}

/// Passes all rows to `collector`.
///
/// # Errors
/// The text is not JSON, is too large, or has nothing where the layout points to.
pub(super) fn read_rows(
    text: impl Read,
    layout: &JsonLayout<'_>,
    profile: &Profile,
    collector: &mut RowCollector<'_>,
    on_row: &mut dyn FnMut(),
) -> Result<(), ImportError> {
    let text = read_text(text)?;
    let root: &RawValue = serde_json::from_str(&text).map_err(|error| not_json(error.line(), &error))?;
    let mut rows = JsonRows::new(profile, collector, on_row);
    for pointer in layout.headers.into_iter().chain(layout.more_headers.iter().map(String::as_str)) {
        let names = find(root, pointer)?.map(list_cells).transpose()?.flatten();
        rows.add_names(names.ok_or_else(|| wrong_pointer("headers", pointer))?);
    }
    let found = find(root, layout.list)?;
    if profile.keyed_by.is_empty() {
        let list = found.and_then(parse_list).ok_or_else(|| wrong_pointer("list", layout.list))?;
        for (row, value) in (1..).zip(&list) {
            let goes_on = rows.push(row, value).map_err(|error| in_row(error, row))?;
            if !goes_on {
                return Ok(());
            }
        }
    } else {
        let mut keyed = Vec::new();
        let found = found.ok_or_else(|| wrong_pointer("list", layout.list))?;
        let keys = MemberKeys { names: &profile.keyed_by, skipped: &profile.skip };
        for _ in 0..keyed_rows(found, keys, &[], &mut keyed)? {
            rows.fields.leave_out();
        }
        for (row, keyed) in (1..).zip(keyed) {
            let goes_on = rows.push_keyed(row, keyed).map_err(|error| in_row(error, row))?;
            if !goes_on {
                return Ok(());
            }
        }
    }
    rows.claims.read(root)?;
    rows.finish()?;
    if let Some(pointer) = layout.totals {
        let totals = find(root, pointer)?.ok_or_else(|| wrong_pointer("totals_at", pointer))?;
        rows.push_totals(totals)?.ok_or_else(|| wrong_pointer("totals_at", pointer))?;
    }
    Ok(())
}

/// Passes all rows of a text with a JSON value in each line to `collector`.
///
/// # Errors
/// A line is not JSON, or not a row.
pub(super) fn read_lines(
    text: impl Read,
    progress: &Rc<Progress>,
    profile: &Profile,
    collector: &mut RowCollector<'_>,
    on_row: &mut dyn FnMut(),
) -> Result<(), ImportError> {
    let mut text = BufReader::new(text);
    let mut rows = JsonRows::new(profile, collector, on_row);
    let mut line = String::new();
    let mut is_empty = true;
    for row in 1_u64.. {
        line.clear();
        progress.row_bytes.set(0);
        if text.read_line(&mut line)? == 0 {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        is_empty = false;
        let line_number = usize::try_from(row).unwrap_or(usize::MAX);
        let value: &RawValue = serde_json::from_str(&line).map_err(|error| not_json(line_number, &error))?;
        let goes_on = rows.push(row, value).map_err(|error| in_row(error, row))?;
        if !goes_on {
            return Ok(());
        }
    }
    if is_empty {
        return Err(empty_file().into());
    }
    rows.finish()
}

fn read_text(text: impl Read) -> Result<String, ImportError> {
    let mut whole = String::new();
    text.take(MAX_JSON_BYTES + 1).read_to_string(&mut whole)?;
    if whole.len() as u64 > MAX_JSON_BYTES {
        return Err(ImportIssue::new("the file is larger than 256 MB; split it by month").into());
    }
    if whole.trim().is_empty() {
        return Err(empty_file().into());
    }
    Ok(whole)
}

fn empty_file() -> ImportIssue {
    ImportIssue::new("the file is empty; an empty statement is not a statement of zero")
}

/// Rows of JSON on their way to the collector.
struct JsonRows<'f, 'p> {
    /// The columns' names of rows that are lists; `None` if rows are objects, or before the first row.
    names: Option<Vec<FileCell>>,
    /// How many names are in each of several lists of them.
    lists_of_names: Vec<usize>,
    /// Whether a row was read.
    has_rows: bool,
    /// All names of the profile.
    wanted: Vec<String>,
    /// Members of entries that are not rows.
    skipped: Vec<String>,
    claims: JsonClaims,
    /// How many rows were passed on.
    count: u64,
    fields: FieldRows<'f, 'p>,
}

impl<'f, 'p> JsonRows<'f, 'p> {
    fn new(profile: &Profile, collector: &'f mut RowCollector<'p>, on_row: &'f mut dyn FnMut()) -> Self {
        Self {
            names: None,
            lists_of_names: Vec::new(),
            has_rows: false,
            wanted: column_names(profile).map(str::to_owned).collect(),
            skipped: profile.skip.clone(),
            claims: JsonClaims::new(profile),
            count: 0,
            fields: FieldRows::new(profile, collector, on_row),
        }
    }

    fn add_names(&mut self, names: Vec<FileCell>) {
        self.lists_of_names.push(names.len());
        self.names.get_or_insert_default().extend(names);
        self.has_rows = true;
    }

    /// The cells of a row, or of totals, whose columns are in the order of the names.
    fn listed(&self, value: &RawValue) -> Result<Option<Vec<FileCell>>, ImportIssue> {
        if self.lists_of_names.len() > 1 { cells_of_lists(value, &self.lists_of_names) } else { row_cells(value) }
    }

    /// Reads a row that is a member of an object. Returns whether to read on.
    fn push_keyed(&mut self, row: u64, KeyedRow { mut fields, value }: KeyedRow<'_>) -> Result<bool, ImportError> {
        self.count += 1;
        match object_fields(value, &self.wanted)? {
            Some(of_row) => fields.extend(of_row),
            None => fields.push(Field { name: VALUE.to_owned(), cell: cell(value)? }),
        }
        self.fields.push(row, fields)
    }

    /// Reads a row, or the names of the columns if it is the first row and a list. Returns whether to read on.
    fn push(&mut self, row: u64, value: &RawValue) -> Result<bool, ImportError> {
        if self.is_skipped(value)? {
            self.claims.read(value)?;
            self.fields.leave_out();
            return Ok(true);
        }
        let is_first = !std::mem::replace(&mut self.has_rows, true);
        if is_first && let Some(names) = list_cells(value)? {
            self.names = Some(names);
            return Ok(true);
        }
        self.count += 1;
        let not_a_row =
            || ImportIssue::in_row(row, "a row must be an object, or a list of texts and numbers, like the first one");
        match &self.names {
            None => {
                let fields = object_fields(value, &self.wanted)?;
                self.fields.push(row, fields.ok_or_else(not_a_row)?)
            }
            Some(names) => {
                let cells = self.listed(value)?.ok_or_else(not_a_row)?;
                self.fields.push_listed(row, names, cells)
            }
        }
    }

    /// Whether an entry has a member that the profile lists in `skip`.
    fn is_skipped(&self, value: &RawValue) -> Result<bool, ImportIssue> {
        for name in &self.skipped {
            let pointer = if name.starts_with('/') { name.clone() } else { format!("/{name}") };
            if value.get().starts_with('{') && find(value, &pointer)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Passes on what waits, and compares the number of rows with what the file says.
    fn finish(&mut self) -> Result<(), ImportError> {
        self.fields.finish()?;
        Ok(self.claims.check_rows(self.count)?)
    }

    fn push_totals(&mut self, value: &RawValue) -> Result<Option<()>, ImportError> {
        if self.names.is_some() {
            let cells = if self.lists_of_names.len() > 1 { self.listed(value) } else { list_cells(value) };
            let Some(cells) = cells? else { return Ok(None) };
            self.fields.push_listed_totals(cells);
            return Ok(Some(()));
        }
        let fields = object_fields(value, &self.wanted)?;
        let Some(fields) = fields else { return Ok(None) };
        self.fields.push_totals(fields)?;
        Ok(Some(()))
    }
}

/// Adds the number of the row to an error that has none.
fn in_row(error: ImportError, row: u64) -> ImportError {
    match error {
        ImportError::File(error) => ImportError::File(error),
        ImportError::Rejected(issues) => {
            let located = |issue: ImportIssue| ImportIssue { row: issue.row.or(Some(row)), ..issue };
            ImportError::Rejected(issues.into_iter().map(located).collect())
        }
    }
}

fn not_json(line: usize, error: &serde_json::Error) -> ImportIssue {
    let message = format!("not valid JSON near column {}; set format, or export the file again", error.column());
    ImportIssue::in_row(line as u64, message)
}

fn wrong_pointer(key: &str, pointer: &str) -> ImportError {
    ImportIssue::new(format!("{key} = \"{}\": this file has no list there; correct the pointer", quoted(pointer)))
        .into()
}
