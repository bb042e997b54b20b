//! The kinds of pages.

/// What kind of page it is, as far as the frame depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageRole {
    /// The home page.
    Home,
    /// A list of results, rendered by us.
    ResultList,
    /// A partner's page of results.
    PartnerPage,
    /// A document at this path.
    Document(&'static str),
    /// Any other page.
    Other,
}

impl PageRole {
    /// The class of the page's body in the stylesheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::PartnerPage => "partner",
            Self::ResultList => "results",
            Self::Document(_) | Self::Other => "text",
        }
    }

    /// Whether the page requests `/visit` once it is loaded. A browser without a stamp gets one with the page and returns
    /// it with that request, so that a person who searches only once is counted.
    pub(super) fn confirms_visit(self) -> bool {
        match self {
            Self::Home | Self::ResultList | Self::PartnerPage => true,
            Self::Document(_) | Self::Other => false,
        }
    }
}
