//! The ledger journal of a closed month and of its corrections, for hledger and programs that read its journals: a transaction for each
//! currency, which debits the partner's receivables account and credits the income of each code.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::billing::closing::stated::{Revenue, StatedSums};
use crate::billing::money::{Currency, Micros};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;

/// What a journal is about.
#[derive(Debug, Clone, Copy)]
pub struct JournalHeading<'h> {
    /// The number of the record.
    pub number: i64,
    /// The partner.
    pub partner: &'h ConfigName,
    /// The month.
    pub month: YearMonth,
    /// The day of the transactions.
    pub day: Date,
    /// What the transactions are, such as "closing".
    pub subject: &'h str,
}

/// Returns the journal. Only money of configured codes is booked, and in a currency only if every row of such codes tells it; what is
/// not booked is a comment. None if a sum does not fit into 64 bits.
#[must_use]
pub fn journal(heading: &JournalHeading<'_>, stated: &[StatedSums]) -> Option<String> {
    let JournalHeading { number, partner, month, day, subject } = heading;
    let mut text = format!("; qsproxy {subject} {number}: {partner} {month}\n");
    let mut currencies: Vec<Currency> = stated.iter().filter_map(|stated| stated.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    for currency in currencies {
        let mapped = || stated.iter().filter(|stated| stated.is_mapped && stated.currency == Some(currency));
        if mapped().next().is_none() {
            continue;
        }
        let Some(booked) = mapped().map(StatedSums::whole_revenue).collect::<Option<Vec<Revenue>>>() else {
            let _ = writeln!(text, "; not booked: money in {}, which some rows do not tell", currency.as_str());
            continue;
        };
        let total = booked.iter().try_fold(Micros(0), |sum, revenue| sum.checked_add(revenue.amount))?;
        let account = account_name(partner.as_str());
        // Writing to a String does not fail.
        let _ = writeln!(text, "{day} ({number}) {partner} {month} {subject}");
        let _ = writeln!(text, "    assets:receivable:{account}  {}", Revenue { amount: total, currency });
        for (stated, Revenue { amount, .. }) in mapped().zip(booked) {
            let code = account_name(if stated.code.is_empty() { "all" } else { &stated.code });
            let amount = Revenue { amount: Micros(amount.0.checked_neg()?), currency };
            let _ = writeln!(text, "    income:search:{account}:{code}  {amount}");
        }
    }
    let unmapped = stated.iter().filter(|stated| !stated.is_mapped && stated.revenue.rows > 0);
    for StatedSums { code, currency, revenue, .. } in unmapped {
        let currency = currency.as_ref().map_or("", Currency::as_str);
        let amount = Micros(revenue.sum);
        let _ = writeln!(
            text,
            "; not booked: {amount} {currency} for {}, which is in the tags of no code",
            account_name(code)
        );
    }
    Some(text)
}

/// Returns a name as part of an account name, in which two spaces, a colon and a semicolon have a meaning.
pub(super) fn account_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/') { c } else { '_' };
    name.chars().map(plain).collect()
}
