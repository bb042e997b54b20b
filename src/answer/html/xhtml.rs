//! Turns XHTML into HTML (XML 1.0, XHTML 1.0 appendix C): in `application/xhtml+xml`, `<div/>` is an element without content
//! and `<![CDATA[…]]>` is text, which HTML parsers read differently. Everything else of the two that pages use means the same.

/// The elements that have no end tag in HTML (WHATWG HTML section 13.1.2).
const VOID: [&str; 16] = [
    "area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr", "basefont",
];

/// The start of a CDATA section, after its `<`.
const CDATA: &str = "![CDATA[";

/// The longest name of an element that is closed, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Where in a document the text so far ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Text,
    /// After `<` and a part of a name, which is passed on once it is known what it starts.
    Name,
    /// In a tag, after its name; the last character was a slash or not.
    Tag { after_slash: bool },
    /// In an attribute's value, up to this quotation mark.
    Value(char),
    /// In a comment, a processing instruction or a declaration, which are passed on.
    Other,
    /// In a CDATA section.
    Cdata,
}

/// Turns one document into HTML as it arrives.
#[derive(Debug, Default)]
pub(super) struct Xhtml {
    state: State,
    /// The name of the tag.
    name: String,
    /// The last characters of a construct that ends with several.
    tail: String,
}

impl Xhtml {
    /// Returns the HTML for the next part of the document.
    pub(super) fn convert(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 16);
        for c in text.chars() {
            self.push(c, &mut out);
        }
        out
    }

    fn push(&mut self, c: char, out: &mut String) {
        match self.state {
            State::Text => {
                if c == '<' {
                    self.state = State::Name;
                    self.name.clear();
                } else {
                    out.push(c);
                }
            }
            State::Name => self.push_name(c, out),
            State::Tag { after_slash } => self.push_tag(c, after_slash, out),
            State::Value(quote) => {
                if c == quote {
                    self.state = State::Tag { after_slash: false };
                }
                out.push(c);
            }
            State::Other => {
                self.push_tail(c);
                let end = match self.name.chars().next() {
                    Some('?') => "?>",
                    _ if self.name == "!--" => "-->",
                    _ => ">",
                };
                if self.tail.ends_with(end) {
                    self.state = State::Text;
                }
                out.push(c);
            }
            State::Cdata => self.push_cdata(c, out),
        }
    }

    fn push_name(&mut self, c: char, out: &mut String) {
        self.name.push(c);
        let name = self.name.as_str();
        if name == CDATA {
            self.tail.clear();
            self.state = State::Cdata;
        } else if name == "!--" || (name.starts_with(['!', '?']) && !CDATA.starts_with(name) && name != "!-") {
            out.push('<');
            out.push_str(name);
            self.tail.clear();
            self.state = if c == '>' { State::Text } else { State::Other };
        } else if c.is_whitespace() || c == '>' || (c == '/' && name.len() > 1) {
            self.name.pop();
            out.push('<');
            out.push_str(&self.name);
            self.push_tag(c, false, out);
        } else if name.len() > MAX_NAME_BYTES {
            out.push('<');
            out.push_str(name);
            self.state = State::Tag { after_slash: false };
        }
    }

    fn push_tag(&mut self, c: char, after_slash: bool, out: &mut String) {
        self.state = match c {
            '"' | '\'' => State::Value(c),
            '>' => State::Text,
            c => State::Tag { after_slash: c == '/' },
        };
        out.push(c);
        let name = self.name.as_str();
        let is_closed = c == '>' && after_slash && name.len() <= MAX_NAME_BYTES && !name.starts_with('/');
        if is_closed && !VOID.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            out.push_str("</");
            out.push_str(name);
            out.push('>');
        }
    }

    /// Escapes the text of a CDATA section. The brackets at its end are not text.
    fn push_cdata(&mut self, c: char, out: &mut String) {
        match c {
            ']' => {
                self.tail.push(c);
                if self.tail.len() > 2 {
                    self.tail.pop();
                    out.push(c);
                }
                return;
            }
            '>' if self.tail == "]]" => {
                self.tail.clear();
                self.state = State::Text;
                return;
            }
            _ => out.push_str(&std::mem::take(&mut self.tail)),
        }
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }

    fn push_tail(&mut self, c: char) {
        if self.tail.chars().count() >= 3 {
            self.tail.remove(0);
        }
        self.tail.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [(&str, &str); 12] = [
        ("<div class='a'/>x<br/>y", "<div class='a'/></div>x<br/>y"),
        ("<script src=\"a/b\"/><p>x</p>", "<script src=\"a/b\"/></script><p>x</p>"),
        ("<a name=\"x\" /><b>y</b>", "<a name=\"x\" /></a><b>y</b>"),
        ("<a href=/x/>y</a>", "<a href=/x/></a>y</a>"),
        ("<p title='a/>b'>x</p>", "<p title='a/>b'>x</p>"),
        ("<![CDATA[a < b & c]]> ]]>", "a &lt; b &amp; c ]]>"),
        ("<![CDATA[a]]]><b/>", "a]<b/></b>"),
        (
            "<script>//<![CDATA[\nif (a < b) '</script>'\n//]]></script>",
            "<script>//\nif (a &lt; b) '&lt;/script&gt;'\n//</script>",
        ),
        ("<!-- <div/> > --><i/>", "<!-- <div/> > --><i/></i>"),
        ("<?xml version='1.0'?><!DOCTYPE html><html/>", "<?xml version='1.0'?><!DOCTYPE html><html/></html>"),
        ("a<>b</p >c<![x]]>", "a<>b</p >c<![x]]>"),
        ("<IMG/><hr /><td/>", "<IMG/><hr /><td/></td>"),
    ];

    #[test]
    fn empty_elements_and_cdata_become_html() {
        for (given, expected) in CASES {
            assert_eq!(Xhtml::default().convert(given), expected, "{given}");
            let mut xhtml = Xhtml::default();
            let split: String = given.chars().map(|c| xhtml.convert(c.encode_utf8(&mut [0; 4]))).collect();
            assert_eq!(split, expected, "split: {given}");
        }
    }
}
