//! Keyword groups: errors in their tables and files, the output of `explain`, and that partners do not learn of them.

use crate::cli::assert_rejected;
use qsproxy_test_support::config::{ConfigBuilder, line_of};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::{sample_results, within_one_hour};
use qsproxy_test_support::workdir::Workdir;

const TERMS: &str = r#"["car insurance"]"#;

fn config() -> ConfigBuilder {
    ConfigBuilder::with_partner_url("http://127.0.0.1:8090/search")
}

/// The output and exit status of `check` for a configuration and a file of terms.
fn check(config: &ConfigBuilder, terms: &[u8]) -> (String, Option<i32>) {
    let workdir = Workdir::new(&config.text());
    workdir.write("lists/terms.txt", terms);
    let output = workdir.run(&["check"]);
    (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), output.status.code())
}

fn with_file() -> ConfigBuilder {
    config().keyword_group("insurance", "file", r#""lists/terms.txt""#)
}

#[test]
fn reports_each_error_with_its_line() {
    let one = |value: &str| config().keyword_group("insurance", "terms", value);
    let cases = [
        (one(TERMS).keyword_group("no name", "terms", r#"["x"]"#), "no name", "keyword_group[1].name", "a name has"),
        (one(TERMS).keyword_group("other", "terms", r#"["x"]"#), "\"other\"", "keyword_group[1].name", "reserved"),
        (one(TERMS).keyword_group("unknown", "terms", r#"["x"]"#), "\"unknown\"", "keyword_group[1].name", "reserved"),
        (one("[]"), "terms =", "keyword_group[0].terms", "no term"),
        (one("[1]"), "terms =", "keyword_group[0].terms[0]", "must be a quoted string"),
        (one(r#""car""#), "terms =", "keyword_group[0].terms", "must be a list of strings"),
        (one(r#"["a", " \u200b"]"#), "terms =", "keyword_group[0].terms[1]", "no visible character"),
        (one(r#"["a", "A"]"#), "terms =", "keyword_group[0].terms[1]", "the same as keyword_group[0].terms[0]"),
        (one(&format!("[\"{}\"]", "x".repeat(257))), "terms =", "keyword_group[0].terms[0]", "256 bytes"),
        (
            one(TERMS).with("keyword_group insurance", "file", r#""terms.txt""#),
            "file =",
            "keyword_group[0].file",
            "both",
        ),
        (one(TERMS).with("keyword_group insurance", "term", "1"), "term =", "keyword_group[0].term:", "\"terms\""),
        (
            one(TERMS).without("keyword_group insurance", "terms"),
            "[[keyword_group]]",
            "keyword_group[0].terms",
            "file = \"terms.txt\"",
        ),
        (
            config().keyword_group("insurance", "file", r#""lists/nowhere.txt""#),
            "nowhere",
            "keyword_group[0].file",
            "lists/nowhere.txt cannot be read",
        ),
        (config().keyword_group("insurance", "file", r#"".""#), "file =", "keyword_group[0].file", "cannot be read"),
        (config().with("", "keyword_group", "1"), "keyword_group =", "keyword_group", "[[keyword_group]]"),
    ];
    for (config, part, key, message) in &cases {
        let output = assert_rejected(config, part, key);
        assert!(output.contains(message), "{part}: {message} is not in {output}");
    }
}

#[test]
fn rejects_duplicate_names_and_too_many_groups() {
    let duplicate = config().keyword_group("insurance", "terms", TERMS).keyword_group("insurance", "terms", r#"["x"]"#);
    let output = check(&duplicate, b"").0;
    assert!(output.contains("keyword_group[1].name: a keyword group above already has this name"), "{output}");
    let many = |count: usize| {
        (0..count)
            .fold(config(), |config, at| config.keyword_group(&format!("g{at}"), "terms", &format!("[\"t{at}\"]")))
    };
    assert_eq!(check(&many(64), b"").1, Some(0));
    let output = check(&many(65), b"").0;
    let place = format!(
        "proxy.toml:{}: keyword_group[64].name: there can be at most 64 groups",
        line_of(&many(65).text(), "\"g64\"")
    );
    assert!(output.contains(&place), "{place} is not in {output}");
}

#[test]
fn errors_in_a_file_name_the_line_and_not_the_term() {
    let file =
        "# Commercial\n\ncar insurance\n\u{200b}\nhaftpflicht\nCAR  Insurance\n".to_owned() + &"lebens".repeat(50);
    let config =
        with_file().keyword_group("cars", "terms", r#"["leasing", "Haftpflicht"]"#).with("counts", "klick_ttl", "1");
    let (output, status) = check(&config, file.as_bytes());
    assert_eq!(status, Some(1), "{output}");
    let line = line_of(&config.text(), "file =");
    for expected in [
        format!(
            "proxy.toml:{line}: keyword_group[0].file: lists/terms.txt, line 4: this term has no visible character"
        ),
        format!(
            "proxy.toml:{line}: keyword_group[0].file: lists/terms.txt, line 6: this term is the same as lists/terms.txt, line 3"
        ),
        format!("proxy.toml:{line}: keyword_group[0].file: lists/terms.txt, line 7: this term is longer"),
        "keyword_group[1].terms[1]: this term is the same as lists/terms.txt, line 5".to_owned(),
        "klick_ttl".to_owned(),
    ] {
        assert!(output.contains(&expected), "{expected} is not in {output}");
    }
    for term in ["insurance\n", "Insurance", "flicht", "lebens", "leasing"] {
        assert!(!output.contains(term), "{term} is printed: {output}");
    }
}

#[test]
fn rejects_files_that_are_not_a_list_of_terms() {
    let long = "# nothing\n".repeat(500_000);
    let many: String = (0..10_001).map(|at| format!("term {at}\n")).collect();
    for (bytes, expected) in [
        (&b"car\nb\xfcro\n"[..], "lists/terms.txt is not valid UTF-8 in line 2"),
        (b"\xff\xfec\0a\0r\0", "lists/terms.txt is not valid UTF-8 in line 1"),
        (b"# nothing\n\n", "there is no term"),
        (b"", "there is no term"),
        (long.as_bytes(), "lists/terms.txt is longer than 4194304 bytes"),
        (many.as_bytes(), "a group can have at most 10000 terms"),
    ] {
        let (output, status) = check(&with_file(), bytes);
        assert_eq!(status, Some(1), "{expected}: {output}");
        assert!(
            output.contains("keyword_group[0].file: ") && output.contains(expected),
            "{expected} is not in {output}"
        );
        assert!(output.contains("1 error in"), "{output}");
    }
}

#[test]
fn accepts_byte_order_mark_crlf_and_indentation() {
    for bytes in ["\u{feff}# Terms\r\n\r\n  car insurance \r\n#bus\r\nbus", "car insurance\nbus\n"] {
        let (output, status) = check(&with_file(), bytes.as_bytes());
        assert_eq!(status, Some(0), "{output}");
    }
}

#[test]
fn explain_shows_the_group_of_a_keyword() {
    let explain = |config: &ConfigBuilder, keyword: &str| {
        let output =
            Workdir::new(&config.text()).run(&["explain", &format!("http://127.0.0.1:8080/search?q={keyword}")]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let groups = config().keyword_group("insurance", "terms", TERMS).keyword_group("cars", "terms", r#"["car"]"#);
    for (keyword, expected) in [
        ("cheap+CAR+Insurance", "Counted in the keyword group insurance."),
        ("used+car", "Counted in the keyword group cars."),
        ("scar", "Counted in no keyword group"),
    ] {
        let output = explain(&groups, keyword);
        assert!(output.contains(expected), "{expected} is not in {output}");
    }
    assert!(!explain(&config(), "used+car").contains("keyword group"), "without groups, explain mentions none");
}

#[test]
fn partner_requests_do_not_depend_on_groups() {
    let partner = MockPartner::json(sample_results());
    let plain = Workdir::new(&ConfigBuilder::new(&partner).text()).start();
    let grouped = Workdir::new(&ConfigBuilder::new(&partner).keyword_group("insurance", "terms", TERMS).text()).start();
    let (requests, _) = within_one_hour(|| {
        let before = partner.requests().len();
        for proxy in [&plain, &grouped] {
            assert_eq!(proxy.get("/search?q=car+insurance", &[]).status, 200);
        }
        partner.requests().split_off(before)
    });
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0], requests[1]);
}
