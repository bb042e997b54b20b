//! Ranking: the expected document comes first for common kinds of queries.

use super::{DemoEngine, MAX_SPONSORED};
use crate::demo::dataset::engine;

fn organic(query: &str) -> Vec<&'static str> {
    let hits = engine().search(query, 50).into_iter();
    hits.filter(|hit| !hit.sponsored).map(|hit| hit.title).collect()
}

#[track_caller]
fn assert_first(query: &str, title: &str) {
    assert_eq!(organic(query).first(), Some(&title), "{query}");
}

#[test]
fn a_country_is_found_by_its_names() {
    assert_first("germany", "Germany");
    assert_first("GERMANY!", "Germany");
    assert_first("deutschland", "Germany");
    assert_first("espana", "Spain");
    assert_first("España", "Spain");
    assert_first("turkiye", "Turkey");
    assert_first("cote d'ivoire", "Ivory Coast");
    assert_first("uk", "United Kingdom");
}

#[test]
fn every_title_finds_its_document_first() {
    for document in &engine().organic {
        assert_first(document.hit.title, document.hit.title);
    }
}

#[test]
fn a_shorter_title_ranks_first() {
    assert_first("guinea", "Guinea");
    assert_first("niger", "Niger");
    assert_first("sudan", "Sudan");
}

#[test]
fn snippet_terms_contribute_to_the_score() {
    let titles = organic("capital of japan");
    let top: Vec<_> = titles.iter().take(2).collect();
    assert!(top.contains(&&"Japan") && top.contains(&&"Tokyo"), "{top:?}");
    assert_first("highest mountain of africa", "Kilimanjaro");
    assert_first("longest river", "Nile");
    assert_first("longest river of europe", "Volga");
    assert_first("largest country", "Russia");
}

#[test]
fn long_terms_match_with_one_typo() {
    assert_first("tokio", "Tokyo");
    assert!(organic("tokio").contains(&"Japan"));
    assert_first("swizerland", "Switzerland");
    assert_first("gremany travel", "Germany");
    assert!(organic("xqzw").is_empty());
}

#[test]
fn the_last_term_matches_as_a_prefix() {
    assert_first("switz", "Switzerland");
    assert_first("new zea", "New Zealand");
    assert!(!organic("switz hello").contains(&"Switzerland"));
}

#[test]
fn other_scripts_match() {
    assert_first("日本", "Japan");
    assert_first("東京", "Tokyo");
    assert_first("中国", "China");
    assert_first("россия", "Russia");
    assert_first("한국", "South Korea");
    assert_first("مصر", "Egypt");
    assert_first("ドイツ", "Germany");
}

#[test]
fn an_empty_query_has_no_results() {
    assert!(engine().search("", 20).is_empty());
    assert!(engine().search(" \t?!", 20).is_empty());
    assert!(engine().search("germany", 0).is_empty());
}

#[test]
fn sponsored_results_come_first_and_are_limited() {
    let hits = engine().search("germany berlin japan paris italy", 20);
    let sponsored = hits.iter().take_while(|hit| hit.sponsored).count();
    assert_eq!(sponsored, MAX_SPONSORED);
    assert!(hits.iter().skip(sponsored).all(|hit| !hit.sponsored));
    assert_eq!(hits[0].title, "Berlin museum card", "two matching keywords rank first");
}

#[test]
fn sponsored_results_need_an_exact_keyword() {
    let sponsored = |query| engine().search(query, 20).iter().any(|hit| hit.sponsored);
    assert!(sponsored("Japan"));
    assert!(sponsored("日本"));
    assert!(!sponsored("japa"));
    assert!(!sponsored("jappan"));
    assert!(!sponsored("albania"));
}

#[test]
fn the_count_limits_sponsored_and_organic_results_together() {
    for count in [1, 2, 5, 50] {
        assert!(engine().search("germany capital", count).len() <= count);
    }
    assert_eq!(engine().search("country", 50).len(), 50);
}

#[test]
fn ties_are_in_the_order_of_the_data() {
    let engine = DemoEngine::new(
        "title\turl\tsnippet\tterms\tsponsored\n\
         b\thttps://b.example/\tsame\tx\t0\n\
         broken line\n\
         a\thttps://a.example/\tsame\tx\t0",
    );
    let titles: Vec<_> = engine.search("same", 9).iter().map(|hit| hit.title).collect();
    assert_eq!(titles, ["b", "a"]);
}

#[test]
fn an_empty_data_set_has_no_results() {
    assert!(DemoEngine::new("").search("germany", 9).is_empty());
}

#[test]
fn a_very_long_query_is_truncated() {
    assert_first(&format!("germany {}", "unfindable ".repeat(10_000)), "Germany");
}
