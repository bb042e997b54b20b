//! A partner's page on its way through a search: read piece by piece, rewritten, passed on, and counted at
//! its end, since only then it is known whether there were sponsored links on it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::answer::html::{PageStats, RewriteRules, Rewriter};
use crate::concurrency_limit::{ConcurrencyLimit, Permit};
use crate::http_client::AnswerBody;
use crate::problem::PartnerFailure;
use crate::search::attempt::PartnerAttempt;
use crate::search::links::LinkSealer;
use crate::time;

/// Most bytes of the partner's page that are rewritten at once: one read of its connection can give some 400 KB,
/// and what they become would be in memory several times.
const PIECE: usize = 16_384;

/// Pieces that the connection to the client may hold.
pub(super) const PIECES: usize = 4;

/// Bytes of a page that wait for a slow client before the partner is not read further: most pages whole, so
/// that no client decides how long a partner is kept.
const BUFFER: usize = 1 << 20;

/// How long a client may keep a partner waiting whose page is longer than that, all its pauses together.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a client may take for the rest of a page, once the partner has sent all of it, before it counts as slow.
const AT_ONCE: Duration = Duration::from_secs(2);

/// How long a page waits for a slow client after that.
const DELIVERY: Duration = Duration::from_secs(60);

/// Pages that may wait so, all of them together half a gigabyte at most. One more breaks off.
pub const PAGES_WAITING: usize = 512;

/// A partner's page that is being read and rewritten.
pub(super) struct PageReader {
    body: AnswerBody,
    rewriter: Rewriter,
}

impl PageReader {
    /// For the page itself.
    pub(super) fn of_page(page: &Arc<RewriteRules>, body: AnswerBody, form: String, sealing: LinkSealer) -> Self {
        let seal = move |sealed| sealing.path(sealed);
        let rewriter = Rewriter::new(page.clone(), body.charset().as_deref(), form, PageStats::default(), seal);
        Self { body, rewriter }
    }

    /// For its links alone.
    pub(super) fn of_links(page: &Arc<RewriteRules>, body: AnswerBody) -> Self {
        let (charset, form) = (body.charset(), String::new());
        let rewriter = Rewriter::new(page.clone(), charset.as_deref(), form, PageStats::gathering(), |_| String::new());
        Self { body, rewriter }
    }

    /// Reads the whole page; what it becomes is not wanted.
    ///
    /// # Errors
    /// As [`AnswerBody::next`]; [`PartnerFailure::TooLong`] for a page beyond what the rewriter can hold.
    pub(super) async fn into_tally(mut self) -> Result<PageStats, PartnerFailure> {
        while let Some(read) = self.body.next().await? {
            for piece in read.chunks(PIECE) {
                self.rewriter.push(piece).map_err(|_| PartnerFailure::TooLong)?;
                tokio::task::yield_now().await;
            }
        }
        Ok(self.rewriter.finish().1)
    }
}

/// A page whose beginning has arrived: from here on no other partner can be asked.
pub(super) struct StreamingPage<'p> {
    reading: PageReader,
    asking: PartnerAttempt<'p>,
    _permit: Permit,
    beginning: Bytes,
    /// What is shown where the partner breaks off.
    broken: Bytes,
}

impl<'p> StreamingPage<'p> {
    /// Waits for the page's first bytes. An answer without any is none.
    ///
    /// # Errors
    /// As [`AnswerBody::next`]; [`PartnerFailure::Shape`] where there are no bytes.
    pub(super) async fn open(
        mut reading: PageReader,
        asking: PartnerAttempt<'p>,
        permit: Permit,
        broken: Bytes,
    ) -> Result<Self, PartnerFailure> {
        loop {
            let beginning = reading.body.next().await?.ok_or(PartnerFailure::Shape)?;
            if !beginning.is_empty() {
                return Ok(Self { reading, asking, _permit: permit, beginning, broken });
            }
        }
    }

    /// Passes the page on to its end, and tells what was on it and whether it was whole. A client that leaves
    /// does not end it: what was on the page is counted. What a slow one has not taken then waits on its own.
    pub(super) async fn pass_on(mut self, to: mpsc::Sender<Bytes>, waiting: &ConcurrencyLimit) -> (PageStats, bool) {
        let mut client = Downstream { to: Some(to), queue: VecDeque::new(), bytes: 0, patience: PATIENCE };
        let failure = self.pieces(&mut client).await.err();
        self.asking.ended(failure);
        let (rest, tally) = self.reading.rewriter.finish();
        client.put(rest.into());
        if failure.is_some() {
            client.put(self.broken);
        }
        client.end();
        let waiting = waiting.clone();
        tokio::task::spawn(async move {
            // Who reads at once needs no place, however many slow ones hold them all.
            let slow = tokio::time::timeout(AT_ONCE, client.take_all()).await.is_err();
            if slow && let Some(_place) = waiting.permit() {
                tokio::time::timeout(DELIVERY, client.take_all()).await.ok();
            }
        });
        (tally, failure.is_none())
    }

    async fn pieces(&mut self, client: &mut Downstream) -> Result<(), PartnerFailure> {
        let PageReader { body, rewriter } = &mut self.reading;
        let mut read = std::mem::take(&mut self.beginning);
        loop {
            for piece in read.chunks(PIECE) {
                client.put(rewriter.push(piece).map_err(|_| PartnerFailure::TooLong)?.into());
                // A packed answer can be much at once, and others use this thread, too.
                tokio::task::yield_now().await;
            }
            read = loop {
                if client.is_full() {
                    // The partner is not to blame for a client that reads slowly.
                    body.excuse(client.wait().await);
                    continue;
                }
                tokio::select! {
                    biased;
                    () = client.take() => {}
                    read = body.next() => match read? {
                        Some(read) => break read,
                        None => return Ok(()),
                    },
                }
            };
        }
    }
}

/// Who gets the pieces, until they leave.
struct Downstream {
    to: Option<mpsc::Sender<Bytes>>,
    queue: VecDeque<Bytes>,
    bytes: usize,
    patience: Duration,
}

impl Downstream {
    /// Has a piece wait for the client.
    fn put(&mut self, piece: Bytes) {
        if self.to.is_some() && !piece.is_empty() {
            self.bytes += piece.len();
            self.queue.push_back(piece);
        }
    }

    /// The empty piece, which is the end. Who does not get it has a page that broke off.
    fn end(&mut self) {
        self.queue.push_back(Bytes::new());
    }

    fn is_full(&self) -> bool {
        self.bytes >= BUFFER
    }

    /// Ready when the client has taken a piece, or has left. Where none waits, never.
    async fn take(&mut self) {
        let place = match &self.to {
            Some(to) if !self.queue.is_empty() => to.reserve().await.ok(),
            Some(_) | None => std::future::pending().await,
        };
        if let Some((place, piece)) = place.and_then(|place| Some((place, self.queue.pop_front()?))) {
            self.bytes = self.bytes.saturating_sub(piece.len());
            place.send(piece);
        } else {
            self.leave();
        }
    }

    async fn take_all(&mut self) {
        while self.to.is_some() && !self.queue.is_empty() {
            self.take().await;
        }
    }

    /// Waits for the client to take a piece, as long as there is patience left, and tells for how long it did.
    async fn wait(&mut self) -> Duration {
        let began = time::instant();
        let taken = tokio::time::timeout(self.patience, self.take()).await;
        let took = time::instant().duration_since(began);
        self.patience = self.patience.saturating_sub(took);
        if taken.is_err() {
            self.leave();
        }
        took
    }

    fn leave(&mut self) {
        self.to = None;
        self.queue.clear();
        self.bytes = 0;
    }
}
