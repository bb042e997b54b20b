//! A partner's page on its way through a search: read piece by piece, rewritten, passed on, and counted at
//! its end, since only then it is known whether there were sponsored links on it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::asking::Asking;
use super::sealing::Sealing;
use crate::limit::Permit;
use crate::partner::client::Body;
use crate::problem::Failure;
use crate::results::html::{Page, Rewriter, Tally};
use crate::world;

/// Most bytes of the partner's page that are rewritten at once: one read of its connection can give some 400 KB,
/// and what they become would be in memory several times.
const PIECE: usize = 16_384;

/// Pieces of a page that wait for a slow client; with as many the partner is not read further.
pub(super) const PIECES: usize = 8;

/// How long a client may keep a page waiting, all its pauses together. Whoever takes longer has left, or holds
/// a place that others wait for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A partner's page that is being read and rewritten.
pub(super) struct Reading {
    body: Body,
    rewriter: Rewriter,
}

impl Reading {
    /// For the page itself.
    pub(super) fn of_page(page: &Arc<Page>, body: Body, form: String, sealing: Sealing) -> Self {
        let seal = move |sealed| sealing.path(sealed);
        let rewriter = Rewriter::new(page.clone(), body.charset().as_deref(), form, Tally::default(), seal);
        Self { body, rewriter }
    }

    /// For its links alone.
    pub(super) fn of_links(page: &Arc<Page>, body: Body) -> Self {
        let (charset, form) = (body.charset(), String::new());
        let rewriter = Rewriter::new(page.clone(), charset.as_deref(), form, Tally::gathering(), |_| String::new());
        Self { body, rewriter }
    }

    /// Reads the whole page; what it becomes is not wanted.
    ///
    /// # Errors
    /// As [`Body::next`]; [`Failure::TooLong`] for a page beyond what the rewriter can hold.
    pub(super) async fn into_tally(mut self) -> Result<Tally, Failure> {
        while let Some(read) = self.body.next().await? {
            for piece in read.chunks(PIECE) {
                self.rewriter.push(piece).map_err(|_| Failure::TooLong)?;
            }
        }
        Ok(self.rewriter.finish().1)
    }
}

/// A page whose beginning has arrived: from here on no other partner can be asked.
pub(super) struct OpenPage<'p> {
    reading: Reading,
    asking: Asking<'p>,
    _permit: Permit,
    beginning: Bytes,
    /// What is shown where the partner breaks off.
    broken: Bytes,
}

impl<'p> OpenPage<'p> {
    /// Waits for the page's first bytes. An answer without any is none.
    ///
    /// # Errors
    /// As [`Body::next`]; [`Failure::Shape`] where there are no bytes.
    pub(super) async fn open(
        mut reading: Reading,
        asking: Asking<'p>,
        permit: Permit,
        broken: Bytes,
    ) -> Result<Self, Failure> {
        loop {
            let beginning = reading.body.next().await?.ok_or(Failure::Shape)?;
            if !beginning.is_empty() {
                return Ok(Self { reading, asking, _permit: permit, beginning, broken });
            }
        }
    }

    /// Passes the page on to its end, and tells what was on it and whether it was whole. A client that leaves
    /// does not end it: what was on the page is counted.
    pub(super) async fn pass_on(mut self, to: mpsc::Sender<Bytes>) -> (Tally, bool) {
        let mut client = Client { to: Some(to), patience: PATIENCE };
        let failure = self.pieces(&mut client).await.err();
        self.asking.ended(failure);
        let (rest, tally) = self.reading.rewriter.finish();
        let note = if failure.is_some() { self.broken } else { Bytes::new() };
        for piece in [rest.into(), note].into_iter().filter(|piece: &Bytes| !piece.is_empty()) {
            client.give(piece).await;
        }
        client.give(Bytes::new()).await;
        (tally, failure.is_none())
    }

    async fn pieces(&mut self, client: &mut Client) -> Result<(), Failure> {
        let Reading { body, rewriter } = &mut self.reading;
        let mut next = Some(std::mem::take(&mut self.beginning));
        while let Some(read) = next {
            for piece in read.chunks(PIECE) {
                let written = rewriter.push(piece).map_err(|_| Failure::TooLong)?;
                if !written.is_empty() {
                    // The partner is not to blame for a client that reads slowly.
                    body.excuse(client.give(written.into()).await);
                }
            }
            next = body.next().await?;
        }
        Ok(())
    }
}

/// Who gets the pieces, until they leave.
struct Client {
    to: Option<mpsc::Sender<Bytes>>,
    patience: Duration,
}

impl Client {
    /// Gives a piece, and tells how long that took. Without an end the page of who took too long breaks off.
    async fn give(&mut self, piece: Bytes) -> Duration {
        let Some(to) = &self.to else { return Duration::ZERO };
        let began = world::instant();
        let given = tokio::time::timeout(self.patience, to.send(piece)).await;
        let took = world::instant().duration_since(began);
        self.patience = self.patience.saturating_sub(took);
        if !matches!(given, Ok(Ok(()))) {
            self.to = None;
        }
        took
    }
}
