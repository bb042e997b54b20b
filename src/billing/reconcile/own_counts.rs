//! Cuts our counts of UTC hours and UTC days into a partner's days. The rules are in `docs/statements.md`, "Which of our clicks belong
//! to a day".
//!
//! An hour that lies in two days, because the zone is not offset from UTC by whole hours, is divided in proportion to the time. The
//! clicks of one kind and outcome are divided together and their codes by cumulated rounding, so that days add up to hours
//! exactly, in total and by code. A UTC day that lies in two of the partner's days is not divided: it has no time of day at all.

use std::collections::BTreeMap;
use std::ops::Range;

use strum::VariantArray as _;

use crate::billing::days::{SECONDS_OF_HOUR, share_of_hour};
use crate::billing::hourly::{HourCount, PartnerCounts, SearchCount, StoredCounts};
use crate::billing::reconcile::result::OwnCounts;
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::result_kind::ResultKind;
use crate::time::Hour;

/// Seconds in a UTC day.
const SECONDS_OF_DAY: i64 = 86_400;
/// Hours in a UTC day.
const HOURS_OF_DAY: i64 = 24;

/// Our counts of a period.
#[derive(Debug, Clone, Default)]
pub(super) struct CutCounts {
    /// Of all codes.
    pub total: OwnCounts,
    /// Of each group of codes, by its index.
    pub groups: Vec<OwnCounts>,
}

impl CutCounts {
    /// Adds the counts of another period.
    pub(super) fn add(&mut self, other: &Self) {
        self.total.add(&other.total);
        self.groups.resize(self.groups.len().max(other.groups.len()), OwnCounts::default());
        self.groups.iter_mut().zip(&other.groups).for_each(|(sum, counts)| sum.add(counts));
    }

    fn of_code(&mut self, group: Option<usize>) -> impl Iterator<Item = &mut OwnCounts> {
        let group = group.and_then(|group| self.groups.get_mut(group));
        std::iter::once(&mut self.total).chain(group)
    }
}

/// Cuts counts into periods.
#[derive(Debug)]
pub(super) struct Cutter<'c> {
    /// The counts, each list ordered by hour.
    pub counts: &'c StoredCounts,
    /// The index of the group that a code belongs to.
    pub group_of: &'c BTreeMap<String, usize>,
    /// How many groups there are.
    pub groups: usize,
}

impl Cutter<'_> {
    /// Returns our counts in a range of UTC seconds. None if a UTC day with counts, whose hours were rolled up, lies in it partly.
    pub(super) fn cut(&self, seconds: &Range<i64>) -> Option<CutCounts> {
        let mut cut = CutCounts { total: OwnCounts::default(), groups: vec![OwnCounts::default(); self.groups] };
        if seconds.is_empty() {
            return Some(cut);
        }
        let daily = TimeUnits::new(seconds, SECONDS_OF_DAY);
        for (day, _) in &daily.edges {
            let hours = hour(day * HOURS_OF_DAY)..hour((day + 1) * HOURS_OF_DAY);
            if !clicks_in(&self.counts.daily, &hours).is_empty() || !searches_in(&self.counts.daily, &hours).is_empty()
            {
                return None;
            }
        }
        let days = hour(daily.whole.start * HOURS_OF_DAY)..hour(daily.whole.end * HOURS_OF_DAY);
        self.add_whole(&mut cut, &self.counts.daily, &days);
        let hourly = TimeUnits::new(seconds, SECONDS_OF_HOUR);
        self.add_whole(&mut cut, &self.counts.hourly, &(hour(hourly.whole.start)..hour(hourly.whole.end)));
        for (index, part) in &hourly.edges {
            self.add_edge(&mut cut, hour(*index), part);
        }
        Some(cut)
    }

    fn add_whole(&self, cut: &mut CutCounts, counts: &PartnerCounts, hours: &Range<Hour>) {
        for HourCount { code, kind, outcome, n, .. } in clicks_in(counts, hours) {
            cut.of_code(self.group(code)).for_each(|own| own.add_clicks(*kind, *outcome, *n));
        }
        for SearchCount { code, outcome, n, .. } in searches_in(counts, hours) {
            cut.of_code(self.group(code)).for_each(|own| own.add_searches(*outcome, *n));
        }
    }

    /// Adds the part of an hour that lies in the period.
    fn add_edge(&self, cut: &mut CutCounts, edge: Hour, part: &Range<i64>) {
        let hours = edge..Hour(edge.0.saturating_add(1));
        let mut clicks: Vec<Divided<(Option<ResultKind>, ClickOutcome)>> = Vec::new();
        // Of the paid clicks of the hour: how many there are, and how many are in the period.
        let (mut paid, mut paid_by_group) = ((0, 0), BTreeMap::<usize, (u64, u64)>::new());
        for count in clicks_in(&self.counts.hourly, &hours) {
            let HourCount { code, kind, outcome, n, .. } = count;
            let (inside, group) = (divide(&mut clicks, (*kind, *outcome), *n, part), self.group(code));
            cut.of_code(group).for_each(|own| own.add_clicks(*kind, *outcome, inside));
            if count.is_paid() {
                let of_group = group.map(|group| paid_by_group.entry(group).or_default());
                for (all, sum) in std::iter::once(&mut paid).chain(of_group) {
                    (*all, *sum) = (*all + n, *sum + inside);
                }
            }
        }
        let uncertain = |(all, inside): (u64, u64)| inside.max(all.saturating_sub(inside));
        cut.total.uncertain += uncertain(paid);
        for (group, paid) in paid_by_group {
            if let Some(own) = cut.groups.get_mut(group) {
                own.uncertain += uncertain(paid);
            }
        }
        let mut searches: Vec<Divided<SearchOutcome>> = Vec::new();
        for SearchCount { code, outcome, n, .. } in searches_in(&self.counts.hourly, &hours) {
            let inside = divide(&mut searches, *outcome, *n, part);
            cut.of_code(self.group(code)).for_each(|own| own.add_searches(*outcome, inside));
        }
    }

    fn group(&self, code: &str) -> Option<usize> {
        self.group_of.get(code).copied()
    }
}

