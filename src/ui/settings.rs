//! Language and color scheme, chosen by links. No cookie keeps them: the links and forms of a page carry them on.

use maud::{Markup, html};

use crate::fields::language::Language;
use crate::ui::i18n::language_names;
use crate::ui::i18n::texts::Texts;
use crate::ui::page_role::PageRole;
use crate::ui::search_box::{SearchBox, same_search};
use crate::ui::service::Service;
use crate::ui::theme::Theme;

/// Where a page's links to its settings lead.
pub const SETTINGS_ANCHOR: &str = "#settings";

/// The color schemes that can be chosen, that of the browser first.
const THEMES: [Option<Theme>; 3] = [None, Some(Theme::Light), Some(Theme::Dark)];

/// The languages of the configuration and the color schemes, each as a link to the same page, or to the home page where the page cannot be
/// linked to.
pub(super) fn navigation(service: &Service, texts: &Texts, search: SearchBox<'_>, role: PageRole) -> Markup {
    let current = |language: &Language| search.language.map_or(language.as_str() == texts.tag, |now| now == language);
    html! {
        nav id="settings" aria-label=(texts.settings_label) {
            @if service.languages.len() > 1 {
                ul {
                    li { (texts.language_heading) }
                    @for language in &service.languages {
                        @let name = language_names::name(language.as_str());
                        @let tag = Some(language.as_str());
                        li {
                            @if current(language) { b aria-current="true" lang=[tag] { (name) } }
                            @else { (setting(SearchBox { language: Some(language), ..search }, role, tag, name)) }
                        }
                    }
                }
            }
            ul {
                li { (texts.theme_heading) }
                @for theme in THEMES {
                    @let name = (texts.theme)(theme);
                    li {
                        @if theme == search.theme { b aria-current="true" { (name) } }
                        @else { (setting(SearchBox { theme, ..search }, role, None, name)) }
                    }
                }
            }
        }
    }
}

fn setting(search: SearchBox<'_>, role: PageRole, language: Option<&str>, text: &str) -> Markup {
    let path = match role {
        PageRole::ResultList | PageRole::PartnerPage => return same_search(search, language, text),
        PageRole::Document(path) => path,
        PageRole::Home | PageRole::Other => "/",
    };
    html! { a href=(search.url(path)) lang=[language] hreflang=[language] { (text) } }
}
