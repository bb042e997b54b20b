//! Detects where XML has its rows, and the names of their columns.

use std::collections::BTreeSet;

use crate::billing::import::{InspectedXml, inspect_xml};
use crate::billing::profile_proposal::column_names::known_names;
use crate::billing::profile_proposal::nested_names::telling_part;
use crate::billing::profile_proposal::proposal::toml_string;
use crate::billing::profile_proposal::shape::FileShape;

/// Detects the shape of XML.
///
/// # Errors
/// The text is not XML, or no element has the names of a day or clicks; in words for the operator.
pub(super) fn detect(text: &[u8]) -> Result<FileShape, String> {
    let score = |names: &[String]| {
        // An element around a row has the names of the row, too, and must not win by having one twice.
        let parts: BTreeSet<&str> = names.iter().map(|name| telling_part(name)).collect();
        known_names(parts.into_iter())
    };
    let found = inspect_xml(text, &score).map_err(|error| error.to_string())?;
    let Some(InspectedXml { list, names, rows }) = found else {
        return Err("no element of this XML has the names of a day and of clicks; set format = \"xml\" and list to the path of \
             its rows yourself"
            .to_owned());
    };
    Ok(FileShape {
        settings: vec![("format", toml_string("xml")), ("list", toml_string(&list))],
        last_names: names.iter().map(|name| telling_part(name).to_owned()).collect(),
        header: names,
        rows,
        ..FileShape::default()
    })
}
