//! The revenue of a partner's months, by tag and currency: of closed months what was closed, of others what the statements in force
//! state.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;

use crate::billing::closing::closed_rows::checked_statement_rows;
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::error::SettlementError;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, Closing};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;

/// Where the revenue of a month comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevenueSource {
    /// The closing with this number.
    Closed(i64),
    /// The statements in force, which later ones may replace.
    Statement,
}

impl RevenueSource {
    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Statement => "statement",
        }
    }
}

/// The revenue of a tag in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevenueLine {
    /// The currency.
    pub currency: Currency,
    /// The partner's tag for the code; empty if its statements have no codes.
    pub tag: String,
    /// The revenue that the partner states.
    pub revenue: Micros,
}

/// The revenue of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthRevenue {
    /// The month in the partner's time zone.
    pub month: YearMonth,
    /// Where it comes from.
    pub source: RevenueSource,
    /// The revenue, by currency, then tag.
    pub lines: Vec<RevenueLine>,
    /// Rows that state no revenue.
    pub untold: u64,
}

impl MonthRevenue {
    /// The currencies of its revenue.
    #[must_use]
    pub fn currencies(&self) -> BTreeSet<Currency> {
        self.lines.iter().map(|line| line.currency).collect()
    }
}

/// Reads the revenue of all months of a partner that are closed or that a statement covers, in order.
///
/// # Errors
/// [`SettlementError`].
pub fn revenue_by_month(store: &BillingStore, partner: &ConfigName) -> Result<Vec<MonthRevenue>, SettlementError> {
    let statements = store.statements(Some(partner))?;
    let closings = store.closings()?;
    let closings: Vec<&Closing> = closings.iter().filter(|closing| closing.partner == *partner).collect();
    let mut months: BTreeSet<YearMonth> = closings.iter().map(|closing| closing.month).collect();
    for statement in &statements {
        let first = statement.first.first_of_month().series(Span::new().months(1));
        months.extend(first.take_while(|day| *day <= statement.last).map(YearMonth::containing));
    }
    let read = |month| {
        let closing = closings.iter().find(|closing| closing.month == month);
        let (source, rows) = match closing {
            Some(closing) => {
                let rows = checked_statement_rows(store, closing)?;
                let changed = || SettlementError::Changed(partner.clone(), month);
                (RevenueSource::Closed(closing.number), rows.ok_or_else(changed)?)
            }
            None => {
                let rows = store.statement_rows(partner, month.first_day()..=month.last_day())?;
                (RevenueSource::Statement, rows.into_iter().map(|(_, row)| row).collect())
            }
        };
        month_revenue(partner, month, source, &rows)
    };
    months.into_iter().map(read).collect()
}

fn month_revenue(
    partner: &ConfigName,
    month: YearMonth,
    source: RevenueSource,
    rows: &[StatementRow],
) -> Result<MonthRevenue, SettlementError> {
    let mut lines: BTreeMap<(Currency, &str), Micros> = BTreeMap::new();
    let mut untold = 0;
    // A row of several days is of the month in which it ends, so that no month counts it again.
    for row in rows.iter().filter(|row| YearMonth::containing(row.last) == month) {
        let Some(revenue) = row.revenue else {
            untold += 1;
            continue;
        };
        let currency = row.currency.ok_or_else(|| SettlementError::NoCurrency(partner.clone(), month))?;
        let sum = lines.entry((currency, &row.code)).or_default();
        *sum = sum.checked_add(revenue).ok_or_else(|| SettlementError::TooLarge(partner.clone()))?;
    }
    let lines =
        lines.into_iter().map(|((currency, tag), revenue)| RevenueLine { currency, tag: tag.to_owned(), revenue });
    Ok(MonthRevenue { month, source, lines: lines.collect(), untold })
}
