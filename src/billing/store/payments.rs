//! Reads and inserts payments and their withdrawals. Neither is ever changed.

use crate::billing::digest::Sha256Digest;
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::payment::{Money, Payment, StoredPayment};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::{DecodeError, Row, SqlValue};
use crate::time::Day;

/// A payment to insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    /// Who paid.
    pub partner: ConfigName,
    /// The file that it came from; None if it was added by hand.
    pub file: Option<Sha256Digest>,
    /// The payment.
    pub payment: Payment,
}

/// Reads the payments of one partner, or of all, ordered by number. Withdrawn ones are among them.
pub(super) fn payments(database: &Database, partner: Option<&ConfigName>) -> Result<Vec<StoredPayment>, StoreError> {
    let [entered, day, withdrawn] = ["entered", "p.day", "w.day"].map(|column| database.day(column));
    let sql = format!(
        "select number, partner, file, {entered} as entered, {day} as day, reference, currency, amount, received_currency,
             received, month, coalesce({withdrawn}, '') as withdrawn, coalesce(reason, '') as reason
         from payments p left join payment_withdrawals w on w.payment = p.number
         where (cast(?1 as text) is null or partner = cast(?1 as text)) order by number"
    );
    let rows = database.query("payments", &sql, &[partner.map(ConfigName::as_str).into()])?;
    Ok(rows.iter().map(from_row).collect::<Result<_, _>>()?)
}

fn from_row(row: &Row) -> Result<StoredPayment, DecodeError> {
    let money = |amount, currency| {
        let code = row.parse(currency, "a currency", Currency::new)?;
        Ok(Money { amount: Micros(row.number(amount)?), currency: code })
    };
    let file = |text: &str| if text.is_empty() { Some(None) } else { Sha256Digest::parse(text).map(Some) };
    let month = |text: &str| if text.is_empty() { Some(None) } else { YearMonth::parse(text).map(Some) };
    let withdrawn = if row.text("withdrawn")?.is_empty() { None } else { Some(row.day("withdrawn")?.date()) };
    let reason = row.text("reason")?.to_owned();
    Ok(StoredPayment {
        number: row.number("number")?,
        partner: row.parse("partner", "a partner's name", |name| ConfigName::new(name).ok())?,
        file: row.parse("file", "a SHA-256 digest or empty", file)?,
        entered: row.day("entered")?.date(),
        payment: Payment {
            day: row.day("day")?.date(),
            reference: row.text("reference")?.to_owned(),
            settles: money("amount", "currency")?,
            received: money("received", "received_currency")?,
            month: row.parse("month", "a month or empty", month)?,
        },
        withdrawn: withdrawn.map(|day| (day, reason)),
    })
}

/// Inserts payments, numbered on from the last one. To be called in a transaction. Returns the first number.
pub(super) fn insert(database: &Database, payments: &[NewPayment], today: Day) -> Result<i64, StoreError> {
    let rows = database.query("payments", "select coalesce(max(number), 0) + 1 as number from payments", &[])?;
    let first = rows.first().map_or(Ok(1), |row| row.number("number"))?;
    let columns = [
        "number",
        "partner",
        "file",
        "entered",
        "day",
        "reference",
        "currency",
        "amount",
        "received_currency",
        "received",
        "month",
    ];
    let rows = (first..).zip(payments).map(|(number, NewPayment { partner, file, payment })| {
        let Payment { day, reference, settles, received, month } = payment;
        let [entered, day] = [today.date(), *day].map(|day| day.to_string());
        let month = month.map_or(String::new(), |month| month.to_string());
        let file = file.map_or(String::new(), |file| file.to_string());
        let texts = [partner.as_str(), &file, &entered, &day, reference].map(SqlValue::from);
        let money = [*settles, *received]
            .into_iter()
            .flat_map(|Money { amount, currency }| [SqlValue::from(currency.as_str()), SqlValue::from(amount.0)]);
        [SqlValue::from(number)].into_iter().chain(texts).chain(money).chain([month.into()]).collect()
    });
    database.insert_rows("payments", &columns, rows)?;
    Ok(first)
}

/// Withdraws a payment. Fails if it is withdrawn already.
pub(super) fn withdraw(database: &Database, number: i64, reason: &str, today: Day) -> Result<(), StoreError> {
    let sql =
        format!("insert into payment_withdrawals (payment, day, reason) values (?1, {}, ?3)", database.to_day("?2"));
    database.execute(&sql, &[number.into(), today.date().to_string().into(), reason.into()])
}
