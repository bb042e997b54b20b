//! Parses one text as a day, a week or a month, by a format.

use jiff::civil::{Date, ISOWeekDate, Time, Weekday};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{Offset, TimeZone};

use crate::billing::import::dates::month_names::MonthNames;
use crate::billing::import::dates::period::Clock;
use crate::billing::row_rules::{EXCEL_1904, Grain, epoch_units, is_spreadsheet_format};

/// The largest day number of a spreadsheet: 9999-12-31.
const MAX_SERIAL: i64 = 2_958_465;
/// How the English days of the week begin. jiff knows these, and checks that the date is on that day.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Endings of numbers in dates.
const ORDINALS: [&str; 7] = ["st", "nd", "rd", "th", "er", "º", "ª"];
/// The longest name of a day of the week, in characters.
const MAX_WEEKDAY_CHARS: usize = 20;
/// Seconds of a day.
const DAY_SECONDS: i64 = 86_400;

/// How dates are read.
#[derive(Clone, Copy)]
pub(super) struct DateRules<'p> {
    /// strftime(3), or one of the formats of spreadsheets.
    pub format: &'p str,
    pub names: &'p MonthNames,
    pub zone: &'p TimeZone,
    pub grain: Grain,
}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParsedDate {
    pub first: Date,
    /// The last day, if the text names a week or a month.
    pub last: Option<Date>,
    pub clock: Option<Clock>,
}

/// Parses a text.
///
/// # Errors
/// The text does not match; or it does in several ways.
pub(super) fn parse(text: &str, rules: DateRules<'_>) -> Result<ParsedDate, String> {
    let no_match = || format!("does not match date_format = \"{}\"", rules.format);
    if is_spreadsheet_format(rules.format) {
        return parse_serial(text, rules.format == EXCEL_1904).ok_or_else(no_match);
    }
    if let Some(units) = epoch_units(rules.format) {
        return parse_epoch(text, units, rules).ok_or_else(no_match);
    }
    let parsed = strtime::parse(rules.format, text).ok().and_then(|time| interpret(&time, rules));
    if let Some(parsed) = parsed {
        return Ok(parsed);
    }
    if let Some((format, text)) = without_weekday(rules.format, text) {
        return parse(text, DateRules { format, ..rules }).map_err(|_| no_match());
    }
    if let Some(text) = without_ordinal(text).filter(|_| rules.format.contains("%d")) {
        return parse(&text, rules).map_err(|_| no_match());
    }
    let in_full = rules.format.contains("%B");
    if !in_full && !rules.format.contains("%b") && !rules.format.contains("%h") {
        return Err(no_match());
    }
    let mut found: Vec<ParsedDate> = Vec::new();
    for text in rules.names.in_english(text, in_full) {
        let parsed = strtime::parse(rules.format, &text).ok().and_then(|time| interpret(&time, rules));
        if let Some(parsed) = parsed.filter(|parsed| !found.contains(parsed)) {
            found.push(parsed);
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(parsed), true) => Ok(parsed),
        (Some(_), false) => {
            Err("this name is another month in other languages; set date_locale, such as \"pl\"".to_owned())
        }
        (None, _) => Err(no_match()),
    }
}

fn interpret(time: &BrokenDownTime, rules: DateRules<'_>) -> Option<ParsedDate> {
    if let Some(timestamp) = time.timestamp() {
        return at_instant(timestamp, utc_time(timestamp), rules);
    }
    let day = |date: Date| ParsedDate { first: date, last: None, clock: None };
    let date = match (time.to_date(), rules.grain) {
        (Ok(date), _) => day(date),
        (Err(_), Grain::Month) => {
            let first = Date::new(time.year()?, time.month()?, 1).ok()?;
            ParsedDate { last: Some(first.last_of_month()), ..day(first) }
        }
        (Err(_), Grain::Week) => {
            let week = |weekday| ISOWeekDate::new(time.iso_week_year()?, time.iso_week()?, weekday).ok();
            ParsedDate { last: Some(week(Weekday::Sunday)?.date()), ..day(week(Weekday::Monday)?.date()) }
        }
        (Err(_), Grain::Day) => return None,
    };
    if time.hour().is_none() {
        return Some(date);
    }
    let clock = time.to_time().ok()?;
    if rules.grain != Grain::Day {
        // A week or a month has no hour.
        return (clock == Time::midnight()).then_some(date);
    }
    match time.offset().or_else(|| utc_designator(rules.format)) {
        Some(offset) => at_instant(offset.to_timestamp(date.first.to_datetime(clock)).ok()?, clock, rules),
        None => {
            let clock = Clock {
                hour: clock.hour(),
                text: clock.to_string(),
                has_offset: false,
                is_midnight_in_file: clock == Time::midnight(),
            };
            Some(ParsedDate { clock: Some(clock), ..date })
        }
    }
}

