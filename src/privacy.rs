//! The privacy statement: what the running configuration means for those who search, as a set of facts. Each
//! fact has a sentence in every language ([`words`]); a version of the statement is a set of facts, and what
//! changed between two versions is the difference of the sets. Facts hold configured names and nothing else,
//! so they may be stored (CONTRACT section 6, `privacy_versions`).

pub mod document;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::answer::LinkPolicy;
use crate::fields::keyword::PersonalData;
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::language::Languages;
use crate::partner::route::CodeRoute;
use crate::partner::{FieldMapping, Partner, UserAgent};
use crate::storage::sqlite::{StatementVersion, StatementVersions};
use crate::time::Day;

/// Which edition of the words that stand around the facts this program has (`privacy/english`, `privacy/german`):
/// to be raised with every change of their meaning, so that the change becomes a version of the statement.
const EDITION: u32 = 2;

/// For how many days the home page tells of a change: whoever comes at least once a month sees it.
const NEWS_DAYS: i32 = 30;

/// One thing that the statement says. The names are stored and published: none may change or go, and one that
/// comes makes a new version of everybody's statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A field goes to a partner under the name of this parameter.
    Gets {
        /// The partner's name.
        partner: String,
        /// The field.
        field: FieldName,
        /// The parameter.
        parameter: String,
    },
    /// Which `User-Agent` a partner sees.
    Agent {
        /// The partner's name.
        partner: String,
        /// Which one.
        agent: Agent,
    },
    /// What becomes of the links in a partner's results.
    Links {
        /// The partner's name.
        partner: String,
        /// What becomes of them.
        links: Links,
    },
    /// Images in a partner's results are fetched by this service and shown.
    Images {
        /// The partner's name.
        partner: String,
    },
    /// What is done about personal data in keywords.
    PersonalData {
        /// What is done.
        policy: Policy,
    },
    /// A language that partners may be told.
    Language {
        /// Its tag, as configured.
        tag: String,
    },
    /// How long a result's link may be followed.
    ClickTtl {
        /// In seconds, rounded up.
        seconds: u64,
    },
    /// A language, a browser's family or a keyword group is named in a day's counts from so many on.
    SmallCount {
        /// How many searches or clicks of the day had it.
        k: u64,
    },
    /// Searches with one of the terms of this group are counted as such.
    KeywordGroup {
        /// The group's name.
        name: String,
    },
    /// The edition of the words around the facts.
    Texts {
        /// Counted from 1.
        edition: u32,
    },
    /// A fact of a later version of this program, found in the store.
    Unknown,
}

/// A field of a search, by the name that `send` has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "CONTRACT section 1 says what the six fields are")]
pub enum FieldName {
    Keyword,
    PartnerCode,
    Language,
    Browser,
    Time,
    AnonymousId,
}

/// Which `User-Agent` a partner sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agent {
    /// The same for every search.
    Fixed,
    /// One for each browser family.
    ByBrowser,
}

/// What becomes of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Links {
    /// They lead through this service and are counted.
    Counted,
    /// They lead to their target and are not.
    Direct,
}

/// What is done about personal data in keywords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// What is recognised is taken out.
    Redact,
    /// A search in which any is recognised is refused.
    Refuse,
    /// Nothing.
    Off,
}

/// The parts of a configuration that the statement follows from.
#[derive(Debug)]
pub struct StatementInput<'c> {
    /// The partners; those that no code asks get nothing, and are not named.
    pub partners: &'c [Partner],
    /// Who is asked for which code.
    pub routes: &'c [CodeRoute],
    /// The closed list.
    pub languages: &'c Languages,
    /// What is done about personal data.
    pub personal_data: PersonalData,
    /// How long links may be followed.
    pub click_ttl: Duration,
    /// From how many on a value is written.
    pub k: u64,
    /// The groups that keywords are counted in.
    pub keyword_groups: &'c KeywordGroups,
}

impl StatementInput<'_> {
    /// The facts of this configuration.
    #[must_use]
    pub fn facts(&self) -> BTreeSet<Fact> {
        let asked: BTreeSet<usize> =
            self.routes.iter().flat_map(|route| &route.choices).map(|choice| choice.partner).collect();
        let partners = asked.into_iter().filter_map(|place| self.partners.get(place));
        let policy = match self.personal_data {
            PersonalData::Redact => Policy::Redact,
            PersonalData::Refuse => Policy::Refuse,
            PersonalData::Off => Policy::Off,
        };
        let seconds = self.click_ttl.as_secs() + u64::from(self.click_ttl.subsec_nanos() > 0);
        let (k, edition) = (self.k, EDITION);
        let of_all = [
            Fact::PersonalData { policy },
            Fact::ClickTtl { seconds },
            Fact::SmallCount { k },
            Fact::Texts { edition },
        ];
        let groups = self.keyword_groups.iter().map(|name| Fact::KeywordGroup { name: name.to_string() });
        let languages = self.languages.iter().map(|language| Fact::Language { tag: language.as_str().to_owned() });
        partners.flat_map(partner_facts).chain(languages).chain(groups).chain(of_all).collect()
    }
}

