//! What becomes of a page, piece by piece; `tests/html` does the same with whole pages.

use super::*;
use url::Url;

fn partner() -> Arc<RewriteRules> {
    let url = Url::parse("https://www.partner.example/search").unwrap();
    let sponsored = vec![crate::answer::links::pattern::Pattern::new("https://ads.example/aclk").unwrap()];
    let site = LinkRules { url, sponsored, own: Vec::new() };
    Arc::new(RewriteRules { site, keyword: "p".into(), images: true })
}

fn form() -> String {
    "<form action=\"/search\"><input name=\"q\"><button>Search</button></form>".into()
}

fn seal(sealed: RewrittenUrl) -> String {
    match sealed {
        RewrittenUrl::Link(kind, url) => format!("/click/{}:{url}", kind.as_str()),
        RewrittenUrl::Image(url) => format!("/image/{url}"),
    }
}

fn rewritten(pieces: &[&str]) -> (String, PageStats) {
    let mut rewriter = Rewriter::new(partner(), Some("utf-8"), form(), PageStats::collecting_links(), seal);
    let mut out = String::new();
    for piece in pieces {
        out.push_str(&rewriter.push(piece.as_bytes()).unwrap());
    }
    let (rest, tally) = rewriter.finish();
    (out + &rest, tally)
}

fn page(text: &str) -> String {
    rewritten(&[text]).0
}

#[test]
fn what_is_listed_stays_and_the_rest_goes() {
    for (given, wanted) in [
        ("<!DOCTYPE html><html><head><title>t</title></head><body><p class=x id=y>a</p></body></html>", "<p>a</p>"),
        ("<p onclick=x lang=de dir=RTL title='a\"b<c'>x", "<p lang=\"de\" dir=\"rtl\" title=\"a&quot;b&lt;c\">x"),
        ("a<script>x</script>b<style>y</style>c<iframe>z</iframe>d<noscript><p>n</noscript>e", "abcde"),
        ("<x-y><center>a</center></x-y>", "a"),
        ("<svg><title>a</title><p>b</svg>c", "c"),
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
        assert_eq!(page(given), wanted, "{given}");
    }
}

#[test]
fn links_are_judged_where_the_page_says_they_begin() {
    for (given, wanted) in [
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
        assert_eq!(page(given), wanted, "{given}");
    }
}

#[test]
fn what_holds_nothing_goes_wherever_the_page_is_cut() {
    for (given, wanted) in [
        ("<div><span> <i></i></span><p></p></div>a", "a"),
        ("a<span> </span>b <b> </b> c", "a b c"),
        ("<ul><li><a href=https://a.example/><svg>x</svg></a></ul><h2> </h2><p>b<br></p>", "<p>b<br></p>"),
        ("<table><tr><td></td><td>b", "<table><tr><td></td><td>b</td></tr></table>"),
        ("<div>a<div><div></div>", "<div>a</div>"),
    ] {
        assert_eq!(page(given), wanted, "{given}");
        for cut in 1..given.len() {
            let (left, right) = given.split_at(cut);
            assert_eq!(rewritten(&[left, right]).0, wanted, "{given} cut at {cut}");
        }
    }
    let (_, tally) = rewritten(&["<a href=https://a.example/> </a><a href=https://ads.example/aclk><svg></svg></a>"]);
    assert_eq!((tally.organic, tally.sponsored), (0, 0));
}

#[test]
fn what_a_page_leaves_open_takes_no_link_with_it() {
    let link =
        |text: &str| format!("<a href=\"/click/organic:https://a.example/\" rel=\"noreferrer noopener\">{text}</a>");
    let given = "<a href=https://a.example/>";
    for (page_, wanted) in [
        (format!("<p>a<section>{given}<p>b</p></a></section>"), format!("<p>a<section>{}</section>", link("<p>b</p>"))),
        (format!("<div>x<svg/>{given}b</a></div>"), format!("<div>x{}</div>", link("b"))),
        (format!("<div><svg><g></div>{given}b</a>"), link("b")),
        (format!("<label><input type=radio>a{given}b</a>c</label>"), format!("{}c", link("b"))),
        (format!("<a href=/own>a<template>{given}b</a>c</template>d</a>e"), "e".to_owned()),
        (format!("<a href=/own>a<div hidden>{given}b</a>c</div>{given}d</a>"), link("d")),
        ("<form><label>a<input name=p>b</label></form>".to_owned(), form()),
    ] {
        assert_eq!(page(&page_), wanted, "{page_}");
    }
}

#[test]
fn forms_search_here_or_are_none() {
    for (given, wanted) in [
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
        assert_eq!(page(given), wanted, "{given}");
    }
}

#[test]
fn images_come_through_us_or_go() {
    for (given, wanted) in [
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
        assert_eq!(page(given), wanted, "{given}");
    }
}

#[test]
fn the_tally_tells_the_results() {
    let (_, tally) = rewritten(&[
        "<a href=https://a.example/><img src=x></a><a href=https://a.example/><b>A &amp; B</b>\n c</a><a href=https://ads.example/aclk>Ad</a><a href=ftp://x>y</a>",
    ]);
    assert_eq!((tally.organic, tally.sponsored, tally.dropped), (2, 1, 1));
    let results = tally.into_results();
    let told: Vec<_> =
        results.iter().map(|linked| (linked.title.as_str(), linked.target.as_str(), linked.kind)).collect();
    assert_eq!(
        told,
        [
            ("A & B c", "https://a.example/", ResultKind::Organic),
            ("Ad", "https://ads.example/aclk", ResultKind::Sponsored)
        ]
    );
}

#[test]
fn what_cannot_be_held_breaks_off_whole() {
    let mut rewriter = Rewriter::new(partner(), None, String::new(), PageStats::default(), seal);
    let mut out = rewriter.push("<div><p>ü".repeat(3).as_bytes()).unwrap();
    let endless = [b"<b ".as_slice(), &b"x".repeat(2 * TOKENIZER_BYTES)].concat();
    assert_eq!(rewriter.push(&endless), Err(TooDeep));
    assert_eq!(rewriter.push(b"x"), Err(TooDeep));
    out.push_str(&rewriter.finish().0);
    assert!(out.starts_with("<div>") && out.ends_with("</div>"), "{out}");
    let deep = page(&("<div>".repeat(3_000) + "a"));
    assert_eq!((deep.matches("<div>").count(), deep.matches("</div>").count()), (512, 512));
}
