//! Truncation of a keyword: at a grapheme boundary (UAX #29), never within a placeholder.

use strum::VariantArray as _;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::fields::pii::PiiKind;

/// The longest prefix of at most `max_bytes`, without a trailing space: whole graphemes, and no part of a placeholder.
///
/// A single grapheme over the maximum at the start of the text, a letter with a hundred marks for example, is cut between two
/// characters: part of it is better than a search without a keyword.
pub(super) fn truncate(text: &str, max_bytes: usize) -> &str {
    if text.len() <= max_bytes {
        return text;
    }
    let ends = text.grapheme_indices(true).map(|(start, grapheme)| start + grapheme.len());
    let end = match ends.take_while(|&end| end <= max_bytes).last() {
        Some(end) => end,
        None => text.floor_char_boundary(max_bytes),
    };
    let end = before_placeholder(text, end);
    text.get(..end).unwrap_or_default().trim_end()
}

/// `end`, or the start of the placeholder that `end` is in.
fn before_placeholder(text: &str, end: usize) -> usize {
    let placeholders = PiiKind::VARIANTS.iter().flat_map(|kind| text.match_indices(kind.placeholder()));
    let cut = placeholders.map(|(start, placeholder)| start..start + placeholder.len());
    cut.filter(|range| range.start < end && end < range.end).map(|range| range.start).min().unwrap_or(end)
}
