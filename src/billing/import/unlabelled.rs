//! Rows that have a day and lack what others of the day have, their code or a dimension: they are traffic of no code, or the sums of the others,
//! which would count twice. The numbers tell, and the profile says so: `totals = "unlabelled"`.

use std::collections::BTreeMap;

use crate::billing::import::cell::FileCell;
use crate::billing::import::columns::ColumnIndexes;
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::row_values::{RowValues, is_not_told};
use crate::billing::import::sums::{RowKey, RowSums};
use crate::billing::money::Micros;
use crate::billing::profile::Profile;

/// The column, of the code and the dimensions, that is empty in a row.
pub(super) fn empty_label(columns: &ColumnIndexes, cells: &[FileCell], profile: &Profile) -> Option<usize> {
    let is_empty = |index: &usize| cells.get(*index).is_none_or(|cell| is_not_told(cell.trim(), profile));
    columns.code.into_iter().chain(columns.dimensions.iter().copied()).find(is_empty)
}

/// Rows without a label so far.
#[derive(Debug, Default)]
pub(super) struct UnlabelledRows {
    /// The first of them, and its empty column.
    first: Option<(u64, usize)>,
    /// The sums of those that have a code and lack a dimension.
    without_dimension: BTreeMap<RowKey, (RowValues, u64)>,
}

impl UnlabelledRows {
    /// Notes a row, of which this column is empty.
    pub(super) fn note(
        &mut self,
        row: u64,
        empty: usize,
        columns: &ColumnIndexes,
        (key, values): (&RowKey, RowValues),
    ) {
        self.first.get_or_insert((row, empty));
        if columns.code == Some(empty) {
            return;
        }
        match self.without_dimension.get_mut(key) {
            Some((sum, rows)) => {
                *sum = sum.plus(values).unwrap_or(*sum);
                *rows = rows.saturating_add(1);
            }
            None => {
                self.without_dimension.insert(key.clone(), (values, 1));
            }
        }
    }

    /// The issue, if all rows without a label are the sums of the others of their day.
    pub(super) fn issue(&self, sums: &RowSums, columns: &ColumnIndexes) -> Option<ImportIssue> {
        let (row, empty) = self.first?;
        let mut compared = Comparison::default();
        if columns.code.is_some() {
            sums.by_day(&mut |without_code, others, rows| compared.add(without_code, others, rows));
        }
        for (key, (values, rows)) in &self.without_dimension {
            if let Some((all, of_key)) = sums.get(key).filter(|(_, of_key)| of_key > rows) {
                compared.add(*values, all.minus(*values), of_key - rows);
            }
        }
        let name = columns.name(empty);
        let message = format!(
            "{} of {} rows without \"{}\" are the sums of the other rows of their day, which would count twice; set totals = \"unlabelled\", so \
             that they are compared with these",
            compared.sums,
            compared.groups,
            name.escape_debug()
        );
        compared.shows_sums().then(|| ImportIssue::in_row(row, message))
    }
}

/// How the rows without a label compare with the others.
#[derive(Debug, Default)]
struct Comparison {
    groups: u64,
    sums: u64,
    /// Rows that sums are of.
    rows: u64,
    has_numbers: bool,
}

impl Comparison {
    fn add(&mut self, unlabelled: RowValues, others: RowValues, rows: u64) {
        self.groups += 1;
        self.rows += rows;
        let numbers = |values: RowValues| [values.searches, values.clicks, values.revenue.map(|Micros(micros)| micros)];
        let pairs: Vec<(i64, i64)> =
            numbers(unlabelled).into_iter().zip(numbers(others)).filter_map(|(one, other)| one.zip(other)).collect();
        let is_money = |at: usize| at == 2;
        let tolerance = |at: usize| if is_money(at) { rows.saturating_mul(ROUNDING_MICROS) } else { 0 };
        let is_sum = numbers(unlabelled).into_iter().zip(numbers(others)).enumerate().all(|(at, pair)| match pair {
            (Some(one), Some(other)) => one.abs_diff(other) <= tolerance(at),
            (None, _) | (_, None) => true,
        });
        self.sums += u64::from(is_sum && !pairs.is_empty());
        self.has_numbers |= pairs.iter().any(|(one, _)| *one != 0);
    }

    /// One group with one row may agree by chance, and a day that does not agree shows that the others do.
    fn shows_sums(&self) -> bool {
        self.groups > 0 && self.groups == self.sums && self.rows > 1 && self.has_numbers
    }
}

/// What the rounding of an amount of a row explains: half a hundredth.
const ROUNDING_MICROS: u64 = 5_000;
