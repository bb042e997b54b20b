//! Reads XML (XML 1.0, fifth edition) into elements, one statement of a bank at a time. A document type declaration is rejected, so
//! there are no entities but the five of XML, and nothing outside of the file is read. The depth is bounded; the size is the file's.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Most elements within one another. A bank statement has about 15.
const MAX_DEPTH: usize = 40;

/// An element.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name without a prefix.
    pub(super) name: String,
    /// Its namespace declaration, and its attribute `Ccy`; the messages have no other attribute that matters.
    pub(super) namespace: Option<String>,
    /// The attribute `Ccy`.
    pub(super) currency: Option<String>,
    /// Its text, without white space at the ends.
    pub(super) text: String,
    /// The elements in it.
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The children of this name.
    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element at a path of names, such as `Acct/Id/IBAN`.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |element, name| element.children.iter().find(|child| child.name == name))
    }

    /// The text at a path; None if it is missing or empty.
    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        self.at(path).map(|element| element.text.as_str()).filter(|text| !text.is_empty())
    }
}

/// Reads a document, and returns its root.
///
/// # Errors
/// What is wrong with it, in words for the operator. The content is not repeated.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        let event = reader.read_event();
        let place = || format!("byte {}", reader.buffer_position());
        // The error message of quick-xml can quote the document, so it is dropped here.
        match event.map_err(|_| format!("{}: this is not well-formed XML", place()))? {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(format!("{}: more than {MAX_DEPTH} elements within one another", place()));
                }
                if open.is_empty() && root.is_some() {
                    return Err(format!("{}: a second document follows", place()));
                }
                open.push(element(&start));
            }
            Event::End(_) => {
                let mut closed = open.pop().ok_or_else(|| format!("{}: this is not well-formed XML", place()))?;
                closed.text = closed.text.trim().to_owned();
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => root = Some(closed),
                }
            }
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let name = reference.into_inner();
                let entity = entity(&name).ok_or_else(|| format!("{}: an entity that XML does not define", place()))?;
                add(&mut open, entity.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => {
                return Err(format!("{}: a document type declaration, which is not allowed here", place()));
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
            Event::Eof => break,
        }
    }
    root.filter(|_| open.is_empty()).ok_or_else(|| "the file ends within an element".to_owned())
}

fn element(start: &BytesStart<'_>) -> Element {
    let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    let mut element = Element { name: local(start.name().as_ref()), ..Element::default() };
    let prefix = start.name().as_ref().split_once(':').map(|(prefix, _)| format!("xmlns:{prefix}"));
    // Names that occur twice are not looked for, because that takes quadratic time.
    for attribute in start.attributes().with_checks(false).flatten() {
        let key: &str = attribute.key.as_ref();
        let value = || htmlize::unescape_attribute(attribute.value.clone()).into_owned();
        if key == "Ccy" {
            element.currency = Some(value());
        } else if key == prefix.as_deref().unwrap_or("xmlns") {
            element.namespace = Some(value());
        }
    }
    element
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The character that a reference stands for: one of the five entities of XML, or a number.
fn entity(name: &str) -> Option<char> {
    let number =
        |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|c| *c != '\0');
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with('x') => number(hex.get(1..)?, 16),
            digits => number(digits, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_elements_by_their_local_names() {
        let root = parse("<?xml version=\"1.0\"?><a:D xmlns:a=\"u\"><a:A Ccy=\"E&amp;U\"> 1 &lt;&#x41;<![CDATA[&]]> </a:A><B/></a:D>").unwrap();
        assert_eq!((root.name.as_str(), root.namespace.as_deref()), ("D", Some("u")));
        assert_eq!((root.text_at("A"), root.at("A").unwrap().currency.as_deref()), (Some("1 <A&"), Some("E&U")));
        assert_eq!((root.text_at("B"), root.all("A").count(), root.at("A/C")), (None, 1, None));
    }

    #[test]
    fn hostile_documents_are_rejected() {
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
        let outside = "<!DOCTYPE l SYSTEM \"file:///etc/passwd\"><l/>";
        for (text, part) in [
            (laughs, "document type"),
            (outside, "document type"),
            (&deep, "within one another"),
            ("<a>&b;</a>", "entity"),
            ("<a>&#0;</a>", "entity"),
            ("<a>&#x110000;</a>", "entity"),
            ("<a></b>", "not well-formed"),
            ("<a>", "ends within"),
            ("", "ends within"),
            ("<a/><b/>", "second document"),
            ("</a>", "not well-formed"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
