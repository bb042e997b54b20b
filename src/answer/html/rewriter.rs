//! The rewriter: connects charset decoder, tokenizer and writer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lol_html::html_content::{EndTag, TextChunk, TextType};
use lol_html::send::{DocumentContentHandlers, ElementContentHandlers, Settings};
use lol_html::{HandlerResult, MemorySettings, Selector};

use crate::answer::html::charset::Charset;
use crate::answer::html::rules::{RewriteRules, RewrittenUrl};
use crate::answer::html::stats::PageStats;
use crate::answer::html::writer::{EndTagWatch, HtmlWriter};
use crate::answer::html::xhtml::Xhtml;
use crate::work::work_of;

/// Most memory of the tokenizer, in bytes: enough for a tag of megabytes, or some ten thousand elements that are never
/// closed. The output for a page that needs more is truncated.
pub const MAX_TOKENIZER_BYTES: usize = 4 << 20;

/// The work for a part of a page, in the units of [`crate::work`]: for a push, a byte, a start tag (with its end tag), each element
/// that is open around it, an attribute, a piece of text, and a link or an image that is rewritten.
const PUSH_WORK: u64 = 1_000;
const BYTE_WORK: u64 = 5;
const TAG_WORK: u64 = 400;
const DEPTH_WORK: u64 = 8;
const ATTRIBUTE_WORK: u64 = 50;
const TEXT_WORK: u64 = 60;
const URL_WORK: u64 = 4_000;

/// The page needs more memory than [`MAX_TOKENIZER_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimitExceeded;

type Tokenizer = lol_html::send::HtmlRewriter<'static, fn(&[u8])>;

/// Rewrites one page.
pub struct Rewriter {
    charset: Charset,
    /// For a page of the type `application/xhtml+xml`.
    xhtml: Option<Xhtml>,
    /// The chunk being rewritten, decoded.
    text: String,
    /// `None` after it exceeded its memory limit.
    tokenizer: Option<Tokenizer>,
    writer: Arc<Mutex<HtmlWriter>>,
    work: WorkMeter,
}

/// Counts the work for a page.
#[derive(Clone, Default)]
struct WorkMeter(Arc<AtomicU64>);

impl WorkMeter {
    fn add(&self, work: u64) {
        self.0.fetch_add(work, Ordering::Relaxed);
    }
}

impl Rewriter {
    /// A rewriter for a page of this partner. `charset` is that of its `Content-Type`. `search_form` is our markup, which
    /// replaces search forms. `rewrite_url` returns the URL that a link or an image gets; an empty one removes the image.
    pub fn new(
        rules: Arc<RewriteRules>,
        charset: Option<&str>,
        search_form: String,
        stats: PageStats,
        mut rewrite_url: impl FnMut(RewrittenUrl) -> String + Send + 'static,
    ) -> Self {
        let work = WorkMeter::default();
        let meter = work.clone();
        let rewrite_url = move |url| {
            meter.add(URL_WORK);
            rewrite_url(url)
        };
        let writer = HtmlWriter::new(rules, search_form, Box::new(rewrite_url), stats);
        let writer = Arc::new(Mutex::new(writer));
        let tokenizer = page_tokenizer(&writer, &work);
        Self { charset: Charset::new(charset), xhtml: None, text: String::new(), tokenizer, writer, work }
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
        let mut writer = lock(&self.writer);
        writer.settle_shell();
        Ok(writer.output.take_ready())
    }

    /// The work since the last call, as [`crate::work`] counts it.
    pub fn take_work(&mut self) -> u64 {
        self.work.0.swap(0, Ordering::Relaxed)
    }

    /// Ends the page, also a truncated one. Returns the rest of the output, with all elements closed, and what was on the
    /// page.
    #[must_use]
    pub fn finish(mut self) -> (String, PageStats) {
        let fed = self.feed(&[], true);
        if let (Ok(()), Some(tokenizer)) = (fed, self.tokenizer.take()) {
            // The only possible error is that a tag was too long, and that tag is not written.
            tokenizer.end().ok();
        }
        let mut writer = lock(&self.writer);
        writer.close_all();
        let mut stats = std::mem::take(&mut writer.stats);
        stats.verdict = writer.signs.verdict(&writer.rules);
        (writer.output.take_ready(), stats)
    }

