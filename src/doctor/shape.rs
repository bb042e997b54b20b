//! The values that a column may have. Checked one by one, so that nothing that a client sent can stand where a name should be.

use strum::VariantArray as _;

use crate::billing::closing::archive;
use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::statement_event::StatementEventKind;
use crate::billing::year_month::YearMonth;
use crate::counts::cells::{Age, ClickOutcome, SearchOutcome, Slice};
use crate::doctor::known_names::KnownNames;
use crate::fields::browser::Browser;
use crate::name::{ConfigName, UNKNOWN};
use crate::privacy::fact::{self, Fact};
use crate::result_kind::ResultKind;
use crate::time::Hour;

/// The values that a column may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueShape {
    /// A UTC hour.
    Hour,
    /// A day.
    Day,
    /// A month, `YYYY-MM`.
    Month,
    /// A month, or nothing.
    OptionalMonth,
    /// A whole number within bounds.
    Number {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// A whole number from 0, or null.
    OptionalCount,
    /// A whole number, or null.
    OptionalNumber,
    /// Days since people were new, at which they are counted.
    Age,
    /// A partner's configured name.
    Partner,
    /// A configured code.
    Code,
    /// A configured code, or nothing for all codes.
    BudgetCode,
    /// A UTC hour, a day or a month.
    Period,
    /// A node's configured name.
    Node,
    /// Sponsored or organic.
    Kind,
    /// The outcome of a click.
    ClickOutcome,
    /// The outcome of a search.
    SearchOutcome,
    /// The outcome of a click or a search.
    AnyOutcome,
    /// `clicks` or `searches`.
    Subject,
    /// A dimension of slices.
    Dimension,
    /// `DIMENSION=VALUE` of a slice.
    SliceValue,
    /// So many hexadecimal digits in lower case.
    Hex(usize),
    /// As [`Self::Hex`], or nothing.
    OptionalHex(usize),
    /// Three capital letters (ISO 4217), or nothing.
    Currency,
    /// What happened to a statement.
    StatementEvent,
    /// A profile of statements, as text.
    Profile,
    /// A code as a partner names it.
    PartnersCode,
    /// The facts of a privacy statement, as JSON.
    PrivacyStatement,
    /// The record of a closed month.
    Record,
    /// A signature in the format of minisign.
    Signature,
    /// The archive of a record.
    Archive,
    /// The rows of a batch, as JSON.
    Batch,
    /// A short text of our own.
    Text,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// One of those that may be there.
    Fine,
    /// Of the right form, and not in the configuration: an earlier one may have had it.
    NotConfigured,
    /// Of the right form, not in the configuration, and like an ID.
    LikeAnId,
    /// Not of the right form, or in no configuration that this store has seen.
    Wrong,
}

/// The most characters of a text of our own.
const MAX_TEXT_CHARS: usize = 255;

/// The most bytes of a profile.
const MAX_PROFILE_BYTES: usize = 65_536;

/// A run of so many digits, or so many hexadecimal digits with digits among them, is more than a name needs.
const ID_DIGITS: (usize, usize) = (6, 12);

impl ValueShape {
    /// A count.
    pub const COUNT: Self = Self::Number { least: 0, most: i64::MAX };

    /// Any whole number.
    pub const NUMBER: Self = Self::Number { least: i64::MIN, most: i64::MAX };

    /// Bounds of a number, and whether null may be there. None for texts.
    #[must_use]
    pub fn bounds(self) -> Option<(i64, i64, bool)> {
        match self {
            Self::Number { least, most } => Some((least, most, false)),
            Self::OptionalCount => Some((0, i64::MAX, true)),
            Self::OptionalNumber => Some((i64::MIN, i64::MAX, true)),
            Self::Age => Some((0, 30, false)),
            Self::Hour
            | Self::Day
            | Self::Month
            | Self::OptionalMonth
            | Self::OptionalHex(_)
            | Self::Partner
            | Self::Code
            | Self::BudgetCode
            | Self::Period
            | Self::Node
            | Self::Kind
            | Self::ClickOutcome
            | Self::SearchOutcome
            | Self::AnyOutcome
            | Self::Subject
            | Self::Dimension
            | Self::SliceValue
            | Self::Hex(_)
            | Self::Currency
            | Self::StatementEvent
            | Self::Profile
            | Self::PartnersCode
            | Self::PrivacyStatement
            | Self::Record
            | Self::Signature
            | Self::Archive
            | Self::Batch
            | Self::Text => None,
        }
    }

