//! The search box, and the settings that it and the links of a page carry on to the next request.

use maud::{Markup, html};

use crate::fields::language::Language;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::name::ConfigName;
use crate::ui::i18n::texts::Texts;

/// The content of a page's search box, and what its form submits in hidden fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchBox<'a> {
    /// The keyword. Empty before the first search.
    pub keyword: &'a str,
    /// Whether the box has the focus when the page opens. Only on the home page: on a phone the keyboard would cover the
    /// content of other pages.
    pub focus: bool,
    /// The code of further searches. `None` for the default code.
    pub code: Option<&'a ConfigName>,
    /// The language of further searches. `None` to use that of the browser.
    pub language: Option<&'a Language>,
    /// Whether further searches are posted, like the current one, to keep their keywords out of URLs.
    pub posts: bool,
}

impl SearchBox<'_> {
    fn method(&self) -> &'static str {
        if self.posts { "post" } else { "get" }
    }

    /// The URL of one of our pages, with code and language in its query.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let code = self.code.map(|code| ("code", code.as_str()));
        let language = self.language.map(|language| ("lang", language.as_str()));
        let pairs: Vec<_> = code.into_iter().chain(language).collect();
        let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The URL of one of our pages, with the code in its query but not the language.
    #[must_use]
    pub fn url_without_language(&self, path: &str) -> String {
        SearchBox { language: None, ..*self }.url(path)
    }
}

/// The search form in the header of our pages.
#[must_use]
pub fn header_form(texts: &Texts, search: SearchBox<'_>) -> Markup {
    fail_at(FailPoint::Ui, || search.keyword);
    html! {
        form action="/search" method=(search.method()) role="search" {
            label class="unseen" for="q" { (texts.search_label) }
            input id="q" type="search" name="q" value=(search.keyword) dir="auto" autocomplete="off"
                spellcheck="false" required autofocus[search.focus];
            (hidden_fields_and_button(texts, search))
        }
    }
}

/// The form that replaces a search form in a partner's page. It has no element ID, since the form in the header of the
/// same page has it.
#[must_use]
pub fn partner_form(texts: &Texts, search: SearchBox<'_>) -> String {
    let form = html! {
        form action="/search" method=(search.method()) role="search" {
            input type="search" name="q" value=(search.keyword) aria-label=(texts.search_label) dir="auto"
                autocomplete="off" spellcheck="false" required;
            (hidden_fields_and_button(texts, search))
        }
    };
    form.into_string()
}

fn hidden_fields_and_button(texts: &Texts, search: SearchBox<'_>) -> Markup {
    html! {
        @if let Some(code) = search.code { input type="hidden" name="code" value=(code.as_str()); }
        @if let Some(language) = search.language { input type="hidden" name="lang" value=(language.as_str()); }
        button type="submit" { (texts.search_button) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::language::Languages;

    #[test]
    fn urls_carry_code_and_language() {
        let (code, languages) = (ConfigName::new("beta").unwrap(), Languages::new(["pt-BR"]).unwrap());
        let search = SearchBox { code: Some(&code), language: languages.iter().next(), ..SearchBox::default() };
        assert_eq!(search.url("/privacy"), "/privacy?code=beta&lang=pt-BR");
        assert_eq!(search.url_without_language("/visit"), "/visit?code=beta");
        assert_eq!(SearchBox::default().url("/"), "/");
    }
}
