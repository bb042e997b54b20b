//! Offsets what a partner owes in one currency against what it paid. The result does not depend on the order in which payments were
//! entered, and no money appears or vanishes in it:
//!
//! - A positive month and what was carried over become payable once they reach the minimum; before that, they are carried on.
//! - A negative month reduces what is carried over; the rest of it is a credit.
//! - A payment that names a month pays that month first. What is left of it, other payments and credits pay the oldest open month
//!   first. What is left then is a credit.
//! - Payments that were taken back reopen months, the latest first.

use crate::billing::money::Micros;
use crate::billing::year_month::YearMonth;

/// What a month earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarnedMonth {
    /// The month.
    pub month: YearMonth,
    /// Our share of its revenue and of the corrections that were signed in it.
    pub earned: Micros,
    /// The least amount that is paid for it; less is carried over.
    pub minimum: Micros,
    /// False while the month lasts: nothing is payable yet.
    pub is_over: bool,
}

/// What a payment settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The month that it names.
    pub month: Option<YearMonth>,
    /// The amount; negative if it was taken back.
    pub amount: Micros,
}

/// A month after offsetting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledMonth {
    /// The month.
    pub month: YearMonth,
    /// What is carried over to the next month, since it is below the minimum or the month is not over.
    pub carried: Micros,
    /// What the partner has to pay for this month, with what was carried over to it.
    pub payable: Micros,
    /// What is paid of it.
    pub paid: Micros,
}

impl SettledMonth {
    /// What is open.
    #[must_use]
    pub fn open(&self) -> Micros {
        // Not more is paid than is payable, and neither is negative.
        Micros(self.payable.0.saturating_sub(self.paid.0))
    }
}

/// All months of a partner in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The months in order.
    pub months: Vec<SettledMonth>,
    /// What the partner has paid, or credited, beyond what is payable; negative if it took back more than it paid.
    pub credit: Micros,
}

/// Offsets months, in order, against receipts. None if a sum does not fit.
#[must_use]
pub fn settle(months: &[EarnedMonth], receipts: &[Receipt]) -> Option<Ledger> {
    let (mut settled, mut pool) = payable(months)?;
    for month in &mut settled {
        let named = receipts.iter().filter(|receipt| receipt.month == Some(month.month));
        let named = named.map(|receipt| receipt.amount);
        let sum = named.into_iter().try_fold(Micros(0), Micros::checked_add)?;
        month.paid = Micros(sum.0.clamp(0, month.payable.0));
        pool = pool.checked_add(Micros(sum.0.checked_sub(month.paid.0)?))?;
    }
    let is_named = |month| settled.iter().any(|settled| Some(settled.month) == month);
    for receipt in receipts.iter().filter(|receipt| !is_named(receipt.month)) {
        pool = pool.checked_add(receipt.amount)?;
    }
    for month in &mut settled {
        let paid = pool.0.clamp(0, month.open().0);
        month.paid = month.paid.checked_add(Micros(paid))?;
        pool = Micros(pool.0.checked_sub(paid)?);
    }
    for month in settled.iter_mut().rev() {
        let reopened = pool.0.checked_neg()?.clamp(0, month.paid.0);
        month.paid = Micros(month.paid.0.checked_sub(reopened)?);
        pool = Micros(pool.0.checked_add(reopened)?);
    }
    Some(Ledger { months: settled, credit: pool })
}

/// Returns what is payable by month, before any payment, and the credits of negative months.
fn payable(months: &[EarnedMonth]) -> Option<(Vec<SettledMonth>, Micros)> {
    let (mut carried, mut credit) = (Micros(0), Micros(0));
    let mut settled = Vec::with_capacity(months.len());
    for EarnedMonth { month, earned, minimum, is_over } in months {
        let balance = carried.checked_add(*earned)?;
        let mut payable = Micros(0);
        carried = balance;
        if *is_over && balance.0 < 0 {
            credit = Micros(credit.0.checked_sub(balance.0)?);
            carried = Micros(0);
        } else if *is_over && balance >= *minimum {
            (payable, carried) = (balance, Micros(0));
        }
        settled.push(SettledMonth { month: *month, carried, payable, paid: Micros(0) });
    }
    Some((settled, credit))
}

#[cfg(test)]
mod tests;
