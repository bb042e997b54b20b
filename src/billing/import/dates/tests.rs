//! Dates as partners write them, and formats found for a whole column.

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::billing::money::Currency;
use crate::billing::number::{MoneyUnit, NumberMarks};
use crate::billing::profile::{Columns, CurrencySource, Encoding, FileFormat};
use crate::billing::row_rules::RowRules;

fn profile(zone: &str, date_format: &str, rules: RowRules) -> Profile {
    Profile {
        zone: TimeZone::get(zone).unwrap(),
        format: FileFormat::Table(b','),
        encoding: Encoding::Auto,
        sheet: None,
        member: None,
        skip: Vec::new(),
        keyed_by: Vec::new(),
        more_headers: Vec::new(),
        claims: crate::billing::profile::FileClaims::default(),
        columns: Columns::default(),
        date_format: date_format.to_owned(),
        marks: NumberMarks { decimal: '.', group: None },
        unit: MoneyUnit::Units,
        currency: CurrencySource::In(Currency::new("USD").unwrap()),
        totals: Vec::new(),
        footers: Vec::new(),
        zero_is_unknown: false,
        rules,
    }
}

/// Reads a text; returns the first and the last day, and the time.
fn read(profile: &Profile, text: &str) -> Result<String, String> {
    let moment = DateReader::new(profile).read(&FileCell::text(text), None)?;
    let RowPeriod { first, last } = moment.period;
    let clock = moment.clock.map_or(String::new(), |clock| format!(" {}", clock.text));
    Ok(if first == last { format!("{first}{clock}") } else { format!("{first}..{last}{clock}") })
}

fn of(grain: Grain) -> RowRules {
    RowRules { grain, ..RowRules::default() }
}

fn in_language(language: &str) -> RowRules {
    RowRules { date_locale: Some(language.to_owned()), ..RowRules::default() }
}