    /// Judges a text. [`Self::Batch`] is judged by its rows elsewhere.
    #[must_use]
    pub fn judge(self, value: &str, known: &KnownNames) -> Verdict {
        let fine_if = |fits: bool| if fits { Verdict::Fine } else { Verdict::Wrong };
        match self {
            Self::Hour => fine_if(Hour::parse(value).is_some()),
            Self::Day => fine_if(is_day(value)),
            Self::OptionalMonth | Self::OptionalHex(_) if value.is_empty() => Verdict::Fine,
            Self::Month | Self::OptionalMonth => fine_if(YearMonth::parse(value).is_some()),
            Self::Partner => fine_if(value == UNKNOWN || known.partners.contains(value)),
            Self::Code if value == UNKNOWN => Verdict::Fine,
            Self::BudgetCode if value.is_empty() => Verdict::Fine,
            Self::Code | Self::BudgetCode => judge_name(value, &known.codes),
            Self::Period => fine_if(Hour::parse(value).is_some() || is_day(value) || YearMonth::parse(value).is_some()),
            // Nodes do not know one another's names.
            Self::Node => match judge_name(value, &known.nodes) {
                Verdict::NotConfigured => Verdict::Fine,
                verdict @ (Verdict::Fine | Verdict::LikeAnId | Verdict::Wrong) => verdict,
            },
            Self::Kind => {
                let kinds = ResultKind::VARIANTS.iter().map(|kind| kind.as_str()).chain([UNKNOWN, "none"]);
                fine_if(kinds.into_iter().any(|kind| kind == value))
            }
            Self::ClickOutcome => fine_if(ClickOutcome::from_name(value).is_some()),
            Self::SearchOutcome => fine_if(SearchOutcome::from_name(value).is_some()),
            Self::AnyOutcome => {
                fine_if(ClickOutcome::from_name(value).is_some() || SearchOutcome::from_name(value).is_some())
            }
            Self::Subject => fine_if(matches!(value, "clicks" | "searches")),
            Self::Dimension => fine_if(Slice::DIMENSIONS.contains(&value)),
            Self::SliceValue => fine_if(is_slice(value, known)),
            Self::Hex(digits) | Self::OptionalHex(digits) => fine_if(
                value.len() == digits
                    && value.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)),
            ),
            Self::Currency => {
                fine_if(value.is_empty() || value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase()))
            }
            Self::StatementEvent => fine_if(StatementEventKind::from_name(value).is_some()),
            Self::Profile => {
                fine_if(value.len() <= MAX_PROFILE_BYTES && value.lines().all(|line| line.contains(" = ")))
            }
            Self::PartnersCode if known.tags.contains(value) || known.codes.contains(value) => Verdict::Fine,
            Self::PartnersCode if looks_like_id(value) => Verdict::LikeAnId,
            Self::PartnersCode => Verdict::NotConfigured,
            Self::PrivacyStatement => fine_if(fact::decode(value).is_ok_and(|facts| !facts.contains(&Fact::Unknown))),
            Self::Record => fine_if(ChainRecord::parse(value).is_ok()),
            Self::Signature => {
                let is_signature = value.starts_with("untrusted comment: ") && value.lines().count() == 4;
                fine_if(value.is_empty() || is_signature)
            }
            Self::Archive => fine_if(archive::decode(value).is_ok()),
            Self::Text => fine_if(value.chars().count() <= MAX_TEXT_CHARS && !value.contains(char::is_control)),
            Self::Number { .. } | Self::OptionalCount | Self::OptionalNumber | Self::Age | Self::Batch => Verdict::Fine,
        }
    }
}

fn judge_name(value: &str, configured: &std::collections::BTreeSet<String>) -> Verdict {
    if configured.contains(value) {
        Verdict::Fine
    } else if ConfigName::new(value).is_err() {
        Verdict::Wrong
    } else if looks_like_id(value) {
        Verdict::LikeAnId
    } else {
        Verdict::NotConfigured
    }
}

fn is_day(value: &str) -> bool {
    value.parse::<jiff::civil::Date>().is_ok_and(|day| day.to_string() == value)
}

fn is_slice(value: &str, known: &KnownNames) -> bool {
    let Some((dimension, value)) = value.split_once('=') else { return false };
    let [language, browser, keyword_group, clicked_keyword_group] = Slice::DIMENSIONS;
    if dimension == language {
        known.languages.contains(value)
    } else if dimension == browser {
        Browser::VARIANTS.iter().any(|family| family.as_str() == value)
    } else {
        (dimension == keyword_group || dimension == clicked_keyword_group) && known.keyword_groups.contains(value)
    }
}

/// Whether an age is one at which people are counted.
#[must_use]
pub fn is_age(days: i64) -> bool {
    u32::try_from(days).is_ok_and(|days| Age::from_days(days).is_some())
}

/// Whether a name has a long run of digits, or of hexadecimal digits, or an `@`: names that people give have none.
#[must_use]
pub fn looks_like_id(name: &str) -> bool {
    let (digits, hex) = ID_DIGITS;
    let longest = |is_in: fn(char) -> bool| name.split(|letter| !is_in(letter)).map(str::len).max().unwrap_or(0);
    let has_hex_run = name
        .split(|letter: char| !letter.is_ascii_hexdigit() && letter != '-')
        .map(|run| run.replace('-', ""))
        .any(|run| run.len() >= hex && run.contains(|letter: char| letter.is_ascii_digit()));
    name.contains('@') || longest(|letter| letter.is_ascii_digit()) >= digits || has_hex_run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_names_that_people_give_from_ids() {
        for name in [
            "toolbar-main",
            "de_2026",
            "v1.2.3",
            "campaign-12345",
            "facade",
            "deadbeef-cafe",
            "QX1",
            "node-2",
            "spring-2026-11",
        ] {
            assert!(!looks_like_id(name), "{name}");
        }
        for id in [
            "user-1234567",
            "6fa459ea-ee8a-3ca4-894e-db77e160355e",
            "a81f4bc0d2e39577",
            "jane@example.org",
            "x-20261128",
            "DEADBEEF0123",
        ] {
            assert!(looks_like_id(id), "{id}");
        }
    }
}
