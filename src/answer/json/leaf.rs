//! The value that a pointer refers to.

use std::borrow::Cow;

/// Texts with which a partner marks a result as not sponsored, in lower case.
const UNSET: [&str; 12] = ["", "0", "0.0", "-0", "-0.0", "false", "no", "n", "off", "none", "null", "organic"];

/// The value that a pointer refers to, reduced to what a result needs.
#[derive(Debug, Default)]
pub(super) enum Leaf<'a> {
    /// There is no such value.
    #[default]
    Missing,
    /// `null`, or an array without values.
    Null,
    /// A string.
    Text(Cow<'a, str>),
    /// A number, as text.
    Number(String),
    /// A boolean; for an object, whether it has a member.
    Flag(bool),
}

impl<'a> Leaf<'a> {
    /// Whether there is such a value, if only `null`.
    pub(super) fn is_found(&self) -> bool {
        !matches!(self, Self::Missing)
    }

    /// Whether it is a string.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// The string; `None` for any other value.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Missing | Self::Null | Self::Number(_) | Self::Flag(_) => None,
        }
    }

    /// The string, or the number as text; empty for any other value.
    pub(super) fn words(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => Cow::Owned(number),
            Self::Missing | Self::Null | Self::Flag(_) => Cow::Borrowed(""),
        }
    }

    /// Whether the value marks a sponsored result. Without `accepted` texts: `true`, an object or array that is not empty,
    /// a number other than 0, or a text that is not one of [`UNSET`]. With them: one of these texts, in any letter case.
    pub(super) fn is_set(&self, accepted: &[String]) -> bool {
        let is_set = |text: &str| {
            let text = text.trim();
            if accepted.is_empty() {
                !UNSET.iter().any(|unset| text.eq_ignore_ascii_case(unset))
            } else {
                accepted.iter().any(|accepted| text.eq_ignore_ascii_case(accepted))
            }
        };
        match self {
            Self::Missing | Self::Null => false,
            Self::Flag(flag) if accepted.is_empty() => *flag,
            Self::Flag(flag) => is_set(if *flag { "true" } else { "false" }),
            Self::Text(text) => is_set(text),
            Self::Number(number) => is_set(number),
        }
    }

    /// Adds the value of a further element of an array: texts are joined with the separator, and flags are set if one is.
    pub(super) fn join(&mut self, next: Self, separator: &str) {
        *self = match (std::mem::take(self), next) {
            (Self::Missing | Self::Null, next) => next,
            (first, Self::Missing | Self::Null) => first,
            (Self::Flag(first), Self::Flag(next)) => Self::Flag(first || next),
            // An array of objects and texts is not a text.
            (Self::Flag(flag), text @ (Self::Text(_) | Self::Number(_))) | (text, Self::Flag(flag)) => {
                if flag && !text.is_set(&[]) { Self::Flag(true) } else { text }
            }
            (first @ (Self::Text(_) | Self::Number(_)), next @ (Self::Text(_) | Self::Number(_))) => {
                let (mut first, next) = (first.words().into_owned(), next.words());
                if !first.is_empty() && !next.is_empty() {
                    first.push_str(separator);
                }
                first.push_str(&next);
                Self::Text(Cow::Owned(first))
            }
        };
    }
}
