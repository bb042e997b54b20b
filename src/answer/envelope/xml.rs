//! Reads the results of an XML document (XML 1.0, fifth edition) into JSON of the shape that the configured pointers
//! describe. A pointer names elements from the outside in: `/rss/channel/item` stands for every element `item` in every
//! `channel` of `rss`, and a last token `@href` for an attribute.
//!
//! Entities that the document defines are not expanded: a document type declaration that could define some is rejected.
//! Nothing outside of the document is read.

use std::borrow::Cow;

use encoding_rs::Encoding;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

use crate::answer::json_pointer::JsonPointer;

/// Most elements within one another. Answers of search engines have about ten.
const MAX_DEPTH: usize = 64;

/// Most entries read from one document. The reader of JSON limits what is displayed.
const MAX_ENTRIES: usize = 1_000;

/// What is put around the text of a highlighted element: the private-use characters with which engines mark matches in
/// JSON, and which [`crate::answer::json`] reads.
const MARK_START: &str = "\u{e000}";
const MARK_END: &str = "\u{e001}";

/// How many bytes at the start of a document are searched for its charset. A declaration has about 40.
const DECLARATION_BYTES: usize = 256;

/// The elements that are read from a document.
#[derive(Debug, Clone, Default)]
pub struct XmlPaths {
    /// The lists of results.
    pub lists: Vec<XmlList>,
    /// What is read from the document besides the entries, from the root.
    pub document: Vec<JsonPointer>,
    /// The names of elements with which the partner highlights words.
    pub marks: Vec<String>,
}

/// The elements of one list of results.
#[derive(Debug, Clone)]
pub struct XmlList {
    /// Those that are entries, from the root.
    pub entries: JsonPointer,
    /// What is read from an entry, relative to it.
    pub fields: Vec<JsonPointer>,
}

/// Returns the entries and texts of the document as JSON; `None` if it is not XML. A list without an entry is absent. The
/// text of a field is that of all elements at its pointer, with the text of the elements in them, its white space
/// reduced to single spaces. Elements beside one another are separated by a space.
pub(super) fn to_json(document: &[u8], paths: &XmlPaths) -> Option<Vec<u8>> {
    let text = decode(document);
    let mut reader = Reader::from_str(&text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    // A lone ampersand is the most common mistake in XML, and its meaning is clear.
    config.allow_dangling_amp = true;
    let mut extraction = Extraction::new(paths);
    let mut has_root = false;
    loop {
        // The error message of quick-xml can quote the document, so it is dropped here.
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if extraction.path.is_empty() && std::mem::replace(&mut has_root, true) {
                    return None;
                }
                extraction.open(&start)?;
            }
            Event::End(_) => extraction.close(),
            Event::Text(text) => extraction.text(&text.xml10_content()),
            Event::CData(text) => extraction.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                // HTML's names are common in feeds and not ambiguous. Any other name is kept as it is.
                let reference = format!("&{};", reference.into_inner());
                extraction.text(&htmlize::unescape(reference));
            }
            Event::DocType(declaration) if declaration.contains('[') => return None,
            Event::DocType(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
            Event::Eof => break,
        }
    }
    let is_complete = has_root && extraction.path.is_empty();
    is_complete.then(|| extraction.into_json())
}

/// Decodes a document: a byte order mark decides, then its declaration. Without any, it is UTF-8. A byte sequence that is
/// not valid becomes U+FFFD.
fn decode(document: &[u8]) -> Cow<'_, str> {
    let start = document.get(..DECLARATION_BYTES).unwrap_or(document);
    let declared = declared_charset(start).unwrap_or(encoding_rs::UTF_8);
    declared.decode(document).0
}

/// The charset that the XML declaration at the start of a document names.
fn declared_charset(start: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(start);
    let (declaration, _) = start.strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let label = value.split(['"', '\'']).nth(1)?;
    // The declaration was readable as ASCII, so the document cannot be in UTF-16.
    Encoding::for_label(label.as_bytes()).map(Encoding::output_encoding)
}

/// The texts of an entry or of the document, in the order of their pointers.
type FieldTexts = Vec<Option<String>>;

/// What was read so far.
struct Extraction<'p> {
    paths: &'p XmlPaths,
    /// The names of the open elements, from the root.
    path: Vec<String>,
    document: FieldTexts,
    /// The entries of each list.
    lists: Vec<Vec<FieldTexts>>,
    entry: Option<OpenEntry<'p>>,
}

/// An entry whose element is open.
struct OpenEntry<'p> {
    /// Index of its list.
    list: usize,
    fields: &'p [JsonPointer],
    /// The number of elements that are open around its content.
    depth: usize,
    texts: FieldTexts,
}

