//! The books: what partners stated and what was closed, in the store. Commands write them, one whole entry at a time, beside a
//! running process; nothing in them is ever changed. A [`mod@month`] of them is what is reconciled and closed.

use std::rc::Rc;

use jiff::civil::Date;
use strum::VariantArray as _;

use crate::billing::hourly::{HourCount, SearchCount};
use crate::billing::money::Micros;
use crate::billing::statement::{Row, Statement};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::name::ConfigName;
use crate::storage::query::{AccessMode, Database, SqlValue, StoreError, StoreLocation};
use crate::storage::schema::OpenError;
use crate::time::{Day, Hour};

/// The books, open.
#[derive(Debug)]
pub struct BillingStore(Rc<Database>);

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The same file is in the books already, under this number.
    Same {
        /// Counted from 1 over all partners.
        number: i64,
    },
    /// It is in the books now.
    New {
        /// Counted from 1 over all partners.
        number: i64,
        /// How many statements of the partner told of a day of it by then, this one with them.
        revision: i64,
    },
}

/// A statement in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStatement {
    /// Counted from 1 over all partners.
    pub number: i64,
    /// Whose it is.
    pub partner: String,
    /// The UTC day on which it was entered, `YYYY-MM-DD`.
    pub imported: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// How many statements of the partner told of a day of it by then, this one with them.
    pub revision: i64,
    /// Its first day, `YYYY-MM-DD`.
    pub first: String,
    /// Its last day.
    pub last: String,
    /// What its money is in; empty where it has none.
    pub currency: String,
    /// The profile that it was read by.
    pub profile: String,
}

/// A period that is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Its place in the chain, from 1.
    pub number: i64,
    /// Whose month.
    pub partner: String,
    /// The month in the partner's zone, `YYYY-MM`.
    pub month: String,
    /// Its first UTC hour.
    pub from: Hour,
    /// The UTC hour after its last one.
    pub to: Hour,
    /// The record, to the letter as it was signed.
    pub record: String,
    /// The signature, as minisign writes it.
    pub signature: String,
}

impl Closing {
    /// Whether it closed this partner's month, `YYYY-MM`.
    #[must_use]
    pub fn is_of(&self, partner: &ConfigName, month: &str) -> bool {
        self.partner == partner.as_str() && self.month == month
    }
}

/// Counts of a partner, of clicks and of searches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartnerCounts {
    /// By hour, code, kind and outcome, in this order.
    pub clicks: Vec<HourCount>,
    /// By hour, code and outcome, in this order.
    pub searches: Vec<SearchCount>,
}

impl BillingStore {
    /// Opens the books of the store of a running or stopped process.
    ///
    /// # Errors
    /// What is there instead of a store of this version.
    pub fn open(store: &StoreLocation) -> Result<Self, OpenError> {
        Ok(Self::of(Rc::new(Database::open(store, AccessMode::Write)?)))
    }

    /// Over a store that is open; where it is open for reading, for reading alone.
    #[must_use]
    pub fn of(database: Rc<Database>) -> Self {
        Self(database)
    }

