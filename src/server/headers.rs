//! The request headers that are read. A header can be read only through a [`KnownHeader`], so this list is all that a
//! client's headers can influence; `qsproxy explain` prints it.

use std::sync::LazyLock;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use strum::VariantArray;

use crate::mutants::{self, Mutant};

/// The header that carries visit stamps in both directions, for clients without cookies.
pub const VISIT_STAMP: &str = "visit-stamp";

/// A header that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum KnownHeader {
    /// Must name this service (RFC 9110 section 7.2).
    Host,
    /// Selects HTML or JSON (RFC 9110 section 12.5.1).
    Accept,
    /// Selects a language of the closed list (RFC 9110 section 12.5.4).
    AcceptLanguage,
    /// Selects the content coding of the answer (RFC 9110 section 12.5.3).
    AcceptEncoding,
    /// The browser family, and whether a click comes from a bot (RFC 9110 section 10.1.5).
    UserAgent,
    /// The encoding of a posted search (RFC 9110 section 8.3).
    ContentType,
    /// `1`: no ID is sent to partners (Global Privacy Control).
    SecGpc,
    /// `1`: no ID is sent to partners (Tracking Preference Expression section 5.2).
    Dnt,
    /// Decides whether scripts may read the response, and whether a withdrawal is accepted (Fetch section 3.2).
    Origin,
    /// Marks a prefetch (Fetch section 2.2.7).
    SecPurpose,
    /// Marks a prefetch in older browsers.
    Purpose,
    /// Marks a prefetch or a preview in older versions of Safari.
    XPurpose,
    /// Marks a prefetch in older versions of Firefox.
    XMoz,
    /// Marks a click or a withdrawal that another site caused (Fetch Metadata section 2.2).
    SecFetchSite,
    /// Marks a click that is no navigation (Fetch Metadata section 2.3).
    SecFetchMode,
    /// Marks a click that loads no document of its own, and a search in a window (Fetch Metadata section 2.1).
    SecFetchDest,
    /// Declares an agent that signs its requests (draft-meunier-http-message-signatures-directory).
    SignatureAgent,
    /// Declares one by its tag `web-bot-auth` (RFC 9421 section 2.3).
    SignatureInput,
    /// Carries the visit stamp. Other cookies are not read.
    Cookie,
    /// Carries the visit stamp of a client without cookies.
    VisitStamp,
    /// Names the client, if a trusted proxy sent the request (RFC 7239).
    Forwarded,
    /// The same in the older form.
    XForwardedFor,
}

