//! Statements in the shapes that partners write them in: those of the ten presets, and two that have a profile of their own.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde_json::{Value, json};

/// What a partner says of a day and a code.
pub struct Said {
    pub day: Date,
    pub code: String,
    pub clicks: i64,
    pub searches: i64,
    pub cents: i64,
    pub is_final: bool,
}

impl Said {
    fn money(&self) -> String {
        money(self.cents)
    }

    /// In two parts, as two countries or devices have it; the money is all of the second one's.
    fn halves(&self) -> [(i64, i64, String); 2] {
        let (clicks, searches) = (self.clicks / 2, self.searches / 3);
        [(clicks, searches, money(0)), (self.clicks - clicks, self.searches - searches, self.money())]
    }
}

/// A shape, with the profile that reads it.
pub struct Shape {
    pub profile: &'static str,
    pub zone: &'static str,
    pub has_code: bool,
    /// It says 0 for what it does not tell, and whether a day is final.
    pub holds_back: bool,
    pub write: fn(&[Said], &str) -> Vec<u8>,
}

const PACIFIC: &str = "America/Los_Angeles";
const BERLIN: &str = "Europe/Berlin";

const fn shape(profile: &'static str, zone: &'static str, write: fn(&[Said], &str) -> Vec<u8>) -> Shape {
    Shape { profile, zone, has_code: true, holds_back: false, write }
}

