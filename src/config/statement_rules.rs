//! The keys of `statement` that say what a row covers and what it may lack.

use jiff::civil::Weekday;

use crate::billing::import::{fold_name, is_date_language};
use crate::billing::number::Grouping;
use crate::billing::row_rules::{Grain, OptionalColumn, RowRules, epoch_units, is_spreadsheet_format};
use crate::config::diagnostic::suggestion;
use crate::config::table_reader::TableReader;

/// The most rows that a header has.
const MAX_HEADER_ROWS: u64 = 5;

const WEEKDAYS: [(&str, Option<Weekday>); 7] = [
    ("monday", Some(Weekday::Monday)),
    ("tuesday", Some(Weekday::Tuesday)),
    ("wednesday", Some(Weekday::Wednesday)),
    ("thursday", Some(Weekday::Thursday)),
    ("friday", Some(Weekday::Friday)),
    ("saturday", Some(Weekday::Saturday)),
    ("sunday", Some(Weekday::Sunday)),
];

/// Reads the rules of rows. `is_json`: the file has no header rows.
pub(super) fn read(table: &mut TableReader<'_>, is_json: bool) -> RowRules {
    let grain = table.choice("grain", Grain::Day, &Grain::ALL);
    let date_end = non_empty_strings(table, "date_end");
    let week_start = table.choice("week_start", None, &WEEKDAYS);
    let missing_days_are_zero = table.choice("missing_days", false, &[("error", false), ("zero", true)]);
    if grain == Grain::Day && !date_end.is_empty() {
        table.error_at_key(
            "date_end",
            "applies only to weeks and months; set grain = \"week\" or \"month\", or remove it",
        );
    }
    if grain != Grain::Week && week_start.is_some() {
        table.error_at_key("week_start", "applies only to weeks; set grain = \"week\", or remove it");
    }
    if grain != Grain::Day && missing_days_are_zero {
        table.error_at_key("missing_days", "applies only to rows of a day; remove it, or grain");
    }
    let older_rows_are_added = table.choice("older_rows", false, &[("ask", false), ("add", true)]);
    let header_rows = table.integer("header_rows", 1, 1..=MAX_HEADER_ROWS);
    if is_json && header_rows > 1 {
        table.error_at_key("header_rows", "does not apply to JSON, which has no header rows; remove it");
    }
    let groupings = [("thousands", Some(Grouping::Thousands)), ("lakh", Some(Grouping::Lakh))];
    let grouping = table.choice("grouping", None, &groupings);
    let not_told = table.string_list("not_told");
    RowRules {
        grain,
        date_end,
        week_start,
        date_locale: date_locale(table),
        header_rows: usize::try_from(header_rows).unwrap_or(1),
        optional: optional(table),
        missing_days_are_zero,
        grouping,
        not_told: not_told.map(|cells| cells.iter().map(|cell| fold_name(&cell.value)).collect()),
        older_rows_are_added,
        preliminary: non_empty_strings(table, "preliminary").iter().map(|cell| fold_name(cell)).collect(),
        preliminary_files: non_empty_strings(table, "preliminary_files"),
        covers: None,
        has_any_digits: table.choice("digits", false, &[("ascii", false), ("any", true)]),
        undated_rows: non_empty_strings(table, "undated_rows"),
    }
}

/// Reads a list of texts, none of them empty.
pub(super) fn non_empty_strings(table: &mut TableReader<'_>, key: &'static str) -> Vec<String> {
    let mut texts = Vec::new();
    for text in table.string_or_list(key) {
        if text.value.trim().is_empty() {
            table.error_at(&text, "must not be empty");
        }
        texts.push(text.value);
    }
    texts
}

fn date_locale(table: &mut TableReader<'_>) -> Option<String> {
    let language = table.string("date_locale")?;
    if !is_date_language(&language.value) {
        table.error_at(&language, "is not a language of CLDR; write a language such as \"de\", \"pt\" or \"zh-Hant\"");
    }
    Some(language.value)
}

fn optional(table: &mut TableReader<'_>) -> Vec<OptionalColumn> {
    let mut optional = Vec::new();
    for key in table.string_or_list("optional") {
        let known = OptionalColumn::ALL.iter().find(|(name, _)| *name == key.value);
        match known {
            Some((_, column)) => optional.push(*column),
            None => {
                let names = OptionalColumn::ALL.map(|(name, _)| name);
                let hint = suggestion(&key.value, names.iter().copied());
                table.error_at(
                    &key,
                    format!("is not a column that may be absent{hint}; these are {}", names.join(", ")),
                );
            }
        }
    }
    optional
}

/// Reads `date_format`. Writes and reads back two days, which only a format with year, month and day (or week) preserves.
pub(super) fn date_format(table: &mut TableReader<'_>, grain: Grain) -> Option<String> {
    let (usual, parts) = match grain {
        Grain::Day => ("%Y-%m-%d", "year, month and day: \"%Y-%m-%d\", \"%d/%m/%Y\" or \"%m/%d/%Y\""),
        Grain::Week => ("%Y-%m-%d", "the first day of the week, \"%Y-%m-%d\", or its number, \"%G-W%V\""),
        Grain::Month => ("%Y-%m", "year and month: \"%Y-%m\", \"%b %Y\""),
    };
    let format = table.string("date_format").unwrap_or_else(|| table.default_value("date_format", usual.to_owned()));
    if is_spreadsheet_format(&format.value) || (epoch_units(&format.value).is_some() && grain == Grain::Day) {
        return Some(format.value);
    }
    let days = [jiff::civil::date(2026, 11, 23), jiff::civil::date(2027, 3, 1)];
    if days.iter().all(|day| is_read_back(&format.value, *day, grain)) {
        return Some(format.value);
    }
    table.error_at(
        &format,
        format!("must be a strftime format with {parts} (an hour of 12 needs %p), or \"excel\" for the day numbers of a spreadsheet, \
             or for days \"epoch-ms\" or \"epoch-us\" for milliseconds or microseconds since 1970"),
    );
    None
}

fn is_read_back(format: &str, day: jiff::civil::Date, grain: Grain) -> bool {
    // Half past one in the afternoon, in a zone with an offset.
    let written = day.at(13, 30, 0, 0).in_tz("Etc/GMT-2").ok();
    let text = written.and_then(|time| jiff::fmt::strtime::format(format, &time).ok());
    let Some(read) = text.and_then(|text| jiff::fmt::strtime::parse(format, text).ok()) else { return false };
    let has_its_hour = read.hour().is_none() || read.to_time().is_ok_and(|time| time.hour() == 13);
    let is_the_day = read.to_date().is_ok_and(|read| read == day) || read.timestamp().is_some();
    let is_the_week = || read.iso_week_year() == Some(day.iso_week_date().year()) && read.iso_week().is_some();
    let is_the_month = || read.year() == Some(day.year()) && read.month() == Some(day.month());
    let is_read = match grain {
        Grain::Day => is_the_day,
        Grain::Week => is_the_day || is_the_week(),
        Grain::Month => is_the_day || is_the_month(),
    };
    is_read && has_its_hour
}

/// Whether a format has the hour.
pub(super) fn has_hour(format: &str) -> bool {
    epoch_units(format).is_some() || ["%H", "%I", "%k", "%l", "%T", "%R", "%s"].iter().any(|part| format.contains(part))
}
