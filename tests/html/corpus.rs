//! Reads the pages and hostile cases that stand beside the tests, and rewrites them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use qsproxy::answer::html::{self, PageStats, Rewriter, RewrittenUrl};
use qsproxy::answer::link_rules::LinkRules;
use qsproxy::answer::links::pattern::Pattern;
use qsproxy::result_kind::ResultKind;
use url::Url;

/// A page of `tests/golden/pages`.
pub struct Page {
    pub name: String,
    pub bytes: Vec<u8>,
    /// The charset that the answer's `Content-Type` names.
    pub charset: Option<String>,
    pub partner: Arc<html::RewriteRules>,
    pub sponsored: usize,
    pub organic: usize,
    /// Where the links lead, in the page's order.
    pub links: Vec<(ResultKind, String)>,
}

/// A line of `tests/hostile`.
pub struct Case {
    pub name: String,
    pub charset: Option<String>,
    pub bytes: Vec<u8>,
}

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The pages, as the manifest tells them.
pub fn pages() -> Vec<Page> {
    let folder = folder("golden/pages");
    let mut pages: Vec<Page> = Vec::new();
    for line in fs::read_to_string(folder.join("manifest.tsv")).unwrap().lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        match *columns.as_slice() {
            ["page", file, charset, url, keyword, sponsored, own, ads, results] => pages.push(Page {
                name: file.trim_end_matches(".html").to_owned(),
                bytes: fs::read(folder.join(file)).unwrap(),
                charset: said(charset),
                partner: partner_at(url, keyword, sponsored, own),
                sponsored: ads.parse().unwrap(),
                organic: results.parse().unwrap(),
                links: Vec::new(),
            }),
            ["sponsored", target] => pages.last_mut().unwrap().links.push((ResultKind::Sponsored, target.to_owned())),
            ["organic", target] => pages.last_mut().unwrap().links.push((ResultKind::Organic, target.to_owned())),
            _ => assert!(line.starts_with('#'), "the manifest says {line:?}"),
        }
    }
    pages
}

fn patterns(text: &str) -> Vec<Pattern> {
    text.split(' ').filter(|text| *text != "-").map(|text| Pattern::parse(text).unwrap()).collect()
}

fn said(charset: &str) -> Option<String> {
    (charset != "-").then(|| charset.to_owned())
}

/// The hostile cases; `monsters` alone, or all but them.
pub fn cases(monsters: bool) -> Vec<Case> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder("hostile")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let is_list = file.extension().is_some_and(|ending| ending == "tsv");
        is_list && file.file_stem().is_some_and(|stem| stem == "monsters") == monsters
    });
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let place = file.file_stem().unwrap().to_str().unwrap().to_owned();
        for line in fs::read_to_string(&file).unwrap().lines().filter(|line| !line.starts_with('#')) {
            let [name, charset, page] = *line.splitn(3, '\t').collect::<Vec<_>>() else { panic!("{place}: {line:?}") };
            cases.push(Case { name: format!("{place}/{name}"), charset: said(charset), bytes: unescaped(page) });
        }
    }
    cases
}

/// A page as it is written in one line (`tests/hostile/README.md`).
pub fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let (mark, after) = rest.split_at(1);
        rest = after;
        match mark {
            "n" => bytes.push(b'\n'),
            "r" => bytes.push(b'\r'),
            "t" => bytes.push(b'\t'),
            "\\" => bytes.push(b'\\'),
            "x" => {
                let (digits, after) = rest.split_at(2);
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = after;
            }
            "{" => {
                let (inside, after) = rest.split_once('}').unwrap();
                let (times, what) = inside.split_once(':').unwrap();
                bytes.extend(unescaped(what).repeat(times.parse().unwrap()));
                rest = after;
            }
            other => panic!("no escape: {other:?} in {text:?}"),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// A partner with these patterns, whose images come through us.
fn partner_at(url: &str, keyword: &str, sponsored: &str, own: &str) -> Arc<html::RewriteRules> {
    let site = LinkRules { url: Url::parse(url).unwrap(), sponsored: patterns(sponsored), own: patterns(own) };
    Arc::new(html::RewriteRules { links: site, keyword: keyword.to_owned(), images: true })
}

/// A partner for pages that belong to none.
pub fn anyone() -> Arc<html::RewriteRules> {
    partner_at("https://www.partner.example/search?q=x", "q", "https://ads.partner.example/aclk", "-")
}

/// The markup of our own search form, shortened.
fn form() -> String {
    concat!(
        "<form action=\"/search\" method=\"get\" role=\"search\"><input type=\"search\" name=\"q\" aria-label=\"Search for\">",
        "<input type=\"hidden\" name=\"code\" value=\"toolbar\"><button type=\"submit\">Search</button></form>"
    )
    .to_owned()
}

/// A token that says what is in it.
pub fn seal(sealed: RewrittenUrl) -> String {
    let (path, target) = match &sealed {
        RewrittenUrl::Link(kind, target) => (format!("/click/{}-", kind.as_str()), target),
        RewrittenUrl::Image(target) => ("/image/".to_owned() + "of-", target),
    };
    path + &url::form_urlencoded::byte_serialize(target.as_bytes())
        .collect::<String>()
        .replace('*', "%2A")
        .replace('+', "%20")
}

/// What `links = "direct"` gives instead of tokens.
pub fn plainly(sealed: RewrittenUrl) -> String {
    match sealed {
        RewrittenUrl::Link(_, target) => target,
        RewrittenUrl::Image(_) => seal(sealed),
    }
}

/// Rewrites a page that arrives in these pieces, its links counted.
pub fn rewritten<'a>(
    partner: &Arc<html::RewriteRules>,
    charset: Option<&str>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (String, PageStats) {
    rewritten_by(seal, partner, charset, pieces)
}

/// As [`rewritten`], with links as `seal` makes them.
pub fn rewritten_by<'a>(
    seal: fn(RewrittenUrl) -> String,
    partner: &Arc<html::RewriteRules>,
    charset: Option<&str>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (String, PageStats) {
    let mut rewriter = Rewriter::new(partner.clone(), charset, form(), PageStats::collecting_links(), seal);
    let mut out = String::new();
    for piece in pieces {
        match rewriter.push(piece) {
            Ok(ready) => out.push_str(&ready),
            Err(_) => break,
        }
    }
    let (rest, tally) = rewriter.finish();
    (out + &rest, tally)
}

impl Page {
    pub fn rewritten(&self) -> (String, PageStats) {
        rewritten(&self.partner, self.charset.as_deref(), [self.bytes.as_slice()])
    }
}

impl Case {
    pub fn rewritten(&self) -> String {
        rewritten(&anyone(), self.charset.as_deref(), [self.bytes.as_slice()]).0
    }
}
