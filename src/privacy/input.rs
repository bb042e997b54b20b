//! Derives the facts of the privacy statement from the configuration.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::answer::LinkPolicy;
use crate::fields::keyword::PersonalData;
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::language::Languages;
use crate::partner::route::CodeRoute;
use crate::partner::{FieldMapping, Partner, UserAgent};
use crate::privacy::fact::{Agent, EDITION, Fact, FieldName, Links, Policy};

/// The parts of a configuration that determine the privacy statement.
#[derive(Debug)]
pub struct StatementInput<'c> {
    /// The partners. Those that no code uses receive nothing and are not named.
    pub partners: &'c [Partner],
    /// The partners of each code.
    pub routes: &'c [CodeRoute],
    /// The closed list of languages.
    pub languages: &'c Languages,
    /// How personal data in keywords is treated.
    pub personal_data: PersonalData,
    /// How long result links work.
    pub click_ttl: Duration,
    /// The smallest count for which a value is written.
    pub k: u64,
    /// The groups that keywords are counted in.
    pub keyword_groups: &'c KeywordGroups,
}

impl StatementInput<'_> {
    /// The facts of this configuration.
    #[must_use]
    pub fn facts(&self) -> BTreeSet<Fact> {
        let routed: BTreeSet<usize> =
            self.routes.iter().flat_map(|route| &route.choices).map(|choice| choice.partner).collect();
        let partners = routed.into_iter().filter_map(|index| self.partners.get(index));
        let policy = match self.personal_data {
            PersonalData::Redact => Policy::Redact,
            PersonalData::Refuse => Policy::Refuse,
            PersonalData::Off => Policy::Off,
        };
        let seconds = self.click_ttl.as_secs() + u64::from(self.click_ttl.subsec_nanos() > 0);
        let (k, edition) = (self.k, EDITION);
        let general = [
            Fact::PersonalData { policy },
            Fact::ClickTtl { seconds },
            Fact::SmallCount { k },
            Fact::Texts { edition },
        ];
        let groups = self.keyword_groups.iter().map(|name| Fact::KeywordGroup { name: name.to_string() });
        let languages = self.languages.iter().map(|language| Fact::Language { tag: language.as_str().to_owned() });
        partners.flat_map(partner_facts).chain(languages).chain(groups).chain(general).collect()
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
    let sent = |(field, parameter): (FieldName, Option<&String>)| {
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
    let agent_and_links = [Fact::Agent { partner: name(), agent }, Fact::Links { partner: name(), links }];
    let images = partner.shows_images().then(|| Fact::Images { partner: name() });
    fields.into_iter().filter_map(sent).chain(agent_and_links).chain(images).collect()
}
