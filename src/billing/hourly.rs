//! Our own counts by UTC hour, as stored, or by UTC day where they are old.

use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::name;
use crate::result_kind::ResultKind;
use crate::time::Hour;

/// A number of clicks on one partner's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourCount {
    /// The UTC hour of the clicks.
    pub hour: Hour,
    /// The configured name of the code.
    pub code: String,
    /// The kind of the results; None for forged clicks, whose result is unknown.
    pub kind: Option<ResultKind>,
    /// The outcome of the clicks.
    pub outcome: ClickOutcome,
    /// The number of clicks.
    pub n: u64,
}

impl HourCount {
    /// The kind as it is stored and exported.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        self.kind.map_or(name::UNKNOWN, ResultKind::as_str)
    }

    /// Returns whether partners pay for these clicks: sponsored and counted.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.kind == Some(ResultKind::Sponsored) && self.outcome == ClickOutcome::Counted
    }
}

/// A number of searches that one partner answered, or was asked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCount {
    /// The UTC hour of the searches.
    pub hour: Hour,
    /// The configured name of the code.
    pub code: String,
    /// The outcome of the searches.
    pub outcome: SearchOutcome,
    /// The number of searches.
    pub n: u64,
}

/// The counts of one partner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartnerCounts {
    /// Clicks, ordered by hour, code, kind and outcome.
    pub clicks: Vec<HourCount>,
    /// Searches, ordered by hour, code and outcome.
    pub searches: Vec<SearchCount>,
}

impl PartnerCounts {
    /// Returns whether there are no counts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clicks.is_empty() && self.searches.is_empty()
    }

    /// Adds counts that arrived later.
    pub fn add(&mut self, later: &Self) {
        self.clicks.extend_from_slice(&later.clicks);
        self.searches.extend_from_slice(&later.searches);
        // The counts of an hour stay in the order of their codes.
        self.clicks.sort_by(|one, other| (one.hour, &one.code).cmp(&(other.hour, &other.code)));
        self.searches.sort_by(|one, other| (one.hour, &one.code).cmp(&(other.hour, &other.code)));
    }

    /// The number of clicks and searches together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.clicks.iter().map(|count| count.n).chain(self.searches.iter().map(|count| count.n)).sum()
    }
}

/// What the store has of one partner: the hours, and the UTC days that old hours were rolled up into. A count is in one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredCounts {
    /// The counts of hours.
    pub hourly: PartnerCounts,
    /// The counts of UTC days, each with the first hour of its day.
    pub daily: PartnerCounts,
}
