//! Reads the source of a page: splits it into tokens, follows which elements are open, and reports start tags, ends and text to the writer.

use crate::answer::html::open_elements::{OpenElements, ends_foreign};
use crate::answer::html::page_token::{Namespace, PageToken, TextKind};
use crate::answer::html::tag_scanner::StartTag;
use crate::answer::html::tokenizer::Tokenizer;
use crate::answer::html::writer::{EndTagWatch, HtmlWriter};
use crate::work::work_of;

/// Most bytes of a page that are kept because it is not known yet what they are: enough for a tag of megabytes. The output for a page that
/// needs more is truncated, and so is that of one with more than some ten thousand elements that are never closed.
pub const MAX_TOKENIZER_BYTES: usize = 4 << 20;

/// The work for a part of a page, in the units of [`crate::work`]: for a start tag (with its end tag), each element that is open around it, an
/// attribute, and a piece of text.
const TAG_WORK: u64 = 400;
const DEPTH_WORK: u64 = 8;
const ATTRIBUTE_WORK: u64 = 50;
const TEXT_WORK: u64 = 60;

/// How often what was kept is read with one more `>` behind it. Values of attributes may have many of these.
const MAX_ATTEMPTS: usize = 8;

/// The page needs more memory than [`MAX_TOKENIZER_BYTES`], or has too many open elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimitExceeded;

/// Reads one page.
#[derive(Debug, Default)]
pub(super) struct SourceReader {
    tokenizer: Tokenizer,
    open: OpenElements,
    /// The beginning of a tag, or what else depends on what follows.
    rest: String,
    /// Reads the content of the open `noscript`, which is text to the page around it.
    noscript: Option<Box<SourceReader>>,
    work: u64,
}

impl SourceReader {
    /// Reads the next part of the page.
    ///
    /// # Errors
    /// [`MemoryLimitExceeded`]. The reader is of no use then.
    pub(super) fn read(
        &mut self,
        text: &str,
        is_last: bool,
        writer: &mut HtmlWriter,
    ) -> Result<(), MemoryLimitExceeded> {
        let text = self.read_rest(text, is_last, writer)?;
        if self.rest.is_empty() {
            let read = self.read_tokens(text, is_last, writer)?;
            self.rest.push_str(text.get(read..).unwrap_or_default());
        }
        if is_last {
            self.end_noscript(writer)?;
        }
        if self.rest.len() <= MAX_TOKENIZER_BYTES { Ok(()) } else { Err(MemoryLimitExceeded) }
    }

    /// Reads what was kept, with so much of the new text behind it as it takes: mostly up to the end of a tag. Returns what is left of the text.
    fn read_rest<'t>(
        &mut self,
        text: &'t str,
        is_last: bool,
        writer: &mut HtmlWriter,
    ) -> Result<&'t str, MemoryLimitExceeded> {
        let mut left = text;
        for attempt in 0.. {
            if self.rest.is_empty() || (attempt > 0 && left.is_empty()) {
                break;
            }
            let end = memchr::memchr(b'>', left.as_bytes()).filter(|_| attempt < MAX_ATTEMPTS);
            let (part, after) = left.split_at_checked(end.map_or(left.len(), |end| end + 1)).unwrap_or((left, ""));
            let mut whole = std::mem::take(&mut self.rest);
            whole.push_str(part);
            left = after;
            let read = self.read_tokens(&whole, is_last && left.is_empty(), writer)?;
            whole.drain(..read);
            self.rest = whole;
        }
        Ok(left)
    }

    /// The work since the last call.
    pub(super) fn take_work(&mut self) -> u64 {
        std::mem::take(&mut self.work)
    }

    /// Reads the tokens of a part, and returns how much of it was read.
    fn read_tokens(
        &mut self,
        page: &str,
        is_last: bool,
        writer: &mut HtmlWriter,
    ) -> Result<usize, MemoryLimitExceeded> {
        let mut at = 0;
        while let Some(token) = self.tokenizer.next(page, &mut at, is_last, self.open.namespace()) {
            match token {
                PageToken::StartTag(tag) => {
                    self.work = self.work.saturating_add(work_of_tag(&tag, writer));
                    start(&mut self.open, &tag, writer)?;
                }
                PageToken::EndTag(name) => {
                    if let Some(noscript) = self.noscript.take() {
                        self.work = self.work.saturating_add(finish(*noscript, writer)?);
                    }
                    self.open.close(name, |watch| end(writer, watch, name));
                }
                PageToken::Text(text, kind) => {
                    self.work = self.work.saturating_add(TEXT_WORK);
                    if kind == TextKind::Raw && writer.is_in_noscript() {
                        self.noscript.get_or_insert_default().read(text, false, writer)?;
                    } else {
                        writer.text(text, kind);
                    }
                }
            }
        }
        Ok(at)
    }

    fn end_noscript(&mut self, writer: &mut HtmlWriter) -> Result<(), MemoryLimitExceeded> {
        if let Some(noscript) = self.noscript.take() {
            self.work = self.work.saturating_add(finish(*noscript, writer)?);
        }
        Ok(())
    }
}

/// Reads the end of a `noscript`, and returns the work for it.
fn finish(mut noscript: SourceReader, writer: &mut HtmlWriter) -> Result<u64, MemoryLimitExceeded> {
    noscript.read("", true, writer)?;
    Ok(noscript.take_work())
}

fn start(open: &mut OpenElements, tag: &StartTag<'_>, writer: &mut HtmlWriter) -> Result<(), MemoryLimitExceeded> {
    let name = tag.name();
    if open.namespace() == Namespace::Foreign && ends_foreign(name) {
        open.close_foreign(|watch| end(writer, watch, name));
    }
    let watch = writer.start(tag);
    if !tag.can_have_content() {
        return Ok(());
    }
    open.push(name, watch).map_err(|_| MemoryLimitExceeded)
}

/// Reports the end of an element, which a tag of this name caused.
fn end(writer: &mut HtmlWriter, EndTagWatch { id, own_name }: EndTagWatch, name: &str) {
    writer.end(id, own_name.is_none_or(|own| own == name));
}

fn work_of_tag(tag: &StartTag<'_>, writer: &HtmlWriter) -> u64 {
    let attributes = work_of(tag.attribute_count(), ATTRIBUTE_WORK);
    TAG_WORK.saturating_add(work_of(writer.depth(), DEPTH_WORK)).saturating_add(attributes)
}
