//! The settlement as rows: one for each partner, currency and month, and a row of totals for each partner and currency, in which
//! earned − paid = open + carried − credit.

use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::minor_unit::amount_text;
use crate::billing::settlement::partner::{
    CurrencySettlement, MonthSettlement, NotStatedMonth, PartnerSettlement, SettlementStatus,
};
use crate::billing::year_month::YearMonth;

/// The columns.
pub const COLUMNS: [&str; 17] = [
    "partner",
    "currency",
    "month",
    "status",
    "source",
    "revenue",
    "share",
    "earned",
    "carried",
    "payable",
    "due",
    "paid",
    "open",
    "credit",
    "rows_without_revenue",
    "corrected",
    "unmapped_revenue",
];

/// The month in a row of totals.
pub const TOTAL: &str = "total";

/// Months that a report shows, first and last included.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShownMonths {
    /// The first; None shows all from the beginning.
    pub from: Option<YearMonth>,
    /// The last; None shows all to the end.
    pub to: Option<YearMonth>,
}

impl ShownMonths {
    /// Returns whether a month is shown.
    #[must_use]
    pub fn contain(self, month: YearMonth) -> bool {
        self.from.is_none_or(|from| from <= month) && self.to.is_none_or(|to| month <= to)
    }
}

/// The rows of a report.
#[derive(Debug, Default)]
pub struct SettlementReport {
    /// The rows, each with a value for every column.
    pub rows: Vec<[String; COLUMNS.len()]>,
    /// True if a shown month is overdue.
    pub is_overdue: bool,
}

impl SettlementReport {
    /// Adds the shown months of a partner. The totals are those of all months. None if a sum does not fit.
    #[must_use]
    pub fn add(&mut self, settlement: &PartnerSettlement, shown: ShownMonths) -> Option<()> {
        let partner = settlement.partner.as_str();
        let not_stated = settlement.not_stated.iter().filter(|of| shown.contain(of.month));
        self.rows.extend(not_stated.map(|of| not_stated_row(partner, of)));
        for of_currency in &settlement.currencies {
            for month in of_currency.months.iter().filter(|month| shown.contain(month.settled.month)) {
                self.is_overdue |= month.status == SettlementStatus::Overdue;
                self.rows.push(month_row(partner, of_currency.currency, month));
            }
            self.rows.push(total_row(partner, of_currency)?);
        }
        Some(())
    }
}

fn month_row(partner: &str, currency: Currency, month: &MonthSettlement) -> [String; COLUMNS.len()] {
    let amount = |amount: Micros| amount_text(amount, currency);
    let MonthSettlement { source, revenue, corrected, unmapped, share, earned, settled, due, status, untold, .. } =
        month;
    // Without a share, nothing that depends on it is known.
    let known = |micros: Micros| share.map_or(String::new(), |_| amount(micros));
    let due = due.filter(|_| settled.payable.0 != 0).map_or(String::new(), |due| due.to_string());
    [
        partner.to_owned(),
        currency.as_str().to_owned(),
        settled.month.to_string(),
        status.as_str().to_owned(),
        source.as_str().to_owned(),
        amount(*revenue),
        share.map_or(String::new(), |share| share.to_string()),
        known(*earned),
        known(settled.carried),
        known(settled.payable),
        due,
        known(settled.paid),
        known(settled.open()),
        String::new(),
        untold.to_string(),
        corrected.map_or(String::new(), amount),
        amount(*unmapped),
    ]
}

/// A month without any money: it is in no currency, and in no total.
fn not_stated_row(partner: &str, of: &NotStatedMonth) -> [String; COLUMNS.len()] {
    COLUMNS.map(|column| match column {
        "partner" => partner.to_owned(),
        "month" => of.month.to_string(),
        "status" => SettlementStatus::NotStated.as_str().to_owned(),
        "source" => of.source.as_str().to_owned(),
        "rows_without_revenue" => of.untold.to_string(),
        _ => String::new(),
    })
}

fn total_row(partner: &str, of_currency: &CurrencySettlement) -> Option<[String; COLUMNS.len()]> {
    let CurrencySettlement { currency, months, received, credit } = of_currency;
    let amount = |amount: Micros| amount_text(amount, *currency);
    let sum = |column: fn(&MonthSettlement) -> Micros| {
        months.iter().map(column).try_fold(Micros(0), Micros::checked_add).map(amount)
    };
    let known = |column: fn(&MonthSettlement) -> Micros| {
        if credit.is_some() { sum(column) } else { Some(String::new()) }
    };
    let corrected = months.iter().filter_map(|month| month.corrected);
    let corrected = corrected.map(Some).reduce(|sum, corrected| sum?.checked_add(corrected?));
    let carried = months.last().map_or(Micros(0), |month| month.settled.carried);
    let untold = months.iter().map(|month| month.untold).fold(0, u64::saturating_add);
    Some([
        partner.to_owned(),
        currency.as_str().to_owned(),
        TOTAL.to_owned(),
        String::new(),
        String::new(),
        sum(|month| month.revenue)?,
        String::new(),
        known(|month| month.earned)?,
        credit.map_or(String::new(), |_| amount(carried)),
        known(|month| month.settled.payable)?,
        String::new(),
        amount(*received),
        known(|month| month.settled.open())?,
        credit.map_or(String::new(), amount),
        untold.to_string(),
        corrected.map_or(Some(String::new()), |sum| sum.map(amount))?,
        sum(|month| month.unmapped)?,
    ])
}
