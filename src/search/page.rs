//! A partner's page on its way through a search: read piece by piece, rewritten, passed on, and counted at
//! its end, since only then it is known whether there were sponsored links on it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{Asking, Sealing, outcome};
use crate::counts::cells::SearchOutcome;
use crate::kind::Kind;
use crate::limit::Permit;
use crate::partner::client::Body;
use crate::parts::Parts;
use crate::problem::Failure;
use crate::results::Entry;
use crate::results::html::{Page, Rewriter, Sealed, SearchForm, Tally};
use crate::world;

/// Pieces of a page that wait for a slow client; with as many the partner is not read further. A piece is
/// what one read of the partner's connection became, at most some 400 KB and mostly a few.
pub const PIECES: usize = 4;

/// A page whose beginning has arrived: from here on no other partner can be asked.
pub(super) struct OpenPage<'p> {
    parts: &'p Parts,
    asking: Asking<'p>,
    _permit: Permit,
    rewriter: Rewriter,
    body: Body,
    beginning: Bytes,
    /// What is shown where the partner breaks off.
    broken: Bytes,
}

/// A rewriter for this answer.
pub(super) fn rewriter(
    page: &Arc<Page>,
    body: &Body,
    form: SearchForm,
    tally: Tally,
    seal: impl FnMut(Sealed) -> String + Send + 'static,
) -> Rewriter {
    Rewriter::new(page.clone(), body.charset().as_deref(), form, tally, seal)
}

/// The links of a whole page as a list.
pub(super) async fn linked(
    mut rewriter: Rewriter,
    mut body: Body,
    parts: &Parts,
    sealing: &Sealing,
) -> Result<Vec<Entry>, Failure> {
    while let Some(piece) = body.next().await? {
        rewriter.push(&piece).map_err(|_| Failure::TooLong)?;
    }
    let (_, tally) = rewriter.finish();
    count_dropped(parts, &tally);
    let entry = |linked: crate::results::html::Linked| Entry {
        title: linked.title,
        url: sealing.link(linked.kind, linked.target),
        display_url: linked.display,
        snippet: String::new(),
        kind: linked.kind,
    };
    Ok(tally.into_results().into_iter().map(entry).collect())
}

impl<'p> OpenPage<'p> {
    /// Waits for the page's first bytes. An answer without any is none.
    ///
    /// # Errors
    /// As [`Body::next`]; [`Failure::Shape`] where there are no bytes.
    pub(super) async fn open(
        parts: &'p Parts,
        asking: Asking<'p>,
        permit: Permit,
        rewriter: Rewriter,
        mut body: Body,
        broken: Bytes,
    ) -> Result<Self, Failure> {
        let beginning = loop {
            match body.next().await? {
                Some(piece) if piece.is_empty() => {}
                Some(piece) => break piece,
                None => return Err(Failure::Shape),
            }
        };
        Ok(Self { parts, asking, _permit: permit, rewriter, body, beginning, broken })
    }

    /// Passes the page on to its end. A client that leaves does not end it: what was on the page is counted.
    pub(super) async fn pass_on(mut self, to: mpsc::Sender<Bytes>) -> SearchOutcome {
        let failure = self.pieces(&to).await.err();
        let (rest, tally) = self.rewriter.finish();
        let broken = if failure.is_some() { self.broken } else { Bytes::new() };
        for piece in [rest.into(), broken].into_iter().filter(|piece: &Bytes| !piece.is_empty()) {
            to.send(piece).await.ok();
        }
        to.send(Bytes::new()).await.ok();
        count_dropped(self.parts, &tally);
        self.asking.ended(failure);
        match failure {
            Some(_) => SearchOutcome::Failed,
            None if tally.sponsored > 0 => outcome([Kind::Sponsored]),
            None => outcome(std::iter::repeat_n(Kind::Organic, tally.organic)),
        }
    }

    async fn pieces(&mut self, to: &mpsc::Sender<Bytes>) -> Result<(), Failure> {
        let mut next = Some(std::mem::take(&mut self.beginning));
        while let Some(piece) = next {
            let written = self.rewriter.push(&piece).map_err(|_| Failure::TooLong)?;
            if !written.is_empty() {
                let began = world::instant();
                to.send(written.into()).await.ok();
                // The partner is not to blame for a client that reads slowly.
                self.body.excuse(world::instant().duration_since(began));
            }
            next = self.body.next().await?;
        }
        Ok(())
    }
}

fn count_dropped(parts: &Parts, tally: &Tally) {
    parts.metrics.targets_dropped.inc_by(u64::try_from(tally.dropped).unwrap_or(u64::MAX));
}
