//! Finds the formats that fit all dates of a column, where the configured one fits none.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::billing::import::dates::date_range::parse_range;
use crate::billing::import::dates::date_text::{DateRules, parse};
use crate::billing::import::dates::month_names::MonthNames;
use crate::billing::import::dates::period::RowPeriod;
use crate::billing::row_rules::Grain;

/// Formats of days. Of those that read all dates alike, the first one is named.
const DAY_FORMATS: [&str; 70] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%m.%d.%Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d.%b.%Y",
    "%d. %b %Y",
    "%b %d, %Y",
    "%b %d %Y",
    "%Y-%b-%d",
    "%Y %b %d",
    "%d %B %Y",
    "%d. %B %Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%d de %B de %Y",
    "%a, %b %d, %Y",
    "%a, %d %b %Y",
    "%A, %B %d, %Y",
    "%a %d %b %Y",
    "%A, %d de %B de %Y",
    "%a %b %d %Y",
    "%a %b %d, %Y",
    "%a %d. %b %Y",
    "%a, %d. %b %Y",
    "%A %d %B %Y",
    "%A, %d %B %Y",
    "%A, %d. %B %Y",
    "%a, %Y-%m-%d",
    "%a %Y-%m-%d",
    "%a, %d.%m.%Y",
    "%a %d.%m.%Y",
    "%a, %d/%m/%Y",
    "%a %d/%m/%Y",
    "%a, %m/%d/%Y",
    "%a %m/%d/%Y",
    "%G-W%V-%u",
    "%Y/%m/%d(%a)",
    "%Y/%m/%d (%a)",
    "%Y-%m-%d (%a)",
    "%Y年%m月%d日(%a)",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a, %d %b %Y %H:%M:%S %z",
    "%b %d, %Y, %I:%M:%S %p",
    "%b %d, %Y, %I:%M %p",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y %H:%M",
    "%d %b %Y %H:%M",
    "%d %b %Y %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",
    "%Y年%m月%d日",
    "%Y년 %m월 %d일",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%y/%m/%d",
    "%y-%m-%d",
    "%d-%m-%y",
    "%m-%d-%y",
    "%d-%b-%y",
    "%d %b %y",
    "excel",
];
/// What may follow a day.
const TIMES: [&str; 26] = [
    " %H:%M",
    " %H:%M:%S",
    " %H",
    "T%H",
    "T%H:%M",
    "T%H:%M:%S",
    " %H:%M:%S%.f",
    "T%H:%M:%S%.f",
    "T%H:%M:%SZ",
    "T%H:%M:%S%.fZ",
    "T%H:%M:%S%:z",
    "T%H:%M:%S%z",
    "T%H:%M%:z",
    " %H:%M:%S%:z",
    " %H:%M:%S %z",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %I:%M:%S %p",
    ", %H:%M:%S",
    ", %H:%M",
    " %H:%M:%S UTC",
    " %H:%M:%S%.f UTC",
    " %H:%M:%S %z UTC",
    " %I %p",
    "%H",
    "%H%M%S",
];
/// Instants as numbers.
const EPOCHS: [&str; 3] = ["%s", "epoch-ms", "epoch-us"];
/// The digits of an hour like those of seconds since 1970 of about 2034.
const DIGITS_OF_HOUR: &str = "%Y%m%d%H";
/// The formats of days that times are tried with: those of digits only.
const WITH_TIMES: usize = 10;
const WEEK_FORMATS: [&str; 6] = ["%G-W%V", "%GW%V", "%G W%V", "W%V %G", "KW %V/%G", "KW%V/%G"];
const MONTH_FORMATS: [&str; 13] = [
    "%Y-%m",
    "%Y/%m",
    "%Y.%m",
    "%m/%Y",
    "%m.%Y",
    "%m-%Y",
    "%b %Y",
    "%B %Y",
    "%b-%Y",
    "%Y %b",
    "%Y年%m月",
    "%B de %Y",
    "%b-%y",
];

/// A format that fits all dates so far.
#[derive(Clone)]
struct Candidate {
    format: String,
    grain: Grain,
    /// The first date, by this format.
    example: Option<Date>,
    /// A hash of all dates, by this format.
    dates: DefaultHasher,
}

/// The formats that fit all dates which do not match the configured format.
pub(super) struct FormatFinder {
    candidates: Vec<Candidate>,
    names: MonthNames,
    zone: TimeZone,
}

