//! Detection and redaction of personal data (PII) in a search keyword.
//!
//! People type or paste into a search box what identifies them or someone else, or what gives access to an account.
//! This module finds such data by its format and, where a standard defines one, by its check digit, so that it can be
//! replaced before the keyword leaves the proxy.
//!
//! The expected input is in NFKC, without invisible characters and with folded white space. Other input is accepted, but
//! detection is less precise.
//!
//! # How it works
//!
//! `prefilter` decides in one pass which detectors can match at all. Each detector adds what it finds to
//! `spans`; the most reliable ones run first, and a byte that is taken is skipped by later ones. Number detectors share
//! the tokens of `tokenizer` and the format patterns of `pattern`.
//!
//! # Decisions on ambiguous text
//!
//! * **Hashes and UUIDs are kept.** A hexadecimal string with the length of a common digest (32, 40, 56, 64, 96 or 128
//!   digits), a `0x…` string, a UUID or a cryptocurrency address looks like a file hash, a commit or a class ID, which
//!   people search for every day, and a digest by itself reveals no secret. After a key name (`api_key=…`) or in a
//!   reset link it is redacted.
//! * **Other long random strings are redacted** from 32 characters on, if they mix character classes as random text does
//!   (see `secret`).
//! * **Product numbers take precedence over personal numbers** where a bare number could be either: ISBN-10, ISBN-13,
//!   EAN-13 and UPC-A with a valid check digit are kept, unless a keyword before the number indicates otherwise ("tel",
//!   "nhs", "bsn" …) or the number also contains a plausible birth date and a second check (South Africa, Sweden,
//!   Switzerland's prefix 756).
//! * **Service numbers are kept**: freephone, premium-rate and short numbers belong to companies, and people search to
//!   find out which.
//! * **Plain links are kept as a whole**: the digits in a path are article numbers. Links with credentials, tokens,
//!   e-mail addresses or a long random part are redacted as a whole.
//! * **Percent-encoding is decoded**, twice if necessary: `ann%40example.com` is an address as browsers copy it. Links are
//!   examined both as written and decoded. Sequences that are not UTF-8 are not decoded.
//! * **The word before a number decides** (see `announcement`): after the word for a passport or a tax number it is redacted,
//!   with a valid check digit or not; after the word for a part, an order or a postal code it is kept.
//! * **Digits of every script are digits**, and so are digits written as words or one by one (see `digits`).

mod address;
mod announcement;
mod bank;
mod check_digits;
mod country_plans;
pub mod coverage;
mod credentials;
mod digits;
mod email;
mod european_ids;
mod exclusions;
mod kind;
mod link;
mod national_id_checks;
mod national_ids;
mod numbering_plan;
mod overseas_ids;
mod pattern;
mod percent_encoding;
mod phone;
mod prefilter;
mod secret;
mod seed_phrase;
mod shape;
mod spans;
mod spelled_email;
mod tokenizer;
mod vocabulary;

#[cfg(test)]
mod corpus_test;
#[cfg(test)]
mod coverage_test;
#[cfg(test)]
mod forms_test;
#[cfg(test)]
mod tests;

use core::ops::Range;

use strum::VariantArray as _;

use crate::fields::pii::digits::AsciiDigits;
pub use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::national_ids::Pass;
use crate::fields::pii::percent_encoding::PercentDecoded;
use crate::fields::pii::prefilter::Prefilter;
use crate::fields::pii::spans::{PiiSpan, Spans};
use crate::fields::pii::tokenizer::TokenizedText;

/// Maximum number of passes of [`redact`]. One is nearly always enough; the limit keeps hostile input from costing one
/// pass per match.
const MAX_PASSES: usize = 8;

/// Finds personal data in a keyword.
///
/// Returns non-overlapping byte ranges in ascending order, each on grapheme boundaries (UAX #29). The time is linear in the length
/// of the text. Nothing is allocated for text without a digit run, `@`, link, long token or percent-encoding.
pub fn find(text: &str) -> Vec<(PiiKind, Range<usize>)> {
    spans::extend_to_graphemes(text, find_decoded(text, percent_encoding::MAX_DECODE_DEPTH, &[]))
}

