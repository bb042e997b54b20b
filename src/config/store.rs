//! `[counts] store` and the keys that belong to it: an SQLite file, or a PostgreSQL server with this node's spool.

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::config::paths;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::storage::postgres::server::{PORT, PostgresAddress, PostgresServer};
use crate::storage::query::StoreLocation;

/// Default `spool_bytes`: about two million cells. A busy node writes a few hundred cells in an hour.
const DEFAULT_SPOOL_BYTES: u64 = 268_435_456;

/// Default `deliver_every`: short enough for current reports, long enough for one server to take batches from many nodes
/// and to log sums instead of single counts.
const DEFAULT_DELIVER_EVERY: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\"postgres://qsproxy@db.example/qsproxy\" or, over a local socket, \
     \"postgres:///qsproxy?host=/run/postgresql&user=qsproxy\"";

/// This node's spool: the SQLite file where counts wait for PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolFile {
    /// The file.
    pub path: PathBuf,
    /// Maximum size in bytes.
    pub bytes: u64,
    /// Interval between deliveries.
    pub deliver_every: Duration,
}

/// The store with its spool.
#[derive(Debug)]
pub(super) struct ConfiguredStore {
    /// The store that reports read.
    pub(super) location: StoreLocation,
    /// The spool, if the store is a server.
    pub(super) spool: Option<SpoolFile>,
}

/// Reads the keys of `[counts]` that describe the store.
pub(super) fn read(table: &mut TableReader<'_>, folder: &Path) -> Option<ConfiguredStore> {
    let text = table.string("store");
    let password_file = table.string("store_password_file").map(|file| paths::resolve(folder, &file.value));
    let spool = table.string("spool").map_or_else(|| "data/spool.db".to_owned(), |text| text.value);
    let bytes = table.integer("spool_bytes", DEFAULT_SPOOL_BYTES, 1_048_576..=1_099_511_627_776);
    let intervals = Duration::from_millis(100)..=Duration::from_secs(60);
    let deliver_every = table.duration("deliver_every", DEFAULT_DELIVER_EVERY, intervals);
    let is_server =
        |text: &Located<String>| text.value.starts_with("postgres:") || text.value.starts_with("postgresql:");
    if let Some(text) = text.as_ref().filter(|text| is_server(text)) {
        if spool.is_empty() {
            table.error_at_key("spool", "the spool needs its own file, such as \"data/spool.db\"");
        }
        let server = PostgresServer { password_file, ..server(table, text)? };
        let spool = SpoolFile { path: paths::resolve(folder, &spool), bytes, deliver_every };
        return Some(ConfiguredStore { location: StoreLocation::Postgres(Box::new(server)), spool: Some(spool) });
    }
    for key in ["store_password_file", "spool", "spool_bytes", "deliver_every"] {
        if table.is_present(key) {
            table.error_at_key(key, "applies only to a store in PostgreSQL; remove it");
        }
    }
    let sqlite = |file: &str| StoreLocation::Sqlite(paths::resolve(folder, file));
    let Some(text) = text else {
        return Some(ConfiguredStore { location: sqlite("data/counts.db"), spool: None });
    };
    let file = text.value.strip_prefix("sqlite:").filter(|file| !file.is_empty());
    if file.is_none() {
        let message = format!("must be \"sqlite:\" and a file name, such as \"sqlite:data/counts.db\", or {EXAMPLES}");
        table.error_at(&text, message);
    }
    Some(ConfiguredStore { location: sqlite(file?), spool: None })
}

fn server(table: &TableReader<'_>, text: &Located<String>) -> Option<PostgresServer> {
    match Url::parse(&text.value)
        .map_err(|_| format!("must be a PostgreSQL connection URI, such as {EXAMPLES}"))
        .and_then(|url| parse_uri(&url))
    {
        Ok(server) => Some(server),
        Err(message) => {
            table.error_at(text, message);
            None
        }
    }
}

