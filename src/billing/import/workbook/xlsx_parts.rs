//! The parts of an XLSX file (ECMA-376 part 2 for their names, part 1 for their contents), besides its sheets.

use std::collections::HashMap;
use std::rc::Rc;

use crate::billing::import::archive::Archive;
use crate::billing::import::issue::{ImportError, ImportIssue, quoted};
use crate::billing::import::workbook::number_format::NumberFormat;
use crate::billing::import::workbook::serial_date::DateSystem;
use crate::billing::import::xml_events::{XmlEvent, attribute, flag, read_xml};
use crate::billing::profile::Encoding;

/// The most bytes of a part after decompression. A sheet with a million rows of twenty columns has about 1 GB.
const MAX_PART_BYTES: u64 = 2 << 30;
/// The most number formats and cell formats. Spreadsheet programs know 64,000.
const MAX_FORMATS: usize = 65_536;

/// Passes the XML of a part to `visit`.
///
/// # Errors
/// The part is absent, damaged or no XML; or `visit` fails.
pub(super) fn read_part(
    archive: &mut Archive,
    part: &str,
    visit: &mut dyn FnMut(XmlEvent<'_>) -> Result<bool, ImportError>,
) -> Result<(), ImportError> {
    let bytes = archive.open(part, MAX_PART_BYTES)?;
    read_xml(bytes, Encoding::Auto, &Rc::default(), visit)
}

/// What a part refers to.
pub(super) struct Relationship {
    id: String,
    /// The last segment of its type, such as `worksheet`.
    kind: String,
    /// The name of the part.
    pub target: String,
}

/// The relationships of a part; of the file, if the part is empty.
pub(super) struct Relationships(Vec<Relationship>);

impl Relationships {
    /// Reads the relationships of a part.
    ///
    /// # Errors
    /// They are damaged. A part without any has none.
    pub(super) fn read(archive: &mut Archive, part: &str) -> Result<Self, ImportError> {
        let (folder, name) = part.rsplit_once('/').map_or(("", part), |(folder, name)| (folder, name));
        let path = join(folder, &format!("_rels/{name}.rels"));
        let mut found = Vec::new();
        if !archive.has(&path) {
            return Ok(Self(found));
        }
        read_part(archive, &path, &mut |event| {
            if let XmlEvent::Open(start) = event
                && start.local_name().as_ref() == "Relationship"
            {
                let text = |name| Ok::<_, ImportIssue>(attribute(start, name)?.unwrap_or_default().into_owned());
                let (id, kind, target) = (text("Id")?, text("Type")?, text("Target")?);
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                found.push(Relationship { id, kind, target: join(folder, &target) });
            }
            Ok(true)
        })?;
        Ok(Self(found))
    }

    /// The first one of a type.
    pub(super) fn first(&self, kind: &str) -> Option<&str> {
        self.0.iter().find(|relationship| relationship.kind == kind).map(|relationship| relationship.target.as_str())
    }

    fn by_id(&self, id: &str) -> Option<&Relationship> {
        self.0.iter().find(|relationship| relationship.id == id)
    }
}

/// Resolves a reference relative to a folder.
fn join(folder: &str, target: &str) -> String {
    let whole = if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") };
    let mut segments: Vec<&str> = Vec::new();
    for segment in whole.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments.join("/")
}

/// The sheets of a workbook, and from which day it counts.
pub(super) struct SheetList {
    /// Names in the order of the tabs.
    pub names: Vec<String>,
    /// The part of each.
    pub parts: Vec<String>,
    pub system: DateSystem,
}

/// Reads the workbook part. Sheets that are charts have no rows, and are left out.
///
/// # Errors
/// It is damaged.
pub(super) fn read_sheet_list(
    archive: &mut Archive,
    part: &str,
    relationships: &Relationships,
) -> Result<SheetList, ImportError> {
    let mut list = SheetList { names: Vec::new(), parts: Vec::new(), system: DateSystem::From1900 };
    read_part(archive, part, &mut |event| {
        let XmlEvent::Open(start) = event else { return Ok(true) };
        match start.local_name().as_ref() {
            "workbookPr" if flag(start, "date1904")? => list.system = DateSystem::From1904,
            "sheet" => {
                let name = attribute(start, "name")?.unwrap_or_default().into_owned();
                let id = attribute(start, "id")?.unwrap_or_default();
                let relationship = relationships.by_id(&id).ok_or_else(|| {
                    ImportIssue::new(format!("the sheet \"{}\" is missing from the file; save it again", quoted(&name)))
                })?;
                if relationship.kind == "worksheet" {
                    list.names.push(name);
                    list.parts.push(relationship.target.clone());
                }
            }
            _ => {}
        }
        Ok(true)
    })?;
    Ok(list)
}

/// Reads the number format of each cell format.
///
/// # Errors
/// The part is damaged.
pub(super) fn read_formats(archive: &mut Archive, part: &str) -> Result<Vec<NumberFormat>, ImportError> {
    let mut own = HashMap::new();
    let mut formats = Vec::new();
    let mut is_in_cell_formats = false;
    read_part(archive, part, &mut |event| {
        match event {
            XmlEvent::Open(start) => {
                let id = |name| Ok::<_, ImportIssue>(attribute(start, name)?.and_then(|id| id.parse::<u32>().ok()));
                match start.local_name().as_ref() {
                    "cellXfs" => is_in_cell_formats = true,
                    "numFmt" => {
                        if let (Some(id), Some(code)) = (id("numFmtId")?, attribute(start, "formatCode")?) {
                            own.insert(id, NumberFormat::parse(&code));
                        }
                    }
                    "xf" if is_in_cell_formats => {
                        let id = id("numFmtId")?.unwrap_or(0);
                        formats.push(own.get(&id).cloned().unwrap_or_else(|| NumberFormat::built_in(id)));
                    }
                    _ => {}
                }
            }
            XmlEvent::Close(end) if end.local_name().as_ref() == "cellXfs" => is_in_cell_formats = false,
            XmlEvent::Close(_) | XmlEvent::Text(_) => {}
        }
        if own.len() > MAX_FORMATS || formats.len() > MAX_FORMATS {
            return Err(ImportIssue::new("the spreadsheet has more formats than spreadsheet programs know").into());
        }
        Ok(true)
    })?;
    Ok(formats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_relative_to_a_folder() {
        for (folder, target, part) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "../docs/./a.xml", "docs/a.xml"),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
            ("", "../../a.xml", "a.xml"),
        ] {
            assert_eq!(join(folder, target), part);
        }
    }
}
