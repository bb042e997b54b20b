//! Runs the examples of `README.md` and `docs/*.md`, so that no page shows a command or a configuration that fails.
//!
//! The info string of a code block decides:
//!
//! - `sh`: run by `sh -e`; must exit 0, or the status in `sh exit=1`.
//! - `sh background`: started, and stopped after the last block of its page; ready once it emits `event=started`.
//! - `sh no-run`: not run, because it needs cargo, root, minutes or a foreign server.
//! - `output`: the standard output of the `sh` block before it, where `…` stands for any text.
//! - `toml`: a complete configuration, accepted by `qsproxy check`.
//! - `toml fragment`: accepted once its keys are merged into the shipped `proxy.toml` ([`config::merge`]).
//!
//! The blocks of a page run in their order, in a temporary folder that contains the shipped `proxy.toml` and has `qsproxy`
//! on its path. Ports of the shipped configuration are replaced by free ones.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test may fail loudly, and this one prints what it ran"
)]

#[path = "docs/config.rs"]
mod config;
#[path = "docs/markdown.rs"]
mod markdown;
#[path = "docs/page.rs"]
mod page;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use page::{Page, Ran};

/// The most blocks that may be marked `no-run`; raise it only for a block that no test can run.
const MOST_NOT_RUN: usize = 12;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `README.md` and the pages of `docs/`, by their path from the root.
fn documents() -> BTreeMap<String, String> {
    let pages = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let relative = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    pages.chain([root().join("README.md")]).map(|path| (relative(&path), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn every_example_works() {
    let failures = Mutex::new(Vec::new());
    let counts = Mutex::new(BTreeMap::<Ran, usize>::new());
    let documents = documents();
    std::thread::scope(|scope| {
        for (name, text) in &documents {
            let (failures, counts) = (&failures, &counts);
            scope.spawn(move || {
                let (ran, failed) = Page::new(name, text).run();
                failures.lock().unwrap().extend(failed);
                for ran in ran {
                    *counts.lock().unwrap().entry(ran).or_default() += 1;
                }
            });
        }
    });
    let (failures, counts) = (failures.into_inner().unwrap(), counts.into_inner().unwrap());
    let count = |ran| counts.get(&ran).copied().unwrap_or(0);
    println!(
        "{} commands run, {} not run, {} outputs compared, {} configurations checked",
        count(Ran::Command),
        count(Ran::NotRun),
        count(Ran::Output),
        count(Ran::Configuration)
    );
    assert!(failures.is_empty(), "{} examples fail:\n{}", failures.len(), failures.join("\n"));
    assert!(count(Ran::Command) > 0 && count(Ran::Configuration) > 0, "no example was found");
    assert!(count(Ran::NotRun) <= MOST_NOT_RUN, "{} blocks are not run; make them runnable", count(Ran::NotRun));
}

#[test]
fn a_broken_example_fails() {
    for (text, wanted) in [
        ("```sh\nqsproxy report clicks --form 2026-01-01\n```\n", "exited 2 instead of 0"),
        ("```sh exit=1\nqsproxy check\n```\n", "exited 0 instead of 1"),
        ("```sh\nfalse\ntrue\n```\n", "exited 1 instead of 0"),
        ("```sh\necho one\n```\n\n```output\ntwo\n```\n", "does not match"),
        ("```output\nnothing ran\n```\n", "there is no `sh` block before it"),
        ("```toml\nlanguages = [\"en\"]\n```\n", "exited 1 instead of 0"),
        ("```toml fragment\n[limits]\nbody_byte = 3\n```\n", "body_byte"),
        ("```sh backgroud\nqsproxy demo\n```\n", "unknown info string"),
        ("```sh background\nqsproxy demon\n```\n", "did not start"),
    ] {
        let (_, failures) = Page::new("page.md", text).run();
        assert_eq!(failures.len(), 1, "{text}: {failures:?}");
        assert!(failures[0].contains(wanted), "{text}: {}", failures[0]);
    }
}
