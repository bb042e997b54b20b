//! Fetching an image, from public addresses alone, bounded in time and size. Nothing of a user is here: the
//! request is built from the image's address and constants, over a connection of its own, so that its
//! host cannot even tell which images stood on one page but by their time.

use std::error::Error;
use std::fmt;
use std::net::ToSocketAddrs as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{self, HeaderValue};

use crate::concurrency_limit::ConcurrencyLimit;
use crate::http_client::{AnswerBody, AnswerLimits, FIXED_AGENT, connections, is_packed};
use crate::image_proxy::addresses::{ImageAddress, is_public};
use crate::image_proxy::formats::{ImageError, ProxiedImage};
use crate::problem::PartnerFailure;
use crate::time;

/// What is asked for: the types that [`crate::partner::picture::Format`] knows.
const ACCEPT: &str = "image/avif, image/webp, image/png, image/jpeg, image/gif";

/// Most names being resolved at once, whatever the bounds say: half of the threads that tokio has for what
/// blocks (512), since partners' names are resolved on them, too.
const LOOKUPS: usize = 256;

/// Bounds on what one image may cost.
#[derive(Debug, Clone, Copy)]
pub struct ImageLimits {
    /// Most bytes of it.
    pub bytes: usize,
    /// From resolving its host's name to its last byte.
    pub time: Duration,
    /// Names being resolved at once.
    pub lookups: usize,
}

/// What fetches images. No connection is kept: images stand on any number of hosts, and connections kept
/// to them all would be without bound.
#[derive(Debug)]
pub struct ImageClient {
    /// Connects to public addresses, for the rest of the world.
    public: reqwest::Client,
    /// Connects to what a name says, for hosts that the operator named.
    named: reqwest::Client,
    bounds: ImageLimits,
}

impl ImageClient {
    /// A client with these bounds, which speaks TLS as [`super::tls`] says.
    ///
    /// # Errors
    /// In words, where reqwest cannot be set up.
    pub fn new(tls: &rustls::ClientConfig, bounds: ImageLimits) -> Result<Self, String> {
        let unpooled = || connections(tls.clone()).pool_max_idle_per_host(0);
        let names = PublicNames { lookups: ConcurrencyLimit::new(bounds.lookups.min(LOOKUPS)) };
        let public = unpooled().dns_resolver(Arc::new(names)).build().map_err(|error| error.to_string())?;
        let named = unpooled().build().map_err(|error| error.to_string())?;
        Ok(Self { public, named, bounds })
    }

    /// Fetches the picture at an address: status 200, not encoded, one of the known types by its bytes.
    ///
    /// # Errors
    /// Why not, without a word of the answer.
    pub async fn fetch(&self, address: &ImageAddress) -> Result<ProxiedImage, ImageError> {
        let until = time::instant() + self.bounds.time;
        let picture = self.exchange(address, until);
        tokio::time::timeout_at(until.into(), picture).await.map_err(|_| ImageError::TimedOut)?
    }

    async fn exchange(&self, address: &ImageAddress, until: Instant) -> Result<ProxiedImage, ImageError> {
        let client = if address.is_named() { &self.named } else { &self.public };
        let answer = client.execute(request(address)).await.map_err(|error| lost(&error))?;
        // A redirect leads to an address that nobody has judged, so it is a failure like the rest.
        if answer.status() != http::StatusCode::OK || is_packed(answer.headers()) != Ok(false) {
            return Err(ImageError::Failed);
        }
        // What is not encoded is not unpacked either.
        let bounds = AnswerLimits { response: self.bounds.bytes, decompressed: 0 };
        let body = AnswerBody::open(answer, until, bounds).map_err(|_| ImageError::Failed)?;
        let slow_or_bad =
            |failure| if failure == PartnerFailure::TimedOut { ImageError::TimedOut } else { ImageError::Failed };
        let bytes = body.whole().await.map_err(slow_or_bad)?;
        // A copy, since the chunk is a part of a larger buffer, which would be kept as long as the picture.
        ProxiedImage::new(Bytes::copy_from_slice(&bytes)).ok_or(ImageError::Failed)
    }
}

fn request(address: &ImageAddress) -> reqwest::Request {
    let mut request = reqwest::Request::new(http::Method::GET, address.url().clone());
    let headers = request.headers_mut();
    // The authority of a parsed URL is ASCII, so it is always a header value.
    if let Ok(host) = HeaderValue::from_str(address.url().authority()) {
        headers.insert(header::HOST, host);
    }
    headers.insert(header::USER_AGENT, HeaderValue::from_static(FIXED_AGENT));
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    request
}

/// Why a request came to nothing; the resolver's reason stands at the end of the chain of causes.
fn lost(error: &(dyn Error + 'static)) -> ImageError {
    match (error.downcast_ref(), error.source()) {
        (Some(Unresolved::NotPublic), _) => ImageError::Refused,
        (Some(Unresolved::Crowded), _) => ImageError::Crowded,
        (None, Some(cause)) => lost(cause),
        (None, None) => ImageError::Failed,
    }
}

/// Why a name was not resolved.
#[derive(Debug, Clone, Copy)]
enum Unresolved {
    /// None of its addresses is public.
    NotPublic,
    /// Too many names are being resolved.
    Crowded,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPublic => "no public address",
            Self::Crowded => "too many names being resolved",
        })
    }
}

impl Error for Unresolved {}

/// Resolves a name once, and hands on its public addresses: the connection goes to one of these, so a
/// name that says something else a moment later gains nothing.
struct PublicNames {
    /// The operating system resolves on threads that partners' names need, too, and a lookup that nobody
    /// waits for any more goes on; so lookups hold their own places.
    lookups: ConcurrencyLimit,
}

impl reqwest::dns::Resolve for PublicNames {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let permit = self.lookups.permit();
        Box::pin(async move {
            let permit = permit.ok_or(Unresolved::Crowded)?;
            let lookup = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                // Port 0 stands for the one in the image's address.
                (name.as_str(), 0).to_socket_addrs()
            });
            let found = lookup.await??;
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(Unresolved::NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::dns::Resolve as _;

    fn resolve(lookups: usize, name: &str) -> Result<usize, ImageError> {
        let names = PublicNames { lookups: ConcurrencyLimit::new(lookups) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(names.resolve(name.parse().unwrap()));
        found.map(Iterator::count).map_err(|error| lost(error.as_ref()))
    }

    #[test]
    fn names_of_this_machine_are_resolved_to_nothing() {
        assert_eq!(resolve(1, "localhost"), Err(ImageError::Refused));
        assert_eq!(resolve(1, "127.0.0.1"), Err(ImageError::Refused), "were a literal ever to come here");
        assert_eq!(resolve(1, "8.8.8.8"), Ok(1));
        assert_eq!(resolve(0, "localhost"), Err(ImageError::Crowded));
        assert_eq!(resolve(1, "nowhere.invalid"), Err(ImageError::Failed));
    }
}
