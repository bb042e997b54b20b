//! Cells: the only things that are counted, and so the only things that reach the disk. A cell is a row
//! of a table in CONTRACT section 6; it has no field that could tell one person from another.

use crate::kind::Kind;
use crate::names::Name;
use crate::world::Hour;

/// What became of a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClickOutcome {
    /// The first click of its token.
    Counted,
    /// A further click of a token.
    Duplicate,
    /// The token is older than `click_ttl`.
    Expired,
    /// The token does not open.
    Forged,
    /// The browser fetched ahead of the person.
    Prefetch,
    /// A `HEAD` request: a link checker, not a person.
    Head,
    /// The agent calls itself a robot.
    Bot,
    /// Another site's page made the request.
    CrossSite,
}

impl ClickOutcome {
    /// Every outcome.
    pub const ALL: [Self; 8] = [
        Self::Counted,
        Self::Duplicate,
        Self::Expired,
        Self::Forged,
        Self::Prefetch,
        Self::Head,
        Self::Bot,
        Self::CrossSite,
    ];

    /// Its name in the store, in reports and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Duplicate => "duplicate",
            Self::Expired => "expired",
            Self::Forged => "forged",
            Self::Prefetch => "prefetch",
            Self::Head => "head",
            Self::Bot => "bot",
            Self::CrossSite => "cross_site",
        }
    }
}

/// What became of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SearchOutcome {
    /// Results, at least one of them sponsored.
    WithAds,
    /// Results, none of them sponsored.
    Answered,
    /// An answer without results.
    Empty,
    /// No partner gave a usable answer.
    Failed,
    /// We did not ask: personal data under `refuse`, or too much in flight.
    Refused,
}

impl SearchOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::WithAds, Self::Answered, Self::Empty, Self::Failed, Self::Refused];

    /// Its name in the store, in reports and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WithAds => "with_ads",
            Self::Answered => "answered",
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

/// A key of the table `clicks`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClickCell {
    /// The hour of the click.
    pub hour: Hour,
    /// The partner whose result it was; [`Name::unknown`] for forged ones.
    pub partner: Name,
    /// The code of the search it came from; likewise.
    pub code: Name,
    /// Sponsored or organic; None, stored as `unknown`, for forged ones.
    pub kind: Option<Kind>,
    /// What became of it.
    pub outcome: ClickOutcome,
}

/// A key of the table `searches`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchCell {
    /// The hour of the search.
    pub hour: Hour,
    /// The partner that answered, or was asked last.
    pub partner: Name,
    /// The search's code.
    pub code: Name,
    /// What became of it.
    pub outcome: SearchOutcome,
}

/// Any key that a count can be added to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// One of `clicks`.
    Click(ClickCell),
    /// One of `searches`.
    Search(SearchCell),
}
