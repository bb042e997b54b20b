//! What a page is written on. An element in which nothing is written is taken back when it ends: what is
//! left of icons, menus and pixels is neither shown nor read out. So tags are held back until something
//! follows them, and the same comes out wherever the page was cut on its way.

/// Most bytes that are held back; past it they stay, with or without anything in them.
const HELD_BYTES: usize = 16_384;

/// The page as far as it is written. Places are counted from its beginning.
pub(super) struct OutputBuffer {
    out: String,
    /// Where `out` begins: what was handed out before.
    handed: usize,
    /// Where the tags begin that nothing follows yet.
    held: Option<usize>,
    /// Whether white space was written last.
    after_space: bool,
    /// Within how many elements white space stays as it is.
    pub(super) verbatim: usize,
}

/// Where an element begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct BufferPosition {
    at: usize,
    after_space: bool,
}

impl OutputBuffer {
    pub(super) fn new() -> Self {
        Self { out: String::new(), handed: 0, held: None, after_space: true, verbatim: 0 }
    }

    /// What can be handed out.
    pub(super) fn take(&mut self) -> String {
        let ready = self.held.map_or(self.out.len(), |held| held.saturating_sub(self.handed));
        self.handed += ready;
        let rest = self.out.split_off(ready.min(self.out.len()));
        std::mem::replace(&mut self.out, rest)
    }

    /// Begins an element, whose start tag is written next.
    pub(super) fn begin(&mut self) -> BufferPosition {
        let at = self.handed + self.out.len();
        if self.held.is_some_and(|held| at - held > HELD_BYTES) {
            self.held = None;
        }
        self.held.get_or_insert(at);
        BufferPosition { at, after_space: self.after_space }
    }

    /// Takes back an element with nothing in it. False where there is something, and its end is to be written.
    pub(super) fn take_back(&mut self, begun: BufferPosition) -> bool {
        let Some(held) = self.held.filter(|held| *held <= begun.at) else { return false };
        self.out.truncate(begun.at.saturating_sub(self.handed));
        if held == begun.at {
            self.held = None;
        }
        // White space between two words stays, whatever it stood in.
        if self.after_space && !begun.after_space {
            self.out.push(' ');
        }
        true
    }

    /// Markup of ours.
    pub(super) fn markup(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Where a tag's attributes are written.
    pub(super) fn tag(&mut self) -> &mut String {
        &mut self.out
    }

    /// Says that what was written last is to be seen.
    pub(super) fn is_seen(&mut self) {
        self.held = None;
        self.after_space = false;
    }

    /// Text as the source has it, with its character references. Of white space the first character
    /// stays: pages indent what is gone from them.
    pub(super) fn text(&mut self, text: &str) {
        let fold = self.verbatim == 0;
        let mut begin = 0;
        for (at, byte) in text.bytes().enumerate() {
            let instead = match byte {
                b' ' | b'\n' | b'\t' | b'\r' | b'\x0c' if fold => {
                    if !std::mem::replace(&mut self.after_space, true) {
                        continue;
                    }
                    ""
                }
                b'\0' => "",
                _ => {
                    self.after_space = false;
                    self.held = None;
                    if byte != b'<' {
                        continue;
                    }
                    "&lt;"
                }
            };
            self.out.push_str(text.get(begin..at).unwrap_or_default());
            self.out.push_str(instead);
            begin = at + 1;
        }
        self.out.push_str(text.get(begin..).unwrap_or_default());
    }
}
