//! The columns of a report of performance.

use std::sync::LazyLock;

use crate::billing::money::Currency;
use crate::report::decimal::Decimal;
use crate::report::performance::groups::ReportGroup;
use crate::report::performance::sums::{PerformanceSums, RevenueSum};
use crate::report::table::TableValue;

/// Decimal places of a share in per cent.
const SHARE_PLACES: u32 = 2;
/// Decimal places of a change in per cent.
const CHANGE_PLACES: u32 = 1;
/// Decimal places of revenue per thousand searches and per click, in units of the currency.
const RATE_PLACES: u32 = 4;
/// 100 %.
const HUNDRED: i128 = 100;
/// Searches that RPM is about.
const THOUSAND: i128 = 1_000;
/// Millionths in a unit of a currency.
const MICROS_PER_UNIT: i128 = 1_000_000;

/// The columns without a comparison, but for the [`LAST`] ones.
const OWN: [&str; 19] = [
    "group",
    "from",
    "to",
    "days",
    "of_days",
    "searches",
    "with_ads",
    "coverage_per_cent",
    "clicks",
    "ctr_per_cent",
    "theirs",
    "currency",
    "revenue",
    "stated_days",
    "revenue_searches",
    "revenue_clicks",
    "rpm",
    "epc",
    "unmapped_revenue",
];

/// The columns of a comparison.
const COMPARISON: [&str; 10] = [
    "previous_from",
    "previous_to",
    "previous_searches",
    "searches_change_per_cent",
    "previous_clicks",
    "clicks_change_per_cent",
    "previous_revenue",
    "revenue_change_per_cent",
    "previous_rpm",
    "rpm_change_per_cent",
];

/// The last columns.
const LAST: [&str; 2] = ["cost", "margin"];

static COLUMNS: LazyLock<Vec<&'static str>> = LazyLock::new(|| OWN.into_iter().chain(LAST).collect());

static COMPARED_COLUMNS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| OWN.into_iter().chain(COMPARISON).chain(LAST).collect());

/// The columns for people, without a comparison.
pub const SUMMARY: &[&str] = &[
    "group",
    "days",
    "of_days",
    "searches",
    "coverage_per_cent",
    "clicks",
    "ctr_per_cent",
    "theirs",
    "currency",
    "revenue",
    "stated_days",
    "rpm",
    "epc",
    "cost",
    "margin",
];

/// The columns for people, with a comparison.
pub const COMPARED_SUMMARY: &[&str] = &[
    "group",
    "days",
    "of_days",
    "searches",
    "searches_change_per_cent",
    "coverage_per_cent",
    "clicks",
    "clicks_change_per_cent",
    "ctr_per_cent",
    "currency",
    "revenue",
    "revenue_change_per_cent",
    "rpm",
    "rpm_change_per_cent",
    "epc",
    "cost",
    "margin",
];

/// The names of the columns.
pub(super) fn names(is_compared: bool) -> &'static [&'static str] {
    if is_compared { &COMPARED_COLUMNS } else { &COLUMNS }
}

/// A group with its numbers, and with those of the period before: the outer None if there is no comparison, the inner None if that period
/// has no such days.
pub(super) struct GroupColumns<'c> {
    pub(super) group: &'c ReportGroup,
    pub(super) sums: &'c PerformanceSums,
    pub(super) before: Option<Option<&'c (PerformanceSums, ReportGroup)>>,
}

