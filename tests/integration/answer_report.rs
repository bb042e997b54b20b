//! `qsproxy explain --answer` and `qsproxy preset --try`: what they show of an answer is what a search does with it.

use std::process::Output;

use qsproxy_test_support::chunked_page::{ChunkedPage, html_partner};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::{Workdir, binary};

/// Bodies, each with the outcome of the search and a part of the report on it.
const BODIES: [(&str, &str, &str); 21] = [
    (r#"{"results":[{"title":"A","url":"https://a.example/1"}]}"#, "answered", "none of them sponsored"),
    (r#"{"results":[{"title":"A","url":"//a.example/","ad":true}]}"#, "with_ads", "sponsored A"),
    (r#"{"results":[]}"#, "empty", "List /results: 0 entries"),
    (r#"{"results":[null,{"title":"A","url":"/a"}]}"#, "answered", "entry 1 of /results: unreadable"),
    (r#"{"results":[{"title":"A"},{"title":"B","url":"b.example/"}]}"#, "answered", "entry 1 of /results: no_url"),
    (r#"{"results":[{"url":"b.example/"},{"url":"data:x"}]}"#, "answered", "entry 2 of /results: invalid_url"),
    (r#"{"results":{"x":{"title":"A","url":"https://a.example/"}}}"#, "answered", "List /results: 1 entry"),
    ("{\"results\":[{\"title\":\"A\",\"url\":\"a.example/\"}\n]}\n", "answered", "https://a.example/"),
    (
        r#"{"results":[{"title":"A","link":"https://a.example/1"}]}"#,
        "shape",
        "url       /url         found in 0 of 1: compare",
    ),
    (r#"{"results":[{"title":"A","url":"javascript:alert(1)"}]}"#, "shape", "compare url = \"/url\""),
    (r#"{"results":[{"name":"A","url":"a.example/1"},{"url":"a.example/2"}]}"#, "shape", "compare title = \"/title\""),
    (r#"{"results":[{"url":"a.example/1","snippet":"S"},{"url":"a.example/2"}]}"#, "answered", "a.example/2"),
    (r#"{"results":[{"url":"a.example/1","id":7,"tags":[],"name":""}]}"#, "answered", "found in 0 of 1"),
    (r#"{"results":[{"title":null,"url":"a.example/1","id":"7"}]}"#, "answered", "found in 1 of 1"),
    (r#"{"hits":[]}"#, "shape", "it lacks list = \"/results\"; if the partner omits it"),
    (r#"{"results":[{"title":"cut"#, "shape", "ends before the JSON does"),
    ("", "shape", "it is empty"),
    ("{\"results\":\n[}", "shape", "not JSON, from line 2, column 2"),
    ("<!doctype html><title>Sorry</title>", "shape", "it is a page or XML, not JSON"),
    (r#"{"results":[],"error":"quota exceeded"}"#, "reported", "failure_if = \"/error\", \"/unresponsive\" is set"),
    (r#"{"results":[],"unresponsive":[["google","CAPTCHA"]],"error":null}"#, "reported", "no results"),
];

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn config(partner: &MockPartner) -> ConfigBuilder {
    ConfigBuilder::new(partner).with("partner first", "links", "\"direct\"").with(
        "partner first",
        "failure_if",
        r#"["/error", "/unresponsive"]"#,
    )
}

/// Runs `explain --answer` on this body.
fn report(workdir: &Workdir, body: &[u8], arguments: &[&str]) -> (Option<i32>, String) {
    workdir.write("answer", body);
    let output = workdir.run(&[&["explain", "--answer", "answer"], arguments].concat());
    (output.status.code(), text(&output))
}

/// Asserts that a report names the outcome that a search with the same answer had.
#[track_caller]
fn assert_says((status, report): &(Option<i32>, String), outcome: &str, body: &str) {
    let is_failure = matches!(outcome, "shape" | "reported" | "wall");
    let line = if is_failure {
        format!("\nThe partner fails with reason {outcome}: ")
    } else {
        format!("\nThe search is counted as {outcome}: ")
    };
    assert!(report.contains(&line), "{body}: {report}");
    assert_eq!(*status, Some(i32::from(is_failure)), "{body}: {report}");
}

/// The number of failures with this reason.
fn failures(proxy: &Proxy, reason: &str) -> i64 {
    proxy.metric(&format!("qsproxy_partner_failures_total{{partner=\"first\",reason=\"{reason}\"}}"))
}

#[test]
fn the_report_says_what_a_search_does() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&config(&partner).text());
    let proxy = workdir.start();
    for (body, outcome, part) in BODIES {
        partner.respond_with(MockResponse::Json(body.to_owned()));
        let before = ["shape", "reported"].map(|reason| failures(&proxy, reason));
        let response = proxy.get("/search?q=x", &["Accept: application/json"]);
        let report = report(&workdir, body.as_bytes(), &[]);
        assert_says(&report, outcome, body);
        assert!(report.1.contains(part), "{body}: no {part} in {}", report.1);
        let after = ["shape", "reported"].map(|reason| failures(&proxy, reason));
        let failed = [after[0] - before[0], after[1] - before[1]];
        match outcome {
            "shape" => assert_eq!((response.status, failed), (502, [1, 0]), "{body}"),
            "reported" => assert_eq!((response.status, failed), (502, [0, 1]), "{body}"),
            _ => {
                assert_eq!((response.status, failed), (200, [0, 0]), "{body}");
                let results = response.json()["results"].clone();
                let results = results.as_array().unwrap();
                assert!(report.1.contains(&format!("\nResults: {}\n", results.len())), "{body}: {}", report.1);
                for result in results {
                    for key in ["title", "url", "display_url", "kind"] {
                        assert!(report.1.contains(result[key].as_str().unwrap()), "{body}: {key} in {}", report.1);
                    }
                }
            }
        }
    }
    let outcomes = ["answered", "with_ads", "empty", "failed"];
    let expected = [9, 1, 1, 10];
    wait_for("every search to be counted", || {
        (outcomes.map(|outcome| proxy.searches_with_outcome(outcome)) == expected).then_some(())
    });
}

#[test]
fn pages_are_reported_with_their_verdict() {
    let partner = MockPartner::json("{}");
    let workdir = Workdir::new(&html_partner(ConfigBuilder::new(&partner), "first", &partner).text());
    let proxy = workdir.start();
    let result = "<h2><a href=\"https://a.example/1\">A &amp; B</a></h2><a href=\"https://b.example/\">C</a>";
    for (body, outcome, parts) in [
        (result, "answered", ["Verdict: results", "A & B"]),
        (
            "<form action=\"/search\"><input name=q></form><p>No results found for x.",
            "empty",
            ["no results", "Results: 0"],
        ),
        (
            "<form id=\"captcha-form\"></form><p>Our systems have detected unusual traffic",
            "wall",
            ["a wall", "Results: 0"],
        ),
        ("<p>Welcome", "shape", ["Verdict: unknown", "no_results"]),
        ("", "shape", ["Verdict: unknown", "0 bytes"]),
    ] {
        partner.respond_with(ChunkedPage::with_body(body).into_response());
        let status = proxy.get("/search?q=x", &["Accept: application/json"]).status;
        let report = report(&workdir, body.as_bytes(), &["--partner", "first"]);
        assert_says(&report, outcome, body);
        assert_eq!(status, if matches!(outcome, "wall" | "shape") { 502 } else { 200 }, "{body}");
        for part in parts {
            assert!(report.1.contains(part), "{body}: no {part} in {}", report.1);
        }
    }
}

#[test]
fn pages_in_xhtml_are_told_by_their_file_name() {
    let partner = MockPartner::json("{}");
    let workdir = Workdir::new(&html_partner(ConfigBuilder::new(&partner), "first", &partner).text());
    let page = r#"<html><head><title/></head><body><h2><a href="https://a.example/">A</a></h2></body></html>"#;
    for (name, status) in [("page.html", 1), ("page.xhtml", 0)] {
        workdir.write(name, page.as_bytes());
        let output = workdir.run(&["explain", "--answer", name]);
        assert_eq!(output.status.code(), Some(status), "{name}: {}", text(&output));
    }
}

#[test]
fn marks_of_a_failure_lead_into_documents() {
    let partner = MockPartner::json("{}");
    let config = config(&partner)
        .with("partner first", "document", r#"{ at = "/rawData", format = "xml" }"#)
        .with("partner first", "failure_if", r#"["/r/error", "/r/status/@code"]"#)
        .with("partner first", "results", r#"{ list = "/r/doc", title = "/t", url = "/u", without_list = "empty" }"#);
    let workdir = Workdir::new(&config.text());
    for (document, outcome) in [
        ("<r><error code='55'>limit</error></r>", "reported"),
        ("<r><status code='7'/></r>", "reported"),
        ("<r><status code='0'/><error/></r>", "empty"),
        ("<r><error>timeout</error><doc><t>A</t><u>a.example/</u></doc></r>", "answered"),
    ] {
        let body = serde_json::json!({ "rawData": document, "error": "outside" }).to_string();
        assert_says(&report(&workdir, body.as_bytes(), &[]), outcome, document);
    }
}

#[test]
fn highlights_limits_and_long_answers_are_shown() {
    let partner = MockPartner::json("{}");
    let many: String = (0..40).map(|_| "null,").collect();
    let body = format!(
        "{{\"results\":[{many}{{\"title\":\"<b>blue</b> *\",\"url\":\"a.example/\",\"snippet\":\"s\"}},{{}}]}}"
    );
    let limited = config(&partner).with("partner first", "max_results", "1").with("partner first", "text", "\"html\"");
    let (status, report) = report(&Workdir::new(&limited.text()), body.as_bytes(), &[]);
    assert_eq!(status, Some(0));
    for part in [
        "**blue** *",
        "Left out: 41",
        "20 more of /results",
        "the last 1: over_limit, max_results = 1",
        "snippet   /snippet     found in 1 of 41",
    ] {
        assert!(report.contains(part), "no {part} in {report}");
    }
    let short = config(&partner).with("limits", "partner_decompressed_bytes", "1024");
    let long = format!("{}{}", sample_results(), " ".repeat(1_024));
    let (status, report) = self::report(&Workdir::new(&short.text()), long.as_bytes(), &[]);
    assert!(status == Some(1) && report.contains("reason too_long"), "{report}");
}

#[test]
fn usage_errors_exit_with_2() {
    let partner = MockPartner::json("{}");
    let workdir = Workdir::new(&config(&partner).partner("second", "http://127.0.0.1:1/").text());
    workdir.write("answer", sample_results().as_bytes());
    for (arguments, part) in [
        (&["explain", "--answer", "answer"][..], "--partner NAME: first, second"),
        (&["explain", "--answer", "answer", "--partner", "frist"], "did you mean \"first\"?"),
        (&["explain", "--answer", "answer", "--partner", "zzzzzzzzzz"], "there are: first, second"),
        (&["explain", "--answer", "missing", "--partner", "first"], "the answer missing cannot be read"),
        (&["explain", "--answer", ".", "--partner", "first"], "cannot be read"),
        (&["explain", "--partner", "first"], "--answer"),
        (&["explain", "--answer", "answer", "http://127.0.0.1:8080/search?q=x"], "cannot be used with"),
        (&["explain"], "<URL>"),
        (&["preset", "--try", "answer"], "<NAME>"),
        (&["preset", "searxgn", "--try", "answer"], "did you mean \"searxng\"?"),
        (&["preset", "searxng", "--try", "missing"], "cannot be read"),
    ] {
        let output = workdir.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(part), "{arguments:?}: {}", text(&output));
    }
    assert!(workdir.run(&["explain", "--answer", "answer", "--partner", "second"]).status.success());
    assert!(!workdir.path("data").exists(), "nothing is written");
    assert!(partner.requests().is_empty(), "nothing is sent");
}

/// Every preset reads answers without its secret files, and none of them takes a page for an empty answer.
#[test]
fn every_preset_reads_answers_without_secrets() {
    let workdir = Workdir::new("");
    workdir.write("page", b"<!doctype html><p>Sorry");
    let run = |arguments: &[&str]| {
        std::process::Command::new(binary()).current_dir(workdir.path("")).args(arguments).output().unwrap()
    };
    let presets = String::from_utf8(run(&["preset"]).stdout).unwrap();
    assert!(presets.lines().count() > 15);
    for preset in presets.lines() {
        let output = run(&["preset", preset, "--try", "page"]);
        assert_eq!(output.status.code(), Some(1), "{preset}: {}", text(&output));
        assert!(text(&output).contains("fails with reason shape"), "{preset}: {}", text(&output));
    }
    let golden = include_str!("../golden/presets/searxng.txt");
    let answer = golden.split("\n== answer\n").nth(1).unwrap().split("\n== ").next().unwrap();
    let refused = r#"{"query":"x","number_of_results":0,"results":[],"unresponsive_engines":[["google","CAPTCHA"]]}"#;
    for (body, outcome) in
        [(answer, "answered"), (refused, "reported"), (&refused.replace("[[\"google\",\"CAPTCHA\"]]", "[]"), "empty")]
    {
        workdir.write("answer", body.as_bytes());
        let output = run(&["preset", "searxng", "--try", "answer"]);
        assert_says(&(output.status.code(), text(&output)), outcome, body);
    }
}
