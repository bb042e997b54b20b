//! The record of a closed month. Its text is what is hashed and signed, so the form of version 1 must never change: a title, then
//! one line for each key in a fixed order.

use std::fmt::{self, Write as _};
use std::ops::Range;

use jiff::civil::Date;
use strum::VariantArray as _;

use crate::billing::digest::Sha256Digest;
use crate::billing::money::{Currency, Micros};
use crate::billing::number::{NumberMarks, parse_money};
use crate::billing::reconcile::result::Status;
use crate::billing::year_month::YearMonth;
use crate::counts::cells::ClickOutcome;
use crate::name::ConfigName;
use crate::time::Hour;

/// The first line: what it is, and the version of its form.
const TITLE: &str = "qsproxy closing 1";
/// The value of a number that the statements do not give.
const NOT_STATED: &str = "not told";
/// The value of a reason or a statement that does not exist.
const NONE: &str = "none";
/// The marks of amounts in a record.
const MARKS: NumberMarks = NumberMarks { decimal: '.', group: None };

/// A line of text: not empty, without control characters, without spaces at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine(String);

impl TextLine {
    /// Accepts such a text.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_line = !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
        is_line.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for TextLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An amount of money with its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revenue {
    /// The amount.
    pub amount: Micros,
    /// Its currency.
    pub currency: Currency,
}

impl Revenue {
    fn parse(text: &str) -> Option<Self> {
        let (amount, currency) = text.split_once(' ')?;
        let (amount, _) = parse_money(amount, MARKS, false).ok()?;
        Some(Self { amount, currency: Currency::new(currency)? })
    }
}

impl fmt::Display for Revenue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency.as_str())
    }
}

/// The latest statement that covers a day of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementReference {
    /// Its number in the store.
    pub number: i64,
    /// The digest of its file.
    pub sha256: Sha256Digest,
}

impl StatementReference {
    fn parse(text: &str) -> Option<Self> {
        let (number, sha256) = text.split_once(' ')?;
        Some(Self { number: number.parse().ok()?, sha256: Sha256Digest::parse(sha256)? })
    }
}

impl fmt::Display for StatementReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.sha256)
    }
}

/// Outcomes of clicks that every record has. Later versions added others after them.
const FIRST_OUTCOMES: usize = 8;

/// The record of a closed month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingRecord {
    /// Position in the chain, from 1.
    pub number: i64,
    /// The partner.
    pub partner: ConfigName,
    /// The month in the partner's time zone.
    pub month: YearMonth,
    /// The name of that time zone.
    pub zone: TextLine,
    /// The UTC hours of the month.
    pub hours: Range<Hour>,
    /// The digest of the counts as exported to `counts.csv`.
    pub counts_sha256: Sha256Digest,
    /// The digest of the statement rows as exported to `statement.csv`.
    pub statement_sha256: Sha256Digest,
    /// The latest statement; None if no statement covers the month.
    pub latest_statement: Option<StatementReference>,
    /// Sponsored clicks by outcome, in the order of [`ClickOutcome::VARIANTS`]. Outcomes that were added after the closing are
    /// missing at the end.
    pub clicks: Vec<u64>,
    /// Counted clicks on organic results.
    pub organic_clicks: u64,
    /// Searches that we answered.
    pub searches: u64,
    /// The partner's clicks; None if it does not report them for every day.
    pub statement_clicks: Option<i64>,
    /// The partner's revenue; None if it does not report revenue.
    pub statement_revenue: Option<Revenue>,
    /// The status of the month when it was closed.
    pub status: Status,
    /// Why the month was closed although it is out of tolerance or not final; None if nobody gave a reason.
    pub reason: Option<TextLine>,
    /// The digest of the profile's text.
    pub profile_sha256: Sha256Digest,
    /// The digest of the configuration file.
    pub configuration_sha256: Sha256Digest,
    /// The versions of the program, of the time zone database and of the list of bots.
    pub versions: TextLine,
    /// The UTC day of the closing.
    pub closed: Date,
    /// The digest of the previous record; [`Sha256Digest::ZERO`] in the first one.
    pub previous: Sha256Digest,
}

/// The first line of a record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this record cannot be read: its line \"{key}\" is missing or invalid")]
pub struct InvalidRecord {
    /// The key of the line.
    pub key: String,
}

