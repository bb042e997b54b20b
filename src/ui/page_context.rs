//! What a page needs to know about its reader: the language, and what its links and forms carry on.

use std::sync::Arc;

use crate::fields::language::Language;
use crate::name::ConfigName;
use crate::ui::i18n::UiLanguage;
use crate::ui::i18n::texts::Texts;
use crate::ui::search_box::SearchBox;
use crate::ui::service::Service;
use crate::ui::theme::Theme;

/// Service, language and code of a page.
#[derive(Debug)]
pub struct PageContext {
    /// Whose page it is.
    pub service: Arc<Service>,
    /// The language, read as that of a search is.
    pub language: Language,
    /// Whether the query names the language. Further searches then use it; otherwise they follow the browser's.
    pub language_requested: bool,
    /// The code in the query, if it is configured and not the default.
    pub code: Option<ConfigName>,
    /// The color scheme, if it is not the browser's.
    pub theme: Option<Theme>,
}

impl PageContext {
    /// The texts in the page's language.
    #[must_use]
    pub fn texts(&self) -> &'static Texts {
        UiLanguage::from_language(&self.language).texts()
    }

    /// An empty search box that carries on language, color scheme and code.
    #[must_use]
    pub fn search_box(&self) -> SearchBox<'_> {
        let language = Some(&self.language).filter(|_| self.language_requested);
        SearchBox { code: self.code.as_ref(), language, theme: self.theme, ..SearchBox::default() }
    }
}
