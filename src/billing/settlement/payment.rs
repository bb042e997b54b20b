//! A payment of a partner, as it is in the books: in the currency that the partner owes, and as it arrived in the bank.

use jiff::civil::{Date, date};

use crate::billing::digest::Sha256Digest;
use crate::billing::money::{Currency, Micros};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;

/// The most characters of a reference. ISO 20022 has 140 for a line of a remittance and fewer for its references.
pub const MAX_REFERENCE_CHARS: usize = 140;

/// The earliest day of a payment: a year that is written with two digits is a mistake.
const EARLIEST: Date = date(2000, 1, 1);

/// An amount in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money {
    /// The amount.
    pub amount: Micros,
    /// Its currency.
    pub currency: Currency,
}

/// A payment; negative if the partner took money back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The day on which the bank booked it.
    pub day: Date,
    /// How the bank or the operator refers to it. No two payments of a partner have the same.
    pub reference: String,
    /// What it settles, in the currency in which the partner owes it.
    pub settles: Money,
    /// What arrived. In another currency, the two amounts are the rate; in the same one, the difference is the bank's charge.
    pub received: Money,
    /// The month that it names, if it names one.
    pub month: Option<YearMonth>,
}

impl Payment {
    /// Returns what is wrong with it, in words for the operator; None if nothing is. `today` is the current UTC day.
    #[must_use]
    pub fn fault(&self, today: Date) -> Option<String> {
        let Self { day, reference, settles, received, month } = self;
        let chars = reference.chars().count();
        if reference.trim().is_empty() || reference.contains(char::is_control) || chars > MAX_REFERENCE_CHARS {
            return Some(format!("the reference must be one line of 1 to {MAX_REFERENCE_CHARS} characters"));
        }
        // A bank east of Greenwich may book on a day that has not begun in UTC.
        if *day < EARLIEST || *day > today.tomorrow().unwrap_or(today) {
            return Some(format!("the day {day} must be from {EARLIEST} to today; check the order of day and month"));
        }
        if settles.amount.0 == 0 {
            return Some("the amount is zero".to_owned());
        }
        if received.amount.0.signum() != settles.amount.0.signum() {
            return Some("the amount and what was received must both be positive, or both negative".to_owned());
        }
        let is_far = |month: &YearMonth| month.first_day() < EARLIEST || month.first_day() > today;
        month.filter(is_far).map(|month| format!("the month {month} is not between {EARLIEST} and today"))
    }
}

/// A payment in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPayment {
    /// Its number, counted from 1 over all partners.
    pub number: i64,
    /// Who paid.
    pub partner: ConfigName,
    /// The file that it came from; None if it was added by hand.
    pub file: Option<Sha256Digest>,
    /// The UTC day on which it was entered.
    pub entered: Date,
    /// The payment.
    pub payment: Payment,
    /// The UTC day on which it was withdrawn, and why.
    pub withdrawn: Option<(Date, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_that_cannot_be_is_refused_with_the_reason() {
        let money = |amount, code| Money { amount: Micros(amount), currency: Currency::new(code).unwrap() };
        let good = Payment {
            day: date(2026, 11, 29),
            reference: "A".to_owned(),
            settles: money(5, "USD"),
            received: money(4, "EUR"),
            month: YearMonth::parse("2026-10"),
        };
        let today = date(2026, 11, 29);
        assert_eq!(good.fault(today), None);
        for (wrong, part) in [
            (Payment { day: date(2026, 12, 1), ..good.clone() }, "2026-12-01"),
            (Payment { day: date(26, 11, 1), ..good.clone() }, "0026-11-01"),
            (Payment { reference: " ".to_owned(), ..good.clone() }, "reference"),
            (Payment { reference: "a\nb".to_owned(), ..good.clone() }, "reference"),
            (Payment { reference: "x".repeat(141), ..good.clone() }, "reference"),
            (Payment { settles: money(0, "USD"), ..good.clone() }, "zero"),
            (Payment { received: money(-4, "EUR"), ..good.clone() }, "both"),
            (Payment { month: YearMonth::parse("2062-10"), ..good.clone() }, "2062-10"),
        ] {
            assert!(wrong.fault(today).is_some_and(|fault| fault.contains(part)), "{part}: {:?}", wrong.fault(today));
        }
    }
}