impl KnownHeader {
    /// The header's name, in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Accept => "accept",
            Self::AcceptLanguage => "accept-language",
            Self::AcceptEncoding => "accept-encoding",
            Self::UserAgent => "user-agent",
            Self::ContentType => "content-type",
            Self::SecGpc => "sec-gpc",
            Self::Dnt => "dnt",
            Self::Origin => "origin",
            Self::SecPurpose => "sec-purpose",
            Self::Purpose => "purpose",
            Self::XPurpose => "x-purpose",
            Self::XMoz => "x-moz",
            Self::SecFetchSite => "sec-fetch-site",
            Self::SecFetchMode => "sec-fetch-mode",
            Self::SecFetchDest => "sec-fetch-dest",
            Self::SignatureAgent => "signature-agent",
            Self::SignatureInput => "signature-input",
            Self::Cookie => "cookie",
            Self::VisitStamp => VISIT_STAMP,
            Self::Forwarded => "forwarded",
            Self::XForwardedFor => "x-forwarded-for",
        }
    }

    /// Whether every line of this header is read. Of the others only the first line is.
    #[must_use]
    pub fn reads_all_lines(self) -> bool {
        matches!(
            self,
            Self::Host
                | Self::AcceptEncoding
                | Self::SecGpc
                | Self::Dnt
                | Self::Cookie
                | Self::SignatureInput
                | Self::Forwarded
                | Self::XForwardedFor
        )
    }

    /// What the header is read for, as `qsproxy explain` prints it.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Host => "read: must name this service, otherwise 421; not passed on",
            Self::Accept => "read: selects HTML or JSON; not passed on",
            Self::AcceptLanguage => {
                "read: sets the language field if the lang parameter matches no configured language"
            }
            Self::AcceptEncoding => {
                "read: selects how the answer is compressed (gzip, br), and nothing else; not passed on"
            }
            Self::UserAgent => {
                "read: sets the browser field (family only); identifies clicks by robots and libraries, and searches by robots"
            }
            Self::ContentType => "read: must describe a form if the search is posted; not passed on",
            Self::SecGpc => {
                "read: 1 withholds the ID from all partners and removes the serial from the visit stamp; not passed on"
            }
            Self::Dnt => "read: 1 withholds the ID from all partners and disables the visit stamp; not passed on",
            Self::Origin => "read: decides whether that origin may read the response or withdraw; not passed on",
            Self::SecPurpose | Self::Purpose | Self::XPurpose | Self::XMoz => {
                "read for clicks: a prefetch is not counted; not passed on"
            }
            Self::SecFetchSite => {
                "read for clicks and withdrawals: one from another site is not counted or is rejected; not passed on"
            }
            Self::SecFetchMode => "read for clicks: one that does not open a document is not counted; not passed on",
            Self::SecFetchDest => {
                "read: a click that does not open a document is not counted, and only in a window does the page of a failed search keep \
                 its keyword; not passed on"
            }
            Self::SignatureAgent | Self::SignatureInput => {
                "read: an agent that signs its requests is a robot; not passed on"
            }
            Self::Cookie => "read: only the visit stamp, to count visits; not passed on",
            Self::VisitStamp => "read: the visit stamp, to count visits; not passed on",
            Self::Forwarded | Self::XForwardedFor => {
                "read only if an address of trusted_proxies sent it: names the client whose limits apply, of whose address \
                 a keyed hash of the prefix is kept in memory for at most an hour; not passed on"
            }
        }
    }
}

/// The names in the form in which they are looked up, in the order of the variants.
static NAMES: LazyLock<Vec<HeaderName>> =
    LazyLock::new(|| KnownHeader::VARIANTS.iter().map(|header| HeaderName::from_static(header.name())).collect());

impl KnownHeader {
    /// The name as it is looked up: parsing it for each look took longer than the look. It is never `None`.
    fn header_name(self) -> Option<&'static HeaderName> {
        NAMES.get(self as usize)
    }
}

/// The first line of a header.
pub(super) fn first_line(headers: &HeaderMap, header: KnownHeader) -> Option<&HeaderValue> {
    headers.get(header.header_name()?)
}

/// Every line of a header.
pub(super) fn all_lines(headers: &HeaderMap, header: KnownHeader) -> impl Iterator<Item = &HeaderValue> {
    header.header_name().into_iter().flat_map(|name| headers.get_all(name))
}

/// Whether the first line of a header contains `word`, ignoring ASCII case. `word` must be lower case.
pub(super) fn contains(headers: &HeaderMap, header: KnownHeader, word: &[u8]) -> bool {
    let line = first_line(headers, header).map(|value| value.as_bytes().to_ascii_lowercase());
    line.is_some_and(|line| memchr::memmem::find(&line, word).is_some())
}

/// Whether any value of any line of a header is `1`: how `Sec-GPC` and `DNT` express the preference.
pub(super) fn is_set(headers: &HeaderMap, header: KnownHeader) -> bool {
    let has_one =
        |line: &HeaderValue| line.as_bytes().split(|&byte| byte == b',').any(|value| value.trim_ascii() == b"1");
    all_lines(headers, header).any(has_one)
}

/// Whether the client opts out by Global Privacy Control (`Sec-GPC: 1`) or Do Not Track (`DNT: 1`).
#[must_use]
pub fn opts_out(headers: &HeaderMap) -> bool {
    !mutants::is_on(Mutant::IgnoresObjections)
        && (is_set(headers, KnownHeader::SecGpc) || is_set(headers, KnownHeader::Dnt))
}
