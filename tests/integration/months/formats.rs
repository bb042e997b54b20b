//! Writers for statements in twelve formats: those of the ten presets, and two with a profile of their own.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde_json::{Value, json};

/// A partner's numbers for a day and a code.
pub struct ReportedRow {
    pub day: Date,
    pub code: String,
    pub clicks: i64,
    pub searches: i64,
    pub cents: i64,
    pub is_final: bool,
}

impl ReportedRow {
    fn revenue(&self) -> String {
        decimal(self.cents)
    }

    /// Splits clicks, searches and revenue over two countries or devices. The second one has all of the revenue.
    fn halves(&self) -> [(i64, i64, String); 2] {
        let (clicks, searches) = (self.clicks / 2, self.searches / 3);
        [(clicks, searches, decimal(0)), (self.clicks - clicks, self.searches - searches, self.revenue())]
    }
}

/// A statement format with the profile that reads it.
pub struct StatementFormat {
    pub profile: &'static str,
    pub zone: &'static str,
    pub has_code: bool,
    /// True if 0 means that the clicks are withheld, and rows contain whether the day is final.
    pub withholds: bool,
    pub write: fn(&[ReportedRow], &str) -> Vec<u8>,
}

const PACIFIC: &str = "America/Los_Angeles";
const BERLIN: &str = "Europe/Berlin";

const fn format(
    profile: &'static str,
    zone: &'static str,
    write: fn(&[ReportedRow], &str) -> Vec<u8>,
) -> StatementFormat {
    StatementFormat { profile, zone, has_code: true, withholds: false, write }
}

