//! The journal of a closed month and of its corrections, for hledger and programs that read its journals: a transaction for each currency,
//! which debits the partner's receivables account and credits the income of each code. Days, sources and accounts are those of
//! `qsproxy journal`; the money is as the partner states it, since shares and payees are nobody else's business.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::billing::closing::account_name::account_name;
use crate::billing::closing::stated::{Revenue, StatedSums};
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::accounts::{AccountName, Accounts};
use crate::billing::settlement::journal::Account;
use crate::billing::settlement::journal_text::hledger_name;
use crate::billing::settlement::minor_unit::amount_text;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;

/// What the journal in a folder is not.
const BEFORE_SHARES: &str = "; the money as the partner states it, before any share: `qsproxy journal` prints the entries to book, with the same accounts";

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
    /// The configured accounts: their names are under the record's hash with the journal.
    pub accounts: &'h Accounts,
}

/// Returns the journal. Only money of configured codes is booked, and in a currency only if every row of such codes tells it; what is
/// not booked is a comment. None if a sum does not fit into 64 bits.
#[must_use]
pub fn journal(heading: &JournalHeading<'_>, stated: &[StatedSums]) -> Option<String> {
    let JournalHeading { number, partner, month, day, subject, accounts } = heading;
    let mut text = format!("; qsproxy {subject} {number}: {partner} {month}\n{BEFORE_SHARES}\n");
    let is_correction = *subject == "correction";
    let description = if is_correction { " correction" } else { "" };
    let below = |name: &AccountName, below: &[&str]| {
        let below = below.iter().map(|name| (*name).to_owned()).collect();
        hledger_name(&Account { name: name.to_string(), below })
    };
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
        // Writing to a String does not fail.
        let amount = |amount| format!("{} {}", amount_text(amount, currency), currency.as_str());
        let _ = writeln!(text, "{day} ({subject} {number}) {partner} {month}{description}");
        let _ = writeln!(text, "    {}  {}", below(&accounts.receivable, &[partner.as_str()]), amount(total));
        for (stated, Revenue { amount: revenue, .. }) in mapped().zip(booked) {
            let tag = if stated.code.is_empty() { "all" } else { &stated.code };
            let revenue = amount(Micros(revenue.0.checked_neg()?));
            let _ = writeln!(text, "    {}  {revenue}", below(&accounts.revenue, &[partner.as_str(), tag]));
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
