//! Which of the payments that were read are new: a payment that is in the books already is never booked again.

use std::collections::{BTreeMap, BTreeSet};

use crate::billing::settlement::payment::{Payment, StoredPayment};
use crate::billing::store::NewPayment;
use crate::name::ConfigName;

/// What to do with the payments of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Booking {
    /// Those that are not in the books.
    pub new: Vec<NewPayment>,
    /// The numbers of those that this file, or one with the same payment, brought before.
    pub known: Vec<i64>,
    /// The numbers of those that this file brought before, and that were withdrawn since.
    pub withdrawn: Vec<i64>,
}

/// Compares payments with those in the books. `skips_known` leaves out payments that another file brought with the same day, amounts
/// and month.
///
/// # Errors
/// Every reference that the books, or these payments, have already.
pub fn book(books: &[StoredPayment], read: Vec<NewPayment>, skips_known: bool) -> Result<Booking, Vec<String>> {
    let mut by_reference: BTreeMap<(&ConfigName, &str, bool), Vec<&StoredPayment>> = BTreeMap::new();
    for stored in books {
        let key = (&stored.partner, stored.payment.reference.as_str(), is_return(&stored.payment));
        by_reference.entry(key).or_default().push(stored);
    }
    let (mut booking, mut faults, mut seen) = (Booking::default(), Vec::new(), BTreeSet::new());
    for payment in read {
        let NewPayment { partner, file, payment: Payment { reference, .. } } = &payment;
        let is_return = is_return(&payment.payment);
        if !seen.insert((partner.clone(), reference.clone(), is_return)) {
            faults.push(format!("the reference \"{reference}\" of {partner} occurs twice"));
            continue;
        }
        let same =
            by_reference.get(&(partner, reference.as_str(), is_return)).map_or(&[][..], Vec::as_slice).iter().copied();
        let from_file = same.clone().find(|stored| file.is_some() && stored.file == *file);
        let in_force = same.clone().find(|stored| stored.withdrawn.is_none());
        match (from_file, in_force) {
            (Some(stored), _) if stored.withdrawn.is_some() => booking.withdrawn.push(stored.number),
            (Some(stored), _) => booking.known.push(stored.number),
            (None, Some(stored)) if skips_known && stored.payment == payment.payment => {
                booking.known.push(stored.number)
            }
            (None, Some(stored)) => faults.push(format!(
                "the reference \"{reference}\" of {partner} is payment {} of {} already; withdraw that one, or {}",
                stored.number,
                stored.payment.day,
                if stored.payment == payment.payment {
                    "leave out what is known with --skip-known"
                } else {
                    "check which one is right"
                }
            )),
            (None, None) => booking.new.push(payment),
        }
    }
    if faults.is_empty() { Ok(booking) } else { Err(faults) }
}

/// Whether the payment went back: banks give a return the reference of its payment.
fn is_return(payment: &Payment) -> bool {
    payment.settles.amount.0 < 0
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::billing::digest::Sha256Digest;
    use crate::billing::money::{Currency, Micros};
    use crate::billing::settlement::payment::Money;

    fn payment(reference: &str, amount: i64, file: Option<&str>) -> NewPayment {
        let money = Money { amount: Micros(amount), currency: Currency::new("USD").unwrap() };
        let (day, reference) = (date(2026, 11, 1), reference.to_owned());
        let payment = Payment { day, reference, settles: money, received: money, month: None };
        NewPayment { partner: ConfigName::new("p").unwrap(), file: file.map(Sha256Digest::of), payment }
    }

    fn stored(number: i64, new: NewPayment, is_withdrawn: bool) -> StoredPayment {
        let NewPayment { partner, file, payment } = new;
        let withdrawn = is_withdrawn.then(|| (date(2026, 11, 2), "wrong".to_owned()));
        StoredPayment { number, partner, file, entered: date(2026, 11, 1), payment, withdrawn }
    }

    #[test]
    fn a_return_may_have_the_reference_of_its_payment() {
        let read = || vec![payment("a", 5, Some("f")), payment("a", -5, Some("f"))];
        assert_eq!(book(&[], read(), false).unwrap().new, read());
        let books = [stored(1, payment("a", 5, Some("e")), false)];
        assert_eq!(book(&books, vec![payment("a", -5, Some("f"))], false).unwrap().new.len(), 1);
        assert!(book(&books, read(), false).is_err(), "the payment itself is known");
        let twice = vec![payment("a", -5, Some("f")), payment("a", -5, Some("f"))];
        assert!(book(&[], twice, false).is_err());
    }

    #[test]
    fn the_same_file_again_brings_nothing() {
        let books = [stored(1, payment("a", 5, Some("f")), false), stored(2, payment("b", 6, Some("f")), true)];
        let read = vec![payment("a", 5, Some("f")), payment("b", 6, Some("f")), payment("c", 7, Some("f"))];
        let booking = book(&books, read, false).unwrap();
        assert_eq!(booking, Booking { new: vec![payment("c", 7, Some("f"))], known: vec![1], withdrawn: vec![2] });
    }

    #[test]
    fn a_known_reference_is_refused_by_name() {
        let books = [stored(1, payment("a", 5, Some("f")), false), stored(2, payment("b", 6, None), true)];
        let refused = |read| book(&books, read, false).unwrap_err().join("; ");
        assert!(refused(vec![payment("a", 5, Some("g"))]).contains("\"a\" of p is payment 1 of 2026-11-01 already"));
        assert!(refused(vec![payment("a", 5, None)]).contains("--skip-known"));
        assert!(refused(vec![payment("x", 5, None), payment("x", 6, None)]).contains("\"x\" of p occurs twice"));
        // What was withdrawn may come again, from another file or by hand.
        assert_eq!(book(&books, vec![payment("b", 6, None)], false).unwrap().new.len(), 1);
    }

    #[test]
    fn only_equal_payments_are_skipped() {
        let books = [stored(1, payment("a", 5, Some("f")), false)];
        assert_eq!(book(&books, vec![payment("a", 5, Some("g"))], true).unwrap().known, [1]);
        assert!(
            book(&books, vec![payment("a", 6, Some("g"))], true).unwrap_err()[0].contains("check which one is right")
        );
    }
}
