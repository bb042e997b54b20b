//! The facts of the privacy statement. A version of the statement is a set of facts, and the change between two versions
//! is the difference of the sets. Facts contain configured names and constants only, so they may be stored
//! (docs/privacy-requirements.md, "What is stored").

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::fields::FieldName;

/// The edition of the texts around the facts (`ui/i18n/*/privacy.rs`, `ui/i18n/*/clauses.rs`, `ui/i18n/*/personal_data.rs`). Raise it with
/// every change to their meaning or wording, so that the change becomes a new version of the statement, and say in the texts of
/// the fact what changed.
pub const EDITION: u32 = 7;

/// One fact of the statement. The serialized form is stored and published: no name may change or disappear, and a new fact
/// creates a new version of the statement on every installation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A field is sent to a partner in this parameter.
    Gets {
        /// The partner's name.
        partner: String,
        /// The field.
        field: FieldName,
        /// The parameter.
        parameter: String,
    },
    /// The `User-Agent` that a partner sees.
    Agent {
        /// The partner's name.
        partner: String,
        /// How it is chosen.
        agent: Agent,
    },
    /// Where the links in a partner's results lead.
    Links {
        /// The partner's name.
        partner: String,
        /// Where they lead.
        links: Links,
    },
    /// This service fetches and shows the images in a partner's results.
    Images {
        /// The partner's name.
        partner: String,
    },
    /// The name by which people know a partner, if it is another one.
    PartnerName {
        /// The partner's name.
        partner: String,
        /// The name that people see.
        display_name: String,
    },
    /// How personal data in keywords is treated.
    PersonalData {
        /// The policy.
        policy: Policy,
    },
    /// A language that may be sent to partners.
    Language {
        /// Its tag, as configured.
        tag: String,
    },
    /// How long a result link works.
    ClickTtl {
        /// In seconds, rounded up.
        seconds: u64,
    },
    /// A language, browser family or keyword group is named in a day's counts only from this count on.
    SmallCount {
        /// The number of searches or clicks of the day.
        k: u64,
    },
    /// Searches that contain a term of this group are counted for it.
    KeywordGroup {
        /// The group's name.
        name: String,
    },
    /// The name of the service.
    Service {
        /// The name.
        name: String,
    },
    /// Who runs the service.
    Operator {
        /// The person or company.
        name: String,
    },
    /// How to reach the operator.
    Contact {
        /// A page, or a `mailto:` address.
        url: String,
    },
    /// The operator's legal notice.
    Imprint {
        /// The page.
        url: String,
    },
    /// The operator's own site.
    HomePage {
        /// The page.
        url: String,
    },
    /// A code has more than one partner: another one is asked if one fails.
    FailOver,
    /// Among how many values of the closed lists a search for a partner can choose, whether or not it is sent the fields.
    Choices {
        /// The partner's name.
        partner: String,
        /// Languages, as the partner spells them.
        languages: usize,
        /// The partner's names for the codes that it is asked for.
        codes: usize,
    },
    /// For how long a second click on a target is taken for the first one repeated.
    RepeatWindow {
        /// In seconds, rounded up.
        seconds: u64,
    },
    /// Answers are padded, so that their sizes tell less.
    Padded,
    /// Where totals are stored.
    Store {
        /// What it is.
        store: StoreKind,
    },
    /// Several machines share what was clicked and counted, in the memory of a server.
    SharedMemory,
    /// The edition of the texts around the facts.
    Texts {
        /// Starts at 1.
        edition: u32,
    },
    /// A fact in the store that was written by a later version of this program.
    Unknown,
}

/// The `User-Agent` that a partner sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agent {
    /// The same for every search.
    Fixed,
    /// One for each browser family.
    ByBrowser,
}

/// Where the links of results lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Links {
    /// Through this service, which counts them.
    Counted,
    /// Directly to their destination. They are not counted.
    Direct,
}

/// Where totals are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    /// A file of this machine.
    File,
    /// A PostgreSQL server.
    Postgresql,
}

/// How personal data in keywords is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Personal data that is recognized is removed.
    Redact,
    /// A search in which personal data is recognized is rejected.
    Refuse,
    /// Personal data is passed on.
    Off,
}

/// Serializes facts for the store: a JSON array in the order of the set, so that equal sets give equal texts.
#[must_use]
pub fn encode(facts: &BTreeSet<Fact>) -> String {
    // Strings and numbers always serialize.
    serde_json::to_string(facts).unwrap_or_default()
}

/// Parses facts from the store. A fact that this version of the program does not know becomes [`Fact::Unknown`].
///
/// # Errors
/// If the text is not a JSON array.
pub fn decode(text: &str) -> serde_json::Result<BTreeSet<Fact>> {
    let facts: Vec<serde_json::Value> = serde_json::from_str(text)?;
    Ok(facts.into_iter().map(|fact| serde_json::from_value(fact).unwrap_or(Fact::Unknown)).collect())
}
