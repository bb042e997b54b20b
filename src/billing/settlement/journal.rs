//! The journal: one transaction for each closed month, each payee and each payment, from the same numbers as the settlement.

use jiff::civil::Date;

use crate::billing::contract::Contract;
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::accounts::{AccountName, Accounts};
use crate::billing::settlement::expected::{MonthRevenue, RevenueLine, RevenueSource};
use crate::billing::settlement::partner::PartnerSettlement;
use crate::billing::settlement::payment::{Money, StoredPayment};
use crate::billing::settlement::payout::payee_parts;
use crate::billing::settlement::request_cost::RequestCost;
use crate::billing::settlement::share::{Share, rounded_parts};

/// The account below [`Accounts::cost`] and [`Accounts::payable`] that has the partners which are paid by request, beside the payees.
const REQUESTS: &str = "requests";

/// An account: a configured name, and names of partners, tags or payees below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The configured name.
    pub name: String,
    /// The names below it.
    pub below: Vec<String>,
}

/// One line of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// The account.
    pub account: Account,
    /// The amount: positive is a debit.
    pub money: Money,
}

/// A transaction. Its postings add up to zero in each currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its day.
    pub day: Date,
    /// What it comes from, such as `closing 3`.
    pub source: String,
    /// The partner, and what it is about.
    pub description: String,
    /// The lines.
    pub postings: Vec<JournalLine>,
}

/// The transactions of some partners.
#[derive(Debug, Default)]
pub struct Journal {
    /// In the order of their days.
    pub transactions: Vec<Transaction>,
    /// Months with revenue that are not closed, and so are not in the journal.
    pub not_closed: Vec<String>,
    /// Months with costs that are not over, and so are not in the journal.
    pub not_over: Vec<String>,
}

impl Journal {
    /// Adds everything of a partner. None if a sum does not fit.
    #[must_use]
    pub fn add(&mut self, contract: &Contract, settlement: &PartnerSettlement, accounts: &Accounts) -> Option<()> {
        for month in &settlement.revenue {
            match month.source {
                RevenueSource::Closed(number) => {
                    for currency in month.currencies() {
                        let closed = ClosedMonth { contract, accounts, month, currency, number };
                        self.transactions.extend(closed.revenue()?);
                        self.transactions.extend(closed.payees()?);
                    }
                }
                RevenueSource::Statement if month.lines.is_empty() => {}
                RevenueSource::Statement => self.not_closed.push(format!("{} {}", settlement.partner, month.month)),
            }
        }
        for stored in &settlement.payments {
            self.transactions.push(payment(stored, accounts)?);
        }
        self.transactions.sort_by_key(|transaction| transaction.day);
        Some(())
    }

    /// Adds what partners that are paid by request cost: a transaction for each partner and month that was over before `today`, a UTC day.
    /// None if a sum does not fit.
    #[must_use]
    pub fn add_costs(&mut self, costs: &[RequestCost], today: Date, accounts: &Accounts) -> Option<()> {
        for RequestCost { month, partner, amounts } in costs {
            if month.last_day() >= today {
                self.not_over.push(format!("{partner} {month}"));
                continue;
            }
            let mut postings = Vec::new();
            for (currency, amount) in amounts.iter().filter(|(_, amount)| amount.0 != 0) {
                let below = [REQUESTS, partner.as_str()];
                let posting = |name, amount| JournalLine {
                    account: account(name, &below),
                    money: Money { amount, currency: *currency },
                };
                postings.push(posting(&accounts.cost, *amount));
                postings.push(posting(&accounts.payable, Micros(amount.0.checked_neg()?)));
            }
            if !postings.is_empty() {
                let (day, source) = (month.last_day(), format!("requests {month}"));
                let description = format!("{partner} {month}, requests");
                self.transactions.push(Transaction { day, source, description, postings });
            }
        }
        self.transactions.sort_by_key(|transaction| transaction.day);
        Some(())
    }

    /// Drops the transactions outside of these days, first and last included.
    pub fn keep_days(&mut self, from: Date, to: Date) {
        self.transactions.retain(|transaction| from <= transaction.day && transaction.day <= to);
    }
}

fn account(name: &AccountName, below: &[&str]) -> Account {
    Account { name: name.to_string(), below: below.iter().map(|name| (*name).to_owned()).collect() }
}