pub const SHAPES: [Shape; 12] = [
    shape(r#"{ preset = "adsense-api" }"#, PACIFIC, adsense_api),
    Shape { has_code: false, ..shape(r#"{ preset = "adsense-csv", zone = "Europe/Berlin" }"#, BERLIN, adsense_web) },
    shape(r#"{ preset = "admob-csv", zone = "Europe/Berlin" }"#, BERLIN, admob),
    shape(r#"{ preset = "yahoo-hourly" }"#, PACIFIC, yahoo_hourly),
    shape(r#"{ preset = "yahoo-type-tag" }"#, PACIFIC, yahoo_type_tag),
    shape(r#"{ preset = "system1" }"#, PACIFIC, system1),
    Shape { holds_back: true, ..shape(r#"{ preset = "tonic" }"#, PACIFIC, tonic) },
    shape(r#"{ preset = "microsoft", zone = "Australia/Sydney" }"#, "Australia/Sydney", microsoft),
    shape(r#"{ preset = "yandex-direct" }"#, "Etc/GMT-3", yandex),
    shape(r#"{ preset = "e-planning" }"#, "America/Argentina/Buenos_Aires", e_planning),
    shape(
        r#"{ zone = "Europe/Berlin", delimiter = ";", date = "Tag", date_format = "%d.%m.%Y", code = "Kennung", searches = "Suchen", clicks = "Klicks", revenue = "Umsatz ({currency})", decimal_mark = ",", group_mark = ".", totals = "Summe", footers = "Stand:" }"#,
        BERLIN,
        german,
    ),
    shape(
        r#"{ zone = "UTC", format = "json", list = "/report/days", totals_at = "/report/sum", date = "day", date_format = "%m/%d/%Y", code = "tag", searches = "queries", clicks = "paid clicks", revenue = "net", currency_column = "in" }"#,
        "UTC",
        nested,
    ),
];

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// A whole number with a mark between its thousands.
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

fn sums(said: &[Said]) -> (i64, i64, i64) {
    let sum = |of: fn(&Said) -> i64| said.iter().map(of).sum();
    (sum(|row| row.searches), sum(|row| row.clicks), sum(|row| row.cents))
}

fn adsense_api(said: &[Said], _: &str) -> Vec<u8> {
    let cells = |texts: [String; 5]| json!({"cells": texts.map(|text| json!({"value": text}))});
    let names = ["DATE", "CUSTOM_CHANNEL_ID", "AD_REQUESTS", "CLICKS", "ESTIMATED_EARNINGS"];
    let row = |row: &Said| {
        cells([row.day.to_string(), row.code.clone(), row.searches.to_string(), row.clicks.to_string(), row.money()])
    };
    let (searches, clicks, cents) = sums(said);
    let totals = cells([String::new(), String::new(), searches.to_string(), clicks.to_string(), money(cents)]);
    let rows: Vec<Value> = said.iter().map(row).collect();
    let headers = names.map(|name| json!({"name": name}));
    json!({"kind": "adsense#report", "headers": headers, "rows": rows, "totals": totals}).to_string().into_bytes()
}

fn adsense_web(said: &[Said], _: &str) -> Vec<u8> {
    let mut text = "\u{feff}Datum,Geschätzte Einnahmen (EUR),Seitenaufrufe,Klicks\r\n".to_owned();
    for row in said {
        write!(text, "{},{},\"{}\",{}\r\n", row.day, row.money(), grouped(row.searches, ','), row.clicks).unwrap();
    }
    let (searches, clicks, cents) = sums(said);
    write!(text, "Gesamt,{},\"{}\",\"{}\"\r\n", money(cents), grouped(searches, ','), grouped(clicks, ',')).unwrap();
    text.into_bytes()
}

fn admob(said: &[Said], _: &str) -> Vec<u8> {
    let mut text = "\u{feff}Datum\tAnzeigenblock\tAnzeigenanfragen\tKlicks\tGeschätzte Einnahmen (EUR)\n".to_owned();
    for row in said {
        let searches = grouped(row.searches, ',');
        writeln!(text, "{}\t{}\t\"{searches}\"\t{}\t{}", row.day, row.code, row.clicks, row.money()).unwrap();
    }
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A row for each hour that the zone's clock shows, the one that it shows twice with the same numbers in each.
fn yahoo_hourly(said: &[Said], zone: &str) -> Vec<u8> {
    let zone = TimeZone::get(zone).unwrap();
    let mut text = "REPORTED DATE,RN,CTR,PPC,RPS,MARKET,PRODUCT,COVERAGE,SEARCHES,TQ SCORE,DATA HOUR,SOURCE TAG,\
                    BIDDED CLICKS,BIDDED RESULTS,BIDDED SEARCHES,ESTIMATED GROSS REVENUE\n"
        .to_owned();
    for row in said {
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
            let (day, code, money) = (row.day, &row.code, money(cents));
            writeln!(
                text,
                "{day},1,0.10,0.35,0.03,US,SEARCH,0.80,{searches},7,{hour},{code},{clicks},300,{searches},{money}"
            )
            .unwrap();
        }
    }
    text.into_bytes()
}

fn yahoo_type_tag(said: &[Said], _: &str) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::default());
    writeln!(file, "datestamp,type_tag,market,Searches,Bidded Searches,Bidded Clicks,Est. Gross Rev,currency_code")
        .unwrap();
    for row in said {
        for (market, (clicks, searches, money)) in ["UK", "US"].iter().zip(row.halves()) {
            writeln!(file, "{},{},{market},{searches},{searches},{clicks},{money},USD", row.day, row.code).unwrap();
        }
    }
    file.finish().unwrap()
}

fn system1(said: &[Said], _: &str) -> Vec<u8> {
    let mut rows = vec![json!(["date", "subid", "device", "country", "searches", "clicks", "revenue"])];
    for row in said {
        for (device, (clicks, searches, money)) in ["mobile", "desktop"].iter().zip(row.halves()) {
            let number: Value = serde_json::from_str(&money).unwrap();
            rows.push(json!([row.day.to_string(), row.code, device, "US", searches, clicks, number]));
        }
    }
    let (searches, clicks, cents) = sums(said);
    rows.push(json!(["", "", "", "", searches, clicks, money(cents)]));
    Value::Array(rows).to_string().into_bytes()
}

fn tonic(said: &[Said], _: &str) -> Vec<u8> {
    let row = |row: &Said| {
        json!({"date": row.day.to_string(), "campaign_id": "771", "clicks": row.clicks.to_string(), "revenueUsd": row.money(),
               "subid1": row.code, "subid2": "", "subid3": "", "subid4": "", "keyword": "",
               "final": if row.is_final { "yes" } else { "no" }})
    };
    Value::Array(said.iter().map(row).collect()).to_string().into_bytes()
}

fn microsoft(said: &[Said], _: &str) -> Vec<u8> {
    let mut text = "\"Report Name: Publisher performance\"\r\n\"Time Zone: Sydney\"\r\n\r\n\
                    \"TimePeriod\",\"AdUnitName\",\"Searches\",\"Clicks\",\"EstimatedRevenue\",\"CurrencyCode\"\r\n"
        .to_owned();
    for row in said {
        let (searches, clicks) = (grouped(row.searches, ','), grouped(row.clicks, ','));
        write!(text, "\"{}\",\"{}\",\"{searches}\",\"{clicks}\",\"{}\",\"USD\"\r\n", row.day, row.code, row.money())
            .unwrap();
    }
    text += "\r\n\"©2026 Microsoft Corporation. All rights reserved. \"\r\n";
    text.into_bytes()
}

fn yandex(said: &[Said], _: &str) -> Vec<u8> {
    let mut text = "Statistics of a month\nDate\tCampaignName\tImpressions\tClicks\tCost\n".to_owned();
    for row in said {
        writeln!(text, "{}\t{}\t{}\t{}\t{}", row.day, row.code, row.searches, row.clicks, row.cents * 10_000).unwrap();
    }
    writeln!(text, "Total rows: {}", said.len()).unwrap();
    text.into_bytes()
}

fn e_planning(said: &[Said], _: &str) -> Vec<u8> {
    let row = |(place, row): (usize, &Said)| {
        let searches = if place % 2 == 0 { json!(grouped(row.searches, ',')) } else { json!(row.searches) };
        json!([row.day.to_string(), row.code, searches, row.clicks, row.money()])
    };
    let data: Vec<Value> = said.iter().enumerate().map(row).collect();
    json!({"columns": ["date", "site", "requests", "clicks", "revenue"], "data": data}).to_string().into_bytes()
}

fn german(said: &[Said], _: &str) -> Vec<u8> {
    let euros = |cents: i64| format!("{},{:02}", grouped(cents / 100, '.'), cents % 100);
    let mut text = "\u{feff}Abrechnung\n\nTag;Kennung;Suchen;Klicks;Umsatz (EUR)\n".to_owned();
    for row in said {
        let (day, searches, clicks) =
            (row.day.strftime("%d.%m.%Y"), grouped(row.searches, '.'), grouped(row.clicks, '.'));
        writeln!(text, "{day};{};{searches};{clicks};{}", row.code, euros(row.cents)).unwrap();
    }
    let (searches, clicks, cents) = sums(said);
    writeln!(text, "Summe;;{};{};{}", grouped(searches, '.'), grouped(clicks, '.'), euros(cents)).unwrap();
    text += "Stand: heute\n";
    text.into_bytes()
}

fn nested(said: &[Said], _: &str) -> Vec<u8> {
    let row = |row: &Said| {
        json!({"in": "GBP", "day": row.day.strftime("%m/%d/%Y").to_string(), "tag": row.code, "queries": row.searches,
               "paid clicks": row.clicks, "net": row.money()})
    };
    let (searches, clicks, cents) = sums(said);
    let sum = json!({"queries": searches, "paid clicks": clicks, "net": money(cents)});
    let days: Vec<Value> = said.iter().map(row).collect();
    json!({"report": {"days": days, "sum": sum}}).to_string().into_bytes()
}
