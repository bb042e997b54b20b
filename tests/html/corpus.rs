//! Reads the pages of `tests/golden/pages` and the cases of `tests/hostile`, and rewrites them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use qsproxy::answer::html::{self, PageStats, Rewriter, RewrittenUrl};
use qsproxy::answer::link_rules::LinkRules;
use qsproxy::answer::links::pattern::Pattern;
use qsproxy::result_kind::ResultKind;
use url::Url;

/// A page of `tests/golden/pages`.
pub struct GoldenPage {
    pub name: String,
    pub bytes: Vec<u8>,
    /// The charset in `Content-Type`.
    pub charset: Option<String>,
    pub partner: Arc<html::RewriteRules>,
    pub sponsored: usize,
    pub organic: usize,
    /// The targets of the links in document order.
    pub links: Vec<(ResultKind, String)>,
}

/// A line of a file in `tests/hostile`.
pub struct HostileCase {
    pub name: String,
    pub charset: Option<String>,
    pub bytes: Vec<u8>,
}

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The pages in the manifest.
pub fn golden_pages() -> Vec<GoldenPage> {
    let folder = folder("golden/pages");
    let mut golden_pages: Vec<GoldenPage> = Vec::new();
    for line in fs::read_to_string(folder.join("manifest.tsv")).unwrap().lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        match *columns.as_slice() {
            ["page", file, charset, url, keyword, sponsored, own, ads, results] => golden_pages.push(GoldenPage {
                name: file.trim_end_matches(".html").to_owned(),
                bytes: fs::read(folder.join(file)).unwrap(),
                charset: charset_of(charset),
                partner: rules_for(url, keyword, sponsored, own),
                sponsored: ads.parse().unwrap(),
                organic: results.parse().unwrap(),
                links: Vec::new(),
            }),
            ["sponsored", target] => {
                golden_pages.last_mut().unwrap().links.push((ResultKind::Sponsored, target.to_owned()))
            }
            ["organic", target] => {
                golden_pages.last_mut().unwrap().links.push((ResultKind::Organic, target.to_owned()))
            }
            _ => assert!(line.starts_with('#'), "unknown line in the manifest: {line:?}"),
        }
    }
    golden_pages
}

fn patterns(text: &str) -> Vec<Pattern> {
    text.split(' ').filter(|text| *text != "-").map(|text| Pattern::parse(text).unwrap()).collect()
}

fn charset_of(charset: &str) -> Option<String> {
    (charset != "-").then(|| charset.to_owned())
}

/// The cases of `oversized.tsv`, or those of all other files.
pub fn hostile_cases(oversized: bool) -> Vec<HostileCase> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder("hostile")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let is_list = file.extension().is_some_and(|ending| ending == "tsv");
        is_list && file.file_stem().is_some_and(|stem| stem == "oversized") == oversized
    });
    files.sort();
    let mut hostile_cases = Vec::new();
    for file in files {
        let place = file.file_stem().unwrap().to_str().unwrap().to_owned();
        for line in fs::read_to_string(&file).unwrap().lines().filter(|line| !line.starts_with('#')) {
            let [name, charset, page] = *line.splitn(3, '\t').collect::<Vec<_>>() else { panic!("{place}: {line:?}") };
            hostile_cases.push(HostileCase {
                name: format!("{place}/{name}"),
                charset: charset_of(charset),
                bytes: unescape(page),
            });
        }
    }
    hostile_cases
}

/// Decodes the escapes of `tests/hostile/README.md`.
pub fn unescape(text: &str) -> Vec<u8> {
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
                bytes.extend(unescape(what).repeat(times.parse().unwrap()));
                rest = after;
            }
            other => panic!("unknown escape {other:?} in {text:?}"),
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// The rules of a partner with these patterns, whose images are proxied.
pub fn rules_for(url: &str, keyword: &str, sponsored: &str, own: &str) -> Arc<html::RewriteRules> {
    let site = LinkRules { url: Url::parse(url).unwrap(), sponsored: patterns(sponsored), own: patterns(own) };
    Arc::new(html::RewriteRules {
        links: site,
        keyword: keyword.to_owned(),
        images: true,
        walls: Vec::new(),
        no_results: Vec::new(),
    })
}

/// The rules for pages without a partner of their own.
pub fn any_partner() -> Arc<html::RewriteRules> {
    rules_for("https://www.partner.example/search?q=x", "q", "https://ads.partner.example/aclk", "-")
}

/// The markup of the program's search form, abbreviated.
fn search_form() -> String {
    concat!(
        "<form action=\"/search\" method=\"get\" role=\"search\"><input type=\"search\" name=\"q\" aria-label=\"Search for\">",
        "<input type=\"hidden\" name=\"code\" value=\"toolbar\"><button type=\"submit\">Search</button></form>"
    )
    .to_owned()
}

/// A token from which a test can read the target.
pub fn readable_token(rewritten_url: RewrittenUrl) -> String {
    let (path, target) = match &rewritten_url {
        RewrittenUrl::Link(kind, target) => (format!("/click/{}-", kind.as_str()), target),
        RewrittenUrl::Image(target) => ("/image/".to_owned() + "of-", target),
    };
    path + &url::form_urlencoded::byte_serialize(target.as_bytes())
        .collect::<String>()
        .replace('*', "%2A")
        .replace('+', "%20")
}

/// The target itself, as with `links = "direct"`.
pub fn direct_link(rewritten_url: RewrittenUrl) -> String {
    match rewritten_url {
        RewrittenUrl::Link(_, target) => target,
        RewrittenUrl::Image(_) => readable_token(rewritten_url),
    }
}

/// Rewrites a page that arrives in these pieces, with counted links.
pub fn rewrite<'a>(
    partner: &Arc<html::RewriteRules>,
    charset: Option<&str>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (String, PageStats) {
    rewrite_with(readable_token, partner, charset, pieces)
}

/// Like [`rewrite`], with another form of links.
pub fn rewrite_with<'a>(
    readable_token: fn(RewrittenUrl) -> String,
    partner: &Arc<html::RewriteRules>,
    charset: Option<&str>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (String, PageStats) {
    let mut rewriter =
        Rewriter::new(partner.clone(), charset, search_form(), PageStats::collecting_links(), readable_token);
    let mut out = String::new();
    for piece in pieces {
        match rewriter.push(piece) {
            Ok(ready) => out.push_str(&ready),
            Err(_) => break,
        }
    }
    let (rest, stats) = rewriter.finish();
    (out + &rest, stats)
}

impl GoldenPage {
    pub fn rewrite(&self) -> (String, PageStats) {
        rewrite(&self.partner, self.charset.as_deref(), [self.bytes.as_slice()])
    }
}

impl HostileCase {
    pub fn rewrite(&self) -> String {
        rewrite(&any_partner(), self.charset.as_deref(), [self.bytes.as_slice()]).0
    }
}
