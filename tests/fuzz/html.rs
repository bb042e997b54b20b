//! A partner's page. The last byte of an input selects the charset and how the page is cut; the rest is the page.
//!
//! - The rewritten page has no violation (`tests/html/checker.rs`).
//! - Where the page is cut on its way makes no difference, neither to the page nor to its results.
//! - Links and images lead to web URLs that fit into a token.

use std::sync::{Arc, LazyLock, Mutex};

use qsproxy::answer::html::{PageStats, RewriteRules, Rewriter, RewrittenUrl};
use qsproxy::answer::link_rules::LinkRules;
use qsproxy::answer::links::pattern::Pattern;
use qsproxy::result_kind::ResultKind;
use qsproxy::tokens::sealed::MAX_TARGET_BYTES;
use url::Url;

use super::checker;
use super::input::pieces;

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

/// Pages up to this length are cut after every byte.
const SMALL: usize = 2_048;

static PARTNER: LazyLock<Arc<RewriteRules>> = LazyLock::new(|| {
    let links = LinkRules {
        url: Url::parse("https://www.partner.example/search?q=x").unwrap(),
        sponsored: vec![Pattern::parse("https://ads.partner.example/aclk").unwrap()],
        own: Vec::new(),
    };
    Arc::new(RewriteRules { links, keyword: "q".to_owned(), images: true, walls: Vec::new(), no_results: Vec::new() })
});

/// The markup of the program's search form, abbreviated.
const SEARCH_FORM: &str = concat!(
    "<form action=\"/search\" method=\"get\" role=\"search\"><input type=\"search\" name=\"q\" aria-label=\"Search for\">",
    "<input type=\"hidden\" name=\"code\" value=\"toolbar\"><button type=\"submit\">Search</button></form>"
);

fn token(url: &RewrittenUrl) -> &'static str {
    match url {
        RewrittenUrl::Link(ResultKind::Sponsored, _) => "/click/sponsored",
        RewrittenUrl::Link(ResultKind::Organic, _) => "/click/organic",
        RewrittenUrl::Image(_) => "/image/token",
    }
}

/// A page as it was rewritten.
#[derive(PartialEq)]
struct Rewritten {
    page: String,
    /// Targets of links and images in their order, with whether it is an image.
    targets: Vec<(String, bool)>,
    results: Vec<(String, String)>,
    counts: [usize; 3],
}

fn rewrite(charset: Option<&str>, pieces: &[&[u8]]) -> Rewritten {
    let targets = Arc::new(Mutex::new(Vec::new()));
    let seen = targets.clone();
    let link = move |url: RewrittenUrl| {
        let token = token(&url).to_owned();
        let is_image = matches!(url, RewrittenUrl::Image(_));
        let (RewrittenUrl::Link(_, target) | RewrittenUrl::Image(target)) = url;
        seen.lock().unwrap().push((target, is_image));
        token
    };
    let mut rewriter =
        Rewriter::new(PARTNER.clone(), charset, SEARCH_FORM.to_owned(), PageStats::collecting_links(), link);
    let mut page = String::new();
    for piece in pieces {
        match rewriter.push(piece) {
            Ok(ready) => page.push_str(&ready),
            Err(_) => break,
        }
    }
    let (rest, stats) = rewriter.finish();
    page.push_str(&rest);
    let counts = [stats.sponsored, stats.organic, stats.dropped];
    let results = stats.into_results().into_iter().map(|result| (result.title, result.target)).collect();
    let targets = targets.lock().unwrap().clone();
    Rewritten { page, targets, results, counts }
}

pub fn check(input: &[u8]) {
    let Some((&control, page)) = input.split_last() else { return };
    let charset = CHARSETS[usize::from(control % 8)];
    let whole = rewrite(charset, &[page]);
    let found = checker::violations(&whole.page);
    assert!(found.is_empty(), "{found:?}\n{}", whole.page);
    for (target, is_image) in &whole.targets {
        let url = Url::parse(target).unwrap_or_else(|error| panic!("{error}: {target:?}"));
        assert!(matches!(url.scheme(), "http" | "https") && url.has_host(), "{target:?}");
        assert!(url.username().is_empty() && url.password().is_none(), "{target:?}");
        assert!(*is_image || target.len() <= MAX_TARGET_BYTES, "{target:?}");
    }
    let (left, right) = page.split_at(page.len() * usize::from(control / 8) / 32);
    assert!(rewrite(charset, &[left, right]) == whole, "cut at {}", left.len());
    if page.len() <= SMALL {
        assert!(rewrite(charset, &pieces(page, &[1])) == whole, "cut after every byte");
    }
    let lengths = [control, 1, control / 3];
    assert!(rewrite(charset, &pieces(page, &lengths)) == whole, "cut into pieces of {lengths:?}");
}
