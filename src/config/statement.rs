//! `statement` and `tolerance` of a `[[partner]]`: how its statements are read, and how far they may differ from our
//! counts.

use jiff::tz::TimeZone;

use crate::billing::contract::DEFAULT_STATEMENT_DUE;
use crate::billing::money::Currency;
use crate::billing::number::{MoneyUnit, NumberMarks};
use crate::billing::profile::{Columns, CurrencySource, FileFormat, Profile, SheetChoice, TotalsRule};
use crate::billing::row_rules::UNDATED_EMPTY;
use crate::billing::tolerance::Tolerance;
use crate::config::diagnostic::suggestion;
use crate::config::statement_format::{claims, encoding, format};
use crate::config::statement_rules::{self, date_format, has_hour, non_empty_strings};
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::presets;

/// 100 % in hundredths of a per cent.
const MAX_SHARE: u32 = 10_000;

/// Reads `statement`. None if the partner has none or it has an error.
pub(super) fn profile(partner: &mut TableReader<'_>) -> Option<Profile> {
    let mut table = partner.optional_table("statement")?;
    apply_preset(&mut table);
    let zone = table.required_string("zone").and_then(|text| zone(&table, &text));
    let skip = non_empty_strings(&mut table, "skip");
    let keyed_by = non_empty_strings(&mut table, "keyed_by");
    let (format, more_headers) = format(&mut table);
    let claims = claims(&mut table, format.as_ref());
    let encoding = encoding(&mut table);
    let (sheet, member) = (sheet(&mut table), non_empty_string(&mut table, "member"));
    let columns = columns(&mut table);
    let rules = statement_rules::read(&mut table, has_named_cells(format.as_ref()));
    let date_format = date_format(&mut table, rules.grain);
    if date_format.as_deref().is_some_and(has_hour) && !columns.hour.is_empty() {
        table.error_at_key("hour", "date_format has the hour already; remove one of them");
    }
    let marks = marks(&mut table);
    let units = [("units", MoneyUnit::Units), ("cents", MoneyUnit::Cents), ("micros", MoneyUnit::Micros)];
    let unit = table.choice("unit", MoneyUnit::Units, &units);
    let currency = currency(&mut table, &columns);
    let totals = non_empty_strings(&mut table, "totals").into_iter().map(|text| match text.as_str() {
        "empty" => TotalsRule::Empty,
        "last" => TotalsRule::Last,
        "unlabelled" => TotalsRule::Unlabelled,
        _ => TotalsRule::Text(text),
    });
    let totals: Vec<TotalsRule> = totals.collect();
    if totals.contains(&TotalsRule::Empty) && rules.undated_rows.iter().any(|cell| cell == UNDATED_EMPTY) {
        let message = "rows without a day are sums by totals = \"empty\"; name the beginning of rows of totals there, or remove one of them";
        table.error_at_key("undated_rows", message);
    }
    let footers = non_empty_strings(&mut table, "footers");
    let zero_is_unknown = table.choice("zero_clicks", false, &[("told", false), ("unknown", true)]);
    table.finish();
    Some(Profile {
        zone: zone?,
        format: format?,
        encoding,
        sheet,
        member,
        skip,
        keyed_by,
        more_headers,
        claims,
        columns,
        date_format: date_format?,
        marks: marks?,
        unit,
        currency: currency?,
        totals,
        footers,
        zero_is_unknown,
        rules,
    })
}

/// Adds the keys of the named preset that the file does not set itself.
fn apply_preset(table: &mut TableReader<'_>) {
    let Some(name) = table.string("preset") else { return };
    if let Some(preset) = presets::statement(&name.value) {
        table.merge_defaults(preset, &["currency", "currency_column"]);
        return;
    }
    let known = presets::STATEMENTS.map(|(name, _)| name);
    let hint = suggestion(&name.value, known.iter().copied());
    table.error_at(&name, format!("there is no preset of this name{hint}; the presets are {}", known.join(", ")));
}

/// Whether the cells of a format have names of their own, so that there are no header rows.
fn has_named_cells(format: Option<&FileFormat>) -> bool {
    matches!(format, Some(FileFormat::Json { .. } | FileFormat::JsonLines | FileFormat::Xml { .. }))
}

