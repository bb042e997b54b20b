//! A partner's statement after parsing: the partner's numbers by day and code.

use jiff::civil::Date;

use crate::billing::code_scope::CodeScope;
use crate::billing::money::{Currency, Micros};

/// A parsed statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// SHA-256 of the file as received, in hexadecimal. The same file is imported only once.
    pub sha256: String,
    /// The text of the profile that the file was read with, stored with the statement.
    pub profile: String,
    /// The first day covered, in the partner's zone.
    pub first: Date,
    /// The last day covered. Every day from `first` to `last` is covered.
    pub last: Date,
    /// The codes that it speaks for. A statement says that a code which is in its scope and not in its rows had nothing.
    pub codes: CodeScope,
    /// The one currency of the revenue; None if there is no revenue, or if rows are in several currencies.
    pub currency: Option<Currency>,
    /// One row for each day, code and currency, ordered by day, code, last day, currency.
    pub rows: Vec<StatementRow>,
    /// Corrections of days outside of `first` to `last`, which are added to what is in force for those days. In the same order.
    pub corrections: Vec<StatementRow>,
    /// What the file contains beside the rows.
    pub left_out: LeftOut,
}

/// How many lines of a file are not in the rows, by reason.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// Rows of totals, which were checked against the sum of the rows.
    pub totals: u64,
    /// By how much the amount of a row of totals differs from the sum, at most, in millionths: not more than rounding explains.
    pub totals_difference: u64,
    /// Exact duplicates of earlier rows.
    pub repeated: u64,
    /// The clicks of these.
    pub repeated_clicks: i64,
    /// The amounts of these, in whatever currency.
    pub repeated_revenue: Micros,
    /// Lines that the profile declares as footers.
    pub footers: u64,
    /// Repeated header lines.
    pub headers: u64,
    /// Amounts with more than six decimals, which were rounded.
    pub rounded: u64,
    /// Days without a row, which the profile takes as days of zero.
    pub zero_days: u64,
    /// Rows that a spreadsheet hides. They were read.
    pub hidden: u64,
    /// Rows without a day, which were added to the last one.
    pub undated: u64,
    /// The clicks of these.
    pub undated_clicks: i64,
    /// The amounts of these, in whatever currency.
    pub undated_revenue: Micros,
}

/// A partner's numbers for one code and one day, or several days that it does not tell apart, in one currency. A number that the
/// statement does not give is None.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// The day, or the first of several days, in the partner's zone.
    pub day: Date,
    /// The last day that the row covers: `day` for a row of one day.
    pub last: Date,
    /// The partner's tag for the code; empty if the statement has no codes.
    pub code: String,
    /// Searches; negative in corrections.
    pub searches: Option<i64>,
    /// Clicks; None also if the partner withholds a small number.
    pub clicks: Option<i64>,
    /// The revenue of the clicks.
    pub revenue: Option<Micros>,
    /// The currency of the revenue; None if the statement has no revenue.
    pub currency: Option<Currency>,
    /// Whether the partner calls the day final; None if the statement does not state it.
    pub is_final: Option<bool>,
}
