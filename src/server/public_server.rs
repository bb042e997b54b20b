//! What the public listener needs to serve requests.

use std::sync::Arc;

use http::HeaderValue;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::fields::FieldRules;
use crate::privacy::statement::PrivacyStatement;
use crate::server::click_class::FetchMetadata;
use crate::server::client_address::TrustedProxies;
use crate::server::page_cache::PageCache;
use crate::state::AppState;
use crate::ui::service::Service;

/// The configured public service. `app` builds it at startup and replaces it as a whole on reload.
#[derive(Debug)]
pub struct PublicServer {
    /// Partners, routes, keys, counters and everything else that serving a request needs.
    pub state: Arc<AppState>,
    /// How the six fields are read from a request.
    pub field_rules: FieldRules,
    /// Accepted values of `Host`, in lower case, with the port if it is not the scheme's default.
    pub hosts: Vec<String>,
    /// The proxies that may name the client of a request.
    pub trusted_proxies: TrustedProxies,
    /// Origins whose scripts may read responses (CORS).
    pub origins: Vec<String>,
    /// Limits on one request.
    pub limits: RequestLimits,
    /// Scheme and authority under which clients reach this service, without a path.
    pub public_url: String,
    /// How the service presents itself.
    pub service: Arc<Service>,
    /// The privacy statement of this configuration, with its version from the store.
    pub statement: PrivacyStatement,
    /// Pages that are the same for many readers.
    pub pages: PageCache,
    /// Whether fetch metadata reaches this process.
    pub fetch_metadata: FetchMetadata,
    /// Cancelled a moment after draining began: requests that have not arrived by then are not answered.
    pub cut_off: CancellationToken,
    /// The header `Strict-Transport-Security`, if this process terminates TLS and does not leave it out.
    pub strict_transport: Option<HeaderValue>,
    /// Name of the cookie that carries visit stamps. `None` if stamps are not sent as cookies.
    pub stamp_cookie: Option<&'static str>,
}

impl PublicServer {
    /// Whether clients reach this service under `https`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Limits on one request. A request beyond any of them is rejected.
#[derive(Debug, Clone, Copy)]
pub struct RequestLimits {
    /// Bytes of the request target: path and query.
    pub uri: usize,
    /// Bytes of all header names and values together.
    pub header_bytes: usize,
    /// Number of header lines.
    pub header_count: usize,
    /// Bytes of the body.
    pub body: usize,
    /// Time for the whole body to arrive.
    pub body_time: Duration,
}
