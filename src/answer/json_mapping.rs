//! Where a partner's JSON answer contains the results: JSON pointers (RFC 6901) from the configuration, merged into trees so
//! that an answer is read in one pass.

use strum::VariantArray;
use url::Url;

use crate::answer::envelope::Envelope;
use crate::answer::json_cursor::JsonText;
use crate::answer::json_pointer::{FieldPointer, JsonPointer};
use crate::answer::text::TextFormat;

/// A field of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum EntryField {
    /// The title.
    Title,
    /// The target of the link.
    Url,
    /// The summary.
    Snippet,
    /// The mark of a sponsored result.
    Sponsored,
}

/// Number of fields of an entry.
pub const FIELD_COUNT: usize = EntryField::VARIANTS.len();

impl EntryField {
    /// Its key in `results`, which is also its label in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Url => "url",
            Self::Snippet => "snippet",
            Self::Sponsored => "sponsored",
        }
    }

    /// Its index in arrays of [`FIELD_COUNT`] elements.
    pub(crate) fn index(self) -> usize {
        match self {
            Self::Title => 0,
            Self::Url => 1,
            Self::Snippet => 2,
            Self::Sponsored => 3,
        }
    }
}

/// How sponsored entries of a list are recognized (`sponsored`, `sponsored_values`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SponsoredRule {
    /// All entries are sponsored, or none.
    Constant(bool),
    /// By the value that the pointer refers to: one of these texts; without texts, any value that is set.
    Pointer(FieldPointer, Vec<String>),
}

/// Pointers to the fields of an entry, relative to the entry.
#[derive(Debug, Clone)]
pub struct FieldPointers {
    /// `title`
    pub title: FieldPointer,
    /// `url`
    pub url: FieldPointer,
    /// `snippet`
    pub snippet: Option<FieldPointer>,
    /// `sponsored`
    pub sponsored: SponsoredRule,
}

impl FieldPointers {
    /// The pointer to a field, if one is configured.
    #[must_use]
    pub fn get(&self, field: EntryField) -> Option<&FieldPointer> {
        match (field, &self.sponsored) {
            (EntryField::Title, _) => Some(&self.title),
            (EntryField::Url, _) => Some(&self.url),
            (EntryField::Snippet, _) => self.snippet.as_ref(),
            (EntryField::Sponsored, SponsoredRule::Pointer(pointer, _)) => Some(pointer),
            (EntryField::Sponsored, SponsoredRule::Constant(_)) => None,
        }
    }
}

/// Whether an answer may lack a list (`without_list`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutList {
    /// An answer that lacks all of its lists is a failure.
    Unspecified,
    /// An answer without this list is a failure.
    Failure,
    /// The list is left out where it would be empty.
    Empty,
}

/// One list of results and how its entries are read.
#[derive(Debug, Clone)]
pub struct ListMapping {
    /// Where the list is.
    pub list: JsonPointer,
    /// The pointers to the fields of its entries.
    pub pointers: FieldPointers,
    /// Whether an answer may lack it.
    pub without_list: WithoutList,
    /// [`Self::pointers`] as a tree.
    pub(super) fields: PointerTree,
    /// The field that is the key of the entry in an object.
    pub(super) key_field: Option<EntryField>,
}

impl ListMapping {
    /// A mapping of these pointers.
    #[must_use]
    pub fn new(list: JsonPointer, pointers: FieldPointers, without_list: WithoutList) -> Self {
        let (mut fields, mut key_field) = (PointerTree::default(), None);
        for &field in EntryField::VARIANTS {
            match pointers.get(field) {
                Some(FieldPointer::Value(pointer)) => fields.insert(pointer.tokens(), field.index()),
                Some(FieldPointer::Key) => key_field = Some(field),
                None => {}
            }
        }
        Self { list, pointers, without_list, fields, key_field }
    }
}

/// A value that says that there are no results, for partners whose answer then lacks the list (`empty_if`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmptyMark {
    /// Where it is.
    pub at: JsonPointer,
    /// The value, as text.
    pub is: String,
}

/// A value that says that the partner failed, for partners that answer with an empty list then (`failure_if`).
#[derive(Debug, Clone)]
pub struct FailureMark {
    /// Where it is.
    pub at: JsonPointer,
    /// [`Self::at`] as a tree.
    pub(super) tree: PointerTree,
}

impl FailureMark {
    /// A mark at this place.
    #[must_use]
    pub fn new(at: JsonPointer) -> Self {
        let mut tree = PointerTree::default();
        tree.insert(at.tokens(), 0);
        Self { at, tree }
    }
}

/// Where a partner's answer contains the results, and how they are read (`results`, `max_results`, `text`).
#[derive(Debug, Clone)]
pub struct JsonMapping {
    /// The lists, in the order in which their results are shown.
    pub lists: Vec<ListMapping>,
    /// Most results read from one answer.
    pub max_results: usize,
    /// What titles and snippets contain.
    pub text: TextFormat,
    /// The partner's URL, which relative links are resolved against.
    pub base: Url,
    /// The text of the answer that is the document with the lists; `None` if the answer is the document.
    pub envelope: Option<Envelope>,
    /// What says that there are no results.
    pub empty_if: Option<EmptyMark>,
    /// What says that an answer without results is a failure.
    pub failure_if: Vec<FailureMark>,
    /// The pointers of [`Self::lists`] as a tree; the index of a list is its leaf.
    pub(super) tree: PointerTree,
}

impl JsonMapping {
    /// A mapping of these lists.
    #[must_use]
    pub fn new(lists: Vec<ListMapping>, max_results: usize, text: TextFormat, base: Url) -> Self {
        let mut tree = PointerTree::default();
        for (index, list) in lists.iter().enumerate() {
            tree.insert(list.list.tokens(), index);
        }
        Self { lists, max_results, text, base, envelope: None, empty_if: None, failure_if: Vec::new(), tree }
    }
}

/// Pointers merged into one tree, so that a value is read in one pass.
#[derive(Debug, Clone, Default)]
pub(super) struct PointerTree {
    /// Index of the pointer that ends here.
    pub(super) leaf: Option<usize>,
    /// Whether an array here is read element by element: a pointer ends here, or continues with the name of a member.
    pub(super) spreads: bool,
    children: Vec<(String, PointerTree)>,
}

impl PointerTree {
    fn insert(&mut self, tokens: &[String], leaf: usize) {
        let Some((token, rest)) = tokens.split_first() else {
            self.leaf = Some(leaf);
            self.spreads = true;
            return;
        };
        self.spreads |= !is_array_index(token);
        let position = self.children.iter().position(|(key, _)| key == token).unwrap_or_else(|| {
            self.children.push((token.clone(), Self::default()));
            self.children.len() - 1
        });
        if let Some((_, child)) = self.children.get_mut(position) {
            child.insert(rest, leaf);
        }
    }

    pub(super) fn child(&self, key: &str) -> Option<&Self> {
        self.children.iter().find(|(name, _)| name == key).map(|(_, child)| child)
    }

    /// The child that a key of an answer leads to.
    pub(super) fn child_at(&self, key: JsonText<'_>) -> Option<&Self> {
        self.children.iter().find(|(name, _)| key.is(name)).map(|(_, child)| child)
    }
}

/// Whether a reference token is an array index (RFC 6901 section 4).
fn is_array_index(token: &str) -> bool {
    token == "0" || (!token.starts_with('0') && !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit()))
}
