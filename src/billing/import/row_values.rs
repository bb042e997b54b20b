//! The values of a row: parsing its cells, and adding rows of one day and code.

use std::borrow::Cow;

use crate::billing::amount::{parse_amount, parse_count};
use crate::billing::currency_signs::{SignMeaning, meaning};
use crate::billing::import::cell::FileCell;
use crate::billing::import::columns::ColumnIndexes;
use crate::billing::import::digits::{OTHER_DIGITS, has_other_digits, number_text};
use crate::billing::import::issue::{ImportIssue, quoted};
use crate::billing::import::name_folding::fold_name;
use crate::billing::money::{Currency, Micros};
use crate::billing::number::{Grouping, NumberStyle, decimal_places};
use crate::billing::profile::Profile;
use crate::billing::text_pattern::matches_pattern;

/// Currencies of countries where numbers are grouped in lakh and crore.
const LAKH_CURRENCIES: [&str; 5] = ["BDT", "INR", "LKR", "NPR", "PKR"];

/// Folded cells that mean "no value", unless the profile names others.
const NOT_TOLD: [&str; 7] = ["", "-", "--", "–", "—", "n/a", "null"];

/// Whether a cell has no value: the partner does not tell it. It is never zero.
pub(super) fn is_not_told(text: &str, profile: &Profile) -> bool {
    let folded = fold_name(text);
    match &profile.rules.not_told {
        Some(cells) => cells.contains(&folded),
        None => NOT_TOLD.contains(&folded.as_str()),
    }
}

/// Whether a cell says only that a number is small: `<10`, `≤ 5`. It is withheld, so it is not told.
fn is_small_count(text: &str) -> bool {
    let limit = text.strip_prefix("&lt;").or_else(|| text.strip_prefix(['<', '\u{2264}']));
    limit.is_some_and(|limit| {
        let digits = limit.trim_start_matches(['=', ' ', '\u{a0}', '$', '€', '£']);
        digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || b".,".contains(&byte))
    })
}

/// How a cell's number is written.
pub(super) fn number_format(cell: &FileCell, profile: &Profile, currency: Option<Currency>) -> NumberStyle {
    let is_of_south_asia = currency.is_some_and(|currency| LAKH_CURRENCIES.contains(&currency.as_str()));
    let usual = if is_of_south_asia { Grouping::ThousandsOrLakh } else { Grouping::Thousands };
    NumberStyle {
        marks: cell.marks(profile.marks),
        grouping: profile.rules.grouping.unwrap_or(usual),
        has_exponents: cell.is_number(),
    }
}

/// The values of a row, or of a sum of rows. `None` if the statement does not report it.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowValues {
    pub searches: Option<i64>,
    pub clicks: Option<i64>,
    pub revenue: Option<Micros>,
    pub is_final: Option<bool>,
}

/// The values of a row, and whether its amount had more decimals than a millionth.
pub(super) struct ParsedRow {
    pub values: RowValues,
    pub is_rounded: bool,
    /// The decimals of the amount as it is written.
    pub decimals: u32,
}

impl RowValues {
    /// Parses a row's cells by the profile's number format.
    ///
    /// # Errors
    /// The first cell that does not parse.
    pub(super) fn parse(
        profile: &Profile,
        columns: &ColumnIndexes,
        row: u64,
        cells: &[FileCell],
        currency: Option<Currency>,
    ) -> Result<ParsedRow, ImportIssue> {
        let value = |index: Option<usize>| {
            let index = index?;
            let cell = cells.get(index)?;
            let format = number_format(cell, profile, currency);
            let text = cell.trim();
            let text = if profile.rules.has_any_digits { number_text(text, format.marks) } else { Cow::Borrowed(text) };
            let is_told = !is_not_told(&text, profile) && !is_small_count(&text);
            is_told.then(|| (columns.name(index), text, format))
        };
        let wrong = |name: &str, text: &str, message: &str| {
            let digits = if has_other_digits(text) { format!("{message}; {OTHER_DIGITS}") } else { message.to_owned() };
            ImportIssue::in_cell(row, name, text, digits)
        };
        let count = |index| match value(index) {
            None => Ok(None),
            Some((name, text, format)) => {
                parse_count(&text, format).map(Some).map_err(|message| wrong(name, &text, message))
            }
        };
        let (searches, clicks) = (count(columns.searches)?, count(columns.clicks)?);
        check_shown_currency(columns, row, cells, currency)?;
        let (revenue, is_rounded) = match value(columns.revenue) {
            None => (None, false),
            Some((name, text, format)) => parse_amount(&text, format, profile.unit, currency)
                .map(|(micros, is_rounded)| (Some(micros), is_rounded))
                .map_err(|message| wrong(name, &text, &message))?,
        };
        let decimals = value(columns.revenue).map_or(0, |(_, text, format)| amount_decimals(&text, format));
        let is_final = match value(columns.is_final) {
            None => None,
            Some((name, text, _)) => Some(is_final_day(&text, profile).ok_or_else(|| {
                let message = "expected yes or no: true, 1 or final; false, 0, provisional, preliminary or estimated";
                ImportIssue::in_cell(row, name, &text, message)
            })?),
        };
        let clicks = clicks.filter(|clicks| *clicks != 0 || !profile.zero_is_unknown);
        Ok(ParsedRow { values: Self { searches, clicks, revenue, is_final }, is_rounded, decimals })
    }

