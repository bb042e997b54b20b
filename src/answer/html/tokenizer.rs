//! Splits a page into start tags, end tags and text as it arrives (WHATWG HTML section 13.2.5). Comments and declarations are passed
//! over. Character references stay as the source has them.
//!
//! Which states a start tag leads to depends on the tree that a browser builds; [`Namespace`] says what is known of it. Where the tokenizer
//! reads a page differently from a browser, the output is different, but as harmless: it is written anew.

use crate::answer::html::page_token::{Namespace, PageToken, TextKind};
use crate::answer::html::raw_text::{RawEnd, RawText};
use crate::answer::html::tag_scanner::{StartTag, TagScanner};
use crate::answer::short_search::first_of;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum TokenizerState {
    #[default]
    Data,
    /// In a tag, whose scanner knows how far it was read.
    Tag,
    /// In an element whose content is no markup.
    RawText(RawText),
    Comment,
    /// In a declaration, a processing instruction or a malformed tag: up to the next `>`.
    BogusComment,
    Cdata,
    /// After `<plaintext>`: the rest of the page is text.
    PlainText,
}

/// Splits one page. The caller keeps what was not read and passes it again, with more behind it.
#[derive(Debug, Default)]
pub(super) struct Tokenizer {
    state: TokenizerState,
    tag: TagScanner,
    /// The name of a tag whose source has capitals.
    name: String,
}

impl Tokenizer {
    /// Returns the next token of `page` from `at` on, and moves `at` behind it; `None` if it depends on what follows. With `is_last` nothing
    /// follows, and everything is read.
    pub(super) fn next<'t>(
        &'t mut self,
        page: &'t str,
        at: &mut usize,
        is_last: bool,
        namespace: Namespace,
    ) -> Option<PageToken<'t>> {
        while *at < page.len() {
            let rest = page.get(*at..).unwrap_or_default();
            match &mut self.state {
                TokenizerState::Data => {
                    // Tags often follow one another.
                    let is_markup = rest.as_bytes().first() == Some(&b'<');
                    let length = if is_markup { 0 } else { first_of(rest.as_bytes(), [b'<'; 2]).unwrap_or(rest.len()) };
                    if length > 0 {
                        return Some(take_text(rest, at, length, TextKind::Data));
                    }
                    match markup(rest.as_bytes(), is_last, namespace)? {
                        Markup::Text => return Some(take_text(rest, at, 1, TextKind::Data)),
                        Markup::Skip(length, state) => {
                            *at += length;
                            self.state = state;
                        }
                        Markup::Tag => {
                            self.tag.begin(rest.as_bytes());
                            self.state = TokenizerState::Tag;
                        }
                    }
                }
                TokenizerState::Tag => {
                    let Some(length) = self.tag.scan(rest.as_bytes()) else {
                        // A tag that never ends is not reported (section 13.2.5.6, eof-in-tag).
                        *at += if is_last { rest.len() } else { 0 };
                        return None;
                    };
                    *at += length;
                    return Some(self.finish_tag(rest, namespace));
                }
                TokenizerState::RawText(raw) => {
                    let kind = raw.kind();
                    match raw.find_end(rest.as_bytes(), is_last) {
                        RawEnd::At(0) => self.state = TokenizerState::Data,
                        RawEnd::At(length) => {
                            self.state = TokenizerState::Data;
                            return Some(take_text(rest, at, length, kind));
                        }
                        RawEnd::NotWithin(0) => return None,
                        RawEnd::NotWithin(length) => return Some(take_text(rest, at, length, kind)),
                    }
                }
                TokenizerState::Comment => *at += self.skip_to(rest, is_last, comment_end)?,
                TokenizerState::BogusComment => {
                    *at += self.skip_to(rest, is_last, |bytes| Some(memchr::memchr(b'>', bytes)? + 1))?
                }
                TokenizerState::Cdata => match memchr::memmem::find(rest.as_bytes(), b"]]>") {
                    Some(0) => {
                        *at += 3;
                        self.state = TokenizerState::Data;
                    }
                    Some(length) => return Some(take_text(rest, at, length, TextKind::Cdata)),
                    None if is_last => return Some(take_text(rest, at, rest.len(), TextKind::Cdata)),
                    None => match rest.floor_char_boundary(rest.len().saturating_sub(2)) {
                        0 => return None,
                        length => return Some(take_text(rest, at, length, TextKind::Cdata)),
                    },
                },
                TokenizerState::PlainText => return Some(take_text(rest, at, rest.len(), TextKind::Raw)),
            }
        }
        None
    }

    /// The length up to the end of a comment; all but the beginning of such an end, if that does not come; `None` if nothing of it can be passed
    /// over.
    fn skip_to(&mut self, rest: &str, is_last: bool, end: fn(&[u8]) -> Option<usize>) -> Option<usize> {
        /// The longest end of a comment, `--!>`, without its last byte.
        const MAX_PARTIAL_END: usize = 3;
        if let Some(length) = end(rest.as_bytes()) {
            self.state = TokenizerState::Data;
            return Some(length);
        }
        let kept = if is_last { 0 } else { MAX_PARTIAL_END };
        Some(rest.floor_char_boundary(rest.len().saturating_sub(kept))).filter(|length| *length > 0)
    }

    /// The token of the tag that was scanned at the beginning of `rest`.
    fn finish_tag<'t>(&'t mut self, rest: &'t str, namespace: Namespace) -> PageToken<'t> {
        let source = rest.get(self.tag.name_range()).unwrap_or_default();
        let name = if source.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.name.clear();
            self.name.push_str(source);
            self.name.make_ascii_lowercase();
            self.name.as_str()
        } else {
            source
        };
        self.state = TokenizerState::Data;
        if self.tag.is_end_tag() {
            return PageToken::EndTag(name);
        }
        let is_html = namespace == Namespace::Html && !is_foreign_root(name);
        let can_have_content = if is_html { !is_void(name) } else { !self.tag.closes_itself() };
        if is_html {
            self.state = match (name, RawText::of(name)) {
                ("plaintext", _) => TokenizerState::PlainText,
                (_, Some(raw)) => TokenizerState::RawText(raw),
                (_, None) => TokenizerState::Data,
            };
        }
        PageToken::StartTag(StartTag::new(name, rest, &self.tag, can_have_content))
    }
}

