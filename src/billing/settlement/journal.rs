//! The journal: one transaction for each closed month and each of its corrections, each payee and each payment, from the same numbers as
//! the settlement.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::billing::contract::Contract;
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::accounts::{AccountName, Accounts};
use crate::billing::settlement::agreement::Agreement;
use crate::billing::settlement::expected::{MonthRevenue, RecordRevenue, RevenueLine};
use crate::billing::settlement::partner::PartnerSettlement;
use crate::billing::settlement::payment::{Money, StoredPayment};
use crate::billing::settlement::payout::MonthShares;
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
    /// Closed months of partners whose share is not known, and so are not in the journal.
    pub unknown_share: Vec<String>,
    /// Closed months, with a currency in which some rows do not tell their money, so that it is not in the journal.
    pub partial: Vec<String>,
    /// Months with costs that are not over, and so are not in the journal.
    pub not_over: Vec<String>,
}

impl Journal {
    /// Adds everything of a partner. None if a sum does not fit.
    #[must_use]
    pub fn add(&mut self, contract: &Contract, settlement: &PartnerSettlement, accounts: &Accounts) -> Option<()> {
        for month in &settlement.revenue {
            let name = || format!("{} {}", settlement.partner, month.month);
            match &month.agreement {
                _ if month.records.is_empty() && month.lines.is_empty() => {}
                _ if month.records.is_empty() => self.not_closed.push(name()),
                None => self.unknown_share.push(name()),
                Some(_) => {
                    for currency in month.currencies() {
                        let closed = ClosedMonth { contract, accounts, month, currency };
                        self.transactions.extend(closed.transactions()?);
                    }
                    let partial = month.partial.iter().map(|currency| format!("{} in {}", name(), currency.as_str()));
                    self.partial.extend(partial);
                }
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
}

/// A record of the month, and how much its amounts differ from those of the record before.
struct RecordEntry<'m> {
    /// Whose source and day the transaction has.
    record: &'m RecordRevenue,
    /// The closing is the first record.
    is_correction: bool,
    /// Our share by tag.
    revenue: BTreeMap<&'m str, Micros>,
    /// What payees receive, by name.
    payees: BTreeMap<&'m str, Micros>,
}

impl<'m> ClosedMonth<'m> {
    /// A transaction for the closing, and one for each correction with what that changed.
    fn transactions(&self) -> Option<Vec<Transaction>> {
        let mut transactions = Vec::new();
        let (mut revenue, mut payees) = (BTreeMap::new(), BTreeMap::new());
        for (nth, record) in self.month.records.iter().enumerate() {
            let (new_revenue, new_payees) = (self.revenue_by_tag(record)?, self.payouts(record)?);
            let entry = RecordEntry {
                record,
                is_correction: nth > 0,
                revenue: difference(&revenue, &new_revenue)?,
                payees: difference(&payees, &new_payees)?,
            };
            (revenue, payees) = (new_revenue, new_payees);
            transactions.extend(self.revenue_entry(&entry)?);
            for (payee, amount) in &entry.payees {
                transactions.extend(self.payee_entry(&entry, payee, *amount)?);
            }
        }
        Some(transactions)
    }

    /// What the record says is agreed. A part of the money is booked as little as the journal of the closing books it.
    fn agreement(&self, record: &'m RecordRevenue) -> Option<&'m Agreement> {
        record.agreement.as_ref().filter(|_| !record.partial.contains(&self.currency))
    }

    /// Our share by tag: the parts of a sum that is rounded once.
    fn revenue_by_tag(&self, record: &'m RecordRevenue) -> Option<BTreeMap<&'m str, Micros>> {
        let Some(agreement) = self.agreement(record) else { return Some(BTreeMap::new()) };
        let lines: Vec<&RevenueLine> = record.lines.iter().filter(|line| line.currency == self.currency).collect();
        let share = agreement.shares.of(self.month.month);
        let stated: Vec<(Micros, Share)> = lines.iter().map(|line| (line.revenue, share)).collect();
        let parts = rounded_parts(&stated, Share::ALL, self.currency)?;
        Some(lines.iter().map(|line| line.tag.as_str()).zip(parts).collect())
    }

    fn payouts(&self, record: &'m RecordRevenue) -> Option<BTreeMap<&'m str, Micros>> {
        let Some(agreement) = self.agreement(record) else { return Some(BTreeMap::new()) };
        let shares = MonthShares { month: self.month.month, agreement };
        let names: BTreeSet<&str> = agreement.payees_of(shares.month).map(|tag| tag.code.payee.as_str()).collect();
        let payout = |payee: &'m str| {
            let parts = shares.payee_parts(&record.lines, self.currency, payee)?;
            let sum = parts.iter().try_fold(Micros(0), |sum, part| sum.checked_add(part.payout))?;
            Some((payee, sum))
        };
        names.into_iter().map(payout).collect()
    }

    fn transaction(&self, entry: &RecordEntry<'_>, about: &str, postings: Vec<JournalLine>) -> Option<Transaction> {
        let postings: Vec<JournalLine> = postings.into_iter().filter(|posting| posting.money.amount.0 != 0).collect();
        let number = entry.record.number;
        let (day, subject, correction) = if entry.is_correction {
            (entry.record.day, "correction", " correction")
        } else {
            (self.month.month.last_day(), "closing", "")
        };
        let description = format!("{} {}{correction}{about}", self.contract.partner, self.month.month);
        let source = format!("{subject} {number}");
        (!postings.is_empty()).then_some(Transaction { day, source, description, postings })
    }

    fn posting(&self, account: Account, amount: Micros) -> JournalLine {
        JournalLine { account, money: Money { amount, currency: self.currency } }
    }

    /// Our share: a receivable, and the income of each tag.
    fn revenue_entry(&self, entry: &RecordEntry<'_>) -> Option<Option<Transaction>> {
        let earned = entry.revenue.values().try_fold(Micros(0), |sum, part| sum.checked_add(*part))?;
        let partner = self.contract.partner.as_str();
        let mut postings = vec![self.posting(account(&self.accounts.receivable, &[partner]), earned)];
        for (tag, part) in &entry.revenue {
            let tag = if tag.is_empty() { "all" } else { tag };
            let amount = Micros(part.0.checked_neg()?);
            postings.push(self.posting(account(&self.accounts.revenue, &[partner, tag]), amount));
        }
        Some(self.transaction(entry, "", postings))
    }

    /// What a payee receives of it: a cost, and what is owed.
    fn payee_entry(&self, entry: &RecordEntry<'_>, payee: &str, amount: Micros) -> Option<Option<Transaction>> {
        let owed = Micros(amount.0.checked_neg()?);
        let postings = vec![
            self.posting(account(&self.accounts.cost, &[payee]), amount),
            self.posting(account(&self.accounts.payable, &[payee]), owed),
        ];
        Some(self.transaction(entry, &format!(", payee {payee}"), postings))
    }
}

/// The amounts of `after` minus those of `before`, by name. None if one does not fit.
fn difference<'m>(
    before: &BTreeMap<&'m str, Micros>,
    after: &BTreeMap<&'m str, Micros>,
) -> Option<BTreeMap<&'m str, Micros>> {
    let amount = |of: &BTreeMap<&str, Micros>, name: &str| of.get(name).map_or(0, |amount| amount.0);
    let names: BTreeSet<&'m str> = before.keys().chain(after.keys()).copied().collect();
    let minus = |name: &'m str| Some((name, Micros(amount(after, name).checked_sub(amount(before, name))?)));
    names.into_iter().map(minus).collect()
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
