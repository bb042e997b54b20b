//! The address of a PostgreSQL server and the account used there.

use std::fmt;
use std::path::PathBuf;

/// PostgreSQL's port (IANA service name `postgresql`), used where the URL has none.
pub const PORT: u16 = 5_432;

/// A server, a database and a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresServer {
    /// A host, or the folder of a Unix socket.
    pub place: PostgresAddress,
    /// The port, which is part of a socket's name, too.
    pub port: u16,
    /// The user.
    pub user: String,
    /// The database.
    pub database: String,
    /// Whether to use TLS; the certificate is then verified for the host's name.
    pub tls: bool,
    /// The file with the password, if the server asks for one. Read at each login, so that a new password needs no restart.
    pub password_file: Option<PathBuf>,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresAddress {
    /// A host name or an IP address.
    Host(String),
    /// The folder that contains the server's Unix socket.
    Socket(PathBuf),
}

impl fmt::Display for PostgresServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, port, user, database, .. } = self;
        match place {
            PostgresAddress::Host(host) if host.contains(':') => {
                write!(f, "postgres://{user}@[{host}]:{port}/{database}")
            }
            PostgresAddress::Host(host) => write!(f, "postgres://{user}@{host}:{port}/{database}"),
            PostgresAddress::Socket(folder) => {
                write!(f, "postgres:///{database}?host={}&user={user}&port={port}", folder.display())
            }
        }
    }
}
