//! The command line: `check`, and configurations with which the proxy refuses to start.

use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::Arc;

use regex::Regex;

use qsproxy_test_support::config::{ConfigBuilder, line_of};
use qsproxy_test_support::test_env::TestEnv;
use qsproxy_test_support::workdir::{Workdir, binary};

fn workdir(config: &ConfigBuilder) -> Arc<Workdir> {
    Workdir::new(&config.text())
}

fn config() -> ConfigBuilder {
    ConfigBuilder::with_partner_url("http://127.0.0.1:8090/search")
}

/// Standard output and standard error together.
fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Asserts that `check` reports an error for `key` in the line that contains `part`, and that `serve` refuses to start.
/// Returns the output of `check`.
#[track_caller]
pub fn assert_rejected(config: &ConfigBuilder, part: &str, key: &str) -> String {
    let workdir = workdir(config);
    let output = workdir.run(&["check"]);
    let text = output_text(&output);
    assert_eq!(output.status.code(), Some(1), "{part}: {text}");
    let place = format!(r"proxy\.toml:{}\b", line_of(&config.text(), part));
    assert!(Regex::new(&place).unwrap().is_match(&text), "{part}: no {place} in: {text}");
    assert!(text.contains(key), "{part}: no {key} in: {text}");
    assert!(!text.contains("panicked"), "{text}");
    let refusal = workdir.try_start().err().unwrap_or_else(|| panic!("{part}: the proxy started"));
    assert_eq!(refusal.status, Some(2), "{part}: {refusal:?}");
    assert!(refusal.stderr.contains(key), "{part}: {refusal:?}");
    text
}