impl ClosingRecord {
    /// Returns the text that is hashed and signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{TITLE}\n");
        let mut line = |key: &str, value: &dyn fmt::Display| {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{key}: {value}");
        };
        line("number", &self.number);
        line("partner", &self.partner);
        line("month", &self.month);
        line("zone", &self.zone);
        line("from_hour", &self.hours.start);
        line("to_hour", &self.hours.end);
        line("counts_sha256", &self.counts_sha256);
        line("statement_sha256", &self.statement_sha256);
        line("statements", &or(self.latest_statement.as_ref(), NONE));
        for (outcome, clicks) in ClickOutcome::VARIANTS.iter().zip(&self.clicks) {
            line(&clicks_key(*outcome), &clicks);
        }
        line("clicks_organic", &self.organic_clicks);
        line("searches", &self.searches);
        line("statement_clicks", &or(self.statement_clicks.as_ref(), NOT_STATED));
        line("statement_revenue", &or(self.statement_revenue.as_ref(), NOT_STATED));
        line("status", &self.status.as_str());
        line("reason", &or(self.reason.as_ref(), NONE));
        line("profile_sha256", &self.profile_sha256);
        line("configuration_sha256", &self.configuration_sha256);
        line("versions", &self.versions);
        line("closed", &self.closed);
        line("previous", &self.previous);
        text
    }

    /// Parses exactly the text that [`Self::text`] returns.
    ///
    /// # Errors
    /// The first line that is missing or invalid.
    pub fn parse(text: &str) -> Result<Self, InvalidRecord> {
        let mut lines = RecordLines::new(text)?;
        let record = Self {
            number: lines.parse("number", |text| text.parse().ok())?,
            partner: lines.parse("partner", |text| ConfigName::new(text).ok())?,
            month: lines.parse("month", YearMonth::parse)?,
            zone: lines.parse("zone", TextLine::new)?,
            hours: lines.parse("from_hour", Hour::parse)?..lines.parse("to_hour", Hour::parse)?,
            counts_sha256: lines.parse("counts_sha256", Sha256Digest::parse)?,
            statement_sha256: lines.parse("statement_sha256", Sha256Digest::parse)?,
            latest_statement: lines.parse_or("statements", NONE, StatementReference::parse)?,
            clicks: lines.clicks()?,
            organic_clicks: lines.parse("clicks_organic", |text| text.parse().ok())?,
            searches: lines.parse("searches", |text| text.parse().ok())?,
            statement_clicks: lines.parse_or("statement_clicks", NOT_STATED, |text| text.parse().ok())?,
            statement_revenue: lines.parse_or("statement_revenue", NOT_STATED, Revenue::parse)?,
            status: lines.parse("status", Status::parse)?,
            reason: lines.parse_or("reason", NONE, TextLine::new)?,
            profile_sha256: lines.parse("profile_sha256", Sha256Digest::parse)?,
            configuration_sha256: lines.parse("configuration_sha256", Sha256Digest::parse)?,
            versions: lines.parse("versions", TextLine::new)?,
            closed: lines.parse("closed", |text| text.parse().ok())?,
            previous: lines.parse("previous", Sha256Digest::parse)?,
        };
        // What a parser accepts in another spelling, and what follows the last line, is not the text that was signed.
        let canonical = record.text();
        if canonical == text { Ok(record) } else { Err(first_difference(&canonical, text)) }
    }
}

fn clicks_key(outcome: ClickOutcome) -> String {
    format!("clicks_{}", outcome.as_str())
}

/// Returns the value as text, or another text if there is no value.
fn or(value: Option<&impl fmt::Display>, otherwise: &str) -> String {
    value.map_or_else(|| otherwise.to_owned(), ToString::to_string)
}

fn first_difference(canonical: &str, text: &str) -> InvalidRecord {
    let different = canonical.lines().zip(text.lines()).find(|(expected, found)| expected != found);
    let key = different.and_then(|(expected, _)| expected.split(':').next()).unwrap_or("end of the record");
    InvalidRecord { key: key.to_owned() }
}

/// The lines of a record's text, from the next one on.
struct RecordLines<'t>(std::str::Lines<'t>);

impl<'t> RecordLines<'t> {
    fn new(text: &'t str) -> Result<Self, InvalidRecord> {
        let mut lines = text.lines();
        if lines.next() == Some(TITLE) { Ok(Self(lines)) } else { Err(InvalidRecord { key: TITLE.to_owned() }) }
    }

    /// Parses the value of the next line, which must have this key.
    fn parse<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, InvalidRecord> {
        let value = self.0.next().and_then(|line| line.strip_prefix(key)?.strip_prefix(": "));
        value.and_then(parse).ok_or_else(|| InvalidRecord { key: key.to_owned() })
    }

    /// As [`Self::parse`]; None for the value `none`.
    fn parse_or<T>(
        &mut self,
        key: &str,
        none: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, InvalidRecord> {
        self.parse(key, |value| if value == none { Some(None) } else { parse(value).map(Some) })
    }

    /// The lines of clicks. The outcomes after the first ones are as many as existed when the month was closed.
    fn clicks(&mut self) -> Result<Vec<u64>, InvalidRecord> {
        let mut clicks = Vec::with_capacity(ClickOutcome::VARIANTS.len());
        for outcome in ClickOutcome::VARIANTS {
            let key = clicks_key(*outcome);
            let is_next = self.0.clone().next().is_some_and(|line| line.starts_with(&key));
            if clicks.len() >= FIRST_OUTCOMES && !is_next {
                break;
            }
            clicks.push(self.parse(&key, |text| text.parse().ok())?);
        }
        Ok(clicks)
    }
}

#[cfg(test)]
mod tests;
