//! The search box, and the settings that it and the links of a page carry on to the next request.

use maud::{Markup, html};

use crate::fields::SixFields;
use crate::fields::language::Language;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::name::ConfigName;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

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
    /// The color scheme of further pages. `None` to use that of the browser.
    pub theme: Option<Theme>,
    /// Whether further searches are posted, like the current one, to keep their keywords out of URLs.
    pub posts: bool,
}

/// What the next search form on a page takes over from a search, beside its fields.
#[derive(Debug, Clone, Copy)]
pub struct FormSettings {
    /// Whether the search was posted.
    pub posted: bool,
    /// Whether its code is the default one.
    pub is_default_code: bool,
    /// The color scheme, if it is not the browser's.
    pub theme: Option<Theme>,
}

impl FormSettings {
    /// The search box after a search.
    #[must_use]
    pub fn search_box(self, fields: &SixFields) -> SearchBox<'_> {
        SearchBox {
            keyword: fields.keyword().expose_to_partner_or_client(),
            focus: false,
            code: (!self.is_default_code).then(|| fields.code().name()),
            language: Some(fields.language()),
            theme: self.theme,
            posts: self.posted,
        }
    }
}

impl SearchBox<'_> {
    fn method(&self) -> &'static str {
        if self.posts { "post" } else { "get" }
    }

    /// What links and forms carry on: parameters with their values.
    fn settings(&self) -> Vec<(&str, &str)> {
        let code = self.code.map(|code| ("code", code.as_str()));
        let language = self.language.map(|language| ("lang", language.as_str()));
        let theme = self.theme.map(|theme| ("theme", theme.as_str()));
        [code, language, theme].into_iter().flatten().collect()
    }

    /// The URL of one of our pages, with the settings in its query.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.url_with(path, None)
    }

    /// The URL of one of our pages, with the code in its query and nothing else.
    #[must_use]
    pub fn url_with_code(&self, path: &str) -> String {
        SearchBox { language: None, theme: None, ..*self }.url(path)
    }

    /// The URL of this search with its keyword, for pages that have it in their URL already.
    #[must_use]
    pub fn search_url(&self) -> String {
        self.url_with("/search", Some(("q", self.keyword)))
    }

    fn url_with(&self, path: &str, first: Option<(&str, &str)>) -> String {
        let pairs: Vec<_> = first.into_iter().chain(self.settings()).collect();
        let query = serde_urlencoded::to_string(&pairs).unwrap_or_default();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// The search form in the header of our pages.
#[must_use]
pub fn header_form(texts: &Texts, search: SearchBox<'_>) -> Markup {
    fail_at(FailPoint::Ui, || search.keyword);
    html! {
        form action="/search" method=(search.method()) role="search" {
            label class="unseen" for="q" { (texts.search_label) }
            input id="q" type="search" name="q" value=(search.keyword) dir="auto" autocomplete="off" enterkeyhint="search"
                spellcheck="false" required autofocus[search.focus] accesskey="s";
            (hidden_fields(search))
            (button(texts.search_button))
        }
    }
}

/// The search form after the results.
#[must_use]
pub fn form_at_end(texts: &Texts, search: SearchBox<'_>) -> Markup {
    html! {
        form class="again" action="/search" method=(search.method()) role="search" aria-label=(texts.results.search_again) {
            label class="unseen" for="q2" { (texts.results.search_again) }
            input id="q2" type="search" name="q" value=(search.keyword) dir="auto" autocomplete="off" enterkeyhint="search"
                spellcheck="false" required;
            (hidden_fields(search))
            (button(texts.search_button))
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
            (hidden_fields(search))
            (button(texts.search_button))
        }
    };
    form.into_string()
}

/// A button that sends the same search again. It is posted, so that no address repeats the keyword.
#[must_use]
pub fn retry_form(texts: &Texts, search: SearchBox<'_>) -> Markup {
    html! {
        form class="retry" action="/search" method="post" {
            input type="hidden" name="q" value=(search.keyword);
            (hidden_fields(search))
            (button(texts.try_again))
        }
    }
}

/// What leads to the same results with other settings: a link, or a button if the search was posted.
#[must_use]
pub fn same_search(search: SearchBox<'_>, language: Option<&str>, text: &str) -> Markup {
    html! {
        @if search.posts {
            form class="setting" action="/search" method="post" {
                input type="hidden" name="q" value=(search.keyword);
                (hidden_fields(search))
                button type="submit" lang=[language] { (text) }
            }
        } @else {
            a href=(search.search_url()) lang=[language] hreflang=[language] { (text) }
        }
    }
}

fn hidden_fields(search: SearchBox<'_>) -> Markup {
    html! { @for (name, value) in search.settings() { input type="hidden" name=(name) value=(value); } }
}

fn button(text: &str) -> Markup {
    html! { button type="submit" { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::language::Languages;

    #[test]
    fn urls_carry_the_settings() {
        let (code, languages) = (ConfigName::new("beta").unwrap(), Languages::new(["pt-BR"]).unwrap());
        let search = SearchBox {
            keyword: "a&b",
            code: Some(&code),
            language: languages.iter().next(),
            theme: Some(Theme::Dark),
            ..SearchBox::default()
        };
        assert_eq!(search.url("/privacy"), "/privacy?code=beta&lang=pt-BR&theme=dark");
        assert_eq!(search.url_with_code("/visit"), "/visit?code=beta");
        assert_eq!(search.search_url(), "/search?q=a%26b&code=beta&lang=pt-BR&theme=dark");
        assert_eq!(SearchBox::default().url("/"), "/");
    }

    #[test]
    fn no_address_repeats_a_posted_keyword() {
        let languages = Languages::new(["de"]).unwrap();
        let posted =
            SearchBox { keyword: "canary", language: languages.iter().next(), posts: true, ..SearchBox::default() };
        let setting = same_search(posted, Some("de"), "Deutsch").into_string();
        assert!(setting.contains("method=\"post\"") && setting.contains("name=\"lang\" value=\"de\""), "{setting}");
        assert!(!setting.contains("?q=") && !setting.contains("href"), "{setting}");
        let linked = same_search(SearchBox { posts: false, ..posted }, Some("de"), "Deutsch").into_string();
        assert!(linked.contains("href=\"/search?q=canary&amp;lang=de\""), "{linked}");
    }
}
