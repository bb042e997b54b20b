//! The numbers of a row, and their sums by day and code.

use crate::billing::import::columns::folded;
use crate::billing::money::Micros;

/// The numbers of a row, or of a sum: what is not told is None.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    pub searches: Option<i64>,
    pub clicks: Option<i64>,
    pub revenue: Option<Micros>,
    pub is_final: Option<bool>,
}

impl Numbers {
    /// The sum; what is not told of one is not told of both. None where a number is too large.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let sum = |one: Option<i64>, other: Option<i64>| match (one, other) {
            (Some(one), Some(other)) => one.checked_add(other).map(Some),
            (None, _) | (_, None) => Some(None),
        };
        let micros = |amount: Option<Micros>| amount.map(|Micros(micros)| micros);
        Some(Self {
            searches: sum(self.searches, other.searches)?,
            clicks: sum(self.clicks, other.clicks)?,
            revenue: sum(micros(self.revenue), micros(other.revenue))?.map(Micros),
            // A day is final once all of it is.
            is_final: match (self.is_final, other.is_final) {
                (Some(one), Some(other)) => Some(one && other),
                (one, other) => one.or(other),
            },
        })
    }
}

/// A yes or a no.
pub(super) fn truth(text: &str) -> Option<bool> {
    match folded(text).as_str() {
        "true" | "yes" | "y" | "1" | "final" => Some(true),
        "false" | "no" | "n" | "0" | "provisional" | "estimated" => Some(false),
        _ => None,
    }
}
