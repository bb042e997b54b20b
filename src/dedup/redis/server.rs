//! The address of a server that speaks the Redis protocol, and the credentials for it.

use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A server, a database and a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisServer {
    /// Where it listens.
    pub place: RedisAddress,
    /// The user; None for the server's default user.
    pub user: Option<String>,
    /// The number of the database.
    pub database: u16,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisAddress {
    /// A host and a port.
    Tcp(String, u16),
    /// A host and a port, with TLS.
    Tls(String, u16),
    /// A Unix socket.
    Socket(PathBuf),
}

/// What connecting needs beside the address.
pub struct RedisCredentials {
    /// The password, if the server asks for one.
    pub password: Option<Zeroizing<String>>,
    /// The TLS settings, for [`RedisAddress::Tls`].
    pub tls: Arc<rustls::ClientConfig>,
}
