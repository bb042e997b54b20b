//! Rewrites a partner's page while it streams (`docs/privacy-requirements.md`). The bytes are decoded to UTF-8 (`charset`),
//! `tokenizer` splits the text into tags and text, `source_reader` follows which elements are open, and `writer` writes a new page of what `allowlist` permits. `targets`
//! handles links, forms and images.
//!
//! `verdict` judges whether the page answers the search, by `walls` (markup) and `phrases` (words); `furniture` is what is no
//! result; `entries` cleans headings, links and addresses as they end.
//!
//! One page needs at most this much memory: [`MAX_TOKENIZER_BYTES`] for an incomplete tag, 4 MB for the open elements of the source, some
//! 20 KB for those of the output, 16 KB of tags that are withheld until they turn out to have visible content (`output`), and the output of
//! one chunk, which is returned after each chunk.

mod address;
mod allowlist;
mod attributes;
mod bounded_text;
mod charset;
mod entries;
mod furniture;
mod headings;
mod noscript;
mod notices;
mod open_elements;
mod open_link;
mod open_text;
mod output;
mod page_token;
mod phrases;
mod raw_text;
mod rewriter;
mod rules;
mod skipped;
mod source_reader;
mod start_tag;
mod stats;
mod tag_scanner;
mod targets;
mod tokenizer;
mod verdict;
mod walls;
mod writer;
mod xhtml;

pub use crate::answer::html::rewriter::{MAX_TOKENIZER_BYTES, MemoryLimitExceeded, Rewriter};
pub use crate::answer::html::rules::{RewriteRules, RewrittenUrl};
pub use crate::answer::html::stats::{LinkedResult, PageStats};
pub use crate::answer::html::verdict::PageVerdict;
pub use crate::answer::html::walls::WallMarker;

#[cfg(test)]
mod tests;
