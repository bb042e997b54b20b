//! Reads a tag: its name and attributes (WHATWG HTML sections 13.2.5.8 and 13.2.5.32 to .40). A tag may arrive in pieces; what was read of
//! it is not read again.

use std::ops::Range;

use crate::answer::short_search::first_of;

/// Attributes of a tag that are kept: more than any page has, so that a tag of megabytes needs no more memory than its text. Later ones are passed
/// over.
pub(super) const MAX_ATTRIBUTES: usize = 512;

/// Where a name or a value is, from the beginning of the tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        // A tag is shorter than the memory of a page.
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: place(start), end: place(end) }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where an attribute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AttributeSpan {
    name: Span,
    value: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum TagState {
    #[default]
    Name,
    BeforeAttribute,
    /// After a slash that is not part of a value.
    AfterSlash,
    AttributeName,
    AfterAttributeName,
    BeforeValue,
    QuotedValue(u8),
    UnquotedValue,
}

/// Reads tags, one after another.
#[derive(Debug, Default)]
pub(super) struct TagScanner {
    state: TagState,
    /// How far the tag was read.
    at: usize,
    /// Where the name of the tag, the name of an attribute or a value began that is being read.
    begun: usize,
    name: Range<usize>,
    attribute_name: Range<usize>,
    attributes: Vec<AttributeSpan>,
    /// The lengths of their names, a bit for each ([`length_bit`]).
    name_lengths: u64,
    is_end_tag: bool,
    closes_itself: bool,
}

impl TagScanner {
    /// Begins the tag at the beginning of `tag`, which starts with `<` or `</` and a letter.
    pub(super) fn begin(&mut self, tag: &[u8]) {
        self.is_end_tag = tag.get(1) == Some(&b'/');
        self.begun = if self.is_end_tag { 2 } else { 1 };
        self.at = self.begun;
        self.state = TagState::Name;
        self.closes_itself = false;
        self.attributes.clear();
        self.name_lengths = 0;
    }

    /// Reads on, and returns the length of the tag if its end was found. `tag` begins as it did before.
    pub(super) fn scan(&mut self, tag: &[u8]) -> Option<usize> {
        loop {
            let rest = tag.get(self.at..).filter(|rest| !rest.is_empty())?;
            let first = rest.first().copied()?;
            match self.state {
                TagState::Name => {
                    let end = run(rest, SPACE | SLASH | END);
                    self.at += end.unwrap_or(rest.len());
                    end?;
                    self.name = self.begun..self.at;
                    self.state = TagState::BeforeAttribute;
                }
                TagState::BeforeAttribute | TagState::AfterSlash if first == b'>' => {
                    self.closes_itself = self.state == TagState::AfterSlash;
                    return Some(self.at + 1);
                }
                TagState::BeforeAttribute | TagState::AfterSlash => self.begin_attribute(first),
                TagState::AttributeName => {
                    let end = run(rest, SPACE | SLASH | END | EQUALS);
                    self.at += end.unwrap_or(rest.len());
                    self.attribute_name = self.begun..self.at;
                    self.read_usual_value(rest.get(end?..).unwrap_or_default());
                }
                TagState::AfterAttributeName => match first {
                    b'=' => self.step(TagState::BeforeValue),
                    byte if is_tag_space(byte) => self.step(TagState::AfterAttributeName),
                    _ => self.end_attribute(self.at..self.at, TagState::BeforeAttribute),
                },
                TagState::BeforeValue => match first {
                    b'"' | b'\'' => {
                        self.step(TagState::QuotedValue(first));
                        self.begun = self.at;
                    }
                    b'>' => self.end_attribute(self.at..self.at, TagState::BeforeAttribute),
                    byte if is_tag_space(byte) => self.step(TagState::BeforeValue),
                    _ => {
                        self.begun = self.at;
                        self.state = TagState::UnquotedValue;
                    }
                },
                TagState::QuotedValue(quote) => {
                    let end = first_of(rest, [quote; 2]);
                    self.at += end.unwrap_or(rest.len());
                    end?;
                    self.end_attribute(self.begun..self.at, TagState::BeforeAttribute);
                    self.at += 1;
                }
                TagState::UnquotedValue => {
                    let end = run(rest, SPACE | END);
                    self.at += end.unwrap_or(rest.len());
                    end?;
                    self.end_attribute(self.begun..self.at, TagState::BeforeAttribute);
                }
            }
        }
    }

    /// Reads the value that nearly all attributes have, in quotes and directly after their name, if all of it has arrived.
    #[inline]
    fn read_usual_value(&mut self, rest: &[u8]) {
        self.state = TagState::AfterAttributeName;
        if let [b'=', quote @ (b'"' | b'\''), value @ ..] = rest
            && let Some(length) = first_of(value, [*quote; 2])
        {
            let start = self.at + 2;
            self.end_attribute(start..start + length, TagState::BeforeAttribute);
            self.at = start + length + 1;
        }
    }

    fn begin_attribute(&mut self, first: u8) {
        match first {
            b'/' => self.step(TagState::AfterSlash),
            byte if is_tag_space(byte) => self.step(TagState::BeforeAttribute),
            _ => {
                self.begun = self.at;
                // An equals sign at the beginning is part of the name.
                self.step(TagState::AttributeName);
            }
        }
    }

    fn step(&mut self, state: TagState) {
        self.state = state;
        self.at += 1;
    }

    fn end_attribute(&mut self, value: Range<usize>, state: TagState) {
        self.state = state;
        if self.attributes.len() < MAX_ATTRIBUTES {
            let Range { start, end } = self.attribute_name;
            self.name_lengths |= length_bit(end - start);
            let (name, value) = (Span::new(start, end), Span::new(value.start, value.end));
            self.attributes.push(AttributeSpan { name, value });
        }
    }

    /// Where the name of the tag is.
    pub(super) fn name_range(&self) -> Range<usize> {
        self.name.clone()
    }

    pub(super) fn is_end_tag(&self) -> bool {
        self.is_end_tag
    }

    /// Whether the tag ends with `/>`.
    pub(super) fn closes_itself(&self) -> bool {
        self.closes_itself
    }
}

/// What separates the parts of a tag, a bit for each.
const SPACE: u8 = 1;
const SLASH: u8 = 2;
const END: u8 = 4;
const EQUALS: u8 = 8;

/// Those bits of each byte.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
static SEPARATORS: [u8; 256] = {
    let mut bits = [0; 256];
    [bits[b' ' as usize], bits[b'\n' as usize], bits[b'\t' as usize], bits[b'\r' as usize]] = [SPACE; 4];
    [bits[b'\x0c' as usize], bits[b'/' as usize], bits[b'>' as usize], bits[b'=' as usize]] =
        [SPACE, SLASH, END, EQUALS];
    bits
};

/// The number of bytes before the first that is one of these.
#[inline]
fn run(bytes: &[u8], ends: u8) -> Option<usize> {
    bytes.iter().position(|byte| SEPARATORS.get(usize::from(*byte)).is_some_and(|bits| bits & ends != 0))
}

/// The bit for a name of this length; longer ones share one.
#[inline]
fn length_bit(length: usize) -> u64 {
    1 << length.min(63)
}

/// Whether a byte separates the parts of a tag.
#[inline]
pub(super) fn is_tag_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'\x0c')
}

