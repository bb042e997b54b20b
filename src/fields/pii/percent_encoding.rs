//! Percent-encoding (RFC 3986 section 2.1): a decoded text, and where its bytes are in the original.

use core::cmp::Reverse;
use core::ops::Range;

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::spans::PiiSpan;

/// Maximum number of layers to decode: a link inside a link is encoded twice.
pub(super) const MAX_DECODE_DEPTH: usize = 2;

/// Length of an escape: `%` and two hexadecimal digits.
const ESCAPE_LEN: usize = 3;

/// A percent-decoded text.
#[derive(Debug)]
pub(super) struct PercentDecoded {
    pub(super) text: String,
    /// For each byte of `text`, and for its end, the offset in the original. The bytes of an encoded character have the
    /// offsets of successive escapes, so offsets ascend.
    offsets: Vec<usize>,
}

impl PercentDecoded {
    /// Decodes escapes that form UTF-8 and copies everything else. None if there is no such escape.
    pub(super) fn decode(text: &str) -> Option<PercentDecoded> {
        let mut decoded = PercentDecoded { text: String::new(), offsets: Vec::new() };
        let (mut copied, mut at) = (0, 0);
        let mut changed = false;
        while let Some(percent) = text.get(at..).and_then(|rest| rest.find('%')) {
            let start = at + percent;
            let bytes: Vec<u8> = leading_escapes(text.get(start..).unwrap_or_default()).collect();
            at = start + (bytes.len() * ESCAPE_LEN).max(1);
            if bytes.is_empty() {
                continue;
            }
            decoded.copy(text, copied..start);
            changed |= decoded.push_escapes(text, start, &bytes);
            copied = at;
        }
        if !changed {
            return None;
        }
        decoded.copy(text, copied..text.len());
        decoded.offsets.push(text.len());
        Some(decoded)
    }

    fn copy(&mut self, text: &str, range: Range<usize>) {
        self.text.push_str(text.get(range.clone()).unwrap_or_default());
        self.offsets.extend(range);
    }

    /// Appends a run of escapes that starts at `start` and encodes `bytes`. Returns whether any of them was decoded.
    fn push_escapes(&mut self, text: &str, start: usize, bytes: &[u8]) -> bool {
        let mut at = start;
        let mut changed = false;
        for chunk in bytes.utf8_chunks() {
            let valid_end = at + chunk.valid().len() * ESCAPE_LEN;
            self.text.push_str(chunk.valid());
            self.offsets.extend((at..valid_end).step_by(ESCAPE_LEN));
            changed |= valid_end > at;
            at = valid_end + chunk.invalid().len() * ESCAPE_LEN;
            self.copy(text, valid_end..at);
        }
        changed
    }

    /// Maps a range of the original to the decoded text. An escape is in the range if its `%` is.
    pub(super) fn to_decoded(&self, range: &Range<usize>) -> Range<usize> {
        self.decoded_offset(range.start)..self.decoded_offset(range.end)
    }

    fn decoded_offset(&self, offset: usize) -> usize {
        let end = self.offsets.len().saturating_sub(1);
        self.offsets.partition_point(|&at| at < offset).min(end)
    }

    /// Maps a range of the decoded text to the original, in whole escapes.
    fn to_original(&self, range: &Range<usize>) -> Option<Range<usize>> {
        Some(*self.offsets.get(range.start)?..*self.offsets.get(range.end)?)
    }

    /// The end of the escape that contains `offset`, if the encoded character requires an escape. (`50%4111` may be no
    /// escape at all.)
    fn enclosing_escape_end(&self, offset: usize) -> Option<usize> {
        let next = self.offsets.partition_point(|&at| at < offset);
        let end = *self.offsets.get(next)?;
        let encoded = *self.text.as_bytes().get(next.checked_sub(1)?)?;
        let needs_escape = !encoded.is_ascii_alphanumeric() && !encoded.is_ascii_control();
        (end != offset && needs_escape).then_some(end)
    }

    /// Merges what was found in the original (`written`) with what was found in the decoded text (`inner`).
    ///
    /// A span of the original that starts inside an escape was misread, and so was an e-mail address that continues
    /// across an escape, if the decoded text has another span there.
    pub(super) fn merge(&self, written: Vec<PiiSpan>, inner: Vec<PiiSpan>) -> Vec<PiiSpan> {
        let mut all: Vec<PiiSpan> = Vec::with_capacity(written.len() + inner.len());
        all.extend(inner.into_iter().filter_map(|(kind, range)| Some((kind, self.to_original(&range)?))));
        let inner_count = all.len();
        for (kind, mut range) in written {
            let inner = all.get(..inner_count).unwrap_or_default();
            match (kind, self.enclosing_escape_end(range.start)) {
                (PiiKind::Link, Some(end)) => range.start = end.min(range.end),
                (_, Some(_)) => continue,
                (PiiKind::Email, None) if self.to_decoded(&range).len() < range.len() && overlaps(inner, &range) => {
                    continue;
                }
                _ => {}
            }
            all.push((kind, range));
        }
        all.sort_by_key(|(_, range)| (range.start, Reverse(range.end)));
        all.dedup_by(|(_, next), (_, previous)| {
            let overlap = next.start < previous.end;
            if overlap {
                previous.end = previous.end.max(next.end);
            }
            overlap
        });
        all
    }
}

/// True if one of the ascending spans overlaps `range`.
fn overlaps(spans: &[PiiSpan], range: &Range<usize>) -> bool {
    let first = spans.partition_point(|(_, other)| other.end <= range.start);
    spans.get(first).is_some_and(|(_, other)| other.start < range.end)
}

/// The bytes of the escapes that `text` begins with.
fn leading_escapes(text: &str) -> impl Iterator<Item = u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks_exact(ESCAPE_LEN).map_while(move |chunk| match *chunk {
        [b'%', high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_escapes_that_are_utf_8() {
        for (text, expected) in [
            ("a%40b", "a@b"),
            ("%C3%A9%c3%a9", "éé"),
            ("%20%2525%", " %25%"),
            ("%FF%40%C3", "%FF@%C3"),
            ("%C3é%%41", "%C3é%A"),
            ("%E4%BD%A0%E5", "你%E5"),
        ] {
            let decoded = PercentDecoded::decode(text).unwrap_or_else(|| unreachable!("{text} has an escape"));
            assert_eq!(decoded.text, expected);
            assert_eq!(decoded.offsets.len(), expected.len() + 1);
            assert!(decoded.offsets.is_sorted());
        }
        for text in ["", "%", "100%", "%4", "%zz", "50 % of", "%é", "%FF", "a%C3", "%+4"] {
            assert!(PercentDecoded::decode(text).is_none(), "{text}");
        }
    }

    #[test]
    fn maps_ranges_to_whole_escapes() {
        let decoded = PercentDecoded::decode("ü%20a%40b").unwrap_or_else(|| unreachable!("it has escapes"));
        assert_eq!(decoded.text, "ü a@b");
        assert_eq!(decoded.to_original(&(3..6)), Some(5..10));
        assert_eq!(decoded.to_original(&(2..5)), Some(2..9));
        assert_eq!(decoded.to_decoded(&(5..10)), 3..6);
        assert_eq!(
            (decoded.enclosing_escape_end(3), decoded.enclosing_escape_end(2), decoded.enclosing_escape_end(5)),
            (Some(5), None, None)
        );
    }
}
