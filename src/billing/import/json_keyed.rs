//! Rows of JSON that are the members of objects, by a day or a code: `{"2026-10-01": {"clicks": 12}}`. The names of the members are cells, too.

use serde_json::value::RawValue;

use crate::billing::import::cell::FileCell;
use crate::billing::import::field_rows::Field;
use crate::billing::import::issue::{ImportIssue, quoted};
use crate::billing::import::json_value::{OrderedObject, parse_list};

/// The name of the value of a row that is no object.
pub(super) const VALUE: &str = "value";

/// A row that is a member of an object.
pub(super) struct KeyedRow<'j> {
    /// The names of the members around it.
    pub fields: Vec<Field>,
    /// The row itself.
    pub value: &'j RawValue,
}

/// What the names of members are.
#[derive(Clone, Copy)]
pub(super) struct MemberKeys<'k> {
    /// What they are called, of the outermost object first.
    pub names: &'k [String],
    /// Members that are no rows.
    pub skipped: &'k [String],
}

/// Adds the rows in objects within one another. In the last one, a list has several rows. Returns how many members are no rows.
///
/// # Errors
/// There is no object where one is expected, or one has a member twice.
pub(super) fn keyed_rows<'j>(
    value: &'j RawValue,
    keys: MemberKeys<'_>,
    path: &[(String, String)],
    rows: &mut Vec<KeyedRow<'j>>,
) -> Result<u64, ImportIssue> {
    let Some((name, below)) = keys.names.split_first() else {
        let fields =
            || path.iter().map(|(name, key)| Field { name: name.clone(), cell: FileCell::text(key) }).collect();
        match parse_list(value) {
            Some(list) => rows.extend(list.into_iter().map(|value| KeyedRow { fields: fields(), value })),
            None => rows.push(KeyedRow { fields: fields(), value }),
        }
        return Ok(0);
    };
    // Some programs write an object without members as a list.
    if parse_list(value).is_some_and(|list| list.is_empty()) {
        return Ok(0);
    }
    let object = OrderedObject::parse(value)?.ok_or_else(|| {
        let place = path.last().map_or("at list".to_owned(), |(_, key)| format!("in \"{}\"", quoted(key)));
        let message =
            format!("there is no object {place}, whose members' names would be \"{}\" by keyed_by", quoted(name));
        ImportIssue::new(message)
    })?;
    let mut skipped = 0;
    for (key, value) in object.0 {
        if keys.skipped.contains(&key) {
            skipped += 1;
            continue;
        }
        let path = [path, &[(name.clone(), key)]].concat();
        skipped += keyed_rows(value, MemberKeys { names: below, ..keys }, &path, rows)?;
    }
    Ok(skipped)
}
