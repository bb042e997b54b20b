//! `statement` and `tolerance` of a `[[partner]]`: how its statements are read, and how far they may lie from our counts.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::billing::money::Currency;
use crate::billing::number::NumberMarks;
use crate::billing::profile::{Columns, Encoding, FileFormat, Money, Profile, Total};
use crate::billing::tolerance::Tolerance;
use crate::config::diagnostic::suggestion;
use crate::config::read::{At, Section};
use crate::presets;

/// 2020-01-01: offsets of a zone since then are looked at.
const SINCE: i64 = 1_577_836_800;
/// How many changes of a zone's offset are looked at: two a year, for as long as any statement is read.
const CHANGES: usize = 100;
/// A whole in hundredths of a per cent.
const WHOLE: u32 = 10_000;

/// How a partner's statements are read, where it has any.
pub(super) fn profile(partner: &mut Section<'_>) -> Option<Profile> {
    let mut section = partner.optional_table("statement")?;
    fill_in_preset(&mut section);
    let zone = section.needed_text("zone").and_then(|text| zone(&section, &text));
    let format = format(&mut section);
    let encoding = section.word("encoding", Encoding::Auto, &Encoding::ALL);
    let columns = columns(&mut section);
    let date_format = date_format(&mut section);
    let marks = marks(&mut section);
    let in_micros = section.word("unit", false, &[("units", false), ("micros", true)]);
    let currency = currency(&mut section, &columns);
    let totals = texts(&mut section, "totals").into_iter().map(|text| match text.as_str() {
        "empty" => Total::Empty,
        "last" => Total::Last,
        _ => Total::Text(text),
    });
    let totals = totals.collect();
    let footers = texts(&mut section, "footers");
    let zero_is_unknown = section.word("zero_clicks", false, &[("told", false), ("unknown", true)]);
    section.end();
    Some(Profile {
        zone: zone?,
        format: format?,
        encoding,
        columns,
        date_format: date_format?,
        marks: marks?,
        in_micros,
        currency: currency?,
        totals,
        footers,
        zero_is_unknown,
    })
}

/// What the file does not say itself, a preset says.
fn fill_in_preset(section: &mut Section<'_>) {
    let Some(name) = section.text("preset") else { return };
    if let Some(preset) = presets::statement(&name.value) {
        section.fill_in(preset, &["currency", "currency_column"]);
        return;
    }
    let known = presets::STATEMENTS.map(|(name, _)| name);
    let hint = suggestion(&name.value, known.iter().copied());
    section.wrong(&name, format!("there is no preset of this name{hint}; there are {}", known.join(", ")));
}

fn texts(section: &mut Section<'_>, key: &'static str) -> Vec<String> {
    let mut texts = Vec::new();
    for text in section.one_or_more(key) {
        if text.value.trim().is_empty() {
            section.wrong(&text, "this must not be empty");
        }
        texts.push(text.value);
    }
    texts
}

/// Our counts are cut into the zone's days by the hour.
fn zone(section: &Section<'_>, text: &At<String>) -> Option<TimeZone> {
    let Ok(zone) = TimeZone::get(&text.value) else {
        section.wrong(
            text,
            "this must be a time zone (IANA), such as \"America/Los_Angeles\", \"Europe/Berlin\" or \"UTC\"",
        );
        return None;
    };
    let since = Timestamp::from_second(SINCE).unwrap_or(Timestamp::UNIX_EPOCH);
    let later = zone.following(since).take(CHANGES).map(|change| change.offset());
    let whole = |offset: jiff::tz::Offset| offset.seconds() % 3_600 == 0;
    if !std::iter::once(zone.to_offset(since)).chain(later).all(whole) {
        section.wrong(
            text,
            "this zone's clock is not whole hours off UTC, and we count by the UTC hour, so that its days cannot be told; \
             ask the partner for statements in UTC",
        );
        return None;
    }
    Some(zone)
}

fn format(section: &mut Section<'_>) -> Option<FileFormat> {
    #[derive(Clone, Copy, PartialEq)]
    enum Word {
        Csv,
        Tsv,
        Json,
    }
    let word = section.word("format", Word::Csv, &[("csv", Word::Csv), ("tsv", Word::Tsv), ("json", Word::Json)]);
    let delimiter = section.text("delimiter");
    let places = ["list", "headers", "totals_at"].map(|key| (key, section.text(key)));
    if word != Word::Json {
        if let Some((key, _)) = places.iter().find(|(_, place)| place.is_some()) {
            section.mistake(key, "this is a place in JSON; set format = \"json\", or leave it out");
        }
        let Some(text) = delimiter else {
            return Some(FileFormat::Table(if word == Word::Tsv { b'\t' } else { b',' }));
        };
        let [delimiter @ (b'\t' | b' '..=b'~')] = text.value.as_bytes() else {
            section.wrong(&text, "this must be one ASCII character, such as \",\", \";\" or \"\\t\"");
            return None;
        };
        return Some(FileFormat::Table(*delimiter));
    }
    if delimiter.is_some() {
        section.mistake("delimiter", "JSON has no delimiter; leave it out");
    }
    let mut pointers = Vec::new();
    for (_, place) in places {
        if let Some(text) = place.as_ref().filter(|text| !text.value.is_empty() && !text.value.starts_with('/')) {
            section.wrong(text, "this must be a JSON pointer (RFC 6901), such as \"/rows\"; \"\" is the whole file");
        }
        pointers.push(place.map(|text| text.value));
    }
    let [list, headers, totals] = <[Option<String>; 3]>::try_from(pointers).ok()?;
    Some(FileFormat::Json { list: list.unwrap_or_default(), headers, totals })
}