impl GroupColumns<'_> {
    /// The rows of the group: one for each currency of revenue or costs, or one if there is neither. The counts are in the first only, so that they can be
    /// added up.
    pub(super) fn rows(&self) -> Vec<Vec<TableValue>> {
        let mut currencies: Vec<Option<Option<Currency>>> = self.sums.revenue.keys().copied().map(Some).collect();
        if let Some(Some((before, _))) = self.before {
            let only_before = before.revenue.keys().filter(|currency| !self.sums.revenue.contains_key(currency));
            currencies.extend(only_before.copied().map(Some));
        }
        for currency in self.sums.costs.keys().map(|currency| Some(Some(*currency))) {
            if !currencies.contains(&currency) {
                currencies.push(currency);
            }
        }
        if currencies.is_empty() {
            currencies.push(None);
        }
        currencies.into_iter().enumerate().map(|(place, currency)| self.row(currency, place == 0)).collect()
    }

    fn row(&self, currency: Option<Option<Currency>>, is_first: bool) -> Vec<TableValue> {
        let Self { group, sums, before } = self;
        let count = |n: u64| if is_first { TableValue::Count(n) } else { TableValue::Empty };
        let share = |part: Option<u64>, whole: u64| {
            part.filter(|_| is_first).map_or(TableValue::Empty, |part| per_cent(part, whole))
        };
        let revenue = revenue(sums, currency);
        let text = |text: String| TableValue::Text(text);
        let theirs = sums.theirs.filter(|_| is_first).map_or(TableValue::Empty, |n| decimal(Decimal::ratio(n, 1, 0)));
        let mut row = vec![
            text(group.name.clone()),
            text(group.from.to_string()),
            text(group.to.to_string()),
            count(sums.days.into()),
            count(group.of_days.into()),
            count(sums.searches),
            count(sums.with_ads),
            share(Some(sums.with_ads), sums.searches),
            sums.clicks.map_or(TableValue::Empty, count),
            share(sums.clicks, sums.clickable),
            theirs,
            text(currency.flatten().map_or(String::new(), |currency| currency.as_str().to_owned())),
            amount(revenue.micros),
            count(sums.stated_days.into()),
            if revenue.micros.is_some() { TableValue::Count(revenue.searches) } else { TableValue::Empty },
            known_clicks(&revenue).map_or(TableValue::Empty, TableValue::Count),
            rate(rpm(&revenue)),
            rate(epc(&revenue)),
            amount(revenue.unmapped),
        ];
        if let Some(before) = before {
            row.extend(self.comparison(*before, currency, is_first));
        }
        row.extend(self.cost_and_margin(currency.flatten()));
        row
    }

    /// The cost in this currency, and the margin where the revenue is told in it.
    fn cost_and_margin(&self, currency: Option<Currency>) -> [TableValue; 2] {
        let shown = |micros: i128| {
            currency.map_or_else(|| amount(Some(micros)), |currency| TableValue::money(micros, currency))
        };
        let cost = currency.and_then(|currency| self.sums.costs.get(&currency));
        let margin = self.sums.margin(currency, self.days_of_group());
        [cost.copied(), margin].map(|micros| micros.map_or(TableValue::Empty, shown))
    }

    /// The columns of the period before. A change is absent where one of the two is not complete.
    fn comparison(
        &self,
        before: Option<&(PerformanceSums, ReportGroup)>,
        currency: Option<Option<Currency>>,
        is_first: bool,
    ) -> Vec<TableValue> {
        let Some((before, period)) = before else { return vec![TableValue::Empty; COMPARISON.len()] };
        let now = self.sums;
        let is_complete = now.is_over && before.is_over;
        let counts = |now: Option<u64>, before: Option<u64>| {
            let previous = before.filter(|_| is_first).map_or(TableValue::Empty, TableValue::Count);
            let both = now.zip(before).filter(|_| is_first && is_complete);
            let changed = both.and_then(|(now, before)| change((now.into(), 1), (before.into(), 1)));
            [previous, decimal(changed)]
        };
        let (earned, earlier) = (revenue(now, currency), revenue(before, currency));
        let is_stated = now.stated_days == self.days_of_group() && before.stated_days == period.of_days;
        let both = earned.micros.zip(earlier.micros).filter(|_| is_complete && is_stated);
        let rates = rpm(&earned).zip(rpm(&earlier)).filter(|_| is_complete);
        let dates = [period.from, period.to].map(|day| TableValue::Text(day.to_string()));
        dates
            .into_iter()
            .chain(counts(Some(now.searches), Some(before.searches)))
            .chain(counts(now.clicks, before.clicks))
            .chain([
                amount(earlier.micros),
                decimal(both.and_then(|(now, before)| change((now, 1), (before, 1)))),
                rate(rpm(&earlier)),
                decimal(rates.and_then(|(now, before)| change(now, before))),
            ])
            .collect()
    }

    /// The days of the group within the period.
    fn days_of_group(&self) -> u32 {
        crate::report::performance::groups::day_count(self.group.from, self.group.to)
    }
}

fn revenue(sums: &PerformanceSums, currency: Option<Option<Currency>>) -> RevenueSum {
    currency.and_then(|currency| sums.revenue.get(&currency)).copied().unwrap_or_default()
}

/// The clicks of the revenue's codes and days, if all of them are counted here.
fn known_clicks(revenue: &RevenueSum) -> Option<u64> {
    (revenue.micros.is_some() && !revenue.has_direct).then_some(revenue.clicks)
}

/// Revenue per thousand searches as numerator and denominator, in units of the currency.
fn rpm(revenue: &RevenueSum) -> Option<(i128, i128)> {
    let denominator = i128::from(revenue.searches).checked_mul(MICROS_PER_UNIT)?;
    Some((revenue.micros?.checked_mul(THOUSAND)?, denominator)).filter(|_| denominator != 0)
}

/// Revenue per click.
fn epc(revenue: &RevenueSum) -> Option<(i128, i128)> {
    let denominator = i128::from(known_clicks(revenue)?).checked_mul(MICROS_PER_UNIT)?;
    Some((revenue.micros?, denominator))
}

/// The change from `before` to `now` in per cent, both as numerator and denominator. None if there was nothing before.
fn change((now, now_of): (i128, i128), (before, before_of): (i128, i128)) -> Option<Decimal> {
    if before <= 0 {
        return None;
    }
    let (now, before) = (now.checked_mul(before_of)?, before.checked_mul(now_of)?);
    Decimal::ratio(now.checked_sub(before)?.checked_mul(HUNDRED)?, before, CHANGE_PLACES)
}

fn per_cent(part: u64, whole: u64) -> TableValue {
    decimal(Decimal::ratio(i128::from(part) * HUNDRED, whole.into(), SHARE_PLACES))
}

fn rate(ratio: Option<(i128, i128)>) -> TableValue {
    let rate = ratio.and_then(|(numerator, denominator)| Decimal::ratio(numerator, denominator, RATE_PLACES));
    rate.map_or(TableValue::Empty, TableValue::Amount)
}

fn amount(micros: Option<i128>) -> TableValue {
    micros.map_or(TableValue::Empty, |micros| TableValue::Amount(Decimal::amount(micros)))
}

fn decimal(number: Option<Decimal>) -> TableValue {
    number.map_or(TableValue::Empty, TableValue::Decimal)
}
