//! References in documents and comments lead somewhere: files, headings, configuration keys, commands, flags and names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use qsproxy::cli::Cli;
use qsproxy::fields::pii::PiiKind;
use regex::Regex;
use strum::VariantArray as _;

use crate::{files, root};

/// Files that a command creates and the repository does not contain.
const GENERATED: [&str; 3] = ["fuzz/corpus", "fuzz/corpus/keyword", "fuzz/artifacts"];

/// Names of other programs' settings and formats, which our sources do not contain.
const FOREIGN: [&str; 2] = ["max_connections", "sub_filter"];

/// A text in which references are looked for.
struct Source {
    /// Its path from the root.
    name: String,
    text: String,
    /// Whether the whole text is Markdown; otherwise it is the comments of a Rust file.
    is_markdown: bool,
}

impl Source {
    /// Inline code, and for Markdown the lines of code blocks.
    fn code(&self) -> Vec<String> {
        let span = Regex::new(r"`([^`\n]+)`").unwrap();
        let mut code = Vec::new();
        let mut in_block = false;
        for line in self.text.lines() {
            if self.is_markdown && line.trim_start().starts_with("```") {
                in_block = !in_block;
            } else if in_block {
                code.push(line.trim().to_owned());
            } else {
                code.extend(span.captures_iter(line).map(|found| found[1].to_owned()));
            }
        }
        code
    }
}

/// Every Markdown file of the repository but dependencies' and build output.
fn documents() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !matches!(name, "target" | "node_modules" | ".git") {
                walk(&path, found);
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
    let read = |path: &PathBuf| Source { name: name(path), text: fs::read_to_string(path).unwrap(), is_markdown: true };
    paths.iter().map(read).collect()
}

/// The comments of the program and its tests.
fn comments() -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in ["src", "tests"] {
        for (file, text) in files(folder) {
            let comment = |line: &str| {
                line.trim_start().strip_prefix("//").map(|text| text.trim_start_matches(['/', '!']).to_owned())
            };
            let text = text.lines().filter_map(comment).collect::<Vec<_>>().join("\n");
            sources.push(Source { name: format!("{folder}/{file}"), text, is_markdown: false });
        }
    }
    sources
}

/// Anchors of a Markdown file's headings, as GitHub makes them.
fn anchors(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let heading = Regex::new(r"(?m)^#{1,6} (.+)$").unwrap();
    let slug = |title: &str| -> String {
        let kept = title
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .collect::<String>();
        kept.replace(' ', "-")
    };
    heading.captures_iter(&text).map(|found| slug(found[1].trim())).collect()
}

/// The reference, if no file or heading of this name exists. Paths are relative to `base`.
fn broken(base: &Path, reference: &str) -> Option<String> {
    let (path, anchor) = reference.split_once('#').unwrap_or((reference, ""));
    let file = base.join(path);
    let exists = GENERATED.contains(&path) || file.exists();
    let leads = exists && (anchor.is_empty() || anchors(&file).contains(anchor));
    (!leads).then(|| reference.to_owned())
}

/// References to files and headings that do not exist.
fn broken_paths(source: &Source) -> Vec<String> {
    let (own, root) = (root().join(&source.name), root());
    let folder = own.parent().unwrap();
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let path = Regex::new(
        r#"(?:^|[\s`("'\[])((?:docs|src|tests|scripts|benches|fuzz|examples)/[A-Za-z0-9_./-]*[A-Za-z0-9_](?:#[a-z0-9-]+)?)"#,
    )
    .unwrap();
    let document = Regex::new(r"(?:^|[\s`(])([A-Z]+\.md(?:#[a-z0-9-]+)?)").unwrap();
    let links = link.captures_iter(&source.text).filter(|_| source.is_markdown).filter_map(|found| {
        let target = found[1].to_owned();
        let is_local = !target.contains("://") && !target.starts_with('<');
        let whole = if target.starts_with('#') { format!("{}{target}", own.file_name()?.to_str()?) } else { target };
        if is_local { broken(folder, &whole) } else { None }
    });
    let paths = path.captures_iter(&source.text).filter_map(|found| broken(&root, &found[1]));
    let documents = document.captures_iter(&source.text).filter_map(|found| broken(&root, &found[1]));
    links.chain(paths).chain(documents).collect()
}

