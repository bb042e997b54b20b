//! The frame that all pages share: head, search box, main content, footer.

use maud::{DOCTYPE, Markup, html};

use crate::ui::i18n::texts::Texts;
use crate::ui::opensearch::{self, SearchMethod};
use crate::ui::search_box::{SearchBox, header_form};
use crate::ui::service::Service;

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

/// What is particular to one page.
#[derive(Debug)]
pub struct PageContent {
    /// Its title, which names the service.
    pub title: String,
    /// What kind of page it is.
    pub role: PageRole,
    /// Its content.
    pub main: Markup,
}

/// Renders a page of the service.
#[must_use]
pub fn frame(service: &Service, texts: &Texts, search: SearchBox<'_>, content: &PageContent) -> String {
    let PageContent { title, role, main } = content;
    let Service { identity, stylesheet, icon, .. } = service;
    let page = html! {
        (DOCTYPE)
        html lang=(texts.tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                @if let Some(color) = &service.color { meta name="theme-color" content=(color); }
                link rel="stylesheet" href=(stylesheet.path);
                link rel="icon" href=(icon.path) type=(icon.media_type);
                @for method in SearchMethod::ALL {
                    link rel="search" type=(opensearch::MEDIA_TYPE) title=(method.short_name(&identity.name))
                        href=(search.url_without_language(method.path()));
                }
            }
            body class=[role.class()] {
                a class="skip" href="#content" { (texts.skip_link) }
                header {
                    (brand(service, search))
                    (header_form(texts, search))
                }
                main id="content" { (main) }
                footer {
                    a href=(search.url("/privacy")) { (texts.privacy_link) } " · "
                    @if let Some(imprint) = &identity.imprint_url { (outward(imprint, texts.imprint)) " · " }
                    @if let Some(contact) = &identity.contact_url { (outward(contact, texts.contact)) " · " }
                    (texts.promise)
                    @if role.confirms_visit() {
                        // Hidden, and the response is empty.
                        img src=(search.url_without_language("/visit")) alt="" hidden;
                    }
                }
            }
        }
    };
    // An answer may wait for its client, which is counted by its length.
    let mut page = page.into_string();
    page.shrink_to_fit();
    page
}

/// The service's logo or name, which leads to the home page.
fn brand(service: &Service, search: SearchBox<'_>) -> Markup {
    let name = &service.identity.name;
    html! {
        a class="brand" href=(search.url("/")) {
            @match &service.logo {
                Some(logo) => img src=(logo.path) alt=(name);,
                None => (name),
            }
        }
    }
}

/// A link to a page of the operator's.
#[must_use]
pub fn outward(url: &str, text: &str) -> Markup {
    html! { a href=(url) rel="noreferrer noopener" { (text) } }
}
