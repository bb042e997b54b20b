//! Titles and snippets as partners write them: plain, or with HTML's character references and the engine's highlights.
//!
//! A text with nothing to decide about is copied after one look at its bytes.

mod entities;
mod tags;

use std::borrow::Cow;

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

use crate::answer::marked_text::MarkedText;
use crate::answer::text::tags::{TagRole, TextPiece};

/// What a partner's titles and snippets contain (`text`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// Text, exactly as it is to be read.
    Plain,
    /// HTML: tags of HTML's elements are removed, and all character references are decoded.
    Html,
    /// Not specified: character references that end with a semicolon are decoded, and tags of HTML's elements for text are
    /// removed where they come in pairs. `std::vector<int>`, `a < b` and a lone `<b>` stay.
    Detect,
}

/// Reads a title or a snippet. In every format control characters and the private-use characters that some engines
/// highlight with are removed, and white space is folded as HTML does.
#[must_use]
pub fn read(text: &str, format: TextFormat) -> MarkedText {
    if !needs_work(text.as_bytes()) {
        return MarkedText::plain(text.trim_ascii().to_owned());
    }
    let mut writer = TextWriter::default();
    match format {
        TextFormat::Plain => writer.push_str(text),
        TextFormat::Html | TextFormat::Detect => {
            let is_html = format == TextFormat::Html;
            for piece in tags::split(text, is_html) {
                match piece {
                    TextPiece::Text(text) => writer.push_str(&decode(text, is_html)),
                    TextPiece::Tag(TagRole::MarkStart) => writer.start_mark(),
                    TextPiece::Tag(TagRole::MarkEnd) => writer.end_mark(),
                    TextPiece::Tag(TagRole::Break) => writer.has_space = true,
                    TextPiece::Tag(TagRole::Inline) => {}
                }
            }
        }
    }
    writer.finish()
}

/// Whether nothing of a text is visible.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let is_blank = |c: char| c.is_whitespace() || c.is_control() || c == '\u{fffd}' || ignorable.contains(c);
    text.chars().all(|c| !c.is_ascii_graphic() && is_blank(c))
}

/// Whether a text has anything but characters to be copied. May be true without need, as for a C1 control character, whose
/// first byte in UTF-8 many letters share.
fn needs_work(text: &[u8]) -> bool {
    // Without an early exit, so that the compiler vectorizes the loop.
    let has_special = text.iter().fold(false, |found, &byte| {
        found | (byte < b' ') | matches!(byte, b'<' | b'&' | 0x7f | 0xc2 | 0xee | 0xef | 0xf3 | 0xf4)
    });
    let following = text.get(1..).unwrap_or_default();
    has_special
        || text.iter().zip(following).fold(false, |found, (&byte, &next)| found | ((byte == b' ') & (next == b' ')))
}

fn decode(text: &str, is_html: bool) -> Cow<'_, str> {
    if is_html { htmlize::unescape(text) } else { entities::decode(text) }
}

/// Writes text with folded white space and with highlights.
#[derive(Default)]
struct TextWriter {
    out: MarkedText,
    /// White space is due before the next character.
    has_space: bool,
    /// Highlights that are open, and where the outermost one started.
    open_marks: usize,
    mark_start: usize,
    /// The character that opened a highlight; the following one closes it.
    mark_character: Option<char>,
}

impl TextWriter {
    fn push_str(&mut self, text: &str) {
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\n' | '\x0c' | '\r') {
                self.has_space = true;
            } else if is_mark_character(c) {
                self.toggle_mark(c);
            } else if !c.is_control() && c != '\u{feff}' {
                if std::mem::take(&mut self.has_space) && !self.out.as_str().is_empty() {
                    self.out.push(' ');
                }
                self.out.push(c);
            }
        }
    }

    /// Engines highlight with a pair of neighbouring characters that no text contains, such as U+E000 and U+E001.
    fn toggle_mark(&mut self, c: char) {
        match self.mark_character {
            Some(open) if u32::from(open) + 1 == u32::from(c) => {
                self.mark_character = None;
                self.end_mark();
            }
            // The previous one was a stray.
            Some(_) if self.open_marks == 1 => {
                self.mark_character = Some(c);
                self.mark_start = self.out.as_str().len();
            }
            Some(_) => {}
            None => {
                self.mark_character = Some(c);
                self.start_mark();
            }
        }
    }

    fn start_mark(&mut self) {
        if self.open_marks == 0 {
            self.mark_start = self.out.as_str().len();
        }
        self.open_marks += 1;
    }

    fn end_mark(&mut self) {
        if self.open_marks == 1 {
            self.out.mark_from(self.mark_start);
        }
        self.open_marks = self.open_marks.saturating_sub(1);
    }

    /// The text. A highlight of a truncated text ends with it, unless it would be a single character that is no highlight.
    fn finish(mut self) -> MarkedText {
        let is_stray = self.mark_character.is_some() && self.open_marks == 1;
        if self.open_marks > 0 && !is_stray {
            self.out.mark_from(self.mark_start);
        }
        self.out
    }
}

