//! Entries of a page are clean: headings in order and none empty, no debris, marks of the search terms, and the address of the link.

use super::checker::violations;
use super::corpus::{any_partner, golden_pages, rewrite};
use super::dom::{DOCUMENT, Dom};

fn output(page: &str) -> String {
    let whole = rewrite(&any_partner(), Some("utf-8"), [page.as_bytes()]).0;
    let split = rewrite(&any_partner(), Some("utf-8"), page.as_bytes().chunks(1)).0;
    assert_eq!(whole, split, "{page}");
    assert_eq!(violations(&whole), Vec::<String>::new(), "{page}");
    whole
}

/// A link to an organic result, as it is written.
fn link(target: &str, content: &str) -> String {
    format!("<a href=\"{target}\">{content}</a>")
}

/// The output without the attributes of links, which other tests compare.
fn shown(page: &str) -> String {
    let attributes = regex::Regex::new(" (href|rel)=\"[^\"]*\"").unwrap();
    attributes.replace_all(&output(page), "").into_owned()
}

#[test]
fn headings_skip_no_level_and_none_is_empty() {
    for (given, expected) in [
        ("<h1>A</h1><h3>B</h3><h5>C</h5><h3>D</h3>", "<h1>A</h1><h2>B</h2><h3>C</h3><h2>D</h2>"),
        ("<h3>A</h3><h1>B</h1><h1>C</h1>", "<h2>A</h2><h1>B</h1><h2>C</h2>"),
        ("<h2></h2><h2> &nbsp;\u{200b}</h2><h4>A</h4>", "<h2>A</h2>"),
        ("<div role=heading aria-level=4>A</div><div role=heading>B</div>", "<h2>A</h2><h2>B</h2>"),
        ("<h2><svg><title>x</title></svg></h2>A", "A"),
        (
            "<h2><img src=https://i.example/1></h2>A",
            "<img alt=\"\" src=\"/image/of-https%3A%2F%2Fi.example%2F1\" loading=\"lazy\">A",
        ),
        ("<h2>A<p>b", "<h2>A<p>b</h2>"),
    ] {
        assert_eq!(output(given), expected, "{given}");
    }
}

#[test]
fn golden_pages_have_headings_in_order_and_named_links() {
    for page in golden_pages() {
        let dom = Dom::parse(&page.rewrite().0, false);
        let mut before = 0;
        for at in dom.descendants(DOCUMENT) {
            let name = dom.name(at);
            let level = name.strip_prefix('h').and_then(|level| level.parse::<usize>().ok());
            if let Some(level) = level {
                assert!(before == 0 || level <= before + 1, "{}: h{before} h{level}", page.name);
                assert!(!dom.text(at).trim().is_empty(), "{}: an empty heading", page.name);
                before = level;
            }
            let alternative = || {
                let images = dom.descendants(at).into_iter().filter(|&image| dom.name(image) == "img");
                images.filter_map(|image| dom.attribute(image, "alt")).any(|alt| !alt.is_empty())
            };
            if name == "a" {
                let is_named = !dom.text(at).trim().is_empty() || dom.attribute(at, "title").is_some() || alternative();
                assert!(is_named, "{}: a link without a name", page.name);
            }
            if name == "li" {
                let is_filled =
                    !dom.text(at).trim().is_empty() || dom.descendants(at).iter().any(|&at| dom.name(at) == "img");
                assert!(is_filled, "{}: an empty item", page.name);
            }
        }
    }
}

