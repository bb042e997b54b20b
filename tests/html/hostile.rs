//! Pages that mean harm: none of them gets anything through, and none takes more than its share of time and memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use qsproxy::answer::html::RewriteRules;

use super::checker::{Allowed, violations, violations_of};
use super::corpus::{anyone, cases, plainly, rewritten_by};
use super::dom::{DOCUMENT, Dom};
use super::golden::links;

/// Longest that one monster may take here, unoptimised and beside other tests.
const MONSTER_TIME: Duration = Duration::from_secs(10);

#[test]
fn there_are_enough_of_them_and_each_has_its_own_name() {
    let mut names: Vec<String> = cases(false).into_iter().chain(cases(true)).map(|case| case.name).collect();
    names.sort();
    assert!(names.len() >= 300 && names.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn nothing_gets_through() {
    let mut wrong = Vec::new();
    for case in cases(false) {
        let output = case.rewritten();
        let page = String::from_utf8_lossy(&case.bytes).into_owned();
        let mut found = violations(&output);
        let text = Dom::parse(&output, false).text(DOCUMENT);
        if output.contains("GONE") {
            found.push("what should be gone is there".to_owned());
        }
        if page.contains("KEPT") && !text.contains("KEPT") {
            found.push("what should be kept is gone".to_owned());
        }
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}\n   of {page:.200}\n  was {output:.400}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nor_where_links_are_direct_and_images_off() {
    let partner = Arc::new(RewriteRules { images: false, ..(*anyone()).clone() });
    let mut wrong = Vec::new();
    for case in cases(false) {
        let (output, _) = rewritten_by(plainly, &partner, case.charset.as_deref(), [case.bytes.as_slice()]);
        let found = violations_of(&output, Allowed { direct: true, images: false });
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}\n{output}", case.name));
        }
        // What a browser follows is what was judged.
        let dom = Dom::parse(&output, false);
        let judged: Vec<String> = links(&case.rewritten()).into_iter().map(|(_, target)| target).collect();
        for href in dom.within(DOCUMENT).into_iter().filter_map(|at| dom.attribute(at, "href")) {
            if !judged.iter().any(|target| target == href) {
                wrong.push(format!("{}: {href} of {judged:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn monsters_are_bounded() {
    let mut wrong = Vec::new();
    for case in cases(true) {
        let started = Instant::now();
        let output = case.rewritten();
        let took = started.elapsed();
        let mut found = violations(&output);
        let checked = started.elapsed();
        // Links grow by their tokens, attributes by quotes; nothing grows by more.
        if output.len() > 4 * case.bytes.len() + 1_000 {
            found.push(format!("{} bytes became {}", case.bytes.len(), output.len()));
        }
        if took > MONSTER_TIME {
            found.push(format!("took {took:?}"));
        }
        let page = String::from_utf8_lossy(&case.bytes[case.bytes.len().saturating_sub(200)..]).into_owned();
        if page.contains("KEPT") && !page.contains("KEPT-or-not") && !output.contains("KEPT") {
            found.push("what should be kept is gone".to_owned());
        }
        if std::env::var("MONSTERS").is_ok() {
            eprintln!("{} {took:?} {checked:?} {} -> {}", case.name, case.bytes.len(), output.len());
        }
        if !found.is_empty() {
            wrong.push(format!("{}: {found:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