    /// Does all of it or nothing, with no count and no other command writing in between.
    ///
    /// # Errors
    /// The store's, or what `work` finds.
    pub fn transaction<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.0.transaction(|_| work(self))
    }

    /// Enters a statement, unless the same file is there.
    ///
    /// # Errors
    /// The store's; nothing is entered then.
    pub fn add_statement(
        &self,
        partner: &ConfigName,
        statement: &Statement,
        today: Day,
    ) -> Result<ImportOutcome, StoreError> {
        self.0.import_transaction(|_| self.enter(partner, statement, today))
    }

    fn enter(&self, partner: &ConfigName, statement: &Statement, today: Day) -> Result<ImportOutcome, StoreError> {
        let Statement { sha256, profile, first, last, currency, rows, .. } = statement;
        let partner = SqlValue::from(partner.as_str());
        let same = "select number from statements where partner = ?1 and sha256 = ?2";
        if let Some(number) = self.number(same, &[partner.clone(), sha256.as_str().into()])? {
            return Ok(ImportOutcome::Same { number });
        }
        let number = self.number("select max(number) from statements", &[])?.unwrap_or(0) + 1;
        let day = |value: &str| self.0.to_day(value);
        let days = [SqlValue::from(first.to_string()), SqlValue::from(last.to_string())];
        let overlapping = format!(
            "select count(*) from statements where partner = ?1 and first <= {} and last >= {}",
            day("?3"),
            day("?2")
        );
        let [first, last] = days;
        let before = self.number(&overlapping, &[partner.clone(), first.clone(), last.clone()])?.unwrap_or(0);
        let revision = before + 1;
        let insert = format!(
            "insert into statements (number, partner, sha256, revision, imported, first, last, currency, profile)
             values (?1, ?2, ?3, ?4, {}, {}, {}, ?8, ?9)",
            day("?5"),
            day("?6"),
            day("?7")
        );
        let currency = currency.as_ref().map_or("", |currency| currency.as_str());
        let imported = today.date().to_string().into();
        let values = [number.into(), partner, sha256.as_str().into(), revision.into(), imported, first, last];
        self.0.change(&insert, &[&values[..], &[currency.into(), profile.as_str().into()]].concat())?;
        let columns = ["statement", "day", "code", "searches", "clicks", "revenue", "final"];
        let values = rows.iter().map(|row| {
            let Row { day, code, searches, clicks, revenue, is_final } = row;
            let (revenue, is_final) = (revenue.map(|Micros(micros)| micros), is_final.map(i64::from));
            let key = [number.into(), day.to_string().into(), code.as_str().into()];
            key.into_iter().chain([(*searches).into(), (*clicks).into(), revenue.into(), is_final.into()]).collect()
        });
        self.0.insert_rows("statement_rows", &columns, values)?;
        Ok(ImportOutcome::New { number, revision })
    }

    /// The statements in the order in which they were entered; of one partner, or of all.
    ///
    /// # Errors
    /// The store's.
    pub fn statements(&self, partner: Option<&ConfigName>) -> Result<Vec<StoredStatement>, StoreError> {
        let [imported, first, last] = ["imported", "first", "last"].map(|column| self.0.day(column));
        let sql = format!(
            "select number, partner, {imported}, sha256, revision, {first}, {last}, currency, profile from statements
             where (cast(?1 as text) is null or partner = cast(?1 as text)) order by number"
        );
        let rows = self.0.rows(&sql, &[partner.map(ConfigName::as_str).into()])?;
        let entry = |row: Vec<SqlValue>| {
            let [number, partner, imported, sha256, revision, first, last, currency, profile] = row.try_into().ok()?;
            Some(StoredStatement {
                number: number.number()?,
                revision: revision.number()?,
                partner: partner.text().to_owned(),
                imported: imported.text().to_owned(),
                sha256: sha256.text().to_owned(),
                first: first.text().to_owned(),
                last: last.text().to_owned(),
                currency: currency.text().to_owned(),
                profile: profile.text().to_owned(),
            })
        };
        Ok(rows.into_iter().filter_map(entry).collect())
    }

    /// What the partner says of these days, both included: of each day, what the latest statement says that tells of it, with
    /// that statement's number. By day, then code.
    ///
    /// # Errors
    /// The store's.
    pub fn rows(&self, partner: &ConfigName, from: Date, to: Date) -> Result<Vec<(i64, Row)>, StoreError> {
        self.rows_until(partner, (from, to), i64::MAX)
    }

    /// As [`Self::rows`], as if no statement after this number had come.
    ///
    /// # Errors
    /// The store's.
    pub fn rows_until(
        &self,
        partner: &ConfigName,
        (from, to): (Date, Date),
        number: i64,
    ) -> Result<Vec<(i64, Row)>, StoreError> {
        let mut entries = self.statements(Some(partner))?;
        entries.retain(|entry| entry.number <= number);
        let (day, first, last) = (self.0.day("day"), self.0.to_day("?2"), self.0.to_day("?3"));
        let sql = format!(
            "select statement, {day}, statement_rows.code, searches, clicks, revenue, final from statement_rows
             join statements on number = statement
             where partner = ?1 and day between {first} and {last} order by day, code, statement"
        );
        let values = [partner.as_str().into(), from.to_string().into(), to.to_string().into()];
        let mut said = Vec::new();
        for row in self.0.rows(&sql, &values)? {
            let Ok([statement, day, code, searches, clicks, revenue, is_final]) = <[SqlValue; 7]>::try_from(row) else {
                continue;
            };
            let (Some(number), text) = (statement.number(), day.text()) else { continue };
            let tells = |entry: &&StoredStatement| entry.first.as_str() <= text && text <= entry.last.as_str();
            let latest = entries.iter().rev().find(tells).map(|entry| entry.number);
            let (true, Ok(day)) = (latest == Some(number), text.parse()) else { continue };
            let row = Row {
                day,
                code: code.text().to_owned(),
                searches: searches.number(),
                clicks: clicks.number(),
                revenue: revenue.number().map(Micros),
                is_final: is_final.number().map(|number| number != 0),
            };
            said.push((number, row));
        }
        Ok(said)
    }

    /// What was counted for a partner from one hour to before another.
    ///
    /// # Errors
    /// The store's.
    pub fn counted(&self, partner: &ConfigName, from: Hour, to: Hour) -> Result<PartnerCounts, StoreError> {
        Ok(PartnerCounts {
            clicks: self.clicks(("clicks", "true"), partner, (from, to))?,
            searches: self.searches(("searches", "true"), partner, (from, to))?,
        })
    }

    /// What came for these hours after their period had been closed.
    ///
    /// # Errors
    /// The store's.
    pub fn adjustments(&self, partner: &ConfigName, from: Hour, to: Hour) -> Result<PartnerCounts, StoreError> {
        Ok(PartnerCounts {
            clicks: self.clicks(("adjustments", "subject = 'clicks'"), partner, (from, to))?,
            searches: self.searches(("adjustments", "subject = 'searches'"), partner, (from, to))?,
        })
    }

    /// Whether hours of this period have been made into days, as the old ones are: nothing can be told by the hour then.
    ///
    /// # Errors
    /// The store's.
    pub fn folded(&self, partner: &ConfigName, from: Hour, to: Hour) -> Result<bool, StoreError> {
        let (first, last) = (from.day().date().to_string(), Hour(to.0.saturating_sub(1)).day().date().to_string());
        let values = [partner.as_str().into(), first.into(), last.into()];
        for table in ["clicks_daily", "searches_daily"] {
            let (from, to) = (self.0.to_day("?2"), self.0.to_day("?3"));
            let sql = format!("select count(*) from {table} where partner = ?1 and day between {from} and {to}");
            if self.number(&sql, &values)?.unwrap_or(0) > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn clicks(
        &self,
        source: (&str, &str),
        partner: &ConfigName,
        hours: (Hour, Hour),
    ) -> Result<Vec<HourCount>, StoreError> {
        let rows = self.by_hour(source, "code, kind, outcome", partner, hours)?;
        let count = |row: Vec<SqlValue>| {
            let [hour, code, kind, outcome, n] = row.try_into().ok()?;
            Some(HourCount {
                hour: Hour::parse(hour.text())?,
                code: code.text().to_owned(),
                kind: kind.text().to_owned(),
                outcome: ClickOutcome::VARIANTS.iter().copied().find(|known| known.as_str() == outcome.text())?,
                n: n.count(),
            })
        };
        Ok(rows.into_iter().filter_map(count).collect())
    }

    fn searches(
        &self,
        source: (&str, &str),
        partner: &ConfigName,
        hours: (Hour, Hour),
    ) -> Result<Vec<SearchCount>, StoreError> {
        let rows = self.by_hour(source, "code, outcome", partner, hours)?;
        let count = |row: Vec<SqlValue>| {
            let [hour, code, outcome, n] = row.try_into().ok()?;
            Some(SearchCount {
                hour: Hour::parse(hour.text())?,
                code: code.text().to_owned(),
                outcome: SearchOutcome::VARIANTS.iter().copied().find(|known| known.as_str() == outcome.text())?,
                n: n.count(),
            })
        };
        Ok(rows.into_iter().filter_map(count).collect())
    }

    fn by_hour(
        &self,
        (table, which): (&str, &str),
        keys: &str,
        partner: &ConfigName,
        (from, to): (Hour, Hour),
    ) -> Result<Vec<Vec<SqlValue>>, StoreError> {
        let (hour, first, end) = (self.0.hour("hour"), self.0.to_hour("?2"), self.0.to_hour("?3"));
        let sql = format!(
            "select {hour}, {keys}, cast(n as bigint) from {table}
             where partner = ?1 and hour >= {first} and hour < {end} and {which} order by hour, {keys}"
        );
        self.0.rows(&sql, &[partner.as_str().into(), from.to_string().into(), to.to_string().into()])
    }

    /// The closings in their order.
    ///
    /// # Errors
    /// The store's.
    pub fn closings(&self) -> Result<Vec<Closing>, StoreError> {
        let [from, to] = ["from_hour", "to_hour"].map(|column| self.0.hour(column));
        let sql =
            format!("select number, partner, month, {from}, {to}, record, signature from closings order by number");
        let closing = |row: Vec<SqlValue>| {
            let [number, partner, month, from, to, record, signature] = row.try_into().ok()?;
            Some(Closing {
                number: number.number()?,
                partner: partner.text().to_owned(),
                month: month.text().to_owned(),
                from: Hour::parse(from.text())?,
                to: Hour::parse(to.text())?,
                record: record.text().to_owned(),
                signature: signature.text().to_owned(),
            })
        };
        Ok(self.0.rows(&sql, &[])?.into_iter().filter_map(closing).collect())
    }

    /// Closes a period. To be called within a [`Self::transaction`] that read what is closed.
    ///
    /// # Errors
    /// The store's, also where the month is closed already.
    pub fn close(&self, closing: &Closing) -> Result<(), StoreError> {
        let Closing { number, partner, month, from, to, record, signature } = closing;
        let insert = format!(
            "insert into closings (number, partner, month, from_hour, to_hour, record, signature)
             values (?1, ?2, ?3, {}, {}, ?6, ?7)",
            self.0.to_hour("?4"),
            self.0.to_hour("?5")
        );
        let texts =
            [partner.as_str(), month, &from.to_string(), &to.to_string(), record, signature].map(SqlValue::from);
        self.0.change(&insert, &[&[SqlValue::from(*number)][..], &texts].concat()).map(drop)
    }

    fn number(&self, sql: &str, values: &[SqlValue]) -> Result<Option<i64>, StoreError> {
        Ok(self.0.rows(sql, values)?.first().and_then(|row| row.first()?.number()))
    }
}

#[cfg(test)]
mod tests;
