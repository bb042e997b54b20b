//! Whose payment it is: by the names and account numbers under which partners pay.

use std::collections::{BTreeMap, BTreeSet};

use crate::billing::digest::Sha256Digest;
use crate::billing::import::name_folding::fold_name;
use crate::billing::settlement::bank_entry::BankEntry;
use crate::billing::store::NewPayment;
use crate::name::ConfigName;

/// A partner, and the names and account numbers under which it pays.
#[derive(Debug, Clone, Copy)]
pub struct Payer<'p> {
    /// The partner.
    pub partner: &'p ConfigName,
    /// The names and account numbers.
    pub known_as: &'p [String],
}

/// Payments by partner.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AssignedPayments {
    /// The payments of partners.
    pub payments: Vec<NewPayment>,
    /// How many entries belong to no partner.
    pub others: u64,
}

/// Assigns entries to partners. A single partner without names is the payer of all entries.
///
/// # Errors
/// Every entry that more than one partner could have paid.
pub fn assign(
    entries: Vec<BankEntry>,
    payers: &[Payer<'_>],
    file: Option<Sha256Digest>,
) -> Result<AssignedPayments, Vec<String>> {
    let only = match payers {
        [payer] if payer.known_as.is_empty() => Some(payer.partner),
        _ => None,
    };
    let mut by_name: BTreeMap<String, BTreeSet<&ConfigName>> = BTreeMap::new();
    for payer in payers {
        for name in payer.known_as {
            by_name.entry(fold_name(name)).or_default().insert(payer.partner);
        }
    }
    let (mut assigned, mut faults) = (AssignedPayments::default(), Vec::new());
    for entry in entries {
        let names = entry.payers.iter().filter_map(|payer| by_name.get(&fold_name(payer)));
        let found: BTreeSet<&ConfigName> = names.flatten().copied().collect();
        match (only.or(found.first().copied()), found.iter().nth(1)) {
            (Some(partner), None) => {
                assigned.payments.push(NewPayment { partner: partner.clone(), file, payment: entry.payment });
            }
            (None, _) => assigned.others += 1,
            (Some(first), Some(second)) => faults.push(format!(
                "the entry \"{}\" matches the payer of {first} and of {second}; name one with --partner",
                entry.payment.reference
            )),
        }
    }
    if faults.is_empty() { Ok(assigned) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::billing::money::{Currency, Micros};
    use crate::billing::settlement::payment::{Money, Payment};

    fn entry(reference: &str, payers: &[&str]) -> BankEntry {
        let money = Money { amount: Micros(1), currency: Currency::new("EUR").unwrap() };
        let (day, reference) = (date(2026, 11, 1), reference.to_owned());
        let payment = Payment { day, reference, settles: money, received: money, month: None };
        BankEntry { payment, payers: payers.iter().map(|payer| (*payer).to_owned()).collect() }
    }

    #[test]
    fn an_entry_belongs_to_the_partner_that_pays_under_its_name() {
        let [a, b] = ["a", "b"].map(|name| ConfigName::new(name).unwrap());
        let (names_a, names_b) =
            (["Søk GmbH".to_owned(), "DE89 3704 0044 0532 0130 00".to_owned()], ["Finder Ltd".to_owned()]);
        let payers = [Payer { partner: &a, known_as: &names_a }, Payer { partner: &b, known_as: &names_b }];
        let entries = vec![
            entry("1", &["SØK  GMBH"]),
            entry("2", &["x", "DE89370400440532013000"]),
            entry("3", &["finder ltd"]),
            entry("4", &["Finder Ltd Holding"]),
            entry("5", &[]),
        ];
        let assigned = assign(entries, &payers, None).unwrap();
        let found: Vec<_> =
            assigned.payments.iter().map(|new| (new.partner.as_str(), new.payment.reference.as_str())).collect();
        assert_eq!((found, assigned.others), (vec![("a", "1"), ("a", "2"), ("b", "3")], 2));
        let both = assign(vec![entry("6", &["Finder Ltd", "Søk GmbH"])], &payers, None).unwrap_err();
        assert!(both[0].contains("\"6\" matches the payer of a and of b"), "{both:?}");
        // With a partner whose names are not configured, all entries are its payments.
        let unnamed = [Payer { partner: &a, known_as: &[] }];
        assert_eq!(assign(vec![entry("7", &[]), entry("8", &["x"])], &unnamed, None).unwrap().payments.len(), 2);
        assert_eq!(assign(vec![entry("9", &["x"])], &payers[1..], None).unwrap().others, 1);
    }
}
