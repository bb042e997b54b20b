//! Detects a file's format, encoding, header and rows.

use std::collections::BTreeSet;

use crate::billing::import::{
    Inspected, InspectedCell, InspectedSheet, formula_text, inspect, is_blank_or_rule, other_format, with_ascii_digits,
};
use crate::billing::profile::Encoding;
use crate::billing::profile_proposal::column_names::known_names;
use crate::billing::profile_proposal::json_shape;
use crate::billing::profile_proposal::proposal::toml_string;
use crate::billing::profile_proposal::shape::{FileRow, FileShape, Setting, text};
use crate::billing::profile_proposal::xml_shape;

/// The part of a text that is inspected, in bytes: a year of daily rows by code and country. The proposal is tried on the whole file.
const MAX_INSPECTED_BYTES: u64 = 64 << 20;
/// The most rows above the header.
const MAX_TITLE_ROWS: usize = 100;
/// Delimiters to try. Of equally good ones, the first is proposed.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Bytes of each parity that are inspected for the zeros of UTF-16.
const INSPECTED_HALVES: usize = 200;
/// Encodings of texts that are not Unicode, to be tried in this order.
const LEGACY_ENCODINGS: [&str; 8] =
    ["shift_jis", "gb18030", "euc-kr", "big5", "windows-1251", "koi8-r", "iso-8859-2", "windows-1252"];

const NO_ROWS_IN_JSON: &str = "this is no JSON, or JSON without rows that have the names of a day and of clicks; ask for a list with an object for \
                               each row, or set list, headers or keyed_by yourself";
const UNREADABLE: &str = "this file is neither a table, a spreadsheet, JSON nor XML that can be read";

/// Detects the shape of a file.
///
/// # Errors
/// The file cannot be read, in words for the operator.
pub(super) fn detect(file: &[u8], member: Option<&str>) -> Result<FileShape, String> {
    if file.is_empty() {
        return Err("the file is empty".to_owned());
    }
    let (encoding, start) = decode(file, member)?;
    let mut shape = match start {
        Inspected::Sheets(sheets) => detect_sheet(sheets)?,
        Inspected::Text(text) => detect_text(file, member, encoding.encoding, &text)?,
    };
    shape.settings.extend(encoding.setting);
    shape.questions.extend(encoding.question);
    shape.settings.extend(member.map(|member| ("member", toml_string(member))));
    Ok(shape)
}

fn detect_text(file: &[u8], member: Option<&str>, encoding: Encoding, text: &[u8]) -> Result<FileShape, String> {
    let is_cut = text.len() as u64 == MAX_INSPECTED_BYTES;
    if let Some(message) = other_format(text) {
        return Err(message.to_owned());
    }
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'<') {
        return xml_shape::detect(text);
    }
    if !matches!(first, Some(b'[' | b'{')) {
        // The last line may be incomplete.
        let end = if is_cut { text.iter().rposition(|byte| *byte == b'\n') } else { None };
        let shape = detect_table(text.get(..end.unwrap_or(text.len())).unwrap_or_default());
        let mut shape = shape.ok_or_else(|| UNREADABLE.to_owned())?;
        if is_cut {
            shape.questions.push("only the first 64 MB were looked at; are there totals or notes below?".to_owned());
        }
        return Ok(shape);
    }
    let whole = if is_cut {
        match inspect(file, member, encoding, u64::MAX).map_err(|error| error.to_string())? {
            Inspected::Text(whole) => whole,
            Inspected::Sheets(_) => return Err(UNREADABLE.to_owned()),
        }
    } else {
        text.to_vec()
    };
    json_shape::detect(&whole).ok_or_else(|| NO_ROWS_IN_JSON.to_owned())
}

/// An encoding that was detected.
struct FoundEncoding {
    encoding: Encoding,
    setting: Option<Setting>,
    question: Option<String>,
}

