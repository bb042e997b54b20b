//! The numbers of one group.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;

use crate::billing::days::hours_of_day;
use crate::billing::money::Currency;
use crate::billing::settlement::share::rounded_micros;
use crate::billing::year_month::YearMonth;
use crate::report::performance::groups::ReportGroup;
use crate::report::performance::partner_data::PartnerData;
use crate::report::performance::request::PerformanceRequest;
use crate::report::performance::stated::{StatedCodes, StatedRow, StatedRows};

/// Revenue in one currency, with our counts of the codes and days that it belongs to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct RevenueSum {
    /// The revenue in millionths; None if no code of ours has any.
    pub(super) micros: Option<i128>,
    /// Our searches of the same codes and days.
    pub(super) searches: u64,
    /// Our counted clicks of the same codes and days.
    pub(super) clicks: u64,
    /// Whether all of these searches are of partners whose clicks are counted here.
    pub(super) has_direct: bool,
    /// Revenue of tags that no code has, in millionths.
    pub(super) unmapped: Option<i128>,
    /// Our share of `micros`, in millionths of millionths.
    pub(super) share: i128,
    /// Whether our share of a part of it is not known: it is of two months with different shares, which it cannot be divided between, or
    /// of a removed partner.
    pub(super) has_unknown_share: bool,
}

/// The sums of a group.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct PerformanceSums {
    /// Days of the group that are over for all of its partners.
    pub(super) days: u32,
    /// Whether all of them are.
    pub(super) is_over: bool,
    /// Answered searches.
    pub(super) searches: u64,
    /// Those with sponsored results.
    pub(super) with_ads: u64,
    /// Counted clicks on sponsored results; None if no partner's clicks are counted here.
    pub(super) clicks: Option<u64>,
    /// Searches with sponsored results of the partners whose clicks are counted here.
    pub(super) clickable: u64,
    /// The partners' clicks; None if one of them does not tell those of a day.
    pub(super) theirs: Option<i128>,
    /// Days for which every partner with a statement in the group tells its revenue.
    pub(super) stated_days: u32,
    /// By currency; None is a currency that the statement does not name.
    pub(super) revenue: BTreeMap<Option<Currency>, RevenueSum>,
    /// What requests to partners that are paid by request cost, in millionths.
    pub(super) costs: BTreeMap<Currency, i128>,
    /// Whether some of these requests have no price, so that their cost is not known.
    pub(super) has_unpriced: bool,
    /// Whether rows of statements are left out because they reach beyond the group's days, or are not about its code alone.
    pub(super) has_left_out: bool,
}

impl PerformanceSums {
    /// Adds up a group.
    pub(super) fn of(request: &PerformanceRequest<'_>, group: &ReportGroup, partners: &[PartnerData]) -> Self {
        let mut sums = Self::default();
        let mut stated_days: Option<BTreeSet<Date>> = None;
        let mut theirs: Option<Option<i128>> = None;
        let partners = partners
            .iter()
            .filter(|data| group.partner.as_deref().is_none_or(|name| data.partner.name.as_str() == name));
        let mut zones = Vec::new();
        for data in partners {
            zones.push(&data.partner.zone);
            sums.add_counts(group, data);
            let rows = sums.usable_rows(group, &data.stated);
            for row in rows.iter().filter(|row| row.codes != StatedCodes::Unknown) {
                let clicks = row.clicks.map(i128::from);
                let sum = theirs.unwrap_or(Some(0));
                theirs = Some(sum.zip(clicks).and_then(|(sum, clicks)| sum.checked_add(clicks)));
            }
            sums.add_revenue(group, data, &rows);
            sums.add_costs(group, data);
            if !data.stated.rows.is_empty() {
                let days = days_with_revenue(&rows);
                stated_days = Some(stated_days.map_or_else(|| days.clone(), |all| &all & &days));
            }
        }
        let days = group.from.series(Span::new().days(1)).take_while(|day| *day <= group.to);
        let is_over = |day: &Date| zones.iter().all(|zone| hours_of_day(*day, zone).end <= request.now);
        sums.days = u32::try_from(days.filter(is_over).count()).unwrap_or(u32::MAX);
        sums.is_over = is_over(&group.to);
        sums.theirs = theirs.flatten();
        sums.stated_days = stated_days.map_or(0, |days| u32::try_from(days.len()).unwrap_or(u32::MAX));
        sums
    }

    fn add_counts(&mut self, group: &ReportGroup, data: &PartnerData) {
        let wanted = data.ours.by_day.range((group.from, String::new())..).take_while(|((day, _), _)| *day <= group.to);
        let mut clicks = 0_u64;
        for (_, counts) in wanted.filter(|((_, code), _)| has_code(group, code)) {
            self.searches = self.searches.saturating_add(counts.searches);
            self.with_ads = self.with_ads.saturating_add(counts.with_ads);
            if !data.partner.is_direct {
                self.clickable = self.clickable.saturating_add(counts.with_ads);
                clicks = clicks.saturating_add(counts.clicks);
            }
        }
        if !data.partner.is_direct {
            self.clicks = Some(self.clicks.unwrap_or(0).saturating_add(clicks));
        }
    }

