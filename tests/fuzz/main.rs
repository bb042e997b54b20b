//! The properties that fuzzing checks (`fuzz/README.md`), one file each, and a test of each over the inputs that are kept of it:
//! one on each line of its file in `fuzz/kept`, in the escapes that `scripts/fuzz` writes.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "a test may fail loudly"
)]

#[path = "../html/checker.rs"]
mod checker;
mod click_token;
mod config;
#[path = "../html/dom.rs"]
mod dom;
mod form;
mod html;
mod image_token;
mod input;
mod json;
mod json_reference;
mod keyword;
mod opensearch;
mod request;
mod seal;
mod stamp;
mod statement;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// A name, and the function that checks one input.
type Target = (&'static str, fn(&[u8]));

/// The targets by name.
const TARGETS: [Target; 11] = [
    ("click_token", click_token::check),
    ("config", config::check),
    ("form", form::check),
    ("html", html::check),
    ("image_token", image_token::check),
    ("json", json::check),
    ("keyword", keyword::check),
    ("opensearch", opensearch::check),
    ("request", request::check),
    ("stamp", stamp::check),
    ("statement", statement::check),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

/// The names of the files in a folder, without their endings.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = |entry: fs::DirEntry| entry.path().file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

#[test]
fn every_target_has_a_property_and_kept_inputs() {
    let targets = TARGETS.map(|(name, _)| name);
    assert_eq!(names(&folder("fuzz_targets")), targets);
    assert_eq!(names(&folder("kept")), targets);
}

/// The bytes of an input in which `\n`, `\r`, `\t`, `\` and `\xHH` are escapes.
fn unescaped(line: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), line.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, taken) = match (byte, after.first()) {
            (b'\\', Some(b'n')) => (b'\n', 1),
            (b'\\', Some(b'r')) => (b'\r', 1),
            (b'\\', Some(b't')) => (b'\t', 1),
            (b'\\', Some(b'\\')) => (b'\\', 1),
            (b'\\', Some(b'x')) => (u8::from_str_radix(std::str::from_utf8(&after[1..3]).unwrap(), 16).unwrap(), 3),
            (b'\\', _) => panic!("unknown escape in {line:?}"),
            _ => (byte, 0),
        };
        bytes.push(byte);
        rest = &after[taken..];
    }
    bytes
}

/// Checks every kept input of a target, and reports each that fails.
fn check_kept(target: &str) {
    let (_, check) = TARGETS.into_iter().find(|(name, _)| *name == target).unwrap();
    let kept = fs::read_to_string(folder("kept").join(target).with_extension("txt")).unwrap();
    let inputs: Vec<&str> = kept.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(inputs.len() > 5, "{target} has {} kept inputs", inputs.len());
    let fails = |input: &&str| catch_unwind(AssertUnwindSafe(|| check(&unescaped(input)))).is_err();
    let failed: Vec<&str> = inputs.into_iter().filter(fails).collect();
    assert!(failed.is_empty(), "{} inputs fail:\n{}", failed.len(), failed.join("\n"));
}

macro_rules! kept_inputs {
    ($($target:ident)*) => {
        mod kept {
            $(#[test] fn $target() { super::check_kept(stringify!($target)); })*
        }
    };
}

kept_inputs! { click_token config form html image_token json keyword opensearch request stamp statement }
