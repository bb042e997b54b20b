//! Our counts of a partner by its days and codes, and which partners there are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::billing::closing::error::ClosingError;
use crate::billing::closing::signed_agreement::last_agreement;
use crate::billing::days::{SECONDS_OF_HOUR, first_second, hours_of_days, share_of_hour};
use crate::billing::settlement::agreement::Agreement;
use crate::billing::settlement::shares::SharesByMonth;
use crate::billing::store::BillingStore;
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::name::{ConfigName, UNKNOWN};
use crate::report::performance::request::PerformanceRequest;
use crate::report::reader::CountsReader;
use crate::report::stored_costs::StoredCost;
use crate::result_kind::ResultKind;
use crate::storage::error::StoreError;
use crate::storage::value::SqlValue;
use crate::time::{HOUR_SECONDS, Hour};

/// The tables of counts, with their daily sums.
const TABLES: [(&str, &str); 2] = [("searches", "searches_daily"), ("clicks", "clicks_daily")];

/// A partner, of the configuration or of the store only.
#[derive(Debug)]
pub(super) struct ReportedPartner {
    /// Its name.
    pub(super) name: ConfigName,
    /// The time zone of its days: of its statements, otherwise UTC.
    pub(super) zone: TimeZone,
    /// Whether its links lead directly to their targets, so that its clicks are not counted.
    pub(super) is_direct: bool,
    /// What part of its revenue is ours, by month; None if it was removed from the configuration before a record signed it.
    pub(super) shares: Option<SharesByMonth>,
}

/// The counts of one day and code.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayCounts {
    /// Searches that the partner answered.
    pub(super) searches: u64,
    /// Those with sponsored results.
    pub(super) with_ads: u64,
    /// Counted clicks on sponsored results.
    pub(super) clicks: u64,
}

/// The counts of one partner.
#[derive(Debug, Default)]
pub(super) struct OurCounts {
    /// By day and code.
    pub(super) by_day: BTreeMap<(Date, String), DayCounts>,
    /// The days that are UTC days although the partner's zone is another: their hours were rolled up.
    pub(super) uncut_days: BTreeSet<Date>,
}

