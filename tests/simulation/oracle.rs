//! The expected counts, derived from what people did and never from what the service responded. A *life* is what the design
//! counts as one visitor: it begins when a client returns its first stamp, and ends with the stamp. All date arithmetic here
//! is done by `jiff`.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use qsproxy::time::{Day, Time};

use super::clients::COOKIE_SECONDS;
use super::figures::{AGES, Figures, StoredRows, WINDOWS};
use super::service::CODES;

/// All lives: the code, and the days of its visits in order, of which the first is the one as a new visitor.
#[derive(Default)]
pub struct Oracle(Vec<(usize, Vec<u32>)>);

impl Oracle {
    /// Begins a life; returns its number.
    pub fn new_visitor(&mut self, code: usize, day: Day) -> usize {
        self.0.push((code, vec![day.0]));
        self.0.len() - 1
    }

    /// A visit on this day, the first of the day or a further one.
    pub fn visit(&mut self, life: usize, day: Day) {
        let days = &mut self.0[life].1;
        if days.last() != Some(&day.0) {
            assert!(days.last() < Some(&day.0), "visits are recorded in order");
            days.push(day.0);
        }
    }

    /// A visit; begins the life if there is none.
    pub fn visit_or_begin(&mut self, life: &mut Option<usize>, code: usize, day: Day) {
        match life {
            Some(life) => self.visit(*life, day),
            None => *life = Some(self.new_visitor(code, day)),
        }
    }

    pub fn person_days(&self) -> usize {
        self.0.iter().map(|(_, days)| days.len()).sum()
    }

    pub fn lives(&self) -> usize {
        self.0.len()
    }

    /// The rows that the store must contain.
    pub fn rows(&self) -> StoredRows {
        let mut rows = StoredRows::default();
        for (code, days) in &self.0 {
            let gaps = std::iter::once(0).chain(days.windows(2).map(|pair| pair[1] - pair[0]));
            days.iter().zip(gaps).for_each(|(day, gap)| rows.count(CODES[*code], *day, gap, days[0]));
        }
        rows
    }

    /// Every figure, computed from the days of each life without gaps: a second check of the rows.
    pub fn figures(&self, range: std::ops::Range<u32>) -> Figures {
        let mut figures = Figures::default();
        for (code, days) in &self.0 {
            let code = CODES[*code];
            figures.add("new", code, days[0], 1);
            days.iter().for_each(|day| figures.add("daily", code, *day, 1));
            for (name, _) in AGES.into_iter().filter(|(_, age)| days.contains(&(days[0] + age))) {
                figures.add(name, code, days[0], 1);
            }
        }
        for (name, window) in WINDOWS {
            for (at, code) in CODES.into_iter().enumerate() {
                let mut active = vec![0_i64; range.len() + 1];
                let lives = self.0.iter().filter(|(known, _)| *known == at);
                lives.for_each(|(_, days)| mark_active(days, window, &range, &mut active));
                let mut sum = 0;
                for (day, change) in range.clone().zip(&active) {
                    sum += change;
                    if sum > 0 {
                        figures.add(name, code, day, u64::try_from(sum).unwrap());
                    }
                }
            }
        }
        figures
    }
}

/// Adds the changes of the number of active visitors by one life: +1 on the first day whose window contains a visit, -1 on the
/// first day whose window does not any more.
fn mark_active(days: &[u32], window: u32, range: &std::ops::Range<u32>, changes: &mut [i64]) {
    let index = |day: u32| usize::try_from(day.clamp(range.start, range.end) - range.start).unwrap();
    let mut days = days.iter().copied().peekable();
    while let Some(from) = days.next() {
        let mut to = from + window;
        while let Some(next) = days.next_if(|next| *next <= to) {
            to = next + window;
        }
        changes[index(from)] += 1;
        changes[index(to)] -= 1;
    }
}

/// The expected state of one client, by the documented rules.
#[derive(Default)]
pub struct ExpectedClient {
    pub life: Option<Life>,
    /// A toolbar with an unconfirmed first stamp: the day on which it received the stamp.
    pub unconfirmed_since: Option<Date>,
}

/// A life that has not ended.
pub struct Life {
    pub number: usize,
    pub last: Day,
    /// The cohort in the stamp.
    cohort: Date,
    /// When the browser last received a stamp.
    renewed: Time,
}

impl ExpectedClient {
    /// The client cleared its cookies, or objects to being counted.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Before a visit: ends the life if the cookie or the stamp has expired. Returns which of them.
    pub fn expire_before(&mut self, at: Time, is_browser: bool) -> Expired {
        let today = at.day().date();
        let cookie = self.life.as_ref().is_some_and(|life| is_browser && at.0 >= life.renewed.0 + COOKIE_SECONDS);
        let stamp = self.life.as_ref().is_some_and(|life| today >= thirteen_months_after(life.cohort));
        if cookie || stamp {
            self.life = None;
        }
        if self.unconfirmed_since.is_some_and(|since| today >= thirteen_months_after(since)) {
            self.unconfirmed_since = None;
        }
        Expired { cookie, stamp }
    }

    /// A visit that confirms a stamp: continues or begins a life. Returns true if it is the first visit of the day.
    pub fn confirm(&mut self, oracle: &mut Oracle, code: usize, at: Time) -> bool {
        let day = at.day();
        self.unconfirmed_since = None;
        let Some(life) = &mut self.life else {
            let number = oracle.new_visitor(code, day);
            self.life = Some(Life { number, last: day, cohort: day.date(), renewed: at });
            return true;
        };
        oracle.visit(life.number, day);
        let first_of_day = life.last < day;
        if first_of_day {
            // A coarser cohort with which the stamp would have ended is not taken over.
            let coarse =
                Some(cohort_on(life.cohort, day.date())).filter(|cohort| day.date() < thirteen_months_after(*cohort));
            life.cohort = coarse.unwrap_or(life.cohort);
            (life.last, life.renewed) = (day, at);
        }
        first_of_day
    }

    /// The browser received its stamp again.
    pub fn renew(&mut self, at: Time) {
        if let Some(life) = &mut self.life {
            life.renewed = at;
        }
    }
}

/// What expired before a visit.
pub struct Expired {
    pub cookie: bool,
    pub stamp: bool,
}

/// The day on which a stamp of this cohort expires.
fn thirteen_months_after(cohort: Date) -> Date {
    cohort.checked_add(13.months()).unwrap()
}

/// The cohort that a stamp contains after a visit today (`docs/privacy-requirements.md`): the day up to an age of 30 days, the
/// Monday of its ISO week up to 26 weeks, then the first of its month. The age is that of the cohort in the stamp.
fn cohort_on(cohort: Date, today: Date) -> Date {
    match cohort.duration_until(today).as_hours() / 24 {
        0..=30 => cohort,
        31..=182 if cohort.weekday() == Weekday::Monday => cohort,
        31..=182 => cohort.nth_weekday(-1, Weekday::Monday).unwrap(),
        _ => Date::new(cohort.year(), cohort.month(), 1).unwrap(),
    }
}
