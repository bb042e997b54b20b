//! Our counts as lines of text that are compared one by one: those that were closed with those in the store, which may have been rolled
//! up into UTC days since.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::billing::closing::archive::NamedText;
use crate::billing::closing::files::{COUNTS_DAILY_FILE, COUNTS_FILE};
use crate::time::{Day, Hour};

/// What a count is of: subject, code, kind and outcome.
type CountKey = [String; 4];

/// Counts of one hour or one UTC day.
type Counts = BTreeMap<CountKey, u64>;

/// The counts of a month by the hour, and of days without hours by the UTC day.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CountLines {
    hourly: BTreeMap<Hour, Counts>,
    daily: BTreeMap<Day, Counts>,
}

impl CountLines {
    /// Parses what `counts_csv` returns. None if the text is another one.
    #[must_use]
    pub fn parse(csv: &str) -> Option<Self> {
        Some(Self { hourly: parse_by(csv, Hour::parse)?, daily: BTreeMap::new() })
    }

    /// Parses the counts in the files of a closing. None if they are missing or other texts.
    #[must_use]
    pub fn of_files(files: &[NamedText]) -> Option<Self> {
        let file = |name: &str| files.iter().find(|file| file.name == name);
        let lines = Self::parse(&file(COUNTS_FILE)?.text)?;
        let day = |text: &str| Some(Day::from_date(text.parse().ok()?));
        let daily = file(COUNTS_DAILY_FILE).map_or(Some(BTreeMap::new()), |file| parse_by(&file.text, day))?;
        Some(Self { daily, ..lines })
    }

    /// The sum of all counts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.hourly.values().flat_map(Counts::values).fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// The counts of a UTC day, within the hours of the month.
    fn of_day(&self, day: Day) -> BTreeMap<Hour, &Counts> {
        let hours = day.first_hour()..Hour(day.first_hour().0.saturating_add(24));
        self.hourly
            .range(hours)
            .filter(|(_, counts)| !counts.is_empty())
            .map(|(hour, counts)| (*hour, counts))
            .collect()
    }

    fn sums_of_day(&self, day: Day) -> Counts {
        let mut sums = Counts::new();
        for (key, n) in self.of_day(day).into_values().flatten() {
            let sum: &mut u64 = sums.entry(key.clone()).or_default();
            *sum = sum.saturating_add(*n);
        }
        sums
    }

    /// Returns the first count of `self` that `later` lacks or has less of: counts that arrive later only grow.
    #[must_use]
    pub fn first_decrease(&self, later: &Self) -> Option<String> {
        let nothing = Counts::new();
        self.hourly.iter().find_map(|(hour, counts)| {
            let later = later.hourly.get(hour).unwrap_or(&nothing);
            let smaller = counts.iter().find(|(key, n)| later.get(*key).is_none_or(|later| later < *n))?;
            Some(difference(&hour.to_string(), smaller.0, Some(*smaller.1), later.get(smaller.0).copied()))
        })
    }
}

/// Parses lines of counts by their hour or day.
fn parse_by<T: Ord>(csv: &str, parse: impl Fn(&str) -> Option<T>) -> Option<BTreeMap<T, Counts>> {
    let mut lines: BTreeMap<T, Counts> = BTreeMap::new();
    for record in csv::Reader::from_reader(csv.as_bytes()).records() {
        let record = record.ok()?;
        let cells: Vec<&str> = record.iter().collect();
        let [subject, time, code, kind, outcome, n] = cells.as_slice() else { return None };
        let key = [subject, code, kind, outcome].map(|cell| (*cell).to_owned());
        if lines.entry(parse(time)?).or_default().insert(key, n.parse().ok()?).is_some() {
            return None;
        }
    }
    Some(lines)
}

/// What the store has of a closed month.
#[derive(Debug)]
pub struct StoredMonth {
    /// The hours, and the rows of UTC days.
    pub counts: CountLines,
    /// The counts of the partner's other closed months that share a UTC day with this one.
    pub neighbours: Vec<(Range<Hour>, CountLines)>,
}

/// Compares what was closed with the store. Every UTC day must be there by the hour, exactly as closed, or else as sums. Returns whether
/// days were rolled up, or the first difference in words.
///
/// # Errors
/// The first difference.
pub fn compare_counts(closed: &CountLines, hours: &Range<Hour>, stored: &StoredMonth) -> Result<bool, String> {
    let mut is_rolled_up = false;
    let last = Hour(hours.end.0.saturating_sub(1)).day();
    for day in (hours.start.day().0..=last.0).map(Day) {
        let none = Counts::new();
        let sums = stored.counts.daily.get(&day).unwrap_or(&none);
        is_rolled_up |= compare_day(closed, hours, stored, (day, sums))?;
    }
    Ok(is_rolled_up)
}

