//! Keyword groups by example, and compared with a naive matcher.

use super::*;
use crate::fields::keyword::PersonalData;
use proptest::prelude::*;
use proptest::sample::select;

fn groups_of(groups: &[(&str, &[&str])]) -> Vec<(ConfigName, Vec<String>)> {
    let owned = |terms: &[&str]| terms.iter().map(|term| (*term).to_owned()).collect();
    groups.iter().map(|(name, terms)| (ConfigName::new(name).unwrap(), owned(terms))).collect()
}

fn keyword(text: &str) -> Keyword {
    Keyword::parse(text.as_bytes(), PersonalData::Redact).unwrap()
}

#[track_caller]
fn matches(term: &str, text: &str) -> bool {
    KeywordGroups::new(groups_of(&[("group", &[term])])).unwrap().find(&keyword(text)).is_some()
}

fn errors(groups: Vec<(ConfigName, Vec<String>)>) -> Vec<(usize, KeywordGroupErrorKind)> {
    let errors = KeywordGroups::new(groups).unwrap_err();
    errors.into_iter().map(|KeywordGroupError { group, kind }| (group, kind)).collect()
}

#[test]
fn a_term_matches_whole_words() {
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
        assert!(matches(term, text), "{term} is in {text}");
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
        assert!(!matches(term, text), "{term} is not in {text}");
    }
}

#[test]
fn a_placeholder_matches_no_term() {
    assert!(!matches("email", "write to ann@example.com"));
    assert!(matches("email", "email to ann@example.com"));
    assert!(matches("[email] to", "[email] to"), "a configured term may contain the brackets");
    assert!(matches("car", "[car] phone"));
}

#[test]
fn the_first_matching_group_wins() {
    let groups =
        groups_of(&[("insurance", &["insurance"]), ("cars", &["car", "car insurance quote"]), ("rest", &["a"])]);
    let groups = KeywordGroups::new(groups).unwrap();
    let find = |text| groups.find(&keyword(text)).map(ConfigName::as_str);
    assert_eq!(
        find("car insurance quote"),
        Some("insurance"),
        "although a longer term of another group starts earlier"
    );
    assert_eq!(find("a car"), Some("cars"));
    assert_eq!(find("a scar insurances"), Some("rest"));
    assert_eq!(find("blue shoes"), None);
    let names: Vec<&ConfigName> = groups.iter().collect();
    assert_eq!(format!("{names:?}"), "[insurance, cars, rest]");
    assert_eq!(format!("{groups:?}"), "KeywordGroups { names: [insurance, cars, rest], terms: 4 }");
}

#[test]
fn without_groups_nothing_matches() {
    for groups in [KeywordGroups::default(), KeywordGroups::new(Vec::new()).unwrap()] {
        assert!(groups.0.is_none() && groups.find(&keyword("car")).is_none() && groups.iter().next().is_none());
    }
}

#[test]
fn reports_every_error_with_its_position() {
    let long = "x".repeat(MAX_KEYWORD_BYTES + 1);
    let duplicate = |group, term| TermError::Duplicate { group, term };
    let found = errors(groups_of(&[
        ("a", &["car", " \u{200b}", "CAR", &long]),
        ("other", &["ｃａｒ", "bus", &long[1..]]),
        ("a", &[]),
    ]));
    let expected = [
        (0, KeywordGroupErrorKind::Term(1, TermError::Empty)),
        (0, KeywordGroupErrorKind::Term(2, duplicate(0, 0))),
        (0, KeywordGroupErrorKind::Term(3, TermError::TooLong)),
        (1, KeywordGroupErrorKind::ReservedName),
        (1, KeywordGroupErrorKind::Term(0, duplicate(0, 0))),
        (2, KeywordGroupErrorKind::DuplicateName),
        (2, KeywordGroupErrorKind::NoTerms),
    ];
    assert_eq!(found, expected);
}

