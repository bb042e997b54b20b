//! The names of columns: those of one header row, or of several that are joined.

use std::collections::VecDeque;

use crate::billing::import::cell::FileCell;
use crate::billing::import::name_folding::fold_name;

/// What may stand between the names of several header rows, in a profile. Spaces are folded away.
const JOINTS: [&str; 2] = ["", "/"];

/// The name of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeaderName {
    /// As the file has it; the names of several rows are joined by a space.
    pub shown: String,
    /// The forms in which a profile may name it, folded.
    folded: Vec<String>,
}

impl HeaderName {
    /// Whether this is the column's name; `loosely` takes underscores for spaces.
    pub(super) fn matches(&self, is_wanted: impl Fn(&str) -> bool, loosely: bool) -> bool {
        let is_match = |name: &String| if loosely { is_wanted(&name.replace('_', "")) } else { is_wanted(name) };
        self.folded.iter().any(is_match)
    }

    /// Returns the first form for which `read` returns something.
    pub(super) fn find_map<T>(&self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.folded.iter().find_map(|name| read(name))
    }
}

/// The last rows that may be the header.
pub(super) struct HeaderRows {
    rows: VecDeque<Vec<FileCell>>,
    count: usize,
}

impl HeaderRows {
    /// For a header of this many rows.
    pub(super) fn new(count: usize) -> Self {
        Self { rows: VecDeque::new(), count: count.max(1) }
    }

    /// Adds a row, and returns the names if the rows so far may be the header.
    pub(super) fn push(&mut self, cells: &[FileCell]) -> Option<Vec<HeaderName>> {
        self.rows.push_back(cells.to_vec());
        if self.rows.len() > self.count {
            self.rows.pop_front();
        }
        (self.rows.len() == self.count).then(|| self.names())
    }

    /// Whether a row repeats a row of the header.
    pub(super) fn contains(&self, cells: &[FileCell]) -> bool {
        self.rows.iter().any(|row| row == cells)
    }

    fn names(&self) -> Vec<HeaderName> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        (0..columns).map(|column| self.name(column)).collect()
    }

    fn name(&self, column: usize) -> HeaderName {
        let (own, spanned): (Vec<&str>, Vec<&str>) =
            self.rows.iter().enumerate().map(|(nth, row)| (own(row, column), self.spanned(nth, row, column))).unzip();
        let mut folded = Vec::new();
        for parts in [&spanned, &own] {
            for joint in JOINTS {
                let name = fold_name(&joined(parts, joint));
                if !folded.contains(&name) {
                    folded.push(name);
                }
            }
        }
        HeaderName { shown: joined(&spanned, " "), folded }
    }

    /// A cell, or in a row above the last one, the cell to its left that spans it: merged cells are empty but for the first.
    fn spanned<'r>(&self, nth: usize, row: &'r [FileCell], column: usize) -> &'r str {
        if nth + 1 == self.count {
            return own(row, column);
        }
        (0..=column).rev().map(|column| own(row, column)).find(|text| !text.is_empty()).unwrap_or("")
    }
}

fn own(row: &[FileCell], column: usize) -> &str {
    row.get(column).map_or("", |cell| cell.trim())
}

/// Joins what is not empty and not a repetition: cells that are merged from one row to the next may repeat their text.
fn joined(parts: &[&str], joint: &str) -> String {
    let mut parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.dedup();
    parts.join(joint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Vec<FileCell> {
        text.split(',').map(FileCell::text).collect()
    }

    #[test]
    fn merged_cells_span_the_columns_to_their_right() {
        let mut rows = HeaderRows::new(2);
        assert!(rows.push(&row("A title,,,")).is_none());
        assert!(rows.push(&row("Date,Traffic,,Money,")).is_some());
        let names = rows.push(&row(",Searches,Ad_Clicks,Gross,Net")).unwrap();
        let shown: Vec<&str> = names.iter().map(|name| name.shown.as_str()).collect();
        assert_eq!(shown, ["Date", "Traffic Searches", "Traffic Ad_Clicks", "Money Gross", "Money Net"]);
        for (index, name, loosely) in [
            (2, "trafficad_clicks", false),
            (2, "traffic/ad_clicks", false),
            (2, "ad_clicks", false),
            (2, "adclicks", true),
        ] {
            assert!(names[index].matches(|known| known == name, loosely), "{name}");
        }
        assert!(!names[2].matches(|known| known == "adclicks", false));
        assert!(
            !names[1].matches(|known| known == "searches", true),
            "Traffic is its own first name, so it belongs to it"
        );
        assert!(rows.contains(&row("Date,Traffic,,Money,")) && !rows.contains(&row("A title,,,")));
    }
}
