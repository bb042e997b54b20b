//! What a row below the header is: data, a row of totals, a repeated header, or a line that the profile ignores.

use crate::billing::import::cell::FileCell;
use crate::billing::import::columns::ColumnIndexes;
use crate::billing::import::header::HeaderRows;
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::name_folding::fold_name;
use crate::billing::import::row_values::is_not_told;
use crate::billing::import::unlabelled::empty_label;
use crate::billing::profile::{Profile, TotalsRule};
use crate::billing::row_rules::UNDATED_EMPTY;
use crate::billing::text_pattern::matches_pattern;

/// Cells, folded, that stand for a sum in the place of a code, in the languages of partners.
const SUM_WORDS: [&str; 40] = [
    "total",
    "totals",
    "subtotal",
    "sub-total",
    "grandtotal",
    "sum",
    "summe",
    "summen",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "teilsumme",
    "insgesamt",
    "soustotal",
    "sous-total",
    "totalgeneral",
    "totaux",
    "totale",
    "totali",
    "subtotale",
    "totales",
    "totais",
    "totaal",
    "subtotaal",
    "totalt",
    "ialt",
    "yhteensa",
    "suma",
    "razem",
    "celkem",
    "spolu",
    "osszesen",
    "toplam",
    "итого",
    "всего",
    "合計",
    "小計",
    "合计",
    "小计",
    "합계",
];

/// What a row is.
pub(super) enum RowClass {
    /// A line that the profile ignores.
    Footer,
    /// The header again.
    RepeatedHeader,
    /// A row of totals.
    Totals,
    /// A row without a day, which is added to the last day.
    Undated,
    /// A row of values.
    Data,
}

/// Tells rows apart by a profile.
pub(super) struct RowClassifier<'p> {
    profile: &'p Profile,
    /// Beginnings of rows to ignore, folded.
    footers: Vec<String>,
    /// Beginnings of rows of totals, folded.
    total_texts: Vec<String>,
}

impl<'p> RowClassifier<'p> {
    pub(super) fn new(profile: &'p Profile) -> Self {
        let total_text = |total: &TotalsRule| match total {
            TotalsRule::Text(text) => Some(fold_name(text)),
            TotalsRule::Empty | TotalsRule::Last | TotalsRule::Unlabelled => None,
        };
        Self {
            profile,
            footers: profile.footers.iter().map(|footer| fold_name(footer)).collect(),
            total_texts: profile.totals.iter().filter_map(total_text).collect(),
        }
    }

    /// Whether the profile says that a cell of the date column stands for no day.
    fn is_undated(&self, date: &str) -> bool {
        let undated = &self.profile.rules.undated_rows;
        let is_match = |pattern: &String| match pattern.as_str() {
            UNDATED_EMPTY => is_not_told(date, self.profile),
            pattern => matches_pattern(&fold_name(date), &fold_name(pattern)),
        };
        !undated.is_empty() && undated.iter().any(is_match)
    }

    /// Returns what a row is.
    ///
    /// # Errors
    /// The row is a sum by its code, and the profile does not say so: its numbers would count twice.
    pub(super) fn classify(
        &self,
        columns: &ColumnIndexes,
        header: &HeaderRows,
        row: u64,
        cells: &[FileCell],
    ) -> Result<RowClass, ImportIssue> {
        let first = fold_name(cells.iter().find(|cell| !cell.trim().is_empty()).map_or("", |cell| cell));
        if self.footers.iter().any(|footer| first.starts_with(footer)) {
            return Ok(RowClass::Footer);
        }
        if header.contains(cells) {
            return Ok(RowClass::RepeatedHeader);
        }
        let date = cells.get(columns.date).map_or("", |cell| cell.trim());
        let has_no_date = || is_not_told(date, self.profile);
        if self.total_texts.iter().any(|text| first.starts_with(text))
            || (self.profile.totals.contains(&TotalsRule::Empty) && has_no_date())
        {
            return Ok(RowClass::Totals);
        }
        for index in columns.code.iter().chain(&columns.dimensions) {
            let Some(cell) = cells.get(*index) else { continue };
            let folded = fold_name(cell);
            let folded = folded.trim_end_matches([':', '.']);
            if self.total_texts.iter().any(|text| text == folded) {
                return Ok(RowClass::Totals);
            }
            if SUM_WORDS.contains(&folded) {
                let message = format!(
                    "this row is a sum of others, which would count twice; set totals = \"{}\", so that it is compared with the rows",
                    cell.trim()
                );
                return Err(ImportIssue::in_cell(row, columns.name(*index), cell, message));
            }
        }
        if self.is_undated(date) {
            return Ok(RowClass::Undated);
        }
        if self.profile.totals.contains(&TotalsRule::Unlabelled) && empty_label(columns, cells, self.profile).is_some()
        {
            return Ok(RowClass::Totals);
        }
        Ok(RowClass::Data)
    }
}
