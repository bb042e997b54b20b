//! Searching in agents without regard to case.

/// Where `text` contains a word, in any case.
pub(super) fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    let first = *word.first()?;
    let starts = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text);
    starts.into_iter().find(|&start| starts_with(text.get(start..).unwrap_or_default(), word))
}

/// Whether `text` contains a word, in any case.
pub(super) fn contains(text: &[u8], word: &[u8]) -> bool {
    find(text, word).is_some()
}

/// Whether `text` starts with a word, in any case.
pub(super) fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}
