//! The HTTP client for partners and image hosts: its settings (`builder`, [`tls`]), its response [`body`], and the
//! headers that describe the [`content`] of a response.

pub mod body;
pub mod content;
mod decoder;
mod failure;
mod gunzip;
mod limited_buffer;
pub(crate) mod new_connection;
pub(crate) mod resolver;

use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::BuilderVerifierExt as _;

/// The `User-Agent` for partners with `user_agent = "fixed"` and for image hosts. It contains no version: that would show
/// partners when the operator updates.
pub(crate) const FIXED_AGENT: &str = "Mozilla/5.0 (compatible; qsproxy)";
/// How long an idle connection stays open: less than the 60 s after which many servers close theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// Idle connections per partner.
const MAX_IDLE_CONNECTIONS: usize = 128;
/// Headers of a response. hyper's default of 100 is too low for servers that set many cookies and policies; the bytes of
/// a head are bounded by hyper, which stops to read one between 400 and 850 kB.
const MAX_RESPONSE_HEADERS: usize = 512;
/// Timeout for connecting, including the TLS handshake. The partner's own `timeout` applies as well.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The TLS configuration for partners and image hosts. Certificates are verified as the operating system does. There are
/// no session tickets, no resumption and no early data: each of these would link requests.
///
/// # Errors
/// A description, if the system's certificates cannot be read.
pub fn tls() -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let mut tls = builder.with_platform_verifier().map_err(|error| error.to_string())?.with_no_client_auth();
    tls.resumption = rustls::client::Resumption::disabled();
    tls.enable_early_data = false;
    tls.key_log = Arc::new(rustls::NoKeyLog {});
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

/// A reqwest client builder with every option set that could add something to a request, follow a response elsewhere or
/// keep something of it, including those whose default is already right.
pub(crate) fn builder(tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .http1_max_headers(MAX_RESPONSE_HEADERS)
        // One odd header line costs that line, as in browsers. RFC 9112 sections 5.1 and 5.2 ask for the first two.
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .retry(reqwest::retry::never())
        .connection_verbose(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
        .tcp_nodelay(true)
        .tcp_keepalive(None)
}
