//! The memory that nodes share: a server that speaks the Redis protocol, and is told `SET mark 1 NX EX seconds` (Redis
//! commands, SET). It answers whether the mark was new, and forgets it by itself.
//!
//! One thread keeps one connection for all workers and looks every second whether the server still takes marks. While
//! it does not, nobody waits for it: its askers are told at once that it is away. What it says beyond yes and no ends
//! here.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, RedisError, Value};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::AbortHandle;
use zeroize::Zeroizing;

use crate::events::{self, Event};
use crate::metrics::Metrics;
use crate::random;
use crate::time::Day;

/// How long an answer is waited for. A server in the same network answers in less than a hundredth of that, and a
/// person who clicked hardly notices it; while a server hangs, clicks take that much longer until the next look at it.
const PATIENCE: Duration = Duration::from_millis(100);

/// How often it is looked whether the server takes marks, and tried to reach one that was away.
const LOOK: Duration = Duration::from_secs(1);

/// How long a look may take, with the connecting where there is no connection: well beyond [`PATIENCE`], so that a
/// server which is late now and then is not away.
const LOOK_TIME: Duration = Duration::from_secs(1);

/// How long what a look writes is kept: the least that the protocol can say.
const LOOKED_LIFE: Duration = Duration::from_secs(1);

/// Where the server is, and as whom it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisServer {
    /// Its place.
    pub place: RedisAddress,
    /// The user, where it is not the server's default one.
    pub user: Option<String>,
    /// The number of the database.
    pub database: u16,
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedisAddress {
    /// A host and a port.
    Tcp(String, u16),
    /// Likewise, over TLS.
    Tls(String, u16),
    /// A socket of this machine.
    Socket(PathBuf),
}

/// What opens a connection beside the server's place.
pub struct RedisCredentials {
    /// The password, where one is demanded.
    pub password: Option<Zeroizing<String>>,
    /// How TLS is spoken, where the place says so.
    pub tls: Arc<rustls::ClientConfig>,
}

/// What is remembered, and of what: its text is the key that the server holds.
#[derive(Debug, Clone, Copy)]
pub enum Mark {
    /// A clicked link.
    Click(u64),
    /// A stamp that was shown on a day.
    Stamp(Day, u64),
    /// An ID that was shown on a day.
    Id(Day, u64),
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Click(mark) => write!(f, "qsproxy:c:{mark:016x}"),
            Self::Stamp(day, mark) => write!(f, "qsproxy:v:{}:{mark:016x}", day.0),
            Self::Id(day, mark) => write!(f, "qsproxy:i:{}:{mark:016x}", day.0),
        }
    }
}

/// The shared memory, as its askers see it.
#[derive(Debug)]
pub struct RedisDedup {
    connection: Arc<Current>,
    metrics: Arc<Metrics>,
}

/// The connection, while the server takes marks.
type Current = ArcSwapOption<MultiplexedConnection>;

impl RedisDedup {
    /// Begins to keep a connection. Returns when the server was reached or could not be.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub fn start(server: RedisServer, access: RedisCredentials, metrics: Arc<Metrics>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connection = Arc::new(Current::empty());
        let mut keeper = Keeper { server, access, connection: connection.clone(), driver: None, away: false };
        runtime.block_on(keeper.look());
        std::thread::Builder::new().name("dedupe".into()).spawn(move || runtime.block_on(keeper.keep()))?;
        Ok(Self { connection, metrics })
    }

    /// True the first time that any node shows this mark within `life`; None where the server is away or late.
    pub(super) async fn is_first(&self, mark: Mark, life: Duration) -> Option<bool> {
        let answer = match self.connection.load_full() {
            Some(connection) => tokio::time::timeout(PATIENCE, set(&connection, &mark.to_string(), life)).await.ok(),
            None => None,
        };
        let first = answer.and_then(Result::ok);
        if first.is_none() {
            self.metrics.dedupe_failures.inc();
        }
        first
    }
}

/// Why the server does not take marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RedisFault {
    Unreachable,
    Tls,
    TimedOut,
    /// It answers with an error: another password, a replica, no memory.
    Refused,
    /// It answers with something else.
    Garbled,
}

