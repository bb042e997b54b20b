//! Finds the rows of an XML text without a profile: the path of the elements that have the most cells with known names, each once.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::rc::Rc;

use crate::billing::import::field_rows::Field;
use crate::billing::import::inspected_cell::InspectedCell;
use crate::billing::import::issue::{ImportError, ImportIssue};
use crate::billing::import::xml::XmlRows;
use crate::billing::import::xml_events::{XmlEvent, read_xml};
use crate::billing::profile::Encoding;

/// The most elements that are inspected: 100,000 rows of a few cells.
const MAX_ELEMENTS: u64 = 500_000;
/// The most paths, and the most names of cells in the elements of one path. Statements have a few dozen.
const MAX_NAMES: usize = 1_024;

/// The rows of an XML text.
pub struct InspectedXml {
    /// The path of the rows.
    pub list: String,
    /// The names of the cells, as a profile has them.
    pub names: Vec<String>,
    /// The cells of each row, in the order of the names.
    pub rows: Vec<Vec<InspectedCell>>,
}

/// Returns the rows of an XML text in UTF-8; `score` counts how many of the names of an element's cells are known. `None` if no element has
/// any. Of a large text, the first part is inspected.
///
/// # Errors
/// It is not XML, or exceeds a limit of `read_xml`.
pub fn inspect_xml(text: &[u8], score: &dyn Fn(&[String]) -> usize) -> io::Result<Option<InspectedXml>> {
    let mut paths = ElementPaths::default();
    visit(text, &mut |event| paths.read(event).map(|()| true))?;
    let Some(list) = paths.best(score) else { return Ok(None) };
    let mut reader = XmlRows::new(&list);
    let mut rows: Vec<Vec<Field>> = Vec::new();
    visit(text, &mut |event| {
        let row = reader.read(event, rows.len() as u64 + 1)?;
        rows.extend(row);
        Ok(true)
    })?;
    let mut indexes: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::new();
    for Field { name, .. } in rows.iter().flatten() {
        if !indexes.contains_key(name) && names.len() < MAX_NAMES {
            indexes.insert(name.clone(), names.len());
            names.push(name.clone());
        }
    }
    let cells = |row: Vec<Field>| {
        let mut cells = vec![InspectedCell::default(); names.len()];
        for Field { name, cell } in row {
            if let Some(place) = indexes.get(&name).and_then(|index| cells.get_mut(*index)) {
                place.text = cell.to_string();
            }
        }
        cells
    };
    let rows = rows.into_iter().map(cells).collect();
    Ok(Some(InspectedXml { list, names, rows }))
}

