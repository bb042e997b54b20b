//! The overview: where each month of each partner is between import and closing, and what to do next. It reads the store and changes
//! nothing.

mod earlier;
mod month;
mod paid;
mod request;
mod state;

use std::collections::BTreeSet;

use jiff::Span;

use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::report::overview::earlier::EarlierMonths;
use crate::report::overview::month::MonthReader;
use crate::report::overview::paid::PaidMonths;
use crate::report::table::{Table, TableValue};
use crate::storage::error::StoreError;
use crate::time::Hour;

pub use crate::report::overview::month::MonthOverview;
pub use crate::report::overview::paid::PaidState;
pub use crate::report::overview::request::{MAX_MONTHS, OverviewPeriod, OverviewRequest};
pub use crate::report::overview::state::MonthState;

/// How many months before the current one are shown if none are named: a quarter.
const DEFAULT_MONTHS: i32 = 3;

/// The columns.
const COLUMNS: [&str; 22] = [
    "partner",
    "month",
    "state",
    "attention",
    "first",
    "last",
    "days",
    "of_days",
    "final",
    "ours",
    "theirs",
    "difference",
    "currency",
    "revenue",
    "status",
    "dispute",
    "closed",
    "statement_due",
    "next",
    "corrected",
    "paid",
    "open",
];

/// The columns for people.
pub const SUMMARY: &[&str] = &[
    "partner",
    "month",
    "state",
    "days",
    "of_days",
    "ours",
    "theirs",
    "difference",
    "currency",
    "revenue",
    "closed",
    "corrected",
    "paid",
    "open",
    "statement_due",
    "next",
];

/// The overview.
#[derive(Debug)]
pub struct Overview {
    /// A row for each partner and month, in this order.
    pub months: Vec<MonthOverview>,
    /// What the rows do not say.
    pub notes: Vec<String>,
}

/// Returns the months that are shown if none are named: the current one in UTC, or the last one that is named, and the three before.
#[must_use]
pub fn default_months(now: Hour, to: Option<YearMonth>) -> (YearMonth, YearMonth) {
    let last = to.unwrap_or_else(|| YearMonth::containing(now.day().date()));
    (last.minus(DEFAULT_MONTHS), last)
}

/// Reads the overview.
///
/// # Errors
/// Those of the store, or a row that cannot be decoded.
pub fn overview(store: &BillingStore, request: &OverviewRequest<'_>) -> Result<Overview, StoreError> {
    let (closings, statements, corrections) = (store.closings()?, store.statements(None)?, store.corrections()?);
    let reader =
        MonthReader { store, request, closings: &closings, statements: &statements, corrections: &corrections };
    let earlier = EarlierMonths::new(&reader, &store.statement_events(None)?)?;
    let mut partners: BTreeSet<ConfigName> = request
        .contracts
        .iter()
        .filter(|contract| contract.profile.is_some())
        .map(|contract| contract.partner.clone())
        .collect();
    partners.extend(closings.iter().map(|closing| closing.partner.clone()));
    partners.extend(statements.iter().filter_map(|statement| ConfigName::new(&statement.partner).ok()));
    let first_days = request.period.from.first_day().series(Span::new().months(1));
    let shown: Vec<YearMonth> =
        first_days.map(YearMonth::containing).take_while(|month| *month <= request.period.to).collect();
    let (mut months, mut notes) = (Vec::new(), Vec::new());
    let mut open = Vec::new();
    for partner in &partners {
        let paid = PaidMonths::read(store, request, partner)?;
        let contract = reader.contract(partner)?;
        for month in earlier.of(partner, contract.as_ref(), &paid)? {
            let earlier = reader.read(partner, contract.as_ref(), month, &paid)?;
            let Some(earlier) = earlier.filter(|earlier| earlier.needs_attention) else { continue };
            if request.period.with_earlier {
                months.push(earlier);
            } else {
                open.push(format!("{partner} {month}"));
            }
        }
        for month in &shown {
            months.extend(reader.read(partner, contract.as_ref(), *month, &paid)?);
        }
        notes.extend(paid.problem.map(|problem| format!("Payments of {partner} are not shown: {problem}.")));
    }
    if !open.is_empty() {
        notes.push(format!("Months before these need attention, too: {}.", open.join(", ")));
    }
    let without: Vec<String> = request
        .contracts
        .iter()
        .filter(|contract| contract.profile.is_none() && !partners.contains(&contract.partner))
        .map(|contract| contract.partner.to_string())
        .collect();
    if !without.is_empty() {
        notes.push(format!("Without statement = {{ … }} in [[partner]]: {}.", without.join(", ")));
    }
    Ok(Overview { months, notes })
}

impl Overview {
    /// How many months need attention.
    #[must_use]
    pub fn attention(&self) -> usize {
        self.months.iter().filter(|month| month.needs_attention).count()
    }

    /// The months as a table.
    #[must_use]
    pub fn table(&self) -> Table {
        Table { columns: &COLUMNS, rows: self.months.iter().map(row).collect() }
    }
}

fn row(month: &MonthOverview) -> Vec<TableValue> {
    let text = |text: Option<String>| text.map_or(TableValue::Empty, TableValue::Text);
    let yes_or_no = |is_so: bool| TableValue::Text(if is_so { "yes" } else { "no" }.to_owned());
    let number = |n: Option<i64>| text(n.map(|n| n.to_string()));
    let currency = month.currency.map(|currency| currency.as_str().to_owned());
    vec![
        TableValue::Text(month.partner.to_string()),
        TableValue::Text(month.month.to_string()),
        TableValue::Text(month.state.as_str().to_owned()),
        yes_or_no(month.needs_attention),
        text(month.first.map(|day| day.to_string())),
        text(month.last.map(|day| day.to_string())),
        TableValue::Count(month.days),
        TableValue::Count(month.of_days),
        month.is_final.map_or(TableValue::Empty, yes_or_no),
        month.ours.map_or(TableValue::Empty, TableValue::Count),
        number(month.theirs),
        number(month.difference),
        text(currency),
        text(month.revenue.map(|revenue| revenue.to_string())),
        text(month.status.map(|status| status.as_str().to_owned())),
        yes_or_no(month.is_dispute),
        month.closed.map_or(TableValue::Empty, |number| TableValue::Count(number.unsigned_abs())),
        TableValue::Text(month.due.to_string()),
        text(month.next.clone()),
        month.corrected.map_or(TableValue::Empty, |number| TableValue::Count(number.unsigned_abs())),
        text(month.paid.map(|paid| paid.as_str().to_owned())),
        text(month.open.clone()),
    ]
}