    /// Whether the page has results for certain. Until then it may turn out to be a wall.
    #[must_use]
    pub fn has_results(&self) -> bool {
        lock(&self.writer).signs.is_decided()
    }

    fn feed(&mut self, bytes: &[u8], is_last: bool) -> Result<(), MemoryLimitExceeded> {
        self.text.clear();
        self.charset.decode(bytes, is_last, &mut self.text);
        if let Some(xhtml) = &mut self.xhtml {
            self.text = xhtml.convert(&self.text);
        }
        self.work.add(work_of(bytes.len().max(self.text.len()), BYTE_WORK).saturating_add(PUSH_WORK));
        let tokenizer = self.tokenizer.as_mut().ok_or(MemoryLimitExceeded)?;
        if tokenizer.write(self.text.as_bytes()).is_err() {
            // lol_html must not be used after an error.
            self.tokenizer = None;
            return Err(MemoryLimitExceeded);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Rewriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rewriter(…)")
    }
}

fn lock(writer: &Mutex<HtmlWriter>) -> MutexGuard<'_, HtmlWriter> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A tokenizer that reports a page to the writer. The content of `noscript` is text to it, so a second one reads that.
fn page_tokenizer(writer: &Arc<Mutex<HtmlWriter>>, work: &WorkMeter) -> Option<Tokenizer> {
    let (writer_of_text, meter) = (writer.clone(), work.clone());
    let mut noscript: Option<Tokenizer> = None;
    tokenizer(writer, work, move |chunk| {
        let is_noscript = chunk.text_type() == TextType::RawText && lock(&writer_of_text).is_in_noscript();
        if !is_noscript {
            lock(&writer_of_text).text(chunk.as_str(), chunk.text_type());
            return Ok(());
        }
        let mut inner = noscript.take().or_else(|| noscript_tokenizer(&writer_of_text, &meter));
        if let Some(inner) = &mut inner {
            inner.write(chunk.as_str().as_bytes())?;
        }
        if !chunk.last_in_text_node() {
            noscript = inner;
        } else if let Some(inner) = inner {
            inner.end()?;
        }
        Ok(())
    })
}

fn noscript_tokenizer(writer: &Arc<Mutex<HtmlWriter>>, work: &WorkMeter) -> Option<Tokenizer> {
    let writer_of_text = writer.clone();
    tokenizer(writer, work, move |chunk| {
        lock(&writer_of_text).text(chunk.as_str(), chunk.text_type());
        Ok(())
    })
}

/// A tokenizer that reports every start tag and end tag to the writer, and text to `on_text`. Its own output is discarded. It is
/// not strict: if it parses a page differently from a browser, the output is different, but as harmless.
fn tokenizer(
    writer: &Arc<Mutex<HtmlWriter>>,
    work: &WorkMeter,
    mut on_text: impl FnMut(&mut TextChunk<'_>) -> HandlerResult + Send + 'static,
) -> Option<Tokenizer> {
    let every_element: Selector = "*".parse().ok()?;
    let (tag_writer, tag_meter, text_meter) = (writer.clone(), work.clone(), work.clone());
    let tags = ElementContentHandlers::default().element(move |element: &mut lol_html::send::Element<'_, '_>| {
        let mut open = lock(&tag_writer);
        let attributes = work_of(element.attributes().len(), ATTRIBUTE_WORK);
        tag_meter.add(TAG_WORK.saturating_add(work_of(open.depth(), DEPTH_WORK)).saturating_add(attributes));
        let watch = open.start(element);
        drop(open);
        if let (Some(EndTagWatch { id, own_name }), true) = (watch, element.can_have_content()) {
            let writer = tag_writer.clone();
            element.on_end_tag(Box::new(move |end_tag: &mut EndTag<'_>| {
                lock(&writer).end(id, own_name.is_none_or(|name| end_tag.name() == name));
                Ok(())
            }))?;
        }
        Ok(())
    });
    let text = DocumentContentHandlers::default().text(move |chunk: &mut TextChunk<'_>| {
        text_meter.add(TEXT_WORK);
        on_text(chunk)
    });
    let settings = Settings::new_send()
        .append_element_content_handler((std::borrow::Cow::Owned(every_element), tags))
        .append_document_content_handler(text)
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MAX_TOKENIZER_BYTES))
        .with_strict(false);
    fn discard(_: &[u8]) {}
    Some(Tokenizer::new(settings, discard))
}