#[test]
fn debris_of_engines_is_removed_and_marks_stay() {
    let result = link("https://a.example/x", "<h3>How <em>garden</em> <b>lamps</b></h3>");
    for (given, expected) in [
        ("<ul><li><a href=https://cache.example/1>Cached</a><li>A</ul>", "<ul><li>A</li></ul>"),
        ("<span><a href=https://t.example/1>Translate this page</a></span>A", "A"),
        ("<a href=https://a.example/><h3>Cached</h3></a>", "<a><h2>Cached</h2></a>"),
        ("<div><h2>People also ask</h2><div><div></div></div></div>A", "A"),
        ("<div><h2>People also ask</h2><p>Why?</p></div>", "<div><h2>People also ask</h2><p>Why?</p></div>"),
        ("<section><h2>Gardens</h2></section>A", "<section><h2>Gardens</h2></section>A"),
        ("<details open><summary>Suggestions</summary></details>A", "A"),
        ("<button>\u{22ee}</button><template><p>x</p></template><dialog>y</dialog>A", "A"),
        (
            "<img src=https://i.example/1 alt='Favicon of a.example'>A",
            "<img alt=\"\" src=\"/image/of-https%3A%2F%2Fi.example%2F1\" loading=\"lazy\">A",
        ),
        ("<footer>Powered by <a href=https://e.example/>Engine</a></footer>A", "A"),
        (
            "<article><h3>B</h3><footer>a.example</footer></article>",
            "<article><h2>B</h2><footer>a.example</footer></article>",
        ),
        (result.as_str(), "<a><h2>How <em>garden</em> <b>lamps</b></h2></a>"),
        ("<p>A <strong>lamp</strong>, <mark>one</mark></p>", "<p>A <strong>lamp</strong>, <mark>one</mark></p>"),
        (
            "<a href=https://a.example/x><img src=https://i.example/1></a>",
            "<a title=\"a.example/x\"><img alt=\"\" src=\"/image/of-https%3A%2F%2Fi.example%2F1\" loading=\"lazy\"></a>",
        ),
    ] {
        assert_eq!(shown(given), expected, "{given}");
    }
}

#[test]
fn the_printed_address_is_that_of_the_link() {
    let wrapped = "https://www.google.com/url?q=https%3A%2F%2Fevil.example%2Flogin&amp;sa=U";
    for target in ["https://evil.example/login", wrapped] {
        let title = link(target, "<h3>Bank</h3>");
        for (given, expected) in [
            (
                link(target, "<h3>Bank</h3><cite>www.bank.example › login</cite>"),
                "<a><h2>Bank</h2><cite>evil.example/login</cite></a>",
            ),
            (
                format!("<li>{title}<div><cite>https://<b>bank</b>.example/</cite></div></li>"),
                "<li><a><h2>Bank</h2></a><div><cite>evil.example/login</cite></div></li>",
            ),
            (
                format!("<div><div>{title}</div><cite>bank.example</cite></div>"),
                "<div><div><a><h2>Bank</h2></a></div><cite>evil.example/login</cite></div>",
            ),
            (link(target, "https://bank.example › login"), "<a>evil.example/login</a>"),
            // These say nothing false.
            (link(target, "<cite>evil.example › login</cite>"), "<a><cite>evil.example › login</cite></a>"),
            (link(target, "<cite>www.evil.example</cite>"), "<a><cite>www.evil.example</cite></a>"),
            (link(target, "<cite>Evil Inc.</cite>"), "<a><cite>Evil Inc.</cite></a>"),
            (link(target, "Node.js"), "<a>Node.js</a>"),
            (
                format!("<p>{title}</p><p><cite>bank.example</cite></p>"),
                "<p><a><h2>Bank</h2></a></p><p><cite>bank.example</cite></p>",
            ),
        ] {
            assert_eq!(shown(&given), expected, "{given}");
        }
    }
}

/// The address before a title is not taken for that of the result before it.
#[test]
fn addresses_of_other_results_stay() {
    let result = |host: &str| format!("<cite>{host}</cite>{}", link(&format!("https://{host}/"), "<h3>T</h3>"));
    for page in [
        ["a.example", "b.example", "c.example"].map(result).concat(),
        ["a.example", "b.example", "c.example"].map(|host| format!("<li>{}</li>", result(host))).concat(),
        format!(
            "<div>{}{}<cite>c.example</cite></div>",
            link("https://a.example/", "A"),
            link("https://b.example/", "B")
        ),
    ] {
        let output = output(&page);
        assert!(output.contains("<cite>c.example</cite>") && !output.contains("a.example/</cite>"), "{output}");
    }
    // Sponsored links, and those whose target only the engine knows, say nothing about the host.
    for target in ["https://ads.partner.example/aclk?1", "https://www.baidu.com/link?url=x"] {
        assert!(output(&link(target, "<cite>shop.example</cite>")).contains("<cite>shop.example</cite>"), "{target}");
    }
}
