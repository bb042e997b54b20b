//! Which module may import which, how long a file is, and that each file has a module comment.

use std::fs;

use regex::Regex;

use crate::{code, files, module, root};

/// Modules of the crate, top to bottom: a module imports only from those below it.
const MODULES: [&str; 47] = [
    "main",
    "cli",
    "doctor",
    "app",
    "config",
    "server",
    "admin",
    "ui",
    "search",
    "click",
    "visit",
    "image",
    "state",
    "privacy",
    "report",
    "billing",
    "budget",
    "forward",
    "partner",
    "answer",
    "image_proxy",
    "http_client",
    "dedup",
    "storage",
    "counts",
    "tokens",
    "fields",
    "demo",
    "presets",
    "clients",
    "metrics",
    "events",
    "problem",
    "chart",
    "atomic_file",
    "password_file",
    "result_kind",
    "concurrency_limit",
    "content_coding",
    "work",
    "wiped_stream",
    "money",
    "name",
    "padme",
    "process",
    "mutants",
    "random",
];

/// Below all modules.
const LOWEST: &str = "time";

/// The longest file of the program and of its tests, in lines. A longer file is about two things: split it.
const LONGEST: [(&str, usize); 2] = [("src", 400), ("tests", 600)];

/// The place of a module in the order, from the top.
fn position(module: &str) -> Option<usize> {
    MODULES.iter().chain([&LOWEST]).position(|known| *known == module)
}

#[test]
fn modules_import_only_from_below() {
    let import = Regex::new(r"\b(?:crate|qsproxy)::(?:\{([^}]*)\}|([a-z_]+))").unwrap();
    for (file, text) in files("src") {
        let importing = module(&file);
        if importing == "lib" {
            continue;
        }
        let here = position(importing).unwrap_or_else(|| panic!("{file} is in no module of the list: add it"));
        for found in import.captures_iter(&code(&file, &text)) {
            let names = found.get(1).or(found.get(2)).unwrap().as_str();
            let imported = names.split(',').map(|name| name.trim().split("::").next().unwrap());
            for imported in imported.filter(|name| !name.is_empty()) {
                let there =
                    position(imported).unwrap_or_else(|| panic!("{file} imports {imported}, which is not in the list"));
                assert!(there >= here, "{file} imports {imported}, a module above it");
            }
        }
    }
}

#[test]
fn lib_lists_the_modules_in_order() {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let listed: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let modules: Vec<&str> = MODULES.iter().skip(1).chain([&LOWEST]).copied().collect();
    assert_eq!(listed, modules);
}

#[test]
fn files_are_short_and_have_a_module_comment() {
    for (folder, longest) in LONGEST {
        for (file, text) in files(folder) {
            let lines = text.lines().count();
            assert!(lines <= longest, "{folder}/{file} has {lines} lines; split it at {longest}");
            assert!(text.starts_with("//!"), "{folder}/{file} has no module comment");
        }
    }
}
