//! The store in PostgreSQL 15 and later: where it is ([`PostgresServer`]), and one connection to it ([`Session`]), on which every step has
//! a deadline of ours, beside the server's own. Its tables are in [`tables`]; parcels reach it through
//! [`super::courier`], questions and the books through [`super::database`].

pub mod error;
pub mod tables;
mod values;
mod versions;

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt as _;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::runtime::Runtime;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::password_file;
pub use crate::storage::postgres::error::{PostgresError, PostgresFault};
use crate::storage::query::SqlValue;

/// The port that PostgreSQL listens on where none is said (IANA: postgresql).
pub const PORT: u16 = 5_432;

/// How long connecting may take, from the name's resolution to the login.
const CONNECT: Duration = Duration::from_secs(5);

/// How long the server works at one statement of a delivery, which takes milliseconds; and of a question, which may read years.
const DELIVERY: Duration = Duration::from_secs(15);
const QUESTION: Duration = Duration::from_secs(60);

/// How long a statement waits for a lock: the books hold theirs while a month is read.
const LOCK: Duration = Duration::from_secs(10);

/// How much longer than the server we wait: it says what was the matter where it can.
const GRACE: Duration = Duration::from_secs(5);

/// After how long the server ends a session that says nothing: well beyond the courier's pause, so that what a lost node
/// holds is free within a minute.
const SILENCE: Duration = Duration::from_secs(60);

/// When either side asks a silent peer whether it is there, how often again, and how many times: a cut cable is known after a minute.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(10), 3);

/// Rows in one `COPY`: few enough that each ends well within the server's statement timeout, whatever the file's size.
const COPY_ROWS: usize = 50_000;

/// Bytes of `COPY` data sent at a time.
const COPY_CHUNK: usize = 64 << 10;

/// Where the server is, and as whom it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresServer {
    /// A host, or the folder of a socket of this machine.
    pub place: PostgresAddress,
    /// The port, which is part of a socket's name, too.
    pub port: u16,
    /// The user.
    pub user: String,
    /// The database.
    pub database: String,
    /// Whether TLS is spoken: then the certificate is judged, and the name in it is the host's.
    pub tls: bool,
    /// The file with the password, where the server demands one: read at each login, so that a new one needs no restart.
    pub password_file: Option<PathBuf>,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresAddress {
    /// A host's name or address.
    Host(String),
    /// The folder in which the server's socket stands.
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

/// What a session is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionPurpose {
    /// Questions; the server lets nothing be written.
    Questions,
    /// The books.
    Books,
    /// Parcels of the spool of this identity.
    Delivery(String),
}

impl SessionPurpose {
    fn time(&self) -> Duration {
        match self {
            Self::Questions | Self::Books => QUESTION,
            Self::Delivery(_) => DELIVERY,
        }
    }

    /// What the server's administrator reads in `pg_stat_activity`.
    fn name(&self) -> String {
        match self {
            Self::Questions => "qsproxy questions".to_owned(),
            Self::Books => "qsproxy books".to_owned(),
            Self::Delivery(spool) => format!("qsproxy {spool}"),
        }
    }
}

/// A connection, with the runtime that moves its bytes. Not to be used or dropped within another runtime's task.
#[derive(Debug)]
pub struct Session {
    client: Client,
    patience: Duration,
    runtime: Runtime,
}

