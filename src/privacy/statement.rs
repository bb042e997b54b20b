//! The privacy statement in force, decoded from its versions in the store.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::fields::FieldName;
use crate::privacy::fact::{self, Agent, Fact, Links, Policy, StoreKind};
use crate::privacy::identity::ServiceIdentity;
use crate::storage::privacy_version::{PrivacyVersion, PrivacyVersions};
use crate::time::Day;

/// For how many days the home page announces a change: anyone who visits at least once a month sees it.
pub const RECENT_DAYS: i32 = 30;

/// A stored version of the statement cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidStatement {
    /// The number of the version.
    pub version: u32,
}

impl std::fmt::Display for InvalidStatement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "table privacy_versions: version {} cannot be decoded", self.version)
    }
}

impl std::error::Error for InvalidStatement {}

/// What one partner receives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartnerDisclosure {
    /// The fields, each with the name of its parameter.
    pub fields: Vec<(FieldName, String)>,
    /// The `User-Agent` it sees.
    pub agent: Option<Agent>,
    /// Where the links of its results lead.
    pub links: Option<Links>,
    /// Whether the images in its results are shown.
    pub images: bool,
    /// How many languages, as it spells them, and how many codes, as it names them, a search can choose among.
    pub choices: Option<(usize, usize)>,
}

/// The statement in force, and what changed since its previous version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyStatement {
    /// The number of the version. The first is 1.
    pub version: u32,
    /// The UTC day since which it is in force.
    pub since: Date,
    /// The facts.
    pub facts: BTreeSet<Fact>,
    /// Facts that the previous version did not contain.
    pub added: Vec<Fact>,
    /// Facts that only the previous version contained.
    pub removed: Vec<Fact>,
}

impl PrivacyStatement {
    /// Decodes the statement from its stored versions. The first version has no changes.
    ///
    /// # Errors
    /// [`InvalidStatement`], if a stored version cannot be decoded.
    pub fn from_versions(versions: &PrivacyVersions) -> Result<Self, InvalidStatement> {
        let PrivacyVersions { current, previous } = versions;
        let facts = decode_version(current)?;
        let previous = previous.as_ref().map_or_else(|| Ok(facts.clone()), decode_version)?;
        let since = current.day.parse().map_err(|_| InvalidStatement { version: current.number })?;
        let difference = |left: &BTreeSet<Fact>, right| left.difference(right).cloned().collect();
        let (added, removed) = (difference(&facts, &previous), difference(&previous, &facts));
        Ok(Self { version: current.number, since, facts, added, removed })
    }

    /// Whether it changed recently enough for the home page to say so.
    #[must_use]
    pub fn changed_recently(&self, today: Day) -> bool {
        let has_changes = !(self.added.is_empty() && self.removed.is_empty());
        has_changes && (0..RECENT_DAYS).contains(&(today.date() - self.since).get_days())
    }

    /// The partners' names, each with what it receives.
    #[must_use]
    pub fn partners(&self) -> Vec<(&str, PartnerDisclosure)> {
        let mut partners: Vec<(&str, PartnerDisclosure)> = Vec::new();
        for fact in &self.facts {
            let (Fact::Gets { partner, .. }
            | Fact::Agent { partner, .. }
            | Fact::Links { partner, .. }
            | Fact::Images { partner }
            | Fact::PartnerName { partner, .. }
            | Fact::Choices { partner, .. }) = fact
            else {
                continue;
            };
            if !partners.iter().any(|(known, _)| known == partner) {
                partners.push((partner, PartnerDisclosure::default()));
            }
            let Some((_, disclosure)) = partners.iter_mut().find(|(known, _)| known == partner) else { continue };
            match fact {
                Fact::Gets { field, parameter, .. } => disclosure.fields.push((*field, parameter.clone())),
                Fact::Agent { agent, .. } => disclosure.agent = Some(*agent),
                Fact::Links { links, .. } => disclosure.links = Some(*links),
                Fact::Images { .. } => disclosure.images = true,
                Fact::Choices { languages, codes, .. } => disclosure.choices = Some((*languages, *codes)),
                Fact::PartnerName { .. }
                | Fact::PersonalData { .. }
                | Fact::Language { .. }
                | Fact::ClickTtl { .. }
                | Fact::SmallCount { .. }
                | Fact::KeywordGroup { .. }
                | Fact::Service { .. }
                | Fact::Operator { .. }
                | Fact::Contact { .. }
                | Fact::Imprint { .. }
                | Fact::HomePage { .. }
                | Fact::FailOver
                | Fact::RepeatWindow { .. }
                | Fact::Padded
                | Fact::Store { .. }
                | Fact::SharedMemory
                | Fact::Texts { .. }
                | Fact::Unknown => {}
            }
        }
        partners
    }

