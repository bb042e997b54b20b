//! Rewrites short pages in chunks. The tests in `tests/html` do the same with whole pages.

use std::sync::Arc;

use url::Url;

use super::*;
use crate::answer::link_rules::LinkRules;
use crate::answer::links::pattern::Pattern;
use crate::result_kind::ResultKind;

fn rules() -> Arc<RewriteRules> {
    let url = Url::parse("https://www.partner.example/search").unwrap();
    let sponsored = vec![Pattern::parse("https://ads.example/aclk").unwrap()];
    let links = LinkRules { url, sponsored, own: Vec::new() };
    Arc::new(RewriteRules { links, keyword: "p".into(), images: true, walls: Vec::new(), no_results: Vec::new() })
}

fn search_form() -> String {
    "<form action=\"/search\"><input name=\"q\"><button>Search</button></form>".into()
}

fn rewrite_url(url: RewrittenUrl) -> String {
    match url {
        RewrittenUrl::Link(kind, url) => format!("/click/{}:{url}", kind.as_str()),
        RewrittenUrl::Image(url) => format!("/image/{url}"),
    }
}

fn rewrite(chunks: &[&str]) -> (String, PageStats) {
    let mut rewriter = Rewriter::new(rules(), Some("utf-8"), search_form(), PageStats::collecting_links(), rewrite_url);
    let mut out = String::new();
    for chunk in chunks {
        out.push_str(&rewriter.push(chunk.as_bytes()).unwrap());
    }
    let (rest, stats) = rewriter.finish();
    (out + &rest, stats)
}

fn rewrite_page(text: &str) -> String {
    rewrite(&[text]).0
}

