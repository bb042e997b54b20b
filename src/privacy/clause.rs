//! The clauses of the privacy statement: what it promises and what it admits, each under an ID that is stable. A clause is
//! in force under a configuration or not. Each has a text in every language (`ui/i18n/*/clauses.rs`), and
//! `tests/integration/privacy_clauses.tsv` names the tests that show each sentence to be true.

use serde::Serialize;
use strum::VariantArray;

use crate::privacy::statement::PrivacyStatement;

/// A part of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Topic {
    /// What matters most.
    Summary,
    /// Who runs the service.
    Operator,
    /// What partners receive.
    Shared,
    /// How to object and withdraw.
    Choices,
    /// What is counted.
    Counted,
    /// How visits are counted.
    Visits,
    /// What happens when a result is opened.
    Click,
    /// What stays on the reader's device.
    Device,
    /// How long what is remembered lives.
    Memory,
    /// What could be seen in spite of everything.
    Residual,
    /// Authorities, a sale, other machines, changes.
    Law,
}

/// A clause. Its ID is its name in snake case, and in the page with hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the texts say what each is about, and a comment would be a second wording")]
pub enum Clause {
    SixFields,
    NothingRecorded,
    NoKeystrokes,
    NoVisitedSites,
    NoScripts,
    Operator,
    Contact,
    PartnerFields,
    PartnerLinks,
    PartnerImages,
    EveryPartner,
    FailOver,
    PersonalData,
    Languages,
    KeywordItself,
    CountableIds,
    SearchesAndClicks,
    ExactHours,
    SmallCount,
    KeywordGroups,
    NetworkLimits,
    RepeatedClicks,
    Stamp,
    StampRides,
    VisitTotals,
    IdCounts,
    OwnStamp,
    Redirect,
    Destination,
    AdLinks,
    AddressHistory,
    PostedSearch,
    Uninstall,
    GlobalPrivacyControl,
    DoNotTrack,
    Withdraw,
    TotalsKept,
    StampLife,
    StampMark,
    PseudonymKey,
    LinkLife,
    NetworkLife,
    RepeatLife,
    SliceMemory,
    ImageLife,
    KeywordMemory,
    NetworkObserver,
    AnswerSizes,
    OperatorCould,
    TwoPartners,
    HiddenText,
    HiddenChoice,
    HiddenTime,
    KnownId,
    LegalProcess,
    Sale,
    StorePlace,
    SharedMemory,
    Changes,
}

impl Topic {
    /// Its clauses, in the order of the page.
    #[must_use]
    pub fn clauses(self) -> &'static [Clause] {
        use Clause as C;
        match self {
            Self::Summary => &[C::SixFields, C::NothingRecorded, C::NoKeystrokes, C::NoVisitedSites, C::NoScripts],
            Self::Operator => &[C::Operator, C::Contact],
            Self::Shared => &[
                C::PartnerFields,
                C::PartnerLinks,
                C::PartnerImages,
                C::EveryPartner,
                C::FailOver,
                C::PersonalData,
                C::KeywordItself,
                C::CountableIds,
                C::Languages,
            ],
            Self::Counted => &[
                C::SearchesAndClicks,
                C::ExactHours,
                C::SmallCount,
                C::KeywordGroups,
                C::NetworkLimits,
                C::RepeatedClicks,
            ],
            Self::Visits => &[C::Stamp, C::StampRides, C::VisitTotals, C::IdCounts, C::OwnStamp],
            Self::Click => &[C::Redirect, C::Destination, C::AdLinks],
            Self::Device => &[C::AddressHistory, C::PostedSearch, C::Uninstall],
            Self::Choices => &[C::GlobalPrivacyControl, C::DoNotTrack, C::Withdraw],
            Self::Memory => &[
                C::TotalsKept,
                C::StampLife,
                C::StampMark,
                C::PseudonymKey,
                C::LinkLife,
                C::NetworkLife,
                C::RepeatLife,
                C::SliceMemory,
                C::ImageLife,
                C::KeywordMemory,
            ],
            Self::Residual => &[
                C::NetworkObserver,
                C::AnswerSizes,
                C::OperatorCould,
                C::TwoPartners,
                C::HiddenText,
                C::HiddenChoice,
                C::HiddenTime,
                C::KnownId,
            ],
            Self::Law => &[C::LegalProcess, C::Sale, C::StorePlace, C::SharedMemory, C::Changes],
        }
    }

    /// Its clauses that are in force.
    pub fn in_force(self, statement: &PrivacyStatement) -> impl Iterator<Item = Clause> {
        self.clauses().iter().copied().filter(|clause| clause.is_in_force(statement))
    }
}

