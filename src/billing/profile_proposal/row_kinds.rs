//! Tells rows of totals and notes from rows of values, without losing one.

use crate::billing::import::fold_name;
use crate::billing::profile_proposal::column_names::is_sum;
use crate::billing::profile_proposal::columns::FoundColumns;
use crate::billing::profile_proposal::number_marks::{is_number, is_plain_number};
use crate::billing::profile_proposal::shape::{FileRow, FileShape, text};

/// The most lines that a proposal quotes.
const MAX_QUOTED: usize = 3;
/// The most characters of a line that a proposal quotes.
const MAX_QUOTED_CHARS: usize = 40;

/// What the rows below the header are.
#[derive(Default)]
pub(super) struct RowKinds {
    /// The values of `totals`.
    pub totals: Vec<String>,
    /// Rows of totals.
    pub totals_rows: u64,
    /// Those of them without a date.
    pub empty_totals: u64,
    /// Rows with a day and without a code or a dimension.
    pub unlabelled_rows: u64,
    /// The values of `undated_rows`.
    pub undated: Vec<String>,
    /// The values of `footers`.
    pub footers: Vec<String>,
    /// Notes below the rows.
    pub footer_rows: u64,
    /// Questions.
    pub questions: Vec<String>,
}

impl RowKinds {
    pub(super) fn find(shape: &FileShape, columns: &FoundColumns) -> Self {
        let mut kinds = Self::default();
        let mut unknown = Vec::new();
        let labels: Vec<usize> = columns.code.iter().chain(&columns.dimensions).copied().collect();
        let is_data = |row: &FileRow| {
            columns.date.is_date(row) && !is_sum(first(row)) && !labels.iter().any(|index| is_sum(text(row, *index)))
        };
        let last_data = shape.rows.iter().rposition(is_data);
        let beginnings: Vec<String> =
            shape.rows.iter().filter(|row| is_data(row)).map(|row| fold_name(first(row))).collect();
        for (index, row) in shape.rows.iter().enumerate() {
            let has_count = columns.searches.iter().chain(&columns.clicks).any(|at| is_plain_number(text(row, *at)));
            let has_value = has_count || columns.revenue.is_some_and(|at| is_number(text(row, at)));
            let is_header = row.len() == shape.header.len()
                && row.iter().zip(&shape.header).all(|(cell, name)| cell.text.trim() == name);
            let label = [first(row)].into_iter().chain(labels.iter().map(|label| text(row, *label)));
            let sum_label = label.into_iter().find(|cell| is_sum(cell));
            if is_data(row) || is_header {
                let lacks_label = labels.iter().any(|index| text(row, *index).is_empty());
                kinds.unlabelled_rows += u64::from(is_data(row) && lacks_label);
                continue;
            }
            if let (true, Some(label)) = (has_value, sum_label) {
                kinds.add_total(label, label == first(row));
            } else if has_value && row.iter().any(|cell| is_adjustment(&cell.text)) {
                kinds.add_undated(text(row, columns.date.index));
            } else if has_value && ["", "-", "–", "—"].contains(&text(row, columns.date.index)) {
                kinds.empty_totals += 1;
                kinds.add_total("empty", false);
            } else if !has_value && (index == 0 || last_data.is_none_or(|last| last < index)) && is_note(row) {
                kinds.add_footer(first(row), &beginnings);
                if index == 0 {
                    kinds.questions.push(format!("is {} below the header only a note, such as units?", quoted(row)));
                }
            } else {
                unknown.push(quoted(row));
            }
        }
        if !unknown.is_empty() {
            let shown = unknown.iter().take(MAX_QUOTED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if unknown.len() > MAX_QUOTED { ", …" } else { "" };
            kinds.questions.push(format!("what are these lines? They have no day and are no total: {shown}{more}"));
        }
        kinds
    }

    fn add_total(&mut self, label: &str, is_first: bool) {
        self.totals_rows += 1;
        // At the beginning of a row, a word is enough; a code must be the whole cell.
        let word: String = label.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        let text = if is_first && !word.is_empty() { word } else { label.trim_end_matches([':', '.']).to_owned() };
        if !self.totals.contains(&text) {
            self.totals.push(text);
        }
    }

    fn add_undated(&mut self, date: &str) {
        let text = if ["", "-", "–", "—"].contains(&date) { "empty" } else { date };
        if !self.undated.iter().any(|known| known == text) {
            self.undated.push(text.to_owned());
        }
    }

    fn add_footer(&mut self, line: &str, beginnings: &[String]) {
        self.footer_rows += 1;
        let digits = line.find(|c: char| c.is_ascii_digit());
        let before = digits.and_then(|at| line.get(..at)).map_or("", str::trim);
        let text = if before.is_empty() { line } else { before };
        let is_safe = |text: &str| !beginnings.iter().any(|row| row.starts_with(&fold_name(text)));
        let text = if is_safe(text) { text } else { line };
        if !is_safe(text) {
            self.questions
                .push(format!("a row begins like the note \"{}\"; remove the note from the file", short(line)));
            return;
        }
        if !self.footers.iter().any(|footer| footer == text) {
            self.footers.push(text.to_owned());
        }
        if digits.is_some() {
            self.questions.push(format!("is \"{}\" only a note, which is to be ignored?", short(line)));
        }
    }
}

/// Whether a cell begins with a word for a change of what was reported.
fn is_adjustment(cell: &str) -> bool {
    const BEGINNINGS: [&str; 16] = [
        "adjust",
        "correct",
        "deduct",
        "clawback",
        "invalid",
        "true-up",
        "chargeback",
        "refund",
        "korrektur",
        "anpassung",
        "abzug",
        "ajust",
        "correccion",
        "rettific",
        "correcao",
        "korekta",
    ];
    let folded = fold_name(cell);
    BEGINNINGS.iter().any(|word| folded.starts_with(word))
}

/// Whether a row is a note: one text, or several, and no number.
fn is_note(row: &FileRow) -> bool {
    row.iter().all(|cell| !is_number(&cell.text)) && !first(row).is_empty()
}

/// The first cell that is not empty.
fn first(row: &FileRow) -> &str {
    row.iter().map(|cell| cell.text.trim()).find(|text| !text.is_empty()).unwrap_or("")
}

fn quoted(row: &FileRow) -> String {
    let cells: Vec<&str> = row.iter().map(|cell| cell.text.trim()).filter(|cell| !cell.is_empty()).collect();
    format!("\"{}\"", short(&cells.join(" ")))
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_QUOTED_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_QUOTED_CHARS).is_some() {
        short.push('…');
    }
    short
}
