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
    /// Some rows do not tell their money: what they tell is no total, and nothing of the month is due yet.
    PartialRevenue,
    /// Nothing tells any money of the month.
    NotStated,
    /// What part of the revenue is ours is not known: the partner was removed from the configuration before a record signed it.
    Unknown,
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
            Self::PartialRevenue => "partial_revenue",
            Self::NotStated => "not_stated",
            Self::Unknown => "unknown",
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
    /// What corrections of the closed month changed of it; None without any.
    pub corrected: Option<Micros>,
    /// The revenue of codes that are in no tags. It is no part of the revenue, and nothing is due for it.
    pub unmapped: Micros,
    /// Our share of it; None if it is not known.
    pub share: Option<Share>,
    /// Our share as an amount, rounded once; nothing while some rows do not tell their money.
    pub earned: Micros,
    /// Whether some rows do not tell their money in this currency.
    pub is_partial: bool,
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
    /// What is paid or credited beyond what is payable; None if what is payable is not known.
    pub credit: Option<Micros>,
}

/// A month of which no money is stated, so that no currency has it.
#[derive(Debug, Clone, Copy)]
pub struct NotStatedMonth {
    /// The month.
    pub month: YearMonth,
    /// Where that comes from.
    pub source: RevenueSource,
    /// Rows of the statements that state no revenue.
    pub untold: u64,
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
    /// The months that are over and have no money at all, although the partner's statements are to tell it.
    pub not_stated: Vec<NotStatedMonth>,
    /// The payments that were not withdrawn, by day, then number.
    pub payments: Vec<StoredPayment>,
}

impl PartnerSettlement {
    /// Returns a sentence for each closed month that the configuration divides otherwise than its last record.
    #[must_use]
    pub fn divided_otherwise(&self) -> Vec<String> {
        let sentence = |month: &MonthRevenue| {
            let (partner, month) = (&self.partner, month.month);
            format!(
                "{partner} {month} is settled with the shares and payees that its last record signed, and the configuration has others; \
                 `qsproxy close --correct --partner {partner} --month {month}` signs them, or let the new ones begin with a month \
                 (share = [{{ share = \"…\" }}, {{ from = \"YYYY-MM\", share = \"…\" }}])"
            )
        };
        self.revenue.iter().filter(|month| month.is_divided_otherwise).map(sentence).collect()
    }

    /// Reads and offsets everything of a partner. `today` is the current UTC day.
    ///
    /// # Errors
    /// [`SettlementError`].
    pub fn read(store: &BillingStore, contract: &Contract, today: Date) -> Result<Self, SettlementError> {
        let partner = &contract.partner;
        let revenue = revenue_by_month(store, contract)?;
        let mut payments = store.payments(Some(partner))?;
        payments.retain(|payment| payment.withdrawn.is_none());
        payments.sort_by_key(|stored| (stored.payment.day, stored.number));
        let lines = revenue.iter().flat_map(MonthRevenue::currencies);
        let paid = payments.iter().map(|stored| stored.payment.settles.currency);
        let currencies: BTreeSet<Currency> = lines.chain(paid).collect();
        let receipts: Vec<&Payment> = payments.iter().map(|stored| &stored.payment).collect();
        let settle = |currency| {
            let settled = settle_currency(contract, currency, &revenue, &receipts, today);
            settled.ok_or_else(|| SettlementError::TooLarge(partner.clone()))
        };
        let currencies = currencies.into_iter().map(settle).collect::<Result<_, _>>()?;
        let is_told = contract.profile.as_ref().is_none_or(|profile| !profile.columns.revenue.is_empty());
        let not_stated = revenue.iter().filter(|month| is_told && month.month.last_day() < today);
        let not_stated = not_stated.filter(|month| month.is_not_stated());
        let not_stated =
            not_stated.map(|of| NotStatedMonth { month: of.month, source: of.source, untold: of.untold }).collect();
        Ok(Self { partner: partner.clone(), currencies, revenue, not_stated, payments })
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
    let mut months = Vec::new();
    let mut minimums = Vec::new();
    for month in revenue.iter().filter(|month| month.currencies().contains(&currency)) {
        let stated = month.revenue(currency)?;
        let agreement = month.agreement.as_ref();
        let share = agreement.map(|agreement| agreement.shares.of(month.month));
        let is_partial = month.partial.contains(&currency);
        let whole = share.filter(|_| !is_partial);
        let earned = whole.map_or(Some(Micros(0)), |share| rounded_share(stated, share, Share::ALL, currency))?;
        minimums.push(agreement.map_or(Micros(0), |agreement| agreement.minimum));
        months.push(MonthSettlement {
            source: month.source,
            revenue: stated,
            corrected: (month.source == RevenueSource::Corrected).then_some(month.corrected(currency)?),
            unmapped: month.unmapped.get(&currency).copied().unwrap_or_default(),
            share,
            earned,
            is_partial,
            settled: SettledMonth { month: month.month, carried: Micros(0), payable: Micros(0), paid: Micros(0) },
            due: agreement.and_then(|agreement| agreement.terms.due(month.month)),
            status: SettlementStatus::Unknown,
            untold: month.untold,
        });
    }
    let earned = months.iter().zip(minimums).map(|(month, minimum)| EarnedMonth {
        month: month.settled.month,
        earned: month.earned,
        minimum,
        is_over: month.settled.month.last_day() < today,
    });
    let receipts = payments.iter().filter(|payment| payment.settles.currency == currency);
    let receipts: Vec<Receipt> =
        receipts.map(|payment| Receipt { month: payment.month, amount: payment.settles.amount }).collect();
    let received = receipts.iter().try_fold(Micros(0), |sum, receipt| sum.checked_add(receipt.amount))?;
    if contract.agreement.is_none() {
        return Some(CurrencySettlement { currency, months, received, credit: None });
    }
    let Ledger { months: settled, credit } = settle(&earned.collect::<Vec<_>>(), &receipts)?;
    for (month, settled) in months.iter_mut().zip(settled) {
        let plain = status(&settled, month.earned, month.due, today);
        // What is payable with a month of which a part is told was carried over.
        let is_open = matches!(plain, SettlementStatus::Nothing | SettlementStatus::Carried);
        month.status = if month.is_partial && is_open { SettlementStatus::PartialRevenue } else { plain };
        month.settled = settled;
    }
    Some(CurrencySettlement { currency, months, received, credit: Some(credit) })
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