pub const FORMATS: [StatementFormat; 12] = [
    format(r#"{ preset = "adsense-api" }"#, PACIFIC, adsense_api),
    StatementFormat {
        has_code: false,
        ..format(r#"{ preset = "adsense-csv", zone = "Europe/Berlin" }"#, BERLIN, adsense_web)
    },
    format(r#"{ preset = "admob-csv", zone = "Europe/Berlin" }"#, BERLIN, admob),
    format(r#"{ preset = "yahoo-hourly" }"#, PACIFIC, yahoo_hourly),
    format(r#"{ preset = "yahoo-type-tag" }"#, PACIFIC, yahoo_type_tag),
    format(r#"{ preset = "system1" }"#, PACIFIC, system1),
    StatementFormat { withholds: true, ..format(r#"{ preset = "tonic" }"#, PACIFIC, tonic) },
    format(r#"{ preset = "microsoft", zone = "Australia/Sydney" }"#, "Australia/Sydney", microsoft),
    format(r#"{ preset = "yandex-direct" }"#, "Etc/GMT-3", yandex),
    format(r#"{ preset = "e-planning" }"#, "America/Argentina/Buenos_Aires", e_planning),
    format(
        r#"{ zone = "Europe/Berlin", delimiter = ";", date = "Tag", date_format = "%d.%m.%Y", code = "Kennung", searches = "Suchen", clicks = "Klicks", revenue = "Umsatz ({currency})", decimal_mark = ",", group_mark = ".", totals = "Summe", footers = "Stand:" }"#,
        BERLIN,
        german,
    ),
    format(
        r#"{ zone = "UTC", format = "json", list = "/report/days", totals_at = "/report/sum", date = "day", date_format = "%m/%d/%Y", code = "tag", searches = "queries", clicks = "paid clicks", revenue = "net", currency_column = "in" }"#,
        "UTC",
        nested,
    ),
];

fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Formats an integer with a mark between its thousands.
fn grouped(n: i64, mark: char) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

fn sums(rows: &[ReportedRow]) -> (i64, i64, i64) {
    let sum = |column: fn(&ReportedRow) -> i64| rows.iter().map(column).sum();
    (sum(|row| row.searches), sum(|row| row.clicks), sum(|row| row.cents))
}

fn adsense_api(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let cells = |texts: [String; 5]| json!({"cells": texts.map(|text| json!({"value": text}))});
    let names = ["DATE", "CUSTOM_CHANNEL_ID", "AD_REQUESTS", "CLICKS", "ESTIMATED_EARNINGS"];
    let row = |row: &ReportedRow| {
        cells([row.day.to_string(), row.code.clone(), row.searches.to_string(), row.clicks.to_string(), row.revenue()])
    };
    let (searches, clicks, cents) = sums(rows);
    let totals = cells([String::new(), String::new(), searches.to_string(), clicks.to_string(), decimal(cents)]);
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let headers = names.map(|name| json!({"name": name}));
    json!({"kind": "adsense#report", "headers": headers, "rows": rows, "totals": totals}).to_string().into_bytes()
}

fn adsense_web(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let mut text = "\u{feff}Datum,Geschätzte Einnahmen (EUR),Seitenaufrufe,Klicks\r\n".to_owned();
    for row in rows {
        write!(text, "{},{},\"{}\",{}\r\n", row.day, row.revenue(), grouped(row.searches, ','), row.clicks).unwrap();
    }
    let (searches, clicks, cents) = sums(rows);
    write!(text, "Gesamt,{},\"{}\",\"{}\"\r\n", decimal(cents), grouped(searches, ','), grouped(clicks, ',')).unwrap();
    text.into_bytes()
}

fn admob(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let mut text = "\u{feff}Datum\tAnzeigenblock\tAnzeigenanfragen\tKlicks\tGeschätzte Einnahmen (EUR)\n".to_owned();
    for row in rows {
        let searches = grouped(row.searches, ',');
        writeln!(text, "{}\t{}\t\"{searches}\"\t{}\t{}", row.day, row.code, row.clicks, row.revenue()).unwrap();
    }
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// One row for each hour that the zone's clock shows. An hour that it shows twice has two rows.
fn yahoo_hourly(rows: &[ReportedRow], zone: &str) -> Vec<u8> {
    let zone = TimeZone::get(zone).unwrap();
    let mut text = "REPORTED DATE,RN,CTR,PPC,RPS,MARKET,PRODUCT,COVERAGE,SEARCHES,TQ SCORE,DATA HOUR,SOURCE TAG,\
                    BIDDED CLICKS,BIDDED RESULTS,BIDDED SEARCHES,ESTIMATED GROSS REVENUE\n"
        .to_owned();
    for row in rows {
        let hours: Vec<i8> = (0..24)
            .flat_map(|hour| match zone.to_ambiguous_timestamp(row.day.at(hour, 0, 0, 0)).offset() {
                AmbiguousOffset::Unambiguous { .. } => vec![hour],
                AmbiguousOffset::Gap { .. } => vec![],
                AmbiguousOffset::Fold { .. } => vec![hour, hour],
            })
            .collect();
        let of_hour = |sum: i64, place: usize| {
            let n = i64::try_from(hours.len()).unwrap();
            if place + 1 == hours.len() { sum - sum / n * (n - 1) } else { sum / n }
        };
        for (place, hour) in hours.iter().enumerate() {
            let [clicks, searches, cents] = [row.clicks, row.searches, row.cents].map(|sum| of_hour(sum, place));
            let (day, code, money) = (row.day, &row.code, decimal(cents));
            writeln!(
                text,
                "{day},1,0.10,0.35,0.03,US,SEARCH,0.80,{searches},7,{hour},{code},{clicks},300,{searches},{money}"
            )
            .unwrap();
        }
    }
    text.into_bytes()
}

fn yahoo_type_tag(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::default());
    writeln!(file, "datestamp,type_tag,market,Searches,Bidded Searches,Bidded Clicks,Est. Gross Rev,currency_code")
        .unwrap();
    for row in rows {
        for (market, (clicks, searches, money)) in ["UK", "US"].iter().zip(row.halves()) {
            writeln!(file, "{},{},{market},{searches},{searches},{clicks},{money},USD", row.day, row.code).unwrap();
        }
    }
    file.finish().unwrap()
}

fn system1(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let mut lines = vec![json!(["date", "subid", "device", "country", "searches", "clicks", "revenue"])];
    for row in rows {
        for (device, (clicks, searches, money)) in ["mobile", "desktop"].iter().zip(row.halves()) {
            let number: Value = serde_json::from_str(&money).unwrap();
            lines.push(json!([row.day.to_string(), row.code, device, "US", searches, clicks, number]));
        }
    }
    let (searches, clicks, cents) = sums(rows);
    lines.push(json!(["", "", "", "", searches, clicks, decimal(cents)]));
    Value::Array(lines).to_string().into_bytes()
}

fn tonic(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let row = |row: &ReportedRow| {
        json!({"date": row.day.to_string(), "campaign_id": "771", "clicks": row.clicks.to_string(), "revenueUsd": row.revenue(),
               "subid1": row.code, "subid2": "", "subid3": "", "subid4": "", "keyword": "",
               "final": if row.is_final { "yes" } else { "no" }})
    };
    Value::Array(rows.iter().map(row).collect()).to_string().into_bytes()
}

fn microsoft(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let mut text = "\"Report Name: Publisher performance\"\r\n\"Time Zone: Sydney\"\r\n\r\n\
                    \"TimePeriod\",\"AdUnitName\",\"Searches\",\"Clicks\",\"EstimatedRevenue\",\"CurrencyCode\"\r\n"
        .to_owned();
    for row in rows {
        let (searches, clicks) = (grouped(row.searches, ','), grouped(row.clicks, ','));
        write!(text, "\"{}\",\"{}\",\"{searches}\",\"{clicks}\",\"{}\",\"USD\"\r\n", row.day, row.code, row.revenue())
            .unwrap();
    }
    text += "\r\n\"©2026 Microsoft Corporation. All rights reserved. \"\r\n";
    text.into_bytes()
}

fn yandex(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let mut text = "Statistics of a month\nDate\tCampaignName\tImpressions\tClicks\tCost\n".to_owned();
    for row in rows {
        writeln!(text, "{}\t{}\t{}\t{}\t{}", row.day, row.code, row.searches, row.clicks, row.cents * 10_000).unwrap();
    }
    writeln!(text, "Total rows: {}", rows.len()).unwrap();
    text.into_bytes()
}

fn e_planning(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let row = |(place, row): (usize, &ReportedRow)| {
        let searches = if place % 2 == 0 { json!(grouped(row.searches, ',')) } else { json!(row.searches) };
        json!([row.day.to_string(), row.code, searches, row.clicks, row.revenue()])
    };
    let data: Vec<Value> = rows.iter().enumerate().map(row).collect();
    json!({"columns": ["date", "site", "requests", "clicks", "revenue"], "data": data}).to_string().into_bytes()
}

fn german(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let euros = |cents: i64| format!("{},{:02}", grouped(cents / 100, '.'), cents % 100);
    let mut text = "\u{feff}Abrechnung\n\nTag;Kennung;Suchen;Klicks;Umsatz (EUR)\n".to_owned();
    for row in rows {
        let (day, searches, clicks) =
            (row.day.strftime("%d.%m.%Y"), grouped(row.searches, '.'), grouped(row.clicks, '.'));
        writeln!(text, "{day};{};{searches};{clicks};{}", row.code, euros(row.cents)).unwrap();
    }
    let (searches, clicks, cents) = sums(rows);
    writeln!(text, "Summe;;{};{};{}", grouped(searches, '.'), grouped(clicks, '.'), euros(cents)).unwrap();
    text += "Stand: heute\n";
    text.into_bytes()
}

fn nested(rows: &[ReportedRow], _: &str) -> Vec<u8> {
    let row = |row: &ReportedRow| {
        json!({"in": "GBP", "day": row.day.strftime("%m/%d/%Y").to_string(), "tag": row.code, "queries": row.searches,
               "paid clicks": row.clicks, "net": row.revenue()})
    };
    let (searches, clicks, cents) = sums(rows);
    let sum = json!({"queries": searches, "paid clicks": clicks, "net": decimal(cents)});
    let days: Vec<Value> = rows.iter().map(row).collect();
    json!({"report": {"days": days, "sum": sum}}).to_string().into_bytes()
}
