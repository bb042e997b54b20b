//! A session with PostgreSQL. Every operation has a deadline of this program, beside the server's own timeouts.

use std::future::Future;
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
use crate::storage::error::StoreError;
use crate::storage::postgres::error::{PostgresError, PostgresFault};
use crate::storage::postgres::server::{PostgresAddress, PostgresServer};
use crate::storage::postgres::values;
use crate::storage::value::{ResultHeader, Row, SqlValue};

/// Timeout of connecting, from the name's resolution to the login.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The server's timeout for one statement of a delivery, which takes milliseconds.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(15);

/// The server's timeout for one statement of a query, which may read years.
const QUERY_TIMEOUT: Duration = Duration::from_secs(60);

/// The server's timeout for a lock: closing a month holds one while the month is read.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// How much longer than the server we wait, so that its error arrives if there is one.
const GRACE: Duration = Duration::from_secs(5);

/// When the server ends an idle session: well beyond the forwarder's pause, so that locks of a lost node are free within a minute.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// TCP keepalive, both ways: idle time, interval, probes. A cut cable is noticed after a minute.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(30), Duration::from_secs(10), 3);

/// Rows in one `COPY`: few enough that each ends well within the server's statement timeout, whatever the file's size.
const COPY_ROWS: usize = 50_000;

/// Bytes of `COPY` data sent at a time.
const COPY_CHUNK: usize = 64 << 10;

/// What a session is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionPurpose {
    /// Reports; the server rejects writes.
    Reports,
    /// Statements and closings.
    Billing,
    /// Batches of the spool with this ID.
    Delivery(String),
}

impl SessionPurpose {
    fn statement_timeout(&self) -> Duration {
        match self {
            Self::Reports | Self::Billing => QUERY_TIMEOUT,
            Self::Delivery(_) => DELIVERY_TIMEOUT,
        }
    }

    /// What the server's administrator sees in `pg_stat_activity`.
    fn application_name(&self) -> String {
        match self {
            Self::Reports => "qsproxy questions".to_owned(),
            Self::Billing => "qsproxy books".to_owned(),
            Self::Delivery(spool) => format!("qsproxy {spool}"),
        }
    }
}

/// A connection, with the runtime that drives it. It must not be used or dropped inside a task of another runtime.
#[derive(Debug)]
pub struct Session {
    client: Client,
    timeout: Duration,
    runtime: Runtime,
}

