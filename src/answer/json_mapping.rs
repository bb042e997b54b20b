//! Where a partner's JSON answer contains the results: JSON pointers (RFC 6901) from the configuration.

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
        Ok(Self(tokens.split('/').map(|token| token.replace("~1", "/").replace("~0", "~")).collect()))
    }

    /// Its reference tokens, unescaped.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.0
    }
}

/// Fields of an entry: title, URL, snippet and sponsored mark. Indexes of fields are in this order.
pub(super) const FIELD_COUNT: usize = 4;

/// Where a partner's answer contains the results (`results`).
#[derive(Debug, Clone)]
pub struct JsonMapping {
    pub(super) list: JsonPointer,
    pub(super) fields: PointerTree,
    pub(super) allows_missing_list: bool,
}

/// The pointers to an entry's fields merged into one tree, so that an entry is read in one pass.
#[derive(Debug, Clone, Default)]
pub(super) struct PointerTree {
    /// Index of the field whose pointer ends here.
    pub(super) field: Option<usize>,
    children: Vec<(String, PointerTree)>,
}

impl PointerTree {
    fn insert(&mut self, tokens: &[String], field: usize) {
        let Some((token, rest)) = tokens.split_first() else {
            self.field = Some(field);
            return;
        };
        let position = self.children.iter().position(|(key, _)| key == token).unwrap_or_else(|| {
            self.children.push((token.clone(), Self::default()));
            self.children.len() - 1
        });
        if let Some((_, child)) = self.children.get_mut(position) {
            child.insert(rest, field);
        }
    }

    pub(super) fn child(&self, key: &str) -> Option<&Self> {
        self.children.iter().find(|(name, _)| name == key).map(|(_, child)| child)
    }
}

impl JsonMapping {
    /// A mapping of these pointers. Those to fields are relative to an entry; snippet and sponsored mark are optional.
    #[must_use]
    pub fn new(
        list: JsonPointer,
        title: &JsonPointer,
        url: &JsonPointer,
        snippet: Option<&JsonPointer>,
        sponsored: Option<&JsonPointer>,
    ) -> Self {
        let mut fields = PointerTree::default();
        for (field, pointer) in [Some(title), Some(url), snippet, sponsored].into_iter().enumerate() {
            if let Some(pointer) = pointer {
                fields.insert(&pointer.0, field);
            }
        }
        Self { list, fields, allows_missing_list: false }
    }

    /// Sets whether an answer without the list means that there are no results, as some partners' answers do.
    #[must_use]
    pub fn allow_missing_list(mut self, allow: bool) -> Self {
        self.allows_missing_list = allow;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_pointers() {
        assert_eq!(JsonPointer::parse("").unwrap().tokens(), [""; 0]);
        assert_eq!(JsonPointer::parse("/web/a~1b/~01/").unwrap().tokens(), ["web", "a/b", "~1", ""]);
        for bad in ["web", "/~2", "/~", "web/results"] {
            assert!(JsonPointer::parse(bad).is_err(), "{bad}");
        }
    }
}
