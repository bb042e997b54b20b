//! Errors in the configuration of a partner that responds with pages are reported with file, line, key and a remedy.

use crate::cli::assert_rejected;
use qsproxy_test_support::chunked_page::html_partner;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::workdir::Workdir;

const FIRST: &str = "partner first";

fn html_config() -> ConfigBuilder {
    let partner = MockPartner::json("{}");
    html_partner(ConfigBuilder::new(&partner), "first", &partner)
}

#[test]
fn keys_of_the_other_format_are_rejected() {
    let results = r#"{ list = "/results", title = "/title", url = "/url" }"#;
    let output = assert_rejected(&html_config().with(FIRST, "results", results), "results =", "results");
    assert!(output.contains("format = \"json\""), "{output}");
    for key in ["sponsored_links", "own_pages", "walls", "no_results"] {
        let config = ConfigBuilder::with_partner_url("http://127.0.0.1:8090/search").with(
            FIRST,
            key,
            r#"["https://ads.example/aclk"]"#,
        );
        let output = assert_rejected(&config, &format!("{key} ="), key);
        assert!(output.contains("format = \"html\""), "{output}");
    }
}

/// Invalid patterns.
const INVALID_PATTERNS: [&str; 17] = [
    "ads.example/aclk",
    "/aclk",
    "ftp://ads.example/",
    "javascript:alert(1)",
    "https://",
    "https:///aclk",
    "https://*/",
    "https://*.*/",
    "https://user@ads.example/",
    "https://ads.example/aclk#top",
    "https://ads.example/ü",
    "https://ads.example/a b",
    "https://*..example/",
    "https://*.ads example/",
    "https://ads.example:99999/",
    "https://*.example:x/",
    "",
];

#[test]
fn each_invalid_pattern_is_reported() {
    let valid = "https://good.example/";
    for key in ["sponsored_links", "own_pages"] {
        let mut list = vec![valid];
        list.extend(INVALID_PATTERNS);
        let output = assert_rejected(&html_config().with(FIRST, key, &format!("{list:?}")), &format!("{key} ="), key);
        assert!(!output.contains(&format!("{key}[0]")), "{output}");
        for (index, pattern) in INVALID_PATTERNS.iter().enumerate() {
            let place = format!("{key}[{}]: ", index + 1);
            let line = output
                .lines()
                .find(|line| line.contains(&place))
                .unwrap_or_else(|| panic!("{pattern} is accepted: {output}"));
            assert!(line.contains("pattern"), "{pattern}: {line}");
        }
    }
    let long = format!("[\"https://ads.example/{}\"]", "x".repeat(600));
    assert_rejected(&html_config().with(FIRST, "sponsored_links", &long), "sponsored_links =", "sponsored_links");
}

#[test]
fn patterns_must_be_a_list_of_strings() {
    for value in [r#""https://ads.example/aclk""#, "[1]"] {
        assert_rejected(&html_config().with(FIRST, "sponsored_links", value), "sponsored_links =", "sponsored_links");
    }
}

#[test]
fn each_invalid_marker_is_reported() {
    let invalid = ["https://*/", "#", ".", "#a b", ".a>b", "abc"];
    let output = assert_rejected(&html_config().with(FIRST, "walls", &format!("{invalid:?}")), "walls =", "walls");
    for (index, marker) in invalid.iter().enumerate() {
        assert!(output.contains(&format!("walls[{index}]: ")), "{marker}: {output}");
    }
    assert_rejected(&html_config().with(FIRST, "no_results", r#"["abc"]"#), "no_results =", "no_results");
}

/// Without patterns nothing is sponsored. That is valid: an engine may have no advertisements.
#[test]
fn patterns_are_optional() {
    for config in [
        html_config().without(FIRST, "sponsored_links"),
        html_config().with(FIRST, "sponsored_links", "[]").with(FIRST, "own_pages", "[]"),
        html_config().with(FIRST, "own_pages", r#"["https://*.partner.example/help?", "http://partner.example"]"#),
    ] {
        let output = Workdir::new(&config.text()).run(&["check"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
