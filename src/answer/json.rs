//! Reads a JSON answer. The body is parsed once, along the pointers of its [`JsonMapping`]. Everything else is skipped
//! without building values, and strings without escapes are borrowed from the body.
//!
//! An entry that cannot be read costs that entry. If the parser rejects the body, it is repaired (`repair`) and parsed once
//! more: a good answer pays nothing for that. Only a body that is still not JSON then is an error.

mod entry;
mod leaf;
mod list;
#[cfg(test)]
mod properties;
mod repair;
mod result;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::answer::envelope::text_at;
use crate::answer::json::entry::{ParsedEntry, has_mark};
use crate::answer::json::list::ListReader;
use crate::answer::json_cursor::{JsonCursor, JsonFault};
use crate::answer::json_mapping::{EmptyMark, FailureMark, JsonMapping, ListMapping, WithoutList};
use crate::answer::json_pointer::JsonPointer;
use crate::mutants::fail_point::{FailPoint, fail_at};

pub use crate::answer::json::entry::{EntryFault, JsonEntry};
pub use crate::answer::json::list::ListEntries;
pub use crate::answer::json::result::{JsonAnswer, JsonResult};

/// Default of `max_results`: more than any page shows, so an answer with a million results does not become a page with a
/// million.
pub const MAX_RESULTS: usize = 100;

/// Precedes each text of a JSON text sequence (RFC 7464 section 2.2).
const RECORD_SEPARATOR: u8 = b'\x1e';

/// Where APIs describe an error, whatever the mapping says. A text at `/error` is not among them: some services say there that
/// nothing was found, so it counts only where `failure_if` names it.
static ERROR_MARKS: LazyLock<Vec<FailureMark>> = LazyLock::new(|| {
    let pointers = ["/error/code", "/error/message", "/error/type", "/errors", "/fault/faultstring"];
    pointers.into_iter().filter_map(|text| JsonPointer::parse(text).ok()).map(FailureMark::new).collect()
});

/// Why an answer cannot be read. It carries no text, because one could quote the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerError {
    /// The body is not JSON, from this line and column on; both start at 1.
    Syntax(usize, usize),
    /// The body ends before the JSON does.
    Truncated,
    /// A required list is missing.
    NoList,
    /// The text that should contain the document (`document`) is missing, or contains another one.
    NoDocument,
    /// There are no results, and the partner says that it failed (`failure_if`).
    Reported,
}

/// Reads the lists of an answer, one for each of the mapping. `charset` is that of `Content-Type`.
///
/// # Errors
/// The body is not JSON, a list is missing that must not, or the partner says that it failed.
pub fn read<'a>(
    body: &'a [u8],
    charset: Option<&str>,
    mapping: &JsonMapping,
) -> Result<Vec<ListEntries<'a>>, AnswerError> {
    fail_at(FailPoint::Answer, || body);
    let body = repair::decode(body, charset);
    let body = match &mapping.envelope {
        Some(envelope) => Cow::Owned(envelope.open(&body).ok_or(AnswerError::NoDocument)?),
        None => body,
    };
    let lists = match body {
        Cow::Borrowed(body) => read_utf8(body, mapping)?,
        Cow::Owned(body) => read_utf8(&body, mapping)?.into_iter().map(ListEntries::into_owned).collect(),
    };
    Ok(lists)
}

fn read_utf8<'a>(body: &'a [u8], mapping: &JsonMapping) -> Result<Vec<ListEntries<'a>>, AnswerError> {
    let repaired;
    let (reader, body) = match read_document(body, mapping) {
        Ok(reader) => (reader, body),
        Err(error) => {
            repaired = repair::repair(body);
            let reader = read_document(&repaired, mapping).map(|reader| reader.into_owned(mapping));
            // The position in the repaired body could be another one.
            (reader.map_err(|_| error)?, repaired.as_slice())
        }
    };
    let lists = check_lists(&reader);
    if reader.lists.iter().any(|list| list.total > 0) {
        return lists.map(|()| reader.lists);
    }
    if lists.is_err() && is_declared_empty(body, mapping) {
        return Ok(reader.lists);
    }
    if reports_failure(body, mapping) {
        return Err(AnswerError::Reported);
    }
    lists.map(|()| reader.lists)
}

/// Whether an answer without results says that the partner failed.
fn reports_failure(body: &[u8], mapping: &JsonMapping) -> bool {
    let is_set =
        |mark: &FailureMark| has_mark(body, &mark.tree).or_else(|| has_mark(&repair::repair(body), &mark.tree));
    mapping.failure_if.iter().chain(ERROR_MARKS.iter()).any(|mark| is_set(mark) == Some(true))
}

/// Whether an answer without a list says that there are no results.
fn is_declared_empty(body: &[u8], mapping: &JsonMapping) -> bool {
    mapping.empty_if.as_ref().is_some_and(|EmptyMark { at, is }| text_at(body, at).is_some_and(|text| text == *is))
}