fn columns(section: &mut Section<'_>) -> Columns {
    let mut names = |key| texts(section, key);
    let columns = Columns {
        date: names("date"),
        hour: names("hour"),
        code: names("code"),
        searches: names("searches"),
        clicks: names("clicks"),
        revenue: names("revenue"),
        is_final: names("final"),
        dimensions: names("dimensions"),
    };
    for (key, names) in [("date", &columns.date), ("clicks", &columns.clicks)] {
        if names.is_empty() && !section.stands(key) {
            section.mistake(key, "this key is missing: name the column as the statement's header does");
        }
    }
    columns
}

/// Tried on two days that only a format with year, month and day tells apart and reads back.
fn date_format(section: &mut Section<'_>) -> Option<String> {
    let format = section.text("date_format").unwrap_or_else(|| section.defaulted("date_format", "%Y-%m-%d".to_owned()));
    let back = |day: jiff::civil::Date| {
        let text = jiff::fmt::strtime::format(&format.value, day.at(13, 0, 0, 0)).ok()?;
        jiff::fmt::strtime::parse(&format.value, text).ok()?.to_date().ok()
    };
    let days = [jiff::civil::date(2026, 11, 23), jiff::civil::date(2027, 3, 4)];
    if days.iter().all(|day| back(*day) == Some(*day)) {
        return Some(format.value);
    }
    section.wrong(
        &format,
        "this must be a format with year, month and day, as strftime has it: \"%Y-%m-%d\", \"%d/%m/%Y\" or \"%m/%d/%Y\"",
    );
    None
}

fn marks(section: &mut Section<'_>) -> Option<NumberMarks> {
    let decimal = section.word("decimal_mark", '.', &[(".", '.'), (",", ',')]);
    let words = [
        ("", None),
        (",", Some(',')),
        (".", Some('.')),
        (" ", Some(' ')),
        ("'", Some('\'')),
        ("\u{2019}", Some('\u{2019}')),
    ];
    let group = section.word("group_mark", None, &words);
    if group == Some(decimal) {
        section.mistake("group_mark", "this is the decimal_mark, too; they must differ");
        return None;
    }
    Some(NumberMarks { decimal, group })
}

/// Money must have a currency: from the file, from a column or from the header.
fn currency(section: &mut Section<'_>, columns: &Columns) -> Option<Money> {
    let (constant, names) = (section.text("currency"), texts(section, "currency_column"));
    let in_header = columns.revenue.iter().any(|name| name.contains("{currency}"));
    if columns.revenue.is_empty() {
        return Some(Money::None);
    }
    match (constant, names.is_empty(), in_header) {
        // A header that names the currency must name this one.
        (Some(text), true, _) => {
            let currency = Currency::new(&text.value).map(Money::In);
            if currency.is_none() {
                section.wrong(&text, "this must be a currency (ISO 4217), such as \"USD\"");
            }
            currency
        }
        (None, false, false) => Some(Money::Column(names)),
        (None, true, true) => Some(Money::Header),
        (None, true, false) => {
            section.mistake(
                "currency",
                "money needs a currency: currency = \"USD\", or currency_column, or {currency} in a name of revenue",
            );
            None
        }
        _ => {
            section.mistake("currency", "the currency stands in more than one place; name currency_column, or else currency or {currency} in revenue");
            None
        }
    }
}

/// How far statements may lie from our counts.
pub(super) fn tolerance(partner: &mut Section<'_>) -> Tolerance {
    let mut section = partner.table("tolerance");
    let default = Tolerance::default();
    let clicks = section.number("clicks", default.clicks, 0..=1_000_000_000);
    let mut share = |key, default| match section.text(key) {
        None => default,
        Some(text) => hundredths(&text.value).unwrap_or_else(|| {
            section.wrong(
                &text,
                "this must be a share from \"0%\" to \"100%\" with at most two decimals, such as \"2%\" or \"0.5%\"",
            );
            default
        }),
    };
    let tolerance = Tolerance {
        clicks,
        day: share("day", default.day),
        month: share("month", default.month),
        dispute: share("dispute", default.dispute),
    };
    section.end();
    tolerance
}

/// Hundredths of a per cent out of a share.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, decimals) = {
        let number = text.strip_suffix('%')?.trim_end();
        number.split_once('.').unwrap_or((number, "0"))
    };
    let digits = |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 2 {
        return None;
    }
    let hundredths: u32 = format!("{decimals:0<2}").parse().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(hundredths).filter(|share| *share <= WHOLE)
}
