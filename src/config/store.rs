//! `[counts] store` and what goes with it: an SQLite file, or a server of PostgreSQL with the spool of this node.

use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::config::path;
use crate::config::read::{At, Section};
use crate::storage::postgres::{PORT, PostgresAddress, PostgresServer};
use crate::storage::query::StoreLocation;

/// How large a spool may grow where nobody says: some two million cells, and an hour of a busy node has a few hundred.
const SPOOL_BYTES: u64 = 268_435_456;

/// How often parcels are sent where nobody says: often enough for reports, seldom enough that a server carries many nodes, and that
/// what it logs are sums.
const DELIVER_EVERY: Duration = Duration::from_secs(5);

const EXAMPLES: &str = "\"postgres://qsproxy@db.example/qsproxy\" or, over a socket of this machine, \
     \"postgres:///qsproxy?host=/run/postgresql&user=qsproxy\"";

/// A node's spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolFile {
    /// Where it is.
    pub path: PathBuf,
    /// The most bytes that it may have.
    pub bytes: u64,
    /// How often what is in it is delivered.
    pub deliver_every: Duration,
}

/// The store; and the spool, where the store is a server.
pub(super) fn store(section: &mut Section<'_>, folder: &Path) -> Option<(StoreLocation, Option<SpoolFile>)> {
    let text = section.text("store");
    let password_file = section.text("store_password_file").map(|file| path(folder, &file.value));
    let spool = section.text("spool").map_or_else(|| "data/spool.db".to_owned(), |text| text.value);
    let bytes = section.number("spool_bytes", SPOOL_BYTES, 1_048_576..=1_099_511_627_776);
    let often = Duration::from_millis(100)..=Duration::from_secs(60);
    let deliver_every = section.duration("deliver_every", DELIVER_EVERY, often);
    let is_server = |text: &At<String>| text.value.starts_with("postgres:") || text.value.starts_with("postgresql:");
    if let Some(text) = text.as_ref().filter(|text| is_server(text)) {
        if spool.is_empty() {
            section.mistake("spool", "the spool needs a file of its own, such as \"data/spool.db\"");
        }
        let server = PostgresServer { password_file, ..server(section, text)? };
        let spool = SpoolFile { path: path(folder, &spool), bytes, deliver_every };
        return Some((StoreLocation::Postgres(Box::new(server)), Some(spool)));
    }
    for key in ["store_password_file", "spool", "spool_bytes", "deliver_every"] {
        if section.stands(key) {
            section.mistake(key, "this goes with a store in PostgreSQL; leave it out");
        }
    }
    let Some(text) = text else { return Some((StoreLocation::Sqlite(path(folder, "data/counts.db")), None)) };
    let file = text.value.strip_prefix("sqlite:").filter(|file| !file.is_empty());
    if file.is_none() {
        section.wrong(
            &text,
            format!("this must be \"sqlite:\" and a file, such as \"sqlite:data/counts.db\", or {EXAMPLES}"),
        );
    }
    Some((StoreLocation::Sqlite(path(folder, file?)), None))
}

fn server(section: &Section<'_>, text: &At<String>) -> Option<PostgresServer> {
    match Url::parse(&text.value)
        .map_err(|_| format!("this must be a server's address, such as {EXAMPLES}"))
        .and_then(|url| read(&url))
    {
        Ok(server) => Some(server),
        Err(what) => {
            section.wrong(text, what);
            None
        }
    }
}

/// Reads an address as PostgreSQL's own programs do (its documentation, "Connection URIs"), as far as it goes here.
fn read(url: &Url) -> Result<PostgresServer, String> {
    if url.password().is_some() {
        return Err("a password here would make this file a secret; name a file that holds it (mode 0600) as \
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
            _ => return Err("of its options host, user, port and sslmode are known here; leave others out".into()),
        }
    }
    let database = url.path().trim_start_matches('/').to_owned();
    // Percent signs are not undone, so a name that needs them is not taken.
    let plain = |name: &str| !name.is_empty() && !name.contains(['%', '/', '\0']);
    if !plain(&user) || !plain(&database) || url.fragment().is_some() {
        return Err(format!("this must name a user and a database, such as {EXAMPLES}"));
    }
    let host = host.replace("%2F", "/").replace("%2f", "/");
    let place = if host.starts_with('/') {
        PostgresAddress::Socket(PathBuf::from(host))
    } else {
        PostgresAddress::Host(host.trim_matches(['[', ']']).to_owned())
    };
    let near = match &place {
        PostgresAddress::Socket(_) => true,
        PostgresAddress::Host(host) if !plain(host) => {
            return Err(format!("this must name a host, such as {EXAMPLES}"));
        }
        PostgresAddress::Host(host) => {
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    };
    let tls = match mode.as_deref() {
        None => !near,
        Some("disable") => false,
        Some("verify-full") if matches!(place, PostgresAddress::Host(_)) => true,
        Some("verify-full") => return Err("there is no TLS over a socket; leave sslmode out".into()),
        Some("require" | "prefer" | "allow" | "verify-ca") => {
            return Err(
                "this mode would let anyone answer in the server's place; use sslmode=verify-full (SSL_CERT_FILE \
                 names an authority of one's own), or disable where the network is one's own"
                    .into(),
            );
        }
        Some(_) => return Err("sslmode is \"verify-full\" or \"disable\"".into()),
    };
    Ok(PostgresServer { place, port, user, database, tls, password_file: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_by_their_address() {
        let told = |text: &str| read(&Url::parse(text).unwrap());
        let at = |place, port, tls| {
            let (user, database) = ("qs".to_owned(), "counts".to_owned());
            Ok(PostgresServer { place, port, user, database, tls, password_file: None })
        };
        let host = |host: &str| PostgresAddress::Host(host.to_owned());
        let socket = || PostgresAddress::Socket("/run/postgresql".into());
        assert_eq!(told("postgres://qs@db.example/counts"), at(host("db.example"), 5_432, true));
        assert_eq!(told("postgresql://qs@db.example:6/counts?sslmode=disable"), at(host("db.example"), 6, false));
        assert_eq!(told("postgres://qs@127.0.0.1/counts"), at(host("127.0.0.1"), 5_432, false));
        assert_eq!(told("postgres://qs@[::1]:7/counts"), at(host("::1"), 7, false));
        assert_eq!(told("postgres://qs@localhost/counts?sslmode=verify-full"), at(host("localhost"), 5_432, true));
        assert_eq!(told("postgres:///counts?host=/run/postgresql&user=qs"), at(socket(), 5_432, false));
        assert_eq!(told("postgres://qs@%2Frun%2Fpostgresql/counts?port=9"), at(socket(), 9, false));
        for server in [at(host("::1"), 7, false), at(socket(), 9, false), at(host("db.example"), 5_432, true)] {
            assert_eq!(told(&server.clone().unwrap().to_string()), server, "what is shown can be read again");
        }
        for wrong in [
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
            assert!(told(wrong).is_err(), "{wrong}");
        }
    }
}
