//! Reads our own counts of a partner by the hour.

use std::ops::Range;

use strum::VariantArray as _;

use crate::billing::hourly::{HourCount, PartnerCounts, SearchCount};
use crate::billing::store::error::BillingStoreError;
use crate::billing::store::stored_row::{InvalidRow, StoredRow, StoredTable};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::name::{self, ConfigName};
use crate::result_kind::ResultKind;
use crate::storage::query::{Database, SqlValue};
use crate::time::Hour;

const CLICKS: StoredTable =
    StoredTable { name: "clicks", columns: &["hour", "partner", "code", "kind", "outcome", "n"], key_columns: 5 };
const SEARCHES: StoredTable =
    StoredTable { name: "searches", columns: &["hour", "partner", "code", "outcome", "n"], key_columns: 4 };

/// No hour in the store is before this one.
const FIRST_HOUR: &str = "1970-01-01T00";
/// No hour in the store is this one or later.
const LAST_HOUR: &str = "3000-01-01T00";

/// Reads the counts in `clicks` and `searches`.
pub(super) fn hourly_counts(
    database: &Database,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<PartnerCounts, BillingStoreError> {
    let reader = CountReader { database, partner, hours };
    Ok(PartnerCounts { clicks: reader.clicks(&CLICKS, "true")?, searches: reader.searches(&SEARCHES, "true")? })
}

/// Reads the counts in `adjustments`.
pub(super) fn adjustments(
    database: &Database,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<PartnerCounts, BillingStoreError> {
    let reader = CountReader { database, partner, hours };
    let (clicks, searches) =
        (StoredTable { name: "adjustments", ..CLICKS }, StoredTable { name: "adjustments", ..SEARCHES });
    Ok(PartnerCounts {
        clicks: reader.clicks(&clicks, "subject = 'clicks'")?,
        searches: reader.searches(&searches, "subject = 'searches'")?,
    })
}

/// Returns whether hours of this period were rolled up into days.
pub(super) fn is_rolled_up(
    database: &Database,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<bool, BillingStoreError> {
    let last = Hour(hours.end.0.saturating_sub(1));
    let days = [hours.start, last].map(|hour| SqlValue::from(hour.day().date().to_string()));
    let [first, last] = days;
    let values = [partner.as_str().into(), first, last];
    for table in ["clicks_daily", "searches_daily"] {
        let (first, last) = (database.to_day("?2"), database.to_day("?3"));
        let sql = format!("select 1 from {table} where partner = ?1 and day between {first} and {last} limit 1");
        if !database.rows(&sql, &values)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

struct CountReader<'r> {
    database: &'r Database,
    partner: &'r ConfigName,
    hours: &'r Range<Hour>,
}

impl CountReader<'_> {
    fn clicks(&self, table: &StoredTable, filter: &str) -> Result<Vec<HourCount>, BillingStoreError> {
        let mut total = RunningTotal::default();
        let decode = |values| {
            let row = StoredRow::new(table, values);
            Ok(HourCount {
                hour: row.parse("hour", "an hour", Hour::parse)?,
                code: row.text("code")?.to_owned(),
                kind: row.parse("kind", "sponsored, organic or unknown", kind)?,
                outcome: row.parse("outcome", "a click outcome", click_outcome)?,
                n: total.add(&row)?,
            })
        };
        let counts: Result<Vec<_>, BillingStoreError> = self.rows(table, filter)?.into_iter().map(decode).collect();
        Ok(counts?.into_iter().filter(|count| self.hours.contains(&count.hour)).collect())
    }

    fn searches(&self, table: &StoredTable, filter: &str) -> Result<Vec<SearchCount>, BillingStoreError> {
        let mut total = RunningTotal::default();
        let decode = |values| {
            let row = StoredRow::new(table, values);
            Ok(SearchCount {
                hour: row.parse("hour", "an hour", Hour::parse)?,
                code: row.text("code")?.to_owned(),
                outcome: row.parse("outcome", "a search outcome", search_outcome)?,
                n: total.add(&row)?,
            })
        };
        let counts: Result<Vec<_>, BillingStoreError> = self.rows(table, filter)?.into_iter().map(decode).collect();
        Ok(counts?.into_iter().filter(|count| self.hours.contains(&count.hour)).collect())
    }

    /// Returns the rows of these hours, ordered by the table's key, and the rows outside of all plausible hours: SQLite stores
    /// hours as text, and one that is not an hour could otherwise be in no period and be ignored.
    fn rows(&self, table: &StoredTable, filter: &str) -> Result<Vec<Vec<SqlValue>>, BillingStoreError> {
        let (from, to) = (self.database.to_hour("?2"), self.database.to_hour("?3"));
        let hours = [self.hours.start, self.hours.end].map(|hour| hour.to_string());
        let [start, end] = hours;
        let mut rows = self.select(table, &format!("hour >= {from} and hour < {to} and {filter}"), &[&start, &end])?;
        rows.extend(self.select(table, &format!("hour < {from} and {filter}"), &[FIRST_HOUR])?);
        rows.extend(self.select(table, &format!("hour >= {from} and {filter}"), &[LAST_HOUR])?);
        Ok(rows)
    }

    fn select(
        &self,
        table: &StoredTable,
        filter: &str,
        hours: &[&str],
    ) -> Result<Vec<Vec<SqlValue>>, BillingStoreError> {
        let key: Vec<&str> = table.columns.iter().take(table.key_columns).skip(1).copied().collect();
        let (hour, key) = (self.database.hour("hour"), key.join(", "));
        let sql = format!(
            "select {hour}, {key}, cast(n as bigint) from {} where partner = ?1 and {filter} order by hour, {key}",
            table.name
        );
        let values: Vec<SqlValue> = [self.partner.as_str()].iter().chain(hours).map(|text| (*text).into()).collect();
        Ok(self.database.rows(&sql, &values)?)
    }
}

/// Checks that the counts of a query can be added up, in any selection, within an `i64`.
#[derive(Debug, Default)]
struct RunningTotal(i64);

impl RunningTotal {
    /// Returns the row's count.
    fn add(&mut self, row: &StoredRow<'_>) -> Result<u64, InvalidRow> {
        let n = row.count("n")?;
        let sum = i64::try_from(n).ok().and_then(|n| self.0.checked_add(n));
        self.0 = sum.ok_or_else(|| row.invalid("n", "smaller, so that counts can be added up"))?;
        Ok(n)
    }
}

fn kind(name: &str) -> Option<Option<ResultKind>> {
    if name == name::UNKNOWN {
        return Some(None);
    }
    ResultKind::VARIANTS.iter().copied().find(|kind| kind.as_str() == name).map(Some)
}

fn click_outcome(name: &str) -> Option<ClickOutcome> {
    ClickOutcome::VARIANTS.iter().copied().find(|outcome| outcome.as_str() == name)
}

fn search_outcome(name: &str) -> Option<SearchOutcome> {
    SearchOutcome::VARIANTS.iter().copied().find(|outcome| outcome.as_str() == name)
}
