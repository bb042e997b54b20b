//! Cells: everything that is counted, and so everything about traffic that reaches the disk. A cell is the key of a row
//! (`docs/http-api.md`, "Stored tables"); it has no field that could distinguish one person from another.

use strum::VariantArray;

use crate::fields::browser::Browser;
use crate::fields::language::Language;
use crate::money::{Currency, Micros};
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::time::{Day, Hour};

/// The outcome of a click. New ones are added at the end: columns of reports and lines of signed records follow this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum ClickOutcome {
    /// The first click of its token.
    Counted,
    /// A repeated click of a token.
    Duplicate,
    /// The token is older than `click_ttl`.
    Expired,
    /// The token cannot be decrypted.
    Forged,
    /// The browser prefetched the page.
    Prefetch,
    /// A `HEAD` request, as link checkers send it.
    Head,
    /// The agent declares a robot, is that of no known browser, or imitates a browser.
    Bot,
    /// The request came from another site's page.
    CrossSite,
    /// The agent is an HTTP library's.
    Library,
    /// The browser opened no document with it.
    Embedded,
    /// The client is over its rate of clicks.
    Excess,
    /// The client clicked the same target a moment ago.
    Repeated,
}

impl ClickOutcome {
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
            Self::Library => "library",
            Self::Embedded => "embedded",
            Self::Excess => "excess",
            Self::Repeated => "repeated",
        }
    }

    /// The outcome with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|outcome| outcome.as_str() == name)
    }
}

/// The outcome of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum SearchOutcome {
    /// Results, at least one of which is sponsored.
    WithAds,
    /// Results, none of which is sponsored.
    Answered,
    /// An answer without results.
    Empty,
    /// No partner returned a usable answer.
    Failed,
    /// No partner was asked: the query has personal data under `refuse`, or too many requests are in flight.
    Refused,
    /// No partner was asked: a robot that declares itself sent the search.
    Robot,
}

impl SearchOutcome {
    /// Its name in the store, in reports and in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WithAds => "with_ads",
            Self::Answered => "answered",
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Robot => "robot",
        }
    }

    /// The outcome with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|outcome| outcome.as_str() == name)
    }

    /// Whether a partner was asked. Only then is the search in slices.
    #[must_use]
    pub fn was_asked(self) -> bool {
        match self {
            Self::WithAds | Self::Answered | Self::Empty | Self::Failed => true,
            Self::Refused | Self::Robot => false,
        }
    }

    /// Whether a partner answered, with results or without.
    #[must_use]
    pub fn is_answer(self) -> bool {
        match self {
            Self::WithAds | Self::Answered | Self::Empty => true,
            Self::Failed | Self::Refused | Self::Robot => false,
        }
    }
}

/// A key of the table `clicks`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClickCell {
    /// The hour of the click.
    pub hour: Hour,
    /// The partner that returned the result; [`ConfigName::unknown`] for forged clicks.
    pub partner: ConfigName,
    /// The code of the search; [`ConfigName::unknown`] for forged clicks.
    pub code: ConfigName,
    /// Sponsored or organic; None, stored as `unknown`, for forged clicks.
    pub kind: Option<ResultKind>,
    /// The outcome.
    pub outcome: ClickOutcome,
}

/// A key of the table `searches`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchCell {
    /// The hour of the search.
    pub hour: Hour,
    /// The partner that answered, or the last one that was asked.
    pub partner: ConfigName,
    /// The code of the search.
    pub code: ConfigName,
    /// The outcome.
    pub outcome: SearchOutcome,
}

/// A key of the table `active`: one count per user and day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActiveCell {
    /// The day of the visit.
    pub day: Day,
    /// The code of the request that was counted.
    pub code: ConfigName,
    /// Days since the previous visit, at most [`GAP_DAYS`]; 0 for a new user.
    pub gap: u8,
}

/// The largest gap, which means 30 days or more: rolling actives look back no further.
pub const GAP_DAYS: u8 = 30;

/// A key of the table `retention`: one count per user and age, if the user is active at that age.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RetentionCell {
    /// The day on which the user was new.
    pub cohort: Day,
    /// Days since then.
    pub age: Age,
    /// The code of the request that was counted.
    pub code: ConfigName,
}

