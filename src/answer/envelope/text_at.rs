//! Finds one text of a JSON document, without building values for the rest of it.

use std::borrow::Cow;

use crate::answer::json_cursor::{JsonCursor, JsonFault, JsonValue};
use crate::answer::json_pointer::JsonPointer;

/// Returns the string at `pointer`, or the digits of the integer there; `None` if there is neither, or `document` is not
/// JSON.
#[must_use]
pub fn text_at<'a>(document: &'a [u8], pointer: &JsonPointer) -> Option<Cow<'a, str>> {
    let mut cursor = JsonCursor::new(document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document));
    let text = descend(&mut cursor, pointer.tokens()).ok()?;
    cursor.end().ok()?;
    text
}

/// Follows the reference tokens of a pointer, of which there are few.
fn descend<'a>(cursor: &mut JsonCursor<'a>, tokens: &[String]) -> Result<Option<Cow<'a, str>>, JsonFault> {
    let mut text = None;
    let mut is_first = true;
    match (cursor.value()?, tokens.split_first()) {
        (JsonValue::Object, target) => {
            while let Some(key) = cursor.next_key(&mut is_first)? {
                match target {
                    Some((token, rest)) if key.is(token) => text = descend(cursor, rest)?,
                    Some(_) | None => drop(cursor.skip()?),
                }
            }
        }
        (JsonValue::Array, target) => {
            let target = target.and_then(|(token, rest)| Some((token.parse::<usize>().ok()?, rest)));
            let mut index = 0_usize;
            while cursor.has_element(&mut is_first)? {
                match target {
                    Some((wanted, rest)) if wanted == index => text = descend(cursor, rest)?,
                    Some(_) | None => drop(cursor.skip()?),
                }
                index += 1;
            }
        }
        (JsonValue::Text(found), None) => text = Some(found.decode().ok_or(cursor.fault())?),
        (JsonValue::Number(number), None) => text = integer(number).map(Cow::Owned),
        (JsonValue::Text(_) | JsonValue::Number(_), Some(_)) | (JsonValue::Flag(_) | JsonValue::Null, _) => {}
    }
    Ok(text)
}

/// The digits of an integer of 64 bits.
fn integer(number: &str) -> Option<String> {
    let number = serde_json::from_str::<serde_json::Number>(number).ok()?;
    (!number.is_f64()).then(|| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_strings_and_integers() {
        let document = br#"{"a":{"b":["x",{"c":"caf\u00e9"},-3,15,1.5,true,null,[],{}]},"a/b":"slash"}"#;
        let at = |pointer: &str| text_at(document, &JsonPointer::parse(pointer).unwrap()).map(Cow::into_owned);
        let found = [("/a/b/0", "x"), ("/a/b/1/c", "café"), ("/a/b/2", "-3"), ("/a/b/3", "15"), ("/a~1b", "slash")];
        for (pointer, text) in found {
            assert_eq!(at(pointer).as_deref(), Some(text), "{pointer}");
        }
        for pointer in
            ["", "/a", "/a/b", "/a/b/4", "/a/b/5", "/a/b/6", "/a/b/7", "/a/b/8", "/a/b/9", "/a/b/x", "/a/b/0/c"]
        {
            assert_eq!(at(pointer), None, "{pointer}");
        }
    }
}
