//! Reads the days that a row covers from its date column: days, days with hours, weeks, months, and ranges.

mod date_range;
mod date_text;
mod format_finder;
pub(super) mod month_names;
pub(super) mod period;

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::billing::import::cell::FileCell;
use crate::billing::import::dates::date_range::parse_range;
use crate::billing::import::dates::date_text::{DateRules, parse};
use crate::billing::import::dates::format_finder::FormatFinder;
use crate::billing::import::dates::month_names::MonthNames;
use crate::billing::import::dates::period::{Clock, Moment, RowPeriod};
use crate::billing::import::digits::with_ascii_digits;
use crate::billing::profile::Profile;
use crate::billing::row_rules::Grain;

/// Different dates that are kept, so that a file with many rows of a day parses it once: four years of hours.
const MAX_KEPT_DATES: usize = 40_000;

/// The formats of cells that a spreadsheet knows to be a day, or a day with a time.
const TYPED_FORMATS: [&str; 2] = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f"];

/// The formats of the dates of a column without a profile.
pub struct DateFormats {
    /// Formats that fit the dates and read them differently, with what a row covers.
    pub readings: Vec<(String, Grain)>,
    /// Texts that are no date in the format of the ones before.
    pub others: Vec<String>,
}

/// Finds the formats that fit dates; `texts` are in the order of the file, each once.
pub(super) fn find_formats<'t>(texts: impl Iterator<Item = &'t str>) -> DateFormats {
    let mut finder = FormatFinder::new(MonthNames::new(None).unwrap_or_default(), TimeZone::UTC);
    let others = texts.filter(|text| !finder.narrow_if_any(text)).map(str::to_owned).collect();
    DateFormats { readings: finder.readings(), others }
}

/// Reads dates by a profile.
pub(super) struct DateReader<'p> {
    profile: &'p Profile,
    names: MonthNames,
    /// Dates that were read, by their text: of texts, and of cells that are dates.
    kept: [HashMap<String, Moment>; 2],
    /// The formats that would fit; `None` once a date matched the configured one.
    finder: Option<FormatFinder>,
    /// The day on which the weeks so far begin.
    week_start: Option<Weekday>,
    /// Whether each date with an offset was midnight in the file, and whether one was not midnight in the partner's zone.
    offsets: OffsetsSeen,
}

/// What the dates with offsets have been so far.
#[derive(Default)]
struct OffsetsSeen {
    is_other_than_midnight: bool,
    is_moved: bool,
}

impl<'p> DateReader<'p> {
    pub(super) fn new(profile: &'p Profile) -> Self {
        // `check` refuses a language that is not known.
        let names = MonthNames::new(profile.rules.date_locale.as_deref()).or_else(|| MonthNames::new(None));
        let names = names.unwrap_or_default();
        let finder = FormatFinder::new(names.clone(), profile.zone.clone());
        Self {
            profile,
            names,
            kept: [HashMap::new(), HashMap::new()],
            finder: Some(finder),
            week_start: profile.rules.week_start,
            offsets: OffsetsSeen::default(),
        }
    }

    /// Reads a date; `end` is the cell of `date_end`, if there is such a column.
    ///
    /// # Errors
    /// What is wrong with the date, in words for the operator.
    pub(super) fn read(&mut self, cell: &FileCell, end: Option<&FileCell>) -> Result<Moment, String> {
        let text = &*self.ascii(cell.trim());
        let kept = self.kept.get(usize::from(cell.is_time())).and_then(|kept| kept.get(text));
        if let (Some(moment), None) = (kept, end) {
            return Ok(moment.clone());
        }
        let moment = self.parse(text, cell, end);
        match (&moment, &mut self.finder) {
            (Ok(moment), _) => {
                self.finder = None;
                let kept = self.kept.get_mut(usize::from(cell.is_time())).filter(|kept| kept.len() < MAX_KEPT_DATES);
                if let (Some(kept), None) = (kept, end) {
                    kept.insert(text.to_owned(), moment.clone());
                }
            }
            (Err(_), Some(finder)) => finder.narrow(text),
            (Err(_), None) => {}
        }
        moment
    }

