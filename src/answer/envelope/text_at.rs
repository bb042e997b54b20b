//! Finds one text of a JSON document, without building values for the rest of it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::answer::json_pointer::JsonPointer;

/// Returns the string at `pointer`, or the digits of the integer there; `None` if there is neither, or `document` is not
/// JSON.
#[must_use]
pub fn text_at<'a>(document: &'a [u8], pointer: &JsonPointer) -> Option<Cow<'a, str>> {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    let text = TextSeed(pointer.tokens()).deserialize(&mut deserializer);
    let text = text.and_then(|text| deserializer.end().map(|()| text));
    // The error message of serde_json can quote the document, so it is dropped here.
    text.ok().flatten()
}

/// Descends along the reference tokens of a pointer.
struct TextSeed<'p>(&'p [String]);

impl<'de> DeserializeSeed<'de> for TextSeed<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> TextSeed<'_> {
    /// The text, if the pointer ends here.
    fn found(&self, text: impl FnOnce() -> Cow<'de, str>) -> Option<Cow<'de, str>> {
        self.0.is_empty().then(text)
    }
}

impl<'de> Visitor<'de> for TextSeed<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document with a text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut text = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match self.0.split_first() {
                Some((token, rest)) if *token == key => text = map.next_value_seed(TextSeed(rest))?,
                Some(_) | None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut text = None;
        let target = self.0.split_first().and_then(|(token, rest)| Some((token.parse::<usize>().ok()?, rest)));
        for index in 0_usize.. {
            let has_element = match target {
                Some((wanted, rest)) if wanted == index => {
                    let element = array.next_element_seed(TextSeed(rest))?;
                    element.is_some_and(|found| {
                        text = found;
                        true
                    })
                }
                Some(_) | None => array.next_element::<IgnoredAny>()?.is_some(),
            };
            if !has_element {
                break;
            }
        }
        Ok(text)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(self.found(|| Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.found(|| Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.found(|| Cow::Owned(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.found(|| Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
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
