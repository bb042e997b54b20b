//! Derives the facts of the privacy statement from the configuration.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::answer::LinkPolicy;
use crate::fields::FieldName;
use crate::fields::keyword::PersonalData;
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::language::Languages;
use crate::partner::route::CodeRoute;
use crate::partner::{FieldMapping, Partner, UserAgent};
use crate::privacy::channels;
use crate::privacy::fact::{Agent, EDITION, Fact, Links, Policy, StoreKind};
use crate::privacy::identity::ServiceIdentity;

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
    /// Who runs the service.
    pub identity: &'c ServiceIdentity,
    /// How long a second click on a target is taken for the first one repeated.
    pub repeat_window: Duration,
    /// Whether answers are padded.
    pub is_padded: bool,
    /// Where totals are stored.
    pub store: StoreKind,
    /// Whether several nodes share what was clicked and counted.
    pub shares_memory: bool,
}

impl StatementInput<'_> {
    /// The facts of this configuration.
    #[must_use]
    pub fn facts(&self) -> BTreeSet<Fact> {
        let routed: BTreeSet<usize> =
            self.routes.iter().flat_map(|route| &route.choices).map(|choice| choice.partner).collect();
        let partners = routed.into_iter().filter_map(|index| Some((index, self.partners.get(index)?)));
        let policy = match self.personal_data {
            PersonalData::Redact => Policy::Redact,
            PersonalData::Refuse => Policy::Refuse,
            PersonalData::Off => Policy::Off,
        };
        let (seconds, repeat) = (whole_seconds(self.click_ttl), whole_seconds(self.repeat_window));
        let (k, edition, store) = (self.k, EDITION, self.store);
        let general = [
            Fact::PersonalData { policy },
            Fact::ClickTtl { seconds },
            Fact::SmallCount { k },
            Fact::RepeatWindow { seconds: repeat },
            Fact::Store { store },
            Fact::Texts { edition },
        ];
        let groups = self.keyword_groups.iter().map(|name| Fact::KeywordGroup { name: name.to_string() });
        let languages = self.languages.iter().map(|language| Fact::Language { tag: language.as_str().to_owned() });
        let fails_over = self.routes.iter().any(|route| route.choices.len() > 1);
        let conditions =
            [(fails_over, Fact::FailOver), (self.is_padded, Fact::Padded), (self.shares_memory, Fact::SharedMemory)];
        let conditions = conditions.into_iter().filter_map(|(holds, fact)| holds.then_some(fact));
        let of_partner = |(position, partner): (usize, &Partner)| {
            partner_facts(partner).into_iter().chain([self.choices(position, partner)])
        };
        let named = partners.flat_map(of_partner).chain(languages).chain(groups);
        named.chain(general).chain(conditions).chain(identity_facts(self.identity)).collect()
    }

    fn choices(&self, position: usize, partner: &Partner) -> Fact {
        let (languages, codes) = channels::list_sizes(partner, position, self.routes, self.languages);
        Fact::Choices { partner: partner.name.to_string(), languages, codes }
    }
}

/// Seconds, rounded up: what is said to be forgotten by then is.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

fn identity_facts(identity: &ServiceIdentity) -> impl Iterator<Item = Fact> {
    let ServiceIdentity { name, operator, contact_url, imprint_url, home_url, tagline: _ } = identity.clone();
    let known = [
        operator.map(|name| Fact::Operator { name }),
        contact_url.map(|url| Fact::Contact { url }),
        imprint_url.map(|url| Fact::Imprint { url }),
        home_url.map(|url| Fact::HomePage { url }),
    ];
    std::iter::once(Fact::Service { name }).chain(known.into_iter().flatten())
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
    let display_name = &partner.identity.display_name;
    let is_named = display_name != partner.name.as_str();
    let name = is_named.then(|| Fact::PartnerName { partner: name(), display_name: display_name.clone() });
    fields.into_iter().filter_map(sent).chain(agent_and_links).chain(images).chain(name).collect()
}
