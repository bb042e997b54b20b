//! Finds the end of an element whose content is no markup (WHATWG HTML sections 13.2.5.2 to .4 and 13.2.5.9 to .31).

use crate::answer::html::page_token::TextKind;
use crate::answer::html::tag_scanner::is_tag_space;

/// The content of such an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawText {
    /// The element whose end tag ends it.
    name: &'static str,
    kind: TextKind,
    /// For a script.
    escape: Escape,
}

/// Whether the text of a script is within `<!--` and `-->`, where it may contain an end tag (sections 13.2.5.20 to .31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Escaped,
    /// After `<script` within such a comment: `</script>` ends that only.
    DoublyEscaped,
}

/// Where a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawEnd {
    /// Before the end tag at this offset.
    At(usize),
    /// Not within so many bytes; what follows them may be the beginning of an end tag.
    NotWithin(usize),
}

/// What begins or ends a part of a script that is escaped.
const ESCAPE_START: &[u8] = b"<!--";
const ESCAPE_END: &[u8] = b"-->";
const SCRIPT: &str = "script";

impl RawText {
    /// The content of an element of this name, if it is raw text.
    pub(super) fn of(name: &str) -> Option<Self> {
        // `noscript` is one where scripts run, and those who test their pages have scripts.
        let (name, kind) = match name {
            SCRIPT => (SCRIPT, TextKind::Script),
            "title" => ("title", TextKind::EscapableRaw),
            "textarea" => ("textarea", TextKind::EscapableRaw),
            "style" => ("style", TextKind::Raw),
            "noscript" => ("noscript", TextKind::Raw),
            "iframe" => ("iframe", TextKind::Raw),
            "xmp" => ("xmp", TextKind::Raw),
            "noembed" => ("noembed", TextKind::Raw),
            "noframes" => ("noframes", TextKind::Raw),
            _ => return None,
        };
        Some(Self::new(name, kind))
    }

    pub(super) fn new(name: &'static str, kind: TextKind) -> Self {
        Self { name, kind, escape: Escape::None }
    }

    pub(super) fn kind(&self) -> TextKind {
        self.kind
    }

    /// Searches the next part of the text.
    pub(super) fn find_end(&mut self, bytes: &[u8], is_last: bool) -> RawEnd {
        let mut from = 0;
        while let Some(at) = self.next_candidate(bytes, from) {
            let rest = bytes.get(at..).unwrap_or_default();
            match self.read_candidate(rest) {
                EndCandidate::Undecided if is_last => break,
                EndCandidate::Undecided => return RawEnd::NotWithin(at),
                EndCandidate::End => return RawEnd::At(at),
                EndCandidate::Pass(length) => from = at + length,
            }
        }
        RawEnd::NotWithin(bytes.len())
    }

    /// Where the next tag, or the next boundary of what is escaped, could be.
    fn next_candidate(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let rest = bytes.get(from..)?;
        let found = match self.escape {
            Escape::None => memchr::memchr(b'<', rest),
            Escape::Escaped | Escape::DoublyEscaped => memchr::memchr2(b'<', b'-', rest),
        };
        found.map(|at| from + at)
    }

    /// Reads what is at such a place.
    fn read_candidate(&mut self, rest: &[u8]) -> EndCandidate {
        if rest.first() == Some(&b'-') {
            return match starts_with(rest, ESCAPE_END) {
                Some(true) => {
                    self.escape = Escape::None;
                    EndCandidate::Pass(ESCAPE_END.len())
                }
                Some(false) => EndCandidate::Pass(1),
                None => EndCandidate::Undecided,
            };
        }
        let begins_escape = self.kind == TextKind::Script && self.escape == Escape::None;
        match (starts_with(rest, ESCAPE_START), begins_escape) {
            (None, true) => return EndCandidate::Undecided,
            (Some(true), true) => {
                self.escape = Escape::Escaped;
                // Its hyphens may belong to the end: `<!-->` is both.
                return EndCandidate::Pass(2);
            }
            _ => {}
        }
        match (tag_name(rest, b"</", self.name), self.escape) {
            (Some(true), Escape::None | Escape::Escaped) => return EndCandidate::End,
            (Some(true), Escape::DoublyEscaped) => {
                self.escape = Escape::Escaped;
                return EndCandidate::Pass(2 + self.name.len());
            }
            (None, _) => return EndCandidate::Undecided,
            (Some(false), _) => {}
        }
        if self.escape == Escape::Escaped {
            match tag_name(rest, b"<", SCRIPT) {
                Some(true) => self.escape = Escape::DoublyEscaped,
                Some(false) => {}
                None => return EndCandidate::Undecided,
            }
        }
        EndCandidate::Pass(1)
    }
}

/// What is at a place where the text could end.
enum EndCandidate {
    /// The end tag.
    End,
    /// Something else: the search goes on after so many bytes.
    Pass(usize),
    /// It depends on what follows.
    Undecided,
}

/// Whether the bytes start with these; `None` if that depends on what follows.
fn starts_with(bytes: &[u8], expected: &[u8]) -> Option<bool> {
    match bytes.get(..expected.len()) {
        Some(start) => Some(start == expected),
        None if expected.starts_with(bytes) => None,
        None => Some(false),
    }
}

/// Whether a tag of this name begins here; `None` if that depends on what follows.
fn tag_name(bytes: &[u8], start: &[u8], name: &str) -> Option<bool> {
    if !starts_with(bytes, start)? {
        return Some(false);
    }
    let rest = bytes.get(start.len()..).unwrap_or_default();
    let compared = rest.len().min(name.len());
    let is_same = rest.get(..compared)?.eq_ignore_ascii_case(name.as_bytes().get(..compared)?);
    match rest.get(name.len()) {
        _ if !is_same => Some(false),
        Some(&byte) => Some(is_tag_space(byte) || matches!(byte, b'/' | b'>')),
        None => None,
    }
}
