//! No sentence of the privacy statement is without its test. `privacy_clauses.tsv` has a line for each sentence of `/privacy` in
//! English: the clause, how the sentence begins, and the tests that show it to be true. These tests compare the list with the page
//! under configurations that together have every clause, and with the source of the tests it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use strum::VariantArray as _;

use qsproxy::privacy::clause::Clause;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::visit_stamp::{cookie_line, cookie_stamp};

const LIST: &str = include_str!("privacy_clauses.tsv");

/// The checks that the audit runs.
const AUDIT: &str = include_str!("../audit/checks.rs");

/// Elements without an end tag.
const VOID: [&str; 5] = ["img", "meta", "link", "input", "br"];

/// A line of the list.
struct Entry {
    clause: &'static str,
    start: &'static str,
    tests: Vec<&'static str>,
}

fn entries() -> Vec<Entry> {
    let entry = |line: &'static str| {
        let [clause, start, tests] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("three columns: {line}") };
        Entry { clause, start, tests: tests.split(' ').collect() }
    };
    LIST.lines().map(entry).collect()
}

/// The texts of the statement, each with its clause. Panics at a text that belongs to none. Headings, column heads, names from the
/// configuration and what changed are no sentences of it.
fn texts(page: &str) -> Vec<(String, String)> {
    let main = page.split_once("<main id=\"content\">").unwrap().1.split_once("</main>").unwrap().0;
    let token = regex::Regex::new(r#"<(/?)([a-z0-9]+)([^>]*)>|([^<]+)"#).unwrap();
    let attribute = |attributes: &str, name: &str| {
        let found = regex::Regex::new(&format!(" {name}=\"([^\"]*)\"")).unwrap();
        found.captures(attributes).map(|found| found[1].to_owned())
    };
    // Open elements: name, class, ID.
    let mut open: Vec<(String, Option<String>, Option<String>)> = Vec::new();
    let mut found: Vec<(String, String)> = Vec::new();
    let mut starts_block = true;
    for token in token.captures_iter(main) {
        if let Some(name) = token.get(2) {
            let name = name.as_str();
            starts_block |= !["a", "code", "strong"].contains(&name);
            if &token[1] == "/" {
                assert_eq!(open.pop().map(|(name, ..)| name).as_deref(), Some(name));
            } else if !VOID.contains(&name) {
                open.push((name.to_owned(), attribute(&token[3], "class"), attribute(&token[3], "id")));
            }
            continue;
        }
        let text = token[4].trim();
        let is_in = |names: &[&str]| open.iter().any(|(name, ..)| names.contains(&name.as_str()));
        let has_class = |wanted: &str| open.iter().any(|(_, class, _)| class.as_deref() == Some(wanted));
        if text.is_empty()
            || is_in(&["h1", "h2", "h3", "th", "code", "button"])
            || has_class("note")
            || has_class("news")
        {
            continue;
        }
        let clause = open.iter().find(|(_, class, _)| class.as_deref() == Some("clause"));
        let clause = clause.and_then(|(.., id)| id.clone()).unwrap_or_else(|| panic!("belongs to no clause: {text}"));
        let (clause, text) = (clause.replace('-', "_"), text.replace("&amp;", "&"));
        match found.last_mut() {
            Some((last, before)) if *last == clause && !starts_block => *before += &format!(" {text}"),
            _ => found.push((clause, text)),
        }
        starts_block = false;
    }
    found
}

/// The sentences of a text: after an end mark, a space and a capital letter or a quotation mark another one begins.
fn sentences(text: &str) -> Vec<String> {
    let boundary = regex::Regex::new(r#"[.!?;] ([A-Z“‘])"#).unwrap();
    let (mut parts, mut from) = (Vec::new(), 0);
    for found in boundary.captures_iter(text) {
        let next = found.get(1).unwrap().start();
        parts.push(text[from..next].trim().to_owned());
        from = next;
    }
    parts.push(text[from..].trim().to_owned());
    // What is left between names and links.
    parts.retain(|part| part.chars().any(char::is_alphabetic));
    parts
}

/// Names of links, and parts of a sentence around a link or a name.
const LINKS: [&str; 4] = ["Legal notice", "Website", "privacy@finder.example", "·"];

/// Configurations that together put every clause in force, each with requests' headers for the page.
fn pages(lang: &str) -> Vec<(String, serde_json::Value)> {
    let partner = MockPartner::json(sample_results());
    let plain = ConfigBuilder::new(&partner).with("counts", "repeat_window", "\"10s\"");
    let named = plain
        .clone()
        .with("service", "name", "\"Finder\"")
        .with("service", "operator", "\"Example Ltd\"")
        .with("service", "contact_url", "\"mailto:privacy@finder.example\"")
        .with("service", "imprint_url", "\"https://finder.example/imprint\"")
        .with("service", "home_url", "\"https://finder.example\"");
    let many = named
        .clone()
        .with("", "personal_data", "\"refuse\"")
        .partner("second", &partner.url())
        .without("partner second", "results")
        .with("partner second", "format", "\"html\"")
        .with("partner second", "images", "\"proxied\"")
        .with("partner second", "links", "\"direct\"")
        .with("partner second", "user_agent", "\"by-browser\"")
        .with("code toolbar-main", "partners", r#"["first", "second"]"#)
        .keyword_group("insurance", "terms", r#"["car insurance"]"#)
        .with("counts", "store", "\"postgres://nobody@127.0.0.1:1/none?sslmode=disable\"")
        .dedupe("redis://127.0.0.1:1/0");
    let open = plain.clone().with("", "personal_data", "\"off\"").with("listen", "pad", "true");
    let mut pages = Vec::new();
    for config in [plain, named, many, open] {
        let proxy = Proxy::start(&config.text());
        let stamp = cookie_stamp(&proxy.get("/", &["Accept: text/html"])).expect("a stamp");
        let document = proxy.get("/privacy.json", &[]).json();
        for cookie in [None, Some(stamp.as_str()), Some("nonsense")] {
            let cookie = cookie.map(cookie_line);
            let headers: Vec<&str> = std::iter::once("Accept: text/html").chain(cookie.as_deref()).collect();
            pages.push((proxy.get(&format!("/privacy?lang={lang}"), &headers).text(), document.clone()));
        }
    }
    pages
}

#[test]
fn every_sentence_of_the_page_is_in_the_list_and_the_list_has_no_other() {
    let entries = entries();
    let mut used = BTreeSet::new();
    for (page, document) in pages("en") {
        let texts = texts(&page);
        let shown: BTreeSet<&str> = texts.iter().map(|(clause, _)| clause.as_str()).collect();
        let in_force: BTreeSet<&str> =
            document["clauses"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(shown, in_force, "/privacy and /privacy.json have the same clauses");
        for (clause, text) in &texts {
            for sentence in sentences(text) {
                let sentence =
                    LINKS.iter().fold(sentence, |sentence, link| sentence.replace(link, "")).trim().to_owned();
                if sentence.is_empty() {
                    continue;
                }
                let found =
                    entries.iter().position(|entry| entry.clause == clause && sentence.starts_with(entry.start));
                let found = found.unwrap_or_else(|| panic!("no test for a sentence of {clause}: {sentence}"));
                used.insert(found);
            }
        }
    }
    let unused: Vec<&str> =
        entries.iter().enumerate().filter(|(nth, _)| !used.contains(nth)).map(|(_, entry)| entry.start).collect();
    assert!(unused.is_empty(), "sentences that the page does not have: {unused:#?}");
}

#[test]
fn every_clause_is_shown_in_every_language() {
    let clauses = |lang: &str| {
        let mut all = BTreeSet::new();
        let mut by_page = Vec::new();
        for (page, _) in pages(lang) {
            let shown: BTreeSet<String> = texts(&page).into_iter().map(|(clause, _)| clause).collect();
            all.extend(shown.clone());
            by_page.push(shown);
        }
        (all, by_page)
    };
    let (english, german) = (clauses("en"), clauses("de"));
    assert_eq!(english.1, german.1);
    let every: BTreeSet<String> = Clause::VARIANTS.iter().map(|clause| clause.id()).collect();
    assert_eq!(english.0, every, "the configurations of this test have every clause");
}

#[test]
fn every_test_of_the_list_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources: BTreeMap<&str, String> = BTreeMap::new();
    for test in entries().iter().flat_map(|entry| entry.tests.clone()) {
        let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("no file and function: {test}"));
        let source = sources.entry(file).or_insert_with(|| {
            let path = if file.starts_with("src/") { root.join(file) } else { root.join("tests").join(file) };
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        });
        // A check of the audit: `tests/audit/checks.rs` lists those that run.
        if let Some(module) = file.strip_prefix("audit/").and_then(|file| file.strip_suffix(".rs")) {
            let listed =
                AUDIT.contains(&format!("{module}::{name})")) && source.contains(&format!("pub fn {name}() {{"));
            assert!(listed, "{test} is no check of the audit");
            continue;
        }
        // A test, or a property in a `proptest!` block; in both cases with the attribute above.
        let is_test = regex::Regex::new(&format!(r"#\[test\]\s+(#\[[^\]]*\]\s+)*fn {name}\(")).unwrap();
        let found = is_test.find(source).unwrap_or_else(|| panic!("{test} does not exist or is no test"));
        // `scripts/check` runs those that need a program or a right which a machine may lack.
        let skipped = found.as_str().replace("#[ignore = \"needs ", "");
        assert!(!skipped.contains("ignore"), "{test} is skipped for another reason than what it needs");
    }
}

#[test]
fn a_sentence_outside_of_a_clause_is_noticed() {
    let page = |inside: &str| format!("<main id=\"content\"><h1>T</h1>{inside}</main>");
    let within = page("<div class=\"clause\" id=\"no-scripts\">One. Two <a href=\"x\">three</a> four.</div>");
    assert_eq!(texts(&within), [("no_scripts".to_owned(), "One. Two three four.".to_owned())]);
    assert_eq!(sentences("One. Two three four."), ["One.", "Two three four."]);
    let outside = std::panic::catch_unwind(|| texts(&page("<p>A promise.</p>")));
    assert!(outside.is_err());
}
