//! Numbers whose own word decides: after the word for a passport, a tax number or a telephone they are redacted, with a
//! valid check digit or not; after the word for a part, an order or a postal code they are kept.
//!
//! The nearest word counts. Between it and the number only fillers may stand (`number`, `is`, `my`) and, after a word with
//! one meaning, one other word. Where no word stands before the number, the word directly after it counts.

use core::ops::Range;

use crate::fields::pii::bank::is_card_number;
use crate::fields::pii::pattern::{self, CompactForm};
use crate::fields::pii::phone;
use crate::fields::pii::shape::{Shape, number_end};
use crate::fields::pii::spans::Spans;
use crate::fields::pii::tokenizer::{Separator, TokenizedText, is_unspaced_script};
use crate::fields::pii::vocabulary::{Announces, WordHit, find_words, is_filler};

/// Maximum bytes between a word and its number.
const MAX_GAP: usize = 64;

/// Maximum characters of a run between a word and its number in a script without spaces (`番号は`).
const MAX_UNSPACED_GAP: usize = 6;

/// Maximum letters before the digits of a number, in a group of their own (`AB 123456`).
const MAX_PREFIX_LETTERS: usize = 5;

/// Maximum digits of a harmless number in groups. More are several numbers.
const MAX_HARMLESS_DIGITS: usize = 20;

/// Minimum length of a payment card number that no word makes harmless. Trade numbers have up to 13 digits.
const MIN_CARD_DIGITS: usize = 14;

/// The list's name for words about a caller, which may follow the number.
const CALLER: &str = "caller";

/// A number and the words that announce it.
struct Announced<'a> {
    /// Index of the first token.
    token: usize,
    /// The words at one place: a word of several meanings has several lines in the list.
    hits: &'a [WordHit],
}

/// Finds announced numbers. Those of persons are recorded; those of things are returned, for [`exclude_harmless`].
pub(super) fn find(text: &TokenizedText<'_>, spans: &mut Spans) -> Vec<Range<usize>> {
    let hits = find_words(text.text);
    let mut announced: Vec<Announced<'_>> = Vec::new();
    for group in hits.chunk_by(|a, b| (a.start, a.end) == (b.start, b.end)) {
        if let Some(token) = number_after(text, group, &hits) {
            announced.push(Announced { token, hits: group });
        }
    }
    let mut harmless = Vec::new();
    for Announced { token, hits } in &announced {
        if !record_personal(text, *token, hits, spans) && hits.iter().any(is_harmless) {
            harmless.push(harmless_range(text, *token));
        }
    }
    find_before_words(text, &hits, &announced, spans, &mut harmless);
    harmless
}

fn is_harmless(hit: &WordHit) -> bool {
    matches!(hit.announcement.announces, Announces::Harmless | Announces::Product)
}

/// Keeps the numbers of things, except payment cards with a valid check digit.
pub(super) fn exclude_harmless(text: &TokenizedText<'_>, harmless: Vec<Range<usize>>, spans: &mut Spans) {
    for range in harmless {
        let mut compact = CompactForm::new();
        let digits = text.text.get(range.clone()).unwrap_or_default();
        digits.split(|c: char| !c.is_ascii_alphanumeric()).for_each(|group| compact.push_str(group));
        if !(compact.bytes().len() >= MIN_CARD_DIGITS && is_card_number(compact.bytes())) {
            spans.exclude(range);
        }
    }
}

/// Records the number at `token` as what its words announce, if it has that form.
fn record_personal(text: &TokenizedText<'_>, token: usize, hits: &[WordHit], spans: &mut Spans) -> bool {
    hits.iter().any(|hit| {
        let Announces::Personal(kind) = hit.announcement.announces else {
            return false;
        };
        if hit.announcement.shapes.contains(&Shape::Phone) {
            // `cep` is a mobile telephone in Turkish, and a postal code in Portuguese.
            let is_postal = hits.iter().any(is_harmless) && is_brazilian_postal_code(text, token);
            return !is_postal && phone::record_announced(text, token, spans);
        }
        let start = text.token(token).map_or(0, |token| token.start);
        number_end(text, token, &hit.announcement.shapes).is_some_and(|end| spans.add(kind, start..end))
    })
}

/// True for five digits, a dash and three digits.
fn is_brazilian_postal_code(text: &TokenizedText<'_>, first: usize) -> bool {
    pattern::match_at(text, first, "99999-999").is_some_and(|found| text.is_delimited(first, found.last))
}

