//! The client's side of a streaming page: a bounded buffer, and limits on how long a slow client is waited for.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::concurrency_limit::ConcurrencyLimit;
use crate::time;

/// Chunks that the channel to the client's connection may contain.
pub(super) const CHANNEL_CHUNKS: usize = 4;

/// Bytes of a page buffered for a slow client before reading from the partner pauses. Most pages fit, so a client
/// rarely decides how long a connection to a partner is in use.
const BUFFER_BYTES: usize = 1 << 20;

/// How long a client may block the reading of a longer page, all pauses together.
const MAX_BLOCKING: Duration = Duration::from_secs(10);

/// How long a client may take for the rest of a page, after the partner has sent all of it, before it counts as slow.
const GRACE: Duration = Duration::from_secs(2);

/// How long the rest of a page is kept for a slow client after that.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(60);

/// How many pages may be kept for slow clients at once: half a gigabyte in total at most. One more is truncated.
pub const MAX_DRAINING_PAGES: usize = 512;

/// Delivers chunks to one client until it disconnects.
pub(super) struct Downstream {
    /// `None` after the client disconnected.
    channel: Option<mpsc::Sender<Bytes>>,
    queue: VecDeque<Bytes>,
    /// Bytes in the queue.
    queued: usize,
    /// How much longer the client may block the reading.
    blocking_left: Duration,
}

impl Downstream {
    pub(super) fn new(channel: mpsc::Sender<Bytes>) -> Self {
        Self { channel: Some(channel), queue: VecDeque::new(), queued: 0, blocking_left: MAX_BLOCKING }
    }

    /// Queues a chunk.
    pub(super) fn push(&mut self, chunk: Bytes) {
        if self.channel.is_some() && !chunk.is_empty() {
            self.queued += chunk.len();
            self.queue.push_back(chunk);
        }
    }

    /// Queues the empty chunk that marks the end. Without it, the client's page is truncated.
    pub(super) fn push_end(&mut self) {
        self.queue.push_back(Bytes::new());
    }

    /// Whether reading from the partner must pause.
    pub(super) fn is_full(&self) -> bool {
        self.queued >= BUFFER_BYTES
    }

    /// Resolves when the client has taken a chunk or disconnected. Pending as long as no chunk is queued.
    pub(super) async fn send_next(&mut self) {
        let slot = match &self.channel {
            Some(channel) if !self.queue.is_empty() => channel.reserve().await.ok(),
            Some(_) | None => std::future::pending().await,
        };
        if let Some((slot, chunk)) = slot.and_then(|slot| Some((slot, self.queue.pop_front()?))) {
            self.queued = self.queued.saturating_sub(chunk.len());
            slot.send(chunk);
        } else {
            self.disconnect();
        }
    }

    /// Waits until the client has taken a chunk, as long as it may still block, and returns for how long it did.
    pub(super) async fn wait(&mut self) -> Duration {
        let started = time::instant();
        let sent = tokio::time::timeout(self.blocking_left, self.send_next()).await;
        let waited = time::instant().duration_since(started);
        self.blocking_left = self.blocking_left.saturating_sub(waited);
        if sent.is_err() {
            self.disconnect();
        }
        waited
    }

    /// For how long the client has blocked the reading so far.
    pub(super) fn waited(&self) -> Duration {
        MAX_BLOCKING.saturating_sub(self.blocking_left)
    }

    /// Delivers what is queued, in a task of its own.
    pub(super) fn drain(mut self, draining_pages: ConcurrencyLimit) {
        tokio::task::spawn(async move {
            // A client that reads promptly needs no permit, even if slow ones have taken all of them.
            let is_slow = tokio::time::timeout(GRACE, self.send_all()).await.is_err();
            if is_slow && let Some(_permit) = draining_pages.permit() {
                tokio::time::timeout(DRAIN_TIMEOUT, self.send_all()).await.ok();
            }
        });
    }

    async fn send_all(&mut self) {
        while self.channel.is_some() && !self.queue.is_empty() {
            self.send_next().await;
        }
    }

    fn disconnect(&mut self) {
        self.channel = None;
        self.queue.clear();
        self.queued = 0;
    }
}