#[test]
fn keeps_listed_elements_and_attributes_only() {
    for (given, expected) in [
        ("<!DOCTYPE html><html><head><title>t</title></head><body><p class=x id=y>a</p></body></html>", "<p>a</p>"),
        ("<p onclick=x lang=de dir=RTL title='a\"b<c'>x", "<p lang=\"de\" dir=\"rtl\" title=\"a&quot;b&lt;c\">x"),
        ("a<script>x</script>b<style>y</style>c<iframe>z</iframe>d<noscript><p>n</noscript>e", "abcd<p>ne"),
        ("<x-y><center>a</center></x-y>", "a"),
        ("<svg><title>a</title><path>b</svg>c", "c"),
        // A paragraph ends SVG, as in browsers.
        ("<svg><title>a</title><p>b</svg>c", "<p>bc"),
        ("<svg><g><text>a<div>b</div>c", "<div>b</div>c"),
        ("<svg><foreignObject><div>a</div></foreignObject></svg>b", "b"),
        ("<math><mi><b>a</b></mi></math>b", "b"),
        ("<svg><![CDATA[</svg>]]></svg>b", "b"),
        ("<div>c<svg>a</div>b", "<div>c</div>b"),
        ("a<!-- b --><![CDATA[c]]><?d?>e", "ae"),
        ("<<b>script>x</b>", "&lt;<b>script>x</b>"),
        ("</div></main>a</p>", "a"),
        ("<b><i>a</b>b", "<b><i>a</i></b>b"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
        ("<html lang=ar dir=rtl><body dir=x>a", "<div lang=\"ar\" dir=\"rtl\"><div>a</div></div>"),
        ("<image src=x>a<frame>b", "ab"),
        ("<div><p>a<p>b</div>", "<div><p>a<p>b</div>"),
        ("a \n\t b<div>  c </div>", "a b<div> c </div>"),
        ("<pre> a\n  b </pre>  c", "<pre> a\n  b </pre> c"),
        ("<td colspan=2 rowspan=x scope=row>", "<td colspan=\"2\"></td>"),
        ("<p style='display : NONE'>a</p><div hidden>b</div><p style='color:red'>c", "<p>c"),
        ("&lt;b&gt; &amp; \0x", "&lt;b&gt; &amp; x"),
        ("<textarea><p>a</textarea>b<select><option>c</select>d", "bd"),
    ] {
        assert_eq!(rewrite_page(given), expected, "{given}");
    }
}

#[test]
fn links_are_resolved_against_the_base() {
    for (given, expected) in [
        (
            "<a href='https://a.example/?a=1&amp;utm_source=2' ping=/p target=_blank>a</a>",
            "<a href=\"/click/organic:https://a.example/?a=1\" rel=\"noreferrer noopener\">a</a>",
        ),
        (
            "<a href=//ads.example/aclk?x>a",
            "<a href=\"/click/sponsored:https://ads.example/aclk?x\" rel=\"noreferrer noopener\">a</a>",
        ),
        ("<a href='/search?p=x&page=2'>next</a>b", "b"),
        ("<a href='/x'>next<a href='javascript:alert(1)'>b</a>c", "bc"),
        ("<div>c<a href='#'>menu</div>b", "<div>c</div>b"),
        ("<a name=x>a</a><a href=mailto:x>b</a>", "ab"),
        (
            "<base href='https://b.example/c/'><base href='https://d.example'><a href=e>f</a>",
            "<a href=\"/click/organic:https://b.example/c/e\" rel=\"noreferrer noopener\">f</a>",
        ),
    ] {
        assert_eq!(rewrite_page(given), expected, "{given}");
    }
}

#[test]
fn drops_empty_elements_wherever_the_page_is_split() {
    for (given, expected) in [
        ("<div><span> <i></i></span><p></p></div>a", "a"),
        ("a<span> </span>b <b> </b> c", "a b c"),
        ("<ul><li><a href=https://a.example/><svg>x</svg></a></ul><h2> </h2><p>b<br></p>", "<p>b<br></p>"),
        ("<table><tr><td></td><td>b", "<table><tr><td></td><td>b</td></tr></table>"),
        ("<div>a<div><div></div>", "<div>a</div>"),
    ] {
        assert_eq!(rewrite_page(given), expected, "{given}");
        for split in 1..given.len() {
            let (left, right) = given.split_at(split);
            assert_eq!(rewrite(&[left, right]).0, expected, "{given} split at {split}");
        }
    }
    let (_, stats) = rewrite(&["<a href=https://a.example/> </a><a href=https://ads.example/aclk><svg></svg></a>"]);
    assert_eq!((stats.organic, stats.sponsored), (0, 0));
}

#[test]
fn unclosed_elements_do_not_remove_links() {
    let link =
        |text: &str| format!("<a href=\"/click/organic:https://a.example/\" rel=\"noreferrer noopener\">{text}</a>");
    let start_tag = "<a href=https://a.example/>";
    for (given, expected) in [
        (
            format!("<p>a<section>{start_tag}<p>b</p></a></section>"),
            format!("<p>a<section>{}</section>", link("<p>b</p>")),
        ),
        (format!("<div>x<svg/>{start_tag}b</a></div>"), format!("<div>x{}</div>", link("b"))),
        (format!("<div><svg><g></div>{start_tag}b</a>"), link("b")),
        (format!("<label><input type=radio>a{start_tag}b</a>c</label>"), format!("{}c", link("b"))),
        (format!("<a href=/own>a<template>{start_tag}b</a>c</template>d</a>e"), "e".to_owned()),
        (format!("<a href=/own>a<div hidden>{start_tag}b</a>c</div>{start_tag}d</a>"), link("d")),
        ("<form><label>a<input name=p>b</label></form>".to_owned(), search_form()),
    ] {
        assert_eq!(rewrite_page(&given), expected, "{given}");
    }
}

#[test]
fn search_forms_are_replaced_and_others_removed() {
    for (given, expected) in [
        (
            "<form action='/search;sid=1' onsubmit=x><input type=hidden name=sid value=1><input name=p value='a&quot;b'><input name=p><button>Go</button></form>",
            "<form action=\"/search\"><input name=\"q\"><button>Search</button></form>",
        ),
        ("<form action=https://else.example/search><input name=p>a</form>", "a"),
        ("<form><form><input name=other>a</form>", "a"),
        (
            "<div><form></div><input name=p><form>a<input name=p></form>",
            "a<form action=\"/search\"><input name=\"q\"><button>Search</button></form>",
        ),
        (
            "<form><textarea name=p>x</textarea><textarea>y</textarea><input type=submit name=p></form>",
            "<form action=\"/search\"><input name=\"q\"><button>Search</button></form>",
        ),
        ("<textarea name=p>x</textarea><form><select name=p></select></form>", ""),
    ] {
        assert_eq!(rewrite_page(given), expected, "{given}");
    }
}

#[test]
fn images_are_proxied_or_removed() {
    for (given, expected) in [
        (
            "<img src=/a.png srcset=x alt='b' width=20 onerror=x>",
            "<img alt=\"b\" width=\"20\" src=\"/image/https://www.partner.example/a.png\" loading=\"lazy\">",
        ),
        (
            "<img src=data:x data-src=//c.example/d>",
            "<img alt=\"\" src=\"/image/https://c.example/d\" loading=\"lazy\">",
        ),
        (
            "<img src=/b style='width : 1px; height:1px !important'><img src=/b width=01><img src=/b height='&#49;.0'><img src=/b style=max-width:0>",
            "",
        ),
        (
            "<img src=/b width=1% style='width:1em'>",
            "<img alt=\"\" src=\"/image/https://www.partner.example/b\" loading=\"lazy\">",
        ),
        ("<img src=/hidden style='display:none'><img src=/pixel width=1><img><img src=javascript:x><image src=/a>", ""),
    ] {
        assert_eq!(rewrite_page(given), expected, "{given}");
    }
}

#[test]
fn collects_results() {
    let (_, stats) = rewrite(&[
        "<a href=https://a.example/><img src=x></a><a href=https://a.example/><b>A &amp; B</b>\n c</a><a href=https://ads.example/aclk>Ad</a><a href=ftp://x>y</a>",
    ]);
    assert_eq!((stats.organic, stats.sponsored, stats.dropped), (2, 1, 1));
    let results = stats.into_results();
    let collected: Vec<_> =
        results.iter().map(|result| (result.title.as_str(), result.target.as_str(), result.kind)).collect();
    assert_eq!(
        collected,
        [
            ("A & B c", "https://a.example/", ResultKind::Organic),
            ("Ad", "https://ads.example/aclk", ResultKind::Sponsored)
        ]
    );
}

#[test]
fn output_beyond_the_memory_limit_is_truncated_and_closed() {
    let mut rewriter = Rewriter::new(rules(), None, String::new(), PageStats::default(), rewrite_url);
    let mut out = rewriter.push("<div><p>ü".repeat(3).as_bytes()).unwrap();
    let endless = [b"<b ".as_slice(), &b"x".repeat(2 * MAX_TOKENIZER_BYTES)].concat();
    assert_eq!(rewriter.push(&endless), Err(MemoryLimitExceeded));
    assert_eq!(rewriter.push(b"x"), Err(MemoryLimitExceeded));
    out.push_str(&rewriter.finish().0);
    assert!(out.starts_with("<div>") && out.ends_with("</div>"), "{out}");
    let deep = rewrite_page(&("<div>".repeat(3_000) + "a"));
    assert_eq!((deep.matches("<div>").count(), deep.matches("</div>").count()), (512, 512));
}
