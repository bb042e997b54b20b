//! Reads XML (XML 1.0, fifth edition) piece by piece, within limits. Nothing outside of the text is read, and entities that a text defines
//! are not expanded: a text that defines some is refused.

use std::borrow::Cow;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use quick_xml::events::{BytesEnd, BytesRef, BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use crate::billing::import::issue::{ImportError, ImportIssue};
use crate::billing::import::progress::Progress;
use crate::billing::import::text_reader::{MAX_ROW_BYTES, TextOptions, TextReader};
use crate::billing::profile::Encoding;

/// The most elements within one another. Statements and spreadsheets have about ten.
const MAX_DEPTH: usize = 64;

/// A piece of an XML text.
pub(super) enum XmlEvent<'e> {
    Open(&'e BytesStart<'e>),
    /// The end of an element, also of an empty one.
    Close(&'e BytesEnd<'e>),
    Text(Cow<'e, str>),
}

/// Passes the pieces of an XML text to `visit`, until it returns false. Comments and processing instructions are left out; names of
/// namespaces are not resolved.
///
/// # Errors
/// The text is not XML, ends early, has an encoding that is not known, or exceeds a limit; or `visit` fails.
pub(super) fn read_xml(
    bytes: impl Read,
    encoding: Encoding,
    progress: &Rc<Progress>,
    visit: &mut dyn FnMut(XmlEvent<'_>) -> Result<bool, ImportError>,
) -> Result<(), ImportError> {
    let options = TextOptions { encoding, max_row_bytes: MAX_ROW_BYTES, is_xml: true };
    let text = TextReader::open(Box::new(bytes), options, progress.clone())?;
    let mut reader = Reader::from_reader(BufReader::new(text));
    reader.config_mut().expand_empty_elements = true;
    let mut structure = Structure::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        // Bounds the next piece.
        progress.row_bytes.set(0);
        let event = reader.read_event_into(&mut buffer);
        let event = event.map_err(|error| not_xml(&error, reader.error_position()))?;
        let goes_on = match event {
            Event::Start(start) => {
                structure.open()?;
                visit(XmlEvent::Open(&start))?
            }
            Event::End(end) => {
                structure.depth = structure.depth.saturating_sub(1);
                visit(XmlEvent::Close(&end))?
            }
            Event::Text(text) => visit(XmlEvent::Text(text.xml10_content()))?,
            Event::CData(text) => visit(XmlEvent::Text(text.xml10_content()))?,
            Event::GeneralRef(reference) => visit(XmlEvent::Text(resolve(&reference)?))?,
            Event::Eof => return structure.finish(),
            Event::DocType(declaration) if declaration.contains('[') => {
                let message =
                    "the XML defines entities of its own; they are not expanded. Ask for a file without DOCTYPE";
                return Err(ImportIssue::new(message).into());
            }
            Event::DocType(_) | Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => true,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

/// What is checked of a text besides its grammar.
#[derive(Default)]
struct Structure {
    /// Elements that are open.
    depth: usize,
    has_root: bool,
}

impl Structure {
    fn open(&mut self) -> Result<(), ImportIssue> {
        if self.depth == 0 && std::mem::replace(&mut self.has_root, true) {
            return Err(ImportIssue::new("the XML has more than one root element; export it again"));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message =
                format!("the XML has more than {MAX_DEPTH} elements within one another; this is not a statement");
            return Err(ImportIssue::new(message));
        }
        Ok(())
    }

    fn finish(&self) -> Result<(), ImportError> {
        if self.has_root && self.depth == 0 {
            return Ok(());
        }
        Err(ImportIssue::new("the XML is empty or ends early; export it again").into())
    }
}

/// Returns the text of a reference: a character, or one of the five entities that XML has.
fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, ImportIssue> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Ok(Cow::Owned(character.to_string()));
    }
    let text = quick_xml::escape::resolve_predefined_entity(reference);
    text.map(Cow::Borrowed)
        .ok_or_else(|| ImportIssue::new("the XML refers to an entity that XML does not have; export it again"))
}

fn not_xml(error: &Error, position: u64) -> ImportError {
    if let Error::Io(error) = error {
        // The reader shares the error, which cannot be moved out.
        return io::Error::new(error.kind(), error.to_string()).into();
    }
    // The message of quick-xml can quote the text.
    ImportIssue::new(format!("not valid XML near character {position}; set format, or export the file again")).into()
}

/// Returns an attribute of an element by its name without a prefix.
///
/// # Errors
/// The attributes are not well-formed.
pub(super) fn attribute<'s>(start: &'s BytesStart<'_>, name: &str) -> Result<Option<Cow<'s, str>>, ImportIssue> {
    let malformed = || ImportIssue::new("an attribute in the XML is not valid; export the file again");
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| malformed())?;
        if attribute.key.local_name().as_ref() == name {
            return attribute.normalized_value(XmlVersion::Explicit1_0).map(Some).map_err(|_| malformed());
        }
    }
    Ok(None)
}

/// Parses an attribute that is a truth value (XML Schema part 2 section 3.2.2).
pub(super) fn flag(start: &BytesStart<'_>, name: &str) -> Result<bool, ImportIssue> {
    Ok(matches!(attribute(start, name)?.as_deref(), Some("1" | "true" | "on")))
}