impl RedisFault {
    fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::TimedOut => "timed_out",
            Self::Refused => "refused",
            Self::Garbled => "garbled",
        }
    }

    /// The error's kind; its text may hold what was sent, and ends here.
    fn of(error: &RedisError) -> Self {
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

/// Keeps the connection.
struct Keeper {
    server: RedisServer,
    access: RedisCredentials,
    connection: Arc<Current>,
    /// What moves the connection's bytes.
    driver: Option<AbortHandle>,
    away: bool,
}

impl Keeper {
    async fn keep(mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.look().await;
        }
    }

    /// Whether the server takes marks: says when that changes, and takes away the connection to one that does not.
    async fn look(&mut self) {
        let looked = tokio::time::timeout(LOOK_TIME, self.try_to_mark()).await;
        match looked.unwrap_or(Err(RedisFault::TimedOut)) {
            Ok(()) if self.away => {
                self.away = false;
                events::emit(&Event::DedupeRecovered);
            }
            Ok(()) => {}
            Err(fault) => {
                self.connection.store(None);
                self.driver.take().inspect(AbortHandle::abort);
                if !self.away {
                    self.away = true;
                    events::emit(&Event::DedupeFailed(fault.as_str()));
                }
            }
        }
    }

    async fn try_to_mark(&mut self) -> Result<(), RedisFault> {
        let current = self.connection.load_full();
        let connection = match &current {
            Some(connection) => connection.clone(),
            None => Arc::new(self.connect().await?),
        };
        // Only a write shows that marks are taken, and only a fresh one that they are told apart.
        let key = format!("qsproxy:l:{:016x}", random::random_u64());
        if !set(&connection, &key, LOOKED_LIFE).await.map_err(|error| RedisFault::of(&error))? {
            return Err(RedisFault::Garbled);
        }
        if current.is_none() {
            self.connection.store(Some(connection));
        }
        Ok(())
    }

    async fn connect(&mut self) -> Result<MultiplexedConnection, RedisFault> {
        match &self.server.place {
            RedisAddress::Tcp(host, port) => {
                let stream = tcp(host, *port).await?;
                self.speak(stream).await
            }
            RedisAddress::Tls(host, port) => {
                let name = ServerName::try_from(host.clone()).map_err(|_| RedisFault::Tls)?;
                let connector = tokio_rustls::TlsConnector::from(self.access.tls.clone());
                let stream = connector.connect(name, tcp(host, *port).await?).await.map_err(|_| RedisFault::Tls)?;
                self.speak(stream).await
            }
            RedisAddress::Socket(path) => {
                let stream = UnixStream::connect(path).await.map_err(|_| RedisFault::Unreachable)?;
                self.speak(stream).await
            }
        }
    }

    /// Logs in, and gives the connection to a task of this thread. Nothing of ours is told: no name, no version.
    async fn speak<S>(&mut self, stream: S) -> Result<MultiplexedConnection, RedisFault>
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
        if let Some(password) = &self.access.password {
            login = login.set_password(password.as_str());
        }
        // Whoever asks has a limit of its own.
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None);
        let connection = MultiplexedConnection::new_with_config(&login, stream, config).await;
        let (connection, driver) = connection.map_err(|error| RedisFault::of(&error))?;
        let driver = tokio::task::spawn(driver).abort_handle();
        if let Some(former) = self.driver.replace(driver) {
            former.abort();
        }
        Ok(connection)
    }
}

async fn tcp(host: &str, port: u16) -> Result<TcpStream, RedisFault> {
    let stream = TcpStream::connect((host, port)).await.map_err(|_| RedisFault::Unreachable)?;
    stream.set_nodelay(true).map_err(|_| RedisFault::Unreachable)?;
    Ok(stream)
}

/// True where the server did not hold this key; it holds it from now on, for this long.
async fn set(connection: &MultiplexedConnection, key: &str, life: Duration) -> Result<bool, RedisError> {
    let mut command = Cmd::new();
    command.arg("SET").arg(key).arg(1).arg("NX").arg("EX").arg(life.as_secs());
    let answer = connection.clone().send_packed_command(&command).await?.extract_error()?;
    if answer == Value::Okay {
        Ok(true)
    } else if answer == Value::Nil {
        Ok(false)
    } else {
        Err((redis::ErrorKind::UnexpectedReturnType, "neither yes nor no").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_apart_by_use_and_day() {
        let keys = [Mark::Click(7), Mark::Stamp(Day(20_000), 7), Mark::Id(Day(20_000), 7)].map(|mark| mark.to_string());
        let wanted =
            ["qsproxy:c:", "qsproxy:v:20000:", "qsproxy:i:20000:"].map(|start| format!("{start}0000000000000007"));
        assert_eq!(keys, wanted);
    }
}