impl FormatFinder {
    pub(super) fn new(names: MonthNames, zone: TimeZone) -> Self {
        let with_time = |day: &'static str| TIMES.into_iter().map(move |time| format!("{day}{time}"));
        let days = DAY_FORMATS.into_iter().chain(EPOCHS).map(str::to_owned);
        let times = DAY_FORMATS.into_iter().take(WITH_TIMES).flat_map(with_time);
        let candidate =
            |grain| move |format: String| Candidate { format, grain, example: None, dates: DefaultHasher::new() };
        let weeks = WEEK_FORMATS.into_iter().map(str::to_owned).map(candidate(Grain::Week));
        let ranges = DAY_FORMATS.into_iter().map(str::to_owned).map(candidate(Grain::Week));
        let months = MONTH_FORMATS.into_iter().map(str::to_owned).map(candidate(Grain::Month));
        let candidates =
            days.chain(times).map(candidate(Grain::Day)).chain(weeks).chain(months).chain(ranges).collect();
        Self { candidates, names, zone }
    }

    /// Keeps the formats that fit this date, too.
    pub(super) fn narrow(&mut self, text: &str) {
        let (names, zone) = (&self.names, &self.zone);
        self.candidates.retain_mut(|candidate| {
            let rules = DateRules { format: &candidate.format, names, zone, grain: candidate.grain };
            let Some((first, last)) = days(text, rules) else { return false };
            candidate.example.get_or_insert(first);
            (first, last).hash(&mut candidate.dates);
            true
        });
    }

    /// Keeps the formats that fit this date, too, if there are any. Returns whether there are.
    pub(super) fn narrow_if_any(&mut self, text: &str) -> bool {
        let before = self.candidates.clone();
        self.narrow(text);
        let has_any = self.has_any();
        if !has_any {
            self.candidates = before;
        }
        has_any
    }

    /// The formats that fit all dates so far and read them differently, with what a row covers.
    pub(super) fn readings(&self) -> Vec<(String, Grain)> {
        self.different().into_iter().map(|candidate| (candidate.format.clone(), candidate.grain)).collect()
    }

    /// The formats that fit, of which those that read all dates alike are named once.
    fn different(&self) -> Vec<&Candidate> {
        let mut different: Vec<&Candidate> = Vec::new();
        let has_hours = self.candidates.iter().any(|candidate| candidate.format == DIGITS_OF_HOUR);
        for candidate in self.candidates.iter().filter(|candidate| !has_hours || candidate.format != "%s") {
            let is_known = |known: &&Candidate| known.dates.finish() == candidate.dates.finish();
            if !different.iter().any(is_known) {
                different.push(candidate);
            }
        }
        different
    }

    /// Whether any format fits all dates so far.
    pub(super) fn has_any(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// Says which format fits all dates; `None` if none does.
    pub(super) fn advice(&self) -> Option<String> {
        let different = self.different();
        let setting = |candidate: &Candidate| match candidate.grain {
            Grain::Day => format!("date_format = \"{}\"", candidate.format),
            Grain::Week | Grain::Month => {
                format!("grain = \"{}\", date_format = \"{}\"", candidate.grain.as_str(), candidate.format)
            }
        };
        match different.as_slice() {
            [] => None,
            [only] => Some(format!("every date of this column matches {}; set that", setting(only))),
            several => {
                let shown = several.iter().map(|candidate| {
                    let example = candidate.example.map_or(String::new(), |date| format!(" (this one is then {date})"));
                    format!("{}{example}", setting(candidate))
                });
                let shown: Vec<String> = shown.collect();
                Some(format!(
                    "the dates of this column can be read in more than one way: {}; ask the partner, and set the right one",
                    shown.join(" or ")
                ))
            }
        }
    }
}

/// The days that a text names by a format; `None` if it does not match or is far off.
fn days(text: &str, rules: DateRules<'_>) -> Option<(Date, Date)> {
    let is_range_format = rules.grain == Grain::Week && !WEEK_FORMATS.contains(&rules.format);
    let (first, last) = if is_range_format {
        parse_range(text, rules)?
    } else {
        let parsed = parse(text, rules).ok()?;
        (parsed.first, parsed.last.unwrap_or(parsed.first))
    };
    RowPeriod::new(first, last, rules.grain).ok().map(|RowPeriod { first, last }| (first, last))
}