    fn add_costs(&mut self, group: &ReportGroup, data: &PartnerData) {
        let days = group.from..=group.to;
        for cost in data.costs.iter().filter(|cost| days.contains(&cost.day) && has_code(group, &cost.code)) {
            match cost.currency {
                Some(currency) => {
                    let sum = self.costs.entry(currency).or_default();
                    *sum = sum.saturating_add(cost.micros.0.into());
                }
                None => self.has_unpriced = true,
            }
        }
    }

    /// The margin in the currency of a revenue, in millionths: our share of it less the costs. None if the revenue is not told for every day
    /// and code of the group, or if a cost is not known in this currency.
    pub(super) fn margin(&self, currency: Option<Currency>, days: u32) -> Option<i128> {
        let revenue =
            self.revenue.get(&currency).filter(|revenue| revenue.micros.is_some() && !revenue.has_unknown_share)?;
        let is_told = self.stated_days == days && !self.has_left_out;
        let is_known = !self.has_unpriced && self.costs.keys().all(|of_cost| Some(*of_cost) == currency);
        let cost = currency.and_then(|currency| self.costs.get(&currency)).copied().unwrap_or(0);
        rounded_micros(revenue.share).checked_sub(cost).filter(|_| is_told && is_known)
    }

    /// The rows that are about days and codes of the group only.
    fn usable_rows<'s>(&mut self, group: &ReportGroup, stated: &'s StatedRows) -> Vec<&'s StatedRow> {
        let mut usable = Vec::new();
        for row in stated.rows.iter().filter(|row| row.first <= group.to && group.from <= row.last) {
            let is_within = group.from <= row.first && row.last <= group.to;
            let is_of_code = match (&group.code, &row.codes) {
                (None, _) => Some(true),
                (Some(_), StatedCodes::All) => None,
                (Some(_), StatedCodes::Unknown) => Some(false),
                (Some(code), StatedCodes::Only(codes)) if codes.contains(code) => (codes.len() == 1).then_some(true),
                (Some(_), StatedCodes::Only(_)) => Some(false),
            };
            match is_of_code {
                Some(true) if is_within => usable.push(row),
                Some(false) => {}
                Some(true) | None => self.has_left_out = true,
            }
        }
        usable
    }

    fn add_revenue(&mut self, group: &ReportGroup, data: &PartnerData, rows: &[&StatedRow]) {
        let mut counted: BTreeMap<Option<Currency>, BTreeSet<(Date, &str)>> = BTreeMap::new();
        for row in rows {
            let Some((amount, currency)) = row.revenue else { continue };
            let sum = self.revenue.entry(currency).or_default();
            let place = if row.codes == StatedCodes::Unknown { &mut sum.unmapped } else { &mut sum.micros };
            *place = Some(place.unwrap_or(0).saturating_add(amount.0.into()));
            if row.codes != StatedCodes::Unknown {
                let shares = data.partner.shares.as_ref();
                let [first, last] =
                    [row.first, row.last].map(|day| shares.map(|shares| shares.of(YearMonth::containing(day))));
                sum.share = sum.share.saturating_add(first.map_or(0, |share| share.exact(amount)));
                sum.has_unknown_share |= first.is_none() || first != last;
            }
            let days =
                data.ours.by_day.range((row.first, String::new())..).take_while(|((day, _), _)| *day <= row.last);
            let is_of_row = |code: &str| match &row.codes {
                StatedCodes::All => has_code(group, code),
                StatedCodes::Only(codes) => codes.contains(code),
                StatedCodes::Unknown => false,
            };
            let cells = days.filter(|((_, code), _)| is_of_row(code)).map(|((day, code), _)| (*day, code.as_str()));
            counted.entry(currency).or_default().extend(cells);
        }
        for (currency, cells) in counted {
            let Some(sum) = self.revenue.get_mut(&currency) else { continue };
            sum.has_direct |= data.partner.is_direct && !cells.is_empty();
            for (day, code) in cells {
                let counts = data.ours.by_day.get(&(day, code.to_owned())).copied().unwrap_or_default();
                sum.searches = sum.searches.saturating_add(counts.searches);
                sum.clicks = sum.clicks.saturating_add(counts.clicks);
            }
        }
    }
}

fn has_code(group: &ReportGroup, code: &str) -> bool {
    group.code.as_deref().is_none_or(|wanted| wanted == code)
}

/// The days whose rows all tell their revenue.
fn days_with_revenue(rows: &[&StatedRow]) -> BTreeSet<Date> {
    let (mut told, mut untold) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let days = row.first.series(Span::new().days(1)).take_while(|day| *day <= row.last);
        if row.revenue.is_some() { &mut told } else { &mut untold }.extend(days);
    }
    &told - &untold
}
