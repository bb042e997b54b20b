//! `qsproxy preset`: each block is valid as it is printed, and asks its engine as the engine's documents say
//! (`tests/golden/presets.tsv`, worked out by hand).

use std::fmt::Write as _;
use std::process::Output;
use std::sync::Arc;

use qsproxy_test_support::workdir::{Workdir, binary};

/// Engine, tag of the code, `target` or `body`, and which that is for [`SEARCH`].
const EXPECTED: &str = include_str!("../golden/presets.tsv");
const SEARCH: &str = "http://127.0.0.1:8080/search?q=red+shoes+%26+more&lang=de";
/// Files that some blocks name.
const SECRETS: [&str; 3] = ["brave", "mojeek", "kagi"];
/// What stands in them; `explain` shows none of it.
const SECRET: &str = "geheim-4711";

struct Expected {
    engine: &'static str,
    tag: &'static str,
    what: &'static str,
    text: &'static str,
}

fn expected() -> Vec<Expected> {
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [engine, tag, what, text] = cells[..] else { panic!("four columns: {line}") };
        Expected { engine, tag, what, text }
    };
    EXPECTED.lines().skip(1).map(row).collect()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[track_caller]
fn preset(arguments: &[&str]) -> Output {
    std::process::Command::new(binary()).arg("preset").args(arguments).output().unwrap()
}

#[track_caller]
fn block(engine: &str) -> String {
    let output = preset(&[engine]);
    assert_eq!(output.status.code(), Some(0), "{engine}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The least that a file needs, and these blocks behind it, all asked for one code.
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
fn each_block_passes_and_asks_as_expected() {
    for Expected { engine, tag, what, text } in expected() {
        let workdir = workdir(&[(engine, tag)]);
        let check = workdir.run(&["check"]);
        assert_eq!(check.status.code(), Some(0), "{engine}: {}", said(&check));
        let explain = workdir.run(&["explain", SEARCH]);
        let shown = said(&explain);
        assert_eq!(explain.status.code(), Some(0), "{engine}: {shown}");
        assert!(!shown.contains(SECRET), "{engine}: {shown}");
        let line = match what {
            "target" => format!("GET {text} HTTP/1.1"),
            "body" => text.to_owned(),
            other => panic!("{engine}: {other}"),
        };
        assert!(shown.lines().any(|one| one.trim() == line), "{engine}: no {line} in\n{shown}");
    }
}

#[test]
fn every_preset_is_expected_and_all_stand_together() {
    let listed = preset(&[]);
    assert_eq!(listed.status.code(), Some(0), "{}", said(&listed));
    let listed = String::from_utf8(listed.stdout).unwrap();
    let mut wanted: Vec<&str> = expected().iter().map(|row| row.engine).collect();
    wanted.sort_unstable();
    assert_eq!(listed.lines().collect::<Vec<_>>(), wanted);
    let all: Vec<_> = expected().iter().map(|row| (row.engine, row.tag)).collect();
    let check = workdir(&all).run(&["check"]);
    assert_eq!(check.status.code(), Some(0), "{}", said(&check));
}

/// A block is a partner under its own name, with a comment that says what the operator must do.
#[test]
fn each_block_says_what_it_needs() {
    for Expected { engine, .. } in expected() {
        let block = block(engine);
        assert_eq!(block.lines().filter(|line| *line == "[[partner]]").count(), 1, "{engine}");
        assert!(block.contains(&format!("name = {engine:?}")) && block.ends_with('\n'), "{engine}");
        assert!(block.starts_with("# ") && block.contains("As of 20"), "{engine}: {block}");
    }
}

/// Nothing of the address, headers or cookies of a user goes out by a preset: the six fields alone, no ID among them.
#[test]
fn no_preset_sends_an_id_or_an_address() {
    for Expected { engine, tag, .. } in expected() {
        let marks = [
            "-H",
            "X-Forwarded-For: 192.0.2.77",
            "-H",
            "Cookie: a=KANARIENVOGEL",
            "-H",
            "Referer: http://x.example/KANARIENVOGEL",
        ];
        let url = format!("{SEARCH}&id=KANARIENVOGEL&extra=KANARIENVOGEL");
        let arguments: Vec<&str> = ["explain"].into_iter().chain(marks).chain([url.as_str()]).collect();
        let shown = said(&workdir(&[(engine, tag)]).run(&arguments));
        let (_, sent) = shown.split_once(&format!("To {engine} at ")).unwrap_or_else(|| panic!("{engine}: {shown}"));
        assert!(!sent.contains("KANARIENVOGEL") && !sent.contains("192.0.2.77"), "{engine}: {sent}");
    }
}

#[test]
fn an_unknown_name_is_a_usage_error_with_the_one_that_was_meant() {
    for (given, meant) in [("gogle", "google"), ("yahoo_hosted", "yahoo-hosted"), ("Bing", "bing")] {
        let output = preset(&[given]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{given}: {said}");
        assert!(output.stdout.is_empty() && said.contains(meant), "{given}: {said}");
    }
    let output = preset(&["zzzzzz"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("qsproxy preset"), "says how to list them: {}", said(&output));
    assert_eq!(preset(&["google", "bing"]).status.code(), Some(2), "one at a time");
}
