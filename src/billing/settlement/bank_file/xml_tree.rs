//! Reads XML (XML 1.0, fifth edition) into elements, and hands out those of one name as they end, so that a file never is in memory as a
//! whole. A document type declaration is rejected, so there are no entities but the five of XML, and nothing outside of the file is read.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Most elements within one another. A bank statement has about 15.
const MAX_DEPTH: usize = 40;

/// Most elements in memory: some 200 MB. A batch of 40,000 payments has as many.
const MAX_ELEMENTS: usize = 1_000_000;

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

    /// How many elements it is, with those in it.
    fn size(&self) -> usize {
        self.children.iter().map(Self::size).sum::<usize>() + 1
    }

    /// The text at a path; None if it is missing or empty.
    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        self.at(path).map(|element| element.text.as_str()).filter(|text| !text.is_empty())
    }
}

/// Reads a document, and returns its root without the elements of the name `taken`: these are handed to `take`, with the elements that
/// are open around them, from the root.
///
/// # Errors
/// What is wrong with it, in words for the operator. The content is not repeated.
pub(super) fn parse(text: &str, taken: &str, mut take: impl FnMut(&[Element], &Element)) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    loop {
        let event = reader.read_event();
        let at = |problem: &str| format!("byte {}: {problem}", reader.buffer_position());
        // The error message of quick-xml can quote the document, so it is dropped here.
        match event.map_err(|_| at("this is not well-formed XML"))? {
            Event::Start(start) => tree.open(element(&start)).map_err(at)?,
            Event::End(_) => {
                let closed = tree.close().ok_or_else(|| at("this is not well-formed XML"))?;
                if closed.name == taken {
                    take(&tree.open, &closed);
                    tree.elements = tree.elements.saturating_sub(closed.size());
                } else {
                    tree.keep(closed);
                }
            }
            Event::Text(text) => tree.add(&text.xml10_content()),
            Event::CData(text) => tree.add(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character =
                    entity(&reference.into_inner()).ok_or_else(|| at("an entity that XML does not define"))?;
                tree.add(character.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return Err(at("a document type declaration, which is not allowed here")),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
            Event::Eof => break,
        }
    }
    tree.root.filter(|_| tree.open.is_empty()).ok_or_else(|| "the file ends within an element".to_owned())
}

/// What was read so far.
#[derive(Default)]
struct Tree {
    /// The elements that are open, from the root.
    open: Vec<Element>,
    root: Option<Element>,
    /// How many elements are in memory.
    elements: usize,
}

impl Tree {
    fn open(&mut self, element: Element) -> Result<(), &'static str> {
        self.elements += 1;
        if self.open.len() >= MAX_DEPTH {
            return Err("more than 40 elements within one another");
        }
        if self.elements > MAX_ELEMENTS {
            return Err("more than 1,000,000 elements at once");
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err("a second document follows");
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Option<Element> {
        let mut closed = self.open.pop()?;
        closed.text = closed.text.trim().to_owned();
        Some(closed)
    }

    fn keep(&mut self, closed: Element) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None => self.root = Some(closed),
        }
    }

    fn add(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }
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

    fn parse_all(text: &str) -> Result<Element, String> {
        parse(text, "Ntry", |_, _| {})
    }

    #[test]
    fn hands_out_elements_with_those_around_them_and_keeps_none() {
        let mut taken = Vec::new();
        let text = "<a><b><i>1</i><n>x</n><n>y</n></b><b><i>2</i><n>z</n></b></a>";
        let root = parse(text, "n", |around, element| {
            let names: Vec<&str> = around.iter().map(|element| element.name.as_str()).collect();
            taken.push(format!("{} {} {}", names.join("/"), around[1].text_at("i").unwrap(), element.text));
        });
        assert_eq!(taken, ["a/b 1 x", "a/b 1 y", "a/b 2 z"]);
        assert!(root.unwrap().all("b").all(|b| b.children.len() == 1));
    }

    #[test]
    fn the_number_of_elements_in_memory_is_bounded() {
        let many = |name: &str| format!("<a>{}</a>", format!("<{name}/>").repeat(MAX_ELEMENTS + 10));
        assert!(parse_all(&many("b")).unwrap_err().contains("more than 1,000,000 elements"));
        assert_eq!(parse_all(&many("Ntry")).unwrap().children.len(), 0);
        assert!(parse_all(&many("b/><Ntry")).is_err(), "what is kept counts on");
    }

    #[test]
    fn reads_elements_by_their_local_names() {
        let root = parse_all("<?xml version=\"1.0\"?><a:D xmlns:a=\"u\"><a:A Ccy=\"E&amp;U\"> 1 &lt;&#x41;<![CDATA[&]]> </a:A><B/></a:D>").unwrap();
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
            let error = parse_all(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
