//! Keyword groups by example, and against a matcher that compares word by word.

use super::*;
use crate::fields::keyword::PersonalData;
use proptest::prelude::*;
use proptest::sample::select;

fn named(groups: &[(&str, &[&str])]) -> Vec<(ConfigName, Vec<String>)> {
    let owned = |terms: &[&str]| terms.iter().map(|term| (*term).to_owned()).collect();
    groups.iter().map(|(name, terms)| (ConfigName::new(name).unwrap(), owned(terms))).collect()
}

fn keyword(text: &str) -> Keyword {
    Keyword::read(text.as_bytes(), PersonalData::Redact).unwrap()
}

#[track_caller]
fn finds(term: &str, text: &str) -> bool {
    KeywordGroups::new(named(&[("group", &[term])])).unwrap().find(&keyword(text)).is_some()
}

fn wrong(groups: Vec<(ConfigName, Vec<String>)>) -> Vec<(usize, Wrong)> {
    let mistakes = KeywordGroups::new(groups).unwrap_err();
    mistakes.into_iter().map(|BadGroup { group, what }| (group, what)).collect()
}

#[test]
fn a_term_is_found_as_whole_words() {
    for (term, text) in [
        ("car", "car"),
        ("car", "used CAR, cheap"),
        ("car", "car-sharing"),
        ("car insurance", "best car \t INSURANCE quote"),
        ("c++", "learn c++ now"),
        ("wi-fi", "Wi-Fi router"),
        ("ﬁne ² ｃａｒ", "fine 2 car"),
        ("zero\u{200b}width", "zerowidth"),
        ("Fußball", "FUSSBALL heute"),
        ("保険", "自動車保険比較"),
        ("保险", "汽车保险"),
        ("くるま", "あかいくるまがほしい"),
        ("カメラ", "デジタル カメラ"),
        ("カメラ", "ｶﾒﾗ 比較"),
        ("ประกัน", "ซื้อประกันรถ"),
        ("자동차", "자동차 보험"),
        ("αυτοκίνητος", "ΑΥΤΟΚΊΝΗΤΟΣ"),
        ("🚗", "red 🚗 cheap"),
    ] {
        assert!(finds(term, text), "{term} is in {text}");
    }
    for (term, text) in [
        ("car", "cart"),
        ("car", "scar"),
        ("car", "car's"),
        ("car", "car_park"),
        ("car insurance", "car insurances"),
        ("car insurance", "insurance car"),
        ("car insurance", "car, insurance"),
        ("e", "x e\u{301}"),
        ("カメラ", "カメラマン"),
        ("자동차", "자동차를"),
        ("🚗", "🚗\u{200d}\u{1f3fd}"),
    ] {
        assert!(!finds(term, text), "{term} is not in {text}");
    }
}

#[test]
fn a_placeholder_is_no_word_that_was_searched_for() {
    assert!(!finds("email", "write to ann@example.com"));
    assert!(finds("email", "email to ann@example.com"));
    assert!(finds("[email] to", "[email] to"), "a term with the brackets is the operator's wish");
    assert!(finds("car", "[car] phone"));
}

#[test]
fn the_first_group_with_a_term_counts() {
    let groups = named(&[("insurance", &["insurance"]), ("cars", &["car", "car insurance quote"]), ("rest", &["a"])]);
    let groups = KeywordGroups::new(groups).unwrap();
    let find = |text| groups.find(&keyword(text)).map(ConfigName::as_str);
    assert_eq!(find("car insurance quote"), Some("insurance"), "though a longer term of another begins before it");
    assert_eq!(find("a car"), Some("cars"));
    assert_eq!(find("a scar insurances"), Some("rest"));
    assert_eq!(find("blue shoes"), None);
    let names: Vec<&ConfigName> = groups.iter().collect();
    assert_eq!(format!("{names:?}"), "[insurance, cars, rest]");
    assert!(names.iter().all(|name| groups.name_of(name.fingerprint()) == Some(name)));
    assert_eq!(groups.name_of(ConfigName::new("other").unwrap().fingerprint()), None);
    assert_eq!(format!("{groups:?}"), "KeywordGroups { names: [insurance, cars, rest], terms: 4 }");
}