/// The keys of each table that the shipped configuration contains, commented out or not; "" is the top level.
fn keys() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("proxy.toml")).unwrap();
    let table = Regex::new(r"^(?:# )?\[\[?([a-z_.]+)\]\]?$").unwrap();
    let key = Regex::new(r"^(?:# )?([a-z_]+) = ").unwrap();
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(found) = table.captures(line) {
            section = found[1].to_owned();
        } else if let Some(found) = key.captures(line) {
            keys.entry(section.clone()).or_default().insert(found[1].to_owned());
        }
    }
    keys
}

/// References such as `[limits] connections` to tables or keys that do not exist.
fn broken_keys(source: &Source) -> Vec<String> {
    let known = keys();
    let reference = Regex::new(r"^\[\[?([a-z_.]+)\]\]?(?: ([a-z_]+)(?: = .*)?)?$").unwrap();
    let is_placeholder = |code: &str| PiiKind::VARIANTS.iter().any(|kind| kind.placeholder() == code);
    let is_broken = |code: &String| {
        !is_placeholder(code)
            && reference.captures(code).is_some_and(|found| {
                let keys = known.get(&found[1]);
                keys.is_none_or(|keys| found.get(2).is_some_and(|key| !keys.contains(key.as_str())))
            })
    };
    source.code().into_iter().filter(is_broken).collect()
}

/// Commands such as `qsproxy report --from D` that the command line does not have.
fn broken_commands(source: &Source) -> Vec<String> {
    let call = Regex::new(r"(?:^|[\s(])qsproxy((?: [^\s`|;&)]+)+)").unwrap();
    let mut broken = Vec::new();
    for code in source.code() {
        for found in call.captures_iter(&code) {
            if !is_command(found[1].split_whitespace()) {
                broken.push(code.clone());
            }
        }
    }
    broken
}

fn is_command<'w>(words: impl Iterator<Item = &'w str>) -> bool {
    let cli = Cli::command();
    let mut command = &cli;
    let mut is_value = false;
    for word in words.take_while(|word| *word != "#") {
        if std::mem::take(&mut is_value) {
            continue;
        }
        let flag = word.strip_prefix("--");
        let found = flag.map(|flag| {
            let arguments = command.get_arguments().chain(cli.get_arguments());
            let flag = flag.split('=').next().unwrap();
            arguments
                .into_iter()
                .find(|argument| argument.get_long() == Some(flag))
                .map(|argument| argument.get_action().takes_values())
        });
        match found {
            Some(Some(takes_value)) => is_value = takes_value && !word.contains('='),
            Some(None) if !matches!(flag, Some("help" | "version")) => return false,
            Some(None) => {}
            None => match command.find_subcommand(word) {
                Some(below) => command = below,
                None if command.has_subcommands() && word.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                    return false;
                }
                None => {}
            },
        }
    }
    true
}

/// Names such as `click_ttl` that no source, script or configuration contains.
fn broken_names(source: &Source, known: &BTreeSet<String>) -> Vec<String> {
    let name = Regex::new(r"^([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?: ?=.*)?$").unwrap();
    let mut broken = Vec::new();
    for code in source.code() {
        let Some(found) = name.captures(&code) else { continue };
        let bare = found[1].trim_start_matches("qsproxy_").trim_end_matches("_total");
        if !known.contains(bare) && !known.contains(&found[1]) && !FOREIGN.contains(&&found[1]) {
            broken.push(found[1].to_owned());
        }
    }
    broken
}

