//! What stops a closing unless it is accepted by name, and the operator's acceptances.

use std::collections::BTreeMap;
use std::fmt;

use strum::VariantArray;

use crate::billing::closing::record_text::TextLine;

/// What stops a closing unless it is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub enum Condition {
    /// No statement covers a day of the month.
    NoStatement,
    /// Statements cover some of its days.
    MissingDays,
    /// A day is not final.
    Provisional,
    /// The partner withholds the clicks of a day.
    Suppressed,
    /// Rows are for codes that are in the tags of no configured code.
    Unmapped,
    /// A code is the sum of others.
    Subtotals,
    /// Some rows tell their money, and others do not.
    PartialRevenue,
    /// Money is in several currencies, or in another one than the contract's.
    Currencies,
    /// The total agrees because codes that differ compensate one another.
    Compensating,
    /// A day or the month is out of tolerance.
    OutOfTolerance,
    /// Hours were rolled up into UTC days before the month was closed, so that only their sums can be signed.
    RolledUp,
    /// The clock contradicts the books.
    Clock,
    /// Hours are in no closed month, or in two, since the zone was changed.
    OtherHours,
    /// Nothing was counted or stated in a month that is long over, or of the partner before it.
    EmptyMonth,
}

impl Condition {
    /// The name by which it is accepted.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoStatement => "no_statement",
            Self::MissingDays => "missing_days",
            Self::Provisional => "provisional",
            Self::Suppressed => "suppressed",
            Self::Unmapped => "unmapped",
            Self::Subtotals => "subtotals",
            Self::PartialRevenue => "partial_revenue",
            Self::Currencies => "currencies",
            Self::Compensating => "compensating",
            Self::OutOfTolerance => "out_of_tolerance",
            Self::RolledUp => "rolled_up",
            Self::Clock => "clock",
            Self::OtherHours => "other_hours",
            Self::EmptyMonth => "empty_month",
        }
    }

    /// Parses the name that [`Self::as_str`] returns.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|condition| condition.as_str() == name)
    }

    /// Returns whether a reason without a name accepts it, as before conditions had names.
    fn is_plain(self) -> bool {
        match self {
            Self::NoStatement | Self::OutOfTolerance => true,
            Self::MissingDays
            | Self::Provisional
            | Self::Suppressed
            | Self::Unmapped
            | Self::Subtotals
            | Self::PartialRevenue
            | Self::Currencies
            | Self::Compensating
            | Self::RolledUp
            | Self::Clock
            | Self::OtherHours
            | Self::EmptyMonth => false,
        }
    }
}

/// A condition that a month has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The condition.
    pub condition: Condition,
    /// How much of it there is, in words without a semicolon.
    pub extent: String,
}

/// Something that would have stopped the closing, accepted with a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What was accepted.
    pub condition: Condition,
    /// How much of it there is, in words without a semicolon.
    pub extent: TextLine,
    /// Why it was accepted.
    pub reason: TextLine,
}

impl Accepted {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (condition, rest) = text.split_once("; ")?;
        let (extent, reason) = rest.split_once("; ")?;
        let condition = Condition::parse(condition)?;
        Some(Self { condition, extent: TextLine::new(extent)?, reason: TextLine::new(reason)? })
    }
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}; {}", self.condition.as_str(), self.extent, self.reason)
    }
}

/// The reasons that the operator gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acceptances {
    /// The reason without a name.
    pub plain: Option<TextLine>,
    by_name: BTreeMap<Condition, TextLine>,
}

