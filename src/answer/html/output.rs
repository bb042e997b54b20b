//! Output buffer that can drop elements that turn out to be empty: what remains of icons, menus and tracking pixels must
//! neither be visible nor be read out by a screen reader. Start tags are thus withheld until visible content follows. The
//! output does not depend on how the input was split into chunks.

use crate::answer::html::attributes::escape_text;

/// Most bytes that are withheld. If there are more, they are kept even if no content follows.
const MAX_WITHHELD_BYTES: usize = 16_384;

/// The output of a page. Positions are counted from the start of the page.
pub(super) struct OutputBuffer {
    /// The output that was not returned yet.
    out: String,
    /// Position of the start of `out`: the number of bytes returned so far.
    returned: usize,
    /// Position of the first start tag that no visible content follows yet.
    withheld_from: Option<usize>,
    /// Positions of elements that may still be removed although they have visible content, in the order of the page.
    held: Vec<usize>,
    visible: usize,
    /// Whether the output ends with white space.
    ends_with_space: bool,
    /// Number of open elements that preserve white space (`pre`).
    pub(super) preformatted_depth: usize,
}

/// Where an element starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct BufferPosition {
    position: usize,
    ends_with_space: bool,
}

/// Output that may still be removed although it is visible.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hold {
    start: BufferPosition,
    /// The first position that is held.
    from: usize,
    /// The withheld start tags before it.
    withheld_from: Option<usize>,
}

impl OutputBuffer {
    pub(super) fn new() -> Self {
        Self {
            out: String::new(),
            returned: 0,
            withheld_from: None,
            held: Vec::new(),
            visible: 0,
            ends_with_space: true,
            preformatted_depth: 0,
        }
    }

    /// Removes and returns the output that is final.
    pub(super) fn take_ready(&mut self) -> String {
        if self.held.first().is_some_and(|first| self.position().saturating_sub(*first) > MAX_WITHHELD_BYTES) {
            self.held.clear();
        }
        let first = self.withheld_from.into_iter().chain(self.held.first().copied()).min();
        let ready = first.map_or(self.out.len(), |position| position.saturating_sub(self.returned));
        self.returned += ready;
        let rest = self.out.split_off(ready.min(self.out.len()));
        std::mem::replace(&mut self.out, rest)
    }

    /// Makes room for the output of a part of the page of this length, which is rarely longer.
    pub(super) fn reserve(&mut self, length: usize) {
        self.out.reserve(length);
    }

    /// Notes that an element starts here. Its start tag must be written next.
    pub(super) fn start_element(&mut self) -> BufferPosition {
        let position = self.returned + self.out.len();
        if self.withheld_from.is_some_and(|withheld_from| position - withheld_from > MAX_WITHHELD_BYTES) {
            self.withheld_from = None;
        }
        self.withheld_from.get_or_insert(position);
        BufferPosition { position, ends_with_space: self.ends_with_space }
    }

    /// Drops an element if it is empty, and returns whether it did. Otherwise its end tag must be written.
    pub(super) fn drop_if_empty(&mut self, start: BufferPosition) -> bool {
        let withheld_from = self.withheld_from.filter(|withheld_from| *withheld_from <= start.position);
        let Some(withheld_from) = withheld_from else { return false };
        self.out.truncate(start.position.saturating_sub(self.returned));
        if withheld_from == start.position {
            self.withheld_from = None;
        }
        // White space in the element may have separated two words.
        if self.ends_with_space && !start.ends_with_space {
            self.out.push(' ');
        }
        true
    }

    /// Keeps an element although it is empty, unless the one around it turns out to be empty, too. Returns false.
    pub(super) fn keep_if_empty(&mut self, start: BufferPosition) -> bool {
        self.withheld_from = self.withheld_from.filter(|withheld_from| *withheld_from != start.position);
        false
    }

    /// Starts to hold what follows, until [`Self::release`] or [`Self::discard`]. Of a hold that grows too long, a part is
    /// returned all the same.
    pub(super) fn hold(&mut self) -> Hold {
        let position = self.position();
        // With the start tags that are withheld, which are dropped if this turns out to be their only content.
        let from = self.withheld_from.unwrap_or(position);
        self.held.push(from);
        let start = BufferPosition { position, ends_with_space: self.ends_with_space };
        Hold { start, from, withheld_from: self.withheld_from }
    }

    /// Ends a hold. Returns false if it was too long.
    pub(super) fn release(&mut self, hold: Hold) -> bool {
        let index = self.held.iter().rposition(|from| *from == hold.from);
        index.map(|index| self.held.remove(index)).is_some()
    }

    /// Ends a hold and removes what it held, unless it was too long. Returns whether it did.
    pub(super) fn discard(&mut self, hold: Hold) -> bool {
        if !self.release(hold) {
            return false;
        }
        self.out.truncate(hold.start.position.saturating_sub(self.returned));
        self.withheld_from = hold.withheld_from;
        let space_before = hold.start.ends_with_space;
        if self.ends_with_space && !space_before {
            self.out.push(' ');
        } else {
            self.ends_with_space = space_before;
        }
        true
    }

    /// Whether a hold was not too long so far.
    pub(super) fn is_held(&self, hold: Hold) -> bool {
        self.held.contains(&hold.from)
    }

