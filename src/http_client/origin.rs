//! Where a connection leads.

use http::Uri;
use http::uri::Scheme;
use url::Url;

/// Scheme, host and port of a URL (RFC 6454 section 4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Origin {
    pub(super) is_tls: bool,
    /// Host and port, as in the URL.
    authority: Box<str>,
}

impl Origin {
    /// The origin of a URL of HTTP.
    pub(crate) fn of(url: &Url) -> Self {
        Self { is_tls: url.scheme() == "https", authority: url.authority().into() }
    }

    /// Its address, without what is asked of it; `None` if it has no host.
    pub(super) fn address(&self) -> Option<Uri> {
        let scheme = if self.is_tls { Scheme::HTTPS } else { Scheme::HTTP };
        Uri::builder().scheme(scheme).authority(&*self.authority).path_and_query("/").build().ok()
    }
}
