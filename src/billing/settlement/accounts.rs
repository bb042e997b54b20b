//! The accounts of the journal, with names that hledger and beancount both accept.

use std::fmt;

/// The first words of accounts, which both programs know.
pub const ROOTS: [&str; 5] = ["assets", "liabilities", "equity", "income", "expenses"];

/// The name of an account, such as `assets:receivable`: lower-case words of letters, digits and hyphens, the first of them one of
/// [`ROOTS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountName(String);

impl AccountName {
    /// Accepts such a name.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let is_word = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        let (root, rest) = name.split_once(':')?;
        (ROOTS.contains(&root) && rest.split(':').all(is_word)).then(|| Self(name.to_owned()))
    }

    /// Uses a name that is known to be valid.
    const fn known(name: String) -> Self {
        Self(name)
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The accounts of the journal. The names of partners, codes and payees are added to some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// What partners owe, by partner.
    pub receivable: AccountName,
    /// Our share of the revenue, by partner and tag.
    pub revenue: AccountName,
    /// What arrived in the bank.
    pub bank: AccountName,
    /// Both sides of payments in another currency: what is left in it, at the day's rates, is the gain or loss.
    pub exchange: AccountName,
    /// What the bank kept of payments in the same currency.
    pub charges: AccountName,
    /// What payees are owed, by payee.
    pub payable: AccountName,
    /// The cost of payees, by payee.
    pub cost: AccountName,
}

impl Default for Accounts {
    fn default() -> Self {
        let known = |name: &str| AccountName::known(name.to_owned());
        Self {
            receivable: known("assets:receivable"),
            revenue: known("income:search"),
            bank: known("assets:bank"),
            exchange: known("equity:exchange"),
            charges: known("expenses:bank-charges"),
            payable: known("liabilities:payable"),
            cost: known("expenses:payees"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_begins_with_a_root_that_both_programs_know() {
        for name in ["assets:bank", "income:search:eu-2", "expenses:4711"] {
            assert_eq!(AccountName::new(name).unwrap().to_string(), name);
        }
        for name in [
            "",
            "assets",
            "assets:",
            "bank:giro",
            "Assets:Bank",
            "assets:a b",
            "assets::b",
            "assets:-b",
            "assets:ä",
            "assets:b;c",
        ] {
            assert_eq!(AccountName::new(name), None, "{name}");
        }
        let Accounts { receivable, revenue, bank, exchange, charges, payable, cost } = Accounts::default();
        for account in [receivable, revenue, bank, exchange, charges, payable, cost] {
            assert_eq!(AccountName::new(&account.to_string()), Some(account));
        }
    }
}
