//! What a new statement changes: the rows of its days that differ from those in force.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::billing::statement::StatementRow;

/// A row that a statement adds, changes or drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange<'r> {
    /// The row in force; `None` if the statement adds one.
    pub before: Option<&'r StatementRow>,
    /// The statement's row; `None` if it has none for this day and code.
    pub after: Option<&'r StatementRow>,
    /// The day of either.
    pub day: Date,
    /// The code of either.
    pub code: &'r str,
}

/// Compares the rows in force with a statement's rows. Returns the differences by day, then code.
///
/// Each list has at most one row for a day and code.
#[must_use]
pub fn changes<'r>(before: &'r [StatementRow], after: &'r [StatementRow]) -> Vec<RowChange<'r>> {
    let mut found: BTreeMap<(Date, &str), RowChange<'_>> = BTreeMap::new();
    let no_rows = |row: &'r StatementRow| RowChange { before: None, after: None, day: row.day, code: &row.code };
    for row in before {
        found.entry((row.day, &row.code)).or_insert_with(|| no_rows(row)).before = Some(row);
    }
    for row in after {
        found.entry((row.day, &row.code)).or_insert_with(|| no_rows(row)).after = Some(row);
    }
    found.into_values().filter(|change| change.before != change.after).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(day: i8, code: &str, clicks: i64) -> StatementRow {
        let day = date(2026, 10, day);
        let (code, clicks) = (code.to_owned(), Some(clicks));
        StatementRow { day, last: day, code, searches: None, clicks, revenue: None, currency: None, is_final: None }
    }

    #[test]
    fn changes_are_rows_added_changed_and_dropped_in_order() {
        let before = [row(1, "a", 1), row(1, "b", 2), row(2, "a", 3)];
        let after = [row(2, "a", 4), row(1, "a", 1), row(3, "c", 5)];
        let found: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|change| {
                let clicks = |row: Option<&StatementRow>| row.and_then(|row| row.clicks);
                (change.day.day(), change.code, clicks(change.before), clicks(change.after))
            })
            .collect();
        assert_eq!(found, [(1, "b", Some(2), None), (2, "a", Some(3), Some(4)), (3, "c", None, Some(5))]);
        assert_eq!(changes(&before, &before), []);
    }
}
