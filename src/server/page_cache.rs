//! Rendered pages that are the same for every reader with the same language and code. The privacy statement is long: rendering it for
//! each request would let a client that asks for it in bulk take the time of others, and would keep a copy for each answer that waits.
//!
//! An entry says that somebody read the statement in this language since the configuration was loaded, and nothing more.

use bytes::Bytes;
use moka::sync::Cache;

use crate::fields::language::Language;
use crate::name::ConfigName;
use crate::ui::i18n::UiLanguage;
use crate::ui::page_context::PageContext;

/// Bytes of all cached pages: the statement in every language of a long list, for some codes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Approximate overhead of an entry in addition to the bytes of the page.
const ENTRY_OVERHEAD_BYTES: usize = 256;

/// A page that depends on nothing but its [`PageContext`] and the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommonPage {
    /// The privacy statement for readers without a visit stamp.
    Privacy,
    /// What personal data is recognized.
    PersonalData,
}

/// Everything that a common page depends on.
#[derive(Debug, PartialEq, Eq, Hash)]
struct PageKey {
    page: CommonPage,
    ui_language: UiLanguage,
    /// The language that the search box carries on.
    language: Option<Language>,
    code: Option<ConfigName>,
}

/// The cache, for one configuration.
#[derive(Debug)]
pub struct PageCache(Cache<PageKey, Bytes>);

impl Default for PageCache {
    fn default() -> Self {
        let weight = |page: &Bytes| page.len().saturating_add(ENTRY_OVERHEAD_BYTES);
        let cache = Cache::builder().max_capacity(MAX_BYTES);
        Self(cache.weigher(move |_, page| u32::try_from(weight(page)).unwrap_or(u32::MAX)).build())
    }
}

impl PageCache {
    /// The page for this context, rendered if it is not cached.
    pub fn get(&self, page: CommonPage, context: &PageContext, render: impl FnOnce() -> String) -> Bytes {
        let key = PageKey {
            page,
            ui_language: UiLanguage::from_language(&context.language),
            language: context.language_requested.then(|| context.language.clone()),
            code: context.code.clone(),
        };
        self.0.get_with(key, || Bytes::from(render()))
    }
}
