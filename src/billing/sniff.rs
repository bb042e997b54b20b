//! A profile proposed for a file that was never seen: what can be told from it, why, and what a person has to say. Only a
//! proposal; what reads statements guesses nothing.

mod numbers;
mod shape;

use std::fmt::Write as _;

use crate::billing::import::folded;
use crate::billing::sniff::shape::FileShape;

/// Names under which columns are known, folded: the key, then the names, the likelier first.
const KNOWN: [(&str, &[&str]); 8] = [
    ("date", &["date", "day", "datestamp", "reporteddate", "timeperiod", "datum", "fecha", "data", "gregoriandate"]),
    ("hour", &["datahour", "hour", "stunde"]),
    (
        "code",
        &[
            "code",
            "tag",
            "typetag",
            "sourcetag",
            "customchannelid",
            "channel",
            "subid",
            "subid1",
            "adunitname",
            "partnercode",
            "campaignname",
            "campaign_id",
            "site",
        ],
    ),
    ("searches", &["searches", "queries", "adrequests", "requests", "pageviews", "impressions", "suchanfragen"]),
    ("clicks", &["clicks", "biddedclicks", "billableclicks", "klicks", "clics", "cliques"]),
    (
        "revenue",
        &[
            "revenue",
            "earnings",
            "estimatedearnings",
            "estimatedgrossrevenue",
            "estimatedrevenue",
            "est.grossrev",
            "revenueusd",
            "netrevenue",
            "amount",
            "money",
            "payout",
            "umsatz",
            "einnahmen",
            "cost",
        ],
    ),
    ("currency_column", &["currency", "currencycode", "currency_code", "wahrung"]),
    ("final", &["final", "isfinal", "status"]),
];

/// Columns that tell rows apart in many statements, folded.
const DIMENSIONS: [&str; 7] = ["country", "device", "market", "product", "platform", "region", "land"];

/// Dates as they are written, the unmistakable ones first.
const DATES: [&str; 9] =
    ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d %b %Y", "%b %d, %Y", "%d/%m/%Y", "%m/%d/%Y", "%m-%d-%Y"];

/// The `statement` table for a file, as TOML with comments.
///
/// # Errors
/// Nothing of a table can be seen in it.
pub fn propose(bytes: &[u8]) -> Result<String, &'static str> {
    let shape = shape::of(bytes)?;
    let mut text = "# Proposed from one file. Look it through: what is marked `ask` cannot be told from a file.\n[partner.statement]\n".to_owned();
    let mut line = |line: &str| {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{line}");
    };
    line("# Ask the partner which zone its days are of; this is what most bill by.");
    line("zone = \"America/Los_Angeles\"");
    for setting in &shape.settings {
        line(setting);
    }
    let columns = columns(&shape);
    for (key, name) in &columns {
        line(&format!("{key} = {}", quoted(name)));
    }
    for (key, what) in [("date", "the day"), ("clicks", "the clicks")] {
        if !columns.iter().any(|(found, _)| found == key) {
            line(&format!("# ask: no column looks like {what}; name it: {key} = \"…\""));
        }
    }
    let place = |key: &str| {
        let (_, name) = columns.iter().find(|(found, _)| found == key)?;
        shape.header.iter().position(|cell| cell == name || currency_in(cell).as_ref() == Some(name))
    };
    date_format(&mut line, place("date").map(|place| shape.column(place)).unwrap_or_default());
    let numbers: Vec<&str> =
        ["searches", "clicks", "revenue"].into_iter().filter_map(place).flat_map(|place| shape.column(place)).collect();
    numbers::marks(&mut line, &numbers);
    let revenue = columns.iter().find(|(key, _)| key == "revenue").map(|(_, name)| name.as_str());
    let has_currency = columns.iter().any(|(key, _)| key == "currency_column")
        || revenue.is_some_and(|name| name.contains("{currency}"));
    if revenue.is_some() && !has_currency {
        line("# Ask what the money is in.");
        line("currency = \"USD\"");
    }
    let dimensions: Vec<String> = shape
        .header
        .iter()
        .filter(|name| DIMENSIONS.contains(&folded(name).as_str()))
        .map(|name| quoted(name))
        .collect();
    if !dimensions.is_empty() {
        line("# Columns that tell rows of a day and code apart; they are summed up.");
        line(&format!("dimensions = [{}]", dimensions.join(", ")));
    }
    totals(&mut line, &shape, place("date"));
    let others: Vec<String> = shape
        .header
        .iter()
        .filter(|name| !is_used(&columns, name) && !DIMENSIONS.contains(&folded(name).as_str()))
        .map(|name| quoted(name))
        .collect();
    if !others.is_empty() {
        line(&format!("# Not used: {}", others.join(", ")));
    }
    Ok(text)
}