/// Every lower-case word of the program, its scripts and its configuration, comments aside; variants as serde spells them.
fn names() -> BTreeSet<String> {
    let word = Regex::new(r"[A-Za-z][A-Za-z0-9_]*").unwrap();
    let hump = Regex::new(r"([a-z0-9])([A-Z])").unwrap();
    let code = |(file, text): (String, String)| crate::code(&file, &text);
    let scripts = fs::read_dir(root().join("scripts")).unwrap();
    let scripts = scripts.filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok());
    let shipped = fs::read_to_string(root().join("proxy.toml")).unwrap();
    let mut names = BTreeSet::new();
    for text in files("src").into_iter().map(code).chain(scripts).chain([shipped]) {
        let words = word.find_iter(&text).map(|found| found.as_str());
        names.extend(words.map(|word| hump.replace_all(word, "${1}_${2}").to_lowercase()));
    }
    names
}

/// Fails with every broken reference of these sources.
fn assert_none(what: &str, sources: &[Source], broken: impl Fn(&Source) -> Vec<String>) {
    let found: Vec<String> = sources
        .iter()
        .flat_map(|source| broken(source).into_iter().map(|reference| format!("{}: {reference}", source.name)))
        .collect();
    assert!(found.is_empty(), "{} broken references to {what}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn documents_name_what_exists() {
    let (documents, names) = (documents(), names());
    assert_none("files or headings", &documents, broken_paths);
    assert_none("configuration keys", &documents, broken_keys);
    assert_none("commands", &documents, broken_commands);
    assert_none("names", &documents, |source| broken_names(source, &names));
}

#[test]
fn comments_name_what_exists() {
    let comments = comments();
    assert_none("files or headings", &comments, broken_paths);
    assert_none("configuration keys", &comments, broken_keys);
    assert_none("commands", &comments, broken_commands);
}

/// The requirements are sections of `docs/http-api.md` and `docs/privacy-requirements.md`, whose headings can be resolved.
/// Documents outside the repository cannot.
#[test]
fn comments_cite_only_documents_of_this_repository() {
    let outside = Regex::new(r"\b(?:CONTRACT|PRIVACY)\b(?:\.md)?(?: sections?\b)?").unwrap();
    assert_none("outside documents", &comments(), |source| {
        outside.find_iter(&source.text).map(|found| found.as_str().to_owned()).collect()
    });
}

#[test]
fn every_configuration_key_is_documented() {
    let text = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let (heading, row) = (Regex::new(r"^## (.+)$").unwrap(), Regex::new(r"^\| ((?:`[a-z_]+`(?:, )?)+) \|").unwrap());
    let key = Regex::new(r"`([a-z_]+)`").unwrap();
    let mut documented: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(found) = heading.captures(line) {
            section = found[1].trim_matches(['`', '[', ']']).replace("Top level", "");
        } else if let Some(found) = row.captures(line) {
            let keys = key.captures_iter(&found[1]).map(|found| found[1].to_owned());
            documented.entry(section.clone()).or_default().extend(keys);
        }
    }
    assert_eq!(documented, keys());
}

#[test]
fn broken_references_are_found() {
    let document = |text: &str| Source { name: "docs/page.md".to_owned(), text: text.to_owned(), is_markdown: true };
    let paths = "[a](http-api.md) [b](http-api.md#no-such) [c](gone.md) `src/lib.rs` `src/gone.rs` GONE.md";
    assert_eq!(broken_paths(&document(paths)), ["http-api.md#no-such", "gone.md", "src/gone.rs", "GONE.md"]);
    let keys = "`[limits] connections`, `[limits] conections`, `[limit]`, `[[partner]] name = \"x\"`";
    assert_eq!(broken_keys(&document(keys)), ["[limits] conections", "[limit]"]);
    let commands =
        "`qsproxy report clicks --from D`, `qsproxy report --form D`, `qsproxy reprot`, `qsproxy --config F check`";
    assert_eq!(broken_commands(&document(commands)), ["qsproxy report --form D", "qsproxy reprot"]);
    assert_eq!(broken_names(&document("`click_ttl`, `click_tll`"), &names()), ["click_tll"]);
}