impl Session {
    /// Connects and logs in.
    ///
    /// # Errors
    /// Why not.
    pub fn open(server: &PostgresServer, errand: &SessionPurpose) -> Result<Self, PostgresError> {
        let config = config(server, errand)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| PostgresError::of(PostgresFault::Unreachable))?;
        let connecting = async {
            if server.tls {
                let (client, connection) = config.connect(MakeRustlsConnect::new(tls()?)).await?;
                tokio::task::spawn(connection);
                Ok(client)
            } else {
                let (client, connection) = config.connect(NoTls).await?;
                tokio::task::spawn(connection);
                Ok(client)
            }
        };
        let client = runtime.block_on(async { tokio::time::timeout(CONNECT, connecting).await });
        let client = client.unwrap_or_else(|_| Err(PostgresError::of(PostgresFault::TimedOut)))?;
        let session = Self { client, patience: errand.time() + GRACE, runtime };
        session.batch(&settings(errand))?;
        Ok(session)
    }

    /// The rows that a question finds.
    ///
    /// # Errors
    /// The server's word, or that it did not come in time.
    pub fn rows(&self, sql: &str, given: &[SqlValue]) -> Result<Vec<Vec<SqlValue>>, PostgresError> {
        let rows = self.run(self.client.query(&values::placeholders(sql), &values::parameters(given)))?;
        Ok(rows.iter().map(values::fields).collect())
    }

    /// Changes rows. Returns how many.
    ///
    /// # Errors
    /// The server's word, or that it did not come in time: it may then be done or not.
    pub fn change(&self, sql: &str, given: &[SqlValue]) -> Result<usize, PostgresError> {
        let rows = self.run(self.client.execute(&values::placeholders(sql), &values::parameters(given)))?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    /// Whether the server answers soon: it does not where the session has ended, nor while it works at what nobody waits for any more.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.within(CONNECT, self.client.batch_execute("select 1")).is_ok()
    }

    /// The only value of a question's only row, as a text; empty where there is none.
    pub(crate) fn text(&self, sql: &str, given: &[SqlValue]) -> Result<String, PostgresError> {
        Ok(self.rows(sql, given)?.first().and_then(|row| row.first()).map_or("", SqlValue::text).to_owned())
    }

    /// Likewise as a number.
    pub(crate) fn number(&self, sql: &str, given: &[SqlValue]) -> Result<Option<i64>, PostgresError> {
        Ok(self.rows(sql, given)?.first().and_then(|row| row.first()?.number()))
    }

    /// Inserts rows with `COPY … FROM STDIN` in text format, [`COPY_ROWS`] at a time.
    ///
    /// # Errors
    /// The server's error, or [`PostgresFault::TimedOut`].
    pub(crate) fn copy_in(
        &self,
        table: &str,
        columns: &[&str],
        rows: impl Iterator<Item = Vec<SqlValue>>,
    ) -> Result<(), PostgresError> {
        let sql = format!("copy {table} ({}) from stdin", columns.join(", "));
        let mut rows = rows.peekable();
        while rows.peek().is_some() {
            self.run(self.copy(&sql, rows.by_ref().take(COPY_ROWS)))?;
        }
        Ok(())
    }

    async fn copy(&self, sql: &str, rows: impl Iterator<Item = Vec<SqlValue>>) -> Result<(), tokio_postgres::Error> {
        let mut sink = pin!(self.client.copy_in::<_, Bytes>(sql).await?);
        let mut chunk = BytesMut::with_capacity(COPY_CHUNK);
        for row in rows {
            values::write_copy_line(&mut chunk, &row);
            if chunk.len() >= COPY_CHUNK {
                sink.send(chunk.split().freeze()).await?;
            }
        }
        sink.send(chunk.freeze()).await?;
        sink.finish().await.map(drop)
    }

    /// Runs several statements without values.
    ///
    /// # Errors
    /// The server's word, or that it did not come in time.
    pub fn batch(&self, sql: &str) -> Result<(), PostgresError> {
        self.run(self.client.batch_execute(sql))
    }

    /// Waits for an answer, and no longer than the server should take.
    fn run<T>(&self, asking: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, PostgresError> {
        self.within(self.patience, asking)
    }

    fn within<T>(
        &self,
        time: Duration,
        asking: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, PostgresError> {
        self.runtime.block_on(async {
            match tokio::time::timeout(time, asking).await {
                Ok(answer) => Ok(answer?),
                Err(_) => Err(PostgresError::of(PostgresFault::TimedOut)),
            }
        })
    }
}

fn config(server: &PostgresServer, errand: &SessionPurpose) -> Result<tokio_postgres::Config, PostgresError> {
    let mut config = tokio_postgres::Config::new();
    match &server.place {
        PostgresAddress::Host(host) => config.host(host),
        PostgresAddress::Socket(folder) => config.host_path(folder),
    };
    config.port(server.port).user(&server.user).dbname(&server.database).application_name(errand.name());
    config.ssl_mode(if server.tls { SslMode::Require } else { SslMode::Disable });
    let (idle, interval, times) = KEEPALIVE;
    config.keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(times);
    config.connect_timeout(CONNECT).tcp_user_timeout(SILENCE);
    if let Some(file) = &server.password_file {
        let password = password_file::read(file).map_err(|what| PostgresError::said(PostgresFault::Login, &what))?;
        config.password(password.as_bytes());
    }
    Ok(config)
}

/// Set by a statement, not by options of the login, which poolers refuse.
fn settings(errand: &SessionPurpose) -> String {
    let (idle, interval, times) = KEEPALIVE;
    let milliseconds = |time: Duration| time.as_millis();
    let read_only = if *errand == SessionPurpose::Questions { "on" } else { "off" };
    // A server that acknowledges before it has flushed would lose what we have deleted by then.
    format!(
        "set timezone = 'UTC'; set client_min_messages = warning; set default_transaction_read_only = {read_only};
         set statement_timeout = {}; set lock_timeout = {}; set idle_in_transaction_session_timeout = {silence};
         set idle_session_timeout = {silence}; set tcp_keepalives_idle = {}; set tcp_keepalives_interval = {};
         set tcp_keepalives_count = {times}; set tcp_user_timeout = {silence};
         select set_config('synchronous_commit', 'on', false)
         where current_setting('synchronous_commit') in ('off', 'local')",
        milliseconds(errand.time()),
        milliseconds(LOCK),
        idle.as_secs(),
        interval.as_secs(),
        silence = milliseconds(SILENCE),
    )
}

/// Certificates judged as the operating system does; `SSL_CERT_FILE` names an authority of one's own.
fn tls() -> Result<rustls::ClientConfig, PostgresError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let no = |error: rustls::Error| PostgresError::said(PostgresFault::Tls, &error.to_string());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(no)?.with_platform_verifier().map_err(no)?.with_no_client_auth())
}