impl Session {
    /// Connects and logs in.
    ///
    /// # Errors
    /// Any [`PostgresFault`] but [`PostgresFault::Newer`].
    pub fn open(server: &PostgresServer, purpose: &SessionPurpose) -> Result<Self, PostgresError> {
        let config = config(server, purpose)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| PostgresError::with_message(PostgresFault::Unreachable, &error.to_string()))?;
        // A connection's own error needs no report: the client's next operation returns it.
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
        let client = runtime.block_on(async { tokio::time::timeout(CONNECT_TIMEOUT, connecting).await });
        let client = client.unwrap_or_else(|_| Err(PostgresError::new(PostgresFault::TimedOut)))?;
        let session = Self { client, timeout: purpose.statement_timeout() + GRACE, runtime };
        session.execute_batch(&settings(purpose))?;
        Ok(session)
    }

    /// The rows of a result. `table` names their source in decoding errors.
    ///
    /// # Errors
    /// The server's error, or [`PostgresFault::TimedOut`].
    pub fn query(&self, table: &str, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, PostgresError> {
        let rows = self.run(self.client.query(&values::placeholders(sql), &values::parameters(values)))?;
        let columns = rows.first().map_or(&[][..], tokio_postgres::Row::columns);
        let header = ResultHeader::new(table, columns.iter().map(|column| column.name().to_owned()).collect());
        Ok((1..).zip(&rows).map(|(number, row)| Row::new(&header, number, values::stored(row))).collect())
    }

    /// The first row of a result. Without one it is a row without columns, each of which is a decoding error.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub(crate) fn query_row(&self, table: &str, sql: &str, values: &[SqlValue]) -> Result<Row, PostgresError> {
        let row = self.query(table, sql, values)?.into_iter().next();
        Ok(row.unwrap_or_else(|| Row::new(&ResultHeader::new(table, Vec::new()), 1, Vec::new())))
    }

    /// Executes a statement without a result.
    ///
    /// # Errors
    /// The server's error, or [`PostgresFault::TimedOut`]: the statement may then be committed or not.
    pub fn execute(&self, sql: &str, values: &[SqlValue]) -> Result<(), PostgresError> {
        self.run(self.client.execute(&values::placeholders(sql), &values::parameters(values))).map(drop)
    }

    /// Executes several statements without parameters.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub fn execute_batch(&self, sql: &str) -> Result<(), PostgresError> {
        self.run(self.client.batch_execute(sql))
    }

    /// Runs `work` in a transaction that starts with these statements. A session whose transaction failed is to be dropped.
    ///
    /// # Errors
    /// Those of the server, or of `work`.
    pub(crate) fn transaction<T>(
        &self,
        begin: &str,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.execute_batch(begin)?;
        let result = work()?;
        self.execute_batch("commit")?;
        Ok(result)
    }

    /// Returns false if the session ended, or is still running an abandoned query.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.run_within(CONNECT_TIMEOUT, self.client.batch_execute("select 1")).is_ok()
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

    /// Waits for an operation no longer than the server may take for it.
    fn run<T>(&self, operation: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, PostgresError> {
        self.run_within(self.timeout, operation)
    }

    fn run_within<T>(
        &self,
        timeout: Duration,
        operation: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, PostgresError> {
        self.runtime.block_on(async {
            match tokio::time::timeout(timeout, operation).await {
                Ok(result) => Ok(result?),
                Err(_) => Err(PostgresError::new(PostgresFault::TimedOut)),
            }
        })
    }
}

fn config(server: &PostgresServer, purpose: &SessionPurpose) -> Result<tokio_postgres::Config, PostgresError> {
    let mut config = tokio_postgres::Config::new();
    match &server.place {
        PostgresAddress::Host(host) => config.host(host),
        PostgresAddress::Socket(folder) => config.host_path(folder),
    };
    config.port(server.port).user(&server.user).dbname(&server.database);
    config.application_name(purpose.application_name());
    config.ssl_mode(if server.tls { SslMode::Require } else { SslMode::Disable });
    let (idle, interval, probes) = KEEPALIVE;
    config.keepalives_idle(idle).keepalives_interval(interval).keepalives_retries(probes);
    config.connect_timeout(CONNECT_TIMEOUT).tcp_user_timeout(IDLE_TIMEOUT);
    if let Some(file) = &server.password_file {
        let password =
            password_file::read(file).map_err(|what| PostgresError::with_message(PostgresFault::Login, &what))?;
        config.password(password.as_bytes());
    }
    Ok(config)
}

/// The session's settings, as statements: connection poolers reject options of the login.
fn settings(purpose: &SessionPurpose) -> String {
    let (idle, interval, probes) = KEEPALIVE;
    let milliseconds = |time: Duration| time.as_millis();
    let read_only = if *purpose == SessionPurpose::Reports { "on" } else { "off" };
    // A server that acknowledges a commit before it is flushed would lose what the spool has deleted by then.
    format!(
        "set timezone = 'UTC'; set client_min_messages = warning; set default_transaction_read_only = {read_only};
         set statement_timeout = {}; set lock_timeout = {}; set idle_in_transaction_session_timeout = {idle_timeout};
         set idle_session_timeout = {idle_timeout}; set tcp_keepalives_idle = {}; set tcp_keepalives_interval = {};
         set tcp_keepalives_count = {probes}; set tcp_user_timeout = {idle_timeout};
         select set_config('synchronous_commit', 'on', false)
         where current_setting('synchronous_commit') in ('off', 'local')",
        milliseconds(purpose.statement_timeout()),
        milliseconds(LOCK_TIMEOUT),
        idle.as_secs(),
        interval.as_secs(),
        idle_timeout = milliseconds(IDLE_TIMEOUT),
    )
}

/// TLS with certificates verified by the operating system's rules; `SSL_CERT_FILE` replaces its authorities.
fn tls() -> Result<rustls::ClientConfig, PostgresError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let failed = |error: rustls::Error| PostgresError::with_message(PostgresFault::Tls, &error.to_string());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(failed)?.with_platform_verifier().map_err(failed)?.with_no_client_auth())
}