/// The first token of the number after a word.
fn number_after(text: &TokenizedText<'_>, group: &[WordHit], hits: &[WordHit]) -> Option<usize> {
    let hit = group.first()?;
    let announces = hit.announcement.announces;
    let max_unknown = usize::from(!hit.ambiguous && announces != Announces::Harmless);
    let mut unknown = 0;
    let mut at = hit.end;
    while at < hit.end + MAX_GAP {
        let rest = text.text.get(at..)?;
        let skipped = rest.find(char::is_alphanumeric)?;
        if rest.get(..skipped)?.contains(['[', ']', '?', '!', ';', '|', '+', '$', '€', '£']) {
            return plus_number(text, at + skipped, rest.get(..skipped)?);
        }
        let start = at + skipped;
        if start > hit.end && hits.iter().any(|other| other.start == start) {
            return None;
        }
        let word = word_at(text.text, start);
        at = start + word.len();
        if word.bytes().any(|b| b.is_ascii_digit()) {
            return token_at(text, start);
        }
        if let Some(token) = prefix_token(text, start, word) {
            return Some(token);
        }
        let is_particle = word.chars().all(is_unspaced_script) && word.chars().count() <= MAX_UNSPACED_GAP;
        if !is_particle && !is_filler(word) {
            unknown += 1;
        }
        if unknown > max_unknown {
            return None;
        }
    }
    None
}

/// The token of a number with a `+`, if nothing else stands before it.
fn plus_number(text: &TokenizedText<'_>, start: usize, skipped: &str) -> Option<usize> {
    skipped.trim_matches([' ', '(', ':', '.', '-']).eq("+").then(|| token_at(text, start)).flatten()
}