    /// Whether a number is negative, and none is positive: the row takes something back.
    pub(super) fn is_negative(&self) -> bool {
        let numbers = [self.searches, self.clicks, self.revenue.map(|Micros(micros)| micros)];
        let has = |is_such: fn(i64) -> bool| numbers.into_iter().flatten().any(is_such);
        has(|n| n < 0) && !has(|n| n > 0)
    }

    /// The difference to another row. A value missing from either is missing from it.
    pub(super) fn minus(self, other: Self) -> Self {
        let difference =
            |one: Option<i64>, other: Option<i64>| one.zip(other).and_then(|(one, other)| one.checked_sub(other));
        let micros = |amount: Option<Micros>| amount.map(|Micros(micros)| micros);
        Self {
            searches: difference(self.searches, other.searches),
            clicks: difference(self.clicks, other.clicks),
            revenue: difference(micros(self.revenue), micros(other.revenue)).map(Micros),
            is_final: self.is_final,
        }
    }

    /// A change of another row: what it does not tell does not change.
    pub(super) fn as_change(self, columns: &ColumnIndexes) -> Self {
        Self {
            searches: columns.searches.map(|_| self.searches.unwrap_or(0)),
            clicks: Some(self.clicks.unwrap_or(0)),
            revenue: columns.revenue.map(|_| self.revenue.unwrap_or_default()),
            is_final: None,
        }
    }

    /// Adds two rows. A value missing from either is missing from the sum. `None` on overflow.
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
            // A day is final once all of its rows are.
            is_final: match (self.is_final, other.is_final) {
                (Some(one), Some(other)) => Some(one && other),
                (one, other) => one.or(other),
            },
        })
    }
}

/// Returns the decimals of an amount, whatever stands around the number.
fn amount_decimals(text: &str, format: NumberStyle) -> u32 {
    let digits = text.trim_matches(|c: char| !c.is_ascii_digit());
    u32::try_from(decimal_places(digits, format)).unwrap_or(u32::MAX)
}

/// Checks that a spreadsheet does not show an amount with another currency than the row's.
fn check_shown_currency(
    columns: &ColumnIndexes,
    row: u64,
    cells: &[FileCell],
    currency: Option<Currency>,
) -> Result<(), ImportIssue> {
    let Some((index, cell)) = columns.revenue.and_then(|index| Some((index, cells.get(index)?))) else { return Ok(()) };
    let (Some(shown), Some(currency)) = (cell.currency(), currency) else { return Ok(()) };
    if meaning(shown, currency) != SignMeaning::Contradicts {
        return Ok(());
    }
    let message = format!(
        "the spreadsheet shows this amount in {}, and the currency of this row is {}; correct currency in the profile",
        quoted(shown),
        currency.as_str()
    );
    Err(ImportIssue::in_cell(row, columns.name(index), cell, message))
}

/// Whether a cell of the column `final` says that the day is final: by the profile's words for preliminary days, or the usual words.
fn is_final_day(text: &str, profile: &Profile) -> Option<bool> {
    let words = &profile.rules.preliminary;
    if words.is_empty() {
        return parse_bool(text);
    }
    let folded = fold_name(text);
    Some(!words.iter().any(|word| matches_pattern(&folded, word)))
}

fn parse_bool(text: &str) -> Option<bool> {
    match fold_name(text).as_str() {
        "true" | "yes" | "y" | "1" | "final" => Some(true),
        "false"
        | "no"
        | "n"
        | "0"
        | "provisional"
        | "preliminary"
        | "estimated"
        | "estimated_revenue"
        | "estimated_revenue_5h"
        | "preestimated_revenue" => Some(false),
        _ => None,
    }
}
