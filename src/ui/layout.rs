//! The frame that all pages share: head, search box, main content, footer.

use maud::{DOCTYPE, Markup, html};

use crate::ui::assets::{ICON, STYLESHEET};
use crate::ui::i18n::texts::Texts;
use crate::ui::opensearch::{self, SearchMethod};
use crate::ui::search_box::{SearchBox, header_form};

/// What kind of page it is, as far as the frame depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageRole {
    /// The home page.
    Home,
    /// A list of results, rendered by us.
    ResultList,
    /// A partner's page of results.
    PartnerPage,
    /// Any other page.
    Other,
}

impl PageRole {
    /// The class of the page's body in the stylesheet.
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Home => Some("home"),
            Self::PartnerPage => Some("partner"),
            Self::ResultList | Self::Other => None,
        }
    }

    /// Whether the page requests `/visit` once it is loaded. A browser without a stamp gets one with the page and returns
    /// it with that request, so that a person who searches only once is counted.
    fn confirms_visit(self) -> bool {
        match self {
            Self::Home | Self::ResultList | Self::PartnerPage => true,
            Self::Other => false,
        }
    }
}

/// Renders a page.
#[must_use]
pub fn frame(texts: &Texts, title: &str, role: PageRole, search: SearchBox<'_>, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(texts.tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                link rel="stylesheet" href=(STYLESHEET.path);
                link rel="icon" href=(ICON.path) type=(ICON.media_type);
                @for method in SearchMethod::ALL {
                    link rel="search" type=(opensearch::MEDIA_TYPE) title=(method.short_name())
                        href=(search.url_without_language(method.path()));
                }
            }
            body class=[role.class()] {
                a class="skip" href="#content" { (texts.skip_link) }
                header { (header_form(texts, search)) }
                main id="content" { (main) }
                footer {
                    a href=(search.url("/privacy")) { (texts.privacy_link) } " · " (texts.promise)
                    @if role.confirms_visit() {
                        // Hidden, and the response is empty.
                        img src=(search.url_without_language("/visit")) alt="" hidden;
                    }
                }
            }
        }
    };
    page.into_string()
}
