//! What a page is judged to be: the pages of `tests/golden/verdicts`, the golden pages, and results that contain words of walls.

use std::fs;

use proptest::prelude::*;
use qsproxy::answer::html::{PageStats, PageVerdict, WallMarker};

use super::corpus::{any_partner, folder, golden_pages, rewrite, rules_for};

fn verdict(name: &str) -> PageVerdict {
    match name {
        "results" => PageVerdict::Results,
        "empty" => PageVerdict::Empty,
        "wall" => PageVerdict::Wall,
        "unknown" => PageVerdict::Unknown,
        other => panic!("unknown verdict {other:?}"),
    }
}

/// Name, expected verdict and statistics of each page of the manifest, rewritten in pieces of this many bytes.
fn judged_pages(piece: usize) -> Vec<(String, PageVerdict, PageStats)> {
    let folder = folder("golden/verdicts");
    let manifest = fs::read_to_string(folder.join("manifest.tsv")).unwrap();
    let judge = |line: &str| {
        let [file, expected, url, keyword] = *line.split('\t').collect::<Vec<_>>() else { panic!("{line:?}") };
        let rules = rules_for(url, keyword, "https://ads.feed.example/click", "-");
        let bytes = fs::read(folder.join(file)).unwrap();
        (file.to_owned(), verdict(expected), rewrite(&rules, None, bytes.chunks(piece)).1)
    };
    manifest.lines().filter(|line| !line.starts_with('#')).map(judge).collect()
}

#[test]
fn walls_empty_pages_and_results_are_told_apart() {
    for piece in [usize::MAX, 7, 1] {
        let judged = judged_pages(piece);
        assert!(judged.len() > 40);
        let wrong: Vec<_> = judged.iter().filter(|(_, expected, stats)| stats.verdict != *expected).collect();
        let wrong: Vec<_> = wrong.iter().map(|(name, _, stats)| (name, stats.verdict)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

#[test]
fn pages_without_results_have_none() {
    for (name, expected, stats) in judged_pages(usize::MAX) {
        assert_eq!(stats.kinds().next().is_some(), expected == PageVerdict::Results, "{name}");
        assert_eq!(!stats.into_results().is_empty(), expected == PageVerdict::Results, "{name}");
    }
}

#[test]
fn golden_pages_are_results() {
    for page in golden_pages() {
        assert_eq!(page.rewrite().1.verdict, PageVerdict::Results, "{}", page.name);
    }
}

/// The manifest's page of one result in each markup that feeds use, with a text before, in or after it.
fn page_of_results(count: usize, title: &str, text: &str, has_headings: bool) -> String {
    let result = |at: usize| {
        let link = format!("<a href=https://site{at}.example/>{title}</a>");
        if has_headings { format!("<li><h3>{link}</h3><p>{text}") } else { format!("<li>{link}<br>{text}") }
    };
    format!("<title>{title} - Search</title><ul>{}</ul>", (0..count).map(result).collect::<String>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every phrase of the list, and the texts of every wall, as title and snippet of results.
    #[test]
    fn no_words_turn_results_into_a_wall(count in 1_usize..12, title: usize, text: usize, has_headings: bool) {
        let phrases = fs::read_to_string(folder("../src/answer/html/phrases.tsv")).unwrap();
        let phrases: Vec<&str> = phrases.lines().filter_map(|line| line.split_once('\t')).map(|line| line.1).collect();
        let title = phrases[title % phrases.len()];
        let text = phrases[text % phrases.len()];
        // Alone, a link to the settings or a cached copy is no result.
        let title = format!("{title}: a guide");
        let page = page_of_results(count, &title, text, has_headings);
        let stats = rewrite(&any_partner(), Some("utf-8"), [page.as_bytes()]).1;
        prop_assert_eq!(stats.verdict, PageVerdict::Results, "{}", page);
    }
}

#[test]
fn a_partners_own_markers_are_recognized() {
    let judge = |markers: &[&str], no_results: &[&str], page: &str| {
        let mut rules = (*any_partner()).clone();
        rules.walls = markers.iter().map(|marker| WallMarker::parse(marker).unwrap()).collect();
        rules.no_results = no_results.iter().map(|phrase| (*phrase).to_owned()).collect();
        rewrite(&rules.into(), Some("utf-8"), [page.as_bytes()]).1.verdict
    };
    let form = "<form action=/search><input name=q></form>";
    for (marker, wall) in [
        ("#gate", "<p id=gate>Hic sunt leones</p>"),
        (".gate", "<p class='a gate b'>Hic sunt leones</p>"),
        ("https://www.partner.example/gate", "<form action=/gate><p>Hic sunt leones</p></form>"),
        ("https://*.gate.example/", "<script src=//x.gate.example/js></script>"),
        ("https://www.partner.example/gate", "<meta http-equiv=Refresh content='0; url=/gate?x'>"),
        ("hic sunt leones", "<p>Hic <b>sunt</b>\n leones</p>"),
        ("hic sunt leones", "<title>Hic sunt leones</title>"),
    ] {
        let page = format!("{form}{wall}");
        assert_eq!(judge(&[marker], &[], &page), PageVerdict::Wall, "{marker}");
        if !wall.contains("http-equiv") {
            assert_eq!(judge(&[], &[], &page), PageVerdict::Empty, "control: {marker}");
        }
        let results = format!("{page}{}", page_of_results(3, "A", "Hic sunt leones", false));
        assert_eq!(judge(&[marker], &[], &results), PageVerdict::Results, "{marker}");
    }
    assert_eq!(judge(&[], &["hic nihil est"], "<p>Hic <i>nihil</i> est.</p>"), PageVerdict::Empty);
    assert_eq!(judge(&[], &[], "<p>Hic <i>nihil</i> est.</p>"), PageVerdict::Unknown);
}