    /// Replaces everything from a position that is held with a text.
    pub(super) fn replace_from(&mut self, position: usize, text: &str) {
        self.out.truncate(position.saturating_sub(self.returned));
        escape_text(&mut self.out, text);
        self.mark_visible();
    }

    /// Removes what stands between the start of a hold and a position within it.
    pub(super) fn remove_start(&mut self, hold: Hold, end: usize) {
        let range = hold.start.position.saturating_sub(self.returned)..end.saturating_sub(self.returned);
        if self.out.get(range.clone()).is_some() {
            self.out.replace_range(range, "");
        }
    }

    /// Whether a tag stands after a position that is held.
    pub(super) fn has_markup_from(&self, position: usize) -> bool {
        self.out.get(position.saturating_sub(self.returned)..).is_some_and(|rest| rest.contains("<"))
    }

    /// How often visible content was written.
    pub(super) fn visible(&self) -> usize {
        self.visible
    }

    /// Ends all holds.
    pub(super) fn release_all(&mut self) {
        self.held.clear();
    }

    /// Inserts a `title` into the start tag of a link without text, which would have no name for a screen reader; nothing if
    /// the tag was returned already.
    pub(super) fn name_link(&mut self, hold: Hold, position: usize, name: &str) {
        let index = position.saturating_sub(self.returned);
        if self.is_held(hold) && self.out.is_char_boundary(index) {
            let mut attribute = " title=\"".to_owned();
            escape_text(&mut attribute, name);
            attribute.push('"');
            self.out.insert_str(index, &attribute);
        }
    }

    /// The position of what is written next.
    pub(super) fn position(&self) -> usize {
        self.returned + self.out.len()
    }

    /// Appends our own markup.
    pub(super) fn push_markup(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// The buffer, to append an escaped attribute value.
    pub(super) fn as_mut_string(&mut self) -> &mut String {
        &mut self.out
    }

    /// Declares that what was written last is visible.
    pub(super) fn mark_visible(&mut self) {
        self.withheld_from = None;
        self.ends_with_space = false;
        self.visible = self.visible.wrapping_add(1);
    }

    /// Appends text as the source contains it, with its character references. White space is collapsed to its first
    /// character: what was removed around it leaves much of it.
    pub(super) fn push_text(&mut self, text: &str) {
        let collapses_space = self.preformatted_depth == 0;
        // Most texts stay as they are, or lose a space at the beginning.
        let starts_with_space =
            |text: &str| self.ends_with_space && text.as_bytes().first().is_some_and(|byte| is_space(*byte));
        let kept = if starts_with_space(text) { text.get(1..) } else { Some(text) };
        let kept = kept.filter(|kept| collapses_space && !starts_with_space(kept) && is_plain(kept.as_bytes()));
        if let Some(kept) = kept {
            self.out.push_str(kept);
            if kept.len() > 1 || kept.bytes().any(|byte| !is_space(byte)) {
                self.mark_visible();
            }
            self.ends_with_space = kept.as_bytes().last().map_or(self.ends_with_space, |byte| is_space(*byte));
            return;
        }
        self.push_long_text(text);
    }

    fn push_long_text(&mut self, text: &str) {
        let collapses_space = self.preformatted_depth == 0;
        let (mut start, mut ends_with_space, mut is_visible) = (0, self.ends_with_space, false);
        for (position, byte) in text.bytes().enumerate() {
            let replacement = match byte {
                b' ' | b'\n' | b'\t' | b'\r' | b'\x0c' if collapses_space => {
                    if !std::mem::replace(&mut ends_with_space, true) {
                        continue;
                    }
                    ""
                }
                b'\0' => "",
                _ => {
                    (ends_with_space, is_visible) = (false, true);
                    if byte != b'<' {
                        continue;
                    }
                    "&lt;"
                }
            };
            self.out.push_str(text.get(start..position).unwrap_or_default());
            self.out.push_str(replacement);
            start = position + 1;
        }
        self.out.push_str(text.get(start..).unwrap_or_default());
        if is_visible {
            self.mark_visible();
        }
        self.ends_with_space = ends_with_space;
    }
}

/// Whether a byte is white space that is collapsed.
#[inline]
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'\x0c')
}

/// Whether a text has single spaces only, and nothing to escape or to leave out. Without a short circuit, so that the loop is vectorized.
fn is_plain(text: &[u8]) -> bool {
    let following = text.get(1..).unwrap_or_default();
    let is_special = |byte: u8| (byte == b'<') | (byte == b'\0');
    let starts = text.iter().zip(following);
    let is_any =
        starts.fold(false, |found, (&byte, &next)| found | is_special(byte) | ((byte <= b' ') & (next <= b' ')));
    !is_any && !text.last().is_some_and(|last| is_special(*last))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_short_way_writes_the_same(texts in proptest::collection::vec("[ab <\\n\\x00é]{0,6}", 0..8), preformatted: bool) {
            let (mut short, mut long) = (OutputBuffer::new(), OutputBuffer::new());
            for text in texts {
                for output in [&mut short, &mut long] {
                    output.preformatted_depth = preformatted.into();
                    output.start_element();
                }
                short.push_text(&text);
                long.push_long_text(&text);
                let state = |output: &OutputBuffer| (output.out.clone(), output.withheld_from, output.visible, output.ends_with_space);
                proptest::prop_assert_eq!(state(&short), state(&long));
            }
        }
    }
}
