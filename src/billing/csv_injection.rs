//! Cells that spreadsheets would run. What a partner calls its codes comes into files of ours, and a spreadsheet takes a cell
//! that begins like a formula for one (CWE-1236).

use std::borrow::Cow;

/// A text as a cell may hold it: with an apostrophe before what would be run. Numbers of our own are not texts.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
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
    fn what_would_be_run_is_a_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"] {
            assert_eq!(neutral(text), format!("'{text}"));
        }
        for text in ["", "QX1", "a=b", "2026-10-01", "'=1"] {
            assert_eq!(neutral(text), text);
        }
    }
}