#[test]
fn check_accepts_a_valid_configuration_and_writes_nothing() {
    let workdir = workdir(&config());
    let output = workdir.run(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", output_text(&output));
    assert!(!workdir.path("data").exists(), "check creates no files");
}

#[test]
fn check_accepts_the_shipped_configuration() {
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/proxy.toml");
    let workdir = Workdir::new(&std::fs::read_to_string(shipped).expect("proxy.toml in the repository"));
    let output = workdir.run(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", output_text(&output));
}

#[test]
fn check_reports_each_error_with_its_line() {
    let first = "partner first";
    let cases = [
        (config().with("", "personal_data", r#""maybe""#), "personal_data", "personal_data"),
        (config().with("", "languages", "[]"), "languages", "languages"),
        (config().with("listen", "address", r#""nowhere""#), "nowhere", "address"),
        (config().with("listen", "public_url", r#""ftp://x""#), "public_url", "public_url"),
        (config().with("counts", "click_ttl", r#""soon""#), "click_ttl", "click_ttl"),
        (config().with("counts", "click_wait", "-1"), "click_wait", "click_wait"),
        (config().with("counts", "after_restart", r#""perhaps""#), "after_restart", "after_restart"),
        (config().with("limits", "uri_bytes", "0"), "uri_bytes", "uri_bytes"),
        (config().with(first, "method", r#""PUT""#), "method", "method"),
        (config().with(first, "format", r#""xml""#), "format", "format"),
        (config().with(first, "url", r#""javascript:x""#), "javascript:x", "url"),
        (config().with(first, "timeout", r#""0s""#), "timeout", "timeout"),
        (config().with(first, "send", r#"{ language = "lang" }"#), "send =", "keyword"),
        (config().with(first, "send", r#"{ keyword = "q", address = "a" }"#), "send =", "address"),
        (config().with(first, "results", r#"{ list = "results", title = "/t", url = "/u" }"#), "results =", "list"),
        (config().code("lonely", r#"["nobody"]"#), "nobody", "nobody"),
        (config().code("idle", "[]"), r#"partners = []"#, "partners"),
        (config().code("heavy", "{ first = 0 }"), "first = 0", "first"),
        (config().with("code toolbar-main", "tags", r#"{ nobody = "x" }"#), "nobody", "nobody"),
    ];
    for (config, part, key) in &cases {
        assert_rejected(config, part, key);
    }
}

/// Mappings that can give no titles or no links, or that contradict themselves.
#[test]
fn check_rejects_mappings_that_can_give_no_results() {
    let fields = r#"title = "/title", url = "/url""#;
    let cases = [
        ("results = []".to_owned(), "needs results = { list"),
        ("results = {}".to_owned(), "missing: a JSON pointer to the list"),
        (
            r#"results = { list = [], title = "/title", url = "/url" }"#.to_owned(),
            "missing: a JSON pointer to the list",
        ),
        (r#"results = { list = "/r", url = "/url" }"#.to_owned(), "title"),
        (r#"results = { list = "/r", title = "/title" }"#.to_owned(), "url"),
        (r#"results = { list = "/r", title = "/url", url = "/url" }"#.to_owned(), "is the same pointer as title"),
        (r#"results = { list = "/r", title = "/r", url = "/url" }"#.to_owned(), "is the list itself"),
        (
            r#"results = { list = "/r", title = "/r/title", url = "/url" }"#.to_owned(),
            "not at the document: \"/title\"",
        ),
        (r#"results = { list = "/r", title = "", url = "/url" }"#.to_owned(), "inside one another"),
        (r#"results = { list = "/r", title = "/a", url = "/a/href" }"#.to_owned(), "inside one another"),
        (r#"results = { list = "/r", title = "title", url = "/url" }"#.to_owned(), "starts with /"),
        (r#"results = { list = "/r", title = "/-", url = "/url" }"#.to_owned(), "RFC 6901"),
        (format!(r#"results = {{ list = "/r", {fields}, sponsored = "/title" }}"#), "is the same pointer as title"),
        (format!(r#"results = {{ list = "/r", {fields}, snippet = "/url" }}"#), "is the same pointer as url"),
        (format!(r#"results = {{ list = ["/r", "/r/more"], {fields} }}"#), "inside one another"),
        (format!(r#"results = {{ list = ["/r", "/r"], {fields} }}"#), "already read"),
        (format!(r#"results = [{{ list = "/r", {fields} }}, {{ list = "/r", {fields} }}]"#), "already read"),
        (format!(r#"results = [{{ list = "/r", {fields} }}, "/s"]"#), "must be a table"),
        (format!(r#"results = {{ list = "/r", {fields}, sponsored_values = ["ad"] }}"#), "sponsored = "),
        (
            format!(r#"results = {{ list = "/r", {fields}, sponsored = true, sponsored_values = ["ad"] }}"#),
            "remove one",
        ),
        (format!(r#"results = {{ list = "/r", {fields}, without_list = "none" }}"#), "without_list"),
        (format!(r#"results = {{ list = "/r", {fields}, summary = "/s" }}"#), "summary"),
        (r#"text = "markdown""#.to_owned(), "\"plain\""),
        ("max_results = 0".to_owned(), "max_results"),
        ("max_results = 1001".to_owned(), "max_results"),
        (r#"failure_if = "/results""#.to_owned(), "contains the list"),
        (r#"failure_if = "/results/0/error""#.to_owned(), "inside the list"),
        (r#"failure_if = ["error"]"#.to_owned(), "starts with /"),
    ];
    for (line, message) in &cases {
        let (key, value) = line.split_once(" = ").unwrap();
        let text = assert_rejected(&config().with("partner first", key, value), line, key);
        assert!(text.contains(message), "{line}: no {message} in {text}");
    }
}

#[test]
fn check_rejects_duplicate_names() {
    for (config, name) in [
        (config().code("toolbar-main", r#"["first"]"#), "toolbar-main"),
        (config().partner("first", "http://127.0.0.1:8091/"), "first"),
    ] {
        let output = workdir(&config).run(&["check"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(output_text(&output).contains(name), "{}", output_text(&output));
    }
}

#[test]
fn check_suggests_the_key_that_was_probably_meant() {
    let text = assert_rejected(&config().with("counts", "klick_ttl", r#""1h""#), "klick_ttl", "klick_ttl");
    assert!(text.contains("`click_ttl`") || text.contains("\"click_ttl\"") || text.contains(" click_ttl"), "{text}");
    assert_rejected(&config().with("", "langauges", r#"["en"]"#), "langauges", "languages");
    assert_rejected(&config().with("partner first", "timout", r#""1s""#), "timout", "timeout");
}

#[test]
fn check_rejects_parameters_and_headers_that_identify_the_user() {
    for (key, value) in [
        ("headers", r#"{ "X-MSEdge-ClientID" = "x" }"#),
        ("headers", r#"{ "X-Search-ClientIP" = "x" }"#),
        ("headers", r#"{ "x-search-location" = "x" }"#),
        ("fixed", r#"{ affilData = "x" }"#),
        ("fixed", r#"{ ip = "x" }"#),
        ("fixed", r#"{ ua = "x" }"#),
        ("fixed", r#"{ "userContext.ipAddress" = "x" }"#),
        ("fixed", r#"{ location = "x" }"#),
        ("fixed", r#"{ Latitude = 1 }"#),
        ("headers", r#"{ "X-Loc-Lat" = "x" }"#),
    ] {
        let name = value.trim_start_matches("{ ").trim_start_matches('"').split(['"', ' ']).next().unwrap();
        assert_rejected(&config().with("partner first", key, value), &format!("{key} = "), name);
    }
}

#[test]
fn check_accepts_a_constant_that_is_declared_as_the_operators_own() {
    let with = |fixed: &str| config().with("partner first", "fixed", fixed);
    let accepted = workdir(&with(r#"{ "userContext.ipAddress" = { own = "192.0.2.1" } }"#)).run(&["check"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", output_text(&accepted));
    let text =
        assert_rejected(&with(r#"{ "userContext.ipAddress" = "192.0.2.1" }"#), "fixed =", "userContext.ipAddress");
    assert!(text.contains("{ own = "), "the message says what to write: {text}");
    assert_rejected(&with(r#"{ count = { own = "20" } }"#), "fixed =", "count");
    assert_rejected(&with(r#"{ ip = { own = 1 } }"#), "fixed =", "own");
    assert_rejected(&with(r#"{ ip = { own = "1", file = "x" } }"#), "fixed =", "file");
    assert_rejected(
        &config().with("partner first", "url", r#""http://127.0.0.1:1/?user%5Fip=1""#),
        "user%5Fip",
        "user_ip",
    );
    assert_rejected(
        &config().with("partner first", "send", r#"{ keyword = "q", browser = "user.agent.ua" }"#),
        "send =",
        "browser",
    );
}

#[test]
fn check_rejects_a_parameter_that_is_named_twice() {
    let with = |url: &str, fixed: &str, send: &str, method: &str| {
        let config = config().with("partner first", "url", &format!("\"http://127.0.0.1:1/search{url}\""));
        let config = config.with("partner first", "fixed", fixed).with("partner first", "send", send);
        config.with("partner first", "method", &format!("{method:?}"))
    };
    for method in ["GET", "POST", "POST-JSON"] {
        for (url, fixed, send, part, first) in [
            ("?q=", "{}", r#"{ keyword = "q" }"#, "send =", "partner[0].url"),
            ("?%71=1", "{}", r#"{ keyword = "q" }"#, "send =", "partner[0].url"),
            ("?a+b=1", r#"{ "a b" = "x" }"#, r#"{ keyword = "q" }"#, "fixed =", "partner[0].url"),
            ("?n=1&n=2", r#"{ n = 3 }"#, r#"{ keyword = "q" }"#, "fixed =", "partner[0].url"),
            ("", r#"{ q = "x" }"#, r#"{ keyword = "q" }"#, "fixed =", "partner[0].send.keyword"),
            ("", "{}", r#"{ keyword = "q", language = "q" }"#, "send =", "partner[0].send.keyword"),
        ] {
            let text = assert_rejected(&with(url, fixed, send, method), part, first);
            assert!(text.contains("choose another name"), "{text}");
        }
    }
    // Names that differ in letter case are two, a URL may repeat its own, and a dot means nothing in a form.
    let other = with("?Q=1&engine=a&engine=b", r#"{ "a" = 1, "a.b" = 2 }"#, r#"{ keyword = "q" }"#, "POST");
    let output = workdir(&other).run(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", output_text(&output));
    // In JSON, an object and a value, or two values, cannot have one name.
    for (fixed, send) in [
        (r#"{ query = "x" }"#, r#"{ keyword = "query.text" }"#),
        (r#"{ "a.b" = 1, a = 2 }"#, r#"{ keyword = "q" }"#),
        (r#"{ "query.text.x" = 1 }"#, r#"{ keyword = "query.text" }"#),
    ] {
        assert_rejected(&with("", fixed, send, "POST-JSON"), "fixed =", "this object");
    }
    let nested = with("", r#"{ "query.type" = 1, queries = 2 }"#, r#"{ keyword = "query.text" }"#, "POST-JSON");
    let output = workdir(&nested).run(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", output_text(&output));
}

#[test]
fn check_reports_all_errors_at_once() {
    let config = config()
        .with("", "personal_data", r#""maybe""#)
        .with("counts", "click_ttl", r#""soon""#)
        .with("limits", "unheard_of", "1")
        .with("partner first", "method", r#""PUT""#);
    let output = workdir(&config).run(&["check"]);
    let text = output_text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in ["personal_data", "click_ttl", "unheard_of", "method"] {
        let place = format!(r"proxy\.toml:{}\b", line_of(&config.text(), part));
        assert!(Regex::new(&place).unwrap().is_match(&text) && text.contains(part), "{part}: {text}");
    }
}

#[test]
fn check_warns_of_codes_by_which_people_could_be_told_apart() {
    let code = |name: String, more: &str| format!("\n[[code]]\nname = \"{name}\"\npartners = [\"first\"]\n{more}");
    let numbered: String = (0..200).map(|n| code(format!("user-{n:05}"), "")).collect();
    let tagged: String =
        (0..200).map(|n| code(format!("c{}{n}", n % 7), &format!("tags = {{ first = \"u{n:06x}\" }}\n"))).collect();
    let countries = ["de", "at", "ch", "fr", "it", "es", "pt", "nl", "be", "lu", "dk", "se", "no", "fi", "is", "pl"];
    let channels =
        |product: &str| -> String { countries.iter().map(|name| code(format!("{name}-{product}"), "")).collect() };
    let plain = ["toolbar", "newtab", "2025", "v1.2"].map(channels).concat();
    for (codes, place, fault) in [
        (&numbered, "name = \"user-00000\"", Some("200 codes")),
        (&tagged, "u000000", Some("200 tags of first")),
        (&plain, "", None),
    ] {
        let text = config().text() + codes;
        let workdir = Workdir::new(&text);
        let output = workdir.run(&["check"]);
        let printed = output_text(&output);
        assert_eq!(output.status.code(), Some(0), "it is valid: {printed}");
        let warned = fault.map(|fault| format!("proxy.toml:{}: code[", line_of(&text, place)) + fault);
        let (place, count) = warned.as_deref().map_or(("", ""), |text| text.split_once('[').unwrap());
        assert_eq!(printed.contains("tell them from all others"), fault.is_some(), "{printed}");
        assert!(printed.contains(place) && printed.contains(count), "{place} {count}: {printed}");
        assert_eq!(workdir.start().stderr().contains("event=codes_identify n="), fault.is_some());
    }
}

#[test]
fn check_reports_a_syntax_error_with_its_line() {
    let workdir = Workdir::new("languages = [\"en\"]\n\n[listen\naddress = 1\n");
    let output = workdir.run(&["check"]);
    assert_eq!(output.status.code(), Some(1), "{}", output_text(&output));
    assert!(output_text(&output).contains("proxy.toml:3"), "{}", output_text(&output));
}

#[test]
fn check_names_a_missing_secret_file() {
    assert_rejected(
        &config().with("partner first", "headers", r#"{ "X-Key" = { file = "secrets/nowhere" } }"#),
        "headers =",
        "secrets/nowhere",
    );
}

#[test]
fn an_admin_listener_outside_loopback_needs_a_token() {
    assert_rejected(&config().with("admin", "address", r#""0.0.0.0:0""#), "0.0.0.0:0", "token_file");
}

#[test]
fn a_port_in_use_is_reported_with_its_key() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (table, key) in [("listen", "[listen] address"), ("admin", "[admin] address")] {
        let refusal = workdir(&config().with(table, "address", &format!("{address:?}"))).try_start().err().unwrap();
        assert_eq!(refusal.status, Some(2), "{refusal:?}");
        assert!(refusal.stderr.contains(key) && refusal.stderr.contains(&address), "{refusal:?}");
    }
}

#[test]
fn two_processes_cannot_share_a_port() {
    let env = TestEnv::new();
    for (table, address) in [("listen", env.proxy.public), ("admin", env.proxy.admin)] {
        let address = address.to_string();
        let refusal = workdir(&config().with(table, "address", &format!("{address:?}"))).try_start().err();
        let refusal = refusal.unwrap_or_else(|| panic!("two processes share {address}"));
        assert_eq!(refusal.status, Some(2), "{refusal:?}");
        assert!(refusal.stderr.contains(&format!("[{table}] address")), "{refusal:?}");
    }
}

#[test]
fn usage_errors_exit_with_2() {
    let workdir = workdir(&config());
    let cases: &[&[&str]] = &[
        &["frobnicate"],
        &["serve", "--unheard-of"],
        &["report"],
        &["report", "frobnications", "--from", "2026-01-01", "--to", "2026-01-02"],
        &["report", "searches", "--from", "yesterday", "--to", "2026-01-02"],
        &["report", "searches", "--from", "2026-02-30", "--to", "2026-03-02"],
        &["report", "searches", "--from", "2026-01-02", "--to", "2026-01-01"],
        &["report", "searches", "--from", "2026-01-01", "--to", "2026-01-02", "--format", "xml"],
    ];
    for arguments in cases {
        let output = workdir.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", output_text(&output));
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments:?}: {}", output_text(&output));
    }
}

#[test]
fn help_and_version_exit_with_0() {
    for (argument, part) in [("--help", "check"), ("--version", "qsproxy")] {
        let output = Command::new(binary()).arg(argument).output().unwrap();
        assert!(output.status.success());
        assert!(output_text(&output).contains(part), "{}", output_text(&output));
    }
}

#[test]
fn a_missing_configuration_file_is_named() {
    let output = Command::new(binary()).args(["--config", "/nowhere/proxy.toml", "serve"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output_text(&output).contains("/nowhere/proxy.toml"), "{}", output_text(&output));
}
