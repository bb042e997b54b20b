//! The groups of a report of performance: intervals of days, partners, or codes.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::Date;

use crate::report::performance::partner_data::PartnerData;
use crate::report::performance::request::{PerformanceRequest, ReportGrouping};
use crate::report::performance::stated::StatedCodes;
use crate::report::reader::{ReportFilter, TOTAL};
use crate::time::Day;

/// Days in a week.
const WEEK_DAYS: u32 = 7;

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReportGroup {
    /// Its name: a day, an ISO week, a month, a partner, a code, or `*` for the whole period.
    pub(super) name: String,
    /// The first day, within the period.
    pub(super) from: Date,
    /// The last day, within the period.
    pub(super) to: Date,
    /// The days of the whole week or month, which may reach beyond the period.
    pub(super) of_days: u32,
    /// The one partner.
    pub(super) partner: Option<String>,
    /// The one code.
    pub(super) code: Option<String>,
}

impl ReportGroup {
    /// The whole period, with the partner and the code of the filter.
    pub(super) fn total(filter: &ReportFilter) -> Self {
        Self {
            name: TOTAL.to_owned(),
            from: filter.from,
            to: filter.to,
            of_days: day_count(filter.from, filter.to),
            partner: filter.partner.clone(),
            code: filter.code.clone(),
        }
    }
}

/// Returns the number of days from `from` to `to`, both included.
pub(super) fn day_count(from: Date, to: Date) -> u32 {
    from.until(to).ok().and_then(|span| u32::try_from(span.get_days()).ok()).map_or(0, |days| days.saturating_add(1))
}

/// Returns the groups in order. Days that have not begun are in none.
pub(super) fn groups(request: &PerformanceRequest<'_>, partners: &[PartnerData]) -> Vec<ReportGroup> {
    let filter = request.filter;
    let total = ReportGroup::total(filter);
    let last = filter.to.min(request.now.day().date().max(last_day_with_counts(partners)));
    let interval =
        |name: String, from: Date, to: Date, of_days: u32| ReportGroup { name, from, to, of_days, ..total.clone() };
    match request.grouping {
        ReportGrouping::Day => days(filter.from, last).map(|day| interval(day.to_string(), day, day, 1)).collect(),
        ReportGrouping::Week => {
            let mondays = days(filter.from, last)
                .filter(|day| *day == filter.from || Day::from_date(*day).monday().date() == *day);
            mondays
                .map(|first| {
                    let monday = first.iso_week_date();
                    let sunday = saturating_add(Day::from_date(first).monday().date(), Span::new().days(WEEK_DAYS - 1));
                    let name = format!("{:04}-W{:02}", monday.year(), monday.week());
                    interval(name, first, sunday.min(filter.to), WEEK_DAYS)
                })
                .collect()
        }
        ReportGrouping::Month => {
            let firsts = days(filter.from, last).filter(|day| *day == filter.from || day.day() == 1);
            firsts
                .map(|first| {
                    let name = first.strftime("%Y-%m").to_string();
                    let of_days = u32::try_from(first.days_in_month()).unwrap_or_default();
                    interval(name, first, first.last_of_month().min(filter.to), of_days)
                })
                .collect()
        }
        ReportGrouping::Partner => {
            let has_numbers = |data: &&PartnerData| {
                !(data.ours.by_day.is_empty() && data.stated.rows.is_empty() && data.costs.is_empty())
            };
            let names = partners.iter().filter(has_numbers).map(|partner| partner.partner.name.to_string());
            names.map(|name| ReportGroup { name: name.clone(), partner: Some(name), ..total.clone() }).collect()
        }
        ReportGrouping::Code => {
            let codes =
                codes(partners).into_iter().filter(|code| filter.code.as_ref().is_none_or(|wanted| wanted == code));
            codes.map(|code| ReportGroup { name: code.clone(), code: Some(code), ..total.clone() }).collect()
        }
    }
}

/// The codes with counts, costs or statements.
fn codes(partners: &[PartnerData]) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for PartnerData { ours, stated, costs, .. } in partners {
        codes.extend(ours.by_day.keys().map(|(_, code)| code.clone()));
        codes.extend(costs.iter().map(|cost| cost.code.clone()));
        for row in &stated.rows {
            match &row.codes {
                StatedCodes::Only(named) => codes.extend(named.iter().cloned()),
                StatedCodes::All | StatedCodes::Unknown => {}
            }
        }
    }
    codes
}

/// The last day on which a partner has counts; in zones east of Greenwich it may be later than the UTC day.
fn last_day_with_counts(partners: &[PartnerData]) -> Date {
    let last = partners.iter().filter_map(|partner| partner.ours.by_day.keys().next_back());
    last.map(|(day, _)| *day).max().unwrap_or(Date::MIN)
}

fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(Span::new().days(1)).take_while(move |day| *day <= to)
}

/// Adds a span to a day, up to the last day of the calendar.
pub(super) fn saturating_add(day: Date, span: Span) -> Date {
    day.saturating_add(span)
}