#[test]
fn no_groups_find_nothing() {
    for groups in [KeywordGroups::default(), KeywordGroups::new(Vec::new()).unwrap()] {
        assert!(groups.0.is_none() && groups.find(&keyword("car")).is_none() && groups.iter().next().is_none());
    }
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let long = "x".repeat(KEYWORD_BYTES + 1);
    let twice = |group, term| BadTerm::Twice { group, term };
    let mistakes = wrong(named(&[
        ("a", &["car", " \u{200b}", "CAR", &long]),
        ("other", &["ｃａｒ", "bus", &long[1..]]),
        ("a", &[]),
    ]));
    let wanted = [
        (0, Wrong::Term(1, BadTerm::Empty)),
        (0, Wrong::Term(2, twice(0, 0))),
        (0, Wrong::Term(3, BadTerm::TooLong)),
        (1, Wrong::Other),
        (1, Wrong::Term(0, twice(0, 0))),
        (2, Wrong::Taken),
        (2, Wrong::Empty),
    ];
    assert_eq!(mistakes, wanted);
}

#[test]
fn everything_is_bounded() {
    let group = |at: usize, terms: Vec<String>| (ConfigName::new(&format!("group-{at}")).unwrap(), terms);
    let small = |groups: usize| (0..groups).map(|at| group(at, vec![format!("term {at}")])).collect::<Vec<_>>();
    assert_eq!(KeywordGroups::new(small(GROUPS)).unwrap().iter().count(), GROUPS);
    assert_eq!(wrong(small(GROUPS + 2)), [(GROUPS, Wrong::TooMany)]);
    let terms = |count: usize| (0..count).map(|at| format!("term {at}")).collect::<Vec<_>>();
    assert!(KeywordGroups::new(vec![group(0, terms(GROUP_TERMS))]).is_ok());
    assert_eq!(wrong(vec![group(0, terms(GROUP_TERMS + 1))]), [(0, Wrong::TooManyTerms)]);
    let long = |at: usize| group(at, (0..GROUP_TERMS).map(|n| format!("{at} {n} {}", "x".repeat(200))).collect());
    assert_eq!(wrong((0..5).map(long).collect()), [(2, Wrong::TooLarge)]);
}

/// The words of a text, with what stands between them.
fn words(text: &str) -> Vec<String> {
    case::fold(&normalise(text)).split_word_bounds().map(str::to_owned).collect()
}

/// What is to come out, by comparing every run of words with every term.
fn naive(groups: &[(ConfigName, Vec<String>)], text: &str) -> Option<ConfigName> {
    let words = words(text);
    let has = |term: &String| {
        let term = words_joined(term);
        (0..words.len()).any(|from| (from + 1..=words.len()).any(|to| words[from..to].concat() == term))
    };
    groups.iter().find(|(_, terms)| terms.iter().any(has)).map(|(name, _)| name.clone())
}

fn words_joined(term: &str) -> String {
    words(term).concat()
}

/// A text of few letters and joints, so that terms are often found, nearly found and found within one another.
fn text() -> impl Strategy<Value = String> {
    let piece =
        select(vec!["a", "B", "ab", "ß", "S", "İ", "ı", "é", "e\u{301}", "σ", "ς", "車", "カ", "の", "ไ", "한"]);
    let joint = select(vec!["", "", "", " ", " ", "-", "'", ".", "_", "  ", "\u{200d}", "1", "🚗"]);
    proptest::collection::vec((piece, joint), 1..6)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, joint)| [piece, joint]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn what_a_naive_matcher_finds(
        lists in proptest::collection::vec(proptest::collection::vec(text(), 1..6), 1..4),
        asked in proptest::collection::vec(text(), 1..4),
    ) {
        let mut seen = std::collections::HashSet::new();
        let mut groups = Vec::new();
        for (at, terms) in lists.into_iter().enumerate() {
            let terms: Vec<_> = terms.into_iter().filter(|term| seen.insert(words_joined(term))).collect();
            if !terms.is_empty() {
                groups.push((ConfigName::new(&format!("group-{at}")).unwrap(), terms));
            }
        }
        let asked = asked.concat();
        let found = KeywordGroups::new(groups.clone()).unwrap().find(&keyword(&asked)).cloned();
        prop_assert_eq!(found, naive(&groups, &asked));
    }

    #[test]
    fn a_keyword_of_any_characters_is_searched(text in "\\PC{1,60}|.{1,60}", around in "[ab車 .]{0,4}") {
        let longer = format!("{around}{text}");
        prop_assume!(!normalise(&text).is_empty() && normalise(&longer).len() <= KEYWORD_BYTES);
        let whole = Keyword::read(text.as_bytes(), PersonalData::Off).unwrap();
        let groups = KeywordGroups::new(vec![(ConfigName::new("group").unwrap(), vec![text.clone()])]).unwrap();
        prop_assert!(groups.find(&whole).is_some(), "a keyword is in itself");
        let found = groups.find(&Keyword::read(longer.as_bytes(), PersonalData::Off).unwrap()).cloned();
        prop_assert_eq!(found, naive(&[(ConfigName::new("group").unwrap(), vec![text])], &longer));
    }
}