/// Compares one UTC day. Returns whether it was rolled up.
fn compare_day(
    closed: &CountLines,
    hours: &Range<Hour>,
    stored: &StoredMonth,
    (day, daily): (Day, &Counts),
) -> Result<bool, String> {
    let (of_closed, of_stored) = (closed.of_day(day), stored.counts.of_day(day));
    let end = Hour(day.first_hour().0.saturating_add(24));
    let is_inside = hours.start <= day.first_hour() && end <= hours.end;
    if let Some(sums) = closed.daily.get(&day) {
        return compare_signed_day((closed, sums), hours, stored, (day, daily));
    }
    if of_stored == of_closed {
        // A day is stored by the hour or as sums, never both. Sums of a day at the month's edge may be of another month.
        let is_double = !daily.is_empty() && (is_inside || !of_closed.is_empty());
        return match daily.iter().next().filter(|_| is_double) {
            Some((key, n)) => Err(difference(&day.date().to_string(), key, None, Some(*n))),
            None => Ok(false),
        };
    }
    if !of_stored.is_empty() || daily.is_empty() {
        return Err(first_difference(&of_closed, &of_stored));
    }
    let mut expected = closed.sums_of_day(day);
    let mut is_whole = is_inside;
    for neighbour in stored.neighbours_of(hours, day) {
        for (key, n) in neighbour.sums_of_day(day) {
            let sum = expected.entry(key).or_default();
            *sum = sum.saturating_add(n);
        }
        is_whole = true;
    }
    // Where the neighbour was closed after its hours were rolled up, its record has the sums of the day.
    if let Some(signed) = stored.neighbours_of(hours, day).find_map(|neighbour| neighbour.daily.get(&day)) {
        compare_sums(day, &expected, signed, false)?;
        compare_sums(day, signed, daily, true)?;
    } else {
        compare_sums(day, &expected, daily, is_whole)?;
    }
    Ok(true)
}

/// Compares a UTC day whose hours were gone when the month was closed, except for those that had arrived since. Hours that arrive later for
/// a neighbour that is not closed may be added to a day at the month's edge. Returns whether hours were rolled up since.
fn compare_signed_day(
    (closed, signed): (&CountLines, &Counts),
    hours: &Range<Hour>,
    stored: &StoredMonth,
    (day, daily): (Day, &Counts),
) -> Result<bool, String> {
    let (of_closed, of_stored) = (closed.of_day(day), stored.counts.of_day(day));
    let is_rolled_up = of_stored != of_closed;
    if is_rolled_up && !of_stored.is_empty() {
        return Err(first_difference(&of_closed, &of_stored));
    }
    let mut expected = signed.clone();
    for (key, n) in if is_rolled_up { closed.sums_of_day(day) } else { Counts::new() } {
        let sum = expected.entry(key).or_default();
        *sum = sum.saturating_add(n);
    }
    let end = Hour(day.first_hour().0.saturating_add(24));
    let is_inside = hours.start <= day.first_hour() && end <= hours.end;
    let is_whole = is_inside || stored.neighbours_of(hours, day).next().is_some();
    compare_sums(day, &expected, daily, is_whole)?;
    Ok(is_rolled_up)
}

impl StoredMonth {
    /// Returns the adjacent months that have a part of this UTC day. Other months, in different zones, can overlap or leave hours out;
    /// they say nothing about the sum.
    fn neighbours_of(&self, hours: &Range<Hour>, day: Day) -> impl Iterator<Item = &CountLines> {
        let (start, end) = (day.first_hour(), Hour(day.first_hour().0.saturating_add(24)));
        let is_adjacent = move |other: &Range<Hour>, of: &Range<Hour>| other.start == of.end || other.end == of.start;
        let hours = hours.clone();
        self.neighbours
            .iter()
            .filter(move |(other, _)| is_adjacent(other, &hours) && other.start < end && start < other.end)
            .map(|(_, lines)| lines)
    }
}

/// Compares the sums of a UTC day. A day that is not wholly of closed months may have more.
fn compare_sums(day: Day, expected: &Counts, daily: &Counts, is_whole: bool) -> Result<(), String> {
    let keys = expected.keys().chain(daily.keys());
    for key in keys {
        let (closed, found) = (expected.get(key).copied(), daily.get(key).copied());
        let is_right = if is_whole { closed == found } else { closed.unwrap_or(0) <= found.unwrap_or(0) };
        if !is_right {
            return Err(difference(&day.date().to_string(), key, closed, found));
        }
    }
    Ok(())
}

fn first_difference(closed: &BTreeMap<Hour, &Counts>, stored: &BTreeMap<Hour, &Counts>) -> String {
    let count = |counts: &BTreeMap<Hour, &Counts>, hour: Hour, key: &CountKey| {
        counts.get(&hour).and_then(|counts| counts.get(key)).copied()
    };
    let keys = closed.iter().chain(stored).flat_map(|(hour, counts)| counts.keys().map(move |key| (*hour, key)));
    let mut keys: Vec<_> = keys.collect();
    keys.sort();
    let different = keys.into_iter().find(|(hour, key)| count(closed, *hour, key) != count(stored, *hour, key));
    different.map_or_else(String::new, |(hour, key)| {
        difference(&hour.to_string(), key, count(closed, hour, key), count(stored, hour, key))
    })
}

/// Names the place of a count that differs.
fn difference(time: &str, key: &CountKey, closed: Option<u64>, found: Option<u64>) -> String {
    let [subject, code, kind, outcome] = key;
    let number = |n: Option<u64>| n.map_or_else(|| "no row".to_owned(), |n| n.to_string());
    let (closed, found) = (number(closed), number(found));
    format!("{subject} {time}, {code}, {kind}, {outcome}: closed with {closed}, the store has {found}")
}
