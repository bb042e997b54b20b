//! The value that a pointer refers to.

use std::borrow::Cow;

/// The value that a pointer refers to, reduced to what a result needs.
#[derive(Debug, Default)]
pub(super) enum Leaf<'a> {
    /// There is no such value, or it is `null` or an array.
    #[default]
    Absent,
    /// A string.
    Text(Cow<'a, str>),
    /// A boolean; true also for an object and for a number other than 0.
    Flag(bool),
}

impl<'a> Leaf<'a> {
    /// The string; `None` for any other value.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Flag(_) => None,
        }
    }

    /// Whether the value marks a sponsored result: `true`, an object, a number other than 0, or a string other than `""`,
    /// `"false"` and `"0"`.
    pub(super) fn is_set(&self) -> bool {
        match self {
            Self::Absent => false,
            Self::Flag(flag) => *flag,
            Self::Text(text) => !matches!(text.as_ref(), "" | "0" | "false"),
        }
    }
}