/// Decodes the start of a file. An encoding that is not Unicode is a guess.
fn decode(file: &[u8], member: Option<&str>) -> Result<(FoundEncoding, Inspected), String> {
    let known = |encoding, name: Option<&str>| FoundEncoding {
        encoding,
        setting: name.map(|name| ("encoding", toml_string(name))),
        question: None,
    };
    let found = match utf16_without_mark(file) {
        Some(Encoding::Utf16Le) => known(Encoding::Utf16Le, Some("utf-16le")),
        Some(_) => known(Encoding::Utf16Be, Some("utf-16be")),
        None => known(Encoding::Auto, None),
    };
    let error = match inspect(file, member, found.encoding, MAX_INSPECTED_BYTES) {
        Ok(start) => return Ok((found, start)),
        Err(error) => error.to_string(),
    };
    let mut best: Option<(usize, &str, Inspected)> = None;
    for name in LEGACY_ENCODINGS {
        let Some(encoding) = Encoding::from_label(name) else { continue };
        let Ok(Inspected::Text(text)) = inspect(file, member, encoding, MAX_INSPECTED_BYTES) else { continue };
        let score = detect_table(&text).map_or(0, |shape| known_names(shape.header.iter().map(String::as_str)));
        // Of equally good ones, the last is the most usual.
        if score > 0 && score >= best.as_ref().map_or(0, |(best, ..)| *best) {
            best = Some((score, name, Inspected::Text(text)));
        }
    }
    let Some((_, name, text)) = best else { return Err(error) };
    let found = FoundEncoding {
        encoding: Encoding::from_label(name).unwrap_or(Encoding::Auto),
        setting: Some(("encoding", toml_string(name))),
        question: Some(format!(
            "the text is not Unicode; is it {name}? Names with letters beyond ASCII must look right"
        )),
    };
    Ok((found, text))
}