    /// Whether no date matched so far and another format fits all of them: one issue is then enough for the whole column.
    pub(super) fn is_another_format(&self) -> bool {
        self.finder.as_ref().is_some_and(FormatFinder::has_any)
    }

    /// Says which format fits all dates, if none matched the configured one.
    pub(super) fn advice(&self) -> Option<String> {
        self.finder.as_ref().and_then(FormatFinder::advice)
    }

    /// Says what is wrong if each date is midnight at an offset which is not that of the partner's zone: these are days of
    /// another zone.
    pub(super) fn wrong_zone(&self) -> Option<String> {
        let is_wrong = self.offsets.is_moved && !self.offsets.is_other_than_midnight;
        is_wrong.then(|| {
            let zone = self.profile.zone.iana_name().unwrap_or("UTC");
            format!(
                "every date is midnight at its offset from UTC, but not in zone = \"{zone}\": these days are not the zone's days; \
                 set zone to the zone of this file"
            )
        })
    }

    /// A text with ASCII digits, where the profile reads those of other scripts.
    fn ascii<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.profile.rules.has_any_digits { with_ascii_digits(text) } else { Cow::Borrowed(text) }
    }

    /// The rules for a cell: those of the profile, unless the cell is known to be a date.
    fn rules<'r>(&'r self, cell: &FileCell) -> DateRules<'r> {
        let [day, time] = TYPED_FORMATS;
        let format = match (cell.is_time(), cell.contains('T')) {
            (false, _) => &self.profile.date_format,
            (true, false) => day,
            (true, true) => time,
        };
        DateRules { format, names: &self.names, zone: &self.profile.zone, grain: self.profile.rules.grain }
    }

    fn parse(&mut self, text: &str, cell: &FileCell, end: Option<&FileCell>) -> Result<Moment, String> {
        let rules = self.rules(cell);
        let grain = rules.grain;
        let parsed = match parse(text, rules) {
            Ok(parsed) => parsed,
            Err(_) if cell.is_time() => {
                return Err("not a date; enter the day in this cell, or set the right column".to_owned());
            }
            Err(message) if grain != Grain::Day && end.is_none() => {
                let (first, last) = parse_range(text, rules).ok_or(message)?;
                return Ok(Moment { period: RowPeriod::new(first, last, grain)?, clock: None });
            }
            Err(message) => return Err(message),
        };
        if let Some(end) = end {
            let last = parse(&self.ascii(end.trim()), self.rules(end));
            let last = last.map_err(|message| format!("the end of the period, \"{}\", {message}", end.trim()))?;
            let last = last.last.unwrap_or(last.first);
            return Ok(Moment { period: RowPeriod::new(parsed.first, last, grain)?, clock: None });
        }
        let last = match (grain, parsed.last) {
            (_, Some(last)) => last,
            (Grain::Day, None) => parsed.first,
            (Grain::Week, None) => self.week_from(parsed.first)?,
            (Grain::Month, None) if parsed.first.day() == 1 => parsed.first.last_of_month(),
            (Grain::Month, None) => {
                return Err("a month is named by its first day; this is another one, so set grain = \"day\"".to_owned());
            }
        };
        self.offsets.note(parsed.clock.as_ref());
        Ok(Moment { period: RowPeriod::new(parsed.first, last, grain)?, clock: parsed.clock })
    }

    /// Returns the last day of the week that begins on this day.
    fn week_from(&mut self, first: jiff::civil::Date) -> Result<jiff::civil::Date, String> {
        let start = *self.week_start.get_or_insert(first.weekday());
        if start != first.weekday() {
            return Err(format!(
                "this week begins on a {:?}, others on a {start:?}; correct the date, or week_start",
                first.weekday()
            ));
        }
        first.checked_add(jiff::Span::new().days(6)).map_err(|_| "this date is far off".to_owned())
    }
}

impl OffsetsSeen {
    fn note(&mut self, clock: Option<&Clock>) {
        let Some(clock) = clock.filter(|clock| clock.has_offset) else { return };
        self.is_other_than_midnight |= !clock.is_midnight_in_file;
        self.is_moved |= !clock.text.starts_with("00:00:00");
    }
}

#[cfg(test)]
mod tests;
