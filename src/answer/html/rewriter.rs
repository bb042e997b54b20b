//! The rewriter: connects charset decoder, tokenizer and writer.

use std::sync::Arc;

use crate::answer::html::charset::Charset;
use crate::answer::html::rules::{RewriteRules, RewrittenUrl};
use crate::answer::html::source_reader::SourceReader;
use crate::answer::html::stats::PageStats;
use crate::answer::html::writer::HtmlWriter;
use crate::answer::html::xhtml::Xhtml;
use crate::work::work_of;

pub use crate::answer::html::source_reader::{MAX_TOKENIZER_BYTES, MemoryLimitExceeded};

/// The work for a part of a page, in the units of [`crate::work`]: for a push, a byte, and a link or an image that is rewritten. Tags and
/// texts are counted where they are read.
const PUSH_WORK: u64 = 1_000;
const BYTE_WORK: u64 = 5;
const URL_WORK: u64 = 4_000;

/// Rewrites one page.
pub struct Rewriter {
    charset: Charset,
    /// For a page of the type `application/xhtml+xml`.
    xhtml: Option<Xhtml>,
    /// The chunk being rewritten, decoded.
    text: String,
    /// `None` after it exceeded its memory limit.
    reader: Option<SourceReader>,
    writer: HtmlWriter,
    work: u64,
}

impl Rewriter {
    /// A rewriter for a page of this partner. `charset` is that of its `Content-Type`. `search_form` is our markup, which
    /// replaces search forms. `rewrite_url` returns the URL that a link or an image gets; an empty one removes the image.
    pub fn new(
        rules: Arc<RewriteRules>,
        charset: Option<&str>,
        search_form: String,
        stats: PageStats,
        rewrite_url: impl FnMut(RewrittenUrl) -> String + Send + 'static,
    ) -> Self {
        let writer = HtmlWriter::new(rules, search_form, Box::new(rewrite_url), stats);
        let (charset, reader) = (Charset::new(charset), Some(SourceReader::default()));
        Self { charset, xhtml: None, text: String::new(), reader, writer, work: 0 }
    }

    /// The same for a page of the type `application/xhtml+xml`.
    #[must_use]
    pub fn for_xhtml(self) -> Self {
        Self { xhtml: Some(Xhtml::default()), ..self }
    }

    /// Rewrites the next bytes of the page, split anywhere, and returns the output for them.
    ///
    /// # Errors
    /// [`MemoryLimitExceeded`]. From then on, only [`Self::finish`] is of use.
    pub fn push(&mut self, bytes: &[u8]) -> Result<String, MemoryLimitExceeded> {
        self.feed(bytes, false)?;
        self.writer.settle_shell();
        Ok(self.writer.output.take_ready())
    }

    /// The work since the last call, as [`crate::work`] counts it.
    pub fn take_work(&mut self) -> u64 {
        std::mem::take(&mut self.work)
    }

    /// Ends the page, also a truncated one. Returns the rest of the output, with all elements closed, and what was on the
    /// page.
    #[must_use]
    pub fn finish(mut self) -> (String, PageStats) {
        // The only possible error is that a tag was too long, and that tag is not written.
        self.feed(&[], true).ok();
        let writer = &mut self.writer;
        writer.close_all();
        let mut stats = std::mem::take(&mut writer.stats);
        stats.verdict = writer.signs.verdict(&writer.rules);
        (writer.output.take_ready(), stats)
    }

    /// Whether the page has results for certain. Until then it may turn out to be a wall.
    #[must_use]
    pub fn has_results(&self) -> bool {
        self.writer.signs.is_decided()
    }

    fn feed(&mut self, bytes: &[u8], is_last: bool) -> Result<(), MemoryLimitExceeded> {
        self.text.clear();
        self.charset.decode(bytes, is_last, &mut self.text);
        if let Some(xhtml) = &mut self.xhtml {
            self.text = xhtml.convert(&self.text);
        }
        let reader = self.reader.as_mut().ok_or(MemoryLimitExceeded)?;
        let urls = self.writer.rewritten_urls();
        self.writer.output.reserve(self.text.len());
        let read = reader.read(&self.text, is_last, &mut self.writer);
        let urls = self.writer.rewritten_urls() - urls;
        let bytes = work_of(bytes.len().max(self.text.len()), BYTE_WORK);
        let work = [PUSH_WORK, bytes, work_of(urls, URL_WORK), reader.take_work()];
        self.work = work.into_iter().fold(self.work, u64::saturating_add);
        if read.is_err() {
            self.reader = None;
        }
        read
    }
}

impl std::fmt::Debug for Rewriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rewriter(…)")
    }
}
