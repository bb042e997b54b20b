//! What a file of a bank says about one payment, before it is known who paid.

use crate::billing::settlement::payment::Payment;
use crate::billing::year_month::YearMonth;

/// A payment with what the bank says about the payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankEntry {
    /// The payment.
    pub payment: Payment,
    /// Names and account numbers of the payer; empty if the file does not say.
    pub payers: Vec<String>,
}

/// The payments of a file, and what else is in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BankEntries {
    /// The payments in the order of the file.
    pub entries: Vec<BankEntry>,
    /// Entries that the bank has not booked (pending, future or for information).
    pub pending: u64,
    /// Entries that took money from the account, and the returns of such entries.
    pub debits: u64,
    /// Entries of a bank statement without an amount, such as notices.
    pub zeros: u64,
}

/// Returns the one month that a text names as `YYYY-MM` or `MM/YYYY`, if it is not after `latest`. A date is no month.
#[must_use]
pub fn month_named_in(text: &str, latest: YearMonth) -> Option<YearMonth> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.');
    let month = |word: &str| {
        let turned = word.split_once('/').map(|(month, year)| format!("{year}-{month}"));
        YearMonth::parse(turned.as_deref().unwrap_or(word)).filter(|month| *month <= latest)
    };
    let mut months: Vec<YearMonth> =
        text.split(|c| !is_part(c)).map(|word| word.trim_end_matches('.')).filter_map(month).collect();
    months.dedup();
    match months.as_slice() {
        [month] => Some(*month),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_a_month_only_if_it_names_one() {
        let latest = YearMonth::parse("2026-11").unwrap();
        let named = |text| month_named_in(text, latest).map(|month| month.to_string());
        for text in ["2026-10", "Payout 2026-10, thanks", "(10/2026)", "search 2026-10 and 10/2026.", "ref:2026-10"] {
            assert_eq!(named(text).as_deref(), Some("2026-10"), "{text}");
        }
        for text in
            ["", "2026-10-15", "2026-10 2026-09", "2026-12", "2026-13", "INV2026-10", "12026-10", "1/2026", "10/26"]
        {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