#[test]
fn days_and_hours_are_read_by_their_format() {
    for (format, text, wanted) in [
        ("%Y-%m-%d", "2026-10-01", "2026-10-01"),
        ("%Y%m%d", "20261001", "2026-10-01"),
        ("%m/%d/%Y", "10/1/2026", "2026-10-01"),
        ("%d.%m.%y", "01.10.26", "2026-10-01"),
        ("%Y-%m-%d %H:%M", "2026-10-01 05:00", "2026-10-01 05:00:00"),
        ("%Y-%m-%dT%H", "2026-10-01T05", "2026-10-01 05:00:00"),
        ("%m/%d/%Y %I:%M %p", "10/1/2026 1:00 PM", "2026-10-01 13:00:00"),
        ("%m/%d/%Y %I:%M %p", "10/1/2026 12:00 AM", "2026-10-01 00:00:00"),
        ("%Y-%m-%dT%H:%M:%S%:z", "2026-10-01T00:00:00-07:00", "2026-10-01 00:00:00-07"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-10-01T07:00:00+0000", "2026-10-01 00:00:00-07"),
        ("%Y-%m-%dT%H:%M:%SZ", "2026-10-01T06:00:00Z", "2026-09-30 23:00:00-07"),
        ("%Y-%m-%dT%H:%M:%S%:z", "2026-11-01T01:00:00-07:00", "2026-11-01 01:00:00-07"),
        ("%Y-%m-%dT%H:%M:%S%:z", "2026-11-01T01:00:00-08:00", "2026-11-01 01:00:00-08"),
        ("%s", "1790838000", "2026-10-01 00:00:00-07"),
        ("excel", "46296", "2026-10-01"),
        ("excel", "46296.0", "2026-10-01 00:00:00"),
        ("excel", "46296.0416666667", "2026-10-01 01:00:00"),
        ("excel", "46296.9999999", "2026-10-02 00:00:00"),
        ("excel-1904", "44834", "2026-10-01"),
        ("%b %d %Y", "Oct 01 2026", "2026-10-01"),
        ("%d. %b %Y", "1. Okt. 2026", "2026-10-01"),
        ("%d. %B %Y", "1. März 2026", "2026-03-01"),
        ("%d %b %Y", "01 oct. 2026", "2026-10-01"),
        ("%d %B %Y", "1 octobre 2026", "2026-10-01"),
        ("%d-%b-%Y", "01-août-2026", "2026-08-01"),
        ("%Y年%b%d日", "2026年10月1日", "2026-10-01"),
        ("%d de %B de %Y", "1 de outubro de 2026", "2026-10-01"),
        ("%d %B %Y", "1 октября 2026", "2026-10-01"),
    ] {
        let profile = profile("America/Los_Angeles", format, RowRules::default());
        assert_eq!(read(&profile, text).as_deref(), Ok(wanted), "{format} {text}");
    }
}

#[test]
fn weeks_months_and_ranges_cover_their_days() {
    for (grain, format, text, wanted) in [
        (Grain::Week, "%G-W%V", "2026-W40", "2026-09-28..2026-10-04"),
        (Grain::Week, "%G-W%V", "2026-W53", "2026-12-28..2027-01-03"),
        (Grain::Week, "%Y-%m-%d", "2026-10-04", "2026-10-04..2026-10-10"),
        (Grain::Week, "%b %d, %Y", "Oct 1 - Oct 7, 2026", "2026-10-01..2026-10-07"),
        (Grain::Week, "%b %d, %Y", "Oct 1 - 7, 2026", "2026-10-01..2026-10-07"),
        (Grain::Week, "%b %d, %Y", "Oct 1, 2026 – Oct 7, 2026", "2026-10-01..2026-10-07"),
        (Grain::Week, "%b %d, %Y", "Dec 28 - Jan 3, 2027", "2026-12-28..2027-01-03"),
        (Grain::Week, "%b %d %Y", "Sep 28 - Oct 4 2026", "2026-09-28..2026-10-04"),
        (Grain::Week, "%d.%m.%Y", "28.09. - 04.10.2026", "2026-09-28..2026-10-04"),
        (Grain::Week, "%d.%m.%Y", "28.09.2026-04.10.2026", "2026-09-28..2026-10-04"),
        (Grain::Week, "%m/%d/%Y", "10/01/2026 to 10/07/2026", "2026-10-01..2026-10-07"),
        (Grain::Week, "%Y-%m-%d", "2026-10-01/2026-10-07", "2026-10-01..2026-10-07"),
        (Grain::Week, "%Y-%m-%d", "2026-10-01 - 2026-10-07", "2026-10-01..2026-10-07"),
        (Grain::Week, "%Y%m%d", "20261001-20261007", "2026-10-01..2026-10-07"),
        (Grain::Week, "%d %B %Y", "1 - 7 octobre 2026", "2026-10-01..2026-10-07"),
        (Grain::Week, "%Y-%m-%d", "2026-09-28 - 2026-09-30", "2026-09-28..2026-09-30"),
        (Grain::Month, "%Y-%m", "2026-10", "2026-10-01..2026-10-31"),
        (Grain::Month, "%Y-%m", "2028-02", "2028-02-01..2028-02-29"),
        (Grain::Month, "%b %Y", "Oct 2026", "2026-10-01..2026-10-31"),
        (Grain::Month, "%B %Y", "Oktober 2026", "2026-10-01..2026-10-31"),
        (Grain::Month, "%Y年%m月", "2026年10月", "2026-10-01..2026-10-31"),
        (Grain::Month, "%Y-%m-%d", "2026-10-01", "2026-10-01..2026-10-31"),
        (Grain::Month, "%Y-%m-%d", "2026-10-01/2026-10-31", "2026-10-01..2026-10-31"),
    ] {
        assert_eq!(read(&profile("UTC", format, of(grain)), text).as_deref(), Ok(wanted), "{format} {text}");
    }
}

#[test]
fn dates_that_are_not_certain_are_errors() {
    for (rules, format, text, part) in [
        (RowRules::default(), "%Y-%m-%d", "26-10-01", "the year would be 26"),
        (RowRules::default(), "%Y-%m-%d", "1970-01-01", "the year would be 1970"),
        (RowRules::default(), "%Y-%m-%d", "9999-12-31", "the year would be 9999"),
        (RowRules::default(), "%Y-%m-%d", "2026-02-30", "does not match"),
        (RowRules::default(), "%Y-%m-%d", "", "does not match"),
        (RowRules::default(), "%Y-%m-%d", "2026-10-01 05:00", "does not match"),
        (RowRules::default(), "%d %B %Y", "1 listopada 2026", "set date_locale"),
        (in_language("de"), "%d %B %Y", "1 octobre 2026", "does not match"),
        (RowRules::default(), "excel", "0", "does not match"),
        (RowRules::default(), "excel", "99999999999999999999", "does not match"),
        (RowRules::default(), "excel", "1e5", "does not match"),
        (RowRules::default(), "excel", "-1", "does not match"),
        (of(Grain::Week), "%G-W%V", "2026-W54", "does not match"),
        (of(Grain::Week), "%b %d, %Y", "Oct 1 - Oct 8, 2026", "a row of grain = \"week\" has 1 to 7 days"),
        (of(Grain::Week), "%b %d, %Y", "Oct 7, 2026 - Oct 1, 2026", "does not match"),
        (of(Grain::Month), "%Y-%m-%d", "2026-10-15", "named by its first day"),
        (of(Grain::Month), "%Y-%m", "2026-13", "does not match"),
        (of(Grain::Month), "%Y-%m-%d", "2026-09-01/2026-10-31", "has 1 to 31 days"),
    ] {
        let error = read(&profile("UTC", format, rules), text).unwrap_err();
        assert!(error.contains(part), "{format} {text}: {error}");
    }
    assert_eq!(read(&profile("UTC", "%d %B %Y", in_language("pl")), "1 listopada 2026").as_deref(), Ok("2026-11-01"));
    assert_eq!(read(&profile("UTC", "%d %B %Y", in_language("hr")), "1 listopada 2026").as_deref(), Ok("2026-10-01"));
}

#[test]
fn weeks_that_are_named_by_a_day_begin_on_one_weekday() {
    let read_both = |week_start, one: &str, other: &str| {
        let profile = profile("UTC", "%Y-%m-%d", RowRules { week_start, ..of(Grain::Week) });
        let mut dates = DateReader::new(&profile);
        dates
            .read(&FileCell::text(one), None)
            .and_then(|_| dates.read(&FileCell::text(other), None))
            .map(|moment| moment.period.last)
    };
    assert_eq!(read_both(None, "2026-10-04", "2026-10-11"), Ok(date(2026, 10, 17)));
    assert!(
        read_both(None, "2026-10-04", "2026-10-12").unwrap_err().contains("begins on a Monday, others on a Sunday")
    );
    assert!(read_both(Some(Weekday::Monday), "2026-10-04", "2026-10-11").unwrap_err().contains("others on a Monday"));
}

#[test]
fn typed_cells_and_two_columns_are_read_whatever_the_format_is() {
    use crate::billing::import::cell::CellKind;
    let profile = profile("UTC", "%d.%m.%Y", of(Grain::Week));
    let mut dates = DateReader::new(&profile);
    let typed = |text: &str| FileCell::new(text, CellKind::Time);
    let both = dates.read(&typed("2026-10-01"), Some(&FileCell::text("07.10.2026"))).unwrap();
    assert_eq!((both.period.first, both.period.last), (date(2026, 10, 1), date(2026, 10, 7)));
    assert!(dates.read(&typed("2026-10-01"), Some(&FileCell::text(""))).unwrap_err().contains("the end of the period"));
    let profile = super::tests::profile("UTC", "%d.%m.%Y", RowRules::default());
    let hour = DateReader::new(&profile).read(&typed("2026-10-01T05:00:00"), None).unwrap();
    assert_eq!((hour.period.first, hour.clock.unwrap().hour), (date(2026, 10, 1), 5));
}

/// What is advised for a column.
fn advice(format: &str, rules: RowRules, cells: &[&str]) -> Option<String> {
    let profile = profile("UTC", format, rules);
    let mut dates = DateReader::new(&profile);
    for cell in cells {
        assert!(dates.read(&FileCell::text(*cell), None).is_err(), "{cell}");
    }
    dates.advice()
}

#[test]
fn the_format_that_fits_a_whole_column_is_named() {
    for (cells, wanted) in [
        (&["01.10.2026", "13.10.2026"][..], "date_format = \"%d.%m.%Y\""),
        (&["1/10/2026", "13/10/2026"], "date_format = \"%d/%m/%Y\""),
        (&["10/1/2026", "10/13/2026"], "date_format = \"%m/%d/%Y\""),
        (&["20261001", "20261013"], "date_format = \"%Y%m%d\""),
        (&["Oct 01 2026"], "date_format = \"%b %d %Y\""),
        (&["1. Okt. 2026", "1. Mai 2026"], "date_format = \"%d. %b %Y\""),
        (&["1 mars 2026", "14 févr. 2026"], "date_format = \"%d %b %Y\""),
        (&["2026-10-01 05:00", "2026-10-01 06:00"], "date_format = \"%Y-%m-%d %H:%M\""),
        (&["2026-10-01T05:00:00-07:00"], "date_format = \"%Y-%m-%dT%H:%M:%S%:z\""),
        (&["46296", "46297"], "date_format = \"excel\""),
        (&["2026-W40"], "grain = \"week\", date_format = \"%G-W%V\""),
        (&["Oct 1 - Oct 7, 2026"], "grain = \"week\", date_format = \"%b %d, %Y\""),
        (&["2026-10", "2026-11"], "grain = \"month\", date_format = \"%Y-%m\""),
        (&["Oct 2026"], "grain = \"month\", date_format = \"%b %Y\""),
        (&["2026年10月1日"], "date_format = \"%Y年%m月%d日\""),
    ] {
        let format = if cells[0].starts_with("2026-10-") { "%d.%m.%Y" } else { "%Y-%m-%d" };
        let advice = advice(format, RowRules::default(), cells).unwrap_or_default();
        assert!(
            advice.contains(&format!("every date of this column matches {wanted}; set that")),
            "{cells:?}: {advice}"
        );
    }
    let several = advice("%Y-%m-%d", RowRules::default(), &["01/10/2026", "02/10/2026"]).unwrap();
    assert!(
        several.contains("more than one way")
            && several.contains("date_format = \"%d/%m/%Y\" (this one is then 2026-10-01)")
            && several.contains("date_format = \"%m/%d/%Y\" (this one is then 2026-01-10)"),
        "{several}"
    );
    assert_eq!(advice("%Y-%m-%d", RowRules::default(), &["x"]), None);
    assert_eq!(advice("%Y-%m-%d", RowRules::default(), &["01.10.2026", "x"]), None);
}

#[test]
fn days_of_another_zone_are_found() {
    let wrong_zone = |zone: &str, cells: &[&str]| {
        let profile = profile(zone, "%Y-%m-%dT%H:%M:%S%:z", RowRules::default());
        let mut dates = DateReader::new(&profile);
        for cell in cells {
            dates.read(&FileCell::text(*cell), None).unwrap();
        }
        dates.wrong_zone().is_some()
    };
    assert!(wrong_zone("America/Los_Angeles", &["2026-10-01T00:00:00+00:00", "2026-10-02T00:00:00+00:00"]));
    assert!(!wrong_zone("America/Los_Angeles", &["2026-10-01T00:00:00+00:00", "2026-10-01T01:00:00+00:00"]));
    assert!(!wrong_zone("America/Los_Angeles", &["2026-10-01T00:00:00-07:00", "2026-11-10T00:00:00-08:00"]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_written_day_is_read_back_in_every_language(
        days in 0..9_000_i32, language in 0..300_usize, in_full in any::<bool>(), upper in any::<bool>(),
    ) {
        let day = date(2001, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let table: Vec<&str> = include_str!("month_names.tsv").lines().skip(1).collect();
        let mut cells = table[language % table.len()].split('\t');
        let language = cells.next().unwrap().trim_end_matches('*').to_owned();
        let names: Vec<&str> = cells.nth(usize::try_from(day.month()).unwrap() - 1).unwrap().split('|').collect();
        let name = if in_full { names.last().unwrap() } else { names.first().unwrap() };
        let name = if upper { name.to_uppercase() } else { (*name).to_owned() };
        let profile = profile("UTC", "%d %b %Y", in_language(&language));
        let text = format!("{} {name} {}", day.day(), day.year());
        let found = read(&profile, &text);
        let is_ambiguous = found.as_ref().is_err_and(|error| error.contains("another month"));
        prop_assert!(is_ambiguous || found == Ok(day.to_string()), "{text}: {found:?}");
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", numbers in "[-0-9./: TWZ+]{0,40}", names in "(Oct|okt|10月|mai|[ ,.–-]|[0-9]){0,12}") {
        for format in ["%Y-%m-%d", "%d/%m/%y", "%b %d, %Y", "%Y-%m-%dT%H:%M:%S%:z", "%s", "excel", "%G-W%V", "%Y-%m", "%Y%m%d %I %p"] {
            for grain in [Grain::Day, Grain::Week, Grain::Month] {
                let profile = profile("America/Los_Angeles", format, of(grain));
                let mut dates = DateReader::new(&profile);
                dates.finder = None;
                for text in [&text, &numbers, &names] {
                    let _ = dates.read(&FileCell::text(text.clone()), None);
                    let _ = dates.read(&FileCell::text(text.clone()), Some(&FileCell::text(numbers.clone())));
                }
                let _ = dates.wrong_zone();
            }
        }
        let profile = profile("America/Los_Angeles", "%Y-%m-%d", RowRules::default());
        for text in [text, numbers, names] {
            let mut dates = DateReader::new(&profile);
            let _ = (dates.read(&FileCell::text(text), None), dates.advice(), dates.is_another_format());
        }
    }
}