/// The ages at which returning users are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Age {
    /// The first day: the size of the cohort.
    New,
    /// One day later.
    Day1,
    /// A week later.
    Day7,
    /// Thirty days later.
    Day30,
}

impl Age {
    /// The age in days.
    #[must_use]
    pub fn days(self) -> u8 {
        match self {
            Self::New => 0,
            Self::Day1 => 1,
            Self::Day7 => 7,
            Self::Day30 => 30,
        }
    }

    /// The age of this many days; None if users are not counted at it.
    #[must_use]
    pub fn from_days(days: u32) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|age| u32::from(age.days()) == days)
    }
}

/// A key of the table `active_by_id`: toolbars that send an anonymous ID and no visit stamp. Approximate, and never
/// added to `active`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActiveByIdCell {
    /// The day of the search.
    pub day: Day,
    /// The code of the search.
    pub code: ConfigName,
}

/// A key of the table `slices`: one dimension of searches or clicks, never combined with another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SliceCell {
    /// The day of the search or the click.
    pub day: Day,
    /// The partner that it is counted for.
    pub partner: ConfigName,
    /// The dimension and its value.
    pub value: Slice,
}

/// A dimension of slices with its value, one of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slice {
    /// The language of a search.
    Language(Language),
    /// The browser family of a search.
    Browser(Browser),
    /// The keyword group of a search.
    KeywordGroup(ConfigName),
    /// The keyword group of the search that a counted click came from.
    ClickedKeywordGroup(ConfigName),
}

impl Slice {
    /// The names of the dimensions, in the store and in reports.
    pub const DIMENSIONS: [&str; 4] = ["language", "browser", "keyword_group", "clicked_keyword_group"];

    /// The dimension of clicks; all others are dimensions of searches.
    pub const CLICKED: &str = Self::DIMENSIONS[3];

    /// The name of the dimension.
    #[must_use]
    pub fn dimension(&self) -> &'static str {
        let [language, browser, keyword_group, clicked_keyword_group] = Self::DIMENSIONS;
        match self {
            Self::Language(_) => language,
            Self::Browser(_) => browser,
            Self::KeywordGroup(_) => keyword_group,
            Self::ClickedKeywordGroup(_) => clicked_keyword_group,
        }
    }

    /// The value in the store and in reports, as the configuration spells it.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Language(language) => language.as_str(),
            Self::Browser(browser) => browser.as_str(),
            Self::KeywordGroup(group) | Self::ClickedKeywordGroup(group) => group.as_str(),
        }
    }
}

/// A key of the table `partner_requests`: requests to a partner that is paid by request, or that has a budget. Its count times its price
/// is what they cost.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartnerRequestCell {
    /// The day of the request.
    pub day: Day,
    /// The partner that was asked.
    pub partner: ConfigName,
    /// The code of the search.
    pub code: ConfigName,
    /// The currency of the price; None, stored as an empty text, without a price.
    pub currency: Option<Currency>,
    /// What one request costs, in millionths of the currency's unit; 0 without a price.
    pub price: Micros,
}

/// Any key that a count can be added to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// One of `clicks`.
    Click(ClickCell),
    /// One of `searches`.
    Search(SearchCell),
    /// One of `active`.
    Active(ActiveCell),
    /// One of `retention`.
    Retention(RetentionCell),
    /// One of `active_by_id`.
    ActiveById(ActiveByIdCell),
    /// One of `slices`; goes to the writer once its value may be written ([`crate::counts::slices`]).
    Slice(SliceCell),
    /// One of `partner_requests`.
    PartnerRequest(PartnerRequestCell),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns of the reconciliation report and of a closing follow the declaration order.
    #[test]
    fn click_outcomes_keep_the_order_of_report_columns() {
        let names: Vec<_> = ClickOutcome::VARIANTS.iter().map(|outcome| outcome.as_str()).collect();
        let first = ["counted", "duplicate", "expired", "forged", "prefetch", "head", "bot", "cross_site"];
        assert_eq!(names, [&first[..], &["library", "embedded", "excess", "repeated"]].concat());
    }

    /// Columns of the retention report follow the declaration order.
    #[test]
    fn ages_are_in_ascending_order() {
        let days: Vec<_> = Age::VARIANTS.iter().map(|age| age.days()).collect();
        assert_eq!(days, [0, 1, 7, 30]);
    }
}
