//! The client's side of a streaming page: a bounded buffer, and limits on how long a slow client is waited for.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::clients::limiter::ClientLimiter;
use crate::clients::share::SharePermit;
use crate::clients::state::Client;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::content_coding::gzip::{ENCODER_BYTES, GzipEncoder};
use crate::content_coding::{CodingFailed, ContentCoding};
use crate::state::AppState;
use crate::time;
use crate::work::{AnswerWork, BudgetExceeded, WorkLane, WorkLost};

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

/// The page cannot be compressed: its work exceeds the budget of an answer, or the coder failed.
struct PageNotCoded;

/// Compresses a page while it is sent. Its memory is a part of the bytes that may wait for clients.
pub(super) struct StreamEncoder {
    /// `None` while a slice is coded, and after a panic.
    gzip: Option<GzipEncoder>,
    work: AnswerWork,
    has_unflushed: bool,
    _held: SharePermit,
}

impl StreamEncoder {
    /// An encoder for a page of the partner of this lane; `None` if there is no memory left for it.
    pub(super) fn new(client: &Client, state: &AppState, lane: WorkLane) -> Option<Self> {
        let held = state.limiter.take_spare_bytes(client, ENCODER_BYTES, &state.waiting_bytes)?;
        Some(Self {
            gzip: Some(GzipEncoder::default()),
            work: AnswerWork::new(lane),
            has_unflushed: false,
            _held: held,
        })
    }

    async fn push(&mut self, mut chunk: Bytes) -> Result<Vec<u8>, PageNotCoded> {
        let mut out = Vec::new();
        while !chunk.is_empty() {
            let turn = self.work.turn().await;
            let slice = chunk.split_to(ContentCoding::Gzip.bytes_of(turn.slice()).min(chunk.len()));
            self.work.charge(ContentCoding::Gzip.work(slice.len())).map_err(|BudgetExceeded| PageNotCoded)?;
            let mut gzip = self.gzip.take().ok_or(PageNotCoded)?;
            let coding = turn.run(move || {
                gzip.push(&slice, &mut out)?;
                Ok((gzip, out))
            });
            let coded = coding.await.map_err(|WorkLost| PageNotCoded)?;
            let (gzip, coded) = coded.map_err(|CodingFailed| PageNotCoded)?;
            (self.gzip, out) = (Some(gzip), coded);
            self.has_unflushed = true;
        }
        Ok(out)
    }

    fn flush(&mut self) -> Result<Vec<u8>, PageNotCoded> {
        let mut out = Vec::new();
        self.gzip.as_mut().ok_or(PageNotCoded)?.flush(&mut out).map_err(|CodingFailed| PageNotCoded)?;
        self.has_unflushed = false;
        Ok(out)
    }

    fn finish(self) -> Result<Vec<u8>, PageNotCoded> {
        let mut out = Vec::new();
        self.gzip.ok_or(PageNotCoded)?.finish(&mut out).map_err(|CodingFailed| PageNotCoded)?;
        Ok(out)
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
    /// Compresses the page.
    encoder: Option<StreamEncoder>,
    /// Bytes in the queue.
    queued: usize,
    /// How much longer the client may block the reading.
    blocking_left: Duration,
}

impl Downstream {
    pub(super) fn new(
        channel: mpsc::Sender<Bytes>,
        encoder: Option<StreamEncoder>,
        client: Client,
        state: &AppState,
    ) -> Self {
        let (limiter, total) = (state.limiter.clone(), state.waiting_bytes.clone());
        let channel = Some(channel);
        Self {
            channel,
            client,
            limiter,
            total,
            queue: VecDeque::new(),
            encoder,
            queued: 0,
            blocking_left: MAX_BLOCKING,
        }
    }

    /// Queues a chunk, compressed where that was asked for. A page that costs too much to compress ends here.
    pub(super) async fn push(&mut self, chunk: Bytes) {
        let Some(encoder) = self.encoder.as_mut().filter(|_| self.channel.is_some()) else { return self.queue(chunk) };
        match encoder.push(chunk).await {
            Ok(coded) => self.queue(coded.into()),
            Err(PageNotCoded) => self.disconnect(),
        }
    }

    /// Whether something was pushed that can neither be sent nor read before a flush.
    pub(super) fn has_unflushed(&self) -> bool {
        self.encoder.as_ref().is_some_and(|encoder| encoder.has_unflushed)
    }

    /// Queues what was pushed so far.
    pub(super) fn flush(&mut self) {
        let Some(encoder) = &mut self.encoder else { return };
        match encoder.flush() {
            Ok(coded) => self.queue(coded.into()),
            Err(PageNotCoded) => self.disconnect(),
        }
    }

    /// Queues a chunk. If too much waits for this client, or for all of them, its page ends here.
    fn queue(&mut self, chunk: Bytes) {
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
        if let Some(encoder) = self.encoder.take().filter(|_| self.channel.is_some()) {
            match encoder.finish() {
                Ok(coded) => self.queue(coded.into()),
                Err(PageNotCoded) => self.disconnect(),
            }
        }
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
        self.encoder = None;
        self.queue.clear();
        self.queued = 0;
    }
}
