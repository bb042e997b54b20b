//! Values of JSON (RFC 8259) as the file has them: members in its order, numbers with its digits.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::billing::import::cell::{CellKind, FileCell};
use crate::billing::import::field_rows::Field;
use crate::billing::import::issue::{ImportIssue, quoted};

/// The most objects within one another in a row.
const MAX_ROW_DEPTH: usize = 8;

/// The members of an object, in the file's order.
pub(super) struct OrderedObject<'j>(pub Vec<(String, &'j RawValue)>);

impl<'j> OrderedObject<'j> {
    /// Returns the members of an object; `None` for another value.
    ///
    /// # Errors
    /// A name occurs twice: which of the values counts would be a guess (RFC 8259 section 4).
    pub(super) fn parse(value: &'j RawValue) -> Result<Option<Self>, ImportIssue> {
        if !value.get().starts_with('{') {
            return Ok(None);
        }
        let Some(object) = serde_json::from_str::<Self>(value.get()).ok() else { return Ok(None) };
        let mut names = HashSet::with_capacity(object.0.len());
        match object.0.iter().find(|(name, _)| !names.insert(name)) {
            None => Ok(Some(object)),
            Some((name, _)) => {
                let message = format!("an object has two members \"{}\"; export the file again", quoted(name));
                Err(ImportIssue::new(message))
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&'j RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for OrderedObject<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> serde::de::Visitor<'de> for MembersVisitor {
            type Value = OrderedObject<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(OrderedObject(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Resolves a JSON pointer (RFC 6901 section 4); `None` if nothing is there.
///
/// # Errors
/// An object on the way has a member twice.
pub(super) fn find<'j>(mut value: &'j RawValue, pointer: &str) -> Result<Option<&'j RawValue>, ImportIssue> {
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let next = match OrderedObject::parse(value)? {
            Some(object) => object.get(&token),
            None => parse_list(value).and_then(|list| list.into_iter().nth(token.parse().ok()?)),
        };
        let Some(next) = next else { return Ok(None) };
        value = next;
    }
    Ok(Some(value))
}

/// Resolves a JSON pointer in which `*` stands for each entry of a list. Returns what is there, nothing if nothing is.
///
/// # Errors
/// As [`find`].
pub(super) fn find_all<'j>(value: &'j RawValue, pointer: &str) -> Result<Vec<&'j RawValue>, ImportIssue> {
    let Some((list, rest)) = pointer.split_once("/*") else { return Ok(find(value, pointer)?.into_iter().collect()) };
    let mut found = Vec::new();
    for entry in find(value, list)?.and_then(parse_list).unwrap_or_default() {
        found.append(&mut find_all(entry, rest)?);
    }
    Ok(found)
}

/// Returns the values of a list; `None` for another value.
pub(super) fn parse_list(value: &RawValue) -> Option<Vec<&RawValue>> {
    value.get().starts_with('[').then(|| serde_json::from_str(value.get()).ok())?
}

/// The cells of a list, or of the list in an object's member `cells`.
///
/// # Errors
/// As [`find`].
pub(super) fn list_cells(value: &RawValue) -> Result<Option<Vec<FileCell>>, ImportIssue> {
    let list = match parse_list(value) {
        Some(list) => Some(list),
        None => OrderedObject::parse(value)?.and_then(|object| parse_list(object.get("cells")?)),
    };
    list.map(|list| list.into_iter().map(cell).collect()).transpose()
}

/// The cells of a row that names the columns by their order: a list, or an object whose members are in this order.
///
/// # Errors
/// As [`find`].
pub(super) fn row_cells(value: &RawValue) -> Result<Option<Vec<FileCell>>, ImportIssue> {
    if let Some(cells) = list_cells(value)? {
        return Ok(Some(cells));
    }
    let Some(object) = OrderedObject::parse(value)? else { return Ok(None) };
    object.0.into_iter().map(|(_, value)| cell(value)).collect::<Result<_, _>>().map(Some)
}

/// The cells of a row that has a list for each list of names, as an object: those of all lists, if each has as many as names.
///
/// # Errors
/// As [`find`].
pub(super) fn cells_of_lists(value: &RawValue, lengths: &[usize]) -> Result<Option<Vec<FileCell>>, ImportIssue> {
    let Some(object) = OrderedObject::parse(value)? else { return Ok(None) };
    let lists: Vec<_> = object.0.into_iter().filter_map(|(_, value)| parse_list(value)).collect();
    if !lists.iter().map(Vec::len).eq(lengths.iter().copied()) {
        return Ok(None);
    }
    lists.into_iter().flatten().map(cell).collect::<Result<_, _>>().map(Some)
}

/// The cells of an object; `None` for another value. A member that is an object itself gives a cell for each of its members, named by
/// their JSON pointer, or by a dotted path if that is `wanted`. So are the entries of a list, if an entry of it is wanted.
///
/// # Errors
/// As [`find`].
pub(super) fn object_fields(value: &RawValue, wanted: &[String]) -> Result<Option<Vec<Field>>, ImportIssue> {
    let Some(object) = OrderedObject::parse(value)? else { return Ok(None) };
    let mut fields = Vec::with_capacity(object.0.len());
    let mut path = Vec::new();
    add_fields(object, &mut path, wanted, &mut fields)?;
    Ok(Some(fields))
}

fn add_fields(
    object: OrderedObject<'_>,
    path: &mut Vec<String>,
    wanted: &[String],
    fields: &mut Vec<Field>,
) -> Result<(), ImportIssue> {
    let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted == name);
    for (name, value) in object.0 {
        path.push(name);
        let nested = if value.get().starts_with('{') && path.len() < MAX_ROW_DEPTH {
            OrderedObject::parse(value)?
        } else {
            None
        };
        // An object with a value, such as {"value": 1}, is a cell itself, and its members can be named as well.
        if let Some(cell) = scalar(value)? {
            fields.push(Field { name: path_name(path, &is_wanted), cell });
        } else if nested.is_none() || path.last().is_some_and(|name| is_wanted(name)) {
            fields.push(Field { name: path_name(path, &is_wanted), cell: not_a_value(value) });
        }
        let nested = nested.or_else(|| numbered_entries(value, path, wanted));
        if let Some(nested) = nested {
            add_fields(nested, path, wanted, fields)?;
        }
        path.pop();
    }
    Ok(())
}

/// The entries of a list by their numbers from 0, if the profile names one of them.
fn numbered_entries<'j>(value: &'j RawValue, path: &[String], wanted: &[String]) -> Option<OrderedObject<'j>> {
    let list = parse_list(value).filter(|_| path.len() < MAX_ROW_DEPTH)?;
    let (pointer, dotted) = (format!("{}/", pointer(path)), format!("{}.", path.join(".")));
    let is_below = |name: &String| name.starts_with(&pointer) || name.starts_with(&dotted);
    let numbered = list.into_iter().enumerate().map(|(number, entry)| (number.to_string(), entry));
    wanted.iter().any(is_below).then(|| OrderedObject(numbered.collect()))
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|name| format!("/{}", name.replace('~', "~0").replace('/', "~1"))).collect()
}

