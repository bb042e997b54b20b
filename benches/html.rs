//! Rewriting a partner's page in stages: the tokenizer alone, the rewriter with unchanged links, and the rewriter with click tokens.
//! Throughput is in bytes of the original page, which arrives in pieces as from a connection.
//!
//! `cargo bench --bench html`
#![allow(missing_docs, reason = "criterion's macros document nothing")]
#![allow(clippy::unwrap_used, reason = "a bench that panics says enough")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use qsproxy::answer::html::{PageStats, RewriteRules, Rewriter, RewrittenUrl};
use qsproxy::answer::link_rules::LinkRules;
use qsproxy::answer::links::pattern::Pattern;
use qsproxy::result_kind::ResultKind;
use qsproxy::time::Time;
use qsproxy::tokens::click::{self, ClickToken, TokenLength};
use qsproxy::tokens::keys::TokenKey;
use url::Url;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bytes of a piece: about one read from a connection.
const PIECE: usize = 16_384;

const PAGES: [(&str, &str); 2] = [
    ("24 KB", include_str!("../tests/golden/pages/page-24k.html")),
    ("250 KB", include_str!("../tests/golden/pages/page-250k.html")),
];

fn page() -> Arc<RewriteRules> {
    let site = LinkRules {
        url: Url::parse("https://www.google.com/search").unwrap(),
        sponsored: vec![Pattern::parse("https://www.google.com/aclk").unwrap()],
        own: Vec::new(),
    };
    Arc::new(RewriteRules {
        links: site,
        keyword: "q".into(),
        images: false,
        walls: Vec::new(),
        no_results: Vec::new(),
    })
}

fn rewrite(page: &Arc<RewriteRules>, text: &str, seal: impl FnMut(RewrittenUrl) -> String + Send + 'static) -> usize {
    let mut rewriter = Rewriter::new(page.clone(), Some("utf-8"), String::new(), PageStats::default(), seal);
    let mut written = 0;
    for piece in text.as_bytes().chunks(PIECE) {
        written += rewriter.push(piece).unwrap().len();
    }
    let (rest, tally) = rewriter.finish();
    assert!(tally.links() > 0);
    written + rest.len()
}

fn sealed(key: &TokenKey, sealed: RewrittenUrl) -> String {
    let (kind, target) = match sealed {
        RewrittenUrl::Link(kind, target) => (kind, target),
        RewrittenUrl::Image(target) => (ResultKind::Organic, target),
    };
    let mut link = String::with_capacity(256);
    click::seal(
        key,
        &ClickToken { partner: 1, code: 2, group: None, kind, issued: Time(1_700_000_000), target },
        TokenLength::Exact,
        &mut link,
    );
    link
}

fn pages(c: &mut Criterion) {
    let page = page();
    for (name, text) in PAGES {
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len().try_into().unwrap()));
        group.bench_function("rewritten", |b| b.iter(|| rewrite(&page, black_box(text), |_| String::new())));
        group.bench_function("rewritten, with click tokens", |b| {
            b.iter(|| {
                let key = TokenKey::new(1, &[7; 32]);
                rewrite(&page, black_box(text), move |link| sealed(&key, link))
            });
        });
        group.finish();
    }
}

criterion_group!(benches, pages);
criterion_main!(benches);