/// The day and the time in the partner's zone at an instant, of which the file has this time.
fn at_instant(instant: jiff::Timestamp, in_file: Time, rules: DateRules<'_>) -> Option<ParsedDate> {
    let there = instant.to_zoned_datetime(rules.zone.clone());
    let clock = Clock {
        hour: there.time().hour(),
        text: format!("{}{}", there.time(), there.offset()),
        has_offset: true,
        is_midnight_in_file: in_file == Time::midnight(),
    };
    Some(ParsedDate { first: there.date(), last: None, clock: Some(clock) })
}

/// Parses a number of units since 1970.
fn parse_epoch(text: &str, units_per_second: i64, rules: DateRules<'_>) -> Option<ParsedDate> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let units: i64 = text.parse().ok()?;
    let timestamp = jiff::Timestamp::from_second(units.div_euclid(units_per_second)).ok()?;
    at_instant(timestamp, utc_time(timestamp), rules)
}

/// The time of the day in UTC.
fn utc_time(timestamp: jiff::Timestamp) -> Time {
    Offset::UTC.to_datetime(timestamp).time()
}

/// Returns a format and a text without the day of the week at their beginnings, or in parentheses at their ends, for names in other languages
/// than English. It says nothing that the date does not.
fn without_weekday<'t>(format: &'t str, text: &'t str) -> Option<(&'t str, &'t str)> {
    if let Some(format) = format.strip_suffix("(%a)") {
        let (date, name) = text.strip_suffix(')')?.rsplit_once('(')?;
        return is_other_weekday(name).then(|| (format.trim_end(), date.trim_end()));
    }
    let format = format.strip_prefix("%a").or_else(|| format.strip_prefix("%A"))?;
    let end = text.find(|c: char| !c.is_alphabetic())?;
    let (name, rest) = text.split_at_checked(end)?;
    if !is_other_weekday(name) {
        return None;
    }
    let rest = rest.strip_prefix('.').filter(|rest| rest.starts_with([' ', ','])).unwrap_or(rest);
    let is_separator = |c: char| c == ',' || c.is_whitespace();
    (format.starts_with(',') == rest.starts_with(','))
        .then(|| (format.trim_start_matches(is_separator), rest.trim_start_matches(is_separator)))
}

/// Returns a text without the ending of a number, such as `1st`, `1er` or `1º`; `None` if it has none.
fn without_ordinal(text: &str) -> Option<String> {
    ORDINALS.iter().find_map(|ending| {
        let (at, _) = text.match_indices(ending).find(|(at, _)| {
            let before = text.get(..*at).and_then(|before| before.chars().next_back());
            let after = text.get(at + ending.len()..).and_then(|after| after.chars().next());
            before.is_some_and(|c| c.is_ascii_digit()) && after.is_none_or(|c| !c.is_alphanumeric())
        })?;
        Some(format!("{}{}", text.get(..at)?, text.get(at + ending.len()..)?))
    })
}

/// Whether a word may be a day of the week in another language than English, whose names are read and checked.
fn is_other_weekday(name: &str) -> bool {
    let is_english = |day: &&str| name.get(..day.len()).is_some_and(|start| start.eq_ignore_ascii_case(day));
    let length = name.chars().count();
    (1..=MAX_WEEKDAY_CHARS).contains(&length)
        && name.trim_end_matches('.').chars().all(char::is_alphabetic)
        && !WEEKDAYS.iter().any(is_english)
}

/// UTC, if the format ends with the letter `Z` (ISO 8601), or with the name.
fn utc_designator(format: &str) -> Option<Offset> {
    if format.ends_with("UTC") || format.ends_with("GMT") {
        return Some(Offset::UTC);
    }
    let before = format.strip_suffix('Z')?;
    (!before.ends_with(['%', ':'])).then_some(Offset::UTC)
}

/// Parses a day number of a spreadsheet, with the time of the day as decimals.
fn parse_serial(text: &str, from_1904: bool) -> Option<ParsedDate> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(decimals) {
        return None;
    }
    let days: i64 = whole.parse().ok().filter(|days| (1..=MAX_SERIAL).contains(days))?;
    // Nine decimals are a ten-thousandth of a second.
    let billionths: i64 = format!("{:0<9}", decimals.get(..9).unwrap_or(decimals)).parse().ok()?;
    let seconds = (billionths * DAY_SECONDS + 500_000_000) / 1_000_000_000;
    let start = if from_1904 { jiff::civil::date(1904, 1, 1) } else { jiff::civil::date(1899, 12, 30) };
    let span = jiff::Span::new().try_days(days).ok()?.try_seconds(seconds).ok()?;
    let time = start.to_datetime(Time::midnight()).checked_add(span).ok()?;
    let is_midnight = time.time() == Time::midnight();
    let clock =
        Clock { hour: time.hour(), text: time.time().to_string(), has_offset: false, is_midnight_in_file: is_midnight };
    Some(ParsedDate { first: time.date(), last: None, clock: (!decimals.is_empty()).then_some(clock) })
}
