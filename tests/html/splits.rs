//! Pages that arrive in pieces: where a page is cut makes no difference.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::corpus::{any_partner, golden_pages, hostile_cases, rewrite};
use super::mutants::seed;

/// Pages up to this length are cut at every byte.
const SMALL: usize = 700;

#[test]
fn every_cut_of_a_small_page_gives_the_same_output() {
    for page in golden_pages().iter().filter(|page| page.bytes.len() <= SMALL) {
        let (whole, _) = page.rewrite();
        for cut in 0..=page.bytes.len() {
            let (left, right) = page.bytes.split_at(cut);
            let (cut_once, _) = rewrite(&page.partner, page.charset.as_deref(), [left, right]);
            assert!(cut_once == whole, "{} cut at {cut}\n{cut_once}\n{whole}", page.name);
        }
    }
}

#[test]
fn every_cut_of_a_hostile_page_gives_the_same_output() {
    let mut wrong = Vec::new();
    for case in hostile_cases(false).iter().filter(|case| case.bytes.len() <= SMALL) {
        let whole = case.rewrite();
        for cut in 0..=case.bytes.len() {
            let (left, right) = case.bytes.split_at(cut);
            let (cut_once, _) = rewrite(&any_partner(), case.charset.as_deref(), [left, right]);
            if cut_once != whole {
                wrong.push(format!("{} cut at {cut}\n    {cut_once}\n    {whole}", case.name));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn single_bytes_and_random_pieces_give_the_same_output() {
    let seed = seed();
    let mut rng = StdRng::seed_from_u64(seed);
    for page in golden_pages() {
        let (whole, stats) = page.rewrite();
        let titles = |stats: qsproxy::answer::html::PageStats| -> Vec<String> {
            stats.into_results().into_iter().map(|linked| linked.title).collect()
        };
        let wanted = titles(stats);
        for most in [1, 7, 100, 5_000] {
            let (mut pieces, mut rest) = (Vec::new(), page.bytes.as_slice());
            while !rest.is_empty() {
                let length = rng.random_range(1..=most).min(rest.len());
                let (piece, after) = rest.split_at(length);
                pieces.push(piece);
                rest = after;
            }
            if pieces.len() > 60_000 {
                continue;
            }
            let (out, stats) = rewrite(&page.partner, page.charset.as_deref(), pieces);
            assert!(out == whole, "{} in pieces of at most {most}; HTML_SEED={seed}\n{out}", page.name);
            assert_eq!(titles(stats), wanted, "{}; HTML_SEED={seed}", page.name);
        }
    }
}