impl<'p> Extraction<'p> {
    fn new(paths: &'p XmlPaths) -> Self {
        let document = vec![None; paths.document.len()];
        Self { paths, path: Vec::new(), document, lists: vec![Vec::new(); paths.lists.len()], entry: None }
    }

    /// Records the start of an element. `None` if too many elements are open.
    fn open(&mut self, start: &BytesStart<'_>) -> Option<()> {
        if self.path.len() == MAX_DEPTH {
            return None;
        }
        self.path.push(start.name().as_ref().to_owned());
        if self.entry.is_none() {
            let list = self.paths.lists.iter().enumerate().find(|(_, list)| list.entries.tokens() == self.path);
            self.entry = list.map(|(list, XmlList { fields, .. })| OpenEntry {
                list,
                fields,
                depth: self.path.len(),
                texts: vec![None; fields.len()],
            });
        }
        start_texts(&mut self.document, &self.paths.document, &self.path, start);
        if let Some(entry) = &mut self.entry {
            let path = self.path.get(entry.depth..).unwrap_or_default();
            start_texts(&mut entry.texts, entry.fields, path, start);
        }
        if self.is_mark() {
            self.text(MARK_START);
        }
        Some(())
    }

    /// Whether the innermost open element highlights its text.
    fn is_mark(&self) -> bool {
        self.path.last().is_some_and(|name| self.paths.marks.contains(name))
    }

    /// Records text in the innermost open element.
    fn text(&mut self, text: &str) {
        append(&mut self.document, &self.paths.document, &self.path, text);
        if let Some(entry) = &mut self.entry {
            let path = self.path.get(entry.depth..).unwrap_or_default();
            append(&mut entry.texts, entry.fields, path, text);
        }
    }

    /// Records the end of the innermost open element.
    fn close(&mut self) {
        if self.is_mark() {
            self.text(MARK_END);
        }
        let closed = self.entry.take_if(|entry| entry.depth == self.path.len());
        self.path.pop();
        let Some(OpenEntry { list, texts, .. }) = closed else { return };
        if let Some(list) = self.lists.get_mut(list).filter(|list| list.len() < MAX_ENTRIES) {
            list.push(texts);
        }
    }

    fn into_json(self) -> Vec<u8> {
        let mut root = object(&self.paths.document, self.document);
        for (list, entries) in self.paths.lists.iter().zip(self.lists) {
            if !entries.is_empty() {
                let entries = entries.into_iter().map(|texts| object(&list.fields, texts).into());
                insert(&mut root, list.entries.tokens(), Value::Array(entries.collect()));
            }
        }
        Value::Object(root).to_string().into_bytes()
    }
}

/// Starts the texts of the pointers that end at this element or at an attribute of it. `path` leads to the element.
fn start_texts(texts: &mut FieldTexts, pointers: &[JsonPointer], path: &[String], start: &BytesStart<'_>) {
    for (text, pointer) in texts.iter_mut().zip(pointers) {
        if pointer.tokens() == path {
            match text {
                Some(text) => text.push(' '),
                None => *text = Some(String::new()),
            }
        } else if let Some((last, parents)) = pointer.tokens().split_last()
            && parents == path
            && let Some(name) = last.strip_prefix('@')
            && let Some(value) = attribute(start, name)
        {
            *text = Some(value);
        }
    }
}

/// The value of an attribute. Names that occur twice are not looked for, because that takes quadratic time.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = start.attributes();
    let found = attributes.with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(htmlize::unescape_attribute(found.value).into_owned())
}

/// Appends to the texts whose element is open. `path` leads to the innermost open element.
fn append(texts: &mut FieldTexts, pointers: &[JsonPointer], path: &[String], piece: &str) {
    for (text, pointer) in texts.iter_mut().zip(pointers) {
        if path.starts_with(pointer.tokens())
            && let Some(text) = text
        {
            text.push_str(piece);
        }
    }
}

/// An object with each text where its pointer leads.
fn object(pointers: &[JsonPointer], texts: FieldTexts) -> Map<String, Value> {
    let mut object = Map::new();
    for (pointer, text) in pointers.iter().zip(texts) {
        if let Some(text) = text {
            let words: Vec<&str> = text.split_ascii_whitespace().collect();
            insert(&mut object, pointer.tokens(), words.join(" ").into());
        }
    }
    object
}

/// Inserts a value where the reference tokens lead. Configurations where one pointer leads into another are rejected.
fn insert(object: &mut Map<String, Value>, tokens: &[String], value: Value) {
    let Some((token, rest)) = tokens.split_first() else { return };
    if rest.is_empty() {
        object.insert(token.clone(), value);
        return;
    }
    let inner = object.entry(token.as_str()).or_insert_with(|| Map::new().into());
    if let Value::Object(inner) = inner {
        insert(inner, rest, value);
    }
}

#[cfg(test)]
mod tests;
