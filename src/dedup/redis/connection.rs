//! The connection to the Redis server: one task maintains it for all workers, and checks every second whether the server accepts writes.
//! Of the server's errors only their kind is kept, since a message may quote what was sent.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, RedisError, Value};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::AbortHandle;

use crate::dedup::redis::server::{RedisAddress, RedisCredentials, RedisServer};
use crate::events::{self, Event};
use crate::random;

/// Interval between checks, and between attempts to connect.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Timeout of a check, connecting included: well above a lookup's timeout, so that an occasional slow answer is no outage.
const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

/// TTL of the key that a check writes: nobody reads it again.
const PROBE_TTL: Duration = Duration::from_secs(1);

/// The connection, while the server accepts writes.
pub(super) type SharedConnection = ArcSwapOption<MultiplexedConnection>;

/// Why the server does not accept writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub(crate) enum RedisFault {
    /// The connection could not be made, or broke.
    Unreachable,
    /// TLS failed.
    Tls,
    /// No answer in time.
    TimedOut,
    /// The server returned an error: a wrong password, a replica, no memory.
    Refused,
    /// The server returned something that is not an answer to `SET`.
    Garbled,
}

impl RedisFault {
    /// Its name in events.
    fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::TimedOut => "timed_out",
            Self::Refused => "refused",
            Self::Garbled => "garbled",
        }
    }
}

impl From<RedisError> for RedisFault {
    fn from(error: RedisError) -> Self {
        use redis::ErrorKind::{AuthenticationFailed, Extension, Server};
        if matches!(error.kind(), Server(_) | Extension | AuthenticationFailed) {
            Self::Refused
        } else if error.is_io_error() {
            Self::Unreachable
        } else {
            Self::Garbled
        }
    }
}

/// Maintains the connection.
pub(super) struct ConnectionTask {
    server: RedisServer,
    credentials: RedisCredentials,
    connection: Arc<SharedConnection>,
    /// The task that drives the connection. If it ends, the next check fails and connects anew.
    driver: Option<AbortHandle>,
    failing: bool,
    /// How many of the next checks panic.
    #[cfg(test)]
    pub(super) injected_panics: Arc<std::sync::atomic::AtomicU64>,
}

impl ConnectionTask {
    pub(super) fn new(server: RedisServer, credentials: RedisCredentials, connection: Arc<SharedConnection>) -> Self {
        Self {
            server,
            credentials,
            connection,
            driver: None,
            failing: false,
            #[cfg(test)]
            injected_panics: Arc::default(),
        }
    }

    /// Checks whether the server accepts writes, connecting first if there is no connection. Reports changes, and withdraws the
    /// connection from the workers when the check fails.
    pub(super) async fn check(&mut self) {
        let checked = tokio::time::timeout(CHECK_TIMEOUT, self.probe()).await;
        match checked.unwrap_or(Err(RedisFault::TimedOut)) {
            Ok(()) if self.failing => {
                self.failing = false;
                events::emit(&Event::DedupeRecovered);
            }
            Ok(()) => {}
            Err(fault) => {
                self.disconnect();
                if !self.failing {
                    self.failing = true;
                    events::emit(&Event::DedupeFailed(fault.as_str()));
                }
            }
        }
    }

    /// Withdraws the connection from the workers.
    pub(super) fn disconnect(&mut self) {
        self.connection.store(None);
        self.driver.take().inspect(AbortHandle::abort);
    }

    async fn probe(&mut self) -> Result<(), RedisFault> {
        #[cfg(test)]
        self.panic_if_injected();
        let current = self.connection.load_full();
        let connection = match &current {
            Some(connection) => connection.clone(),
            None => Arc::new(self.connect().await?),
        };
        // Only a write shows that the server is no replica, and only a new key that it distinguishes keys.
        let key = format!("qsproxy:l:{:016x}", random::random_u64());
        if !set_if_absent(&connection, &key, PROBE_TTL).await? {
            return Err(RedisFault::Garbled);
        }
        if current.is_none() {
            self.connection.store(Some(connection));
        }
        Ok(())
    }

    #[cfg(test)]
    #[allow(clippy::panic, reason = "injected by a test")]
    fn panic_if_injected(&self) {
        use std::sync::atomic::Ordering::Relaxed;
        let injected = self.injected_panics.load(Relaxed);
        if injected > 0 {
            self.injected_panics.store(injected - 1, Relaxed);
            panic!("injected");
        }
    }