/// Reads one JSON text, or one on each line.
fn read_document<'m, 'a>(body: &'a [u8], mapping: &'m JsonMapping) -> Result<ListReader<'m, 'a>, AnswerError> {
    if body.first() == Some(&RECORD_SEPARATOR) {
        return read_lines(body, mapping).ok_or(AnswerError::Syntax(1, 1));
    }
    let mut reader = ListReader::new(mapping);
    let mut cursor = JsonCursor::new(body);
    reader.read(&mut cursor).map_err(|fault| syntax_error(body, fault))?;
    if let Err(fault) = cursor.end() {
        return read_lines(body, mapping).ok_or_else(|| syntax_error(body, fault));
    }
    if let (Some(list), Some(entries)) = (mapping.tree.leaf, reader.lists.first())
        && entries.entries.is_empty()
        && entries.total > 0
        && body.trim_ascii_start().first() == Some(&b'{')
    {
        // An object in place of the list contains the entries, or is the only one of JSON lines.
        let mut single = ListReader::new(mapping);
        single.read_line(body, list);
        if single.lists.iter().any(|list| !list.entries.is_empty()) {
            return Ok(single);
        }
    }
    Ok(reader)
}

/// Reads JSON lines (one JSON text on each line, as in NDJSON and RFC 7464): an array of the texts, as it were. `None` if
/// the first line is not a JSON text: then these are not JSON lines.
fn read_lines<'m, 'a>(body: &'a [u8], mapping: &'m JsonMapping) -> Option<ListReader<'m, 'a>> {
    let mut reader = ListReader::new(mapping);
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == RECORD_SEPARATOR;
    let lines = body.split(|&byte| byte == b'\n').filter(|line| !line.iter().all(is_blank));
    for (number, line) in lines.enumerate() {
        let line = line.strip_prefix(&[RECORD_SEPARATOR]).unwrap_or(line);
        if number == 0 {
            let line = repair::repair(line);
            let mut cursor = JsonCursor::new(&line);
            cursor.skip().and_then(|_| cursor.end()).ok()?;
        }
        match mapping.tree.leaf {
            Some(list) => reader.read_line(line, list),
            None => {
                let mut cursor = JsonCursor::new(line);
                if reader.read(&mut cursor).and_then(|()| cursor.end()).is_err() {
                    reader.lists.first_mut()?.add_unreadable();
                }
            }
        }
    }
    Some(reader)
}

impl<'m, 'a> ListReader<'m, 'a> {
    /// Reads a line as an entry of this list.
    fn read_line(&mut self, line: &'a [u8], list: usize) {
        let (Some(mapping), Some(entries)) = (self.mapping.lists.get(list), self.lists.get_mut(list)) else { return };
        entries.is_present = true;
        if entries.entries.len() >= self.mapping.max_results {
            entries.skip();
            return;
        }
        match read_entry(line, mapping, entries.total) {
            Some(entry) => entries.add(entry),
            None => match read_entry(&repair::repair(line), mapping, entries.total) {
                Some(entry) => entries.add(entry.into_owned()),
                None => entries.add_unreadable(),
            },
        }
    }

    fn into_owned(self, mapping: &'m JsonMapping) -> ListReader<'m, 'static> {
        let lists = self.lists.into_iter().map(ListEntries::into_owned).collect();
        ListReader { mapping, lists, has_mismatch: self.has_mismatch }
    }
}

/// Reads one JSON text as an entry; `None` if it is not JSON.
fn read_entry<'a>(text: &'a [u8], mapping: &ListMapping, index: usize) -> Option<ParsedEntry<'a>> {
    let mut cursor = JsonCursor::new(text);
    let entry = entry::read_entry(&mut cursor, mapping, index, None).ok()?;
    cursor.end().ok()?;
    Some(entry)
}

/// Checks that no list is missing that must not.
fn check_lists(reader: &ListReader<'_, '_>) -> Result<(), AnswerError> {
    let lists = || reader.mapping.lists.iter().zip(&reader.lists);
    if lists().any(|(list, entries)| list.without_list == WithoutList::Failure && !entries.is_present) {
        return Err(AnswerError::NoList);
    }
    let may_be_empty = !reader.has_mismatch && lists().any(|(list, _)| list.without_list == WithoutList::Empty);
    let is_present = lists().any(|(_, entries)| entries.is_present);
    if is_present || may_be_empty { Ok(()) } else { Err(AnswerError::NoList) }
}

fn syntax_error(body: &[u8], fault: JsonFault) -> AnswerError {
    let before = body.get(..fault.at).unwrap_or(body);
    if before.len() == body.len() {
        return AnswerError::Truncated;
    }
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    AnswerError::Syntax(memchr::memchr_iter(b'\n', before).count() + 1, before.len() - line_start + 1)
}