fn is_used(columns: &[(String, String)], name: &str) -> bool {
    columns.iter().any(|(_, used)| used == name || currency_in(name).as_deref() == Some(used))
}

/// A TOML text.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Which column is which, by name. One that several names fit takes the likelier.
fn columns(shape: &FileShape) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (key, names) in KNOWN {
        let of = |wanted: &&str| shape.header.iter().find(|name| folded(name) == **wanted);
        if let Some(name) = names.iter().find_map(of) {
            found.push((key.to_owned(), name.clone()));
        } else if key == "revenue"
            && let Some(name) = shape.header.iter().find_map(|name| currency_in(name))
        {
            found.push((key.to_owned(), name));
        }
    }
    found
}

/// A name like `Estimated earnings (USD)`, with the place of the currency.
fn currency_in(name: &str) -> Option<String> {
    let (before, rest) = name.split_once('(')?;
    let (letters, after) = rest.split_once(')')?;
    let is_currency = crate::billing::money::Currency::new(letters).is_some();
    is_currency.then(|| format!("{before}({{currency}}){after}"))
}

fn date_format(line: &mut impl FnMut(&str), dates: Vec<&str>) {
    let dates: Vec<&str> = dates.into_iter().filter(|date| date.chars().any(|c| c.is_ascii_digit())).collect();
    if dates.is_empty() {
        return;
    }
    let reads = |format: &&&str| {
        dates
            .iter()
            .all(|date| jiff::fmt::strtime::parse(**format, date.trim()).and_then(|time| time.to_date()).is_ok())
    };
    let fitting: Vec<&&str> = DATES.iter().filter(reads).collect();
    match fitting.as_slice() {
        [] => line("# ask: how dates are written, as strftime has it: date_format = \"…\""),
        [one] => line(&format!("date_format = \"{one}\"")),
        several => {
            line("# ask: every date of this file can be read in more than one order; take the right line:");
            for format in several {
                line(&format!("# date_format = \"{format}\""));
            }
        }
    }
}

/// Rows without a date below rows that have one are totals, mostly.
fn totals(line: &mut impl FnMut(&str), shape: &FileShape, date: Option<usize>) {
    let Some(date) = date else { return };
    let is_empty =
        |row: &&Vec<String>| row.len() == shape.header.len() && row.get(date).is_none_or(|cell| cell.trim().is_empty());
    if shape.rows.iter().any(|row| is_empty(&row)) {
        line("# A row without a date is taken for totals, and held against the sum.");
        line("totals = \"empty\"");
    }
    let others = shape.rows.iter().filter(|row| row.len() != shape.header.len());
    let mut begins: Vec<&str> = others.filter_map(|row| row.first()?.split_whitespace().next()).collect();
    begins.dedup();
    if !begins.is_empty() {
        line("# Lines that are no rows, by how they begin.");
        let begins: Vec<String> = begins.into_iter().map(quoted).collect();
        line(&format!("footers = [{}]", begins.join(", ")));
    }
}

#[cfg(test)]
mod tests;