    async fn connect(&mut self) -> Result<MultiplexedConnection, RedisFault> {
        match &self.server.place {
            RedisAddress::Tcp(host, port) => {
                let stream = connect_tcp(host, *port).await?;
                self.log_in(stream).await
            }
            RedisAddress::Tls(host, port) => {
                let name = ServerName::try_from(host.clone()).map_err(|_| RedisFault::Tls)?;
                let connector = tokio_rustls::TlsConnector::from(self.credentials.tls.clone());
                let stream = connect_tcp(host, *port).await?;
                let stream = connector.connect(name, stream).await.map_err(|_| RedisFault::Tls)?;
                self.log_in(stream).await
            }
            RedisAddress::Socket(path) => {
                let stream = UnixStream::connect(path).await.map_err(|_| RedisFault::Unreachable)?;
                self.log_in(stream).await
            }
        }
    }

    /// Logs in, and starts the connection's driver. Sends no client name and no version.
    async fn log_in<S>(&mut self, stream: S) -> Result<MultiplexedConnection, RedisFault>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut login = RedisConnectionInfo::default()
            .set_protocol(redis::ProtocolVersion::RESP2)
            .set_db(self.server.database.into())
            .set_skip_set_lib_name();
        if let Some(user) = &self.server.user {
            login = login.set_username(user);
        }
        if let Some(password) = &self.credentials.password {
            login = login.set_password(password.as_str());
        }
        // Callers have timeouts of their own.
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        let (connection, driver) = MultiplexedConnection::new_with_config(&login, stream, config).await?;
        let driver = tokio::task::spawn(driver).abort_handle();
        if let Some(former) = self.driver.replace(driver) {
            former.abort();
        }
        Ok(connection)
    }
}

async fn connect_tcp(host: &str, port: u16) -> Result<TcpStream, RedisFault> {
    let stream = TcpStream::connect((host, port)).await.map_err(|_| RedisFault::Unreachable)?;
    stream.set_nodelay(true).map_err(|_| RedisFault::Unreachable)?;
    Ok(stream)
}

/// `SET key 1 NX PX ttl`: with milliseconds, so that no mark is rounded to live longer than what it marks. The shortest TTL that the
/// protocol allows is one. True if the key did not exist.
pub(super) async fn set_if_absent(
    connection: &MultiplexedConnection,
    key: &str,
    ttl: Duration,
) -> Result<bool, RedisError> {
    let mut command = Cmd::new();
    command.arg("SET").arg(key).arg(1).arg("NX").arg("PX").arg(ttl.as_millis().max(1));
    let answer = connection.clone().send_packed_command(&command).await?.extract_error()?;
    if answer == Value::Okay {
        Ok(true)
    } else if answer == Value::Nil {
        Ok(false)
    } else {
        Err((redis::ErrorKind::UnexpectedReturnType, "SET returned neither OK nor nil").into())
    }
}

/// Settings of a server on which deduplication depends. None where its user may not see them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RedisFacts {
    /// Whether it writes snapshots.
    pub(crate) saves: Option<bool>,
    /// Whether it writes an append-only file.
    pub(crate) appends: Option<bool>,
    /// What it does when its memory is full.
    pub(crate) policy: Option<String>,
}

/// Connects, makes the check that nodes make, and asks for the settings.
///
/// # Errors
/// Why the server does not accept writes.
pub(crate) async fn inspect(server: RedisServer, credentials: RedisCredentials) -> Result<RedisFacts, RedisFault> {
    let shared = Arc::new(SharedConnection::empty());
    let mut task = ConnectionTask::new(server, credentials, shared.clone());
    let probed = tokio::time::timeout(CHECK_TIMEOUT, task.probe()).await;
    probed.unwrap_or(Err(RedisFault::TimedOut))?;
    let connection = shared.load_full().ok_or(RedisFault::Unreachable)?;
    let saves = setting(&connection, "save").await.map(|save| !save.is_empty());
    let appends = setting(&connection, "appendonly").await.map(|append| append != "no");
    let policy = setting(&connection, "maxmemory-policy").await;
    task.disconnect();
    Ok(RedisFacts { saves, appends, policy })
}

/// `CONFIG GET name`.
async fn setting(connection: &MultiplexedConnection, name: &str) -> Option<String> {
    let mut command = Cmd::new();
    command.arg("CONFIG").arg("GET").arg(name);
    let mut connection = connection.clone();
    let answer = tokio::time::timeout(CHECK_TIMEOUT, connection.send_packed_command(&command)).await.ok()?.ok()?;
    let answer: Vec<String> = redis::from_redis_value(answer.extract_error().ok()?).ok()?;
    match answer.as_slice() {
        [_, value] => Some(value.clone()),
        _ => None,
    }
}
