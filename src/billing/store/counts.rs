//! Reads our own counts of a partner, by UTC hour and by UTC day.

use std::ops::Range;

use strum::VariantArray as _;

use crate::billing::hourly::{HourCount, PartnerCounts, SearchCount, StoredCounts};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::name::{self, ConfigName};
use crate::result_kind::ResultKind;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::{DecodeError, Row, SqlValue};
use crate::time::{Day, Hour};

/// The key columns of clicks besides the hour and the partner.
const CLICK_KEY: &str = "code, kind, outcome";
/// The key columns of searches besides the hour and the partner.
const SEARCH_KEY: &str = "code, outcome";

/// No hour in the store is before this one.
const FIRST_HOUR: &str = "1970-01-01T00";
/// No hour in the store is this one or later.
const LAST_HOUR: &str = "3000-01-01T00";
/// No day in the store is before this one.
const FIRST_DAY: &str = "1970-01-01";
/// No day in the store is this one or later.
const LAST_DAY: &str = "3000-01-01";

/// Reads the counts in `clicks` and `searches`.
pub(super) fn hourly_counts(
    database: &Database,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<PartnerCounts, StoreError> {
    let reader = CountReader { database, partner, hours, unit: Unit::Hour };
    Ok(PartnerCounts { clicks: reader.clicks("clicks", "true")?, searches: reader.searches("searches", "true")? })
}

/// Reads the counts in `clicks` and `searches`, and those in `clicks_daily` and `searches_daily` of the UTC days with one of these
/// hours.
pub(super) fn stored_counts(
    database: &Database,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<StoredCounts, StoreError> {
    let end = Hour(hours.end.0.saturating_sub(1)).day();
    let days = hours.start.day().first_hour()..Day(end.0.saturating_add(1)).first_hour();
    let reader = CountReader { database, partner, hours: &days, unit: Unit::Day };
    let daily = PartnerCounts {
        clicks: reader.clicks("clicks_daily", "true")?,
        searches: reader.searches("searches_daily", "true")?,
    };
    Ok(StoredCounts { hourly: hourly_counts(database, partner, hours)?, daily })
}

/// Whether a partner has counts in these hours, or in a UTC day with one of them that was rolled up.
pub(super) fn has_counts(database: &Database, partner: &ConfigName, hours: &Range<Hour>) -> Result<bool, StoreError> {
    let last = Hour(hours.end.0.saturating_sub(1)).day();
    let [days, hours] = [
        [hours.start.day(), last].map(|day| day.date().to_string()),
        [hours.start, Hour(hours.end.0.saturating_sub(1))].map(|hour| hour.to_string()),
    ];
    for (table, column, [from, to]) in [
        ("clicks", "hour", &hours),
        ("searches", "hour", &hours),
        ("clicks_daily", "day", &days),
        ("searches_daily", "day", &days),
    ] {
        let [first, second] =
            ["?2", "?3"].map(|value| if column == "hour" { database.to_hour(value) } else { database.to_day(value) });
        let sql = format!(
            "select 1 as found from {table} where partner = ?1 and {column} >= {first} and {column} <= {second} limit 1"
        );
        let values = [partner.as_str().into(), from.as_str().into(), to.as_str().into()];
        if !database.query(table, &sql, &values)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The UTC day of the first counts of any partner; None without any.
pub(super) fn first_day(database: &Database) -> Result<Option<Day>, StoreError> {
    let mut first: Option<Day> = None;
    for (table, column) in
        [("clicks", "hour"), ("searches", "hour"), ("clicks_daily", "day"), ("searches_daily", "day")]
    {
        let is_hour = column == "hour";
        let text = if is_hour { database.hour(column) } else { database.day(column) };
        let sql = format!("select {text} as {column} from {table} order by {table}.{column} limit 1");
        for row in database.query(table, &sql, &[])? {
            let day = if is_hour { row.hour("hour")?.day() } else { row.day("day")? };
            first = Some(first.map_or(day, |first| first.min(day)));
        }
    }
    Ok(first)
}

/// Reads the counts in `adjustments`.
pub(super) fn adjustments(
    database: &Database,
    partner: &ConfigName,
    hours: &Range<Hour>,
) -> Result<PartnerCounts, StoreError> {
    let reader = CountReader { database, partner, hours, unit: Unit::Hour };
    Ok(PartnerCounts {
        clicks: reader.clicks("adjustments", "subject = 'clicks'")?,
        searches: reader.searches("adjustments", "subject = 'searches'")?,
    })
}

/// What a row of a table counts.
#[derive(Debug, Clone, Copy)]
enum Unit {
    /// One UTC hour, in the column `hour`.
    Hour,
    /// One UTC day, in the column `day`.
    Day,
}

impl Unit {
    fn column(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Returns a row's hour, or the first hour of its day.
    fn decode(self, row: &Row) -> Result<Hour, DecodeError> {
        match self {
            Self::Hour => row.hour("hour"),
            Self::Day => Ok(row.day("day")?.first_hour()),
        }
    }

    /// The text of an hour, or of its day.
    fn text(self, hour: Hour) -> String {
        match self {
            Self::Hour => hour.to_string(),
            Self::Day => hour.day().date().to_string(),
        }
    }

    /// No row in the store is before the first of these, or in or after the second.
    fn bounds(self) -> [&'static str; 2] {
        match self {
            Self::Hour => [FIRST_HOUR, LAST_HOUR],
            Self::Day => [FIRST_DAY, LAST_DAY],
        }
    }

    /// SQL for the column as text.
    fn sql(self, database: &Database) -> String {
        match self {
            Self::Hour => database.hour("hour"),
            Self::Day => database.day("day"),
        }
    }

    /// SQL that converts a text to the type of the column.
    fn typed(self, database: &Database, text: &str) -> String {
        match self {
            Self::Hour => database.to_hour(text),
            Self::Day => database.to_day(text),
        }
    }
}

struct CountReader<'r> {
    database: &'r Database,
    partner: &'r ConfigName,
    /// The hours to read; whole UTC days where the unit is a day.
    hours: &'r Range<Hour>,
    unit: Unit,
}

impl CountReader<'_> {
    fn clicks(&self, table: &str, filter: &str) -> Result<Vec<HourCount>, StoreError> {
        let mut total = RunningTotal::default();
        let decode = |row: Row| {
            Ok(HourCount {
                hour: self.unit.decode(&row)?,
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
                hour: self.unit.decode(&row)?,
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
        let (column, [from, to]) =
            (self.unit.column(), ["?2", "?3"].map(|value| self.unit.typed(self.database, value)));
        let [start, end] = [self.hours.start, self.hours.end].map(|hour| self.unit.text(hour));
        let [first, last] = self.unit.bounds();
        let within = format!("{column} >= {from} and {column} < {to} and {filter}");
        let mut rows = self.select(table, key, &within, &[&start, &end])?;
        rows.extend(self.select(table, key, &format!("{column} < {from} and {filter}"), &[first])?);
        rows.extend(self.select(table, key, &format!("{column} >= {from} and {filter}"), &[last])?);
        Ok(rows)
    }

    fn select(&self, table: &str, key: &str, filter: &str, hours: &[&str]) -> Result<Vec<Row>, StoreError> {
        let (column, n) = (self.unit.column(), self.database.integer("n"));
        let sql = format!(
            "select {} as {column}, partner, {key}, {n} as n from {table} where partner = ?1 and {filter} order by {column}, {key}",
            self.unit.sql(self.database)
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
