//! Mistakes in the configuration of a partner that answers with pages: file, line, key, remedy; never accepted.

use crate::cli::assert_rejected;
use qsproxy_test_support::chunked_page::html_partner;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::workdir::Workdir;

const FIRST: &str = "partner first";

fn page() -> ConfigBuilder {
    let partner = MockPartner::json("{}");
    html_partner(ConfigBuilder::new(&partner), "first", &partner)
}

#[test]
fn keys_of_the_other_format_are_mistakes() {
    let results = r#"{ list = "/results", title = "/title", url = "/url" }"#;
    let said = assert_rejected(&page().with(FIRST, "results", results), "results =", "results");
    assert!(said.contains("format = \"json\""), "{said}");
    for key in ["sponsored_links", "own_pages"] {
        let config = ConfigBuilder::with_partner_url("http://127.0.0.1:8090/search").with(
            FIRST,
            key,
            r#"["https://ads.example/aclk"]"#,
        );
        let said = assert_rejected(&config, &format!("{key} ="), key);
        assert!(said.contains("format = \"html\""), "{said}");
    }
}

/// What no pattern may be.
const BAD: [&str; 17] = [
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
fn each_bad_pattern_is_a_mistake_of_its_own() {
    let good = "https://good.example/";
    for key in ["sponsored_links", "own_pages"] {
        let mut list = vec![good];
        list.extend(BAD);
        let said = assert_rejected(&page().with(FIRST, key, &format!("{list:?}")), &format!("{key} ="), key);
        assert!(!said.contains(&format!("{key}[0]")), "{said}");
        for (at, bad) in BAD.iter().enumerate() {
            let place = format!("{key}[{}]: ", at + 1);
            let line =
                said.lines().find(|line| line.contains(&place)).unwrap_or_else(|| panic!("{bad} passes: {said}"));
            assert!(line.contains("pattern"), "{bad}: {line}");
        }
    }
    let long = format!("[\"https://ads.example/{}\"]", "x".repeat(600));
    assert_rejected(&page().with(FIRST, "sponsored_links", &long), "sponsored_links =", "sponsored_links");
}

#[test]
fn a_list_of_patterns_is_a_list_of_texts() {
    for value in [r#""https://ads.example/aclk""#, "[1]"] {
        assert_rejected(&page().with(FIRST, "sponsored_links", value), "sponsored_links =", "sponsored_links");
    }
}

/// Without patterns nothing is sponsored, which is no mistake: an engine may have no advertisements.
#[test]
fn patterns_may_be_left_out() {
    for config in [
        page().without(FIRST, "sponsored_links"),
        page().with(FIRST, "sponsored_links", "[]").with(FIRST, "own_pages", "[]"),
        page().with(FIRST, "own_pages", r#"["https://*.partner.example/help?", "http://partner.example"]"#),
    ] {
        let output = Workdir::new(&config.text()).run(&["check"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
