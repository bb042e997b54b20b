//! Escapes text cells that a spreadsheet would run as a formula (CSV injection, CWE-1236). The codes in a partner's statement
//! reach our CSV files, and the partner chooses them.

use std::borrow::Cow;

/// Returns the text with an apostrophe in front if a spreadsheet would read it as a formula. Our own numbers need no escaping.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_formulas_and_nothing_else() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"] {
            assert_eq!(escape(text), format!("'{text}"));
        }
        for text in ["", "QX1", "a=b", "2026-10-01", "'=1"] {
            assert_eq!(escape(text), text);
        }
    }
}