    /// The name by which people know a partner.
    #[must_use]
    pub fn display_name<'s>(&'s self, name: &'s str) -> &'s str {
        let display_name = |fact: &'s Fact| {
            let Fact::PartnerName { partner, display_name } = fact else { return None };
            (partner == name).then_some(display_name.as_str())
        };
        self.facts.iter().find_map(display_name).unwrap_or(name)
    }

    /// A fact with the name by which people know its partner in place of the configured one.
    #[must_use]
    pub fn with_display_name(&self, fact: &Fact) -> Fact {
        let mut named = fact.clone();
        if let Fact::Gets { partner, .. }
        | Fact::Agent { partner, .. }
        | Fact::Links { partner, .. }
        | Fact::Images { partner }
        | Fact::Choices { partner, .. } = &mut named
        {
            *partner = self.display_name(partner).to_owned();
        }
        named
    }

    /// How personal data in keywords is treated.
    #[must_use]
    pub fn personal_data_policy(&self) -> Option<Policy> {
        self.facts.iter().find_map(|fact| if let Fact::PersonalData { policy } = fact { Some(*policy) } else { None })
    }

    /// How long result links work, in seconds.
    #[must_use]
    pub fn click_ttl_seconds(&self) -> Option<u64> {
        self.facts.iter().find_map(|fact| if let Fact::ClickTtl { seconds } = fact { Some(*seconds) } else { None })
    }

    /// The smallest count for which a value is named in a day's counts.
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

    /// Who runs the service. No tagline: it says nothing about privacy.
    #[must_use]
    pub fn identity(&self) -> ServiceIdentity {
        let mut identity = ServiceIdentity::named("");
        for fact in &self.facts {
            if let Fact::Service { name } = fact {
                identity.name.clone_from(name);
            } else if let Fact::Operator { name } = fact {
                identity.operator = Some(name.clone());
            } else if let Fact::Contact { url } = fact {
                identity.contact_url = Some(url.clone());
            } else if let Fact::Imprint { url } = fact {
                identity.imprint_url = Some(url.clone());
            } else if let Fact::HomePage { url } = fact {
                identity.home_url = Some(url.clone());
            }
        }
        identity
    }

    /// Whether another partner is asked if one fails.
    #[must_use]
    pub fn fails_over(&self) -> bool {
        self.facts.contains(&Fact::FailOver)
    }

    /// Whether answers are padded.
    #[must_use]
    pub fn is_padded(&self) -> bool {
        self.facts.contains(&Fact::Padded)
    }

    /// Whether several machines share what was clicked and counted.
    #[must_use]
    pub fn shares_memory(&self) -> bool {
        self.facts.contains(&Fact::SharedMemory)
    }

    /// Whether images of results are shown.
    #[must_use]
    pub fn shows_images(&self) -> bool {
        self.facts.iter().any(|fact| matches!(fact, Fact::Images { .. }))
    }

    /// Whether a partner receives pseudonyms.
    #[must_use]
    pub fn sends_ids(&self) -> bool {
        self.facts.iter().any(|fact| matches!(fact, Fact::Gets { field: FieldName::AnonymousId, .. }))
    }

    /// How long a second click on a target is taken for the first one repeated, in seconds.
    #[must_use]
    pub fn repeat_seconds(&self) -> u64 {
        let window = |fact: &Fact| if let Fact::RepeatWindow { seconds } = fact { Some(*seconds) } else { None };
        self.facts.iter().find_map(window).unwrap_or(0)
    }

    /// Where totals are stored.
    #[must_use]
    pub fn store(&self) -> StoreKind {
        let store = |fact: &Fact| if let Fact::Store { store } = fact { Some(*store) } else { None };
        self.facts.iter().find_map(store).unwrap_or(StoreKind::File)
    }

    /// The languages that may be sent to partners.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.facts.iter().filter_map(|fact| if let Fact::Language { tag } = fact { Some(tag.as_str()) } else { None })
    }
}

fn decode_version(version: &PrivacyVersion) -> Result<BTreeSet<Fact>, InvalidStatement> {
    fact::decode(&version.statement).map_err(|_| InvalidStatement { version: version.number })
}
