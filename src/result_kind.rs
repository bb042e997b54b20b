//! What a result is: the one distinction that partners bill by.

use strum::VariantArray;

/// What a result is: paid for by an advertiser, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum ResultKind {
    /// An advertiser pays the partner for the click.
    Sponsored,
    /// Found by the partner's index.
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
