//! Selection of languages by example, and its properties.

use super::*;
use proptest::prelude::*;

const LIST: [&str; 7] = ["en", "de", "fr", "es", "pt-BR", "zh-Hans", "ja"];

fn languages() -> Languages {
    Languages::new(LIST).unwrap()
}

#[test]
fn matches_requested_tags() {
    for (requested, expected) in [
        ("de", "de"),
        ("DE-at", "de"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-TW", "en"),
        ("zh-Hant-HK", "en"),
        ("ja-JP-u-ca-japanese", "ja"),
        ("fr-x-user42", "fr"),
        ("x-fr", "en"),
        ("es_419", "es"),
        ("nl", "en"),
        ("*", "en"),
        ("", "en"),
        ("de-DE-1996", "de"),
    ] {
        assert_eq!(languages().select(Some(requested.as_bytes()), None).as_str(), expected, "{requested}");
    }
    let english = Languages::new(["en-US", "en-GB", "nb", "he"]).unwrap();
    for (requested, expected) in
        [("en", "en-US"), ("en-AU", "en-GB"), ("en-IE", "en-GB"), ("en-PR", "en-US"), ("iw", "he")]
    {
        assert_eq!(english.select(Some(requested.as_bytes()), None).as_str(), expected, "{requested}");
    }
}

#[test]
fn accept_language_is_ordered_by_weight() {
    for (header, expected) in [
        ("nl,de;q=0.5,fr;q=0.8", "fr"),
        ("de-CH, de;q=0.9, en;q=0.8", "de"),
        ("fr;q=0, es;q=0.1", "es"),
        ("de;q=2, ja;q=0.3", "ja"),
        ("nl, *;q=0.5", "en"),
        (";;;,,,;q=", "en"),
    ] {
        assert_eq!(languages().select(None, Some(header.as_bytes())).as_str(), expected, "{header}");
    }
    for (header, expected) in [
        ("en;q=0, *", "de"),
        ("en;q=0, de;q=0", "fr"),
        ("en;q=0.000", "de"),
        ("EN;q=0,nl", "de"),
        ("fr;q=0, fr-CA", "en"),
        ("de;q=1.5, ja;q=0.3", "de"),
        ("de;q=0.1234, ja;q=0.3", "ja"),
        ("de;q=0.8999999, ja;q=0.3", "de"),
        ("de;q=.5, ja;q=0.3", "de"),
        ("de;q=., ja;q=0.3", "ja"),
        ("de;q=, ja;q=0.3", "ja"),
        ("de;q=-1, ja;q=0.3", "ja"),
        ("de ; q=0.5 , ja ;Q=0.7", "ja"),
        ("de;level=1;q=0.2, ja;q=0.3", "ja"),
        ("*", "en"),
    ] {
        assert_eq!(languages().select(None, Some(header.as_bytes())).as_str(), expected, "{header}");
    }
    let cut = format!("{:1$}, den", "nl", MAX_ACCEPT_BYTES - 4);
    assert_eq!(languages().select(None, Some(cut.as_bytes())).as_str(), "en", "an item that is cut is ignored");
    let late = format!("{}de", "xx,".repeat(10));
    assert_eq!(languages().select(None, Some(late.as_bytes())).as_str(), "en", "the eleventh item is ignored");
    assert_eq!(
        languages().select(Some(b"nl"), Some(b"fr")).as_str(),
        "fr",
        "falls back to the header if lang matches no entry"
    );
}

#[track_caller]
fn assert_selects(list: &[&str], cases: &[(&str, &str)]) {
    let languages = Languages::new(list.iter().copied()).unwrap();
    for (requested, expected) in cases {
        assert_eq!(languages.select(Some(requested.as_bytes()), None).as_str(), *expected, "{requested} of {list:?}");
        assert_eq!(languages.select(None, Some(requested.as_bytes())).as_str(), *expected, "header {requested}");
    }
}

#[test]
fn aliases_and_related_languages_match() {
    assert_selects(
        &["en", "nb"],
        &[("no", "nb"), ("no-NO", "nb"), ("nn", "nb"), ("nn-NO", "nb"), ("da", "nb"), ("no-bok", "nb")],
    );
    assert_selects(&["en", "no"], &[("nb", "no"), ("nb-NO", "no"), ("nn", "no")]);
    assert_selects(&["en", "nn", "nb"], &[("no", "nb"), ("nn", "nn"), ("nb-SJ", "nb")]);
    assert_selects(
        &["en", "sr", "sr-Latn"],
        &[("sh", "sr-Latn"), ("sr-ME", "sr-Latn"), ("cnr", "sr-Latn"), ("sr-RS", "sr"), ("scc", "sr")],
    );
    assert_selects(&["en", "sr"], &[("sr-Latn", "sr"), ("sh", "sr")]);
    assert_selects(&["en", "hr"], &[("bs", "hr"), ("sh", "hr"), ("hr-BA", "hr"), ("bs-Cyrl", "en")]);
    let chinese = ["en", "zh-Hans", "zh-Hant"];
    assert_selects(
        &chinese,
        &[("yue", "zh-Hant"), ("yue-HK", "zh-Hant"), ("zh-yue", "zh-Hant"), ("yue-CN", "zh-Hans")],
    );
    assert_selects(
        &chinese,
        &[("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant"), ("zh-MO", "zh-Hant"), ("zh-Hant-US", "zh-Hant")],
    );
    assert_selects(
        &chinese,
        &[("zh-CN", "zh-Hans"), ("zh-SG", "zh-Hans"), ("zh-MY", "zh-Hans"), ("zh", "zh-Hans"), ("cmn", "zh-Hans")],
    );
    assert_selects(
        &chinese,
        &[
            ("zh-min-nan", "zh-Hans"),
            ("nan-TW", "zh-Hant"),
            ("wuu", "zh-Hans"),
            ("zh-cmn-Hant", "zh-Hant"),
            ("chi", "zh-Hans"),
        ],
    );
    assert_selects(&["zh-TW", "zh-HK"], &[("zh-MO", "zh-HK"), ("yue-HK", "zh-HK"), ("zh-Hant", "zh-TW")]);
    assert_selects(
        &["en", "he", "id", "yi", "ro", "fil", "jv", "sq", "ms"],
        &[
            ("iw", "he"),
            ("in", "id"),
            ("ji", "yi"),
            ("mo", "ro"),
            ("tl", "fil"),
            ("jw", "jv"),
            ("als", "sq"),
            ("ms-zsm", "ms"),
            ("min", "ms"),
            ("iw-IL", "he"),
            ("in_ID", "id"),
            ("tl-PH", "fil"),
            ("tgl", "fil"),
            ("ron-MD", "ro"),
        ],
    );
    assert_selects(
        &["en", "de", "ar", "fa"],
        &[("gsw", "de"), ("lb", "de"), ("arz", "ar"), ("apc", "ar"), ("prs", "fa"), ("ger", "de")],
    );
    assert_selects(&["en", "cs"], &[("sk", "cs"), ("slk", "cs")]);
}

#[test]
fn regions_are_matched_by_groups_and_parents() {
    assert_selects(&["pt-BR", "pt-PT"], &[("pt", "pt-BR"), ("pt-AO", "pt-PT"), ("pt-MZ", "pt-PT"), ("pt-US", "pt-BR")]);
    assert_selects(&["es", "es-419"], &[("es-MX", "es-419"), ("es-US", "es-419"), ("es-GQ", "es"), ("es-ES", "es")]);
    assert_selects(
        &["es-ES", "es-MX"],
        &[("es-AR", "es-MX"), ("es-419", "es-MX"), ("es-PH", "es-ES"), ("es", "es-ES")],
    );
    assert_selects(
        &["en-US", "en-GB"],
        &[
            ("en", "en-US"),
            ("en-AU", "en-GB"),
            ("en-IN", "en-GB"),
            ("en-CA", "en-US"),
            ("en-PH", "en-US"),
            ("en-001", "en-GB"),
            ("en-150", "en-GB"),
        ],
    );
    assert_selects(&["fr-FR", "fr-CA"], &[("fr", "fr-FR"), ("fr-BE", "fr-FR"), ("fr-CA", "fr-CA")]);
    assert_selects(&["ar-EG", "ar-DZ"], &[("ar-MA", "ar-DZ"), ("ar-SA", "ar-EG"), ("aeb-TN", "ar-DZ")]);
}

#[test]
fn second_languages_count_if_nothing_else_matches() {
    assert_selects(&["ja", "fr", "es"], &[("br", "fr"), ("ca", "es"), ("oc-FR", "fr"), ("qu", "es")]);
    assert_selects(&["ja", "en"], &[("cy", "en"), ("ga-IE", "en"), ("ta", "en"), ("nl", "ja"), ("tlh", "en")]);
    let languages = Languages::new(["ja", "fr", "es"]).unwrap();
    assert_eq!(languages.select(Some(b"ca"), Some(b"fr")).as_str(), "fr", "requested by the header");
    assert_eq!(languages.select(Some(b"ca"), Some(b"nl")).as_str(), "es");
    assert_eq!(languages.select(None, Some(b"ca,fr;q=0.1")).as_str(), "fr", "requested with a low weight");
    assert_eq!(languages.select(None, Some(b"nl,br")).as_str(), "fr");
}

#[test]
fn rejects_invalid_lists() {
    assert_eq!(Languages::new([]).unwrap_err(), LanguageListError::Empty);
    assert_eq!(Languages::new(["en", "not a tag"]).unwrap_err(), LanguageListError::InvalidTag(1));
    assert_eq!(Languages::new(["zh-Hans", "de", "zh-Hans"]).unwrap_err(), LanguageListError::Duplicate(2));
}

#[test]
fn direction_follows_the_script() {
    let tags = ["ar", "he", "fa", "ur", "ug", "az-Arab", "pa-PK", "en", "ja", "az", "pa", "de-CH"];
    let directions: Vec<_> = Languages::new(tags).unwrap().iter().map(Language::direction).map(str::to_owned).collect();
    assert_eq!(directions, [["rtl"; 7].as_slice(), ["ltr"; 5].as_slice()].concat());
}

proptest! {
    #[test]
    fn selects_listed_languages_only(lang in proptest::collection::vec(any::<u8>(), 0..60), accept in ".{0,300}") {
        let language = languages().select(Some(&lang), Some(accept.as_bytes()));
        prop_assert!(LIST.contains(&language.as_str()));
    }

    #[test]
    fn ignores_extensions(index in 0..LIST.len(), tail in "(-u-[a-z]{2}-[a-z0-9]{3,8}|-x-[a-z0-9]{1,8}|-t-[a-z]{2})") {
        let tag = LIST[index];
        prop_assert_eq!(languages().select(Some(format!("{tag}{tail}").as_bytes()), None).as_str().to_owned(), tag);
    }
}
