//! What of a configuration cannot work when a month ends: found when it is written, not when a payout is refused.

use std::collections::BTreeSet;

use crate::billing::contract::Contract;
use crate::billing::settlement::accounts::{AccountName, Accounts};

/// Returns a sentence for each contract whose months could not be settled or paid out as they are configured, and for accounts that a
/// journal would mix up.
#[must_use]
pub fn settlement_gaps(contracts: &[Contract], accounts: &Accounts) -> Vec<String> {
    contracts.iter().flat_map(of_contract).chain(of_accounts(accounts)).collect()
}

fn of_contract(contract: &Contract) -> Vec<String> {
    let (Some(agreement), partner) = (&contract.agreement, &contract.partner) else { return Vec::new() };
    let payees: BTreeSet<&str> = agreement.payees.iter().map(|tag| tag.code.payee.as_str()).collect();
    let payees = payees.into_iter().collect::<Vec<_>>().join(", ");
    let Some(profile) = &contract.profile else {
        let has_payers = !agreement.payers.is_empty();
        let wanted = if has_payers { "it has a payer" } else { "it has codes with a payee" };
        let gap = format!(
            "partner {partner}: {wanted} and no statement = {{ … }}, so no month of it can be closed or settled; add one"
        );
        return if has_payers || !payees.is_empty() { vec![gap] } else { Vec::new() };
    };
    let mut gaps = Vec::new();
    let has_no_money = profile.columns.revenue.is_empty();
    if has_no_money && (!payees.is_empty() || !agreement.payers.is_empty()) {
        let whom = if payees.is_empty() { String::new() } else { format!(" or paid out to {payees}") };
        gaps.push(format!(
            "partner {partner}: its statement has no revenue = …, so nothing can be settled{whom}; name the column of the money"
        ));
    }
    if profile.columns.code.is_empty() && !payees.is_empty() && !has_no_money {
        gaps.push(format!(
            "partner {partner}: its statement has no code = …, so what part of the money is of the codes of {payees} will not be known, and \
             `qsproxy payout` will refuse; name the column of the codes, or remove the payee from the codes of this partner"
        ));
    }
    gaps
}

fn of_accounts(accounts: &Accounts) -> Vec<String> {
    let Accounts { receivable, revenue, bank, exchange, charges, payable, cost } = accounts;
    let named: [(&str, &AccountName, &[&str]); 7] = [
        ("receivable", receivable, &["assets"]),
        ("revenue", revenue, &["income"]),
        ("bank", bank, &["assets", "liabilities"]),
        ("exchange", exchange, &["equity", "income", "expenses"]),
        ("charges", charges, &["expenses"]),
        ("payable", payable, &["liabilities"]),
        ("cost", cost, &["expenses", "income"]),
    ];
    let mut gaps = Vec::new();
    for (nth, (key, account, roots)) in named.iter().enumerate() {
        let text = account.to_string();
        if !roots.iter().any(|root| text.split(':').next() == Some(root)) {
            gaps.push(format!("[accounts] {key}: {text} is usually below {}", roots.join(" or ")));
        }
        if let Some((other, ..)) = named.iter().take(nth).find(|(_, before, _)| before == account) {
            gaps.push(format!(
                "[accounts] {key} and {other} are both {text}, so that their balances cannot be told apart"
            ));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_one_name_or_of_the_wrong_kind_are_found() {
        assert_eq!(of_accounts(&Accounts::default()), Vec::<String>::new());
        let account = |name| AccountName::new(name).unwrap();
        let mixed =
            Accounts { bank: account("assets:receivable"), cost: account("assets:payees"), ..Accounts::default() };
        let gaps = of_accounts(&mixed);
        assert_eq!(gaps.len(), 2, "{gaps:?}");
        assert!(gaps[0].contains("bank and receivable are both assets:receivable"), "{gaps:?}");
        assert!(gaps[1].contains("cost: assets:payees is usually below expenses"), "{gaps:?}");
    }
}
