//! The names that may be stored: those of the configuration, and those that the store's own privacy statements had before.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::config::Config;

/// Closed lists of names.
#[derive(Debug, Default)]
pub struct KnownNames {
    /// Partners, of the configuration and of earlier statements.
    pub partners: BTreeSet<String>,
    /// Languages, likewise.
    pub languages: BTreeSet<String>,
    /// Keyword groups, likewise.
    pub keyword_groups: BTreeSet<String>,
    /// Codes of the configuration.
    pub codes: BTreeSet<String>,
    /// What partners call them.
    pub tags: BTreeSet<String>,
    /// Nodes: this one.
    pub nodes: BTreeSet<String>,
}

impl KnownNames {
    /// The names of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let choices = || config.routes.iter().flat_map(|route| &route.choices);
        Self {
            partners: config.partners.iter().map(|partner| partner.name.to_string()).collect(),
            languages: config.languages.iter().map(|language| language.as_str().to_owned()).collect(),
            keyword_groups: config.keyword_groups.iter().map(ToString::to_string).collect(),
            codes: config.codes.iter().map(ToString::to_string).collect(),
            tags: choices().flat_map(|choice| choice.tags.iter()).map(|tag| tag.name.clone()).collect(),
            nodes: BTreeSet::from([config.counts.node.clone()]),
        }
    }

    /// Adds the names of a privacy statement that was in force before. One that cannot be read adds none; it is reported as a value.
    pub fn add_statement(&mut self, statement: &str) {
        let facts: Vec<Json> = serde_json::from_str(statement).unwrap_or_default();
        let text = |fact: &Json, member: &str| fact.get(member).and_then(Json::as_str).map(str::to_owned);
        for fact in &facts {
            self.partners.extend(text(fact, "partner"));
            match text(fact, "fact").as_deref() {
                Some("language") => self.languages.extend(text(fact, "tag")),
                Some("keyword_group") => self.keyword_groups.extend(text(fact, "name")),
                Some(_) | None => {}
            }
        }
    }
}
