//! Cells: the only things that are counted, and so the only things that reach the disk. A cell is a row
//! of a table in CONTRACT section 6; it has no field that could tell one person from another.

use strum::VariantArray;

use crate::fields::browser::Browser;
use crate::fields::language::Language;
use crate::name::ConfigName;
use crate::result_kind::ResultKind;
use crate::time::{Day, Hour};

/// What became of a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
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

    /// Whether a partner answered, be it with nothing.
    #[must_use]
    pub fn is_answer(self) -> bool {
        match self {
            Self::WithAds | Self::Answered | Self::Empty => true,
            Self::Failed | Self::Refused => false,
        }
    }
}

/// A key of the table `clicks`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClickCell {
    /// The hour of the click.
    pub hour: Hour,
    /// The partner whose result it was; [`ConfigName::unknown`] for forged ones.
    pub partner: ConfigName,
    /// The code of the search it came from; likewise.
    pub code: ConfigName,
    /// Sponsored or organic; None, stored as `unknown`, for forged ones.
    pub kind: Option<ResultKind>,
    /// What became of it.
    pub outcome: ClickOutcome,
}

/// A key of the table `searches`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchCell {
    /// The hour of the search.
    pub hour: Hour,
    /// The partner that answered, or was asked last.
    pub partner: ConfigName,
    /// The search's code.
    pub code: ConfigName,
    /// What became of it.
    pub outcome: SearchOutcome,
}

/// A key of the table `active`: one for each person and day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActiveCell {
    /// The day of the visit.
    pub day: Day,
    /// The code of the request that was counted.
    pub code: ConfigName,
    /// Days since the visit before, at most [`GAP_DAYS`]; 0 for who is new.
    pub gap: u8,
}

/// The longest gap that is told: the rolling actives look back 30 days at most, so that beyond it all are alike.
pub const GAP_DAYS: u8 = 30;

/// A key of the table `retention`: one for each person and age, when the person comes on that day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RetentionCell {
    /// The day on which the person was new.
    pub cohort: Day,
    /// Days since then.
    pub age: Age,
    /// The code of the request that was counted.
    pub code: ConfigName,
}

/// The ages at which it is counted who came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Age {
    /// The first day: how many there are to come back.
    New,
    /// The day after.
    Day1,
    /// A week after.
    Day7,
    /// Thirty days after.
    Day30,
}

impl Age {
    /// In days.
    #[must_use]
    pub fn days(self) -> u8 {
        match self {
            Self::New => 0,
            Self::Day1 => 1,
            Self::Day7 => 7,
            Self::Day30 => 30,
        }
    }

    /// The age of so many days, where it is one that is counted.
    #[must_use]
    pub fn of(days: u32) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|age| u32::from(age.days()) == days)
    }
}

/// A key of the table `active_by_id`: toolbars that bring an anonymous ID and no stamp. Approximate, and never
/// added to `active`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActiveByIdCell {
    /// The day of the search.
    pub day: Day,
    /// Its code.
    pub code: ConfigName,
}

/// A key of the table `slices`: one property of searches or clicks, never crossed with another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SliceCell {
    /// The day of the search or the click.
    pub day: Day,
    /// The partner that it is booked to.
    pub partner: ConfigName,
    /// The property.
    pub value: Slice,
}

/// A property by which slices are cut, with its value: one of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slice {
    /// The language of a search.
    Language(Language),
    /// Its browser's family.
    Browser(Browser),
    /// Its keyword group.
    KeywordGroup(ConfigName),
    /// The keyword group of the search that a counted click came from.
    ClickedKeywordGroup(ConfigName),
}

impl Slice {
    /// The properties, by their names in the store and in reports.
    pub const DIMENSIONS: [&str; 4] = ["language", "browser", "keyword_group", "clicked_keyword_group"];

    /// The one of clicks; the others are of searches.
    pub const CLICKED: &str = Self::DIMENSIONS[3];

    /// Its property's name.
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

    /// Its value in the store and in reports, as the configuration spells it.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Language(language) => language.as_str(),
            Self::Browser(browser) => browser.as_str(),
            Self::KeywordGroup(group) | Self::ClickedKeywordGroup(group) => group.as_str(),
        }
    }
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
    /// One of `slices`; goes to the ledger once its value may be written ([`super::slices`]).
    Slice(SliceCell),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns of the reconciliation report and of a closing follow the declaration order.
    #[test]
    fn click_outcomes_keep_the_order_of_report_columns() {
        let names: Vec<_> = ClickOutcome::VARIANTS.iter().map(|outcome| outcome.as_str()).collect();
        assert_eq!(names, ["counted", "duplicate", "expired", "forged", "prefetch", "head", "bot", "cross_site"]);
    }

    /// Columns of the retention report follow the declaration order.
    #[test]
    fn ages_are_in_ascending_order() {
        let days: Vec<_> = Age::VARIANTS.iter().map(|age| age.days()).collect();
        assert_eq!(days, [0, 1, 7, 30]);
    }
}
