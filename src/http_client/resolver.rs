//! Resolves the names of partners, with an error that is told apart from other reasons for which connecting fails.

use std::error::Error;
use std::fmt;
use std::net::ToSocketAddrs as _;

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

impl reqwest::dns::Resolve for SystemResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            // reqwest replaces port 0 with the port of the URL.
            let lookup = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs());
            let addresses = lookup.await?.map_err(|_| NameNotResolved)?;
            Ok(Box::new(addresses) as reqwest::dns::Addrs)
        })
    }
}
