//! What a payee receives for a month: its share of our share of the revenue of its codes.

use crate::billing::contract::Contract;
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::agreement::{Agreement, PayeeTag};
use crate::billing::settlement::expected::{MonthRevenue, RevenueSource};
use crate::billing::settlement::share::{Share, rounded_parts};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;

/// What a payee receives for a tag in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeePart {
    /// Our code.
    pub code: ConfigName,
    /// The currency.
    pub currency: Currency,
    /// The revenue that the partner states.
    pub revenue: Micros,
    /// Our share of it.
    pub share: Share,
    /// The payee's share of ours.
    pub payee_share: Share,
    /// What the payee receives: the parts of a partner and a currency add up to their sum, rounded once.
    pub payout: Micros,
}

/// Returns the parts of a payee in one currency of a month of a partner. None if a sum does not fit.
#[must_use]
pub fn payee_parts(
    agreement: &Agreement,
    month: &MonthRevenue,
    currency: Currency,
    payee: &str,
) -> Option<Vec<PayeePart>> {
    let share = agreement.shares.of(month.month);
    let (first, last) = (month.month.first_day(), month.month.last_day());
    let is_of = |known: &PayeeTag, tag: &str| known.tag == tag && known.days.overlap(first, last);
    let tag_of = |tag: &str| agreement.payees.iter().find(|known| is_of(known, tag) && known.code.payee == payee);
    let mut parts: Vec<PayeePart> = month
        .lines
        .iter()
        .filter(|line| line.currency == currency)
        .filter_map(|line| {
            let PayeeTag { code, .. } = tag_of(&line.tag)?;
            let (code, payee_share) = (code.code.clone(), code.shares.of(month.month));
            Some(PayeePart { code, currency, revenue: line.revenue, share, payee_share, payout: Micros(0) })
        })
        .collect();
    let exact: Vec<(Micros, Share)> = parts.iter().map(|part| (part.revenue, part.payee_share)).collect();
    for (part, payout) in parts.iter_mut().zip(rounded_parts(&exact, share, currency)?) {
        part.payout = payout;
    }
    Some(parts)
}

/// A payee's month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payout {
    /// By code, then currency, then shares; the same of several partners are added up.
    pub parts: Vec<PayeePart>,
    /// The closings that the revenue comes from.
    pub closings: Vec<i64>,
    /// Partners whose month is not closed.
    pub not_closed: Vec<ConfigName>,
}

impl Payout {
    /// Adds the month of a partner. None if a sum does not fit.
    #[must_use]
    pub fn add(&mut self, contract: &Contract, revenue: &[MonthRevenue], payee: &str, month: YearMonth) -> Option<()> {
        let Some(month) = revenue.iter().find(|of| of.month == month) else { return Some(()) };
        let mut has_parts = false;
        for currency in month.currencies() {
            for part in payee_parts(&contract.agreement, month, currency, payee)? {
                has_parts = true;
                self.add_part(part)?;
            }
        }
        match month.source {
            RevenueSource::Closed(number) if has_parts => self.closings.push(number),
            RevenueSource::Statement if has_parts => self.not_closed.push(contract.partner.clone()),
            RevenueSource::Closed(_) | RevenueSource::Statement => {}
        }
        Some(())
    }

    fn add_part(&mut self, part: PayeePart) -> Option<()> {
        let key = |part: &PayeePart| (part.code.clone(), part.currency, part.share, part.payee_share);
        match self.parts.binary_search_by_key(&key(&part), key) {
            Ok(place) => {
                let same = self.parts.get_mut(place)?;
                same.revenue = same.revenue.checked_add(part.revenue)?;
                same.payout = same.payout.checked_add(part.payout)?;
            }
            Err(place) => self.parts.insert(place, part),
        }
        Some(())
    }

    /// The sums by currency. None if one does not fit.
    #[must_use]
    pub fn totals(&self) -> Option<Vec<(Currency, Micros)>> {
        let mut totals: Vec<(Currency, Micros)> = Vec::new();
        for part in &self.parts {
            match totals.iter_mut().find(|(currency, _)| *currency == part.currency) {
                Some((_, sum)) => *sum = sum.checked_add(part.payout)?,
                None => totals.push((part.currency, part.payout)),
            }
        }
        totals.sort_unstable();
        Some(totals)
    }
}
