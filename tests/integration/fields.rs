//! Parsing of each field: keyword, language, browser family and time, and which of several equal parameters counts.

use qsproxy_test_support::http_client::{form_bytes, percent_encode, send_once};
use qsproxy_test_support::test_env::{PartnerRequest, TestEnv, within_one_hour};

/// The keyword that the partner receives.
#[track_caller]
fn forwarded_keyword(env: &TestEnv, typed: &str) -> String {
    env.forwarded_request(&format!("q={}", percent_encode(typed)), &[]).value("q").expect("a keyword")
}

#[test]
fn the_keyword_is_normalized() {
    let env = TestEnv::new();
    let cases = [
        ("hello world", "hello world"),
        ("  hello \t\u{a0}\u{3000} world\n", "hello world"),
        ("ｌｉｓｂｏｎ", "lisbon"),
        ("ﬁne", "fine"),
        ("e\u{301}", "é"),
        ("l\u{200b}i\u{2060}s\u{feff}b\u{00ad}on", "lisbon"),
        ("tag\u{e0041}\u{e0042}ged", "tagged"),
        ("a\u{202e}b\u{2066}c", "abc"),
        ("nul\u{0}led\u{7}\u{1b}", "nulled"),
        ("Größe 東京 مرحبا", "Größe 東京 مرحبا"),
        ("c++ & c# 100%", "c++ & c# 100%"),
    ];
    for (typed, expected) in cases {
        assert_eq!(forwarded_keyword(&env, typed), expected, "typed: {typed:?}");
    }
}

#[test]
fn the_keyword_keeps_its_meaning() {
    let env = TestEnv::new();
    let cases = [
        ("1½ cups", "1 1/2 cups"),
        ("2¹⁄₂ inch", "2 1/2 inch"),
        ("10⁶", "10^6"),
        ("10⁻³ m²", "10^-3 m^2"),
        ("H₂O CO₂", "H2O CO2"),
        ("log₂8", "log2 8"),
        ("1ˢᵗ edition", "1st edition"),
        ("①②", "1 2"),
        ("Intel™ Core", "Intel TM Core"),
        ("wie geht´s", "wie geht's"),
        ("น้ำ", "น้ำ"),
        ("ㅋㅋㅋ", "ㅋㅋㅋ"),
        ("20ºC 5㎏ 50㎡", "20°C 5kg 50m^2"),
    ];
    for (typed, expected) in cases {
        assert_eq!(forwarded_keyword(&env, typed), expected, "typed: {typed:?}");
        assert_eq!(forwarded_keyword(&env, expected), expected, "sent again");
    }
}

#[test]
fn a_per_cent_sign_that_begins_no_escape_is_read() {
    let env = TestEnv::new();
    for (form, expected) in [
        ("100%", "100%"),
        ("50%+off", "50% off"),
        ("50%20%+off", "50 % off"),
        ("%zz", "%zz"),
        ("%", "%"),
        ("%4", "%4"),
        ("100%25", "100%"),
        ("5%&lang=fr%&id=%zz&code=%", "5%"),
    ] {
        assert_eq!(env.forwarded_request(&format!("q={form}"), &[]).value("q").as_deref(), Some(expected), "{form}");
        let host = env.proxy.public.to_string();
        let response = send_once(env.proxy.public, &form_bytes("/search", &host, &[], format!("q={form}").as_bytes()));
        assert_eq!(response.expect("a response").status, 200, "posted: {form}");
        let posted = PartnerRequest::new(&env.partner.requests().pop().expect("a request"));
        assert_eq!(posted.value("q").as_deref(), Some(expected), "posted: {form}");
    }
}