/// The word that begins at `start`: a run of ASCII letters and digits, or of other letters and marks.
fn word_at(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let is_ascii = rest.starts_with(|c: char| c.is_ascii());
    let end = rest.find(|c: char| match is_ascii {
        true => !c.is_ascii_alphanumeric(),
        false => c.is_ascii() || matches!(c, '\u{2000}'..='\u{206f}'),
    });
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

fn token_at(text: &TokenizedText<'_>, start: usize) -> Option<usize> {
    text.tokens.binary_search_by_key(&start, |token| token.start).ok()
}

/// The token at `start` if it is a group of letters that begins a number: `AB 123456`, `GHA-123456789-0`.
fn prefix_token(text: &TokenizedText<'_>, start: usize, word: &str) -> Option<usize> {
    let index = token_at(text, start)?;
    let (token, next) = (text.token(index)?, text.token(index + 1)?);
    let is_prefix = word.len() <= MAX_PREFIX_LETTERS && word.bytes().all(|b| b.is_ascii_uppercase()) && next.has_digit;
    let is_joined = match token.separator {
        Separator::Space => !is_filler(word) || word.len() == 2 && next.all_digits,
        Separator::Dash => true,
        Separator::Dot | Separator::Slash | Separator::Comma => false,
        Separator::Open | Separator::Close | Separator::Other => false,
    };
    (is_prefix && is_joined).then_some(index)
}

/// Decides on numbers without a word before them by the word directly after them.
fn find_before_words(
    text: &TokenizedText<'_>,
    hits: &[WordHit],
    announced: &[Announced<'_>],
    spans: &mut Spans,
    harmless: &mut Vec<Range<usize>>,
) {
    for group in hits.chunk_by(|a, b| (a.start, a.end) == (b.start, b.end)) {
        let Some(hit) = group.first() else { continue };
        let Some(first) = number_before(text, hit.start) else { continue };
        let Some(token) = text.token(first) else { continue };
        let is_decided = announced.iter().any(|other| {
            text.token(other.token).is_some_and(|other| other.start <= token.start)
                && other.token + 8 > first
                && (other.token..first)
                    .all(|index| text.token(index).is_some_and(|token| token.separator != Separator::Other))
        });
        if is_decided || token.after_plus || !spans.is_free(&(token.start..token.end)) {
            continue;
        }
        let may_follow = match hit.announcement.announces {
            Announces::Personal(_) if hit.announcement.shapes.contains(&Shape::Phone) => {
                hit.announcement.name == CALLER
            }
            Announces::Personal(_) => !hit.ambiguous || group.iter().all(has_strict_shapes),
            Announces::Harmless | Announces::Product => true,
        };
        if !may_follow {
            continue;
        }
        if !record_personal(text, first, group, spans) && group.iter().any(decides_before) {
            harmless.push(harmless_range(text, first));
        }
    }
}

/// True if the announcement allows one form only, so that an ambiguous word is enough.
fn has_strict_shapes(hit: &WordHit) -> bool {
    hit.announcement.shapes.iter().all(|shape| matches!(shape, Shape::Digits(_) | Shape::Pattern(_)))
}

/// True for words that follow their number: trade and part numbers, postal codes and products, but no orders.
fn decides_before(hit: &WordHit) -> bool {
    is_harmless(hit) && !matches!(hit.announcement.name, "order and case number" | "freight")
}

/// The first token of the number that ends directly before `start`, with fillers in between.
fn number_before(text: &TokenizedText<'_>, start: usize) -> Option<usize> {
    let last = text.tokens.partition_point(|token| token.end <= start).checked_sub(1)?;
    let mut last_number = last;
    while !text.token(last_number)?.has_digit {
        let token = text.token(last_number)?;
        if !is_filler(text.token_text(token)) || last - last_number > 1 {
            return None;
        }
        last_number = last_number.checked_sub(1)?;
    }
    let gap = text.text.get(text.token(last_number)?.end..start)?;
    if gap.contains(['[', ']', '?', '!', ';', '|', ',']) || gap.chars().any(|c| !c.is_ascii() && !is_unspaced_script(c))
    {
        return None;
    }
    let mut first = last_number;
    while let Some(previous) = first.checked_sub(1) {
        let token = text.token(previous)?;
        let joins = match token.separator {
            Separator::Space | Separator::Dash | Separator::Dot | Separator::Slash => true,
            Separator::Open | Separator::Close => true,
            Separator::Comma | Separator::Other => false,
        };
        if !token.has_digit || !joins {
            break;
        }
        first = previous;
    }
    Some(first)
}

/// True for a group such as `0171`.
fn begins_with_trunk(group: &str) -> bool {
    matches!(group.as_bytes(), [b'0', b'1'..=b'9', ..])
}

/// The range of the harmless number that begins at token `first`: its groups, up to one that begins another number.
fn harmless_range(text: &TokenizedText<'_>, first: usize) -> Range<usize> {
    let Some(token) = text.token(first) else {
        return 0..0;
    };
    let starts_with_zero = text.token_text(token).starts_with('0');
    let (start, mut end, mut digits, mut separator) = (token.start, token.end, token.len(), token.separator);
    for group in text.tokens.iter().skip(first + 1) {
        let joins = match separator {
            Separator::Dash | Separator::Dot | Separator::Slash => true,
            Separator::Space => {
                let begins_another = begins_with_trunk(text.token_text(group)) && digits >= 5 && !starts_with_zero;
                !begins_another && (group.has_digit || group.len() <= 2)
            }
            Separator::Open | Separator::Close | Separator::Comma | Separator::Other => false,
        };
        if !joins || group.after_plus || digits + group.len() > MAX_HARMLESS_DIGITS {
            break;
        }
        (end, digits, separator) = (group.end, digits + group.len(), group.separator);
    }
    start..end
}

#[cfg(test)]
mod tests {
    use crate::fields::pii::redact;

    #[test]
    fn the_word_before_a_number_decides() {
        for (announced, expected) in [
            ("passport 938471029", "passport [number]"),
            ("my passport number is X9384710", "my passport number is [number]"),
            ("passport no. AB 938471", "passport no. [number]"),
            ("Reisepassnummer: C3J0RK7H2", "Reisepassnummer: [number]"),
            ("938471029 passport", "[number] passport"),
            ("reisepassnummer C4VW1JKZ8", "reisepassnummer [number]"),
            ("pass-nr. C01XYCCG9", "pass-nr. [number]"),
            ("perso nr L22N01Z7T", "perso nr [number]"),
            ("driver number JONES710238AB9CD", "driver number [number]"),
            ("employer id 45-1234567", "employer id [number]"),
            ("nif 0712345678901 impots", "nif [number] impots"),
            ("documento nacional 40.111.222", "documento nacional [number]"),
            ("személyi azonosító 3-010203-1234", "személyi azonosító [number]"),
            ("cep 0532 938 47 10", "cep [phone]"),
            ("номер паспорта 45 09 938471", "номер паспорта [number]"),
            ("我的护照是E93847102吗", "我的护照是[number]吗"),
            ("hkid K938471(2)", "hkid [number]"),
            ("routing 038471029 account 938471029", "routing [number] account [number]"),
            ("born 18/05/1993 jane roe", "born [number] jane roe"),
            ("my ip is 198.51.100.23", "my ip is [number]"),
            ("mac address 3c:22:fb:9a:41:d7", "mac address [number]"),
            ("credit card 4111 1193 8471 0293", "credit card [card]"),
            ("телефон 067 938 47 10", "телефон [phone]"),
        ] {
            assert_eq!(redact(announced).as_deref(), Some(expected));
        }
    }

    #[test]
    fn numbers_of_things_are_kept() {
        for kept in [
            "zip 02139-4307",
            "cep 01310-100",
            "cep: 20040-020 rio",
            "passport COVID19EU",
            "part number 0938-471-02",
            "order 07911938471",
            "siret 938 471 020 00384",
            "07129904553 bmw",
            "honda 08798-9036",
            "garmin fenix 010-02540-21",
            "awb 020-93847102",
            "passport 2026 2027",
            "passport fee 130.00 usd",
            "tax number 93847102 euro",
            "born 1961",
            "ip address 192.168.1.254",
            "0110 1001 1010 0101",
        ] {
            assert_eq!(redact(kept), None, "{kept}");
        }
    }

    #[test]
    fn the_nearest_word_counts_and_cards_are_redacted_after_any() {
        assert_eq!(redact("order phone 07911938471").as_deref(), Some("order phone [phone]"));
        assert_eq!(redact("phone order 07911938471"), None);
        assert_eq!(redact("order 4111 1111 1111 1111").as_deref(), Some("order [card]"));
        assert_eq!(redact("order 12345 0171 2345678").as_deref(), Some("order 12345 [phone]"));
    }
}
