//! Rendered pages that are the same for every reader with the same language and the default code. The privacy statement is long: rendering
//! it for each request would let clients that ask for it in bulk take the time of others, and would keep a copy for each answer that waits.
//!
//! The configuration bounds how many there are: pages times languages. So nothing is ever pushed out, whoever asks for what. With another
//! code a page is rendered for each request, since codes may be many; what a client may ask for bounds that.
//!
//! An entry says that somebody read the statement in this language since the configuration was loaded, and nothing more.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use bytes::Bytes;

use crate::fields::language::Language;
use crate::ui::i18n::UiLanguage;
use crate::ui::page_context::PageContext;

/// A page that depends on nothing but its [`PageContext`] and the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommonPage {
    /// The privacy statement for readers without a visit stamp.
    Privacy,
    /// What personal data is recognized.
    PersonalData,
}

/// Everything that a common page with the default code depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct PageKey {
    page: CommonPage,
    ui_language: UiLanguage,
    /// The language that the search box carries on.
    language: Option<Language>,
}

/// The cache, for one configuration.
#[derive(Debug, Default)]
pub struct PageCache(RwLock<HashMap<PageKey, Arc<OnceLock<Bytes>>>>);

impl PageCache {
    /// The page for this context, rendered if it is not cached.
    pub fn get(&self, page: CommonPage, context: &PageContext, render: impl FnOnce() -> String) -> Bytes {
        if context.code.is_some() {
            return Bytes::from(render());
        }
        let key = PageKey {
            page,
            ui_language: UiLanguage::from_language(&context.language),
            language: context.language_requested.then(|| context.language.clone()),
        };
        self.entry(key).get_or_init(|| Bytes::from(render())).clone()
    }

    fn entry(&self, key: PageKey) -> Arc<OnceLock<Bytes>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| self.0.write().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::language::Languages;
    use crate::name::ConfigName;

    const PAGES: [CommonPage; 2] = [CommonPage::Privacy, CommonPage::PersonalData];

    #[test]
    fn whatever_is_asked_for_no_page_is_pushed_out_and_there_is_a_bounded_number() {
        let service = Arc::default();
        let (cache, languages) = (PageCache::default(), Languages::new(["en", "de", "fr", "pt-BR"]).unwrap());
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
        for number in 0..200 {
            assert_eq!(walk(Some(&ConfigName::new(&format!("code-{number}")).unwrap())), 16);
        }
        assert_eq!(walk(None), 0, "nothing was pushed out");
        assert_eq!(cache.0.read().unwrap().len(), 12);
    }
}
