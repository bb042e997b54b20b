//! What a partner stated of a month, as what it is: clicks, searches and money by code and currency, of codes that are configured and of
//! others apart, each with the number of rows that tell it.

use std::collections::BTreeMap;
use std::fmt;

use crate::billing::money::{Currency, Micros};
use crate::billing::number::{MoneyUnit, NumberMarks, parse_money};
use crate::billing::statement::StatementRow;

/// The marks of amounts in a record.
const MARKS: NumberMarks = NumberMarks { decimal: '.', group: None };
/// Stands for the currency of rows without one.
const NO_CURRENCY: &str = "-";

/// An amount of money with its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revenue {
    /// The amount.
    pub amount: Micros,
    /// Its currency.
    pub currency: Currency,
}

impl Revenue {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (amount, currency) = text.split_once(' ')?;
        let (amount, _) = parse_money(amount, MARKS, MoneyUnit::Units).ok()?;
        Some(Self { amount, currency: Currency::new(currency)? })
    }
}

impl fmt::Display for Revenue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.as_str())
    }
}

/// A sum, and how many of the rows tell a part of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The sum of what is told.
    pub sum: i64,
    /// The number of rows that tell it.
    pub rows: u64,
}

impl Told {
    fn add(&mut self, number: Option<i64>) -> Option<()> {
        if let Some(number) = number {
            self.sum = self.sum.checked_add(number)?;
            self.rows += 1;
        }
        Some(())
    }
}

/// What a partner stated for one code in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedSums {
    /// Whether the code is in the tags of a configured code.
    pub is_mapped: bool,
    /// The code as the partner names it; empty if the statement has no codes.
    pub code: String,
    /// The currency; None for rows without money.
    pub currency: Option<Currency>,
    /// The number of rows.
    pub rows: u64,
    /// Clicks.
    pub clicks: Told,
    /// Searches.
    pub searches: Told,
    /// Money, in millionths of the currency's unit.
    pub revenue: Told,
}

/// The sums of a month do not fit into 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the numbers of the statements are too large to be added up")]
pub struct Overflow;

/// Returns the sums by code and currency: configured codes first, each in the order of their text. `is_mapped` says whether a row is of
/// a configured code.
///
/// # Errors
/// A sum that does not fit.
pub fn stated(rows: &[StatementRow], is_mapped: impl Fn(&StatementRow) -> bool) -> Result<Vec<StatedSums>, Overflow> {
    let mut sums: BTreeMap<(bool, &str, Option<Currency>), StatedSums> = BTreeMap::new();
    for row in rows {
        let is_mapped = is_mapped(row);
        let sum = sums.entry((!is_mapped, &row.code, row.currency)).or_insert_with(|| StatedSums {
            is_mapped,
            code: row.code.clone(),
            currency: row.currency,
            rows: 0,
            clicks: Told::default(),
            searches: Told::default(),
            revenue: Told::default(),
        });
        sum.rows += 1;
        sum.clicks.add(row.clicks).ok_or(Overflow)?;
        sum.searches.add(row.searches).ok_or(Overflow)?;
        sum.revenue.add(row.revenue.map(|Micros(micros)| micros)).ok_or(Overflow)?;
    }
    Ok(sums.into_values().collect())
}

impl StatedSums {
    /// Returns the money, if every row tells it.
    #[must_use]
    pub fn whole_revenue(&self) -> Option<Revenue> {
        let amount = Micros(self.revenue.sum);
        self.currency.filter(|_| self.revenue.rows == self.rows).map(|currency| Revenue { amount, currency })
    }

    /// Parses what [`fmt::Display`] writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (numbers, code) = text.split_once(", code ")?;
        let [mapped, clicks, searches, revenue]: [&str; 4] = numbers.split(", ").collect::<Vec<_>>().try_into().ok()?;
        let told = |text: &str, name: &str| {
            let (sum, told) = text.strip_prefix(name)?.strip_prefix(' ')?.split_once(" told in ")?;
            let (told, rows) = told.strip_suffix(" rows")?.split_once(" of ")?;
            Some((sum.to_owned(), told.parse::<u64>().ok()?, rows.parse::<u64>().ok()?))
        };
        let (clicks, clicks_rows, rows) = told(clicks, "clicks")?;
        let (searches, searches_rows, _) = told(searches, "searches")?;
        let (revenue, revenue_rows, _) = told(revenue, "revenue")?;
        let (revenue, currency) = revenue.split_once(' ')?;
        Some(Self {
            is_mapped: match mapped {
                "mapped" => true,
                "unmapped" => false,
                _ => return None,
            },
            code: serde_json::from_str(code).ok()?,
            currency: if currency == NO_CURRENCY { None } else { Some(Currency::new(currency)?) },
            rows,
            clicks: Told { sum: clicks.parse().ok()?, rows: clicks_rows },
            searches: Told { sum: searches.parse().ok()?, rows: searches_rows },
            revenue: Told { sum: parse_money(revenue, MARKS, MoneyUnit::Units).ok()?.0.0, rows: revenue_rows },
        })
    }
}

/// As a line of a record. The code is a JSON string, since the partner chooses it.
impl fmt::Display for StatedSums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_mapped, code, currency, rows, clicks, searches, revenue } = self;
        let currency = currency.as_ref().map_or(NO_CURRENCY, Currency::as_str);
        write!(f, "{}mapped, ", if *is_mapped { "" } else { "un" })?;
        write!(f, "clicks {} told in {} of {rows} rows, ", clicks.sum, clicks.rows)?;
        write!(f, "searches {} told in {} of {rows} rows, ", searches.sum, searches.rows)?;
        write!(f, "revenue {} {currency} told in {} of {rows} rows, ", Micros(revenue.sum), revenue.rows)?;
        write!(f, "code {}", serde_json::Value::from(code.as_str()))
    }
}
