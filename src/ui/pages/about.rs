//! The page about the service: where results come from, what is to be known about ads, how to add the service to a browser, access keys.

use maud::{Markup, html};

use crate::partner::PartnerIdentity;
use crate::ui::i18n::about_texts::AboutTexts;
use crate::ui::layout::{PageContent, frame, outward};
use crate::ui::opensearch::SearchMethod;
use crate::ui::page_context::PageContext;
use crate::ui::page_role::PageRole;

/// The path of the page.
pub const ABOUT_PATH: &str = "/about";

/// The access keys of all pages, in the order of [`AboutTexts::key_targets`].
const ACCESS_KEYS: [&str; 3] = ["S", "C", "H"];

/// The page. `partners` are those of the configuration, in its order; `sends_ids` is whether one of them gets pseudonyms, by which it could tell
/// searches of a day together.
#[must_use]
pub fn render(context: &PageContext, partners: &[&PartnerIdentity], sends_ids: bool) -> String {
    let (texts, identity) = (&context.texts().about, &context.service.identity);
    let main = html! {
        h1 { ((texts.title)(&identity.name)) }
        @if let Some(tagline) = &identity.tagline { p class="tagline" { (tagline) } }
        p { (texts.about) }
        p { a href=(context.search_box().url("/privacy")) { (context.texts().home_privacy_link) } }
        p { (texts.partners) }
        ul { @for partner in partners { li { (partner.display_name) } } }
        (ads(texts, partners, sends_ids))
        (add_to_browser(texts, &identity.name))
        (keys(texts))
    };
    let content = PageContent {
        title: context.service.title(&(texts.title)(&identity.name)),
        role: PageRole::Document(ABOUT_PATH),
        below_search: None,
        main,
        after: None,
    };
    frame(&context.service, context.texts(), context.search_box(), &content)
}

fn ads(texts: &AboutTexts, partners: &[&PartnerIdentity], sends_ids: bool) -> Markup {
    let pages = partners.iter().filter_map(|partner| Some((&partner.display_name, partner.about_ads_url.as_ref()?)));
    html! {
        section id="ads" {
            h2 { (texts.ads) }
            p { (texts.ads_labelled) }
            // With a pseudonym, a partner knows what else was searched for on this day.
            @if !sends_ids { p { (texts.ads_chosen) } }
            p { (texts.ads_paid) }
            p { (texts.ads_guidance) }
            @for (partner, url) in pages { p { (outward(url, &(texts.ads_of_partner)(partner))) } }
        }
    }
}

fn add_to_browser(texts: &AboutTexts, name: &str) -> Markup {
    html! {
        section id="add" {
            h2 { (texts.add) }
            ul { @for browser in texts.add_about { li { (browser(name)) } } }
            p { ((texts.add_post)(&SearchMethod::Post.short_name(name))) }
        }
    }
}

fn keys(texts: &AboutTexts) -> Markup {
    html! {
        section id="keys" {
            h2 { (texts.keys) }
            p { (texts.keys_about) }
            dl { @for (key, target) in ACCESS_KEYS.iter().zip(texts.key_targets) { dt { kbd { (key) } } dd { (target) } } }
        }
    }
}
