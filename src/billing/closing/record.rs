//! The record of a closed month. Its text is what is hashed and signed, so the forms of its versions must never change. Version 2 has
//! the lines of version 1 and [`ClosingDetails`].

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use strum::VariantArray as _;

use crate::billing::closing::details::ClosingDetails;
use crate::billing::closing::record_text::{
    InvalidRecord, NONE, NOT_KNOWN, NOT_STATED, RecordLines, RecordText, TextLine, if_canonical, or,
};
use crate::billing::closing::stated::Revenue;
use crate::billing::digest::Sha256Digest;
use crate::billing::reconcile::result::Status;
use crate::billing::year_month::YearMonth;
use crate::counts::cells::ClickOutcome;
use crate::name::ConfigName;
use crate::time::Hour;

/// The first line of a record of version 1: what it is, and the version of its form.
const TITLE: &str = "qsproxy closing 1";
/// The first line of a record of version 2, which has [`ClosingDetails`].
const TITLE_2: &str = "qsproxy closing 2";

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
    /// The digest of the counts by the hour as exported to `counts.csv`.
    pub counts_sha256: Sha256Digest,
    /// The digest of the statement rows as exported to `statement.csv`.
    pub statement_sha256: Sha256Digest,
    /// The latest statement; None if no statement covers the month.
    pub latest_statement: Option<StatementReference>,
    /// Sponsored clicks by outcome, in the order of [`ClickOutcome::VARIANTS`]. Outcomes that were added after the closing are
    /// missing at the end. None if they are not known: hours were rolled up into UTC days that are in the month partly.
    pub clicks: Vec<Option<u64>>,
    /// Counted clicks on organic results, if they are known.
    pub organic_clicks: Option<u64>,
    /// Searches that we answered, if they are known.
    pub searches: Option<u64>,
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
    /// What records of version 2 state besides; None in a record of version 1.
    pub details: Option<ClosingDetails>,
    /// The digest of the previous record; [`Sha256Digest::ZERO`] in the first one.
    pub previous: Sha256Digest,
}

impl ClosingRecord {
    /// Returns the text that is hashed and signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = RecordText::new(if self.details.is_some() { TITLE_2 } else { TITLE });
        let mut line = |key: &str, value: &dyn fmt::Display| text.line(key, value);
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
            line(&clicks_key(*outcome), &or(clicks.as_ref(), NOT_KNOWN));
        }
        line("clicks_organic", &or(self.organic_clicks.as_ref(), NOT_KNOWN));
        line("searches", &or(self.searches.as_ref(), NOT_KNOWN));
        line("statement_clicks", &or(self.statement_clicks.as_ref(), NOT_STATED));
        line("statement_revenue", &or(self.statement_revenue.as_ref(), NOT_STATED));
        line("status", &self.status.as_str());
        line("reason", &or(self.reason.as_ref(), NONE));
        line("profile_sha256", &self.profile_sha256);
        line("configuration_sha256", &self.configuration_sha256);
        line("versions", &self.versions);
        line("closed", &self.closed);
        if let Some(details) = &self.details {
            details.write(&mut text);
        }
        text.line("previous", &self.previous);
        text.finish()
    }

    /// Parses exactly the text that [`Self::text`] returns.
    ///
    /// # Errors
    /// The first line that is missing or invalid.
    pub fn parse(text: &str) -> Result<Self, InvalidRecord> {
        let is_version_2 = text.starts_with(TITLE_2);
        let mut lines = RecordLines::new(text, if is_version_2 { TITLE_2 } else { TITLE })?;
        let record = Self {
            number: lines.parse("number", |text| text.parse().ok())?,
            partner: lines.parse("partner", |text| ConfigName::new(text).ok())?,
            month: lines.parse("month", YearMonth::parse)?,
            zone: lines.parse("zone", TextLine::new)?,
            hours: lines.parse("from_hour", Hour::parse)?..lines.parse("to_hour", Hour::parse)?,
            counts_sha256: lines.parse("counts_sha256", Sha256Digest::parse)?,
            statement_sha256: lines.parse("statement_sha256", Sha256Digest::parse)?,
            latest_statement: lines.parse_or("statements", NONE, StatementReference::parse)?,
            clicks: parse_clicks(&mut lines)?,
            organic_clicks: lines.parse_or("clicks_organic", NOT_KNOWN, |text| text.parse().ok())?,
            searches: lines.parse_or("searches", NOT_KNOWN, |text| text.parse().ok())?,
            statement_clicks: lines.parse_or("statement_clicks", NOT_STATED, |text| text.parse().ok())?,
            statement_revenue: lines.parse_or("statement_revenue", NOT_STATED, Revenue::parse)?,
            status: lines.parse("status", Status::parse)?,
            reason: lines.parse_or("reason", NONE, TextLine::new)?,
            profile_sha256: lines.parse("profile_sha256", Sha256Digest::parse)?,
            configuration_sha256: lines.parse("configuration_sha256", Sha256Digest::parse)?,
            versions: lines.parse("versions", TextLine::new)?,
            closed: lines.parse("closed", |text| text.parse().ok())?,
            details: if is_version_2 { Some(ClosingDetails::parse(&mut lines)?) } else { None },
            previous: lines.parse("previous", Sha256Digest::parse)?,
        };
        let canonical = record.text();
        if_canonical(record, &canonical, text)
    }
}

fn clicks_key(outcome: ClickOutcome) -> String {
    format!("clicks_{}", outcome.as_str())
}

/// Parses the lines of clicks. The outcomes after the first ones are as many as existed when the month was closed.
fn parse_clicks(lines: &mut RecordLines<'_>) -> Result<Vec<Option<u64>>, InvalidRecord> {
    let mut clicks = Vec::with_capacity(ClickOutcome::VARIANTS.len());
    for outcome in ClickOutcome::VARIANTS {
        let key = clicks_key(*outcome);
        if clicks.len() >= FIRST_OUTCOMES && !lines.is_next(&key) {
            break;
        }
        clicks.push(lines.parse_or(&key, NOT_KNOWN, |text| text.parse().ok())?);
    }
    Ok(clicks)
}

#[cfg(test)]
mod tests;