/// What the last record of a removed partner signed. A record that cannot be read is for `qsproxy verify`, and no agreement here.
fn signed_agreement(store: &BillingStore, partner: &ConfigName) -> Result<Option<Agreement>, StoreError> {
    match last_agreement(store, partner) {
        Ok(agreement) => Ok(agreement),
        Err(ClosingError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

impl CountsReader {
    /// Returns the partners of the configuration, those of these costs, and those that have counts or statements from `first` on, by name; only
    /// one if the filter names one.
    pub(super) fn partners_of(
        &self,
        request: &PerformanceRequest<'_>,
        first: Date,
        costs: &[StoredCost],
    ) -> Result<Vec<ReportedPartner>, StoreError> {
        let configured = request.contracts.iter().map(|contract| contract.partner.clone());
        let mut names: BTreeSet<ConfigName> = configured.collect();
        names.extend(costs.iter().filter_map(|cost| ConfigName::new(&cost.partner).ok()));
        let store = BillingStore::new(self.database.clone());
        let has_statements = self.database.has_table("statements")?;
        let statements = if has_statements { store.statements(None)? } else { Vec::new() };
        let days = first..=request.filter.to;
        let covering = statements.iter().filter(|statement| statement.covers_any(&days));
        names.extend(covering.filter_map(|statement| ConfigName::new(&statement.partner).ok()));
        for (hourly, daily) in TABLES {
            names.extend(self.stored_partners(hourly, daily, first, request.filter.to)?);
        }
        if let Some(wanted) = &request.filter.partner {
            names.retain(|name| name.as_str() == wanted);
        }
        let partner = |name: ConfigName| {
            let contract = request.contracts.iter().find(|contract| contract.partner == name);
            let profile = contract.and_then(|contract| contract.profile.as_ref());
            let stored = || {
                let latest = statements.iter().rfind(|statement| statement.partner == name.as_str());
                latest.and_then(|statement| stored_zone(&statement.profile))
            };
            let zone = profile.map(|profile| profile.zone.clone()).or_else(stored).unwrap_or(TimeZone::UTC);
            let agreement = match contract {
                Some(contract) => contract.agreement.clone(),
                None if has_statements => signed_agreement(&store, &name)?,
                None => None,
            };
            let shares = agreement.map(|agreement| agreement.shares);
            let is_direct = contract.is_some_and(|contract| contract.is_direct);
            Ok(ReportedPartner { name, zone, is_direct, shares })
        };
        names.into_iter().map(partner).collect()
    }

    /// The partners with counts in a table. The days of other zones begin or end up to a day earlier or later than those of UTC.
    fn stored_partners(&self, hourly: &str, daily: &str, from: Date, to: Date) -> Result<Vec<ConfigName>, StoreError> {
        let database = &self.database;
        let from = from.yesterday().unwrap_or(from).to_string();
        let to = to.tomorrow().unwrap_or(to).to_string();
        let mut names = Vec::new();
        for (table, condition) in [
            (
                hourly,
                format!("hour between {} and {}", database.to_hour("?1 || 'T00'"), database.to_hour("?2 || 'T23'")),
            ),
            (daily, format!("day between {} and {}", database.to_day("?1"), database.to_day("?2"))),
        ] {
            if !database.has_table(table)? {
                continue;
            }
            let sql = format!("select distinct partner from {table} where {condition}");
            for row in database.query(table, &sql, &[from.as_str().into(), to.as_str().into()])? {
                let name = row.text("partner")?;
                if name != UNKNOWN {
                    names.push(row.parse("partner", "a partner's name", |name| ConfigName::new(name).ok())?);
                }
            }
        }
        Ok(names)
    }
}

/// Returns the zone in the text of a stored profile.
fn stored_zone(profile: &str) -> Option<TimeZone> {
    let name = profile.lines().find_map(|line| line.strip_prefix("zone = \"")?.strip_suffix('"'))?;
    TimeZone::get(name).ok()
}

/// What is read from a table: which rows, and what they count.
struct CountedRows {
    table: &'static str,
    daily: &'static str,
    condition: String,
    add: fn(&mut DayCounts, u64),
}

impl OurCounts {
    /// Reads the counts of a partner from `first` to `last`, days of its zone.
    pub(super) fn read(
        reader: &CountsReader,
        partner: &ReportedPartner,
        first: Date,
        last: Date,
    ) -> Result<Self, StoreError> {
        let mut counts = Self::default();
        let answers =
            [SearchOutcome::WithAds, SearchOutcome::Answered, SearchOutcome::Empty].map(SearchOutcome::as_str);
        let clicks =
            format!("kind = '{}' and outcome = '{}'", ResultKind::Sponsored.as_str(), ClickOutcome::Counted.as_str());
        for rows in [
            CountedRows {
                table: "searches",
                daily: "searches_daily",
                condition: format!("outcome in ('{}')", answers.join("', '")),
                add: |counts, n| counts.searches = counts.searches.saturating_add(n),
            },
            CountedRows {
                table: "searches",
                daily: "searches_daily",
                condition: format!("outcome = '{}'", SearchOutcome::WithAds.as_str()),
                add: |counts, n| counts.with_ads = counts.with_ads.saturating_add(n),
            },
            CountedRows {
                table: "clicks",
                daily: "clicks_daily",
                condition: clicks,
                add: |counts, n| counts.clicks = counts.clicks.saturating_add(n),
            },
        ] {
            counts.add_hours(reader, partner, &rows, first..=last)?;
            counts.add_days(reader, partner, &rows, first..=last)?;
        }
        Ok(counts)
    }

    fn add_hours(
        &mut self,
        reader: &CountsReader,
        partner: &ReportedPartner,
        rows: &CountedRows,
        days: std::ops::RangeInclusive<Date>,
    ) -> Result<(), StoreError> {
        let database = &reader.database;
        if !database.has_table(rows.table)? {
            return Ok(());
        }
        let hours = hours_of_days(*days.start(), *days.end(), &partner.zone);
        let [start, end] = [hours.start, hours.end].map(|hour| hour.to_string());
        // Days of UTC are added up by the database.
        let is_utc = partner.zone == TimeZone::UTC;
        let (hour, from, to) = (database.hour("hour"), database.to_hour("?2"), database.to_hour("?3"));
        let moment = if is_utc { format!("substr({hour}, 1, 10) || 'T00'") } else { hour };
        let sql = format!(
            "select moment as hour, code, {n} as n from (
                 select {moment} as moment, code, n from {table}
                 where partner = ?1 and hour >= {from} and hour < {to} and {condition}) as counted
             group by moment, code order by moment, code",
            n = database.sum("n"),
            table = rows.table,
            condition = rows.condition
        );
        let mut divided = (Hour(0), 0_u64);
        for row in database.query(rows.table, &sql, &[partner.name.as_str().into(), start.into(), end.into()])? {
            let (hour, code, n) = (row.hour("hour")?, row.text("code")?, row.count("n")?);
            let mut add = |day: Date, n: u64| {
                if days.contains(&day) && n > 0 {
                    (rows.add)(self.by_day.entry((day, code.to_owned())).or_default(), n);
                }
            };
            let day = if is_utc { hour.day().date() } else { day_of(hour, &partner.zone) };
            let next = day.tomorrow().unwrap_or(day);
            let begin = i64::from(hour.0).saturating_mul(SECONDS_OF_HOUR);
            let inside = 0..first_second(next, &partner.zone).saturating_sub(begin);
            if is_utc || inside.end >= SECONDS_OF_HOUR {
                add(day, n);
                continue;
            }
            // The hour is in two days, and its codes share it in their order, as in a reconciliation.
            let earlier = if divided.0 == hour { divided.1 } else { 0 };
            let all = earlier.saturating_add(n);
            divided = (hour, all);
            let of_day = share_of_hour(all, &inside).saturating_sub(share_of_hour(earlier, &inside)).min(n);
            add(day, of_day);
            add(next, n.saturating_sub(of_day));
        }
        Ok(())
    }

    /// Adds the days whose hours were rolled up. They are UTC days, which no zone can be cut from.
    fn add_days(
        &mut self,
        reader: &CountsReader,
        partner: &ReportedPartner,
        rows: &CountedRows,
        days: std::ops::RangeInclusive<Date>,
    ) -> Result<(), StoreError> {
        let database = &reader.database;
        if !database.has_table(rows.daily)? {
            return Ok(());
        }
        let sql = format!(
            "select {day} as day, code, {n} as n from {table}
             where partner = ?1 and day between {from} and {to} and {condition} group by {day}, code",
            day = database.day("day"),
            n = database.sum("n"),
            table = rows.daily,
            from = database.to_day("?2"),
            to = database.to_day("?3"),
            condition = rows.condition
        );
        let values: [SqlValue; 3] =
            [partner.name.as_str().into(), days.start().to_string().into(), days.end().to_string().into()];
        for row in database.query(rows.daily, &sql, &values)? {
            let day = row.day("day")?.date();
            if partner.zone != TimeZone::UTC {
                self.uncut_days.insert(day);
            }
            (rows.add)(self.by_day.entry((day, row.text("code")?.to_owned())).or_default(), row.count("n")?);
        }
        Ok(())
    }
}

/// Returns the day of a zone in which a UTC hour begins.
fn day_of(hour: Hour, zone: &TimeZone) -> Date {
    let seconds = i64::from(hour.0).saturating_mul(i64::try_from(HOUR_SECONDS).unwrap_or(i64::MAX));
    jiff::Timestamp::from_second(seconds).map_or_else(|_| hour.day().date(), |moment| zone.to_datetime(moment).date())
}
