//! What is true, by what people did and never by what the service answered. A *life* is what the design counts as one
//! client: it begins when a first stamp is returned, and ends with the stamp. Dates are reckoned here by `jiff` alone.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use qsproxy::time::{Day, Time};

use super::clients::COOKIE_SECONDS;
use super::figures::{AGES, Cells, Figures, WINDOWS};
use super::service::CODES;

/// Everybody's lives: the code, and the days on which they came, in order; the first is the one of birth.
#[derive(Default)]
pub struct Truth(Vec<(usize, Vec<u32>)>);

impl Truth {
    pub fn born(&mut self, code: usize, day: Day) -> usize {
        self.0.push((code, vec![day.0]));
        self.0.len() - 1
    }

    /// Somebody came on this day, again or not.
    pub fn came(&mut self, life: usize, day: Day) {
        let days = &mut self.0[life].1;
        if days.last() != Some(&day.0) {
            assert!(days.last() < Some(&day.0), "days come in order");
            days.push(day.0);
        }
    }

    /// The same, born with the first visit.
    pub fn saw(&mut self, life: &mut Option<usize>, code: usize, day: Day) {
        match life {
            Some(life) => self.came(*life, day),
            None => *life = Some(self.born(code, day)),
        }
    }

    pub fn person_days(&self) -> usize {
        self.0.iter().map(|(_, days)| days.len()).sum()
    }

    pub fn lives(&self) -> usize {
        self.0.len()
    }

    /// The rows that the store must hold.
    pub fn cells(&self) -> Cells {
        let mut cells = Cells::default();
        for (code, days) in &self.0 {
            let gaps = std::iter::once(0).chain(days.windows(2).map(|pair| pair[1] - pair[0]));
            days.iter().zip(gaps).for_each(|(day, gap)| cells.count(CODES[*code], *day, gap, days[0]));
        }
        cells
    }

    /// Every figure, by looking at each life: without gaps, as a second opinion on the rows.
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
                lives.for_each(|(_, days)| cover(days, window, &range, &mut active));
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

/// Marks on which days a life is active in the window that ends there: +1 where that begins, -1 behind its end.
fn cover(days: &[u32], window: u32, range: &std::ops::Range<u32>, changes: &mut [i64]) {
    let place = |day: u32| usize::try_from(day.clamp(range.start, range.end) - range.start).unwrap();
    let mut days = days.iter().copied().peekable();
    while let Some(from) = days.next() {
        let mut to = from + window;
        while let Some(next) = days.next_if(|next| *next <= to) {
            to = next + window;
        }
        changes[place(from)] += 1;
        changes[place(to)] -= 1;
    }
}

/// Where one person stands, by the rules that are documented.
#[derive(Default)]
pub struct Diary {
    pub life: Option<Life>,
    /// A toolbar that got its first stamp and has not returned it: since when it has it.
    pub offered: Option<Date>,
}

/// A life under way.
pub struct Life {
    pub number: usize,
    pub last: Day,
    /// The day of birth as a stamp tells it by now.
    told: Date,
    /// When its browser last got a stamp.
    renewed: Time,
}

impl Diary {
    /// Forgets who this was: their cookies are cleared, or they object.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Before a visit: whether the cookie has gone by itself, and whether the stamp is past its time.
    pub fn ends_before(&mut self, at: Time, is_browser: bool) -> (bool, bool) {
        let today = at.day().date();
        let is_gone = self.life.as_ref().is_some_and(|life| is_browser && at.0 >= life.renewed.0 + COOKIE_SECONDS);
        let is_old = self.life.as_ref().is_some_and(|life| today >= thirteen_months_after(life.told));
        if is_gone || is_old {
            self.life = None;
        }
        if self.offered.is_some_and(|since| today >= thirteen_months_after(since)) {
            self.offered = None;
        }
        (is_gone, is_old)
    }

    /// A visit that confirms: the life it belongs to goes on, or begins. Whether it is the first of the day.
    pub fn confirms(&mut self, truth: &mut Truth, code: usize, at: Time) -> bool {
        let day = at.day();
        self.offered = None;
        let Some(life) = &mut self.life else {
            let number = truth.born(code, day);
            self.life = Some(Life { number, last: day, told: day.date(), renewed: at });
            return true;
        };
        truth.came(life.number, day);
        let is_first = life.last < day;
        if is_first {
            life.told = told_on(life.told, day.date());
            (life.last, life.renewed) = (day, at);
        }
        is_first
    }

    /// A stamp arrived once more.
    pub fn renewed(&mut self, at: Time) {
        if let Some(life) = &mut self.life {
            life.renewed = at;
        }
    }
}

/// On which day a stamp of this cohort is worth nothing any more.
fn thirteen_months_after(told: Date) -> Date {
    told.checked_add(13.months()).unwrap()
}

/// CONTRACT section 5: by day for 30 days, by ISO week for 26 weeks, then by month; the age is that of what the stamp
/// tells.
fn told_on(told: Date, today: Date) -> Date {
    match told.duration_until(today).as_hours() / 24 {
        0..=30 => told,
        31..=182 if told.weekday() == Weekday::Monday => told,
        31..=182 => told.nth_weekday(-1, Weekday::Monday).unwrap(),
        _ => Date::new(told.year(), told.month(), 1).unwrap(),
    }
}
