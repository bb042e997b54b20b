//! Numbers of goods, which are set aside before weaker checks see them.

use crate::fields::pii::checks::{gs1, isbn_10};
use crate::fields::pii::pattern::{self, Check, Compact};
use crate::fields::pii::spans::Claims;
use crate::fields::pii::tokenizer::{Sep, TokenizedText};

fn is_isbn_13(n: &[u8]) -> bool {
    n.len() == 13 && (n.starts_with(b"978") || n.starts_with(b"979")) && gs1(n)
}

/// Bare forms: EAN-13 (of which ISBN-13 is one), UPC-A, ISBN-10.
const BARE: [(&str, Check); 3] = [("9999999999999", gs1), ("999999999999", gs1), ("999999999X", isbn_10)];

/// Protects ISBN, EAN and UPC numbers with a right check digit.
pub(super) fn protect(text: &TokenizedText<'_>, claims: &mut Claims) {
    for (index, token) in text.starts() {
        if token.len() > 13
            || !text.slice(token).starts_with(|c: char| c.is_ascii_digit())
            || !claims.free(&(token.start..token.end))
        {
            continue;
        }
        let bare = BARE.iter().find_map(|(shape, check)| {
            let fit = pattern::fit(text, index, shape)?;
            check(fit.compact.bytes()).then_some(fit.range)
        });
        let range = bare.or_else(|| {
            hyphenated(text, index, 5, is_isbn_13)
                .or_else(|| hyphenated(text, index, 4, isbn_10))
                .map(|end| token.start..end)
        });
        if let Some(range) = range
            && claims.free(&range)
        {
            claims.protect(range);
        }
    }
}

/// An ISBN in its groups (ISO 2108): all joined by dashes or all by spaces. The
/// lengths of the inner groups vary by country, their number does not.
fn hyphenated(text: &TokenizedText<'_>, index: usize, groups: usize, check: Check) -> Option<usize> {
    let sep = text.token(index)?.sep;
    // The check digit stands alone.
    if text.token(index + groups - 1)?.len() != 1 {
        return None;
    }
    if !matches!(sep, Sep::Dash | Sep::Space) {
        return None;
    }
    let mut compact = Compact::new();
    for (count, token) in text.tokens.iter().skip(index).take(groups).enumerate() {
        compact.push_str(text.slice(token));
        if count + 1 == groups {
            return check(compact.bytes()).then_some(token.end);
        }
        if token.sep != sep || token.len() > 7 {
            return None;
        }
    }
    None
}