impl OwnCounts {
    fn add(&mut self, other: &Self) {
        self.outcomes.iter_mut().zip(other.outcomes).for_each(|(sum, n)| *sum += n);
        self.organic += other.organic;
        self.searches += other.searches;
        self.uncertain += other.uncertain;
    }

    fn add_clicks(&mut self, kind: Option<ResultKind>, outcome: ClickOutcome, n: u64) {
        if kind == Some(ResultKind::Sponsored) {
            for (sum, listed) in self.outcomes.iter_mut().zip(ClickOutcome::VARIANTS) {
                *sum += if *listed == outcome { n } else { 0 };
            }
        } else if outcome == ClickOutcome::Counted {
            self.organic += n;
        }
    }

    fn add_searches(&mut self, outcome: SearchOutcome, n: u64) {
        self.searches += if outcome.is_answer() { n } else { 0 };
    }
}

/// The units of time, hours or days, of a range of seconds.
struct TimeUnits {
    /// Those that lie in the range.
    whole: Range<i64>,
    /// Those that lie in it partly, one or two, each with the seconds of it that do.
    edges: Vec<(i64, Range<i64>)>,
}

impl TimeUnits {
    /// Splits a range that is not empty into units of this many seconds.
    fn new(seconds: &Range<i64>, unit: i64) -> Self {
        let (first, last) = (seconds.start.div_euclid(unit), seconds.end.div_euclid(unit));
        let (from, to) = (seconds.start.rem_euclid(unit), seconds.end.rem_euclid(unit));
        let mut edges = Vec::new();
        if first == last {
            return Self { whole: first..first, edges: vec![(first, from..to)] };
        }
        if from > 0 {
            edges.push((first, from..unit));
        }
        if to > 0 {
            edges.push((last, 0..to));
        }
        Self { whole: first + i64::from(from > 0)..last, edges }
    }
}

/// How many counts of one key of an hour have been divided so far.
struct Divided<K> {
    key: K,
    n: u64,
}

/// Returns how many of the next `n` counts of a key lie in this part of the hour: the part of all of them so far, without that of
/// the earlier ones, each rounded down.
fn divide<K: PartialEq>(divided: &mut Vec<Divided<K>>, key: K, n: u64, part: &Range<i64>) -> u64 {
    let before = divided.iter_mut().find(|earlier| earlier.key == key);
    let (earlier, all) = match before {
        Some(found) => {
            let earlier = found.n;
            found.n += n;
            (earlier, found.n)
        }
        None => {
            divided.push(Divided { key, n });
            (0, n)
        }
    };
    share_of_hour(all, part).saturating_sub(share_of_hour(earlier, part)).min(n)
}

fn hour(index: i64) -> Hour {
    Hour(u32::try_from(index.max(0)).unwrap_or(u32::MAX))
}

fn clicks_in<'c>(counts: &'c PartnerCounts, hours: &Range<Hour>) -> &'c [HourCount] {
    in_hours(&counts.clicks, |count| count.hour, hours)
}

fn searches_in<'c>(counts: &'c PartnerCounts, hours: &Range<Hour>) -> &'c [SearchCount] {
    in_hours(&counts.searches, |count| count.hour, hours)
}

/// Returns the counts of these hours, out of counts that are ordered by hour.
fn in_hours<'c, T>(counts: &'c [T], hour: fn(&T) -> Hour, hours: &Range<Hour>) -> &'c [T] {
    let start = counts.partition_point(|count| hour(count) < hours.start);
    let end = counts.partition_point(|count| hour(count) < hours.end);
    counts.get(start..end).unwrap_or_default()
}