/// Passes the first elements of a text to `sink`.
fn visit(text: impl Read, sink: &mut dyn FnMut(&XmlEvent<'_>) -> Result<bool, ImportIssue>) -> io::Result<()> {
    let mut elements = 0;
    let read = read_xml(text, Encoding::Utf8, &Rc::default(), &mut |event| {
        elements += u64::from(matches!(event, XmlEvent::Open(_)));
        Ok(sink(&event)? && elements < MAX_ELEMENTS)
    });
    read.map_err(ImportError::into_io)
}

/// The elements of one path.
#[derive(Default)]
struct PathElements {
    count: u64,
    /// The names of their cells, and whether an element has several of a name.
    names: BTreeMap<String, bool>,
}

/// An element that is open.
struct UnclosedElement {
    name: String,
    /// How often each cell is in it.
    cells: HashMap<String, u64>,
    text: String,
    has_elements: bool,
}

/// The paths of the elements of a text.
#[derive(Default)]
struct ElementPaths {
    open: Vec<UnclosedElement>,
    paths: BTreeMap<String, PathElements>,
}

impl ElementPaths {
    fn read(&mut self, event: &XmlEvent<'_>) -> Result<(), ImportIssue> {
        match event {
            XmlEvent::Open(start) => {
                if let Some(outer) = self.open.last_mut() {
                    outer.has_elements = true;
                }
                let name = start.local_name().as_ref().to_owned();
                self.open.push(UnclosedElement {
                    name,
                    cells: HashMap::new(),
                    text: String::new(),
                    has_elements: false,
                });
                for attribute in start.attributes() {
                    let attribute = attribute.map_err(|_| ImportIssue::new("an attribute is not valid XML"))?;
                    if !attribute.key.as_ref().starts_with("xmlns") {
                        self.add_cell(Some(&format!("@{}", attribute.key.local_name().as_ref())));
                    }
                }
            }
            XmlEvent::Text(text) => {
                if let Some(element) = self.open.last_mut().filter(|element| element.text.is_empty()) {
                    text.trim().clone_into(&mut element.text);
                }
            }
            XmlEvent::Close(_) => self.close(),
        }
        Ok(())
    }

    /// Adds a cell, which is an attribute of the last open element or its text, to each element that it is in.
    fn add_cell(&mut self, attribute: Option<&str>) {
        let mut name = attribute.unwrap_or_default().to_owned();
        for element in self.open.iter_mut().rev() {
            if !name.is_empty() && (element.cells.len() < MAX_NAMES || element.cells.contains_key(&name)) {
                *element.cells.entry(name.clone()).or_default() += 1;
            }
            name = if name.is_empty() { element.name.clone() } else { format!("{}/{name}", element.name) };
        }
    }

    fn close(&mut self) {
        let is_cell = self.open.last().is_some_and(|element| !element.has_elements || !element.text.is_empty());
        if is_cell {
            self.add_cell(None);
        }
        let path: String = self.open.iter().map(|element| format!("/{}", element.name)).collect();
        let Some(element) = self.open.pop() else { return };
        if element.cells.is_empty() || (self.paths.len() >= MAX_NAMES && !self.paths.contains_key(&path)) {
            return;
        }
        let elements = self.paths.entry(path).or_default();
        elements.count += 1;
        for (name, count) in element.cells {
            if elements.names.len() < MAX_NAMES || elements.names.contains_key(&name) {
                *elements.names.entry(name).or_default() |= count > 1;
            }
        }
    }

    /// The path whose elements have the most known names; of equal ones that of more elements, and then the longest.
    fn best(&self, score: &dyn Fn(&[String]) -> usize) -> Option<String> {
        let rank = |(path, elements): (&String, &PathElements)| {
            let names = elements.names.iter().filter(|(_, is_repeated)| !**is_repeated).map(|(name, _)| name.clone());
            let known = score(&names.collect::<Vec<_>>());
            (known > 0).then(|| (known, elements.count, path.matches('/').count(), path.clone()))
        };
        self.paths.iter().filter_map(rank).max().map(|(_, _, _, path)| path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path of the rows and their names, where `date` and `clicks` are known.
    fn rows(text: &str) -> Option<(String, String, usize)> {
        let has = |names: &[String], known: &str| usize::from(names.iter().any(|name| name.ends_with(known)));
        let score = |names: &[String]| has(names, "date") + has(names, "clicks");
        let found = inspect_xml(text.as_bytes(), &score).unwrap()?;
        Some((found.list, found.names.join(" "), found.rows.len()))
    }

    #[test]
    fn rows_are_the_elements_with_the_most_known_cells() {
        for (text, wanted) in [
            ("<r><d date='1' clicks='2'/><d date='2' clicks='3'/></r>", Some(("/r/d", "@date @clicks", 2))),
            ("<r date='0'><d date='1' clicks='2'/></r>", Some(("/r/d", "@date @clicks", 1))),
            ("<r><l><d><date>1</date><n><clicks>2</clicks></n></d></l></r>", Some(("/r/l/d", "date n/clicks", 1))),
            (
                "<x:r xmlns:x='u'><x:d date='1'><n clicks='2'/></x:d><x:d date='1'><n clicks='2'/><e/></x:d></x:r>",
                Some(("/r/d", "@date n/@clicks n e", 2)),
            ),
            ("<r><d><v>1</v></d></r>", None),
        ] {
            let wanted = wanted.map(|(list, names, rows)| (list.to_owned(), names.to_owned(), rows));
            assert_eq!(rows(text), wanted, "{text}");
        }
        for text in ["", "<r>", "<r><d a=1/></r>", "<r/><r/>"] {
            assert!(inspect_xml(text.as_bytes(), &|_| 1).is_err(), "{text}");
        }
    }
}
