//! Deduplication across nodes, in a server that speaks the Redis protocol: `SET mark 1 NX PX milliseconds` tells whether the mark is new,
//! and the server deletes it when it expires (Redis commands, `SET`). It expires with what it marks: the link or the day.
//!
//! While the server does not accept writes, nobody waits for it: a lookup fails at once.

mod connection;
mod server;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::dedup::redis::connection::{CHECK_INTERVAL, ConnectionTask, SharedConnection, set_if_absent};
pub(crate) use crate::dedup::redis::connection::{RedisFacts, inspect};
pub use crate::dedup::redis::server::{RedisAddress, RedisCredentials, RedisServer};
use crate::metrics::Metrics;
use crate::time::Day;

/// Timeout of a lookup. A server in the same network answers in less than a hundredth of that, and a person who clicks hardly notices
/// it. When the server hangs, clicks take that much longer until the next check.
const LOOKUP_TIMEOUT: Duration = Duration::from_millis(100);

/// What a mark belongs to. Its text is the key in the server.
#[derive(Debug, Clone, Copy)]
pub enum RedisKey {
    /// A clicked token.
    Click(u64),
    /// A visit stamp, seen on a day.
    Stamp(Day, u64),
    /// An anonymous ID, seen on a day.
    Id(Day, u64),
}

impl fmt::Display for RedisKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Click(mark) => write!(f, "qsproxy:c:{mark:016x}"),
            Self::Stamp(day, mark) => write!(f, "qsproxy:v:{}:{mark:016x}", day.0),
            Self::Id(day, mark) => write!(f, "qsproxy:i:{}:{mark:016x}", day.0),
        }
    }
}

/// The shared server, as workers use it.
#[derive(Debug)]
pub struct RedisDedup {
    connection: Arc<SharedConnection>,
    metrics: Arc<Metrics>,
}

impl RedisDedup {
    /// Starts the thread that maintains the connection. Returns after the first attempt to connect, successful or not.
    ///
    /// # Errors
    /// The thread or its runtime cannot be started.
    pub fn start(server: RedisServer, credentials: RedisCredentials, metrics: Arc<Metrics>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connection = Arc::new(SharedConnection::empty());
        let mut task = ConnectionTask::new(server, credentials, connection.clone());
        runtime.block_on(task.check());
        std::thread::Builder::new().name("dedupe".into()).spawn(move || maintain(&runtime, task))?;
        Ok(Self { connection, metrics })
    }

    /// Records a mark for this long. True the first time at any node; None if the server does not answer in time, which is counted in
    /// the metric `dedupe_failures`.
    pub(super) async fn is_first(&self, key: RedisKey, ttl: Duration) -> Option<bool> {
        let answer = match self.connection.load_full() {
            Some(connection) => {
                tokio::time::timeout(LOOKUP_TIMEOUT, set_if_absent(&connection, &key.to_string(), ttl)).await.ok()
            }
            None => None,
        };
        let first = answer.and_then(Result::ok);
        if first.is_none() {
            self.metrics.dedupe_failures.inc();
        }
        first
    }
}

/// Checks the connection for as long as the process lives. Each check is a task of its own: a panic, which the panic hook reports, costs
/// one check and the connection, and the next check connects anew.
fn maintain(runtime: &Runtime, task: ConnectionTask) {
    let task = Arc::new(tokio::sync::Mutex::new(task));
    runtime.block_on(async {
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let checking = task.clone();
            let check = tokio::task::spawn(async move { checking.lock().await.check().await });
            if check.await.is_err() {
                task.lock().await.disconnect();
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixListener;
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::time;

    #[test]
    fn keys_differ_by_use_and_day() {
        let keys = [RedisKey::Click(7), RedisKey::Stamp(Day(20_000), 7), RedisKey::Id(Day(20_000), 7)];
        let wanted =
            ["qsproxy:c:", "qsproxy:v:20000:", "qsproxy:i:20000:"].map(|start| format!("{start}0000000000000007"));
        assert_eq!(keys.map(|key| key.to_string()), wanted);
    }

    /// A server that answers every command with `+OK`, and counts its connections.
    fn serve(listener: UnixListener, connections: Arc<std::sync::atomic::AtomicU64>) {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            connections.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || {
                let mut buffer = [0; 4_096];
                while let Ok(read) = stream.read(&mut buffer) {
                    let commands = buffer[..read].iter().filter(|byte| **byte == b'*').count();
                    if read == 0 || stream.write_all("+OK\r\n".repeat(commands).as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    }

    #[test]
    fn a_panic_costs_one_check_and_not_the_thread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("redis.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let connections = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let counter = connections.clone();
        std::thread::spawn(move || serve(listener, counter));
        let server = RedisServer { place: RedisAddress::Socket(path), user: None, database: 0 };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let tls = tls.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
        let shared = Arc::new(SharedConnection::empty());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let credentials = RedisCredentials { password: None, tls: Arc::new(tls) };
        let mut task = ConnectionTask::new(server, credentials, shared.clone());
        let injected = task.injected_panics.clone();
        runtime.block_on(task.check());
        assert!(shared.load().is_some() && connections.load(Ordering::Relaxed) == 1);
        std::thread::spawn(move || maintain(&runtime, task));
        injected.store(1, Ordering::Relaxed);
        let start = time::instant();
        while connections.load(Ordering::Relaxed) < 2 || shared.load().is_none() {
            assert!(start.elapsed() < Duration::from_secs(20), "no new connection after the panic");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
