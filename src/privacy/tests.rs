//! Facts, their sentences, and what is news.

use strum::VariantArray as _;

use super::*;
use crate::ui::i18n::UiLanguage;

/// A fact of every kind.
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
        Fact::Language { tag: "en".into() },
        Fact::ClickTtl { seconds: 60 },
        Fact::SmallCount { k: 20 },
        Fact::KeywordGroup { name: "insurance".into() },
        Fact::Texts { edition: 1 },
        Fact::Unknown,
    ];
    gets.into_iter().chain(agents).chain(links).chain(policies).chain(rest).collect()
}

fn version(number: u32, day: &str, facts: &[Fact]) -> StatementVersion {
    StatementVersion { number, day: day.into(), statement: to_text(&facts.iter().cloned().collect()) }
}

#[test]
fn every_fact_has_a_sentence_of_its_own_in_every_language() {
    for &tongue in UiLanguage::VARIANTS {
        let sentences: BTreeSet<String> = facts().iter().map(crate::ui::i18n::privacy::words(tongue).fact).collect();
        assert_eq!(sentences.len(), facts().len());
        assert!(sentences.iter().all(|sentence| sentence.ends_with('.')));
    }
}

#[test]
fn facts_come_back_from_the_store_and_read_the_same_in_any_order() {
    let (there, back) = (facts(), facts().into_iter().rev().collect::<Vec<_>>());
    let text = version(1, "2026-11-23", &there).statement;
    assert_eq!(text, version(1, "2026-11-23", &back).statement);
    assert_eq!(from_text(&text).unwrap(), there.into_iter().collect());
    assert!(text.contains(r#"{"fact":"gets","partner":"demo","field":"anonymous_id","parameter":"p"}"#));
}

#[test]
fn a_change_is_news_for_a_month() {
    let all = facts();
    let first = version(1, "2026-11-01", &all[..3]);
    let second = version(2, "2026-11-23", &all[1..4]);
    let statement = PrivacyStatement::new(&StatementVersions { current: second, previous: Some(first.clone()) });
    assert_eq!((&statement.added[..], &statement.removed[..]), (&all[3..4], &all[..1]));
    // 2026-11-23 is day 20,780.
    let told = [20_779, 20_780, 20_809, 20_810].map(|day| statement.is_news(Day(day)));
    assert_eq!(told, [false, true, true, false]);
    let statement = PrivacyStatement::new(&StatementVersions { current: first, previous: None });
    assert!(!statement.is_news(Day(20_780)), "the first version is no change");
}