impl Clause {
    /// The ID, in snake case.
    #[must_use]
    pub fn id(self) -> String {
        let mut id = String::new();
        for character in format!("{self:?}").chars() {
            if character.is_ascii_uppercase() && !id.is_empty() {
                id.push('_');
            }
            id.push(character.to_ascii_lowercase());
        }
        id
    }

    /// Whether it says something about this service.
    #[must_use]
    pub fn is_in_force(self, statement: &PrivacyStatement) -> bool {
        match self {
            Self::PartnerImages | Self::ImageLife => statement.shows_images(),
            Self::FailOver => statement.fails_over(),
            Self::CountableIds | Self::PseudonymKey | Self::KnownId => statement.sends_ids(),
            Self::KeywordGroups => statement.keyword_groups().next().is_some(),
            Self::RepeatedClicks | Self::RepeatLife => statement.repeat_seconds() > 0,
            Self::TwoPartners => statement.partners().len() > 1,
            Self::SharedMemory => statement.shares_memory(),
            Self::SixFields
            | Self::NothingRecorded
            | Self::NoKeystrokes
            | Self::NoVisitedSites
            | Self::NoScripts
            | Self::Operator
            | Self::Contact
            | Self::PartnerFields
            | Self::PartnerLinks
            | Self::EveryPartner
            | Self::PersonalData
            | Self::Languages
            | Self::KeywordItself
            | Self::SearchesAndClicks
            | Self::ExactHours
            | Self::SmallCount
            | Self::NetworkLimits
            | Self::Stamp
            | Self::StampRides
            | Self::VisitTotals
            | Self::IdCounts
            | Self::OwnStamp
            | Self::Redirect
            | Self::Destination
            | Self::AdLinks
            | Self::AddressHistory
            | Self::PostedSearch
            | Self::Uninstall
            | Self::GlobalPrivacyControl
            | Self::DoNotTrack
            | Self::Withdraw
            | Self::TotalsKept
            | Self::StampLife
            | Self::StampMark
            | Self::LinkLife
            | Self::NetworkLife
            | Self::SliceMemory
            | Self::KeywordMemory
            | Self::NetworkObserver
            | Self::AnswerSizes
            | Self::OperatorCould
            | Self::HiddenText
            | Self::HiddenChoice
            | Self::HiddenTime
            | Self::LegalProcess
            | Self::Sale
            | Self::StorePlace
            | Self::Changes => true,
        }
    }
}

/// The clauses that are in force, in the order of the page.
#[must_use]
pub fn in_force(statement: &PrivacyStatement) -> Vec<Clause> {
    Topic::VARIANTS.iter().flat_map(|topic| topic.in_force(statement)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_clause_belongs_to_one_topic() {
        let placed: Vec<Clause> = Topic::VARIANTS.iter().flat_map(|topic| topic.clauses()).copied().collect();
        let set: BTreeSet<Clause> = placed.iter().copied().collect();
        assert_eq!((placed.len(), set.len()), (Clause::VARIANTS.len(), Clause::VARIANTS.len()));
    }

    #[test]
    fn the_id_is_the_serialized_name() {
        for clause in Clause::VARIANTS {
            assert_eq!(serde_json::to_value(clause).unwrap(), clause.id());
        }
    }
}
