//! Active users and retention. They are counted by code, not by partner.

use jiff::Span;
use maud::{Markup, html};

use crate::admin::dashboard::heading::before;
use crate::admin::dashboard::panel::{
    cell_number, cell_text, details, filter_query, plain_cells, plot, report_table, ticks,
};
use crate::admin::query::{ReportQuery, StoreUnreadable};
use crate::chart::{self, PlotKind, Series, Tick};
use crate::report::run::ReportKind;
use crate::report::table::{Table, TableValue};
use crate::report::usage::CohortGrain;
use crate::report::{ReportFilter, TOTAL};

/// Retention begins this many days before the end of the period: twelve weeks, so that most cohorts have had all of their
/// 30 days.
const RETENTION_DAYS: i32 = 84;

/// What is known of people in a period.
pub(super) struct People {
    active: Table,
    active_before: Table,
    retention: Table,
    /// The code that is shown, or that of all together.
    code: String,
    /// The query of the report of active users.
    pub(super) query: String,
    /// The query of the report of retention.
    pub(super) retention_query: String,
}

impl People {
    /// Reads active users of the period and of the one before, and the retention of twelve weeks.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn read(query: &ReportQuery, filter: &ReportFilter) -> Result<Self, StoreUnreadable> {
        let all_partners = ReportFilter { partner: None, ..filter.clone() };
        let [from, to] = before(filter);
        let earlier = ReportFilter { from, to, ..all_partners.clone() };
        let first = filter.to.saturating_sub(Span::new().days(RETENTION_DAYS)).min(filter.from);
        let cohorts = ReportFilter { from: first, ..all_partners.clone() };
        Ok(Self {
            active: query.counts(ReportKind::Active, &all_partners)?,
            active_before: query.counts(ReportKind::Active, &earlier)?,
            retention: query.counts(ReportKind::Retention(CohortGrain::Week), &cohorts)?,
            code: filter.code.clone().unwrap_or_else(|| TOTAL.to_owned()),
            query: filter_query(&all_partners),
            retention_query: filter_query(&cohorts),
        })
    }

    /// The people of each day of the period, those of each day of the period before, in order.
    pub(super) fn daily(&self, filter: &ReportFilter) -> (Vec<Option<u64>>, Vec<u64>) {
        let before = self.rows(&self.active_before);
        let before = before.iter().filter_map(|row| cell_number(&self.active_before, row, "active_1")).collect();
        (ticks(filter).iter().map(|tick| self.active_on(tick, "active_1")).collect(), before)
    }

    /// The rows for all codes together, or for the one that is shown.
    fn rows<'t>(&self, table: &'t Table) -> Vec<&'t Vec<TableValue>> {
        table.rows.iter().filter(|row| cell_text(table, row, "code") == self.code).collect()
    }

    fn active_on(&self, tick: &Tick, column: &str) -> Option<u64> {
        let rows = self.rows(&self.active);
        let row = rows.iter().find(|row| cell_text(&self.active, row, "day") == tick.full);
        row.and_then(|row| cell_number(&self.active, row, column))
    }

    /// People active within 1, 7 and 28 days, and new people.
    pub(super) fn active_plot(&self, filter: &ReportFilter) -> Markup {
        let ticks = ticks(filter);
        let series = |(name, column): (&str, &str)| Series {
            name: name.to_owned(),
            values: ticks.iter().map(|tick| self.active_on(tick, column)).collect(),
        };
        let windows = [("1 day", "active_1"), ("7 days", "active_7"), ("28 days", "active_28"), ("new", "new")];
        let caption = "People active in the 1, 7 or 28 days up to each date, and new people, of all partners";
        plot(caption, "active users", &windows.map(series), &ticks, PlotKind::Lines)
    }

    /// The share of each week's new people who came back 1, 7 and 30 days later.
    pub(super) fn retention_map(&self) -> Markup {
        let (table, rows) = (&self.retention, self.rows(&self.retention));
        if rows.is_empty() {
            return html! { p { "No new visitors in this period." } };
        }
        let caption = "Percentage of the people new in the week of each Monday who came back 1, 7 and 30 days later";
        let columns = ["day_1_per_cent", "day_7_per_cent", "day_30_per_cent"];
        let shares = |row: &&Vec<TableValue>| {
            let shares = columns.map(|column| cell_number(table, row, column)).to_vec();
            (cell_text(table, row, "cohort"), shares)
        };
        let shares: Vec<_> = rows.iter().map(shares).collect();
        let rows: Vec<_> = rows.iter().map(|row| plain_cells(row)).collect();
        html! {
            (chart::heatmap(caption, &["1 day", "7 days", "30 days"], &shares))
            (details(&report_table(caption, table.columns, &rows)))
        }
    }
}