/// Finds personal data in the text as written, and in the text with up to `depth` layers of percent-encoding decoded.
/// `plain_links` are ranges that the outer layer found to be plain links.
fn find_decoded(text: &str, depth: usize, plain_links: &[Range<usize>]) -> Vec<PiiSpan> {
    match AsciiDigits::read(text) {
        None => find_in_ascii_digits(text, depth, plain_links),
        Some(read) => {
            let plain_links: Vec<_> = plain_links.iter().map(|range| read.to_read(range)).collect();
            read.spans_in_original(find_in_ascii_digits(&read.text, depth, &plain_links))
        }
    }
}

/// As [`find_decoded`], in a text whose digits are ASCII digits.
fn find_in_ascii_digits(text: &str, depth: usize, plain_links: &[Range<usize>]) -> Vec<PiiSpan> {
    let prefilter = Prefilter::scan(text);
    let decoded = if prefilter.percent && depth > 0 { PercentDecoded::decode(text) } else { None };
    if !prefilter.any_detector() && decoded.is_none() {
        return Vec::new();
    }
    let mut spans = Spans::new(text);
    for kind in PiiKind::VARIANTS {
        for (at, placeholder) in text.match_indices(kind.placeholder()) {
            spans.exclude(at..at + placeholder.len());
        }
    }
    for range in plain_links {
        spans.exclude(range.clone());
    }
    let new_plain_links = if prefilter.link { link::find(text, depth, &mut spans) } else { Vec::new() };
    run_detectors(text, &prefilter, &mut spans);
    let written = spans.into_sorted();
    let Some(decoded) = decoded else {
        return written;
    };
    let plain_links: Vec<_> =
        plain_links.iter().chain(&new_plain_links).map(|range| decoded.to_decoded(range)).collect();
    let inner = find_decoded(&decoded.text, depth - 1, &plain_links);
    decoded.merge(written, inner)
}

/// Runs all detectors except that of links.
fn run_detectors(text: &str, prefilter: &Prefilter, spans: &mut Spans) {
    if prefilter.pem {
        secret::find_pem_keys(text, spans);
    }
    if prefilter.assignment {
        credentials::find(text, spans);
    }
    if prefilter.digit {
        credentials::find_phrases(text, spans);
    }
    if prefilter.postal_address {
        address::find_postal(text, spans);
    }
    if prefilter.seed_phrase {
        seed_phrase::find(text, spans);
    }
    if prefilter.at_sign {
        email::find(text, spans);
    }
    if prefilter.bracketed_at {
        email::find_obfuscated(text, spans);
    }
    if prefilter.may_spell_address {
        spelled_email::find(text, spans);
    }
    if prefilter.long_token {
        secret::find_tokens(text, spans);
    }
    if prefilter.assignment {
        address::find_internet(text, spans);
    }
    if prefilter.digits {
        run_number_detectors(&TokenizedText::new(text), spans);
    }
}

/// Runs the number detectors, the most reliable first.
fn run_number_detectors(text: &TokenizedText<'_>, spans: &mut Spans) {
    bank::find_ibans(text, spans);
    let harmless = announcement::find(text, spans);
    phone::find_with_plus(text, spans);
    announcement::exclude_harmless(text, harmless, spans);
    national_ids::find(text, spans, Pass::BeforeProducts);
    exclusions::exclude_product_numbers(text, spans);
    bank::find_cards(text, spans);
    national_ids::find(text, spans, Pass::AfterProducts);
    phone::find(text, spans);
}

/// Replaces personal data by placeholders. None if there is none, so that the common case allocates nothing.
///
/// A replacement can change how its neighbors are interpreted (a number that was too close to another is now isolated),
/// so the result is examined again until nothing more is found. Redaction is idempotent.
pub fn redact(text: &str) -> Option<String> {
    let mut redacted = replace(text, &find(text))?;
    for _ in 1..MAX_PASSES {
        match replace(&redacted, &find(&redacted)) {
            Some(again) => redacted = again,
            None => break,
        }
    }
    Some(redacted)
}

fn replace(text: &str, spans: &[PiiSpan]) -> Option<String> {
    if spans.is_empty() {
        return None;
    }
    let mut redacted = String::with_capacity(text.len());
    let mut from = 0;
    for (kind, range) in spans {
        redacted.push_str(text.get(from..range.start).unwrap_or_default());
        redacted.push_str(kind.placeholder());
        from = range.end;
    }
    redacted.push_str(text.get(from..).unwrap_or_default());
    Some(redacted)
}
