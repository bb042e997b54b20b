//! Pages in the structure of real engines: every link leads where `manifest.tsv` says, and the whole page comes out as the
//! file `NAME.out.html` beside it, which was read by a person. `GOLDEN=write` writes those files anew.

use std::fs;

use qsproxy::result_kind::ResultKind;

use super::checker::{Allowed, violations, violations_of};
use super::corpus::{folder, pages, plainly, rewritten, rewritten_by};
use super::dom::{DOCUMENT, Dom};

/// Kind and target of every link of a rewritten page, from the tokens that [`super::corpus::seal`] makes.
pub fn links(output: &str) -> Vec<(ResultKind, String)> {
    let dom = Dom::parse(output, false);
    let mut links = Vec::new();
    for at in dom.within(DOCUMENT).into_iter().filter(|&at| dom.name(at) == "a") {
        let token = dom.attribute(at, "href").and_then(|href| href.strip_prefix("/click/")).expect("a link of ours");
        let (kind, target) = token.split_once('-').expect("a kind and a target");
        let kind = if kind == ResultKind::Sponsored.as_str() { ResultKind::Sponsored } else { ResultKind::Organic };
        let target = url::form_urlencoded::parse(format!("t={target}").as_bytes()).next().unwrap().1.into_owned();
        links.push((kind, target));
    }
    links
}

#[test]
fn every_link_leads_where_it_should() {
    for page in pages() {
        let (output, tally) = page.rewritten();
        let found = links(&output);
        for (at, (found, wanted)) in found.iter().zip(&page.links).enumerate() {
            assert_eq!(found, wanted, "{}: link {at}", page.name);
        }
        assert_eq!(found.len(), page.links.len(), "{}", page.name);
        assert_eq!((tally.sponsored, tally.organic), (page.sponsored, page.organic), "{}", page.name);
    }
}

#[test]
fn under_direct_every_link_is_its_target() {
    for page in pages() {
        let (output, _) = rewritten_by(plainly, &page.partner, page.charset.as_deref(), [page.bytes.as_slice()]);
        assert_eq!(
            violations_of(&output, Allowed { direct: true, images: true }),
            Vec::<String>::new(),
            "{}",
            page.name
        );
        let dom = Dom::parse(&output, false);
        let found = dom.within(DOCUMENT).into_iter().filter_map(|at| dom.attribute(at, "href"));
        let wanted = page.links.iter().map(|(_, target)| target.as_str());
        assert_eq!(found.collect::<Vec<_>>(), wanted.collect::<Vec<_>>(), "{}", page.name);
    }
}

#[test]
fn every_page_comes_out_as_it_was_read() {
    let write = std::env::var("GOLDEN").is_ok_and(|word| word == "write");
    for page in pages() {
        let (output, _) = page.rewritten();
        assert_eq!(violations(&output), Vec::<String>::new(), "{}", page.name);
        // The large pages are for measuring; their links are checked, and nobody would read more of them.
        if page.bytes.len() > 20_000 {
            continue;
        }
        let file = folder("golden/pages").join(format!("{}.out.html", page.name));
        // A line for each link and block, so that a difference is a line.
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
fn nothing_of_scripts_and_styles_is_readable() {
    for page in pages() {
        let (output, _) = page.rewritten();
        for trap in ["trap.example", "function", "font-face", "var q", "gen_204", "beacon"] {
            assert!(!output.contains(trap), "{}: {trap}", page.name);
        }
    }
}

#[test]
fn a_page_that_is_rewritten_again_is_still_fine() {
    for page in pages() {
        let (once, _) = page.rewritten();
        let (twice, _) = rewritten(&page.partner, Some("utf-8"), [once.as_bytes()]);
        assert_eq!(violations(&twice), Vec::<String>::new(), "{}", page.name);
        let text = |page: &str| Dom::parse(page, false).text(DOCUMENT).split_whitespace().collect::<String>();
        // Our own links are the partner's own pages to a second run, and go with their text.
        assert!(text(&twice).len() <= text(&once).len(), "{}", page.name);
    }
}

#[test]
fn any_charset_that_a_partner_may_name_is_harmless() {
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
    for page in pages().iter().filter(|page| page.bytes.len() < 20_000) {
        for label in labels {
            let (output, _) = rewritten(&page.partner, Some(label), [page.bytes.as_slice()]);
            assert_eq!(violations(&output), Vec::<String>::new(), "{} as {label:?}", page.name);
        }
    }
}
