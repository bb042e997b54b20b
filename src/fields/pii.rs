//! Personal data in a search keyword, and its redaction.
//!
//! A keyword is what a person typed or pasted into a search box. Some of them
//! paste what identifies them or somebody else, or what opens an account. This
//! module finds such data by its form and, wherever a standard gives one, by its
//! check digit, so that it can be replaced before the keyword leaves the proxy.
//!
//! The expected input has been through NFKC, has lost its invisible characters
//! and has its white space folded; other input is handled, only less sharply.
//!
//! # Decisions on ambiguous text
//!
//! * **Hashes and UUIDs are left alone.** Hexadecimal strings with the length of
//!   a usual digest (32, 40, 56, 64, 96 or 128 digits), `0x…` strings, UUIDs and
//!   public ledger addresses cannot be told from a file hash, a commit or a class
//!   id, which people search for every day, and a digest tells nobody a secret
//!   by itself. Behind a key (`api_key=…`) or in a reset link they are redacted.
//! * **Other long random strings are redacted** from 32 characters, if they mix
//!   character classes as random text does (see `secret`).
//! * **Goods win over persons** where a bare number could be both: ISBN-10,
//!   ISBN-13, EAN-13 and UPC-A with a right check digit are left alone, unless a
//!   word before the number says otherwise ("tel", "nhs", "bsn" …) or the number
//!   also holds a plausible birth date and a second check (South Africa, Sweden,
//!   Switzerland's 756 prefix).
//! * **Service numbers are left alone**: freephone, premium-rate and short
//!   numbers belong to companies, and people search to find out which.
//! * **Plain links are left alone with all they hold**: the digits in a path are
//!   article numbers. Links with credentials, tokens, e-mail addresses or a long
//!   random part are redacted as a whole.
//! * **Percent escapes are read**, twice where need be: `ann%40example.com` is an
//!   address as browsers copy it. Links are judged as they are written and as
//!   they read. Escapes that are not UTF-8 stand for themselves.
//! * **Only ASCII digits are read.** NFKC folds full-width digits; Arabic-Indic
//!   and other digit systems are not read.

mod bank;
mod checks;
mod credentials;
mod email;
mod escape;
mod exclusions;
mod link;
mod national_id_checks;
mod national_ids;
mod numbering_plan;
mod pattern;
mod phone;
mod prefilter;
mod secret;
mod spans;
mod tokenizer;

use core::ops::Range;

use strum::VariantArray;

#[cfg(test)]
mod corpus_test;
#[cfg(test)]
mod tests;

use crate::fields::pii::escape::Decoded;
use crate::fields::pii::prefilter::Hints;
use crate::fields::pii::spans::Claims;
use crate::fields::pii::tokenizer::TokenizedText;

/// One kind of personal data, which is also what stands in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum PiiKind {
    /// A mail address (RFC 5322 `addr-spec`, RFC 6531 for other scripts).
    Email,
    /// A payment card number (ISO/IEC 7812-1: issuer prefix, Luhn check digit).
    Card,
    /// An International Bank Account Number (ISO 13616-1, ISO 7064 MOD 97-10).
    BankAccount,
    /// A telephone number (ITU-T E.164 or a national way of writing one).
    Phone,
    /// A number a state gave to a person: social security, tax, identity card.
    NationalNumber,
    /// A link that lets its holder in, or names a person (RFC 3986).
    Link,
    /// A password, a key or a token.
    Secret,
}

impl PiiKind {
    /// What a finding of this kind is replaced by: a word the search partner can
    /// still make sense of, in brackets no detector reads across.
    pub fn placeholder(self) -> &'static str {
        match self {
            PiiKind::Email => "[email]",
            PiiKind::Card => "[card]",
            PiiKind::BankAccount => "[iban]",
            PiiKind::Phone => "[phone]",
            PiiKind::NationalNumber => "[number]",
            PiiKind::Link => "[link]",
            PiiKind::Secret => "[secret]",
        }
    }
}

/// How often `redact` looks again at what it wrote. One look is nearly always
/// enough; the bound keeps hostile input from buying a pass per finding.
const ROUNDS: usize = 8;

/// Finds personal data in a keyword.
///
/// The answer holds non-overlapping byte ranges in ascending order, each on
/// character boundaries. It takes time linear in the length of the text, and
/// allocates nothing for text that holds no digit run, `@`, link, long token or
/// percent escape.
pub fn find(text: &str) -> Vec<(PiiKind, Range<usize>)> {
    look(text, escape::LAYERS, &[])
}

/// What was found where.
type Finding = (PiiKind, Range<usize>);

/// Finds in the text as it is written, and as it reads without up to `layers` of
/// percent escapes. `plain` is what a layer above has found to be a plain link.
fn look(text: &str, layers: usize, plain: &[Range<usize>]) -> Vec<Finding> {
    let hints = Hints::of(text);
    let decoded = if hints.percent && layers > 0 { Decoded::of(text) } else { None };
    if !hints.any() && decoded.is_none() {
        return Vec::new();
    }
    let mut claims = Claims::new(text);
    for kind in PiiKind::VARIANTS {
        for (at, hit) in text.match_indices(kind.placeholder()) {
            claims.protect(at..at + hit.len());
        }
    }
    for range in plain {
        claims.protect(range.clone());
    }
    let links = if hints.link { link::find(text, layers, &mut claims) } else { Vec::new() };
    detect(text, &hints, &mut claims);
    let findings = claims.into_findings();
    let Some(decoded) = decoded else {
        return findings;
    };
    let plain: Vec<_> = plain.iter().chain(&links).map(|range| decoded.within(range)).collect();
    let read = look(&decoded.text, layers - 1, &plain);
    decoded.merge(findings, read)
}

/// The detectors, without that of links.
fn detect(text: &str, hints: &Hints, claims: &mut Claims) {
    if hints.armour {
        secret::armoured_keys(text, claims);
    }
    if hints.assignment {
        credentials::find(text, claims);
    }
    if hints.at {
        email::find(text, claims);
    }
    if hints.spelt_at {
        email::find_spelt(text, claims);
    }
    if hints.long_token {
        secret::tokens(text, claims);
    }
    if hints.digits {
        numbers(&TokenizedText::new(text), claims);
    }
}

/// The detectors of numbers, the surest first: what one has claimed, the later
/// ones do not see.
fn numbers(text: &TokenizedText<'_>, claims: &mut Claims) {
    bank::find_ibans(text, claims);
    national_ids::find(text, claims, national_ids::Rank::BeforeGoods);
    phone::find_announced(text, claims);
    exclusions::protect(text, claims);
    bank::find_cards(text, claims);
    national_ids::find(text, claims, national_ids::Rank::AfterGoods);
    phone::find(text, claims);
}

/// The text with every finding replaced by its placeholder.
///
/// `None` where nothing was found, so that the common case allocates nothing.
/// A replacement can change how its neighbours read (a number that stood too
/// close to another one now stands alone), so the result is looked at again
/// until nothing more is found: redacting twice is the same as redacting once.
pub fn redact(text: &str) -> Option<String> {
    let mut redacted = replace(text, &find(text))?;
    for _ in 1..ROUNDS {
        match replace(&redacted, &find(&redacted)) {
            Some(again) => redacted = again,
            None => break,
        }
    }
    Some(redacted)
}

fn replace(text: &str, findings: &[(PiiKind, Range<usize>)]) -> Option<String> {
    if findings.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (kind, range) in findings {
        out.push_str(text.get(from..range.start).unwrap_or_default());
        out.push_str(kind.placeholder());
        from = range.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Some(out)
}
