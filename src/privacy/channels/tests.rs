//! The widths of the covert channels, measured: every request that a toolbar can cause is built and counted.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::Config;
use crate::fields::keyword::{Keyword, PersonalData};
use crate::fields::{FieldRules, RawFields, SixFields};
use crate::partner::request::PartnerRequest;
use crate::privacy::statement::PrivacyStatement;
use crate::storage::privacy_version::{PrivacyVersion, PrivacyVersions};
use crate::tokens::keys::PseudonymKey;

const AGENTS: [&str; 8] = [
    "x/1 Chrome/140.0 Safari/537.36",
    "x/1 Firefox/140.0",
    "x/1 Version/26.0 Safari/605.1",
    "x/1 Chrome/140.0 Safari/537.36 Edg/140.0",
    "x/1 Chrome/140.0 Safari/537.36 OPR/120.0",
    "x/1 SamsungBrowser/28.0 Chrome/130.0 Safari/537.36",
    "curl/8",
    "",
];

fn config(codes: &[(&str, &str)], partner: &str) -> Config {
    let mut text = "languages = [\"en\", \"de\", \"fr\"]\n".to_owned();
    for (name, tag) in codes {
        text += &format!("[[code]]\nname = \"{name}\"\npartners = [\"p\"]\ntags = {{ p = \"{tag}\" }}\n");
    }
    text += "[[partner]]\nname = \"p\"\nurl = \"https://p.example/\"\nformat = \"json\"\n";
    text += "results = { list = \"/r\", title = \"/t\", url = \"/u\" }\n";
    Config::parse(&(text + partner), Path::new(".")).map_err(|errors| format!("{errors:?}")).unwrap()
}

/// What the privacy statement discloses about the partner.
fn disclosed(config: &Config) -> PartnerDisclosure {
    let facts = crate::app::statement::encode(config);
    let current = PrivacyVersion { number: 1, day: "2026-11-28".to_owned(), statement: facts };
    let statement = PrivacyStatement::from_versions(&PrivacyVersions { current, previous: None }).unwrap();
    statement.partners().remove(0).1
}

/// The different requests to the partner that every combination of known and unknown values causes, with two IDs and none.
fn requests(config: &Config) -> (BTreeSet<Vec<u8>>, bool) {
    let rules = FieldRules {
        languages: config.languages.clone(),
        codes: config.codes.clone(),
        personal_data: config.personal_data,
        groups: config.keyword_groups.clone(),
    };
    let key = PseudonymKey::new(&[7; 32]);
    let mut codes: Vec<Option<String>> = config.routes.iter().map(|route| Some(route.code.to_string())).collect();
    codes.extend([None, Some("no-such-code".to_owned())]);
    let (mut found, mut has_pseudonyms) = (BTreeSet::new(), false);
    for (agent, lang) in AGENTS.iter().flat_map(|agent| ["en", "de", "fr", "tlh", "de-AT"].map(|lang| (agent, lang))) {
        for code in &codes {
            let build = |id: &str| {
                let raw = RawFields {
                    q: b"shoes".to_vec(),
                    lang: Some(lang.into()),
                    user_agent: agent.as_bytes(),
                    id: id.into(),
                    code: code.clone().map(String::into_bytes),
                    ..RawFields::default()
                };
                let fields = SixFields::parse(raw, &rules, crate::time::Time(1_000)).unwrap().fields;
                let route = config.routes.iter().find(|route| route.code == *fields.code().name()).unwrap();
                PartnerRequest::build(
                    &config.partners[0],
                    route.choices[0].tags.sent_on(jiff::civil::Date::MIN),
                    &fields,
                    &key,
                )
                .to_bytes()
            };
            let ids = ["abcdefgh-ijklmnop-one", "abcdefgh-ijklmnop-two"].map(build);
            has_pseudonyms |= ids[0] != ids[1];
            // Only whether there is a pseudonym is of the closed lists, so one ID stands for all.
            found.extend([build(""), ids[0].clone()]);
        }
    }
    (found, has_pseudonyms)
}

