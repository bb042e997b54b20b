//! What really happened, and how far what was counted is from it. A *life* is what the design calls a person: from the day
//! on which somebody without a valid stamp returned one, to the day on which that one ended or was lost.

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;
use qsproxy::report::table::TableValue;
use qsproxy::report::usage::CohortGrain;
use qsproxy::report::{CountsReader, ReportFilter};
use qsproxy::time::Day;

/// A life as it was: the days of its visits, the first of which is its birth.
#[derive(Debug, Clone, Default)]
pub struct Life {
    pub days: Vec<Day>,
    /// The cohort as the stamp tells it by now.
    told: Option<Date>,
}

impl Life {
    pub fn begin(day: Day) -> Self {
        Self { days: vec![day], told: Some(day.date()) }
    }

    /// Whether its stamp is worth nothing any more: thirteen calendar months after its cohort, as told by then.
    pub fn is_over(&self, today: Day) -> bool {
        self.told.is_none_or(|told| today.date() >= told.checked_add(13.months()).unwrap())
    }

    /// A visit on a later day. The cohort is told by day until the age of 30, then by its week until 182 days, then by its
    /// month.
    pub fn visit(&mut self, today: Day) {
        let told = self.told.unwrap();
        let age = (today.date() - told).get_days();
        self.told = Some(match age {
            ..=30 => told,
            31..=182 => told.checked_sub(i64::from(told.weekday().to_monday_zero_offset()).days()).unwrap(),
            _ => told.first_of_month(),
        });
        self.days.push(today);
    }
}

/// By how much what was counted differs from what was: the sum of the differences over all days, or cohorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Errors {
    pub new: u64,
    pub active: [u64; 4],
    pub back: [u64; 3],
    /// What there was to count: visitors by day.
    pub of: u64,
}

impl Errors {
    pub fn none(&self) -> bool {
        self.new == 0 && self.active == [0; 4] && self.back == [0; 3]
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { new, active: [one, seven, four_weeks, thirty], back: [d1, d7, d30], of } = self;
        write!(
            f,
            "of {of} visitors by day: new {new}, daily {one}, rolling 7 {seven}, 28 {four_weeks}, 30 {thirty}, \
             D1 {d1}, D7 {d7}, D30 {d30}"
        )
    }
}

/// Visitors by day: new, and active in 1, 7, 28 and 30 days; and by cohort: back after 1, 7 and 30 days.
struct Table {
    active: BTreeMap<Day, [u64; 5]>,
    back: BTreeMap<Day, [u64; 3]>,
}

const WINDOWS: [u32; 4] = [1, 7, 28, 30];

fn table(lives: &[Life]) -> Table {
    let mut table = Table { active: BTreeMap::new(), back: BTreeMap::new() };
    for life in lives {
        let birth = life.days[0];
        table.active.entry(birth).or_default()[0] += 1;
        let back = table.back.entry(birth).or_default();
        for (count, age) in back.iter_mut().zip([1, 7, 30]) {
            *count += u64::from(life.days.contains(&Day(birth.0 + age)));
        }
        for (place, length) in WINDOWS.into_iter().enumerate() {
            // The windows that hold a visit, each once: those that end on it or up to `length` - 1 days later.
            let mut told = 0;
            for visit in &life.days {
                for end in visit.0.max(told)..visit.0 + length {
                    table.active.entry(Day(end)).or_default()[place + 1] += 1;
                }
                told = visit.0 + length;
            }
        }
    }
    table
}

fn number(value: &TableValue) -> u64 {
    match value {
        TableValue::Count(n) => *n,
        TableValue::Text(_) | TableValue::Share(_) | TableValue::Hidden | TableValue::Nothing => 0,
    }
}

/// Holds what the reports say against the lives, from the first day to the last.
pub fn errors(counts: &CountsReader, lives: &[Life], first: Day, last: Day) -> Errors {
    let mut truth = table(lives);
    let question = ReportFilter { from: first.date(), to: last.date(), ..ReportFilter::default() };
    let mut errors = Errors { of: lives.iter().map(|life| life.days.len() as u64).sum(), ..Errors::default() };
    let day = |row: &[TableValue]| Day::from_date(row[0].text().parse().unwrap());
    let totals = |rows: Vec<Vec<TableValue>>| rows.into_iter().filter(|row| row[1].text() == "*");
    for row in totals(counts.active(&question, 1, last).unwrap().rows) {
        let real = truth.active.remove(&day(&row)).unwrap_or_default();
        errors.new += number(&row[2]).abs_diff(real[0]);
        for place in 0..4 {
            errors.active[place] += number(&row[place + 3]).abs_diff(real[place + 1]);
        }
    }
    for (_, real) in truth.active.range(first..=last) {
        errors.new += real[0];
        (0..4).for_each(|place| errors.active[place] += real[place + 1]);
    }
    for row in totals(counts.retention(&question, CohortGrain::Day, 1, Day(u32::MAX)).unwrap().rows) {
        let real = truth.back.remove(&day(&row)).unwrap_or_default();
        (0..3).for_each(|place| errors.back[place] += number(&row[place + 3]).abs_diff(real[place]));
    }
    for real in truth.back.values() {
        (0..3).for_each(|place| errors.back[place] += real[place]);
    }
    errors
}
