//! Reads a JSON text (RFC 8259) value by value, where it is. What nobody wants is skipped: its grammar is checked, but nothing of it is
//! decoded. A string without escapes is borrowed.

use std::borrow::Cow;

use crate::answer::short_search::first_of;

/// Where a text stops being JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JsonFault {
    /// Position of the first byte that cannot be there; the length of a text that ends too early.
    pub(super) at: usize,
}

/// A value, or the beginning of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum JsonValue<'a> {
    /// An object: [`JsonCursor::next_key`] returns its members.
    Object,
    /// An array: [`JsonCursor::has_element`] says whether there is a further element.
    Array,
    /// A string.
    Text(JsonText<'a>),
    /// A number, as it is written.
    Number(&'a str),
    /// `true` or `false`.
    Flag(bool),
    /// `null`.
    Null,
}

/// A string between its quotes. Its grammar is checked; whether it is Unicode is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JsonText<'a> {
    raw: &'a [u8],
    has_escapes: bool,
}

impl<'a> JsonText<'a> {
    /// The text; `None` if it is not UTF-8 or contains half a surrogate pair.
    pub(super) fn decode(self) -> Option<Cow<'a, str>> {
        if self.has_escapes {
            unescape(self.raw).map(Cow::Owned)
        } else {
            std::str::from_utf8(self.raw).ok().map(Cow::Borrowed)
        }
    }

    /// Whether it is this text.
    pub(super) fn is(self, text: &str) -> bool {
        if self.has_escapes { self.decode().is_some_and(|own| own == text) } else { self.raw == text.as_bytes() }
    }

    /// Whether it is the empty string.
    pub(super) fn is_empty(self) -> bool {
        self.raw.is_empty()
    }
}

/// Reads one text.
#[derive(Debug)]
pub(super) struct JsonCursor<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether the text has control characters anywhere. Most answers have none, and their strings need not be searched for any.
    has_controls: bool,
    /// The ends of the arrays and objects that are being skipped.
    open: Vec<u8>,
}

