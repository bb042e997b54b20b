//! The elements of the source that are open: which of them an end tag ends, and whether they are HTML.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foldhash::fast::RandomState;

use crate::answer::html::page_token::Namespace;
use crate::answer::html::tokenizer::is_foreign_root;
use crate::answer::html::writer::EndTagWatch;

/// Most elements that may be open in the source.
const MAX_OPEN_ELEMENTS: usize = 65_536;

/// The depth up to which an end tag simply searches for its element. Pages are hardly nested deeper.
const SEARCHED_DEPTH: usize = 64;

/// The name of an element in eight bytes. Two names that share a value can end one another's elements, which changes how the page is read
/// but not what may be in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct NameId(u64);

impl NameId {
    /// FNV-1a.
    fn of(name: &str) -> Self {
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, fold))
    }
}

#[derive(Debug)]
struct OpenSource {
    name: NameId,
    /// Whether what follows directly in it is SVG or MathML.
    namespace: Namespace,
    watch: Option<EndTagWatch>,
}

/// The open elements of one page.
#[derive(Debug, Default)]
pub(super) struct OpenElements {
    open: Vec<OpenSource>,
    /// How many elements of a name are open below [`SEARCHED_DEPTH`], so that an end tag without its start tag costs no long search. Only names
    /// of open elements are in it. The names are the partner's, so the hash has a random key of this page's.
    counts: HashMap<NameId, u32, RandomState>,
}

/// There are more open elements than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooManyElements;

impl OpenElements {
    /// The content that the next token belongs to.
    pub(super) fn namespace(&self) -> Namespace {
        self.open.last().map_or(Namespace::Html, |open| open.namespace)
    }

    /// Opens an element.
    ///
    /// # Errors
    /// [`TooManyElements`].
    pub(super) fn push(&mut self, name: &str, watch: Option<EndTagWatch>) -> Result<(), TooManyElements> {
        if self.open.len() >= MAX_OPEN_ELEMENTS {
            return Err(TooManyElements);
        }
        let is_foreign = is_foreign_root(name) || self.namespace() == Namespace::Foreign;
        let namespace = if is_foreign && !is_integration_point(name) { Namespace::Foreign } else { Namespace::Html };
        let name = NameId::of(name);
        if self.open.len() >= SEARCHED_DEPTH {
            *self.counts.entry(name).or_default() += 1;
        }
        self.open.push(OpenSource { name, namespace, watch });
        Ok(())
    }

    /// Closes the innermost element of this name with all within it, and passes their watches to `on_end`, the innermost first. Without such an
    /// element nothing is closed.
    pub(super) fn close(&mut self, name: &str, on_end: impl FnMut(EndTagWatch)) {
        if let Some(index) = self.innermost(NameId::of(name)) {
            self.close_down_to(index, on_end);
        }
    }

    /// Where the innermost element of this name is.
    fn innermost(&self, name: NameId) -> Option<usize> {
        let is_deep = !self.counts.is_empty() && self.counts.contains_key(&name);
        let searched =
            if is_deep { self.open.as_slice() } else { self.open.get(..SEARCHED_DEPTH).unwrap_or(&self.open) };
        searched.iter().rposition(|open| open.name == name)
    }

    /// Closes SVG and MathML around the next token, as a start tag of HTML does there (WHATWG HTML section 13.2.6.5).
    pub(super) fn close_foreign(&mut self, on_end: impl FnMut(EndTagWatch)) {
        let index = self.open.iter().rposition(|open| open.namespace == Namespace::Html).map_or(0, |index| index + 1);
        self.close_down_to(index, on_end);
    }

    fn close_down_to(&mut self, depth: usize, mut on_end: impl FnMut(EndTagWatch)) {
        while self.open.len() > depth
            && let Some(OpenSource { name, watch, .. }) = self.open.pop()
        {
            if self.open.len() >= SEARCHED_DEPTH
                && let Entry::Occupied(mut count) = self.counts.entry(name)
            {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
            if let Some(watch) = watch {
                on_end(watch);
            }
        }
    }
}

/// Whether the content of an element of SVG or MathML is HTML (WHATWG HTML section 13.2.6, "integration point").
fn is_integration_point(name: &str) -> bool {
    matches!(name, "foreignobject" | "desc" | "title" | "mi" | "mo" | "mn" | "ms" | "mtext" | "annotation-xml")
}

/// Whether a start tag of this name is HTML also where it is in SVG or MathML (WHATWG HTML section 13.2.6.5).
pub(super) fn ends_foreign(name: &str) -> bool {
    matches!(
        name,
        "b" | "big"
            | "blockquote"
            | "body"
            | "br"
            | "center"
            | "code"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "em"
            | "embed"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "head"
            | "hr"
            | "i"
            | "img"
            | "li"
            | "listing"
            | "menu"
            | "meta"
            | "nobr"
            | "ol"
            | "p"
            | "pre"
            | "ruby"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "strike"
            | "sub"
            | "sup"
            | "table"
            | "tt"
            | "u"
            | "ul"
            | "var"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_by_what_is_open() {
        let mut elements = OpenElements::default();
        for number in 0..100_000 {
            let name = format!("x-{number}");
            elements.push(&name, None).unwrap();
            elements.close(&name, |_| {});
            elements.close(&name, |_| {});
        }
        assert_eq!((elements.open.len(), elements.counts.len()), (0, 0));
        for _ in 0..MAX_OPEN_ELEMENTS {
            elements.push("b", None).unwrap();
        }
        assert_eq!(elements.push("b", None), Err(TooManyElements));
        assert_eq!(elements.counts.len(), 1);
    }

    proptest::proptest! {
        /// Whatever the depth, an end tag closes the innermost element of its name, or none.
        #[test]
        fn an_end_tag_finds_its_element_at_any_depth(tags in proptest::collection::vec((0..4_usize, 0..5_u8), 0..400)) {
            let names = ["a", "b", "i", "u"];
            let (mut elements, mut model) = (OpenElements::default(), Vec::new());
            for (name, kind) in tags {
                if kind > 0 {
                    elements.push(names[name], None).unwrap();
                    model.push(name);
                } else {
                    elements.close(names[name], |_| {});
                    if let Some(index) = model.iter().rposition(|open| *open == name) {
                        model.truncate(index);
                    }
                }
                let open: Vec<_> = elements.open.iter().map(|open| open.name).collect();
                proptest::prop_assert_eq!(open, model.iter().map(|name| NameId::of(names[*name])).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn an_end_tag_closes_what_is_within_its_element() {
        let mut elements = OpenElements::default();
        for name in ["div", "svg", "g", "foreignobject", "b"] {
            elements.push(name, None).unwrap();
        }
        assert_eq!(elements.namespace(), Namespace::Html);
        elements.close("i", |_| {});
        assert_eq!(elements.open.len(), 5);
        elements.close("foreignobject", |_| {});
        assert_eq!((elements.open.len(), elements.namespace()), (3, Namespace::Foreign));
        elements.close_foreign(|_| {});
        assert_eq!((elements.open.len(), elements.namespace()), (1, Namespace::Html));
    }
}