#[test]
fn a_long_keyword_is_truncated_at_a_grapheme_within_256_bytes() {
    let env = TestEnv::new();
    assert_eq!(forwarded_keyword(&env, &"x".repeat(256)), "x".repeat(256), "256 bytes are not truncated");
    assert_eq!(forwarded_keyword(&env, &"x".repeat(900)), "x".repeat(256));
    assert_eq!(forwarded_keyword(&env, &"é".repeat(200)), "é".repeat(128));
    let flag_at_the_limit = format!("{}🇩🇪🇩🇪", "x".repeat(252));
    assert_eq!(forwarded_keyword(&env, &flag_at_the_limit), "x".repeat(252), "half a flag is a different flag");
    let marks = format!("q{}", "\u{301}".repeat(500));
    assert_eq!(forwarded_keyword(&env, &marks), format!("q{}", "\u{301}".repeat(127)), "one grapheme is cut within it");
    let mail = format!("{} ann@example.com", "x".repeat(247));
    assert_eq!(forwarded_keyword(&env, &mail), format!("{} [email]", "x".repeat(247)), "255 bytes");
    let mail = format!("{} ann@example.com", "x".repeat(250));
    assert_eq!(forwarded_keyword(&env, &mail), "x".repeat(250), "a placeholder that does not fit is left off");
}

#[test]
fn personal_data_is_redacted() {
    let env = TestEnv::new();
    for (typed, secret, kept) in [
        ("mail to alice.smith@example.org today", "alice", "today"),
        ("my card 4111 1111 1111 1111 stolen", "1111", "stolen"),
        ("iban DE89 3704 0044 0532 0130 00 bank", "0532", "bank"),
    ] {
        let sent = forwarded_keyword(&env, typed);
        assert!(!sent.contains(secret), "{typed:?} was sent as {sent:?}");
        assert!(sent.contains(kept), "{typed:?} was sent as {sent:?}");
    }
    assert_eq!(forwarded_keyword(&env, "isbn 978-3-16-148410-0 from 1998"), "isbn 978-3-16-148410-0 from 1998");
}

