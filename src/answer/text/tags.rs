//! Tags of HTML in a title or a snippet.

/// Most bytes of a tag. A longer one is text.
const MAX_TAG_BYTES: usize = 400;

/// Elements that engines use to highlight search terms.
const MARKS: [&str; 5] = ["b", "strong", "em", "mark", "hlword"];
/// Elements within a line.
const INLINE: [&str; 18] = [
    "a", "abbr", "cite", "code", "del", "font", "i", "img", "ins", "kbd", "q", "s", "small", "span", "sub", "sup", "u",
    "wbr",
];
/// Elements that start a new line, or end one.
const BREAKS: [&str; 20] = [
    "blockquote",
    "br",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "td",
    "tr",
    "ul",
];
/// Elements without an end tag, apart from images.
const VOID: [&str; 3] = ["br", "hr", "wbr"];
/// Elements whose content is not text.
const RAW: [&str; 2] = ["script", "style"];

/// A piece of a text.
pub(super) enum TextPiece<'t> {
    /// Text, with its character references.
    Text(&'t str),
    /// A tag.
    Tag(TagRole),
}

/// What a tag does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TagRole {
    MarkStart,
    MarkEnd,
    /// White space.
    Break,
    /// Nothing.
    Inline,
}

/// A tag as found in the text.
struct TextTag {
    /// Index of its element in [`elements`].
    element: usize,
    is_end: bool,
    /// Position of its first byte, and of the byte after it.
    start: usize,
    end: usize,
}

/// Splits a text at its tags. Only the elements listed above are tags. In HTML each of their tags is one; in a text that may
/// not be HTML, a tag needs its counterpart.
pub(super) fn split(text: &str, is_html: bool) -> Vec<TextPiece<'_>> {
    let tags = find(text, is_html);
    let is_tag = if is_html { vec![true; tags.len()] } else { paired(&tags) };
    let mut pieces = Vec::with_capacity(2 * tags.len() + 1);
    let mut written = 0;
    for (tag, _) in tags.iter().zip(is_tag).filter(|(_, is_tag)| *is_tag) {
        pieces.push(TextPiece::Text(text.get(written..tag.start).unwrap_or_default()));
        pieces.push(TextPiece::Tag(role(tag)));
        written = tag.end;
    }
    pieces.push(TextPiece::Text(text.get(written..).unwrap_or_default()));
    pieces
}

fn elements() -> impl Iterator<Item = &'static str> {
    MARKS.into_iter().chain(INLINE).chain(BREAKS).chain(RAW)
}

fn role(tag: &TextTag) -> TagRole {
    if tag.element < MARKS.len() {
        if tag.is_end { TagRole::MarkEnd } else { TagRole::MarkStart }
    } else if (MARKS.len() + INLINE.len()..MARKS.len() + INLINE.len() + BREAKS.len()).contains(&tag.element) {
        TagRole::Break
    } else {
        TagRole::Inline
    }
}

fn find(text: &str, is_html: bool) -> Vec<TextTag> {
    let bytes = text.as_bytes();
    let mut tags = Vec::new();
    let mut position = 0;
    while let Some(found) = bytes.get(position..).and_then(|rest| memchr::memchr(b'<', rest)) {
        let start = position + found;
        position = start + 1;
        if is_html && let Some(length) = comment_length(bytes.get(start..).unwrap_or_default()) {
            position = start + length;
            tags.push(TextTag { element: MARKS.len(), is_end: false, start, end: position });
            continue;
        }
        let Some(mut tag) = parse(bytes, start) else { continue };
        if let Some(raw) = elements().nth(tag.element).filter(|element| RAW.contains(element)) {
            if !is_html {
                continue;
            }
            if !tag.is_end {
                tag.end = end_of_raw(bytes, tag.end, raw);
            }
        }
        position = tag.end;
        tags.push(tag);
    }
    tags
}

/// The tag at this position, if it is one of the known elements.
fn parse(bytes: &[u8], start: usize) -> Option<TextTag> {
    let window = bytes.get(start + 1..)?;
    let window = window.get(..MAX_TAG_BYTES).unwrap_or(window);
    let (is_end, name) = match window.split_first() {
        Some((b'/', rest)) => (true, rest),
        Some(_) | None => (false, window),
    };
    let name_length = name.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(name.len());
    let (name, attributes) = name.split_at_checked(name_length)?;
    let element = elements().position(|element| element.as_bytes().eq_ignore_ascii_case(name))?;
    if !matches!(attributes.first(), Some(b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r')) {
        return None;
    }
    let length = attributes.iter().position(|&byte| matches!(byte, b'<' | b'>'))?;
    if attributes.get(length) != Some(&b'>') {
        return None;
    }
    let end = start + 1 + usize::from(is_end) + name_length + length + 1;
    Some(TextTag { element, is_end, start, end })
}

/// The length of a comment at the start.
fn comment_length(bytes: &[u8]) -> Option<usize> {
    let content = bytes.strip_prefix(b"<!--")?;
    Some(memchr::memmem::find(content, b"-->").map_or(bytes.len(), |end| b"<!--".len() + end + b"-->".len()))
}

/// Where the end tag of a raw element starts, or the text ends.
fn end_of_raw(bytes: &[u8], from: usize, element: &str) -> usize {
    let is_end_tag = |position: &usize| {
        let tag =
            bytes.get(*position..).and_then(|rest| rest.strip_prefix(b"</")).and_then(|rest| rest.get(..element.len()));
        tag.is_some_and(|name| name.eq_ignore_ascii_case(element.as_bytes()))
    };
    let content = bytes.get(from..).unwrap_or_default();
    memchr::memchr_iter(b'<', content).map(|found| from + found).find(is_end_tag).unwrap_or(bytes.len())
}

/// Which tags have their counterpart: an end tag the last open start tag of its element. Void elements need none.
fn paired(tags: &[TextTag]) -> Vec<bool> {
    let mut open: Vec<Vec<usize>> = elements().map(|_| Vec::new()).collect();
    let mut is_tag = vec![false; tags.len()];
    for (index, tag) in tags.iter().enumerate() {
        let is_void = elements().nth(tag.element).is_some_and(|element| VOID.contains(&element));
        let Some(open) = open.get_mut(tag.element) else { continue };
        let pair = match (is_void, tag.is_end) {
            (true, _) => [Some(index), None],
            (false, false) => {
                open.push(index);
                [None, None]
            }
            (false, true) => open.pop().map_or([None, None], |start| [Some(start), Some(index)]),
        };
        for index in pair.into_iter().flatten() {
            if let Some(is_tag) = is_tag.get_mut(index) {
                *is_tag = true;
            }
        }
    }
    is_tag
}
