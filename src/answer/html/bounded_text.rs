//! The start of a text that arrives in pieces.

/// Appends text until the buffer has `limit` bytes, and the rest of the character that reaches it: whatever the pieces are, the same
/// is kept. If that character were left out, a shorter one of a later piece could take its place.
pub(super) fn push_bounded(buffer: &mut String, text: &str, limit: usize) {
    let room = limit.saturating_sub(buffer.len());
    buffer.push_str(text.get(..text.ceil_char_boundary(room)).unwrap_or(text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_make_no_difference(text in "[aé☃😀]{0,20}", limit in 0_usize..40, ends in proptest::collection::vec(0_usize..80, 0..6)) {
            let mut whole = String::new();
            push_bounded(&mut whole, &text, limit);
            prop_assert!(text.starts_with(&whole) && whole.len() < limit + 4);
            prop_assert!(whole.len() >= limit || whole == text);
            let mut pieces = String::new();
            let (mut start, mut ends) = (0, ends);
            ends.sort_unstable();
            for end in ends.iter().map(|end| text.ceil_char_boundary(*end)).chain([text.len()]) {
                push_bounded(&mut pieces, &text[start..end], limit);
                start = end;
            }
            prop_assert_eq!(pieces, whole);
        }
    }
}
