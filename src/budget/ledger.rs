//! The ledger: reserves requests in the table `budgets` and gives back what was not sent. A reservation is committed before it is used.
//!
//! An error leaves open whether a transaction was committed. A reservation is then not used, and what was to be given back is not given
//! back again: either way, too much counts as spent, and never too little.

use crate::budget::plan::{Ceiling, PeriodKind, SpendingPlan};
use crate::budget::rule::{Notice, RequestPrice, Used, block};
use crate::money::{Currency, Micros};
use crate::name::ConfigName;
use crate::storage::error::{OpenError, StoreError};
use crate::storage::query::{AccessMode, Database, StoreLocation};
use crate::storage::value::{DecodeError, Row, SqlValue};
use crate::time::Hour;

/// The table, for decoding errors.
const TABLE: &str = "budgets";

const SELECT: &str = "select code, period, currency, requests, money, told from budgets
    where partner = ?1 and code in ('', ?2) and period in (?3, ?4, ?5)";

const UPSERT: &str = "insert into budgets (partner, code, period, currency, requests, money, told)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (partner, code, period) do update set
    currency = excluded.currency, requests = excluded.requests, money = excluded.money, told = excluded.told";

/// What a reservation is for: a partner's searches under one code, or under all codes without a budget of their own, in the periods that
/// contain an hour.
#[derive(Debug, Clone, Copy)]
pub struct Purpose<'a> {
    /// The partner's plan.
    pub plan: &'a SpendingPlan,
    /// The code, if it has a budget of its own.
    pub code: Option<&'a ConfigName>,
    /// The hour.
    pub hour: Hour,
}

/// One period of one budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetAccount {
    /// The code with a budget of its own; None for all codes together.
    pub code: Option<ConfigName>,
    /// The kind of the period.
    pub kind: PeriodKind,
    /// The period.
    pub period: String,
    /// What may be used; None if this period is not bounded, but counted all the same, since a reload may bound it.
    pub ceiling: Option<Ceiling>,
    /// What is used.
    pub used: Used,
    /// What the operator is to be told.
    pub notice: Option<Notice>,
}

/// A reservation.
#[derive(Debug)]
pub struct Reservation {
    /// How many requests may be sent; 0 at a ceiling.
    pub granted: u64,
    /// At which price.
    pub price: RequestPrice,
    /// The budgets that they are reserved in, as they are now.
    pub accounts: Vec<BudgetAccount>,
}

/// The ledger in an open store.
#[derive(Debug)]
pub struct BudgetLedger(Database);

impl BudgetLedger {
    /// Opens the store, beside the process that writes counts to it.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(store: &StoreLocation) -> Result<Self, OpenError> {
        Database::open(store, AccessMode::Write).map(Self)
    }

    /// Reserves up to `wanted` requests. With 0, the accounts are only read.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded; nothing may be used then.
    pub fn reserve(&self, purpose: Purpose<'_>, wanted: u64) -> Result<Reservation, StoreError> {
        let Purpose { plan, hour, .. } = purpose;
        let price = RequestPrice { price: plan.price_on(hour.day()), currency: plan.currency() };
        self.0.budget_transaction(|database| {
            let mut accounts = accounts(database, purpose)?;
            for account in &mut accounts {
                account.used = account.used.valued_in(price);
            }
            let left = accounts.iter().map(|account| account.used.left(account.ceiling, price.price)).min();
            let granted = block(wanted, left.unwrap_or(0));
            for account in &mut accounts {
                let before = account.used;
                let used = before.plus(granted, price.price);
                (account.used, account.notice) = used.notice(account.ceiling, price.price);
                if account.used != before {
                    save(database, &plan.partner, account)?;
                }
            }
            Ok(Reservation { granted, price, accounts })
        })
    }

    /// Gives back `n` requests that were reserved for this purpose at this price, and were not sent.
    ///
    /// # Errors
    /// As [`Self::reserve`]; this must not be repeated, since it may be committed.
    pub fn give_back(&self, purpose: Purpose<'_>, n: u64, price: RequestPrice) -> Result<(), StoreError> {
        self.0.budget_transaction(|database| {
            for mut account in accounts(database, purpose)? {
                account.used = account.used.minus(n, price);
                save(database, &purpose.plan.partner, &account)?;
            }
            Ok(())
        })
    }
}

/// The budgets that a request counts in, as they are stored.
fn accounts(database: &Database, purpose: Purpose<'_>) -> Result<Vec<BudgetAccount>, StoreError> {
    let Purpose { plan, code, hour } = purpose;
    let name = code.map_or("", ConfigName::as_str);
    let periods = [PeriodKind::Hour, PeriodKind::Day, PeriodKind::Month].map(|kind| SqlValue::from(kind.text(hour)));
    let values = [vec![plan.partner.as_str().into(), name.into()], periods.to_vec()].concat();
    let rows = database.query(TABLE, SELECT, &values)?;
    let mut accounts = Vec::new();
    for (code, kind, ceiling) in plan.periods(code) {
        let period = kind.text(hour);
        let used = used(&rows, code, &period)?;
        accounts.push(BudgetAccount { code: code.cloned(), kind, period, ceiling, used, notice: None });
    }
    Ok(accounts)
}

fn used(rows: &[Row], code: Option<&ConfigName>, period: &str) -> Result<Used, DecodeError> {
    for row in rows {
        if row.text("code")? == code.map_or("", ConfigName::as_str) && row.text("period")? == period {
            let currency = row.parse("currency", "a currency or nothing", |text| match text {
                "" => Some(None),
                text => Currency::new(text).map(Some),
            })?;
            let money = row.parse_number("money", "an amount", |money| Some(Micros(money)).filter(|_| money >= 0))?;
            let told =
                row.parse_number("told", "0, 1 or 2", |told| u8::try_from(told).ok().filter(|told| *told <= 2))?;
            return Ok(Used { requests: row.count("requests")?, money, currency, told });
        }
    }
    Ok(Used::default())
}

fn save(database: &Database, partner: &ConfigName, account: &BudgetAccount) -> Result<(), StoreError> {
    let BudgetAccount { code, period, used, .. } = account;
    let requests = i64::try_from(used.requests).unwrap_or(i64::MAX);
    let values: [SqlValue; 7] = [
        partner.as_str().into(),
        code.as_ref().map_or("", ConfigName::as_str).into(),
        period.as_str().into(),
        used.currency.as_ref().map_or("", Currency::as_str).into(),
        requests.into(),
        used.money.0.into(),
        i64::from(used.told).into(),
    ];
    database.execute(UPSERT, &values)
}
