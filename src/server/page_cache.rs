//! Rendered pages that are the same for every reader with the same language and code. The privacy statement is long: rendering it for each
//! request would let clients that ask for it in bulk take the time of others, and would keep a copy for each answer that waits.
//!
//! Nothing is ever pushed out, whoever asks for what. The configuration bounds how many pages there are with the default code: pages times
//! languages times color schemes. Codes may be many, so their pages are kept while there is room, and the others are rendered for each request.
//!
//! An entry says that somebody read the page in this language and with this code since the configuration was loaded, and nothing more.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use bytes::Bytes;

use crate::fields::language::Language;
use crate::name::ConfigName;
use crate::ui::i18n::UiLanguage;
use crate::ui::page_context::PageContext;
use crate::ui::theme::Theme;

/// Bytes of the pages with codes other than the default one: the statement in some languages for some dozen codes.
const MAX_CODE_PAGES_BYTES: usize = 4 * 1024 * 1024;

/// A page that depends on nothing but its [`PageContext`] and the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommonPage {
    /// The privacy statement for readers without a visit stamp.
    Privacy,
    /// What personal data is recognized.
    PersonalData,
    /// About the service.
    About,
}

/// Everything that a common page depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct PageKey {
    page: CommonPage,
    ui_language: UiLanguage,
    /// The language that the search box carries on.
    language: Option<Language>,
    /// The code, if it is not the default one.
    code: Option<ConfigName>,
    /// The color scheme, if it is not the browser's.
    theme: Option<Theme>,
}

/// The cache, for one configuration.
#[derive(Debug, Default)]
pub struct PageCache {
    pages: RwLock<HashMap<PageKey, Arc<OnceLock<Bytes>>>>,
    /// Bytes of those with a code.
    code_pages_bytes: AtomicUsize,
}

impl PageCache {
    /// The page for this context, rendered if it is not cached.
    pub fn get(&self, page: CommonPage, context: &PageContext, render: impl FnOnce() -> String) -> Bytes {
        let key = PageKey {
            page,
            ui_language: UiLanguage::from_language(&context.language),
            language: context.language_requested.then(|| context.language.clone()),
            code: context.code.clone(),
            theme: context.theme,
        };
        let has_code = key.code.is_some();
        let render = || Bytes::from(render());
        let Some(entry) = self.entry(key) else { return render() };
        let render_and_count = || {
            let page = render();
            if has_code {
                self.code_pages_bytes.fetch_add(page.len(), Ordering::Relaxed);
            }
            page
        };
        entry.get_or_init(render_and_count).clone()
    }

    /// The place of a page; `None` if there is no room for it. Pages that are rendered at this moment exceed the limit by as many as there are
    /// threads.
    fn entry(&self, key: PageKey) -> Option<Arc<OnceLock<Bytes>>> {
        let known = self.pages.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let has_room = key.code.is_none() || self.code_pages_bytes.load(Ordering::Relaxed) < MAX_CODE_PAGES_BYTES;
        let add = || self.pages.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        known.or_else(|| has_room.then(add))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::language::Languages;

    const PAGES: [CommonPage; 2] = [CommonPage::Privacy, CommonPage::PersonalData];

    #[test]
    fn whatever_is_asked_for_no_page_is_pushed_out_and_there_is_a_bounded_number() {
        let service = Arc::default();
        let (cache, languages) = (PageCache::default(), Languages::new(["en", "de", "nl", "da"]).unwrap());
        let rendered = std::cell::Cell::new(0);
        let walk = |code: Option<&ConfigName>| {
            rendered.set(0);
            for (page, language) in PAGES.iter().flat_map(|page| languages.iter().map(move |language| (page, language)))
            {
                for language_requested in [false, true] {
                    let code = code.cloned();
                    let context = PageContext {
                        service: Arc::clone(&service),
                        language: language.clone(),
                        language_requested,
                        code,
                        theme: None,
                    };
                    cache.get(*page, &context, || {
                        rendered.set(rendered.get() + 1);
                        "a".repeat(20_000)
                    });
                }
            }
            rendered.get()
        };
        // Without a requested language the two languages of our pages matter only.
        assert_eq!(walk(None), PAGES.len() * (languages.iter().count() + 2));
        let codes: Vec<_> = (0..200).map(|number| ConfigName::new(&format!("code-{number}")).unwrap()).collect();
        let first: Vec<_> = codes.iter().map(|code| walk(Some(code))).collect();
        let again: Vec<_> = codes.iter().map(|code| walk(Some(code))).collect();
        assert_eq!((first[0], first[199]), (12, 16), "pages that are not kept are rendered for each request");
        assert_eq!((again[0], again[199]), (0, 16), "what was kept stays");
        assert_eq!(walk(None), 0, "nothing was pushed out");
        let bytes: usize = cache.pages.read().unwrap().values().filter_map(|page| page.get()).map(Bytes::len).sum();
        assert!(bytes <= MAX_CODE_PAGES_BYTES + 13 * 20_000, "{bytes}");
    }
}
