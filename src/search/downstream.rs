//! The client's side of a streaming page: a bounded buffer, and limits on how long a slow client is waited for.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::clients::limiter::ClientLimiter;
use crate::clients::share::SharePermit;
use crate::clients::state::Client;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::state::AppState;
use crate::time;

/// Chunks that the channel to the client's connection may contain.
pub(super) const CHANNEL_CHUNKS: usize = 4;

/// Bytes of a page buffered for a slow client before reading from the partner pauses. Most pages fit, so a client
/// rarely decides how long a connection to a partner is in use.
const BUFFER_BYTES: usize = 1 << 20;

/// How long a client may block the reading of a longer page, all pauses together.
const MAX_BLOCKING: Duration = Duration::from_secs(10);

/// A chunk with its part of the bytes that may wait for clients, which is returned when the chunk has left memory.
struct HeldChunk {
    bytes: Bytes,
    _held: SharePermit,
}

impl AsRef<[u8]> for HeldChunk {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Delivers chunks to one client until it disconnects.
pub(super) struct Downstream {
    /// `None` after the client disconnected.
    channel: Option<mpsc::Sender<Bytes>>,
    client: Client,
    limiter: ClientLimiter,
    /// The bytes that may wait for all clients.
    total: ConcurrencyLimit,
    queue: VecDeque<Bytes>,
    /// Bytes in the queue.
    queued: usize,
    /// How much longer the client may block the reading.
    blocking_left: Duration,
}

impl Downstream {
    pub(super) fn new(channel: mpsc::Sender<Bytes>, client: Client, state: &AppState) -> Self {
        let (limiter, total) = (state.limiter.clone(), state.waiting_bytes.clone());
        let channel = Some(channel);
        Self { channel, client, limiter, total, queue: VecDeque::new(), queued: 0, blocking_left: MAX_BLOCKING }
    }

    /// Queues a chunk. If too much waits for this client, or for all of them, its page ends here.
    pub(super) fn push(&mut self, chunk: Bytes) {
        if self.channel.is_none() || chunk.is_empty() {
            return;
        }
        let Ok(held) = self.limiter.take_bytes(&self.client, chunk.len(), &self.total) else {
            return self.disconnect();
        };
        self.queued += chunk.len();
        self.queue.push_back(Bytes::from_owner(HeldChunk { bytes: chunk, _held: held }));
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

    /// Delivers what is queued, in a task of its own, for as long as the connection waits for the client.
    pub(super) fn drain(mut self) {
        tokio::task::spawn(async move { self.send_all().await });
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
