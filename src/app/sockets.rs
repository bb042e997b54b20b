//! Listening sockets, and the number of connections that the limit of open files allows.

use std::net::{SocketAddr, TcpListener};

use anyhow::{Context as _, anyhow};

use crate::config::Config;
use crate::events::{self, Event};
use crate::partner::Partner;
use crate::server::listener;

/// Open files besides connections and outbound requests: listeners, the store, keys, the admin listener.
const RESERVED_FILES: usize = 64;

/// The bound sockets.
pub(super) struct Sockets {
    /// One public listener for each worker.
    pub(super) public: Vec<TcpListener>,
    pub(super) public_address: SocketAddr,
    pub(super) admin: TcpListener,
    pub(super) admin_address: SocketAddr,
}

impl Sockets {
    /// Binds both addresses. A port 0 in the configuration becomes a free port.
    ///
    /// # Errors
    /// An address cannot be bound; the message names the key.
    pub(super) fn bind(config: &Config) -> anyhow::Result<Self> {
        let (public_address, public) = listener::bind(config.listen.address, config.listen.workers)
            .map_err(|error| bind_error("[listen] address", config.listen.address, &error))?;
        let (admin_address, admin) = listener::bind(config.admin.address, 1)
            .map_err(|error| bind_error("[admin] address", config.admin.address, &error))?;
        let admin = admin.into_iter().next().context("[admin] address: no listener")?;
        Ok(Self { public, public_address, admin, admin_address })
    }
}

fn bind_error(key: &str, address: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    let remedy = if error.kind() == std::io::ErrorKind::AddrInUse {
        "stop the program that uses it, or change"
    } else {
        "change"
    };
    anyhow!("{key}: cannot bind {address} ({error}); {remedy} {key} in the configuration")
}

/// The maximum number of connections: `connections`, or as many as the limit of open files allows after the outbound
/// requests that they can cause.
pub(super) fn max_connections(config: &Config, open_files: usize) -> usize {
    let limits = &config.limits;
    let partners = limits.searches_in_flight.min(limits.partner_requests_in_flight * config.partners.len());
    let images = if config.partners.iter().any(Partner::shows_images) { limits.images_in_flight } else { 0 };
    let available = open_files.saturating_sub(RESERVED_FILES + partners + images).max(open_files / 4);
    if available < limits.connections {
        events::emit(&Event::ConnectionsBounded(available));
    }
    available.min(limits.connections)
}
