//! The payments of one entry of a bank statement: the entry itself, or each transaction of a batch.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::bank_entry::{BankEntry, month_named_in};
use crate::billing::settlement::bank_file::amount::{POINT, parse_exact};
use crate::billing::settlement::bank_file::xml_tree::Element;
use crate::billing::settlement::payment::{Money, Payment};
use crate::billing::year_month::YearMonth;

/// What an entry says about all its transactions.
#[derive(Debug)]
pub(super) struct BookedEntry<'e> {
    /// When it was booked.
    pub(super) day: Date,
    /// 1 for a credit, -1 for a credit that went back.
    pub(super) sign: i64,
    /// Its amount, in the currency of the account.
    pub(super) amount: Money,
    /// The bank's reference.
    pub(super) reference: Option<&'e str>,
    /// The reference if there is no other: the statement and the place of the entry.
    pub(super) fallback: &'e str,
}

/// Returns the payments of an entry, and the number of debits among its transactions.
///
/// # Errors
/// What is wrong with the entry, in words for the operator.
pub(super) fn read(entry: &BookedEntry<'_>, transactions: &[&Element]) -> Result<(Vec<BankEntry>, u64), String> {
    let nothing = Element::default();
    let transactions = if transactions.is_empty() { &[&nothing][..] } else { transactions };
    let is_batch = transactions.len() > 1;
    let (mut payments, mut debits, mut sum) = (Vec::new(), 0, Micros(0));
    for (nth, transaction) in (1..).zip(transactions) {
        let at = |problem: String| if is_batch { format!("transaction {nth}: {problem}") } else { problem };
        let received = if is_batch { amount_of(transaction, entry.amount.currency).map_err(at)? } else { entry.amount };
        let is_opposite = transaction.text_at("CdtDbtInd").is_some_and(|side| (side == "CRDT") != (entry.sign > 0));
        let signed = if is_opposite && is_batch { Micros(-received.amount.0) } else { received.amount };
        sum = sum.checked_add(signed).ok_or("its amounts are too large")?;
        if is_opposite && is_batch {
            debits += 1;
            continue;
        }
        payments.push(payment(entry, transaction, received).map_err(at)?);
    }
    if sum != entry.amount.amount {
        let currency = entry.amount.currency.as_str();
        return Err(format!("its transactions add up to {sum} {currency}, the entry has {}", entry.amount.amount));
    }
    number_equal_references(&mut payments);
    Ok((payments, debits))
}

/// Reads an amount with its attribute `Ccy`. It is positive: the direction is told apart from it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn money(element: &Element) -> Result<Money, String> {
    let currency = element.currency.as_deref().and_then(Currency::new).ok_or("an amount has no currency (Ccy)")?;
    let amount = parse_exact(&element.text, POINT)?;
    if amount.0 < 0 {
        return Err("an amount is negative".to_owned());
    }
    Ok(Money { amount, currency })
}

/// The amount of a transaction of a batch, in the currency of the account.
fn amount_of(transaction: &Element, currency: Currency) -> Result<Money, String> {
    let paths = ["Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt"];
    for element in paths.iter().filter_map(|path| transaction.at(path)) {
        let found = money(element)?;
        if found.currency == currency {
            return Ok(found);
        }
    }
    Err(format!("it has no amount in {}, so its part of the entry is not known", currency.as_str()))
}

fn payment(entry: &BookedEntry<'_>, transaction: &Element, received: Money) -> Result<BankEntry, String> {
    let settles = instructed(transaction, received)?;
    let signed = |money: Money| Money { amount: Micros(money.amount.0.saturating_mul(entry.sign)), ..money };
    let own = ["Refs/AcctSvcrRef", "Refs/TxId", "Refs/UETR"].iter().find_map(|path| transaction.text_at(path));
    let reference = transaction.text_at("Refs/AcctSvcrRef").or(entry.reference).or(own).unwrap_or(entry.fallback);
    let remittance = transaction.at("RmtInf").map(texts).unwrap_or_default();
    let payment = Payment {
        day: entry.day,
        reference: reference.to_owned(),
        settles: signed(settles),
        received: signed(received),
        month: month_named_in(&remittance, YearMonth::containing(entry.day)),
    };
    Ok(BankEntry { payment, payers: payers(transaction, entry.sign < 0) })
}

/// What the payer sent: an amount in another currency, or more than arrived if the bank names the charges that make the difference.
fn instructed(transaction: &Element, received: Money) -> Result<Money, String> {
    let sent = ["AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt", "Amt"].iter().filter_map(|path| transaction.at(path));
    let sent: Vec<Money> = sent.map(money).collect::<Result<_, _>>()?;
    if let Some(foreign) = sent.iter().find(|sent| sent.currency != received.currency) {
        return Ok(*foreign);
    }
    let charges = charges(transaction, received.currency)?;
    let before_charges = received.amount.checked_add(charges).ok_or("its amounts are too large")?;
    Ok(sent.into_iter().find(|sent| sent.amount == before_charges).unwrap_or(received))
}

/// The charges that the bank took from a transaction: its total, or the sum of the single ones.
fn charges(transaction: &Element, currency: Currency) -> Result<Micros, String> {
    let mut sum = Micros(0);
    for charges in transaction.all("Chrgs") {
        let total = charges.at("TtlChrgsAndTaxAmt");
        let single = charges.all("Rcrd").filter_map(|record| record.at("Amt")).chain(charges.all("Amt"));
        for element in total.into_iter().chain(single.filter(|_| total.is_none())) {
            let charge = money(element)?;
            if charge.currency == currency {
                sum = sum.checked_add(charge.amount).ok_or("its charges are too large")?;
            }
        }
    }
    Ok(sum)
}

/// Names and accounts of the payer; of a payment that went back also those of its receiver, since banks exchange the two.
fn payers(transaction: &Element, is_return: bool) -> Vec<String> {
    let Some(parties) = transaction.at("RltdPties") else { return Vec::new() };
    let names =
        ["Dbtr/Nm", "Dbtr/Pty/Nm", "UltmtDbtr/Nm", "UltmtDbtr/Pty/Nm", "DbtrAcct/Id/IBAN", "DbtrAcct/Id/Othr/Id"];
    let others = ["Cdtr/Nm", "Cdtr/Pty/Nm", "CdtrAcct/Id/IBAN", "CdtrAcct/Id/Othr/Id"];
    let paths = names.iter().chain(others.iter().filter(|_| is_return));
    paths.filter_map(|path| parties.text_at(path)).map(str::to_owned).collect()
}

/// All texts in an element, with spaces between them.
fn texts(element: &Element) -> String {
    let inner = element.children.iter().map(texts);
    std::iter::once(element.text.clone()).chain(inner).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Transactions of a batch may all have the reference of the entry: numbers those that are equal.
fn number_equal_references(payments: &mut [BankEntry]) {
    let mut times: HashMap<String, u32> = HashMap::new();
    for entry in payments.iter() {
        *times.entry(entry.payment.reference.clone()).or_default() += 1;
    }
    for (nth, entry) in (1..).zip(payments) {
        let reference = &mut entry.payment.reference;
        if times.get(reference).is_some_and(|times| *times > 1) {
            *reference = format!("{reference}/{nth}");
        }
    }
}
