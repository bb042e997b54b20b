//! Resolves the names of partners and image hosts, with an error that is told apart from other reasons for which connecting
//! fails.

use std::error::Error;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tower::{BoxError, Service};

/// The addresses of a name, with port 0: the client puts the port of the URL in its place.
pub(crate) type Resolving = Pin<Box<dyn Future<Output = Result<std::vec::IntoIter<SocketAddr>, BoxError>> + Send>>;

/// Resolves names. The client connects to one of the returned addresses without another lookup.
pub(crate) trait Resolve: Send + Sync {
    /// Starts the lookup of a name.
    fn resolve(&self, name: String) -> Resolving;
}

/// A name has no address, or no name server could be asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NameNotResolved;

impl fmt::Display for NameNotResolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name cannot be resolved")
    }
}

impl Error for NameNotResolved {}

/// Resolves names as the operating system does, on a thread for blocking work.
#[derive(Debug)]
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: String) -> Resolving {
        Box::pin(async move {
            let lookup = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs());
            let addresses = lookup.await?.map_err(|_| NameNotResolved)?;
            Ok(addresses)
        })
    }
}

/// A resolver as the connector calls it.
#[derive(Clone)]
pub(super) struct ResolverService(pub(super) Arc<dyn Resolve>);

impl Service<Name> for ResolverService {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Resolving;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Resolving {
        self.0.resolve(name.as_str().to_owned())
    }
}