#[test]
fn enforces_every_maximum() {
    let group = |at: usize, terms: Vec<String>| (ConfigName::new(&format!("group-{at}")).unwrap(), terms);
    let small = |groups: usize| (0..groups).map(|at| group(at, vec![format!("term {at}")])).collect::<Vec<_>>();
    assert_eq!(KeywordGroups::new(small(MAX_GROUPS)).unwrap().iter().count(), MAX_GROUPS);
    assert_eq!(errors(small(MAX_GROUPS + 2)), [(MAX_GROUPS, KeywordGroupErrorKind::TooManyGroups)]);
    let terms = |count: usize| (0..count).map(|at| format!("term {at}")).collect::<Vec<_>>();
    assert!(KeywordGroups::new(vec![group(0, terms(MAX_TERMS_PER_GROUP))]).is_ok());
    assert_eq!(errors(vec![group(0, terms(MAX_TERMS_PER_GROUP + 1))]), [(0, KeywordGroupErrorKind::TooManyTerms)]);
    let long =
        |at: usize| group(at, (0..MAX_TERMS_PER_GROUP).map(|n| format!("{at} {n} {}", "x".repeat(200))).collect());
    assert_eq!(errors((0..5).map(long).collect()), [(2, KeywordGroupErrorKind::TooLarge)]);
}

/// The segments of a text between word boundaries.
fn words(text: &str) -> Vec<String> {
    fold_case(&normalize(text)).split_word_bounds().map(str::to_owned).collect()
}

/// The expected group, found by comparing every sequence of words with every term.
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

/// A text of few letters and separators, so that terms often match, almost match or contain one another.
fn text() -> impl Strategy<Value = String> {
    let letter =
        select(vec!["a", "B", "ab", "ß", "S", "İ", "ı", "é", "e\u{301}", "σ", "ς", "車", "カ", "の", "ไ", "한"]);
    let separator = select(vec!["", "", "", " ", " ", "-", "'", ".", "_", "  ", "\u{200d}", "1", "🚗"]);
    proptest::collection::vec((letter, separator), 1..6)
        .prop_map(|pairs| pairs.into_iter().flat_map(|(letter, separator)| [letter, separator]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn agrees_with_a_naive_matcher(
        lists in proptest::collection::vec(proptest::collection::vec(text(), 1..6), 1..4),
        searched in proptest::collection::vec(text(), 1..4),
    ) {
        let mut seen = std::collections::HashSet::new();
        let mut groups = Vec::new();
        for (at, terms) in lists.into_iter().enumerate() {
            let terms: Vec<_> = terms.into_iter().filter(|term| seen.insert(words_joined(term))).collect();
            if !terms.is_empty() {
                groups.push((ConfigName::new(&format!("group-{at}")).unwrap(), terms));
            }
        }
        let searched = searched.concat();
        let found = KeywordGroups::new(groups.clone()).unwrap().find(&keyword(&searched)).cloned();
        prop_assert_eq!(found, naive(&groups, &searched));
    }

    #[test]
    fn any_characters_can_be_a_keyword_and_a_term(text in "\\PC{1,60}|.{1,60}", around in "[ab車 .]{0,4}") {
        let longer = format!("{around}{text}");
        prop_assume!(!normalize(&text).is_empty() && normalize(&longer).len() <= MAX_KEYWORD_BYTES);
        let whole = Keyword::parse(text.as_bytes(), PersonalData::Off).unwrap();
        let groups = KeywordGroups::new(vec![(ConfigName::new("group").unwrap(), vec![text.clone()])]).unwrap();
        prop_assert!(groups.find(&whole).is_some(), "a keyword matches itself");
        let found = groups.find(&Keyword::parse(longer.as_bytes(), PersonalData::Off).unwrap()).cloned();
        prop_assert_eq!(found, naive(&[(ConfigName::new("group").unwrap(), vec![text])], &longer));
    }
}