impl Acceptances {
    /// Parses arguments: a reason, or `NAME=REASON`.
    ///
    /// # Errors
    /// An unknown name, a reason that is not one line, or one that is given twice, in words for the operator.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut acceptances = Self::default();
        for argument in arguments {
            let (name, reason) = split_name(argument)?;
            let is_line = "the reason must be one line of text without spaces at its ends";
            let reason = TextLine::new(reason).ok_or_else(|| format!("--accept: {is_line}"))?;
            let earlier = match name {
                None => acceptances.plain.replace(reason),
                Some(name) => acceptances.by_name.insert(Condition::parse(name).ok_or_else(|| unknown(name))?, reason),
            };
            if earlier.is_some() {
                return Err(format!("--accept {argument}: this was accepted already, with another reason"));
            }
        }
        Ok(acceptances)
    }

    /// Returns what is accepted of these conditions.
    ///
    /// # Errors
    /// The conditions that are not accepted.
    pub fn accept(&self, found: Vec<Found>) -> Result<Vec<Accepted>, Vec<Found>> {
        let mut accepted = Vec::new();
        let mut refused = Vec::new();
        for found in found {
            let plain = self.plain.as_ref().filter(|_| found.condition.is_plain());
            let reason = self.by_name.get(&found.condition).or(plain);
            match (reason, TextLine::new(&found.extent)) {
                (Some(reason), Some(extent)) => {
                    accepted.push(Accepted { condition: found.condition, extent, reason: reason.clone() });
                }
                (None, _) | (_, None) => refused.push(found),
            }
        }
        if refused.is_empty() { Ok(accepted) } else { Err(refused) }
    }

    /// Accepts again what an earlier record of the month accepted, unless the operator gave another reason.
    pub fn add_earlier(&mut self, found: &[Found], accepted: &[Accepted]) {
        for Accepted { condition, extent, reason } in accepted {
            if found.iter().any(|found| found.condition == *condition && found.extent == extent.as_str()) {
                self.by_name.entry(*condition).or_insert_with(|| reason.clone());
            }
        }
    }

    /// Returns the names that were accepted and that these conditions do not have.
    #[must_use]
    pub fn unneeded(&self, found: &[Found]) -> Vec<&'static str> {
        let is_found = |condition: &Condition| found.iter().any(|found| found.condition == *condition);
        self.by_name.keys().filter(|condition| !is_found(condition)).map(|condition| condition.as_str()).collect()
    }
}

/// Splits off what looks like a name: letters and underscores before an equals sign.
///
/// # Errors
/// The name of a condition without a reason, or in other letters: it would be taken as a reason for something else.
fn split_name(argument: &str) -> Result<(Option<&str>, &str), String> {
    let (before, reason) = argument.split_once('=').unwrap_or((argument, ""));
    let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if argument.contains('=') && is_name(before) {
        return Ok((Some(before), reason));
    }
    let meant = before.trim().to_ascii_lowercase().replace(['-', ' '], "_");
    match Condition::parse(&meant) {
        Some(condition) => {
            let name = condition.as_str();
            Err(format!("--accept {argument}: {name} is accepted with a reason, as --accept {name}=REASON"))
        }
        None => Ok((None, argument)),
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<_> = Condition::VARIANTS.iter().map(|condition| condition.as_str()).collect();
    format!("--accept {name}=…: there is no such condition; the names are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Acceptances, String> {
        Acceptances::parse(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    fn found(condition: Condition) -> Found {
        Found { condition, extent: "3 rows".to_owned() }
    }

    #[test]
    fn a_plain_reason_accepts_only_what_it_did_before_there_were_names() {
        let plain = parse(&["agreed = by telephone"]).unwrap();
        for condition in Condition::VARIANTS {
            let is_accepted = plain.accept(vec![found(*condition)]).is_ok();
            assert_eq!(is_accepted, matches!(condition, Condition::NoStatement | Condition::OutOfTolerance));
        }
    }

    #[test]
    fn each_condition_is_accepted_by_its_own_name_only() {
        for condition in Condition::VARIANTS {
            let acceptances = parse(&[&format!("{}=agreed", condition.as_str())]).unwrap();
            for other in Condition::VARIANTS {
                let accepted = acceptances.accept(vec![found(*other)]);
                assert_eq!(accepted.is_ok(), other == condition, "{condition:?} {other:?}");
                let text = accepted.map(|accepted| accepted[0].to_string());
                assert_eq!(text.unwrap_or_default().is_empty(), other != condition);
            }
        }
        let both = vec![found(Condition::Unmapped), found(Condition::Currencies)];
        let refused = parse(&["unmapped=x"]).unwrap().accept(both).unwrap_err();
        assert_eq!(refused, [found(Condition::Currencies)]);
        assert_eq!(parse(&["unmapped=x", "currencies=y"]).unwrap().unneeded(&refused), ["unmapped"]);
    }

    #[test]
    fn wrong_acceptances_are_refused() {
        for (arguments, why) in [
            (&["unmaped=x"][..], "no such condition"),
            (&["unmapped="], "one line"),
            (&["a\nb"], "one line"),
            (&["unmapped=a", "unmapped=b"], "already"),
            (&["a", "b"], "already"),
            (&["unmapped"], "--accept unmapped=REASON"),
            (&["Unmapped=theirs"], "--accept unmapped=REASON"),
            (&["no-statement"], "--accept no_statement=REASON"),
            (&["OUT OF TOLERANCE"], "--accept out_of_tolerance=REASON"),
            (&["out_of_tolerance = fine"], "--accept out_of_tolerance=REASON"),
        ] {
            let error = parse(arguments).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
