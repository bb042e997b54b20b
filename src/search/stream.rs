//! A partner's page during a search: read in chunks, rewritten and forwarded. Nothing is forwarded before the first result, so
//! that another partner can be asked if the page turns out to be a wall. It is counted at its end, because only then is it
//! known whether it contained sponsored links.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::answer::html::{PageStats, RewriteRules, Rewriter};
use crate::clients::search_places::SearchPlace;
use crate::http_client::body::UpstreamBody;
use crate::problem::PartnerFailure;
use crate::search::attempt::PartnerAttempt;
use crate::search::downstream::{Downstream, StreamEncoder};
use crate::search::links::LinkSealer;
use crate::search::verdict::{link_collector, page_outcome};
use crate::state::AppState;
use crate::work::{WorkLost, work_of};

/// Most bytes of the partner's page rewritten at once, and the least. In between, as many as cost one slice if the page stays as
/// dense as it was.
const CHUNK_BYTES: usize = 16_384;
const MIN_CHUNK_BYTES: usize = 256;

/// Most bytes of the rewritten page that are kept until it has a result. Rewritten pages have their first result within some
/// kilobytes, since scripts and styles are removed.
const MAX_UNDECIDED_BYTES: usize = 1 << 20;

/// A partner's page that is being read and rewritten.
pub(super) struct PageReader {
    body: UpstreamBody,
    /// `None` only while a slice of the page is rewritten, and after a panic there.
    rewriter: Option<Rewriter>,
    /// Bytes to rewrite next.
    chunk_bytes: usize,
}

impl PageReader {
    /// Rewrites the page. `search_form` replaces its search forms.
    pub(super) fn for_page(
        rules: &Arc<RewriteRules>,
        body: UpstreamBody,
        search_form: String,
        sealer: LinkSealer,
    ) -> Self {
        let rewrite = move |url| sealer.rewrite(url);
        let charset = body.charset();
        let rewriter = Rewriter::new(rules.clone(), charset.as_deref(), search_form, PageStats::default(), rewrite);
        Self::new(body, rewriter)
    }

    /// Collects the links of the page only.
    pub(super) fn for_links(rules: &Arc<RewriteRules>, body: UpstreamBody) -> Self {
        let charset = body.charset();
        Self::new(body, link_collector(rules, charset.as_deref()))
    }

    fn new(body: UpstreamBody, rewriter: Rewriter) -> Self {
        let rewriter = if body.is_xhtml() { rewriter.for_xhtml() } else { rewriter };
        Self { body, rewriter: Some(rewriter), chunk_bytes: CHUNK_BYTES / 4 }
    }

    /// Rewrites the start of these bytes and removes it from them.
    ///
    /// # Errors
    /// [`PartnerFailure::TooLong`] if the page needs too much memory or work; [`PartnerFailure::TimedOut`];
    /// [`PartnerFailure::Shape`] after a panic.
    async fn rewrite(&mut self, bytes: &mut Bytes) -> Result<String, PartnerFailure> {
        let turn = self.body.turn().await?;
        let slice = turn.slice();
        let chunk = bytes.split_to(self.chunk_bytes.min(bytes.len()));
        let length = chunk.len();
        let Some(mut rewriter) = self.rewriter.take() else { return Err(PartnerFailure::Shape) };
        let rewriting = turn.run(move || {
            let output = rewriter.push(&chunk);
            (rewriter.take_work(), output, rewriter)
        });
        let (work, output, rewriter) = rewriting.await.map_err(|WorkLost| PartnerFailure::Shape)?;
        self.rewriter = Some(rewriter);
        let output = output.map_err(|_| PartnerFailure::TooLong)?;
        self.body.charge(work)?;
        let affordable = work_of(length, slice).checked_div(work).and_then(|bytes| usize::try_from(bytes).ok());
        self.chunk_bytes = affordable.unwrap_or(CHUNK_BYTES).clamp(MIN_CHUNK_BYTES, CHUNK_BYTES);
        Ok(output)
    }

    fn has_results(&self) -> bool {
        self.rewriter.as_ref().is_some_and(Rewriter::has_results)
    }

    /// Ends the page ([`Rewriter::finish`]).
    fn finish(self) -> (String, PageStats) {
        self.rewriter.map(Rewriter::finish).unwrap_or_default()
    }

    /// Reads the whole page and discards the rewritten text.
    ///
    /// # Errors
    /// Those of [`UpstreamBody::next`]; [`PartnerFailure::TooLong`] if the page needs too much memory or work; those of
    /// [`page_outcome`].
    pub(super) async fn into_stats(mut self) -> Result<PageStats, PartnerFailure> {
        let mut is_empty = true;
        while let Some(mut bytes) = self.body.next().await? {
            while !bytes.is_empty() {
                is_empty = false;
                self.rewrite(&mut bytes).await?;
            }
        }
        let (_, stats) = self.finish();
        if is_empty { Err(PartnerFailure::Shape) } else { page_outcome(&stats).map(|_| stats) }
    }
}

