//! Hostile pages (`tests/hostile`): nothing forbidden remains in any of them, and time and size are bounded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use qsproxy::answer::html::RewriteRules;

use super::checker::{Allowed, violations, violations_of};
use super::corpus::{any_partner, direct_link, hostile_cases, rewrite_with};
use super::dom::{DOCUMENT, Dom};
use super::golden::links;

/// The maximum time for one oversized page, in a debug build and beside other tests.
const OVERSIZED_TIME: Duration = Duration::from_secs(10);

#[test]
fn there_are_300_cases_with_different_names() {
    let mut names: Vec<String> =
        hostile_cases(false).into_iter().chain(hostile_cases(true)).map(|case| case.name).collect();
    names.sort();
    assert!(names.len() >= 300 && names.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn nothing_forbidden_remains() {
    let mut wrong = Vec::new();
    for case in hostile_cases(false) {
        let output = case.rewrite();
        let page = String::from_utf8_lossy(&case.bytes).into_owned();
        let mut found = violations(&output);
        let text = Dom::parse(&output, false).text(DOCUMENT);
        if output.contains("GONE") {
            found.push("GONE is still there".to_owned());
        }
        if page.contains("KEPT") && !text.contains("KEPT") {
            found.push("KEPT is missing".to_owned());
        }
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}\n   of {page:.200}\n  was {output:.400}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nothing_forbidden_remains_with_direct_links_and_without_images() {
    let partner = Arc::new(RewriteRules { images: false, ..(*any_partner()).clone() });
    let mut wrong = Vec::new();
    for case in hostile_cases(false) {
        let (output, _) = rewrite_with(direct_link, &partner, case.charset.as_deref(), [case.bytes.as_slice()]);
        let found = violations_of(&output, Allowed { direct: true, images: false });
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}\n{output}", case.name));
        }
        // A browser follows only targets that were checked.
        let dom = Dom::parse(&output, false);
        let judged: Vec<String> = links(&case.rewrite()).into_iter().map(|(_, target)| target).collect();
        for href in dom.descendants(DOCUMENT).into_iter().filter_map(|at| dom.attribute(at, "href")) {
            if !judged.iter().any(|target| target == href) {
                wrong.push(format!("{}: {href} of {judged:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn time_and_size_of_oversized_pages_are_bounded() {
    let mut wrong = Vec::new();
    for case in hostile_cases(true) {
        let started = Instant::now();
        let output = case.rewrite();
        let took = started.elapsed();
        let mut found = violations(&output);
        let checked = started.elapsed();
        // Tokens make links longer, quotes make attributes longer.
        if output.len() > 4 * case.bytes.len() + 1_000 {
            found.push(format!("{} bytes became {}", case.bytes.len(), output.len()));
        }
        if took > OVERSIZED_TIME {
            found.push(format!("took {took:?}"));
        }
        let page = String::from_utf8_lossy(&case.bytes[case.bytes.len().saturating_sub(200)..]).into_owned();
        if page.contains("KEPT") && !page.contains("KEPT-or-not") && !output.contains("KEPT") {
            found.push("KEPT is missing".to_owned());
        }
        if std::env::var("HTML_TIMES").is_ok() {
            eprintln!("{} {took:?} {checked:?} {} -> {}", case.name, case.bytes.len(), output.len());
        }
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