fn partner_facts(partner: &Partner) -> Vec<Fact> {
    let name = || partner.name.as_str().to_owned();
    let FieldMapping { keyword, time, language, browser, anonymous_id, partner_code } = &partner.send;
    let fields = [
        (FieldName::Keyword, Some(keyword)),
        (FieldName::PartnerCode, partner_code.as_ref()),
        (FieldName::Language, language.as_ref()),
        (FieldName::Browser, browser.as_ref()),
        (FieldName::Time, time.as_ref()),
        (FieldName::AnonymousId, anonymous_id.as_ref()),
    ];
    let gets = |(field, parameter): (FieldName, Option<&String>)| {
        parameter.map(|parameter| Fact::Gets { partner: name(), field, parameter: parameter.clone() })
    };
    let agent = match partner.user_agent {
        UserAgent::Fixed => Agent::Fixed,
        UserAgent::ByBrowser => Agent::ByBrowser,
    };
    let links = match partner.links {
        LinkPolicy::Counted => Links::Counted,
        LinkPolicy::Direct => Links::Direct,
    };
    let rest = [Fact::Agent { partner: name(), agent }, Fact::Links { partner: name(), links }];
    let images = partner.shows_images().then(|| Fact::Images { partner: name() });
    fields.into_iter().filter_map(gets).chain(rest).chain(images).collect()
}

/// Facts as the store keeps them: a JSON list in the order of the set, the same for the same facts.
#[must_use]
pub fn to_text(facts: &BTreeSet<Fact>) -> String {
    // Texts and numbers always serialise.
    serde_json::to_string(facts).unwrap_or_default()
}

/// Facts out of the store; what this version of the program does not know is [`Fact::Unknown`].
fn from_text(text: &str) -> Option<BTreeSet<Fact>> {
    let facts: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    Some(facts.into_iter().map(|fact| serde_json::from_value(fact).unwrap_or(Fact::Unknown)).collect())
}

/// The statement in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyStatement {
    /// Its version, counted from 1.
    pub version: u32,
    /// The UTC day from which it holds.
    pub since: Date,
    /// What it says.
    pub facts: BTreeSet<Fact>,
    /// What the version before did not say.
    pub added: Vec<Fact>,
    /// What the version before said, and this one does not.
    pub removed: Vec<Fact>,
}

impl PrivacyStatement {
    /// The statement as the store has it.
    #[must_use]
    pub fn new(versions: &StatementVersions) -> Self {
        let StatementVersions { current: StatementVersion { number, day, statement }, previous } = versions;
        let facts = from_text(statement).unwrap_or_default();
        // The first version, and one whose forerunner cannot be read, changed nothing that could be named.
        let before = previous.as_ref().and_then(|previous| from_text(&previous.statement));
        let before = before.unwrap_or_else(|| facts.clone());
        let only_in = |one: &BTreeSet<Fact>, other| one.difference(other).cloned().collect();
        Self {
            version: *number,
            since: day.parse().unwrap_or(Day(0).date()),
            added: only_in(&facts, &before),
            removed: only_in(&before, &facts),
            facts,
        }
    }

    /// Whether it changed so lately that the home page tells of it.
    #[must_use]
    pub fn is_news(&self, today: Day) -> bool {
        let changed = !(self.added.is_empty() && self.removed.is_empty());
        changed && (0..NEWS_DAYS).contains(&(today.date() - self.since).get_days())
    }

    /// The names of the partners, each with its facts.
    #[must_use]
    pub fn partners(&self) -> Vec<(&str, PartnerDisclosure)> {
        let mut partners: Vec<(&str, PartnerDisclosure)> = Vec::new();
        for fact in &self.facts {
            let (Fact::Gets { partner, .. }
            | Fact::Agent { partner, .. }
            | Fact::Links { partner, .. }
            | Fact::Images { partner }) = fact
            else {
                continue;
            };
            if !partners.iter().any(|(known, _)| known == partner) {
                partners.push((partner, PartnerDisclosure::default()));
            }
            let Some((_, told)) = partners.iter_mut().find(|(known, _)| known == partner) else { continue };
            match fact {
                Fact::Gets { field, parameter, .. } => told.fields.push((*field, parameter.clone())),
                Fact::Agent { agent, .. } => told.agent = Some(*agent),
                Fact::Links { links, .. } => told.links = Some(*links),
                Fact::Images { .. } => told.images = true,
                Fact::PersonalData { .. }
                | Fact::Language { .. }
                | Fact::ClickTtl { .. }
                | Fact::SmallCount { .. }
                | Fact::KeywordGroup { .. }
                | Fact::Texts { .. }
                | Fact::Unknown => {}
            }
        }
        partners
    }

    /// What is done about personal data.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        self.facts.iter().find_map(|fact| if let Fact::PersonalData { policy } = fact { Some(*policy) } else { None })
    }

    /// How long links may be followed, in seconds.
    #[must_use]
    pub fn click_seconds(&self) -> Option<u64> {
        self.facts.iter().find_map(|fact| if let Fact::ClickTtl { seconds } = fact { Some(*seconds) } else { None })
    }

    /// From how many on a value is named in a day's counts.
    #[must_use]
    pub fn small_count(&self) -> Option<u64> {
        self.facts.iter().find_map(|fact| if let Fact::SmallCount { k } = fact { Some(*k) } else { None })
    }

    /// The groups that keywords are counted in.
    pub fn keyword_groups(&self) -> impl Iterator<Item = &str> {
        self.facts
            .iter()
            .filter_map(|fact| if let Fact::KeywordGroup { name } = fact { Some(name.as_str()) } else { None })
    }

    /// The languages that partners may be told.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.facts.iter().filter_map(|fact| if let Fact::Language { tag } = fact { Some(tag.as_str()) } else { None })
    }
}

/// What one partner is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartnerDisclosure {
    /// The fields, each with its parameter.
    pub fields: Vec<(FieldName, String)>,
    /// Which `User-Agent` it sees.
    pub agent: Option<Agent>,
    /// What becomes of its links.
    pub links: Option<Links>,
    /// Whether images in its results are shown.
    pub images: bool,
}

#[cfg(test)]
mod tests;
