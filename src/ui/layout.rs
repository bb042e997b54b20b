//! The frame that all pages share: head, search box, main content, footer.

use maud::{DOCTYPE, Markup, html};

use crate::ui::i18n::texts::Texts;
use crate::ui::opensearch::{self, SearchMethod};
use crate::ui::page_role::PageRole;
use crate::ui::search_box::{SearchBox, header_form};
use crate::ui::service::Service;
use crate::ui::settings;

/// What is particular to one page.
#[derive(Debug)]
pub struct PageContent {
    /// Its title, which names the service.
    pub title: String,
    /// What kind of page it is.
    pub role: PageRole,
    /// What follows the search box in the header.
    pub below_search: Option<Markup>,
    /// Its content.
    pub main: Markup,
    /// What follows the content.
    pub after: Option<Markup>,
}

/// Renders a page of the service.
#[must_use]
pub fn frame(service: &Service, texts: &Texts, search: SearchBox<'_>, content: &PageContent) -> String {
    let PageContent { title, role, below_search, main, after } = content;
    let Service { identity, stylesheet, icon, .. } = service;
    let page = html! {
        (DOCTYPE)
        html lang=(texts.tag) dir=(texts.direction) class=[search.theme.map(|theme| theme.as_str())] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                @if let Some(colors) = &service.colors { meta name="theme-color" content=(colors.light); }
                link rel="stylesheet" href=(stylesheet.path);
                link rel="icon" href=(icon.path) type=(icon.media_type);
                @for method in SearchMethod::ALL {
                    link rel="search" type=(opensearch::MEDIA_TYPE) title=(method.short_name(&identity.name))
                        href=(search.url_with_code(method.path()));
                }
            }
            body class=(role.class()) {
                a class="skip" href="#content" accesskey="c" { (texts.skip_link) }
                header {
                    div class="bar" {
                        (brand(service, search))
                        (header_form(texts, search))
                        @if let Some(below) = below_search { div class="below" { (below) } }
                    }
                }
                main id="content" { (main) }
                @if let Some(after) = after { div class="after" { (after) } }
                (footer(service, texts, search, *role))
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
        a class="brand" href=(search.url("/")) accesskey="h" {
            @match &service.logo {
                Some(logo) => img src=(logo.path) alt=(name);,
                None => span class="mark" { (name) },
            }
        }
    }
}

fn footer(service: &Service, texts: &Texts, search: SearchBox<'_>, role: PageRole) -> Markup {
    let identity = &service.identity;
    html! {
        footer {
            p class="promise" { (texts.promise) }
            nav class="links" aria-label=(texts.footer_label) {
                a href=(search.url("/privacy")) { (texts.privacy_link) }
                a href=(search.url("/about")) { (texts.about_link) }
                a href={ (search.url("/about")) "#add" } { (texts.add_link) }
                @if let Some(home) = &identity.home_url { (outward(home, texts.website)) }
                @if let Some(imprint) = &identity.imprint_url { (outward(imprint, texts.imprint)) }
                @if let Some(contact) = &identity.contact_url { (outward(contact, texts.contact)) }
            }
            (settings::navigation(service, texts, search, role))
            @if role.confirms_visit() {
                // Hidden, and the response is empty.
                img src=(search.url_with_code("/visit")) alt="" hidden;
            }
        }
    }
}

/// A link to a page of the operator's.
#[must_use]
pub fn outward(url: &str, text: &str) -> Markup {
    html! { a href=(url) rel="noreferrer noopener" { (text) } }
}