/// What `<` begins.
enum Markup {
    /// Nothing: it is text.
    Text,
    /// A tag.
    Tag,
    /// What is passed over: its beginning has this length, and the state behind it.
    Skip(usize, TokenizerState),
}

/// What the `<` at the beginning of `bytes` begins (sections 13.2.5.6, .7 and .42); `None` if that depends on what follows.
fn markup(bytes: &[u8], is_last: bool, namespace: Namespace) -> Option<Markup> {
    /// The longest beginning that must be seen as a whole.
    const CDATA: &[u8] = b"<![CDATA[";
    Some(match bytes {
        [_, b'a'..=b'z' | b'A'..=b'Z', ..] | [_, b'/', b'a'..=b'z' | b'A'..=b'Z', ..] => Markup::Tag,
        [_, b'/', b'>', ..] => Markup::Skip(3, TokenizerState::Data),
        [_, b'/', _, ..] => Markup::Skip(2, TokenizerState::BogusComment),
        [_, b'?', ..] => Markup::Skip(1, TokenizerState::BogusComment),
        [_, b'!', b'-', b'-', b'>', ..] => Markup::Skip(5, TokenizerState::Data),
        [_, b'!', b'-', b'-', b'-', b'>', ..] => Markup::Skip(6, TokenizerState::Data),
        [_, b'!', b'-', b'-', b'-', _, ..] | [_, b'!', b'-', b'-', b'\0'..=b',' | b'.'..=b'=' | b'?'..=b'\xff', ..] => {
            Markup::Skip(4, TokenizerState::Comment)
        }
        [_, b'!', b'[', ..] if namespace == Namespace::Foreign && bytes.starts_with(CDATA) => {
            Markup::Skip(CDATA.len(), TokenizerState::Cdata)
        }
        [_, b'!', ..] if !is_last && may_become(bytes, b"<!---x") => return None,
        [_, b'!', ..] if !is_last && namespace == Namespace::Foreign && may_become(bytes, CDATA) => return None,
        [_, b'!', b'-', b'-', ..] => Markup::Skip(4, TokenizerState::Comment),
        [_, b'!', ..] => Markup::Skip(2, TokenizerState::BogusComment),
        [_] | [_, b'/'] if !is_last => return None,
        _ => Markup::Text,
    })
}

/// Whether so few bytes have arrived that they are only the beginning of `whole`.
fn may_become(bytes: &[u8], whole: &[u8]) -> bool {
    bytes.len() < whole.len() && whole.starts_with(bytes)
}

/// The length up to the end of a comment, with it (section 13.2.5.51 and .52).
fn comment_end(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(bytes, b"--").find_map(|at| match bytes.get(at + 2..)? {
        [b'>', ..] => Some(at + 3),
        [b'!', b'>', ..] => Some(at + 4),
        // The search goes on behind two hyphens, and this may be the third.
        [b'-', b'>', ..] => Some(at + 4),
        [b'-', b'!', b'>', ..] => Some(at + 5),
        _ => None,
    })
}

fn take_text<'t>(rest: &'t str, at: &mut usize, length: usize, kind: TextKind) -> PageToken<'t> {
    *at += length;
    PageToken::Text(rest.get(..length).unwrap_or_default(), kind)
}

/// Whether an element is the root of SVG or MathML.
pub(super) fn is_foreign_root(name: &str) -> bool {
    matches!(name, "svg" | "math")
}

/// Whether an element of HTML has no content and no end tag (section 13.1.2; the last ones are obsolete).
fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
            | "basefont"
            | "bgsound"
            | "frame"
            | "keygen"
    )
}

#[cfg(test)]
mod tests;
