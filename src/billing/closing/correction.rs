//! The record of what came after a month was closed: clicks that were counted later, and what the partner stated later. It is linked to
//! the month's record, and to the correction before, by their hashes. Neither is ever changed.

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;

use crate::billing::closing::details::BooksState;
use crate::billing::closing::record_text::{InvalidRecord, NONE, RecordLines, RecordText, TextLine, if_canonical, or};
use crate::billing::closing::stated::{Revenue, StatedSums};
use crate::billing::digest::Sha256Digest;
use crate::billing::money::Currency;
use crate::billing::reconcile::result::Status;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::time::Hour;

/// The first line: what it is, and the version of its form.
pub(super) const CORRECTION_TITLE: &str = "qsproxy correction 1";

/// A record of the chain, by number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordReference {
    /// Its number.
    pub number: i64,
    /// The digest of its text.
    pub sha256: Sha256Digest,
}

impl RecordReference {
    fn parse(text: &str) -> Option<Self> {
        let (number, sha256) = text.split_once(' ')?;
        Some(Self { number: number.parse().ok()?, sha256: Sha256Digest::parse(sha256)? })
    }
}

impl fmt::Display for RecordReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.sha256)
    }
}

/// A number before and after the correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberChange {
    /// As the record before has it; None if it is not told for every day.
    pub before: Option<i64>,
    /// As it is now; None if it is not told for every day.
    pub after: Option<i64>,
}

impl NumberChange {
    /// The number now minus the number before, if both are known.
    #[must_use]
    pub fn difference(self) -> Option<i64> {
        self.after?.checked_sub(self.before?)
    }

    fn parse(text: &str) -> Option<Self> {
        let [before, after, _]: [&str; 3] = text.split(", ").collect::<Vec<_>>().try_into().ok()?;
        let number = |text: &str| if text == NONE { Some(None) } else { text.parse().ok().map(Some) };
        let (before, after) = (before.strip_prefix("before ")?, after.strip_prefix("after ")?);
        Some(Self { before: number(before)?, after: number(after)? })
    }
}

impl fmt::Display for NumberChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |number: Option<i64>| or(number.as_ref(), NONE);
        let (before, after, difference) = (number(self.before), number(self.after), number(self.difference()));
        write!(f, "before {before}, after {after}, difference {difference}")
    }
}

/// The record of a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionRecord {
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
    /// The month's record.
    pub corrects: RecordReference,
    /// The previous correction of the month, if there is one.
    pub after: Option<RecordReference>,
    /// Our counted sponsored clicks.
    pub clicks: NumberChange,
    /// The partner's clicks for configured codes.
    pub statement_clicks: NumberChange,
    /// The partner's money: what it states now minus what it stated, by code and currency; only what changed.
    pub changed: Vec<StatedSums>,
    /// The money now minus the money before, of configured codes, by currency: negative for a credit to the partner. Only currencies in
    /// which every row tells it, before and now.
    pub credit: Vec<Revenue>,
    /// The currencies whose difference is not known, because a row does not tell its money.
    pub unknown_credit: Vec<Currency>,
    /// The status of the month with the correction.
    pub status: Status,
    /// The plain reason of the operator.
    pub reason: Option<TextLine>,
    /// The state of the books.
    pub books: BooksState,
    /// The versions of the program, of the time zone database and of the list of bots.
    pub versions: TextLine,
    /// The UTC day of the correction.
    pub day: Date,
    /// The digest of the previous record of the chain.
    pub previous: Sha256Digest,
}

impl CorrectionRecord {
    /// Returns the text that is hashed and signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = RecordText::new(CORRECTION_TITLE);
        text.line("number", &self.number);
        text.line("partner", &self.partner);
        text.line("month", &self.month);
        text.line("zone", &self.zone);
        text.line("from_hour", &self.hours.start);
        text.line("to_hour", &self.hours.end);
        text.line("corrects", &self.corrects);
        text.line("after", &or(self.after.as_ref(), NONE));
        text.line("clicks_counted", &self.clicks);
        text.line("statement_clicks", &self.statement_clicks);
        text.lines("changed", &self.changed);
        text.lines("credit", &self.credit);
        let unknown: Vec<&str> = self.unknown_credit.iter().map(Currency::as_str).collect();
        text.lines("credit_unknown", &unknown);
        text.line("status", &self.status.as_str());
        text.line("reason", &or(self.reason.as_ref(), NONE));
        self.books.write(&mut text);
        text.line("versions", &self.versions);
        text.line("day", &self.day);
        text.line("previous", &self.previous);
        text.finish()
    }

    /// Parses exactly the text that [`Self::text`] returns.
    ///
    /// # Errors
    /// The first line that is missing or invalid.
    pub fn parse(text: &str) -> Result<Self, InvalidRecord> {
        let mut lines = RecordLines::new(text, CORRECTION_TITLE)?;
        let record = Self {
            number: lines.parse("number", |text| text.parse().ok())?,
            partner: lines.parse("partner", |text| ConfigName::new(text).ok())?,
            month: lines.parse("month", YearMonth::parse)?,
            zone: lines.parse("zone", TextLine::new)?,
            hours: lines.parse("from_hour", Hour::parse)?..lines.parse("to_hour", Hour::parse)?,
            corrects: lines.parse("corrects", RecordReference::parse)?,
            after: lines.parse_or("after", NONE, RecordReference::parse)?,
            clicks: lines.parse("clicks_counted", NumberChange::parse)?,
            statement_clicks: lines.parse("statement_clicks", NumberChange::parse)?,
            changed: lines.parse_all("changed", StatedSums::parse)?,
            credit: lines.parse_all("credit", Revenue::parse)?,
            unknown_credit: lines.parse_all("credit_unknown", Currency::new)?,
            status: lines.parse("status", Status::parse)?,
            reason: lines.parse_or("reason", NONE, TextLine::new)?,
            books: BooksState::parse(&mut lines)?,
            versions: lines.parse("versions", TextLine::new)?,
            day: lines.parse("day", |text| text.parse().ok())?,
            previous: lines.parse("previous", Sha256Digest::parse)?,
        };
        let canonical = record.text();
        if_canonical(record, &canonical, text)
    }
}
