//! Fetches images within limits of time and size, from public addresses and hosts that the operator allows. A request
//! contains nothing of a user: it consists of the image's address and constants. Every image is fetched over a connection
//! of its own, so a host can relate images of one page by their time only.

use std::error::Error;
use std::fmt;
use std::net::ToSocketAddrs as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};

use crate::concurrency_limit::ConcurrencyLimit;
use crate::http_client::body::{BodyLimits, UpstreamBody};
use crate::http_client::content::codings;
use crate::http_client::origin::Origin;
use crate::http_client::resolver::{Resolve, Resolving, SystemResolver};
use crate::http_client::{FIXED_AGENT, HttpClient, Reuse, request_bytes};
use crate::image_proxy::addresses::ImageAddress;
use crate::image_proxy::formats::{ImageError, ProxiedImage};
use crate::image_proxy::public_ip::is_public;
use crate::problem::PartnerFailure;
use crate::time;
use crate::work::WorkLane;

/// The media types of [`crate::image_proxy::formats::ImageFormat`].
const ACCEPT: &str = "image/avif, image/webp, image/png, image/jpeg, image/gif";

/// Upper bound of concurrent DNS lookups: half of the 512 threads that tokio uses for blocking work, because partners'
/// names are resolved on them, too.
const MAX_LOOKUPS: usize = 256;

/// Limits of fetching images.
#[derive(Debug, Clone, Copy)]
pub struct ImageLimits {
    /// Most bytes of an image.
    pub bytes: usize,
    /// Timeout, from resolving the host's name to the last byte.
    pub timeout: Duration,
    /// Concurrent DNS lookups.
    pub lookups: usize,
}

/// HTTP client for images. It keeps no idle connections: images come from any number of hosts.
#[derive(Debug)]
pub struct ImageClient {
    /// Connects to public addresses only.
    public: HttpClient,
    /// Connects to any address, for hosts that the operator allowed.
    unrestricted: HttpClient,
    lane: WorkLane,
    limits: ImageLimits,
}

impl ImageClient {
    /// Creates a client with the TLS configuration of [`crate::http_client::tls`].
    #[must_use]
    pub fn new(tls: &Arc<rustls::ClientConfig>, limits: ImageLimits) -> Self {
        let resolver = PublicResolver { lookups: ConcurrencyLimit::new(limits.lookups.min(MAX_LOOKUPS)) };
        let client = |resolver: Arc<dyn Resolve>| HttpClient::new(tls.clone(), resolver, 0);
        let (public, unrestricted) = (client(Arc::new(resolver)), client(Arc::new(SystemResolver)));
        Self { public, unrestricted, lane: WorkLane::default(), limits }
    }

    /// Fetches the image at an address. The response must have status 200, no content encoding, and a supported format.
    ///
    /// # Errors
    /// Why there is no image, without any part of the response.
    pub async fn fetch(&self, address: &ImageAddress) -> Result<ProxiedImage, ImageError> {
        let deadline = time::instant() + self.limits.timeout;
        let image = self.exchange(address, deadline);
        tokio::time::timeout_at(deadline.into(), image).await.map_err(|_| ImageError::TimedOut)?
    }

    async fn exchange(&self, address: &ImageAddress, deadline: Instant) -> Result<ProxiedImage, ImageError> {
        let client = if address.is_allowed_by_operator() { &self.unrestricted } else { &self.public };
        let sent = client.send(Origin::of(address.url()), &request(address), Reuse::Never).await;
        let response = sent.response.map_err(|error| request_error(&error))?;
        // A redirect is a failure, too: it leads to an address that was not checked.
        if response.status() != http::StatusCode::OK || codings(response.headers()) != Ok(Vec::new()) {
            return Err(ImageError::Failed);
        }
        // The body is not compressed, so nothing is decompressed.
        let limits = BodyLimits { wire_bytes: self.limits.bytes, decompressed_bytes: 0 };
        let body = UpstreamBody::open(response, deadline, limits, self.lane.clone());
        let mut body = body.map_err(|_| ImageError::Failed)?;
        let bytes = body.read_all().await.map_err(body_error)?;
        // A copy: the chunk is part of a larger buffer, which would stay allocated as long as the image.
        ProxiedImage::new(Bytes::copy_from_slice(&bytes)).ok_or(ImageError::Failed)
    }
}

fn request(address: &ImageAddress) -> Vec<u8> {
    let mut headers = HeaderMap::new();
    // The authority of a parsed URL is ASCII and thus a valid header value.
    if let Ok(host) = HeaderValue::from_str(address.url().authority()) {
        headers.insert(header::HOST, host);
    }
    headers.insert(header::USER_AGENT, HeaderValue::from_static(FIXED_AGENT));
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    request_bytes(&http::Method::GET, address.url(), &headers, &[])
}

/// Why a request failed. The resolver's error is at the end of the chain of sources.
fn request_error(error: &(dyn Error + 'static)) -> ImageError {
    match (error.downcast_ref(), error.source()) {
        (Some(ResolveError::NotPublic), _) => ImageError::Refused,
        (Some(ResolveError::Crowded), _) => ImageError::Crowded,
        (None, Some(source)) => request_error(source),
        (None, None) => ImageError::Failed,
    }
}

fn body_error(failure: PartnerFailure) -> ImageError {
    if failure == PartnerFailure::TimedOut { ImageError::TimedOut } else { ImageError::Failed }
}

/// Why a name was not resolved.
#[derive(Debug, Clone, Copy)]
enum ResolveError {
    /// None of its addresses is public.
    NotPublic,
    /// Too many lookups are in flight.
    Crowded,
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPublic => "no public address",
            Self::Crowded => "too many lookups in flight",
        })
    }
}

impl Error for ResolveError {}

/// Resolves a name to its public addresses. The client connects to one of the returned addresses without another lookup, so a
/// name whose addresses change a moment later (DNS rebinding) gains nothing.
struct PublicResolver {
    /// Lookups run on threads that partners' lookups need, too, and continue when nobody waits for them any more. Each
    /// thus has a permit until it ends.
    lookups: ConcurrencyLimit,
}

impl Resolve for PublicResolver {
    fn resolve(&self, name: String) -> Resolving {
        let permit = self.lookups.permit();
        Box::pin(async move {
            let permit = permit.ok_or(ResolveError::Crowded)?;
            let lookup = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                (name.as_str(), 0).to_socket_addrs()
            });
            let addresses = lookup.await??;
            let public: Vec<_> = addresses.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(ResolveError::NotPublic.into());
            }
            Ok(public.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(lookups: usize, name: &str) -> Result<usize, ImageError> {
        let resolver = PublicResolver { lookups: ConcurrencyLimit::new(lookups) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let addresses = runtime.block_on(resolver.resolve(name.to_owned()));
        addresses.map(Iterator::count).map_err(|error| request_error(error.as_ref()))
    }

    #[test]
    fn local_names_are_refused() {
        assert_eq!(resolve(1, "localhost"), Err(ImageError::Refused));
        assert_eq!(resolve(1, "127.0.0.1"), Err(ImageError::Refused), "an IP address instead of a name");
        assert_eq!(resolve(1, "8.8.8.8"), Ok(1));
        assert_eq!(resolve(0, "localhost"), Err(ImageError::Crowded));
        assert_eq!(resolve(1, "nowhere.invalid"), Err(ImageError::Failed));
    }
}
