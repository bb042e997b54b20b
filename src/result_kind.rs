//! Sponsored or organic: the kind of a search result, which is what partners bill by.

use strum::VariantArray;

/// The kind of a search result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum ResultKind {
    /// An advertisement: the advertiser pays the partner for a click.
    Sponsored,
    /// A result of the partner's index.
    Organic,
}

impl ResultKind {
    /// Its name in the store, in reports, in metrics and in JSON results.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sponsored => "sponsored",
            Self::Organic => "organic",
        }
    }
}
