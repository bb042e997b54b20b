//! How each field is read: keyword, language, browser family, and the first value of a repeated parameter.

use qsproxy_test_support::http_client::percent_encode;
use qsproxy_test_support::test_env::{TestEnv, within_one_hour};

#[track_caller]
fn keyword(env: &TestEnv, typed: &str) -> String {
    env.forwarded_request(&format!("q={}", percent_encode(typed)), &[]).value("q").expect("a keyword")
}

#[test]
fn the_keyword_is_normalised() {
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
    for (typed, sent) in cases {
        assert_eq!(keyword(&env, typed), sent, "typed: {typed:?}");
    }
}

#[test]
fn a_long_keyword_is_cut_at_a_grapheme_within_256_bytes() {
    let env = TestEnv::new();
    assert_eq!(keyword(&env, &"x".repeat(256)), "x".repeat(256), "256 bytes are whole");
    assert_eq!(keyword(&env, &"x".repeat(900)), "x".repeat(256));
    assert_eq!(keyword(&env, &"é".repeat(200)), "é".repeat(128));
    let flag_at_the_edge = format!("{}🇩🇪🇩🇪", "x".repeat(252));
    assert_eq!(keyword(&env, &flag_at_the_edge), "x".repeat(252), "half a flag is another flag");
}

#[test]
fn personal_data_does_not_leave() {
    let env = TestEnv::new();
    for (typed, secret, kept) in [
        ("mail to alice.smith@example.org today", "alice", "today"),
        ("my card 4111 1111 1111 1111 stolen", "1111", "stolen"),
        ("iban DE89 3704 0044 0532 0130 00 bank", "0532", "bank"),
    ] {
        let sent = keyword(&env, typed);
        assert!(!sent.contains(secret), "{typed:?} went out as {sent:?}");
        assert!(sent.contains(kept), "{typed:?} went out as {sent:?}");
    }
    assert_eq!(keyword(&env, "isbn 978-3-16-148410-0 from 1998"), "isbn 978-3-16-148410-0 from 1998");
}

#[test]
fn personal_data_may_be_let_through_by_configuration() {
    let env = TestEnv::with(|config| config.with("", "personal_data", r#""off""#));
    assert_eq!(keyword(&env, "alice@example.org"), "alice@example.org");
}

#[test]
fn the_language_is_one_of_the_list() {
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
fn the_list_of_languages_is_the_operators() {
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
fn the_browser_is_a_family() {
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
    assert_eq!(env.forwarded_request("q=x", &[]).value("b").as_deref(), Some("other"), "no agent at all");
}

#[test]
fn the_time_is_the_proxys_hour_whatever_the_client_says() {
    let env = TestEnv::new();
    let (asked, hour) = within_one_hour(|| {
        env.forwarded_request("q=x&h=99&time=2001", &["Date: Mon, 01 Jan 2001 11:59:59 GMT", "X-Timezone: Asia/Tokyo"])
    });
    assert_eq!(asked.value("h"), Some(hour));
}

#[test]
fn of_a_repeated_parameter_the_first_counts() {
    let env = TestEnv::new();
    let asked = env.forwarded_request("q=first&q=second&lang=de&lang=fr&code=toolbar-main&code=x&Q=third", &[]);
    assert_eq!(asked.value("q").as_deref(), Some("first"));
    assert_eq!(asked.value("lang").as_deref(), Some("de"));
    assert!(!asked.line.contains("second") && !asked.line.contains("third"), "{}", asked.line);
}

#[test]
fn what_is_not_one_of_the_six_does_not_travel() {
    let env = TestEnv::new();
    let asked = env
        .forwarded_request("q=x&page=2&count=99&pc=mine&uid=mine&b=mine&ip=192.0.2.7&extra=smuggled;jsessionid=9", &[]);
    let names: Vec<String> = asked.pairs().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["count", "pc", "lang", "b", "h", "q"]);
    assert_eq!(asked.value("count").as_deref(), Some("20"));
    assert_eq!(asked.value("pc").as_deref(), Some("QX1"));
}

#[test]
fn a_partner_gets_languages_as_it_spells_them() {
    let spelled = |config: qsproxy_test_support::config::ConfigBuilder| {
        config.with("partner first", "languages", r#"{ "zh-Hans" = "zh-CN", "pt-BR" = "pt" }"#)
    };
    let env = TestEnv::with(spelled);
    for (asked, sent) in [("zh-Hans", "zh-CN"), ("zh-SG", "zh-CN"), ("pt", "pt"), ("de-AT", "de"), ("nl", "en")] {
        let request = env.forwarded_request(&format!("q=x&lang={asked}"), &[]);
        assert_eq!(request.value("lang").as_deref(), Some(sent), "{asked}");
    }
}