impl<'a> JsonCursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, has_controls: has_control(text), open: Vec::new() }
    }

    /// Reads a value up to its end, an object or array up to its first member.
    pub(super) fn value(&mut self) -> Result<JsonValue<'a>, JsonFault> {
        Ok(match self.peek()? {
            b'"' => JsonValue::Text(self.string()?),
            b'{' => {
                self.at += 1;
                JsonValue::Object
            }
            b'[' => {
                self.at += 1;
                JsonValue::Array
            }
            byte => self.scalar(byte)?,
        })
    }

    /// The key of the next member of an object, whose value is to be read; `None` at its end. `is_first` is true before the first call.
    pub(super) fn next_key(&mut self, is_first: &mut bool) -> Result<Option<JsonText<'a>>, JsonFault> {
        if !self.has_next(b'}', std::mem::take(is_first))? {
            return Ok(None);
        }
        self.key().map(Some)
    }

    /// Whether an array has a further element, which is to be read. `is_first` is true before the first call.
    pub(super) fn has_element(&mut self, is_first: &mut bool) -> Result<bool, JsonFault> {
        self.has_next(b']', std::mem::take(is_first))
    }

    /// Skips a value, and returns whether it is a string with content. There is no bound to the depth.
    pub(super) fn skip(&mut self) -> Result<bool, JsonFault> {
        if self.peek()? == b'"' {
            return Ok(!self.string()?.is_empty());
        }
        self.open.clear();
        loop {
            let mut is_begun = false;
            match self.value()? {
                JsonValue::Object => {
                    self.open.push(b'}');
                    is_begun = true;
                }
                JsonValue::Array => {
                    self.open.push(b']');
                    is_begun = true;
                }
                JsonValue::Text(_) | JsonValue::Number(_) | JsonValue::Flag(_) | JsonValue::Null => {}
            }
            loop {
                let Some(&end) = self.open.last() else { return Ok(false) };
                if self.has_next(end, std::mem::take(&mut is_begun))? {
                    if end == b'}' {
                        self.key()?;
                    }
                    break;
                }
                self.open.pop();
            }
        }
    }

    /// Checks that nothing but white space follows.
    pub(super) fn end(&mut self) -> Result<(), JsonFault> {
        match self.peek() {
            Ok(_) => Err(self.fault()),
            Err(_) => Ok(()),
        }
    }

    /// The fault of a value that was just read.
    pub(super) fn fault(&self) -> JsonFault {
        JsonFault { at: self.at }
    }

    /// The next byte that is not white space.
    #[inline]
    fn peek(&mut self) -> Result<u8, JsonFault> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(self.fault()),
            }
        }
    }

    /// Whether another member follows before the end of an object or array.
    #[inline]
    fn has_next(&mut self, end: u8, is_first: bool) -> Result<bool, JsonFault> {
        let byte = self.peek()?;
        if byte == end {
            self.at += 1;
            return Ok(false);
        }
        if is_first {
            return Ok(true);
        }
        if byte != b',' {
            return Err(self.fault());
        }
        self.at += 1;
        // A comma before the end is one too many.
        if self.peek()? == end { Err(self.fault()) } else { Ok(true) }
    }

    #[inline]
    fn key(&mut self) -> Result<JsonText<'a>, JsonFault> {
        if self.peek()? != b'"' {
            return Err(self.fault());
        }
        let key = self.string()?;
        if self.peek()? != b':' {
            return Err(self.fault());
        }
        self.at += 1;
        Ok(key)
    }

    /// Reads the string whose quote is next.
    #[inline]
    fn string(&mut self) -> Result<JsonText<'a>, JsonFault> {
        let start = self.at + 1;
        let rest = self.text.get(start..).unwrap_or_default();
        if let Some(length) = first_of(rest, [b'"', b'\\'])
            && let Some((raw, [b'"', ..])) = rest.split_at_checked(length)
            && !(self.has_controls && has_control(raw))
        {
            self.at = start + length + 1;
            return Ok(JsonText { raw, has_escapes: false });
        }
        self.escaped_string(start)
    }

    /// Reads the string with content from `start` on, which has escapes, or a fault.
    fn escaped_string(&mut self, start: usize) -> Result<JsonText<'a>, JsonFault> {
        let mut has_escapes = false;
        self.at = start;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let length = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            if let Some(control) = rest.iter().take(length).position(|byte| *byte < b' ') {
                self.at += control;
                return Err(self.fault());
            }
            self.at += length;
            match rest.get(length) {
                Some(b'"') => break,
                Some(_) => {
                    has_escapes = true;
                    self.at += 1;
                    self.escape()?;
                }
                None => return Err(self.fault()),
            }
        }
        let raw = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(JsonText { raw, has_escapes })
    }

    /// Checks an escape behind its backslash.
    fn escape(&mut self) -> Result<(), JsonFault> {
        let digits = match self.text.get(self.at) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 0,
            Some(b'u') => 4,
            Some(_) | None => return Err(self.fault()),
        };
        self.at += 1;
        for _ in 0..digits {
            if !self.text.get(self.at).is_some_and(u8::is_ascii_hexdigit) {
                return Err(self.fault());
            }
            self.at += 1;
        }
        Ok(())
    }

    fn scalar(&mut self, first: u8) -> Result<JsonValue<'a>, JsonFault> {
        match first {
            b't' => self.word(b"true", JsonValue::Flag(true)),
            b'f' => self.word(b"false", JsonValue::Flag(false)),
            b'n' => self.word(b"null", JsonValue::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &[u8], value: JsonValue<'a>) -> Result<JsonValue<'a>, JsonFault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let equal = rest.iter().zip(word).take_while(|(own, wanted)| own == wanted).count();
        self.at += equal;
        if equal == word.len() { Ok(value) } else { Err(self.fault()) }
    }

    /// Reads a number (RFC 8259 section 6).
    fn number(&mut self) -> Result<JsonValue<'a>, JsonFault> {
        let start = self.at;
        self.at += usize::from(self.text.get(self.at) == Some(&b'-'));
        if self.text.get(self.at) == Some(&b'0') {
            self.at += 1;
            if self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
                return Err(self.fault());
            }
        } else {
            self.digits()?;
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.text.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        let number = self.text.get(start..self.at).and_then(|number| std::str::from_utf8(number).ok());
        number.map(JsonValue::Number).ok_or(self.fault())
    }

    /// Reads at least one digit.
    fn digits(&mut self) -> Result<(), JsonFault> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.fault()) }
    }
}

fn has_control(raw: &[u8]) -> bool {
    // Without an early exit, so that the loop is vectorized.
    raw.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < b' '
}

/// Decodes the escapes of a string whose grammar was checked.
fn unescape(raw: &[u8]) -> Option<String> {
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(length) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(length)?;
        text.extend_from_slice(plain);
        let (&[_, letter], after) = escape.split_first_chunk()?;
        rest = after;
        text.push(match letter {
            b'b' => b'\x08',
            b'f' => b'\x0c',
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let first = code_unit(&mut rest)?;
                let mut second = None;
                if matches!(first, 0xd800..=0xdbff) {
                    rest = rest.strip_prefix(b"\\u")?;
                    second = code_unit(&mut rest);
                }
                let c = char::decode_utf16([Some(first), second].into_iter().flatten()).next()?.ok()?;
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            itself => itself,
        });
    }
    text.extend_from_slice(rest);
    String::from_utf8(text).ok()
}

/// Takes four hexadecimal digits.
fn code_unit(rest: &mut &[u8]) -> Option<u16> {
    let (digits, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?))
}

#[cfg(test)]
mod tests;
