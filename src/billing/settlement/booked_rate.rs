//! The exchange rate of a month as its payments were booked: no rate is ever fetched.

use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::minor_unit::{amount_text, unit};
use crate::billing::settlement::partner::{CurrencySettlement, MonthSettlement, PartnerSettlement};
use crate::billing::settlement::payment::Money;
use crate::billing::year_month::YearMonth;

/// Returns the month whose payments pay a month: itself; that with which it was carried over and became payable; and of a month for which
/// nothing is payable, such as a negative one, the next one that is, as its credit is set off against that. None if the month is not known.
fn paid_with(of_currency: &CurrencySettlement, month: YearMonth) -> Option<&MonthSettlement> {
    let later = of_currency.months.iter().skip_while(|of| of.settled.month < month);
    later.clone().find(|of| of.settled.payable.0 > 0).or_else(|| later.clone().next())
}

/// What the payments of a month settle, and what arrived for it in another currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookedRate {
    /// What they settle.
    pub settled: Money,
    /// What arrived.
    pub received: Money,
}

impl BookedRate {
    /// The rate of the payments that name a month, settle it in `from`, and arrived in `to`.
    ///
    /// # Errors
    /// Why there is none, and what to do, in words for the operator.
    pub fn of(
        settlement: &PartnerSettlement,
        month: YearMonth,
        (from, to): (Currency, Currency),
    ) -> Result<Self, String> {
        let (partner, codes) = (&settlement.partner, (from.as_str(), to.as_str()));
        let of_currency = settlement.currencies.iter().find(|of| of.currency == from);
        let sums = |named: YearMonth| {
            let of_month = settlement.payments.iter().map(|stored| &stored.payment).filter(|payment| {
                payment.month == Some(named) && payment.settles.currency == from && payment.received.currency == to
            });
            let zero = (Some(Micros(0)), Some(Micros(0)));
            of_month.fold(zero, |(settled, received), payment| {
                let add = |sum: Option<Micros>, money: Money| sum.and_then(|sum| sum.checked_add(money.amount));
                (add(settled, payment.settles), add(received, payment.received))
            })
        };
        let of_month = of_currency.and_then(|of| paid_with(of, month));
        let paid_with = of_month.map_or(month, |of| of.settled.month);
        // What a partner took back of a negative month is named by it, and needs no other month.
        let own = Some(sums(month)).filter(|(settled, _)| paid_with != month && settled.is_some_and(|sum| sum.0 != 0));
        let open = of_month.filter(|_| own.is_none()).map_or(Micros(0), |of| of.settled.open());
        if open.0 != 0 {
            let open = amount_text(open, from);
            return Err(format!(
                "{partner} has not paid {open} {} of {paid_with} yet, so the rate of {month} is not known",
                codes.0
            ));
        }
        let sums = own.unwrap_or_else(|| sums(paid_with));
        match sums {
            (Some(settled), Some(received)) if settled.0 != 0 && received.0.signum() != -settled.0.signum() => {
                let money = |Micros(amount), currency| Some(Money { amount: Micros(amount.checked_abs()?), currency });
                let both = money(settled, from).zip(money(received, to));
                let (settled, received) = both.ok_or("the amounts are too large")?;
                Ok(Self { settled, received })
            }
            _ => Err(format!(
                "no payment of {partner} in {} arrived in {} for {paid_with}{}; enter it with `qsproxy payments add … --received \"… {}\" --month {paid_with}`",
                codes.0,
                codes.1,
                if paid_with == month { String::new() } else { format!(", with which {month} is paid") },
                codes.1
            )),
        }
    }

    /// Converts an amount, rounded once to the smallest unit of the currency that arrived, half away from zero. None if it does not fit.
    #[must_use]
    pub fn convert(&self, amount: Micros) -> Option<Micros> {
        let unit = i128::from(unit(self.received.currency));
        let exact = i128::from(amount.0).checked_mul(self.received.amount.0.into())?;
        let divisor = i128::from(self.settled.amount.0).checked_mul(unit)?;
        let units = exact.abs().checked_add(divisor / 2)?.checked_div(divisor)? * exact.signum();
        i64::try_from(units.checked_mul(unit)?).ok().map(Micros)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(settled: i64, received: i64, code: &str) -> BookedRate {
        let money = |amount, code| Money { amount: Micros(amount), currency: Currency::new(code).unwrap() };
        BookedRate { settled: money(settled, "USD"), received: money(received, code) }
    }

    #[test]
    fn an_amount_is_rounded_once_half_away_from_zero() {
        // 0.92 EUR for a dollar.
        let euros = rate(12_000_000, 11_040_000, "EUR");
        assert_eq!(euros.convert(Micros(3_150_000)), Some(Micros(2_900_000)), "2.898");
        assert_eq!(euros.convert(Micros(-3_150_000)), Some(Micros(-2_900_000)));
        assert_eq!(rate(2_000_000, 1_000_000, "JPY").convert(Micros(1_000_000)), Some(Micros(1_000_000)), "half a yen");
        assert_eq!(rate(2_000_000, 1_000_000, "JPY").convert(Micros(999_999)), Some(Micros(0)));
        assert_eq!(rate(1, i64::MAX, "EUR").convert(Micros(i64::MAX)), None);
    }

    proptest! {
        #[test]
        fn the_result_is_the_nearest_unit(amount in any::<i64>(), settled in 1..i64::MAX, received in 0..i64::MAX) {
            let rate = rate(settled, received, "EUR");
            // |result × settled − amount × received| ≤ settled × a half cent
            if let Some(Micros(result)) = rate.convert(Micros(amount)) {
                let exact = i128::from(amount) * i128::from(received);
                let (whole, rest) = (exact / i128::from(settled), exact % i128::from(settled));
                let error = (i128::from(result) - whole).abs();
                prop_assert!(result % 10_000 == 0 && error <= 5_000 + i128::from(rest != 0));
            }
        }
    }
}
