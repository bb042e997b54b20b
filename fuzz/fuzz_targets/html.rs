//! Arbitrary bytes as a partner's page: the rewritten page has no violation (`tests/html/checker.rs`), and where the input is cut makes
//! no difference. The last byte of an input selects the charset and the cut; the rest is the page.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use qsproxy::result_kind::ResultKind;
use qsproxy::answer::html::{RewriteRules, Rewriter, RewrittenUrl, PageStats};
use qsproxy::answer::links::pattern::Pattern;
use qsproxy::answer::link_rules::LinkRules;
use url::Url;

#[allow(dead_code, reason = "only the tests use all of it")]
#[path = "../../tests/html/checker.rs"]
mod checker;
#[allow(dead_code, reason = "only the tests use all of it")]
#[path = "../../tests/html/dom.rs"]
mod dom;

const CHARSETS: [Option<&str>; 8] = [
    Some("utf-8"),
    None,
    Some("gbk"),
    Some("shift_jis"),
    Some("iso-2022-jp"),
    Some("euc-jp"),
    Some("utf-16le"),
    Some("windows-1252"),
];

static PARTNER: LazyLock<Arc<RewriteRules>> = LazyLock::new(|| {
    let links = LinkRules {
        url: Url::parse("https://www.partner.example/search?q=x").expect("a URL"),
        sponsored: vec![Pattern::parse("https://ads.partner.example/aclk").expect("a pattern")],
        own: Vec::new(),
    };
    Arc::new(RewriteRules { links, keyword: "q".to_owned(), images: true, walls: Vec::new(), no_results: Vec::new() })
});

/// The markup of the program's search form, abbreviated.
fn search_form() -> String {
    concat!(
        "<form action=\"/search\" method=\"get\" role=\"search\"><input type=\"search\" name=\"q\" aria-label=\"Search for\">",
        "<input type=\"hidden\" name=\"code\" value=\"toolbar\"><button type=\"submit\">Search</button></form>"
    )
    .to_owned()
}

fn token(url: RewrittenUrl) -> String {
    match url {
        RewrittenUrl::Link(ResultKind::Sponsored, _) => "/click/sponsored".to_owned(),
        RewrittenUrl::Link(ResultKind::Organic, _) => "/click/organic".to_owned(),
        RewrittenUrl::Image(_) => "/image/token".to_owned(),
    }
}

fn rewrite(charset: Option<&str>, pieces: &[&[u8]]) -> String {
    let mut rewriter = Rewriter::new(PARTNER.clone(), charset, search_form(), PageStats::collecting_links(), token);
    let mut out = String::new();
    for piece in pieces {
        match rewriter.push(piece) {
            Ok(ready) => out.push_str(&ready),
            Err(_) => break,
        }
    }
    let (rest, stats) = rewriter.finish();
    drop(stats.into_results());
    out + &rest
}

fuzz_target!(|input: &[u8]| {
    let Some((&control, page)) = input.split_last() else { return };
    let charset = CHARSETS[usize::from(control % 8)];
    let whole = rewrite(charset, &[page]);
    let found = checker::violations(&whole);
    assert!(found.is_empty(), "{found:?}\n{whole}");
    let (left, right) = page.split_at(page.len() * usize::from(control / 8) / 32);
    assert_eq!(rewrite(charset, &[left, right]), whole, "cut at {}", left.len());
});
