//! Output buffer that can drop elements that turn out to be empty: what remains of icons, menus and tracking pixels must
//! neither be visible nor be read out by a screen reader. Start tags are thus withheld until visible content follows. The
//! output does not depend on how the input was split into chunks.

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

impl OutputBuffer {
    pub(super) fn new() -> Self {
        Self { out: String::new(), returned: 0, withheld_from: None, ends_with_space: true, preformatted_depth: 0 }
    }

    /// Removes and returns the output that is final.
    pub(super) fn take_ready(&mut self) -> String {
        let ready = self.withheld_from.map_or(self.out.len(), |position| position.saturating_sub(self.returned));
        self.returned += ready;
        let rest = self.out.split_off(ready.min(self.out.len()));
        std::mem::replace(&mut self.out, rest)
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
    }

    /// Appends text as the source contains it, with its character references. White space is collapsed to its first
    /// character: what was removed around it leaves much of it.
    pub(super) fn push_text(&mut self, text: &str) {
        let collapses_space = self.preformatted_depth == 0;
        let mut start = 0;
        for (position, byte) in text.bytes().enumerate() {
            let replacement = match byte {
                b' ' | b'\n' | b'\t' | b'\r' | b'\x0c' if collapses_space => {
                    if !std::mem::replace(&mut self.ends_with_space, true) {
                        continue;
                    }
                    ""
                }
                b'\0' => "",
                _ => {
                    self.mark_visible();
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
    }
}
