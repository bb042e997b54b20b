//! JSON pointers (RFC 6901).

/// Most reference tokens of a pointer: far more than any answer nests, and few enough to follow by recursion.
const MAX_TOKENS: usize = 32;

/// A pointer to the key under which an entry is found in an object: the notation of Relative JSON Pointers
/// (draft-bhutton-relative-json-pointer-00 section 4).
const KEY: &str = "0#";

/// A valid JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPointer(Vec<String>);

impl JsonPointer {
    /// Parses a pointer: empty for the whole document, or reference tokens that each start with `/`, in which `~1` stands
    /// for `/` and `~0` for `~`.
    ///
    /// # Errors
    /// A message that states what a valid pointer is.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let tokens = text.strip_prefix('/').ok_or("a JSON pointer starts with / (RFC 6901), as in \"/web/results\"")?;
        if tokens.replace("~0", "").replace("~1", "").contains('~') {
            return Err("in a JSON pointer, ~ must be followed by 0 or 1 (RFC 6901)");
        }
        let tokens: Vec<String> = tokens.split('/').map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
        if tokens.iter().any(|token| token == "-") {
            return Err("- refers to the element after the last one (RFC 6901 section 4), which does not exist; a \
                        member name applies to every element of an array by itself");
        }
        if tokens.len() > MAX_TOKENS {
            return Err("this pointer is too long: at most 32 reference tokens");
        }
        Ok(Self(tokens))
    }

    /// Its reference tokens, unescaped.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.0
    }

    /// Whether this pointer is equal to the other, or refers to something that contains it.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl std::fmt::Display for JsonPointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

/// A pointer to a field of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldPointer {
    /// A value in the entry.
    Value(JsonPointer),
    /// The key of the entry in the object of entries.
    Key,
}

impl FieldPointer {
    /// Parses a JSON pointer, or `0#` for the key of the entry.
    ///
    /// # Errors
    /// As [`JsonPointer::parse`].
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text == KEY { Ok(Self::Key) } else { JsonPointer::parse(text).map(Self::Value) }
    }

    /// Whether one of the two is equal to the other, or refers to something that contains it.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(one), Self::Value(other)) => one.contains(other) || other.contains(one),
            (Self::Key, Self::Key) => true,
            (Self::Key, Self::Value(_)) | (Self::Value(_), Self::Key) => false,
        }
    }
}

impl std::fmt::Display for FieldPointer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(pointer) => pointer.fmt(f),
            Self::Key => f.write_str(KEY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_pointers() {
        assert_eq!(JsonPointer::parse("").unwrap().tokens(), [""; 0]);
        assert_eq!(JsonPointer::parse("/web/a~1b/~01/").unwrap().tokens(), ["web", "a/b", "~1", ""]);
        let long = "/x".repeat(MAX_TOKENS + 1);
        for bad in ["web", "/~2", "/~", "web/results", "/results/-", "/-/title", long.as_str(), "1#"] {
            assert!(FieldPointer::parse(bad).is_err(), "{bad}");
        }
        for text in ["", "/", "/web/a~1b/~01/", "0#"] {
            assert_eq!(FieldPointer::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn recognizes_pointers_that_contain_others() {
        let overlaps = |a: &str, b: &str| FieldPointer::parse(a).unwrap().overlaps(&FieldPointer::parse(b).unwrap());
        for (a, b) in [("/a", "/a"), ("/a", "/a/b"), ("", "/a"), ("0#", "0#")] {
            assert!(overlaps(a, b) && overlaps(b, a), "{a} {b}");
        }
        for (a, b) in [("/a", "/ab"), ("/a/b", "/a/c"), ("0#", ""), ("0#", "/a")] {
            assert!(!overlaps(a, b) && !overlaps(b, a), "{a} {b}");
        }
    }
}
