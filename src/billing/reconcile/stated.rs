//! What a statement says of a period: sums over its rows. A number that one of the rows does not give is missing from the sum.

use crate::billing::known_tags::KnownTags;
use crate::billing::money::Micros;
use crate::billing::reconcile::result::Unmapped;
use crate::billing::statement::StatementRow;

/// The statement rows of one period.
#[derive(Debug)]
pub(super) struct Stated<'r> {
    /// Rows for our codes.
    known: Vec<&'r StatementRow>,
    /// Rows for other codes.
    unknown: Vec<&'r StatementRow>,
}

impl<'r> Stated<'r> {
    pub(super) fn new(tags: &KnownTags<'_>, rows: &[&'r StatementRow]) -> Self {
        let (known, unknown) = rows.iter().copied().partition(|row| tags.has(row));
        Self { known, unknown }
    }

    /// Whether no row covers the period.
    pub(super) fn is_missing(&self) -> bool {
        self.known.is_empty() && self.unknown.is_empty()
    }

    /// Whether a row is for one of our codes.
    pub(super) fn has_known(&self) -> bool {
        !self.known.is_empty()
    }

    /// Whether a row is not final.
    pub(super) fn is_provisional(&self) -> bool {
        self.known.iter().chain(&self.unknown).any(|row| row.is_final == Some(false))
    }

    /// The rows for our codes.
    pub(super) fn known_rows(&self) -> impl Iterator<Item = &'r StatementRow> {
        self.known.iter().copied()
    }

    /// Adds up the rows for our codes.
    pub(super) fn sum(&self) -> StatedSum {
        let mut sum = StatedSum::default();
        self.known.iter().for_each(|row| sum.add(row));
        sum
    }
}

/// A sum of statement rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StatedSum {
    numbers: Option<StatedNumbers>,
}

#[derive(Debug, Clone, Copy)]
struct StatedNumbers {
    clicks: Option<i64>,
    searches: Option<i64>,
    revenue: Option<Micros>,
}

impl StatedSum {
    pub(super) fn add(&mut self, row: &StatementRow) {
        let numbers = match self.numbers {
            None => StatedNumbers { clicks: row.clicks, searches: row.searches, revenue: row.revenue },
            Some(sum) => StatedNumbers {
                clicks: sum.clicks.zip(row.clicks).and_then(|(sum, n)| sum.checked_add(n)),
                searches: sum.searches.zip(row.searches).and_then(|(sum, n)| sum.checked_add(n)),
                revenue: sum.revenue.zip(row.revenue).and_then(|(sum, money)| sum.checked_add(money)),
            },
        };
        self.numbers = Some(numbers);
    }

    /// Whether there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_none()
    }

    /// The clicks; None if there are no rows, or if a row does not give the number. So are the others.
    pub(super) fn clicks(&self) -> Option<i64> {
        self.numbers?.clicks
    }

    pub(super) fn searches(&self) -> Option<i64> {
        self.numbers?.searches
    }

    pub(super) fn revenue(&self) -> Option<Micros> {
        self.numbers?.revenue
    }
}

/// Returns a sum of amounts that must all be known.
pub(super) fn sum_money(mut amounts: impl Iterator<Item = Option<Micros>>) -> Option<Micros> {
    amounts.try_fold(Micros(0), |sum, amount| sum.checked_add(amount?))
}

/// Returns a row for a code that is not configured.
pub(super) fn unmapped(row: &StatementRow) -> Unmapped {
    Unmapped { day: row.day, last: row.last, code: row.code.clone(), clicks: row.clicks, revenue: row.revenue }
}
