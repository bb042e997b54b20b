//! The settlement with one partner: its months and payments by currency, offset against one another.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::billing::contract::Contract;
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::error::SettlementError;
use crate::billing::settlement::expected::{MonthRevenue, RevenueSource, revenue_by_month};
use crate::billing::settlement::ledger::{EarnedMonth, Ledger, Receipt, SettledMonth, settle};
use crate::billing::settlement::payment::{Payment, StoredPayment};
use crate::billing::settlement::share::{Share, rounded_share};
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;

/// How a month stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementStatus {
    /// The month is not over.
    Running,
    /// Below the minimum: carried over to the next month.
    Carried,
    /// A negative month, which pays others.
    Credit,
    /// Nothing is payable.
    Nothing,
    /// Due later, nothing is paid yet.
    Open,
    /// Due later, and paid in part.
    Partial,
    /// Paid.
    Paid,
    /// Something is open after the day on which it was due.
    Overdue,
}

impl SettlementStatus {
    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Carried => "carried",
            Self::Credit => "credit",
            Self::Nothing => "nothing",
            Self::Open => "open",
            Self::Partial => "partial",
            Self::Paid => "paid",
            Self::Overdue => "overdue",
        }
    }
}

/// A month of a partner in one currency.
#[derive(Debug, Clone)]
pub struct MonthSettlement {
    /// Where the revenue comes from.
    pub source: RevenueSource,
    /// The revenue that the partner states.
    pub revenue: Micros,
    /// Our share of it.
    pub share: Share,
    /// Our share as an amount, rounded once.
    pub earned: Micros,
    /// What is payable and paid.
    pub settled: SettledMonth,
    /// When it is due.
    pub due: Option<Date>,
    /// How it stands.
    pub status: SettlementStatus,
    /// Rows of the statements that state no revenue.
    pub untold: u64,
}

/// All months of a partner in one currency.
#[derive(Debug, Clone)]
pub struct CurrencySettlement {
    /// The currency.
    pub currency: Currency,
    /// The months in order.
    pub months: Vec<MonthSettlement>,
    /// The sum of all payments.
    pub received: Micros,
    /// What is paid or credited beyond what is payable.
    pub credit: Micros,
}

/// The settlement with a partner.
#[derive(Debug)]
pub struct PartnerSettlement {
    /// The partner.
    pub partner: ConfigName,
    /// By currency.
    pub currencies: Vec<CurrencySettlement>,
    /// The revenue by month.
    pub revenue: Vec<MonthRevenue>,
    /// The payments that were not withdrawn, by day, then number.
    pub payments: Vec<StoredPayment>,
}

impl PartnerSettlement {
    /// Reads and offsets everything of a partner. `today` is the current UTC day.
    ///
    /// # Errors
    /// [`SettlementError`].
    pub fn read(store: &BillingStore, contract: &Contract, today: Date) -> Result<Self, SettlementError> {
        let partner = &contract.partner;
        let revenue = revenue_by_month(store, partner)?;
        let mut payments = store.payments(Some(partner))?;
        payments.retain(|payment| payment.withdrawn.is_none());
        payments.sort_by_key(|stored| (stored.payment.day, stored.number));
        let lines = revenue.iter().flat_map(|month| &month.lines).map(|line| line.currency);
        let paid = payments.iter().map(|stored| stored.payment.settles.currency);
        let currencies: BTreeSet<Currency> = lines.chain(paid).collect();
        let receipts: Vec<&Payment> = payments.iter().map(|stored| &stored.payment).collect();
        let settle = |currency| {
            let settled = settle_currency(contract, currency, &revenue, &receipts, today);
            settled.ok_or_else(|| SettlementError::TooLarge(partner.clone()))
        };
        let currencies = currencies.into_iter().map(settle).collect::<Result<_, _>>()?;
        Ok(Self { partner: partner.clone(), currencies, revenue, payments })
    }
}

/// Offsets the months and payments in one currency. None if a sum does not fit.
fn settle_currency(
    contract: &Contract,
    currency: Currency,
    revenue: &[MonthRevenue],
    payments: &[&Payment],
    today: Date,
) -> Option<CurrencySettlement> {
    let agreement = &contract.agreement;
    let mut months = Vec::new();
    for month in revenue.iter().filter(|month| month.lines.iter().any(|line| line.currency == currency)) {
        let lines = month.lines.iter().filter(|line| line.currency == currency).map(|line| line.revenue);
        let stated = lines.into_iter().try_fold(Micros(0), Micros::checked_add)?;
        let share = agreement.shares.of(month.month);
        months.push((month, stated, share, rounded_share(stated, share, Share::ALL, currency)?));
    }
    let is_over = |month: YearMonth| month.last_day() < today;
    let earned = months.iter().map(|(month, _, _, earned)| EarnedMonth {
        month: month.month,
        earned: *earned,
        is_over: is_over(month.month),
    });
    let receipts = payments.iter().filter(|payment| payment.settles.currency == currency);
    let receipts: Vec<Receipt> =
        receipts.map(|payment| Receipt { month: payment.month, amount: payment.settles.amount }).collect();
    let received = receipts.iter().try_fold(Micros(0), |sum, receipt| sum.checked_add(receipt.amount))?;
    let Ledger { months: settled, credit } = settle(&earned.collect::<Vec<_>>(), agreement.minimum, &receipts)?;
    let rows = months.into_iter().zip(settled).map(|((month, revenue, share, earned), settled)| {
        let due = agreement.terms.due(month.month);
        let status = status(&settled, earned, due, today);
        MonthSettlement { source: month.source, revenue, share, earned, settled, due, status, untold: month.untold }
    });
    Some(CurrencySettlement { currency, months: rows.collect(), received, credit })
}

fn status(settled: &SettledMonth, earned: Micros, due: Option<Date>, today: Date) -> SettlementStatus {
    let SettledMonth { month, carried, payable, paid } = settled;
    if month.last_day() >= today {
        SettlementStatus::Running
    } else if payable.0 == 0 {
        match (carried.0 > 0, earned.0 < 0) {
            (true, _) => SettlementStatus::Carried,
            (false, true) => SettlementStatus::Credit,
            (false, false) => SettlementStatus::Nothing,
        }
    } else if paid == payable {
        SettlementStatus::Paid
    } else if due.is_some_and(|due| due < today) {
        SettlementStatus::Overdue
    } else if paid.0 > 0 {
        SettlementStatus::Partial
    } else {
        SettlementStatus::Open
    }
}

#[cfg(test)]
mod tests;
