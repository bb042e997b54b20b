//! A partner's statement, as read: what it says of each of its days and codes.

use jiff::civil::Date;

use crate::billing::money::{Currency, Micros};

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// SHA-256 of the file as it came, in hexadecimal: the same file is taken once.
    pub sha256: String,
    /// The profile that it was read by, as text, kept with it.
    pub profile: String,
    /// The first day that it tells of, in the partner's zone.
    pub first: Date,
    /// The last one, included. No day between them is missing.
    pub last: Date,
    /// What its money is in, where it has money.
    pub currency: Option<Currency>,
    /// A row for each day and code that it names, by day, then code.
    pub rows: Vec<Row>,
    /// What stood in the file and is not in the rows.
    pub left_out: LeftOut,
}

/// How much of a file is not in the rows, and why.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// Rows of totals, which were held against the sum.
    pub totals: u64,
    /// Rows that stood there before to the letter.
    pub repeated: u64,
    /// Lines that are no rows, as the profile says.
    pub footers: u64,
    /// Headers that stood there again.
    pub headers: u64,
    /// Amounts with decimals beyond the millionth, which were rounded.
    pub rounded: u64,
}

/// What a partner says of one day and code. What it does not say is None.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The day, in the partner's zone.
    pub day: Date,
    /// The code as the partner calls it; empty where its statements have none.
    pub code: String,
    /// Searches; below zero in corrections.
    pub searches: Option<i64>,
    /// Clicks; None also where the partner holds a small number back.
    pub clicks: Option<i64>,
    /// The money for them.
    pub revenue: Option<Micros>,
    /// Whether the partner calls the day final; None where its statements do not say.
    pub is_final: Option<bool>,
}