/// A page that answers the search. From here on no other partner can be asked.
pub(super) struct StreamingPage<'a> {
    attempt: PartnerAttempt<'a>,
    place: SearchPlace,
    /// What was rewritten so far.
    start: String,
    rest: PageRest,
    around: Surroundings,
}

/// Our markup around a partner's page.
pub(super) struct Surroundings {
    /// Precedes the page.
    pub(super) head: String,
    /// Follows it.
    pub(super) foot: Bytes,
    /// Precedes `foot` if the page is truncated.
    pub(super) truncation_notice: Bytes,
}

/// What follows the start of a page.
enum PageRest {
    /// More, after these bytes that were read but not rewritten.
    Open(Box<PageReader>, Bytes),
    /// Nothing: it has ended, without results.
    Ended(PageStats),
}

impl<'a> StreamingPage<'a> {
    /// A compressor for the page, unless the partner says that it is short, or its client may not have the memory for it.
    pub(super) fn encoder(&self, state: &AppState) -> Option<StreamEncoder> {
        let length = match &self.rest {
            PageRest::Open(reader, _) => reader.body.content_length(),
            PageRest::Ended(_) => Some(self.start.len()),
        };
        if length.is_some_and(|length| length < state.compress_bytes) {
            return None;
        }
        StreamEncoder::new(self.place.client(), state, self.attempt.partner.lane.clone())
    }

    /// Waits until the page has results, or for its end.
    ///
    /// # Errors
    /// Those of [`PageReader::into_stats`].
    pub(super) async fn open(
        mut reader: PageReader,
        attempt: PartnerAttempt<'a>,
        place: SearchPlace,
        around: Surroundings,
    ) -> Result<Self, PartnerFailure> {
        let (mut start, mut is_empty) = (String::new(), true);
        while let Some(mut bytes) = reader.body.next().await? {
            while !bytes.is_empty() {
                is_empty = false;
                let rewritten = reader.rewrite(&mut bytes).await?;
                if start.is_empty() {
                    start = rewritten;
                } else {
                    start.push_str(&rewritten);
                }
                if reader.has_results() || start.len() >= MAX_UNDECIDED_BYTES {
                    let rest = PageRest::Open(Box::new(reader), bytes);
                    return Ok(Self { attempt, place, start, rest, around });
                }
            }
        }
        let (end, stats) = reader.finish();
        if is_empty {
            return Err(PartnerFailure::Shape);
        }
        page_outcome(&stats)?;
        start.push_str(&end);
        Ok(Self { attempt, place, start, rest: PageRest::Ended(stats), around })
    }

    /// Forwards the page to its end and returns what was on it, and whether it was complete. A client that disconnects
    /// does not stop the reading, so the page is counted all the same. What a slow client has not read by then is
    /// delivered in the background.
    pub(super) async fn forward(
        self,
        channel: mpsc::Sender<Bytes>,
        encoder: Option<StreamEncoder>,
        state: &AppState,
    ) -> (PageStats, bool) {
        let Surroundings { head, foot, truncation_notice } = self.around;
        let mut client = Downstream::new(channel, encoder, self.place.client().clone(), state);
        client.push(head.into()).await;
        client.push(self.start.into()).await;
        let (stats, failure) = match self.rest {
            PageRest::Ended(stats) => (stats, None),
            PageRest::Open(mut reader, bytes) => {
                let failure = forward_chunks(&mut reader, bytes, &mut client).await.err();
                let (end, stats) = reader.finish();
                client.push(end.into()).await;
                if failure.is_some() {
                    client.push(truncation_notice).await;
                }
                // A page that was forwarded for its length alone may still turn out to be a wall.
                let failure = failure.or(page_outcome(&stats).err());
                (stats, failure)
            }
        };
        self.attempt.finish_with(failure, client.waited());
        client.push(foot).await;
        client.push_end();
        client.drain();
        (stats, failure.is_none())
    }
}

/// Rewrites and forwards `bytes` and what follows them.
async fn forward_chunks(
    reader: &mut PageReader,
    mut bytes: Bytes,
    client: &mut Downstream,
) -> Result<(), PartnerFailure> {
    loop {
        while !bytes.is_empty() {
            client.push(reader.rewrite(&mut bytes).await?.into()).await;
        }
        bytes = loop {
            if client.is_full() {
                // A client that reads slowly must not use up the partner's timeout.
                reader.body.extend_deadline(client.wait().await);
                continue;
            }
            tokio::select! {
                biased;
                () = client.send_next() => {}
                bytes = reader.body.next() => match bytes? {
                    Some(bytes) => break bytes,
                    None => return Ok(()),
                },
                // Nothing is there to be read: what was compressed goes out, so that the client can show it.
                () = std::future::ready(()), if client.has_unflushed() => client.flush(),
            }
        };
    }
}
