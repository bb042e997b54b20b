//! Where results stand in a partner's JSON answer, as the operator says by JSON pointers (RFC 6901).

/// A checked JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// Reads a pointer: empty for the whole document, else parts that each begin with `/`, with `~1` for
    /// `/` and `~0` for `~`.
    ///
    /// # Errors
    /// Says what a pointer looks like.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let parts = text.strip_prefix('/').ok_or("a JSON pointer begins with / (RFC 6901), as in \"/web/results\"")?;
        if parts.replace("~0", "").replace("~1", "").contains('~') {
            return Err("in a JSON pointer, ~ is followed by 0 or 1 (RFC 6901)");
        }
        Ok(Self(parts.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect()))
    }

    /// Its parts, unescaped, from the outside in.
    #[must_use]
    pub fn parts(&self) -> &[String] {
        &self.0
    }
}

/// The parts of an entry, in the order of [`JsonMapping`]'s pointers.
pub(super) const PARTS: usize = 4;

/// Where things stand in a partner's answer (`results`).
#[derive(Debug, Clone)]
pub struct JsonMapping {
    pub(super) list: Pointer,
    pub(super) parts: Node,
    pub(super) may_lack_list: bool,
}

/// The entry's pointers as one tree, so that an entry is walked once.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) part: Option<usize>,
    below: Vec<(String, Node)>,
}

impl Node {
    fn insert(&mut self, path: &[String], part: usize) {
        let Some((first, rest)) = path.split_first() else {
            self.part = Some(part);
            return;
        };
        let at = self.below.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
            self.below.push((first.clone(), Self::default()));
            self.below.len() - 1
        });
        if let Some((_, node)) = self.below.get_mut(at) {
            node.insert(rest, part);
        }
    }

    pub(super) fn child(&self, key: &str) -> Option<&Self> {
        self.below.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }
}

impl JsonMapping {
    /// A shape from its pointers; `snippet` and `sponsored` are optional in a partner's answer.
    #[must_use]
    pub fn new(
        list: Pointer,
        title: &Pointer,
        url: &Pointer,
        snippet: Option<&Pointer>,
        sponsored: Option<&Pointer>,
    ) -> Self {
        let mut parts = Node::default();
        for (part, pointer) in [Some(title), Some(url), snippet, sponsored].into_iter().enumerate() {
            if let Some(pointer) = pointer {
                parts.insert(&pointer.0, part);
            }
        }
        Self { list, parts, may_lack_list: false }
    }

    /// Whether an answer without the list means that nothing was found, as with partners that leave it out then.
    #[must_use]
    pub fn may_lack_list(mut self, may: bool) -> Self {
        self.may_lack_list = may;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_read_as_rfc_6901_says() {
        assert_eq!(Pointer::new("").unwrap().parts(), [""; 0]);
        assert_eq!(Pointer::new("/web/a~1b/~01/").unwrap().parts(), ["web", "a/b", "~1", ""]);
        for bad in ["web", "/~2", "/~", "web/results"] {
            assert!(Pointer::new(bad).is_err(), "{bad}");
        }
    }
}