/// A start tag.
#[derive(Debug)]
pub(super) struct StartTag<'t> {
    name: &'t str,
    /// The page from the beginning of the tag.
    source: &'t str,
    attributes: &'t [AttributeSpan],
    name_lengths: u64,
    can_have_content: bool,
}

impl<'t> StartTag<'t> {
    pub(super) fn new(name: &'t str, source: &'t str, scanner: &'t TagScanner, can_have_content: bool) -> Self {
        let TagScanner { attributes, name_lengths, .. } = scanner;
        Self { name, source, attributes, name_lengths: *name_lengths, can_have_content }
    }

    /// The name, in lowercase.
    pub(super) fn name(&self) -> &'t str {
        self.name
    }

    /// Whether content and an end tag can follow.
    pub(super) fn can_have_content(&self) -> bool {
        self.can_have_content
    }

    pub(super) fn attribute_count(&self) -> usize {
        self.attributes.len()
    }

    pub(super) fn has_attribute(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    /// The value of an attribute as the source has it; the name is in lowercase. The first attribute of a name counts.
    #[inline]
    pub(super) fn attribute(&self, name: &str) -> Option<&'t str> {
        // Most attributes that are asked for are not there, nor any with a name of that length.
        if self.name_lengths & length_bit(name.len()) == 0 { None } else { self.find(name) }
    }

    fn find(&self, name: &str) -> Option<&'t str> {
        let source = self.source.as_bytes();
        let is_wanted = |attribute: &&AttributeSpan| {
            let range = attribute.name.range();
            range.len() == name.len()
                && source.get(range).is_some_and(|part| part.eq_ignore_ascii_case(name.as_bytes()))
        };
        self.attributes.iter().find(is_wanted).map(|attribute| self.part(attribute.value.range()))
    }

    /// All names and values, in their order. A name may occur more than once.
    #[cfg(test)]
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.attributes.iter().map(|attribute| (self.part(attribute.name.range()), self.part(attribute.value.range())))
    }

    fn part(&self, range: Range<usize>) -> &'t str {
        self.source.get(range).unwrap_or_default()
    }
}
