//! Percent escapes (RFC 3986, 2.1): what a text says once they are read, and
//! where in the text it says so.

use core::cmp::Reverse;
use core::ops::Range;

use crate::fields::pii::{Finding, PiiKind};

/// How often escapes are read: a link in a link is escaped twice.
pub(super) const LAYERS: usize = 2;

/// The bytes of one escape: `%` and two hexadecimal digits.
const LENGTH: usize = 3;

/// A text with its escapes read.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// For every byte of `text`, and for its end, where the original says it. The
    /// bytes of one escape follow each other, so these ascend.
    offsets: Vec<usize>,
}

impl Decoded {
    /// Reads the escapes that are UTF-8 and leaves all else as it is; `None`
    /// where that changes nothing.
    pub(super) fn of(text: &str) -> Option<Decoded> {
        let mut decoded = Decoded { text: String::new(), offsets: Vec::new() };
        let (mut from, mut at) = (0, 0);
        let mut changed = false;
        while let Some(sign) = text.get(at..).and_then(|rest| rest.find('%')) {
            let start = at + sign;
            let run: Vec<u8> = escapes(text.get(start..).unwrap_or_default()).collect();
            at = start + (run.len() * LENGTH).max(1);
            if run.is_empty() {
                continue;
            }
            decoded.keep(text, from..start);
            changed |= decoded.read(text, start, &run);
            from = at;
        }
        if !changed {
            return None;
        }
        decoded.keep(text, from..text.len());
        decoded.offsets.push(text.len());
        Some(decoded)
    }

    fn keep(&mut self, text: &str, range: Range<usize>) {
        self.text.push_str(text.get(range.clone()).unwrap_or_default());
        self.offsets.extend(range);
    }

    /// Appends the run of escapes that begins at `start` and whether one was read.
    fn read(&mut self, text: &str, start: usize, run: &[u8]) -> bool {
        let mut at = start;
        let mut read = false;
        for chunk in run.utf8_chunks() {
            let end = at + chunk.valid().len() * LENGTH;
            self.text.push_str(chunk.valid());
            self.offsets.extend((at..end).step_by(LENGTH));
            read |= end > at;
            at = end + chunk.invalid().len() * LENGTH;
            self.keep(text, end..at);
        }
        read
    }

    /// Where in the decoded text a range of the original is. An escape belongs to
    /// it if its first sign does.
    pub(super) fn within(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    fn place(&self, offset: usize) -> usize {
        let end = self.offsets.len().saturating_sub(1);
        self.offsets.partition_point(|&at| at < offset).min(end)
    }

    /// Where in the original a range of the decoded text is: whole escapes.
    fn without(&self, range: &Range<usize>) -> Option<Range<usize>> {
        Some(*self.offsets.get(range.start)?..*self.offsets.get(range.end)?)
    }

    /// The end of the escape that `offset` stands inside, if the escape is one
    /// that had to be: people write `50%4111` for other reasons.
    fn inside(&self, offset: usize) -> Option<usize> {
        let next = self.offsets.partition_point(|&at| at < offset);
        let end = *self.offsets.get(next)?;
        let sign = *self.text.as_bytes().get(next.checked_sub(1)?)?;
        let needed = !sign.is_ascii_alphanumeric() && !sign.is_ascii_control();
        (end != offset && needed).then_some(end)
    }

    /// The findings of the text as it is written and as it reads. What begins
    /// inside an escape was misread, and so was a mail address that goes on
    /// across one, if there is something else when it is read.
    pub(super) fn merge(&self, written: Vec<Finding>, read: Vec<Finding>) -> Vec<Finding> {
        let mut all: Vec<Finding> = Vec::with_capacity(written.len() + read.len());
        all.extend(read.into_iter().filter_map(|(kind, range)| Some((kind, self.without(&range)?))));
        let reads = all.len();
        for (kind, mut range) in written {
            let other = all.get(..reads).unwrap_or_default();
            match (kind, self.inside(range.start)) {
                (PiiKind::Link, Some(end)) => range.start = end.min(range.end),
                (_, Some(_)) => continue,
                (PiiKind::Email, None) if self.within(&range).len() < range.len() && overlaps(other, &range) => {
                    continue;
                }
                _ => {}
            }
            all.push((kind, range));
        }
        all.sort_by_key(|(_, range)| (range.start, Reverse(range.end)));
        all.dedup_by(|(_, next), (_, before)| {
            let same = next.start < before.end;
            if same {
                before.end = before.end.max(next.end);
            }
            same
        });
        all
    }
}

/// Whether one of the ascending findings shares a byte with `range`.
fn overlaps(findings: &[Finding], range: &Range<usize>) -> bool {
    let first = findings.partition_point(|(_, other)| other.end <= range.start);
    findings.get(first).is_some_and(|(_, other)| other.start < range.end)
}

/// The bytes of the escapes `text` begins with.
fn escapes(text: &str) -> impl Iterator<Item = u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks_exact(LENGTH).map_while(move |chunk| match *chunk {
        [b'%', high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_where_they_are_utf_8() {
        for (text, read) in [
            ("a%40b", "a@b"),
            ("%C3%A9%c3%a9", "éé"),
            ("%20%2525%", " %25%"),
            ("%FF%40%C3", "%FF@%C3"),
            ("%C3é%%41", "%C3é%A"),
            ("%E4%BD%A0%E5", "你%E5"),
        ] {
            let decoded = Decoded::of(text).unwrap_or_else(|| unreachable!("{text} holds an escape"));
            assert_eq!(decoded.text, read);
            assert_eq!(decoded.offsets.len(), read.len() + 1);
            assert!(decoded.offsets.is_sorted());
        }
        for text in ["", "%", "100%", "%4", "%zz", "50 % of", "%é", "%FF", "a%C3", "%+4"] {
            assert!(Decoded::of(text).is_none(), "{text}");
        }
    }

    #[test]
    fn ranges_lead_back_to_whole_escapes() {
        let decoded = Decoded::of("ü%20a%40b").unwrap_or_else(|| unreachable!("it holds escapes"));
        assert_eq!(decoded.text, "ü a@b");
        assert_eq!(decoded.without(&(3..6)), Some(5..10));
        assert_eq!(decoded.without(&(2..5)), Some(2..9));
        assert_eq!(decoded.within(&(5..10)), 3..6);
        assert_eq!((decoded.inside(3), decoded.inside(2), decoded.inside(5)), (Some(5), None, None));
    }
}
