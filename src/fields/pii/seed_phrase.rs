//! Seed phrases of wallets (BIP 39): the words give everything to who has them.

use std::sync::LazyLock;

use bip39::Language;
use icu_normalizer::ComposingNormalizerBorrowed;

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::spans::Spans;

/// Words of the shortest phrase (BIP 39). So many words of the list in a row are no sentence.
pub(super) const MIN_WORDS: usize = 12;

/// The words of all languages, composed (NFC) and sorted.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let composed = |word: &&str| ComposingNormalizerBorrowed::new_nfc().normalize(word).into_owned();
    let mut words: Vec<String> =
        Language::ALL.iter().flat_map(|language| language.word_list().iter().map(composed)).collect();
    words.sort_unstable();
    words.dedup();
    words
});

/// Finds twelve or more words of the lists in a row.
pub(super) fn find(text: &str, spans: &mut Spans) {
    let (mut at, mut start, mut count) = (0, 0, 0);
    for word in text.split(' ').chain([""]) {
        let is_known = !word.is_empty() && WORDS.binary_search_by(|known| known.as_str().cmp(word)).is_ok();
        if is_known {
            start = if count == 0 { at } else { start };
            count += 1;
        } else {
            if count >= MIN_WORDS {
                spans.add(PiiKind::Secret, start..at.saturating_sub(1).min(text.len()));
            }
            count = 0;
        }
        at += word.len() + 1;
    }
}
