//! Connections that are kept for later requests.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use tokio_util::sync::{CancellationToken, DropGuard};

use crate::http_client::connector::Connection;

/// How long an idle connection stays open: less than the 60 s after which many servers close theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// A connection until it is taken, or has ended.
type Slot = Arc<Mutex<Option<Connection>>>;

/// A kept connection. Its task ends when this is dropped.
struct Kept {
    slot: Slot,
    _task: DropGuard,
}

/// The idle connections to each host, the one that was used last at the end.
pub(super) struct IdleConnections {
    hosts: Mutex<HashMap<Host, Vec<Kept>>>,
    /// Connections to one host.
    max: usize,
}

/// A scheme and an authority: what a connection leads to.
pub(super) type Host = (http::uri::Scheme, http::uri::Authority);

impl IdleConnections {
    /// Keeps at most this many connections to a host.
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { hosts: Mutex::default(), max })
    }

    /// Removes and returns an open connection to a host.
    pub(super) fn take(&self, host: &Host) -> Option<Connection> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = hosts.get_mut(host)?;
        std::iter::from_fn(|| kept.pop()).find_map(|kept| take(&kept.slot))
    }

    /// Where a connection to this host goes after its exchange.
    pub(super) fn slot(self: &Arc<Self>, host: Host) -> IdleSlot {
        IdleSlot { connections: Arc::downgrade(self), host }
    }

    /// Adds a connection, unless there are enough.
    fn add(&self, host: &Host, kept: Kept) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let all = hosts.entry(host.clone()).or_default();
        if all.len() < self.max {
            all.push(kept);
        }
    }

    /// Removes the connections that have ended.
    fn remove_ended(&self, host: &Host) {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(all) = hosts.get_mut(host) else { return };
        all.retain(|kept| kept.slot.lock().unwrap_or_else(PoisonError::into_inner).is_some());
        if all.is_empty() {
            hosts.remove(host);
        }
    }
}

fn take(slot: &Slot) -> Option<Connection> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// A place among the idle connections to a host. Nothing is kept once the client was dropped.
pub(super) struct IdleSlot {
    connections: Weak<IdleConnections>,
    host: Host,
}

impl IdleSlot {
    /// Keeps a connection until it is taken, ends, or was idle for [`IDLE_TIMEOUT`].
    pub(super) async fn keep(self, connection: Connection) {
        let slot: Slot = Arc::new(Mutex::new(Some(connection)));
        let taken = CancellationToken::new();
        {
            let Some(connections) = self.connections.upgrade() else { return };
            connections.add(&self.host, Kept { slot: slot.clone(), _task: taken.clone().drop_guard() });
        }
        // A connection that waits zeroes the buffers of TLS, which contain the response.
        let end = poll_fn(|context| match slot.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(connection) => connection.poll_end(context),
            None => Poll::Ready(()),
        });
        tokio::select! {
            biased;
            () = taken.cancelled() => return,
            () = end => {}
            () = tokio::time::sleep(IDLE_TIMEOUT) => {}
        }
        drop(take(&slot));
        if let Some(connections) = self.connections.upgrade() {
            connections.remove_ended(&self.host);
        }
    }
}
