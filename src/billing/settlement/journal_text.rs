//! Writes a journal for hledger or for beancount.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::billing::digest::Sha256Digest;
use crate::billing::money::Currency;
use crate::billing::settlement::journal::{Account, Journal, Transaction};
use crate::billing::settlement::minor_unit::amount_text;
use crate::billing::settlement::payment::Money;

/// How many digits of a hash tell accounts apart whose names became the same.
const HASH_DIGITS: usize = 6;

/// A program that reads journals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalFormat {
    /// hledger, and programs that read its journals.
    Hledger,
    /// beancount, version 2 or 3.
    Beancount,
}

/// Returns the text of a journal, which begins with the accounts and currencies that it uses.
#[must_use]
pub fn journal_text(journal: &Journal, format: JournalFormat) -> String {
    let postings = || journal.transactions.iter().flat_map(|transaction| &transaction.postings);
    let accounts: BTreeSet<&Account> = postings().map(|posting| &posting.account).collect();
    let currencies: BTreeSet<Currency> = postings().map(|posting| posting.money.currency).collect();
    let first_day = journal.transactions.first().map(|transaction| transaction.day);
    let mut text = String::new();
    // Writing to a String does not fail.
    for month in &journal.not_closed {
        let _ = writeln!(text, "; not closed, and so not in this journal: {month}");
    }
    for month in &journal.unknown_share {
        let _ = writeln!(
            text,
            "; not in this journal, since the partner is not in the configuration and no record has its share: {month}"
        );
    }
    for month in &journal.partial {
        let _ = writeln!(text, "; not in this journal, since some rows do not tell their money: {month}");
    }
    for month in &journal.not_over {
        let _ = writeln!(text, "; not over, and so its requests are not in this journal: {month}");
    }
    match format {
        JournalFormat::Hledger => {
            for currency in currencies {
                let of_currency = postings().map(|posting| posting.money).filter(|money| money.currency == currency);
                let decimals = "0".repeat(of_currency.map(shown_decimals).max().unwrap_or_default());
                let _ = writeln!(text, "commodity 1000.{decimals} {}", currency.as_str());
            }
            for account in accounts {
                let _ = writeln!(text, "account {}", hledger_name(account));
            }
        }
        JournalFormat::Beancount => {
            text += "option \"title\" \"qsproxy\"\n";
            for (account, day) in accounts.into_iter().filter_map(|account| first_day.map(|day| (account, day))) {
                let _ = writeln!(text, "{day} open {}", beancount_name(account));
            }
        }
    }
    for transaction in &journal.transactions {
        text += "\n";
        text += &transaction_text(transaction, format);
    }
    text
}

/// How many decimals an amount is written with. hledger rounds balances to those of the commodity, so it has the most of them.
fn shown_decimals(money: Money) -> usize {
    let text = amount_text(money.amount, money.currency);
    text.split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

fn transaction_text(transaction: &Transaction, format: JournalFormat) -> String {
    let Transaction { day, source, description, postings } = transaction;
    let mut text = match format {
        JournalFormat::Hledger => format!("{day} ({source}) {}\n", hledger_text(description)),
        JournalFormat::Beancount => format!("{day} * \"{source}\" \"{}\"\n", beancount_string(description)),
    };
    for posting in postings {
        let name = match format {
            JournalFormat::Hledger => hledger_name(&posting.account),
            JournalFormat::Beancount => beancount_name(&posting.account),
        };
        let currency = posting.money.currency;
        let _ = writeln!(text, "    {name}  {} {}", amount_text(posting.money.amount, currency), currency.as_str());
    }
    text
}

/// The name of an account in hledger, where two spaces, a colon, a semicolon and brackets have a meaning.
#[must_use]
pub fn hledger_name(account: &Account) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let below = account
        .below
        .iter()
        .map(|name| with_hash(name, name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()));
    std::iter::once(account.name.clone()).chain(below).collect::<Vec<_>>().join(":")
}

/// The name of an account in beancount: words that begin with a capital letter or a digit, of letters, digits and hyphens.
fn beancount_name(account: &Account) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    let below = account.below.iter().map(|name| {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let starts_well = plain.starts_with(|c: char| c.is_ascii_alphanumeric());
        with_hash(name, if starts_well { plain } else { format!("X{plain}") })
    });
    let words = account.name.split(':').map(str::to_owned).chain(below);
    words.map(|word| capital(&word)).collect::<Vec<_>>().join(":")
}

/// Adds a part of the name's hash to a name that had to be changed, so that two names never become one account.
fn with_hash(name: &str, changed: String) -> String {
    if changed == name {
        return changed;
    }
    let hash = Sha256Digest::of(name).to_string();
    format!("{changed}-{}", hash.get(..HASH_DIGITS).unwrap_or(&hash))
}

/// A description in hledger, where a semicolon begins a comment and a bar ends the payee.
fn hledger_text(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ';' | '|') || c.is_control() { ',' } else { c }).collect()
}

fn beancount_string(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::billing::money::Micros;
    use crate::billing::settlement::journal::JournalLine;

    fn account(name: &str, below: &[&str]) -> Account {
        Account { name: name.to_owned(), below: below.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn names_of_accounts_stay_different() {
        let names = ["QX1", "qx_1", "qx-1", "qx 1", "qx:1", "Søk GmbH", "S_k GmbH", "東京", "-", ""];
        for name in [hledger_name, beancount_name] {
            let written: BTreeSet<String> =
                names.iter().map(|below| name(&account("income:search", &[below]))).collect();
            assert_eq!(written.len(), names.len(), "{written:?}");
            assert!(written.iter().all(|name| name.matches(':').count() == 2 && !name.contains("  ")), "{written:?}");
        }
        assert_eq!(hledger_name(&account("income:search", &["demo", "QX1"])), "income:search:demo:QX1");
        assert_eq!(beancount_name(&account("income:search-2", &["demo", "qx1"])), "Income:Search-2:Demo:Qx1");
    }

    #[test]
    fn a_reference_cannot_break_out_of_its_line() {
        let money = |amount| Money { amount: Micros(amount), currency: Currency::new("JPY").unwrap() };
        let posting = |name: &str, amount| JournalLine { account: account(name, &[]), money: money(amount) };
        let transaction = Transaction {
            day: date(2026, 11, 1),
            source: "payment 1".to_owned(),
            description: "p payment, a\"b\\c;d|e".to_owned(),
            postings: vec![posting("assets:bank", 5_000_000), posting("assets:receivable", -5_000_000)],
        };
        let journal = Journal { transactions: vec![transaction], ..Journal::default() };
        assert_eq!(
            journal_text(&journal, JournalFormat::Hledger),
            "commodity 1000. JPY\naccount assets:bank\naccount assets:receivable\n\n2026-11-01 (payment 1) p payment, a\"b\\c,d,e\n    assets:bank  5 JPY\n    assets:receivable  -5 JPY\n"
        );
        assert_eq!(
            journal_text(&journal, JournalFormat::Beancount),
            "option \"title\" \"qsproxy\"\n2026-11-01 open Assets:Bank\n2026-11-01 open Assets:Receivable\n\n2026-11-01 * \"payment 1\" \"p payment, a\\\"b\\\\c;d|e\"\n    Assets:Bank  5 JPY\n    Assets:Receivable  -5 JPY\n"
        );
    }
}