/// Reads `sheet`: a name, or a number from 1.
fn sheet(table: &mut TableReader<'_>) -> Option<SheetChoice> {
    let sheet = table.string_or_number("sheet")?;
    if sheet.value.as_ref().is_ok_and(|name| name.trim().is_empty()) {
        table.error_at(&sheet, "must not be empty");
    }
    Some(sheet.value.map_or_else(SheetChoice::Number, SheetChoice::Name))
}

fn non_empty_string(table: &mut TableReader<'_>, key: &'static str) -> Option<String> {
    let text = table.string(key)?;
    if text.value.trim().is_empty() {
        table.error_at(&text, "must not be empty");
    }
    Some(text.value)
}

/// Parses a time zone.
fn zone(table: &TableReader<'_>, text: &Located<String>) -> Option<TimeZone> {
    let zone = TimeZone::get(&text.value).ok();
    if zone.is_none() {
        table
            .error_at(text, "must be an IANA time zone, such as \"America/Los_Angeles\", \"Europe/Berlin\" or \"UTC\"");
    }
    zone
}

fn columns(table: &mut TableReader<'_>) -> Columns {
    let mut names = |key| non_empty_strings(table, key);
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
        if names.is_empty() && !table.is_present(key) {
            table.error_at_key(key, "missing key: set it to the column's name in the statement's header");
        }
    }
    columns
}

fn marks(table: &mut TableReader<'_>) -> Option<NumberMarks> {
    let decimal = table.choice("decimal_mark", '.', &[(".", '.'), (",", ',')]);
    let choices = [
        ("", None),
        (",", Some(',')),
        (".", Some('.')),
        (" ", Some(' ')),
        ("'", Some('\'')),
        ("\u{2019}", Some('\u{2019}')),
    ];
    let group = table.choice("group_mark", None, &choices);
    if group == Some(decimal) {
        table.error_at_key("group_mark", "must differ from decimal_mark");
        return None;
    }
    Some(NumberMarks { decimal, group })
}

/// Reads the source of the currency: the configuration, a column, or the header of the revenue column.
fn currency(table: &mut TableReader<'_>, columns: &Columns) -> Option<CurrencySource> {
    let (constant, names) = (table.string("currency"), non_empty_strings(table, "currency_column"));
    let in_header = columns.revenue.iter().any(|name| name.contains("{currency}"));
    if columns.revenue.is_empty() {
        return Some(CurrencySource::None);
    }
    match (constant, names.is_empty(), in_header) {
        // If the header names a currency as well, the import checks that it is this one.
        (Some(text), true, _) => {
            let currency = Currency::assigned(&text.value).map(CurrencySource::In);
            if currency.is_none() {
                table.error_at(&text, "must be a currency code (ISO 4217), such as \"USD\"");
            }
            currency
        }
        (None, false, false) => Some(CurrencySource::Column(names)),
        (None, true, true) => Some(CurrencySource::Header),
        (None, true, false) => {
            table.error_at_key(
                "currency",
                "revenue needs a currency: set currency = \"USD\" or currency_column, or write {currency} in revenue",
            );
            None
        }
        (Some(_), false, _) | (None, false, true) => {
            table.error_at_key(
                "currency",
                "the currency is set more than once; keep one of currency, currency_column and {currency} in revenue",
            );
            None
        }
    }
}

/// Reads `statement_due`: the day of the next month by whose end a month's statement is there. Every month has 28 days.
pub(super) fn due(partner: &mut TableReader<'_>) -> i8 {
    let day = partner.integer("statement_due", DEFAULT_STATEMENT_DUE.unsigned_abs().into(), 1..=28);
    i8::try_from(day).unwrap_or(DEFAULT_STATEMENT_DUE)
}

/// Reads `tolerance`.
pub(super) fn tolerance(partner: &mut TableReader<'_>) -> Tolerance {
    let mut table = partner.table("tolerance");
    let default = Tolerance::default();
    let clicks = table.integer("clicks", default.clicks, 0..=1_000_000_000);
    let mut share = |key, default| match table.string(key) {
        None => default,
        Some(text) => parse_share(&text.value).unwrap_or_else(|| {
            table.error_at(
                &text,
                "must be a percentage from \"0%\" to \"100%\" with at most two decimals, such as \"2%\" or \"0.5%\"",
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
    table.finish();
    tolerance
}

/// Parses a percentage into hundredths of a per cent.
fn parse_share(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?.trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(decimals) || decimals.len() > 2 {
        return None;
    }
    let hundredths: u32 = format!("{decimals:0<2}").parse().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(hundredths).filter(|share| *share <= MAX_SHARE)
}