/// Detects UTF-16 without a byte order mark: in mostly Latin text, every other byte is zero.
fn utf16_without_mark(file: &[u8]) -> Option<Encoding> {
    let zeros =
        |from: usize| file.iter().skip(from).step_by(2).take(INSPECTED_HALVES).filter(|byte| **byte == 0).count();
    let inspected = file.len().div_ceil(2).min(INSPECTED_HALVES);
    match (file, zeros(1), zeros(0)) {
        ([0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0x1f, 0x8b, ..] | [b'P', b'K', ..], _, _) => None,
        (_, odd, even) if odd > inspected / 2 && even * 20 < inspected => Some(Encoding::Utf16Le),
        (_, odd, even) if even > inspected / 2 && odd * 20 < inspected => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// Rows with the one that looks most like a header.
struct HeaderCandidate {
    score: (usize, usize),
    index: usize,
}

fn find_header(rows: &[FileRow]) -> Option<HeaderCandidate> {
    let names = |row: &FileRow| known_names(row.iter().map(|cell| cell.text.as_str()));
    let filled = |row: &FileRow| row.iter().filter(|cell| !cell.text.trim().is_empty()).count();
    let score = |(index, row): (usize, &FileRow)| HeaderCandidate { score: (names(row), filled(row)), index };
    let candidates = rows.iter().enumerate().take(MAX_TITLE_ROWS).map(score);
    // Of equally good rows, the first is the header.
    candidates.rev_by_score()
}

/// The best candidate, of equal ones the first.
trait BestCandidate {
    fn rev_by_score(self) -> Option<HeaderCandidate>;
}

impl<I: Iterator<Item = HeaderCandidate>> BestCandidate for I {
    fn rev_by_score(self) -> Option<HeaderCandidate> {
        self.reduce(|best, other| if other.score > best.score { other } else { best })
    }
}

fn detect_table(text: &[u8]) -> Option<FileShape> {
    let split = |delimiter: u8| {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
        let cell = |text: &str| InspectedCell {
            text: with_ascii_digits(formula_text(text)).into_owned(),
            ..InspectedCell::default()
        };
        let rows = reader.records().map_while(Result::ok).map(|record| record.iter().map(cell).collect());
        let rows: Vec<FileRow> =
            rows.filter(|row: &FileRow| !is_blank_or_rule(row.iter().map(|cell| cell.text.as_str()))).collect();
        let header = find_header(&rows)?;
        (header.score.1 > 1).then_some((delimiter, header, rows))
    };
    // Excel takes the delimiter from a first line `sep=;`.
    let named = text.strip_prefix(b"sep=").and_then(|rest| match rest {
        [delimiter @ (b'\t' | b' '..=b'~'), b'\n', ..] => Some(*delimiter),
        _ => None,
    });
    let delimiters = named.map_or(DELIMITERS.to_vec(), |named| vec![named]);
    let tables = delimiters.into_iter().filter_map(split);
    let (delimiter, header, rows) =
        tables.reduce(|best, other| if other.1.score > best.1.score { other } else { best })?;
    let settings = match delimiter {
        b'\t' => vec![("format", toml_string("tsv"))],
        b',' => vec![("format", toml_string("csv"))],
        other => vec![("format", toml_string("csv")), ("delimiter", toml_string(&char::from(other).to_string()))],
    };
    let shape = FileShape { settings, ..FileShape::default() };
    Some(with_rows(shape, rows, header.index))
}

/// Takes a row of `rows` as the header, or as the first or last row of it, and what follows as rows.
fn with_rows(mut shape: FileShape, mut rows: Vec<FileRow>, header: usize) -> FileShape {
    let below = rows.split_off(header + 1);
    let last = rows.pop().unwrap_or_default();
    let names = |row: &FileRow| -> BTreeSet<usize> {
        (0..row.len()).filter(|index| known_names(std::iter::once(text(row, *index))) > 0).collect()
    };
    let has_no_digits = |row: &FileRow| row.iter().all(|cell| !cell.text.contains(|c: char| c.is_ascii_digit()));
    // A row with names in other columns than the header's belongs to the header.
    let adds =
        |row: &FileRow| has_no_digits(row) && row.len() > 1 && names(row).difference(&names(&last)).next().is_some();
    let mut below = below;
    if rows.last().is_some_and(adds) {
        let above = rows.pop().unwrap_or_default();
        set_two_rows(&mut shape, &above, &last);
    } else if below.first().is_some_and(adds) {
        let second = below.remove(0);
        set_two_rows(&mut shape, &last, &second);
    } else {
        shape.header = last.into_iter().map(|cell| cell.text.trim().to_owned()).collect();
        shape.last_names.clone_from(&shape.header);
    }
    shape.rows = below;
    shape
}

/// Joins two rows of a header as the importer does: a name of the first row stands for the columns to its right.
fn set_two_rows(shape: &mut FileShape, first: &FileRow, second: &FileRow) {
    let mut spanning = "";
    for index in 0..first.len().max(second.len()) {
        let (above, below) = (text(first, index), text(second, index));
        spanning = if above.is_empty() { spanning } else { above };
        let parts: Vec<&str> = [spanning, below].into_iter().filter(|part| !part.is_empty()).collect();
        let name = if below.is_empty() { above.to_owned() } else { parts.join(" ") };
        shape.last_names.push(if below.is_empty() { above.to_owned() } else { below.to_owned() });
        shape.header.push(name);
    }
    shape.settings.push(("header_rows", "2".to_owned()));
}

/// Takes the sheet whose header has the most known names.
fn detect_sheet(sheets: Vec<InspectedSheet>) -> Result<FileShape, String> {
    let count = sheets.len();
    let candidates = sheets.into_iter().filter_map(|sheet| {
        let header = find_header(&sheet.rows).filter(|header| header.score.0 > 1)?;
        Some((header, sheet))
    });
    let mut candidates: Vec<(HeaderCandidate, InspectedSheet)> = candidates.collect();
    candidates.sort_by_key(|(header, _)| std::cmp::Reverse(header.score));
    let others = candidates.len().saturating_sub(1);
    let Some((header, sheet)) = candidates.into_iter().next() else {
        return Err("no sheet has a row with the names of a day and of clicks".to_owned());
    };
    let mut shape = FileShape { settings: vec![("format", toml_string("xlsx"))], ..FileShape::default() };
    if count > 1 {
        shape.settings.push(("sheet", toml_string(&sheet.name)));
    }
    if others > 0 {
        let others = if others == 1 { "another sheet".to_owned() } else { format!("{others} other sheets") };
        shape
            .questions
            .push(format!("{others} might be the statement, too; is it sheet {}?", toml_string(&sheet.name)));
    }
    Ok(with_rows(shape, sheet.rows, header.index))
}
