//! A partner's page on its way to a browser, rewritten as it streams (CONTRACT section 3). The bytes
//! become UTF-8 (`charset`), lol_html tells tags from text, and `scribe` (with `targets` for what leads
//! somewhere) writes a page anew of what the lists in `allow` let through.
//!
//! What one page may hold in memory: [`TOKENIZER_BYTES`] for the tokenizer's open elements and a tag that
//! is not whole yet, some 20 KB for the elements that are open in the output, 16 KB of tags that wait for
//! something to be seen in them (`paper`), and what a piece of the page becomes, which is handed out after each piece.

mod allowlist;
mod attributes;
mod charset;
mod output;
mod stats;
mod targets;
mod writer;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lol_html::html_content::EndTag;
use lol_html::send::{DocumentContentHandlers, ElementContentHandlers, Settings};
use lol_html::{MemorySettings, Selector};

use crate::answer::html::charset::Charset;
pub use crate::answer::html::stats::{LinkedResult, PageStats};
use crate::answer::html::writer::{Ending, HtmlWriter};
use crate::answer::link_rules::LinkRules;
use crate::result_kind::ResultKind;

/// Most bytes that the tokenizer may hold: a tag of megabytes, or some ten thousand elements that are never
/// closed. A page beyond that breaks off.
pub const TOKENIZER_BYTES: usize = 4 << 20;

/// What is sealed into a path of ours.
#[derive(Debug, PartialEq, Eq)]
pub enum RewrittenUrl {
    /// A link to this address.
    Link(ResultKind, String),
    /// The address of an image; an empty path leaves it out.
    Image(String),
}

/// What a partner's pages are like.
#[derive(Debug, Clone)]
pub struct RewriteRules {
    /// Where they stand and whose their links are.
    pub site: LinkRules,
    /// The name under which the partner takes the keyword: the control of that name stays in a search form.
    pub keyword: String,
    /// Whether images come through us; otherwise they go.
    pub images: bool,
}

/// The page is more than [`TOKENIZER_BYTES`] can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooDeep;

type Tokenizer = lol_html::send::HtmlRewriter<'static, fn(&[u8])>;

/// A page that is being rewritten.
pub struct Rewriter {
    charset: Charset,
    text: String,
    /// None once it has failed.
    tokenizer: Option<Tokenizer>,
    scribe: Arc<Mutex<HtmlWriter>>,
}

impl Rewriter {
    /// For a page of this partner, in the charset that its `Content-Type` names. `search_form` is our markup for
    /// what its search forms become; `seal` makes the path that a link or an image gets, an empty one for an image
    /// that is left out.
    pub fn new(
        page: Arc<RewriteRules>,
        charset: Option<&str>,
        search_form: String,
        tally: PageStats,
        seal: impl FnMut(RewrittenUrl) -> String + Send + 'static,
    ) -> Self {
        let scribe = Arc::new(Mutex::new(HtmlWriter::new(page, search_form, Box::new(seal), tally)));
        let tokenizer = tokenizer(&scribe);
        Self { charset: Charset::new(charset), text: String::new(), tokenizer, scribe }
    }

    /// Takes the next bytes of the page, cut anywhere, and gives what they become.
    ///
    /// # Errors
    /// [`TooDeep`]; from then on there is nothing but [`Self::finish`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<String, TooDeep> {
        self.feed(bytes, false)?;
        Ok(lock(&self.scribe).paper.take())
    }

    /// The end of the page, also of one that broke off: the last of it, with everything closed, and what
    /// was on it.
    #[must_use]
    pub fn finish(mut self) -> (String, PageStats) {
        let whole = self.feed(&[], true);
        if let (Ok(()), Some(tokenizer)) = (whole, self.tokenizer.take()) {
            // It can only say that a tag was too long, and that tag is not written.
            tokenizer.end().ok();
        }
        let mut scribe = lock(&self.scribe);
        scribe.end_all();
        (scribe.paper.take(), std::mem::take(&mut scribe.tally))
    }

    fn feed(&mut self, bytes: &[u8], last: bool) -> Result<(), TooDeep> {
        self.text.clear();
        self.charset.decode(bytes, last, &mut self.text);
        let tokenizer = self.tokenizer.as_mut().ok_or(TooDeep)?;
        if tokenizer.write(self.text.as_bytes()).is_err() {
            // It must not be asked again.
            self.tokenizer = None;
            return Err(TooDeep);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Rewriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rewriter(…)")
    }
}

fn lock(scribe: &Mutex<HtmlWriter>) -> MutexGuard<'_, HtmlWriter> {
    scribe.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tokenizer, with every start tag, end and text told to the scribe. What it writes itself is thrown
/// away. It need not be strict: where it reads a page otherwise than a browser would, the page comes
/// out otherwise, and as harmless.
fn tokenizer(scribe: &Arc<Mutex<HtmlWriter>>) -> Option<Tokenizer> {
    let every: Selector = "*".parse().ok()?;
    let (of_tags, of_text) = (scribe.clone(), scribe.clone());
    let tags = ElementContentHandlers::default().element(move |element: &mut lol_html::send::Element<'_, '_>| {
        let ending = lock(&of_tags).start(element);
        if let (Some(Ending { serial, only }), true) = (ending, element.can_have_content()) {
            let scribe = of_tags.clone();
            element.on_end_tag(Box::new(move |end: &mut EndTag<'_>| {
                lock(&scribe).end(serial, only.is_none_or(|name| end.name() == name));
                Ok(())
            }))?;
        }
        Ok(())
    });
    let text = DocumentContentHandlers::default().text(move |chunk: &mut lol_html::html_content::TextChunk<'_>| {
        lock(&of_text).text(chunk.as_str(), chunk.text_type());
        Ok(())
    });
    let settings = Settings::new_send()
        .append_element_content_handler((std::borrow::Cow::Owned(every), tags))
        .append_document_content_handler(text)
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(TOKENIZER_BYTES))
        .with_strict(false);
    fn nowhere(_: &[u8]) {}
    Some(Tokenizer::new(settings, nowhere))
}

#[cfg(test)]
mod tests;
