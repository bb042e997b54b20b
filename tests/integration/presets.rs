//! `qsproxy preset`: each block is valid as printed, and sends the request that the engine documents
//! (`tests/golden/presets.tsv`, written by hand).

use std::fmt::Write as _;
use std::process::Output;
use std::sync::Arc;

use qsproxy_test_support::workdir::{Workdir, binary};

/// Columns: engine, tag of the code, `target` or `body`, and the expected target or body of the request for [`SEARCH`].
const EXPECTED: &str = include_str!("../golden/presets.tsv");
const SEARCH: &str = "http://127.0.0.1:8080/search?q=red+shoes+%26+more&lang=de";
/// Secret files that some blocks refer to.
const SECRETS: [&str; 9] =
    ["brave", "mojeek", "kagi", "webiq", "staan", "marginalia", "exa", "google-api", "yandex-api"];
/// The content of the secret files, which `explain` does not print.
const SECRET: &str = "geheim-4711";

struct Expected {
    engine: &'static str,
    tag: &'static str,
    /// `target` or `body`.
    part: &'static str,
    text: &'static str,
}

fn expected() -> Vec<Expected> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [engine, tag, part, text] = cells[..] else { panic!("four columns: {line}") };
        Expected { engine, tag, part, text }
    };
    EXPECTED.lines().skip(1).map(row).collect()
}

fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn preset(arguments: &[&str]) -> Output {
    std::process::Command::new(binary()).arg("preset").args(arguments).output().unwrap()
}

#[track_caller]
fn block(engine: &str) -> String {
    let output = preset(&[engine]);
    assert_eq!(output.status.code(), Some(0), "{engine}: {}", output_text(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// A minimal configuration with these presets, all of them partners of one code.
fn workdir(engines: &[(&str, &str)]) -> Arc<Workdir> {
    let names: Vec<&str> = engines.iter().map(|(engine, _)| *engine).collect();
    let tags: Vec<String> = engines.iter().map(|(engine, tag)| format!("{engine} = {tag:?}")).collect();
    let mut config = String::from("languages = [\"en\", \"de\", \"fr\", \"es\", \"pt-BR\", \"zh-Hans\", \"ja\"]\n");
    writeln!(config, "[[code]]\nname = \"toolbar-main\"\npartners = {names:?}\ntags = {{ {} }}", tags.join(", "))
        .unwrap();
    for engine in names {
        config.push_str(&block(engine));
    }
    let workdir = Workdir::new(&config);
    for name in SECRETS {
        workdir.write(&format!("secrets/{name}"), SECRET.as_bytes());
    }
    workdir
}

#[test]
fn each_block_is_valid_and_sends_the_documented_request() {
    for Expected { engine, tag, part, text } in expected() {
        let workdir = workdir(&[(engine, tag)]);
        let check = workdir.run(&["check"]);
        assert_eq!(check.status.code(), Some(0), "{engine}: {}", output_text(&check));
        let explain = workdir.run(&["explain", SEARCH]);
        let shown = output_text(&explain);
        assert_eq!(explain.status.code(), Some(0), "{engine}: {shown}");
        assert!(!shown.contains(SECRET), "{engine}: {shown}");
        let line = match part {
            "target" => format!("GET {text} HTTP/1.1"),
            "body" => text.to_owned(),
            other => panic!("{engine}: {other}"),
        };
        assert!(shown.lines().any(|shown| shown.trim() == line), "{engine}: no {line} in\n{shown}");
    }
}

#[test]
fn all_presets_are_listed_and_can_be_combined() {
    let listed = preset(&[]);
    assert_eq!(listed.status.code(), Some(0), "{}", output_text(&listed));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let mut expected_names: Vec<&str> = expected().iter().map(|row| row.engine).collect();
    expected_names.sort_unstable();
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected_names);
    let all: Vec<_> = expected().iter().map(|row| (row.engine, row.tag)).collect();
    let check = workdir(&all).run(&["check"]);
    assert_eq!(check.status.code(), Some(0), "{}", output_text(&check));
}

/// A block is one partner with the preset's name, and a comment that states what the operator must provide.
#[test]
fn each_block_states_its_requirements() {
    for Expected { engine, .. } in expected() {
        let block = block(engine);
        assert_eq!(block.lines().filter(|line| *line == "[[partner]]").count(), 1, "{engine}");
        assert!(block.contains(&format!("name = {engine:?}")) && block.ends_with('\n'), "{engine}");
        assert!(block.starts_with("# ") && block.contains("As of 20"), "{engine}: {block}");
    }
}

/// With a preset, nothing of a user's address, headers or cookies is sent, nor an ID.
#[test]
fn no_preset_sends_an_id_or_an_address() {
    for Expected { engine, tag, .. } in expected() {
        let identifying_headers = [
            "-H",
            "X-Forwarded-For: 192.0.2.77",
            "-H",
            "Cookie: a=KANARIENVOGEL",
            "-H",
            "Referer: http://x.example/KANARIENVOGEL",
        ];
        let url = format!("{SEARCH}&id=KANARIENVOGEL-Kd93mZ&extra=KANARIENVOGEL");
        let arguments: Vec<&str> = ["explain"].into_iter().chain(identifying_headers).chain([url.as_str()]).collect();
        let shown = output_text(&workdir(&[(engine, tag)]).run(&arguments));
        let (_, sent) = shown.split_once(&format!("To {engine} at ")).unwrap_or_else(|| panic!("{engine}: {shown}"));
        assert!(!sent.contains("KANARIENVOGEL") && !sent.contains("192.0.2.77"), "{engine}: {sent}");
    }
}

#[test]
fn an_unknown_name_is_a_usage_error_with_a_suggestion() {
    for (given, suggestion) in [("gogle", "google"), ("yahoo_hosted", "yahoo-hosted"), ("Bing", "bing")] {
        let output = preset(&[given]);
        let text = output_text(&output);
        assert_eq!(output.status.code(), Some(2), "{given}: {text}");
        assert!(output.stdout.is_empty() && text.contains(suggestion), "{given}: {text}");
    }
    let output = preset(&["zzzzzz"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output_text(&output).contains("qsproxy preset"), "does not say how to list them: {}", output_text(&output));
    assert_eq!(preset(&["google", "bing"]).status.code(), Some(2), "accepts one name only");
}