/// Parses a connection URI (PostgreSQL documentation, "Connection URIs"). Only the parameters host, port, user and
/// sslmode are supported, and percent escapes only for slashes in the host.
fn parse_uri(url: &Url) -> Result<PostgresServer, String> {
    if url.password().is_some() {
        return Err("a password here would turn this file into a secret; write it to a file (mode 0600) and set \
             store_password_file"
            .into());
    }
    let (mut host, mut user) = (url.host_str().unwrap_or_default().to_owned(), url.username().to_owned());
    let (mut port, mut mode) = (url.port().unwrap_or(PORT), None);
    for (key, value) in url.query_pairs() {
        match &*key {
            "host" => host = value.into_owned(),
            "user" => user = value.into_owned(),
            "port" => port = value.parse().map_err(|_| "port must be a number".to_owned())?,
            "sslmode" => mode = Some(value.into_owned()),
            _ => return Err("unsupported parameter; the supported ones are host, user, port and sslmode".into()),
        }
    }
    let database = url.path().trim_start_matches('/').to_owned();
    let is_plain = |name: &str| !name.is_empty() && !name.contains(['%', '/', '\0']);
    if !is_plain(&user) || !is_plain(&database) || url.fragment().is_some() {
        return Err(format!("must name a user and a database, such as {EXAMPLES}"));
    }
    let host = host.replace("%2F", "/").replace("%2f", "/");
    let place = if host.starts_with('/') {
        PostgresAddress::Socket(PathBuf::from(host))
    } else {
        PostgresAddress::Host(host.trim_matches(['[', ']']).to_owned())
    };
    let is_local = match &place {
        PostgresAddress::Socket(_) => true,
        PostgresAddress::Host(host) if !is_plain(host) => {
            return Err(format!("must name a host, such as {EXAMPLES}"));
        }
        PostgresAddress::Host(host) => {
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    };
    let is_socket = matches!(place, PostgresAddress::Socket(_));
    let tls = match mode.as_deref() {
        None => !is_local,
        Some(mode) => uses_tls(mode, is_socket)?,
    };
    Ok(PostgresServer { place, port, user, database, tls, password_file: None })
}

fn uses_tls(sslmode: &str, is_socket: bool) -> Result<bool, String> {
    match sslmode {
        "disable" => Ok(false),
        "verify-full" if !is_socket => Ok(true),
        "verify-full" => Err("a local socket has no TLS; remove sslmode".into()),
        "require" | "prefer" | "allow" | "verify-ca" => Err(
            "this sslmode would let anyone impersonate the server; use sslmode=verify-full (set SSL_CERT_FILE for a \
             private certificate authority), or sslmode=disable on a private network"
                .into(),
        ),
        _ => Err("sslmode must be \"verify-full\" or \"disable\"".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_connection_uris() {
        let parsed = |text: &str| parse_uri(&Url::parse(text).unwrap());
        let server = |place, port, tls| {
            let (user, database) = ("qs".to_owned(), "counts".to_owned());
            Ok(PostgresServer { place, port, user, database, tls, password_file: None })
        };
        let host = |host: &str| PostgresAddress::Host(host.to_owned());
        let socket = || PostgresAddress::Socket("/run/postgresql".into());
        assert_eq!(parsed("postgres://qs@db.example/counts"), server(host("db.example"), 5_432, true));
        assert_eq!(parsed("postgresql://qs@db.example:6/counts?sslmode=disable"), server(host("db.example"), 6, false));
        assert_eq!(parsed("postgres://qs@127.0.0.1/counts"), server(host("127.0.0.1"), 5_432, false));
        assert_eq!(parsed("postgres://qs@[::1]:7/counts"), server(host("::1"), 7, false));
        assert_eq!(
            parsed("postgres://qs@localhost/counts?sslmode=verify-full"),
            server(host("localhost"), 5_432, true)
        );
        assert_eq!(parsed("postgres:///counts?host=/run/postgresql&user=qs"), server(socket(), 5_432, false));
        assert_eq!(parsed("postgres://qs@%2Frun%2Fpostgresql/counts?port=9"), server(socket(), 9, false));
        for expected in
            [server(host("::1"), 7, false), server(socket(), 9, false), server(host("db.example"), 5_432, true)]
        {
            assert_eq!(
                parsed(&expected.clone().unwrap().to_string()),
                expected,
                "the displayed URI parses to the same server"
            );
        }
        for invalid in [
            "postgres://qs:secret@db.example/counts",
            "postgres://db.example/counts",
            "postgres://qs@db.example/",
            "postgres://qs@db.example/a/b",
            "postgres:///counts?user=qs",
            "postgres://qs@db.example/counts?sslmode=require",
            "postgres://qs@db.example/counts?sslmode=no",
            "postgres://qs@db.example/counts?password=x",
            "postgres:///counts?host=/run/postgresql&user=qs&sslmode=verify-full",
            "postgres://a%20b@db.example/counts",
            "postgres://qs@db.example/counts#part",
        ] {
            assert!(parsed(invalid).is_err(), "{invalid}");
        }
    }
}
