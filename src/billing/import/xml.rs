//! Reads rows of XML: the elements at a path are rows, and their attributes and the elements in them are cells. Elements are found by their
//! names without prefixes.

use std::io::Read;
use std::rc::Rc;

use crate::billing::import::cell::FileCell;
use crate::billing::import::collector::RowCollector;
use crate::billing::import::field_rows::{Field, FieldRows};
use crate::billing::import::issue::{ImportError, ImportIssue, quoted};
use crate::billing::import::progress::Progress;
use crate::billing::import::text_reader::MAX_ROW_BYTES;
use crate::billing::import::xml_events::{XmlEvent, read_xml};
use crate::billing::profile::Profile;

/// Where the rows of a text are.
pub(super) struct XmlSource<'p> {
    /// The path of the rows.
    pub list: &'p str,
    pub progress: &'p Rc<Progress>,
}

/// Passes all elements at the path of `source`, such as `/report/row`, to `collector`. The cells of a row are named `@attribute`, `element`,
/// `element/@attribute` and `element/element`.
///
/// # Errors
/// The text is not XML, exceeds a limit, or has no element at the path.
pub(super) fn read_rows(
    bytes: impl Read,
    source: &XmlSource<'_>,
    profile: &Profile,
    collector: &mut RowCollector<'_>,
    on_row: &mut dyn FnMut(),
) -> Result<(), ImportError> {
    let XmlSource { list, progress } = source;
    let mut reader = XmlRows::new(list);
    let mut fields = FieldRows::new(profile, collector, on_row);
    let mut goes_on = true;
    let mut rows = 0;
    read_xml(bytes, profile.encoding, progress, &mut |event| {
        if let Some(row) = reader.read(&event, rows + 1)? {
            rows += 1;
            goes_on = fields.push(rows, row)?;
        }
        Ok(goes_on)
    })?;
    if rows == 0 {
        let message = format!("list = \"{}\": this file has no element there; correct the path", quoted(list));
        return Err(ImportIssue::new(message).into());
    }
    if goes_on { fields.finish() } else { Ok(()) }
}

/// Reads elements as rows.
pub(super) struct XmlRows<'l> {
    /// The names on the path to a row.
    list: Vec<&'l str>,
    /// The names of the open elements, from the root.
    path: Vec<String>,
    /// The row that is open.
    fields: Option<Vec<Field>>,
    /// The text of each open element in the row, the row's own first, and whether it has elements in it.
    texts: Vec<RowElement>,
    row_bytes: usize,
}

#[derive(Default)]
struct RowElement {
    text: String,
    has_elements: bool,
}

impl<'l> XmlRows<'l> {
    pub(super) fn new(list: &'l str) -> Self {
        let list = list.split('/').filter(|name| !name.is_empty()).collect();
        Self { list, path: Vec::new(), fields: None, texts: Vec::new(), row_bytes: 0 }
    }

    /// Reads a piece of the text. Returns the row that it ends.
    pub(super) fn read(&mut self, event: &XmlEvent<'_>, row: u64) -> Result<Option<Vec<Field>>, ImportIssue> {
        match event {
            XmlEvent::Open(start) => {
                self.path.push(start.local_name().as_ref().to_owned());
                if self.fields.is_none() && self.path.iter().map(String::as_str).eq(self.list.iter().copied()) {
                    self.fields = Some(Vec::new());
                    self.row_bytes = 0;
                }
                if self.fields.is_some() {
                    self.open(start, row)?;
                }
            }
            XmlEvent::Text(text) => {
                self.count_bytes(if self.fields.is_some() { text.len() } else { 0 }, row)?;
                if let Some(element) = self.texts.last_mut() {
                    element.text += text;
                }
            }
            XmlEvent::Close(_) => {
                let ended = self.close();
                self.path.pop();
                return Ok(ended);
            }
        }
        Ok(None)
    }

    fn open(&mut self, start: &quick_xml::events::BytesStart<'_>, row: u64) -> Result<(), ImportIssue> {
        if let Some(outer) = self.texts.last_mut() {
            outer.has_elements = true;
        }
        self.texts.push(RowElement::default());
        for attribute in start.attributes() {
            let malformed = || ImportIssue::in_row(row, "an attribute is not valid XML; export the file again");
            let attribute = attribute.map_err(|_| malformed())?;
            let name = attribute.key.local_name();
            if attribute.key.as_ref().starts_with("xmlns") {
                continue;
            }
            let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).map_err(|_| malformed())?;
            self.count_bytes(value.len(), row)?;
            let name = self.name(&format!("@{}", name.as_ref()));
            self.fields.get_or_insert_default().push(Field { name, cell: FileCell::text(value) });
        }
        Ok(())
    }

    /// Ends an element. Returns the row if it is the row's.
    fn close(&mut self) -> Option<Vec<Field>> {
        let RowElement { text, has_elements } = self.texts.pop()?;
        if self.texts.is_empty() {
            return self.fields.take();
        }
        // White space between elements is not a cell.
        if !has_elements || !text.trim().is_empty() {
            let name = self.name("");
            self.fields.get_or_insert_default().push(Field { name, cell: FileCell::text(text.trim()) });
        }
        None
    }

    /// The name of what is in the open element, relative to the row.
    fn name(&self, last: &str) -> String {
        let names = self.path.iter().skip(self.list.len()).map(String::as_str);
        names.chain(Some(last).filter(|last| !last.is_empty())).collect::<Vec<_>>().join("/")
    }

    fn count_bytes(&mut self, bytes: usize, row: u64) -> Result<(), ImportIssue> {
        self.row_bytes += bytes;
        if self.row_bytes as u64 > MAX_ROW_BYTES {
            return Err(ImportIssue::in_row(row, "the row is longer than 1 MB; set list to the path of the rows"));
        }
        Ok(())
    }
}
