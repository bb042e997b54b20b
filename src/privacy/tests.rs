//! Tests of facts, their sentences, and changes between versions.

use strum::VariantArray as _;

use std::collections::BTreeSet;

use super::fact::{self, Agent, EDITION, Fact, Links, Policy, StoreKind};
use super::statement::{InvalidStatement, PrivacyStatement};
use crate::fields::FieldName;
use crate::storage::privacy_version::{PrivacyVersion, PrivacyVersions};
use crate::time::Day;
use crate::ui::i18n::UiLanguage;

/// Every kind of fact.
fn facts() -> Vec<Fact> {
    let partner = || "demo".to_owned();
    let fields = [
        FieldName::Keyword,
        FieldName::PartnerCode,
        FieldName::Language,
        FieldName::Browser,
        FieldName::Time,
        FieldName::AnonymousId,
    ];
    let gets = fields.map(|field| Fact::Gets { partner: partner(), field, parameter: "p".into() });
    let agents = [Agent::Fixed, Agent::ByBrowser].map(|agent| Fact::Agent { partner: partner(), agent });
    let links = [Links::Counted, Links::Direct].map(|links| Fact::Links { partner: partner(), links });
    let policies = [Policy::Redact, Policy::Refuse, Policy::Off].map(|policy| Fact::PersonalData { policy });
    let rest = [
        Fact::Images { partner: partner() },
        Fact::PartnerName { partner: partner(), display_name: "First Search".into() },
        Fact::Language { tag: "en".into() },
        Fact::ClickTtl { seconds: 60 },
        Fact::SmallCount { k: 20 },
        Fact::KeywordGroup { name: "insurance".into() },
        Fact::Service { name: "Finder".into() },
        Fact::Operator { name: "Example Ltd".into() },
        Fact::Contact { url: "mailto:p@example.com".into() },
        Fact::Imprint { url: "https://example.com/imprint".into() },
        Fact::HomePage { url: "https://example.com/".into() },
        Fact::FailOver,
        Fact::Choices { partner: partner(), languages: 7, codes: 3 },
        Fact::RepeatWindow { seconds: 10 },
        Fact::Padded,
        Fact::Store { store: StoreKind::File },
        Fact::Store { store: StoreKind::Postgresql },
        Fact::SharedMemory,
        Fact::Texts { edition: 1 },
        Fact::Unknown,
    ];
    gets.into_iter().chain(agents).chain(links).chain(policies).chain(rest).collect()
}

fn version(number: u32, day: &str, facts: &[Fact]) -> PrivacyVersion {
    PrivacyVersion { number, day: day.into(), statement: fact::encode(&facts.iter().cloned().collect()) }
}

#[test]
fn every_fact_has_its_own_sentence_in_every_language() {
    for language in UiLanguage::VARIANTS {
        let sentences: BTreeSet<String> = facts().iter().map(language.texts().privacy.fact).collect();
        assert_eq!(sentences.len(), facts().len());
        let full_stop = language.texts().punctuation.full_stop;
        assert!(sentences.iter().all(|sentence| sentence.ends_with(full_stop)), "{sentences:?}");
    }
}

#[test]
fn stored_facts_decode_to_the_same_set_and_do_not_depend_on_order() {
    let (forward, reversed) = (facts(), facts().into_iter().rev().collect::<Vec<_>>());
    let text = version(1, "2026-11-23", &forward).statement;
    assert_eq!(text, version(1, "2026-11-23", &reversed).statement);
    assert_eq!(fact::decode(&text).unwrap(), forward.into_iter().collect());
    assert!(text.contains(r#"{"fact":"gets","partner":"demo","field":"anonymous_id","parameter":"p"}"#));
}

#[test]
fn a_change_is_recent_for_thirty_days() {
    let all = facts();
    let first = version(1, "2026-11-01", &all[..3]);
    let second = version(2, "2026-11-23", &all[1..4]);
    let statement =
        PrivacyStatement::from_versions(&PrivacyVersions { current: second, previous: Some(first.clone()) }).unwrap();
    assert_eq!((&statement.added[..], &statement.removed[..]), (&all[3..4], &all[..1]));
    // 2026-11-23 is day 20,780.
    let recent = [20_779, 20_780, 20_809, 20_810].map(|day| statement.changed_recently(Day(day)));
    assert_eq!(recent, [false, true, true, false]);
    let statement = PrivacyStatement::from_versions(&PrivacyVersions { current: first, previous: None }).unwrap();
    assert!(!statement.changed_recently(Day(20_780)), "the first version has no changes");
}

#[test]
fn a_version_that_cannot_be_decoded_is_an_error() {
    let valid = version(7, "2026-11-23", &facts());
    let not_json = PrivacyVersion { statement: "[".into(), number: 6, ..valid.clone() };
    let no_day = PrivacyVersion { day: "yesterday".into(), ..valid.clone() };
    for (current, previous, bad) in [(not_json.clone(), None, 6), (valid, Some(not_json), 6), (no_day, None, 7)] {
        let statement = PrivacyStatement::from_versions(&PrivacyVersions { current, previous });
        assert_eq!(statement, Err(InvalidStatement { version: bad }));
    }
}

#[test]
fn an_edition_says_what_changed_in_every_language() {
    for language in UiLanguage::VARIANTS {
        let sentence = |edition| (language.texts().privacy.fact)(&Fact::Texts { edition });
        let (current, unknown) = (sentence(EDITION), sentence(EDITION + 1));
        let number = |text: &str, edition: u32| text.replace(&edition.to_string(), "");
        assert!(current.contains(&EDITION.to_string()));
        assert_ne!(number(&current, EDITION), number(&unknown, EDITION + 1), "a text of its own: {current}");
    }
}