#[test]
fn redaction_can_be_turned_off() {
    let env = TestEnv::with(|config| config.with("", "personal_data", r#""off""#));
    assert_eq!(forwarded_keyword(&env, "alice@example.org"), "alice@example.org");
}

#[test]
fn the_language_is_an_entry_of_the_list() {
    let env = TestEnv::new();
    let cases: &[(&str, &str, &str)] = &[
        ("", "", "en"),
        ("lang=de", "", "de"),
        ("lang=de", "Accept-Language: fr", "de"),
        ("lang=DE", "", "de"),
        ("lang=de-AT", "", "de"),
        ("", "Accept-Language: de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "Accept-Language: en;q=0.3, fr;q=0.9, de;q=0.5", "fr"),
        ("", "Accept-Language: tlh, sux;q=0.9, es;q=0.2", "es"),
        ("", "Accept-Language: pt-BR", "pt-BR"),
        ("", "Accept-Language: zh-CN", "zh-Hans"),
        ("", "Accept-Language: ja-JP-u-ca-japanese-x-person7", "ja"),
        ("", "Accept-Language: tlh", "en"),
        ("", "Accept-Language: *", "en"),
        ("", "Accept-Language: ;;;,,,q=", "en"),
        ("lang=", "Accept-Language: fr", "fr"),
    ];
    for (query, header, expected) in cases {
        let headers: Vec<&str> = [*header].into_iter().filter(|line| !line.is_empty()).collect();
        let sent = env.forwarded_request(&format!("q=x&{query}"), &headers).value("lang");
        assert_eq!(sent.as_deref(), Some(*expected), "{query:?} {header:?}");
    }
}

#[test]
fn the_list_of_languages_is_configurable() {
    let env = TestEnv::with(|config| config.with("", "languages", r#"["fi", "sv"]"#));
    for (query, expected) in [("lang=sv", "sv"), ("lang=en", "fi"), ("lang=en-US", "fi")] {
        assert_eq!(
            env.forwarded_request(&format!("q=x&{query}"), &[]).value("lang").as_deref(),
            Some(expected),
            "{query}"
        );
    }
}

#[test]
fn aliases_and_related_languages_are_found() {
    let list = r#"["en", "nb", "sr-Latn", "zh-Hans", "zh-Hant", "he", "pt-BR", "pt-PT", "es", "es-419"]"#;
    let env = TestEnv::with(|config| config.with("", "languages", list));
    for (requested, expected) in [
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("sh", "sr-Latn"),
        ("yue-HK", "zh-Hant"),
        ("zh-yue", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-SG", "zh-Hans"),
        ("cmn", "zh-Hans"),
        ("iw", "he"),
        ("pt-AO", "pt-PT"),
        ("pt", "pt-BR"),
        ("es-MX", "es-419"),
        ("ca", "es"),
        ("en_US.UTF-8", "en"),
        ("spa", "es"),
    ] {
        let by_parameter = env.forwarded_request(&format!("q=x&lang={requested}"), &["Accept-Language: he;q=0.1"]);
        let is_second_language = requested == "ca";
        let parameter = if is_second_language { "he" } else { expected };
        assert_eq!(by_parameter.value("lang").as_deref(), Some(parameter), "lang={requested}");
        let by_header = env.forwarded_request("q=x", &[&format!("Accept-Language: xx, {requested};q=0.5")]);
        assert_eq!(by_header.value("lang").as_deref(), Some(expected), "Accept-Language: {requested}");
    }
    let excluded = env.forwarded_request("q=x", &["Accept-Language: en;q=0, *"]);
    assert_eq!(excluded.value("lang").as_deref(), Some("nb"));
}

#[test]
fn the_browser_is_reduced_to_its_family() {
    let env = TestEnv::new();
    let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
    let cases = [
        ("firefox", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0".to_owned()),
        ("firefox", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 Mobile/15E148 Safari/605.1.15".to_owned()),
        ("chrome", format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/126.0.0.0 Safari/537.36")),
        ("chrome", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.0.0 Mobile/15E148 Safari/604.1".to_owned()),
        ("edge", format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0")),
        ("opera", format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0")),
        ("samsung", format!("Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) {webkit} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36")),
        ("safari", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15".to_owned()),
        ("other", "curl/8.5.0".to_owned()),
        ("other", "person-7's own agent".to_owned()),
    ];
    for (family, agent) in &cases {
        let sent = env.forwarded_request("q=x", &[&format!("User-Agent: {agent}")]).value("b");
        assert_eq!(sent.as_deref(), Some(*family), "{agent}");
    }
    assert_eq!(env.forwarded_request("q=x", &[]).value("b").as_deref(), Some("other"), "without a User-Agent");
}

#[test]
fn the_time_is_the_hour_by_the_proxys_clock() {
    let env = TestEnv::new();
    let (request, hour) = within_one_hour(|| {
        env.forwarded_request("q=x&h=99&time=2001", &["Date: Mon, 01 Jan 2001 11:59:59 GMT", "X-Timezone: Asia/Tokyo"])
    });
    assert_eq!(request.value("h"), Some(hour));
}

#[test]
fn the_first_of_a_repeated_parameter_counts() {
    let env = TestEnv::new();
    let request = env.forwarded_request("q=first&q=second&lang=de&lang=fr&code=toolbar-main&code=x&Q=third", &[]);
    assert_eq!(request.value("q").as_deref(), Some("first"));
    assert_eq!(request.value("lang").as_deref(), Some("de"));
    assert!(!request.line.contains("second") && !request.line.contains("third"), "{}", request.line);
}

#[test]
fn nothing_but_the_six_fields_is_forwarded() {
    let env = TestEnv::new();
    let request = env
        .forwarded_request("q=x&page=2&count=99&pc=mine&uid=mine&b=mine&ip=192.0.2.7&extra=smuggled;jsessionid=9", &[]);
    let names: Vec<String> = request.pairs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["count", "pc", "lang", "b", "h", "q"]);
    assert_eq!(request.value("count").as_deref(), Some("20"));
    assert_eq!(request.value("pc").as_deref(), Some("QX1"));
}

#[test]
fn languages_are_mapped_to_the_partners_spelling() {
    let map_languages = |config: qsproxy_test_support::config::ConfigBuilder| {
        config.with("partner first", "languages", r#"{ "zh-Hans" = "zh-CN", "pt-BR" = "pt" }"#)
    };
    let env = TestEnv::with(map_languages);
    for (requested, expected) in [("zh-Hans", "zh-CN"), ("zh-SG", "zh-CN"), ("pt", "pt"), ("de-AT", "de"), ("nl", "en")]
    {
        let request = env.forwarded_request(&format!("q=x&lang={requested}"), &[]);
        assert_eq!(request.value("lang").as_deref(), Some(expected), "{requested}");
    }
}