/// The revenue of a closed month in one currency.
struct ClosedMonth<'m> {
    contract: &'m Contract,
    accounts: &'m Accounts,
    month: &'m MonthRevenue,
    currency: Currency,
    number: i64,
}

impl ClosedMonth<'_> {
    fn lines(&self) -> Vec<&RevenueLine> {
        self.month.lines.iter().filter(|line| line.currency == self.currency).collect()
    }

    fn transaction(&self, about: &str, postings: Vec<JournalLine>) -> Option<Transaction> {
        let postings: Vec<JournalLine> = postings.into_iter().filter(|posting| posting.money.amount.0 != 0).collect();
        let description = format!("{} {}{about}", self.contract.partner, self.month.month);
        let (day, source) = (self.month.month.last_day(), format!("closing {}", self.number));
        (!postings.is_empty()).then_some(Transaction { day, source, description, postings })
    }

    fn posting(&self, account: Account, amount: Micros) -> JournalLine {
        JournalLine { account, money: Money { amount, currency: self.currency } }
    }

    /// Our share: a receivable, and the income of each tag.
    fn revenue(&self) -> Option<Option<Transaction>> {
        let lines = self.lines();
        let share = self.contract.agreement.shares.of(self.month.month);
        let stated: Vec<(Micros, Share)> = lines.iter().map(|line| (line.revenue, share)).collect();
        let parts = rounded_parts(&stated, Share::ALL, self.currency)?;
        let earned = parts.iter().try_fold(Micros(0), |sum, part| sum.checked_add(*part))?;
        let partner = self.contract.partner.as_str();
        let mut postings = vec![self.posting(account(&self.accounts.receivable, &[partner]), earned)];
        for (line, part) in lines.iter().zip(parts) {
            let tag = if line.tag.is_empty() { "all" } else { &line.tag };
            postings
                .push(self.posting(account(&self.accounts.revenue, &[partner, tag]), Micros(part.0.checked_neg()?)));
        }
        Some(self.transaction("", postings))
    }

    /// What payees receive of it: a cost, and what is owed to each.
    fn payees(&self) -> Option<Vec<Transaction>> {
        let mut payees: Vec<&str> = self.contract.agreement.payees.iter().map(|tag| tag.code.payee.as_str()).collect();
        payees.sort_unstable();
        payees.dedup();
        let mut transactions = Vec::new();
        for payee in payees {
            let parts = payee_parts(&self.contract.agreement, self.month, self.currency, payee)?;
            let sum = parts.iter().try_fold(Micros(0), |sum, part| sum.checked_add(part.payout))?;
            let owed = Micros(sum.0.checked_neg()?);
            let postings = vec![
                self.posting(account(&self.accounts.cost, &[payee]), sum),
                self.posting(account(&self.accounts.payable, &[payee]), owed),
            ];
            transactions.extend(self.transaction(&format!(", payee {payee}"), postings));
        }
        Some(transactions)
    }
}

/// A payment: what arrived in the bank, and what it settles. The exchange account takes both sides of a payment in another currency;
/// the account of charges takes the difference in the same one.
fn payment(stored: &StoredPayment, accounts: &Accounts) -> Option<Transaction> {
    let StoredPayment { number, partner, payment, .. } = stored;
    let (settles, received) = (payment.settles, payment.received);
    let negative = |money: Money| Some(Money { amount: Micros(money.amount.0.checked_neg()?), ..money });
    let posting = |account, money| JournalLine { account, money };
    let mut postings = vec![posting(account(&accounts.bank, &[]), received)];
    if settles.currency != received.currency {
        postings.push(posting(account(&accounts.exchange, &[]), negative(received)?));
        postings.push(posting(account(&accounts.exchange, &[]), settles));
    } else if settles.amount != received.amount {
        let charge = Micros(settles.amount.0.checked_sub(received.amount.0)?);
        postings.push(posting(account(&accounts.charges, &[]), Money { amount: charge, ..settles }));
    }
    postings.push(posting(account(&accounts.receivable, &[partner.as_str()]), negative(settles)?));
    let description = format!("{partner} payment, {}", payment.reference);
    Some(Transaction { day: payment.day, source: format!("payment {number}"), description, postings })
}