#[test]
fn the_width_is_the_number_of_requests_that_a_toolbar_can_cause() {
    let codes = [("main", "A"), ("beta", "B"), ("twin", "A")];
    for (partner, combinations, bits) in [
        ("send = { keyword = \"q\" }", 1, 0),
        ("send = { keyword = \"q\", language = \"l\" }", 3, 2),
        ("send = { keyword = \"q\", language = \"l\" }\nlanguages = { de = \"x\", fr = \"x\" }", 2, 1),
        ("send = { keyword = \"q\", partner_code = \"c\" }", 2, 1),
        ("send = { keyword = \"q\", browser = \"b\", time = \"t\" }", 7, 3),
        ("send = { keyword = \"q\" }\nuser_agent = \"by-browser\"", 7, 3),
        ("send = { keyword = \"q\", browser = \"b\" }\nuser_agent = \"by-browser\"", 7, 3),
        ("send = { keyword = \"q\", anonymous_id = \"i\" }", 2, 1),
        (
            "send = { keyword = \"q\", language = \"l\", browser = \"b\", anonymous_id = \"i\", partner_code = \"c\" }",
            84,
            7,
        ),
    ] {
        let config = config(&codes, partner);
        let widths = by_partner(&config.partners, &config.routes, &config.languages);
        let [(name, choices)] = &widths[..] else { panic!("{widths:?}") };
        assert_eq!(ClosedListChoices::of_disclosure(&disclosed(&config)), *choices, "{partner}");
        let (found, has_pseudonyms) = requests(&config);
        assert_eq!(
            (name.as_str(), choices.combinations(), found.len(), choices.whole_bits()),
            ("p", combinations, combinations, bits),
            "{partner}"
        );
        assert_eq!(has_pseudonyms, choices.pseudonym == 2, "{partner}");
        assert!((choices.bits() - f64::from(u32::try_from(combinations).unwrap()).log2()).abs() < 1e-9);
    }
}

#[test]
fn a_partner_that_no_code_uses_has_no_channel() {
    let idle = "send = { keyword = \"q\" }\n[[partner]]\nname = \"idle\"\nurl = \"https://i.example/\"\nformat = \"html\"\n\
                send = { keyword = \"q\", language = \"l\" }\n";
    let config = config(&[("main", "A")], idle);
    assert_eq!(by_partner(&config.partners, &config.routes, &config.languages).len(), 1);
}

fn normalized(text: &str) -> String {
    let keyword = Keyword::parse(text.as_bytes(), PersonalData::Redact).unwrap();
    keyword.expose_to_partner_or_client().to_owned()
}

#[test]
fn letter_case_and_every_look_alike_reach_a_partner() {
    assert_ne!(normalized("shoes"), normalized("Shoes"));
    for (letter, others) in LOOK_ALIKES {
        assert!(letter.is_ascii_alphabetic());
        for other in others.chars() {
            assert_eq!(other.len_utf8(), LOOK_ALIKE_BYTES, "{letter}");
            assert_eq!(normalized(&other.to_string()), other.to_string(), "{letter} {other:?}");
        }
    }
    let letters: BTreeSet<char> = LOOK_ALIKES.iter().map(|(letter, _)| *letter).collect();
    assert_eq!(letters.len(), letters_with_look_alikes(), "each letter once");
    let (least, most) = look_alike_bits();
    assert!((least - 1.0).abs() < 1e-9 && (most - 3_f64.log2()).abs() < 1e-9, "{least} {most}");
}

/// The same figure, counted letter by letter: `spellings[b]` is the number of spellings of `letters` letters in `b` bytes.
#[test]
fn the_width_of_the_longest_keyword_is_that_of_all_spellings_that_fit() {
    let mut spellings = vec![0.0_f64; MAX_KEYWORD_BYTES + 1];
    spellings[0] = 1.0;
    let mut most = 0.0_f64;
    for _ in 1..=MAX_KEYWORD_BYTES {
        let longer = |bytes: usize| {
            let narrow = if bytes >= 1 { 2.0 * spellings[bytes - 1] } else { 0.0 };
            // o has two look-alikes, and O has two.
            narrow + if bytes >= 2 { 4.0 * spellings[bytes - 2] } else { 0.0 }
        };
        spellings = (0..=MAX_KEYWORD_BYTES).map(longer).collect();
        most = most.max(spellings.iter().sum::<f64>().log2());
    }
    assert!((longest_keyword_bits() - most).abs() < 1e-6, "{} {most}", longest_keyword_bits());
    assert!(most > f64::from(u32::try_from(MAX_KEYWORD_BYTES).unwrap()), "more than a bit for each byte by case alone");
}

proptest! {
    #[test]
    fn whole_bits_are_the_width_rounded_up(
        languages in 1..300_usize, browsers in 1..8_usize, codes in 1..5_000_usize, pseudonym in 1..3_usize,
    ) {
        let choices = ClosedListChoices { languages, browsers, codes, pseudonym };
        let whole = u32::try_from(choices.combinations()).unwrap();
        prop_assert!(1_u64 << choices.whole_bits() >= u64::from(whole));
        prop_assert!(whole == 1 || 1_u64 << (choices.whole_bits() - 1) < u64::from(whole));
        prop_assert!(choices.bits() <= f64::from(choices.whole_bits()));
    }
}