/// Private-use characters, and the C0 control characters that are not white space.
fn is_mark_character(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{1}'..='\u{8}' | '\u{e}'..='\u{1f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The text with its highlights in brackets.
    fn shown(text: &str, format: TextFormat) -> String {
        let mark = |(part, is_marked): (&str, bool)| if is_marked { format!("[{part}]") } else { part.to_owned() };
        read(text, format).parts().map(mark).collect()
    }

    #[test]
    fn reads_entities_and_highlights() {
        use TextFormat::{Detect, Html, Plain};
        for (text, plain, detected, html) in [
            (
                "AT&amp;T &#x27;x&#x27; <strong>rust</strong>",
                "AT&amp;T &#x27;x&#x27; <strong>rust</strong>",
                "AT&T 'x' [rust]",
                "AT&T 'x' [rust]",
            ),
            (
                "std::vector<int> & map<K, V>",
                "std::vector<int> & map<K, V>",
                "std::vector<int> & map<K, V>",
                "std::vector<int> & map<K, V>",
            ),
            ("the &lt;b&gt; tag", "the &lt;b&gt; tag", "the <b> tag", "the <b> tag"),
            (
                "the <b> tag and a < b > c",
                "the <b> tag and a < b > c",
                "the <b> tag and a < b > c",
                "the [tag and a < b > c]",
            ),
            ("x?a=1&copy=2&amp;b", "x?a=1&copy=2&amp;b", "x?a=1&copy=2&b", "x?a=1©=2&b"),
            ("AT&amp;amp;T", "AT&amp;amp;T", "AT&amp;T", "AT&amp;T"),
            (
                "<em class=\"hl\">a</em>b<MARK>c</MARK >",
                "<em class=\"hl\">a</em>b<MARK>c</MARK >",
                "[a]b[c]",
                "[a]b[c]",
            ),
            (
                "one<br>two<br/>three<p>four</p>",
                "one<br>two<br/>three<p>four</p>",
                "one two three four",
                "one two three four",
            ),
            ("<b>a <em>b</em> c</b> d", "<b>a <em>b</em> c</b> d", "[a b c] d", "[a b c] d"),
            ("a<script>alert(1)</script>b", "a<script>alert(1)</script>b", "a<script>alert(1)</script>b", "ab"),
            (
                "a<!-- x -->b<img src=x onerror=y>",
                "a<!-- x -->b<img src=x onerror=y>",
                "a<!-- x -->b<img src=x onerror=y>",
                "ab",
            ),
            ("cut <b>off", "cut <b>off", "cut <b>off", "cut [off]"),
            ("\u{e000}blue\u{e001} shoes\u{e001} \u{f8ff}", "[blue] shoes", "[blue] shoes", "[blue] shoes"),
            ("\u{2}blue\u{3} shoes \u{0}\u{7f}\u{85}x", "[blue] shoes x", "[blue] shoes x", "[blue] shoes x"),
            (" a\n\t b  c ", "a b c", "a b c", "a b c"),
            ("&nbsp;&#0;&bogus;&amp", "&nbsp;&#0;&bogus;&amp", "\u{a0}\u{fffd}&bogus;&amp", "\u{a0}\u{fffd}&bogus;&"),
            ("日本<b>語</b>", "日本<b>語</b>", "日本[語]", "日本[語]"),
        ] {
            for (format, expected) in [(Plain, plain), (Detect, detected), (Html, html)] {
                assert_eq!(shown(text, format), expected, "{text} as {format:?}");
            }
        }
    }

    #[test]
    fn recognizes_blank_texts() {
        for blank in ["", " ", "\u{200b}", "\u{a0}\u{ad}\u{2060}", "\u{fffd}", "\u{feff}\n"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for text in ["a", "1", "…", "日", "🙂"] {
            assert!(!is_blank(text), "{text}");
        }
    }

    #[test]
    fn many_tags_take_linear_time() {
        let hostile = "<b>".repeat(200_000) + &"</i>".repeat(200_000) + &"<".repeat(200_000) + &"&".repeat(200_000);
        let started = crate::time::instant();
        for format in [TextFormat::Html, TextFormat::Detect] {
            drop(read(&hostile, format));
        }
        assert!(crate::time::instant().duration_since(started).as_secs() < 10);
    }

    proptest! {
        #[test]
        fn parts_are_the_text(text in "(<b>|</b>|<em>|</em>|&amp;|&#x41;|<|>|\u{e000}|\u{e001}|[ab é日\n]){0,20}", format in 0..3_usize) {
            let format = [TextFormat::Plain, TextFormat::Html, TextFormat::Detect][format];
            let read = read(&text, format);
            prop_assert_eq!(read.parts().map(|(part, _)| part).collect::<String>(), read.as_str());
            prop_assert!(!read.as_str().contains("  ") && read.as_str().trim_ascii() == read.as_str());
            prop_assert!(read.parts().filter(|(_, is_marked)| *is_marked).all(|(part, _)| part.trim() == part));
        }

        #[test]
        fn text_without_markup_is_kept(text in "[a-z0-9.,:()'\"é日]{1,10}( [a-z0-9.,:()'\"é日<>]{1,10}){0,5}") {
            prop_assert_eq!(read(&text, TextFormat::Plain).into_string(), text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,60}", html: bool) {
            drop(read(&text, if html { TextFormat::Html } else { TextFormat::Detect }));
        }
    }
}
