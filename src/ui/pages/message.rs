//! Pages with a short message: errors, links that are not followed, a confirmed withdrawal.

use maud::{Markup, html};

use crate::problem::Problem;
use crate::ui::i18n::texts::Texts;
use crate::ui::layout::{PageContent, frame, outward};
use crate::ui::page_context::PageContext;
use crate::ui::page_role::PageRole;
use crate::ui::search_box::{SearchBox, retry_form};

/// An error, with the same content as its problem document.
#[must_use]
pub fn problem(problem: Problem, context: &PageContext) -> String {
    let texts = context.texts();
    let content = html! {
        p { ((texts.problem_advice)(problem)) }
        (problem_code(texts, problem))
    };
    render(context, context.search_box(), (texts.problem_title)(problem), &content)
}

/// A search that no partner answered. The search box keeps its keyword, and a button sends it again.
#[must_use]
pub fn failed_search(problem: Problem, context: &PageContext, search: SearchBox<'_>) -> String {
    let texts = context.texts();
    let content = html! {
        p { ((texts.problem_advice)(problem)) }
        (retry_form(texts, search))
        (problem_code(texts, problem))
    };
    render(context, search, (texts.problem_title)(problem), &content)
}

/// An expired click token. The page shows the target as text, and links to it.
#[must_use]
pub fn expired_click(target: &str, context: &PageContext) -> String {
    let texts = context.texts();
    let content = html! {
        p { ((texts.problem_advice)(Problem::ClickExpired)) }
        (target_url(texts, target))
        (problem_code(texts, Problem::ClickExpired))
    };
    render(context, context.search_box(), texts.link_expired, &content)
}

/// A click that another site's page caused. The page shows the target as text, and links to it.
#[must_use]
pub fn cross_site_click(target: &str, context: &PageContext) -> String {
    let texts = context.texts();
    let content = html! {
        p { (texts.cross_site_about) }
        (target_url(texts, target))
    };
    render(context, context.search_box(), texts.cross_site_title, &content)
}

/// Confirms a withdrawal.
#[must_use]
pub fn forgotten(context: &PageContext) -> String {
    let texts = context.texts();
    render(context, context.search_box(), texts.forgotten_title, &html! { p { (texts.forgotten_about) } })
}

fn render(context: &PageContext, search: SearchBox<'_>, title: &str, content: &Markup) -> String {
    let texts = context.texts();
    let main = html! {
        h1 { (title) }
        (content)
        p { a href=(search.url("/")) { (texts.home_link) } }
    };
    let content = PageContent {
        title: context.service.title(title),
        role: PageRole::Other,
        below_search: None,
        main,
        after: None,
    };
    frame(&context.service, texts, search, &content)
}

/// Where a link leads that is not followed by itself.
fn target_url(texts: &Texts, target: &str) -> Markup {
    html! {
        p { code dir="auto" { (target) } }
        p { (outward(target, texts.open_target)) " " span class="note" { (texts.open_target_about) } }
    }
}

fn problem_code(texts: &Texts, problem: Problem) -> Markup {
    html! { p class="note" { (texts.problem_code) " " code { (problem.code()) } } }
}
