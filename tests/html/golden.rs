//! Pages with the structure of real search engines: every link has the target in `manifest.tsv`, and the rewritten page equals the
//! reviewed file `NAME.out.html`. `GOLDEN=write` writes those files again.

use std::fs;

use qsproxy::result_kind::ResultKind;

use super::checker::{Allowed, violations, violations_of};
use super::corpus::{direct_link, folder, golden_pages, rewrite, rewrite_with};
use super::dom::{DOCUMENT, Dom};

/// Kind and target of every link of a rewritten page, from the tokens that [`super::corpus::readable_token`] makes.
pub fn links(output: &str) -> Vec<(ResultKind, String)> {
    let dom = Dom::parse(output, false);
    let mut links = Vec::new();
    for at in dom.descendants(DOCUMENT).into_iter().filter(|&at| dom.name(at) == "a") {
        let token = dom.attribute(at, "href").and_then(|href| href.strip_prefix("/click/")).expect("a click link");
        let (kind, target) = token.split_once('-').expect("a kind and a target");
        let kind = if kind == ResultKind::Sponsored.as_str() { ResultKind::Sponsored } else { ResultKind::Organic };
        let target = url::form_urlencoded::parse(format!("t={target}").as_bytes()).next().unwrap().1.into_owned();
        links.push((kind, target));
    }
    links
}

#[test]
fn every_link_has_the_target_of_the_manifest() {
    for page in golden_pages() {
        let (output, stats) = page.rewrite();
        let found = links(&output);
        for (at, (found, wanted)) in found.iter().zip(&page.links).enumerate() {
            assert_eq!(found, wanted, "{}: link {at}", page.name);
        }
        assert_eq!(found.len(), page.links.len(), "{}", page.name);
        assert_eq!((stats.sponsored, stats.organic), (page.sponsored, page.organic), "{}", page.name);
    }
}

#[test]
fn direct_links_are_their_targets() {
    for page in golden_pages() {
        let (output, _) = rewrite_with(direct_link, &page.partner, page.charset.as_deref(), [page.bytes.as_slice()]);
        assert_eq!(
            violations_of(&output, Allowed { direct: true, images: true }),
            Vec::<String>::new(),
            "{}",
            page.name
        );
        let dom = Dom::parse(&output, false);
        let found = dom.descendants(DOCUMENT).into_iter().filter_map(|at| dom.attribute(at, "href"));
        let wanted = page.links.iter().map(|(_, target)| target.as_str());
        assert_eq!(found.collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{}", page.name);
    }
}

#[test]
fn every_page_equals_its_reviewed_output() {
    let write = std::env::var("GOLDEN").is_ok_and(|word| word == "write");
    for page in golden_pages() {
        let (output, _) = page.rewrite();
        assert_eq!(violations(&output), Vec::<String>::new(), "{}", page.name);
        // The large pages are for benchmarks. Only their links are checked, because nobody would review them.
        if page.bytes.len() > 20_000 {
            continue;
        }
        let file = folder("golden/pages").join(format!("{}.out.html", page.name));
        // One line for each link and block, thus a difference is a line.
        let readable = output.replace("<a ", "\n<a ").replace("<div", "\n<div").replace("<li", "\n<li") + "\n";
        if write {
            fs::write(&file, &readable).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            readable == expected,
            "{}: not as expected; GOLDEN=write and look at the difference\n{readable}",
            page.name
        );
    }
}

#[test]
fn no_text_of_scripts_and_styles_remains() {
    for page in golden_pages() {
        let (output, _) = page.rewrite();
        for trap in ["trap.example", "function", "font-face", "var q", "gen_204", "beacon"] {
            assert!(!output.contains(trap), "{}: {trap}", page.name);
        }
    }
}

#[test]
fn rewriting_a_rewritten_page_is_safe() {
    for page in golden_pages() {
        let (once, _) = page.rewrite();
        let (twice, _) = rewrite(&page.partner, Some("utf-8"), [once.as_bytes()]);
        assert_eq!(violations(&twice), Vec::<String>::new(), "{}", page.name);
        let text = |page: &str| Dom::parse(page, false).text(DOCUMENT).split_whitespace().collect::<String>();
        // For a second run our links are pages of the partner, and are removed with their text.
        assert!(text(&twice).len() <= text(&once).len(), "{}", page.name);
    }
}

#[test]
fn any_charset_label_is_safe() {
    let labels = [
        "utf-8",
        "utf-16",
        "utf-16be",
        "iso-8859-1",
        "windows-1251",
        "windows-874",
        "gbk",
        "gb18030",
        "big5",
        "euc-jp",
        "shift_jis",
        "iso-2022-jp",
        "euc-kr",
        "koi8-u",
        "ibm866",
        "macintosh",
        "x-user-defined",
        "replacement",
        "utf-7",
        "",
        "no-such",
        "\"utf-8\"",
        " utf-8 ",
        "utf8\0",
    ];
    for page in golden_pages().iter().filter(|page| page.bytes.len() < 20_000) {
        for label in labels {
            let (output, _) = rewrite(&page.partner, Some(label), [page.bytes.as_slice()]);
            assert_eq!(violations(&output), Vec::<String>::new(), "{} as {label:?}", page.name);
        }
    }
}
