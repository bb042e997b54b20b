//! A partner's page during a search: read in chunks, rewritten and forwarded. It is counted at its end, because only
//! then is it known whether it contained sponsored links.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::answer::html::{PageStats, RewriteRules, Rewriter};
use crate::clients::share::SharePermit;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::http_client::body::UpstreamBody;
use crate::problem::PartnerFailure;
use crate::search::attempt::PartnerAttempt;
use crate::search::downstream::Downstream;
use crate::search::links::LinkSealer;

/// Most bytes of the partner's page rewritten at once. One read of its connection can return some 400 KB, and the
/// rewritten text would be in memory several times.
const CHUNK_BYTES: usize = 16_384;

/// A partner's page that is being read and rewritten.
pub(super) struct PageReader {
    body: UpstreamBody,
    rewriter: Rewriter,
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
        Self { body, rewriter }
    }

    /// Collects the links of the page only.
    pub(super) fn for_links(rules: &Arc<RewriteRules>, body: UpstreamBody) -> Self {
        let charset = body.charset();
        let stats = PageStats::collecting_links();
        let rewriter = Rewriter::new(rules.clone(), charset.as_deref(), String::new(), stats, |_| String::new());
        Self { body, rewriter }
    }

    /// Reads the whole page and discards the rewritten text.
    ///
    /// # Errors
    /// Those of [`UpstreamBody::next`]; [`PartnerFailure::TooLong`] if the rewriter exceeds its memory limit.
    pub(super) async fn into_stats(mut self) -> Result<PageStats, PartnerFailure> {
        while let Some(bytes) = self.body.next().await? {
            for chunk in bytes.chunks(CHUNK_BYTES) {
                self.rewriter.push(chunk).map_err(|_| PartnerFailure::TooLong)?;
                tokio::task::yield_now().await;
            }
        }
        Ok(self.rewriter.finish().1)
    }
}

/// A page of which the first bytes have arrived. From here on no other partner can be asked.
pub(super) struct StreamingPage<'a> {
    reader: PageReader,
    attempt: PartnerAttempt<'a>,
    _permit: SharePermit,
    first_bytes: Bytes,
    truncation_notice: Bytes,
}

impl<'a> StreamingPage<'a> {
    /// Waits for the first bytes of the page. `truncation_notice` is appended to a truncated page.
    ///
    /// # Errors
    /// Those of [`UpstreamBody::next`]; [`PartnerFailure::Shape`] for an empty body.
    pub(super) async fn open(
        mut reader: PageReader,
        attempt: PartnerAttempt<'a>,
        permit: SharePermit,
        truncation_notice: Bytes,
    ) -> Result<Self, PartnerFailure> {
        loop {
            let first_bytes = reader.body.next().await?.ok_or(PartnerFailure::Shape)?;
            if !first_bytes.is_empty() {
                return Ok(Self { reader, attempt, _permit: permit, first_bytes, truncation_notice });
            }
        }
    }

    /// Forwards the page to its end and returns what was on it, and whether it was complete. A client that disconnects
    /// does not stop the reading, so the page is counted all the same. What a slow client has not read by then is
    /// delivered in the background.
    pub(super) async fn forward(
        mut self,
        channel: mpsc::Sender<Bytes>,
        draining_pages: &ConcurrencyLimit,
    ) -> (PageStats, bool) {
        let mut client = Downstream::new(channel);
        let failure = self.forward_chunks(&mut client).await.err();
        self.attempt.finish(failure);
        let (rest, stats) = self.reader.rewriter.finish();
        client.push(rest.into());
        if failure.is_some() {
            client.push(self.truncation_notice);
        }
        client.push_end();
        client.drain(draining_pages.clone());
        (stats, failure.is_none())
    }

    async fn forward_chunks(&mut self, client: &mut Downstream) -> Result<(), PartnerFailure> {
        let PageReader { body, rewriter } = &mut self.reader;
        let mut bytes = std::mem::take(&mut self.first_bytes);
        loop {
            for chunk in bytes.chunks(CHUNK_BYTES) {
                client.push(rewriter.push(chunk).map_err(|_| PartnerFailure::TooLong)?.into());
                // One read of a compressed body can be large, and other requests share this thread.
                tokio::task::yield_now().await;
            }
            bytes = loop {
                if client.is_full() {
                    // A client that reads slowly must not use up the partner's timeout.
                    body.extend_deadline(client.wait().await);
                    continue;
                }
                tokio::select! {
                    biased;
                    () = client.send_next() => {}
                    bytes = body.next() => match bytes? {
                        Some(bytes) => break bytes,
                        None => return Ok(()),
                    },
                }
            };
        }
    }
}
