//! Product numbers, which are excluded before less reliable detectors run.

use crate::fields::pii::check_digits::{gs1, isbn_10};
use crate::fields::pii::pattern::{self, CompactForm, Validator};
use crate::fields::pii::spans::Spans;
use crate::fields::pii::tokenizer::{Separator, TokenizedText};

fn is_isbn_13(n: &[u8]) -> bool {
    n.len() == 13 && (n.starts_with(b"978") || n.starts_with(b"979")) && gs1(n)
}

/// Formats without separators: EAN-13 (which includes ISBN-13), UPC-A, ISBN-10.
const UNGROUPED: [(&str, Validator); 3] = [("9999999999999", gs1), ("999999999999", gs1), ("999999999X", isbn_10)];

/// Excludes ISBN, EAN and UPC numbers with a valid check digit.
pub(super) fn exclude_product_numbers(text: &TokenizedText<'_>, spans: &mut Spans) {
    for (index, token) in text.number_starts() {
        if token.len() > 13
            || !text.token_text(token).starts_with(|c: char| c.is_ascii_digit())
            || !spans.is_free(&(token.start..token.end))
        {
            continue;
        }
        let ungrouped = UNGROUPED.iter().find_map(|(pattern, is_valid)| {
            let found = pattern::match_at(text, index, pattern)?;
            is_valid(found.compact.bytes()).then_some(found.range)
        });
        let range = ungrouped.or_else(|| {
            grouped_isbn_end(text, index, 5, is_isbn_13)
                .or_else(|| grouped_isbn_end(text, index, 4, isbn_10))
                .map(|end| token.start..end)
        });
        if let Some(range) = range
            && spans.is_free(&range)
        {
            spans.exclude(range);
        }
    }
}

/// The end of an ISBN in groups (ISO 2108), separated by dashes only or by spaces only. The lengths of the inner groups
/// vary by country, the number of groups does not.
fn grouped_isbn_end(text: &TokenizedText<'_>, index: usize, groups: usize, is_valid: Validator) -> Option<usize> {
    let separator = text.token(index)?.separator;
    // The last group is the check digit.
    if text.token(index + groups - 1)?.len() != 1 {
        return None;
    }
    if !matches!(separator, Separator::Dash | Separator::Space) {
        return None;
    }
    let mut compact = CompactForm::new();
    for (count, token) in text.tokens.iter().skip(index).take(groups).enumerate() {
        compact.push_str(text.token_text(token));
        if count + 1 == groups {
            return is_valid(compact.bytes()).then_some(token.end);
        }
        if token.separator != separator || token.len() > 7 {
            return None;
        }
    }
    None
}
