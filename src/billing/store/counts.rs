//! Reads our own counts of a partner by the hour.

use std::ops::Range;

use strum::VariantArray as _;

use crate::billing::hourly::{HourCount, PartnerCounts, SearchCount};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::name::{self, ConfigName};
use crate::result_kind::ResultKind;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::{DecodeError, Row, SqlValue};
use crate::time::Hour;

/// The key columns of clicks besides the hour and the partner.
const CLICK_KEY: &str = "code, kind, outcome";
/// The key columns of searches besides the hour and the partner.
const SEARCH_KEY: &str = "code, outcome";

/// No hour in the store is before this one.
const FIRST_HOUR: &str = "1970-01-01T00";
/// No hour in the store is this one or later.
const LAST_HOUR: &str = "3000-01-01T00";

/// Reads the counts in `clicks` and `searches`.
pub(super) fn hourly_counts(
    database: &Database,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<PartnerCounts, StoreError> {
    let reader = CountReader { database, partner, hours };
    Ok(PartnerCounts { clicks: reader.clicks("clicks", "true")?, searches: reader.searches("searches", "true")? })
}

/// Reads the counts in `adjustments`.
pub(super) fn adjustments(
    database: &Database,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<PartnerCounts, StoreError> {
    let reader = CountReader { database, partner, hours };
    Ok(PartnerCounts {
        clicks: reader.clicks("adjustments", "subject = 'clicks'")?,
        searches: reader.searches("adjustments", "subject = 'searches'")?,
    })
}

/// Returns whether hours of this period were rolled up into days.
pub(super) fn is_rolled_up(database: &Database, partner: &ConfigName, hours: &Range<Hour>) -> Result<bool, StoreError> {
    let last = Hour(hours.end.0.saturating_sub(1));
    let days = [hours.start, last].map(|hour| SqlValue::from(hour.day().date().to_string()));
    let [first, last] = days;
    let values = [partner.as_str().into(), first, last];
    for table in ["clicks_daily", "searches_daily"] {
        let (first, last) = (database.to_day("?2"), database.to_day("?3"));
        let sql =
            format!("select 1 as found from {table} where partner = ?1 and day between {first} and {last} limit 1");
        if !database.query(table, &sql, &values)?.is_empty() {
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
    fn clicks(&self, table: &str, filter: &str) -> Result<Vec<HourCount>, StoreError> {
        let mut total = RunningTotal::default();
        let decode = |row: Row| {
            Ok(HourCount {
                hour: row.hour("hour")?,
                code: row.text("code")?.to_owned(),
                kind: row.parse("kind", "sponsored, organic or unknown", kind)?,
                outcome: row.parse("outcome", "a click outcome", click_outcome)?,
                n: total.add(&row)?,
            })
        };
        let counts: Result<Vec<_>, StoreError> = self.rows(table, CLICK_KEY, filter)?.into_iter().map(decode).collect();
        Ok(counts?.into_iter().filter(|count| self.hours.contains(&count.hour)).collect())
    }

    fn searches(&self, table: &str, filter: &str) -> Result<Vec<SearchCount>, StoreError> {
        let mut total = RunningTotal::default();
        let decode = |row: Row| {
            Ok(SearchCount {
                hour: row.hour("hour")?,
                code: row.text("code")?.to_owned(),
                outcome: row.parse("outcome", "a search outcome", search_outcome)?,
                n: total.add(&row)?,
            })
        };
        let counts: Result<Vec<_>, StoreError> =
            self.rows(table, SEARCH_KEY, filter)?.into_iter().map(decode).collect();
        Ok(counts?.into_iter().filter(|count| self.hours.contains(&count.hour)).collect())
    }

    /// Returns the rows of these hours, ordered by the table's key, and the rows outside of all plausible hours: SQLite stores
    /// hours as text, and one that is not an hour could otherwise be in no period and be ignored.
    fn rows(&self, table: &str, key: &str, filter: &str) -> Result<Vec<Row>, StoreError> {
        let (from, to) = (self.database.to_hour("?2"), self.database.to_hour("?3"));
        let hours = [self.hours.start, self.hours.end].map(|hour| hour.to_string());
        let [start, end] = hours;
        let mut rows =
            self.select(table, key, &format!("hour >= {from} and hour < {to} and {filter}"), &[&start, &end])?;
        rows.extend(self.select(table, key, &format!("hour < {from} and {filter}"), &[FIRST_HOUR])?);
        rows.extend(self.select(table, key, &format!("hour >= {from} and {filter}"), &[LAST_HOUR])?);
        Ok(rows)
    }

    fn select(&self, table: &str, key: &str, filter: &str, hours: &[&str]) -> Result<Vec<Row>, StoreError> {
        let (hour, n) = (self.database.hour("hour"), self.database.integer("n"));
        let sql = format!(
            "select {hour} as hour, partner, {key}, {n} as n from {table} where partner = ?1 and {filter} order by hour, {key}"
        );
        let values: Vec<SqlValue> = [self.partner.as_str()].iter().chain(hours).map(|text| (*text).into()).collect();
        self.database.query(table, &sql, &values)
    }
}

/// Checks that the counts of a query can be added up, in any selection, within an `i64`.
#[derive(Debug, Default)]
struct RunningTotal(i64);

impl RunningTotal {
    /// Returns the row's count.
    fn add(&mut self, row: &Row) -> Result<u64, DecodeError> {
        let n = row.count("n")?;
        let sum = i64::try_from(n).ok().and_then(|n| self.0.checked_add(n));
        self.0 = sum.ok_or_else(|| row.error("n", "small enough to be added up"))?;
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