/// The name of a cell: that of its member, or the path to it.
fn path_name(path: &[String], is_wanted: &dyn Fn(&str) -> bool) -> String {
    if let [name] = path {
        // A profile may name a member of the row by a pointer, too.
        let pointer = pointer(path);
        return if is_wanted(&pointer) { pointer } else { name.clone() };
    }
    let dotted = path.join(".");
    if is_wanted(&dotted) { dotted } else { pointer(path) }
}

/// The cell of a value.
///
/// # Errors
/// As [`find`].
pub(super) fn cell(value: &RawValue) -> Result<FileCell, ImportIssue> {
    Ok(scalar(value)?.unwrap_or_else(|| not_a_value(value)))
}

/// The cell of a list or of an object that has no value.
fn not_a_value(value: &RawValue) -> FileCell {
    let text = if value.get().starts_with('[') { "[…]" } else { "{…}" };
    let message = "not a text or a number; set the column to the member that holds the value";
    FileCell::new(text, CellKind::Unreadable(message.to_owned()))
}

/// A cell: a text, the digits of a number, `true` or `false`, empty for null; or the `value` or `name` of an object.
///
/// # Errors
/// As [`find`].
pub(super) fn scalar(value: &RawValue) -> Result<Option<FileCell>, ImportIssue> {
    let json = value.get();
    Ok(match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(json).ok().map(FileCell::text),
        Some(b'n') => Some(FileCell::text("")),
        Some(b't' | b'f') => Some(FileCell::text(json)),
        Some(b'{') => {
            let members = OrderedObject::parse(value)?.map(|object| object.0).unwrap_or_default();
            if members.is_empty() {
                return Ok(Some(FileCell::text("")));
            }
            match members.into_iter().find(|(name, _)| name == "value" || name == "name") {
                Some((_, inner)) if !inner.get().starts_with('{') => scalar(inner)?,
                Some(_) | None => None,
            }
        }
        Some(b'[') | None => None,
        Some(_) => Some(FileCell::new(json, CellKind::Number)),
    })
}
