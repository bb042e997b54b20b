//! Pages with a short message: errors, links that are not followed, a confirmed withdrawal.

use maud::{Markup, html};

use crate::problem::Problem;
use crate::ui::i18n::texts::Texts;
use crate::ui::layout::{PageContent, PageRole, frame};
use crate::ui::page_context::PageContext;

/// An error, with the same content as its problem document.
#[must_use]
pub fn problem(problem: Problem, context: &PageContext) -> String {
    let texts = context.texts();
    let content = html! {
        p { ((texts.problem_advice)(problem)) }
        (problem_code(texts, problem))
    };
    render(context, (texts.problem_title)(problem), &content)
}

/// An expired click token. The page shows the target as text.
#[must_use]
pub fn expired_click(target: &str, context: &PageContext) -> String {
    let texts = context.texts();
    let content = html! {
        p { ((texts.problem_advice)(Problem::ClickExpired)) }
        (target_url(target))
        (problem_code(texts, Problem::ClickExpired))
    };
    render(context, texts.link_expired, &content)
}

/// A click that another site's page caused. The page shows the target as text.
#[must_use]
pub fn cross_site_click(target: &str, context: &PageContext) -> String {
    let texts = context.texts();
    let content = html! {
        p { (texts.cross_site_about) }
        (target_url(target))
    };
    render(context, texts.cross_site_title, &content)
}

/// Confirms a withdrawal.
#[must_use]
pub fn forgotten(context: &PageContext) -> String {
    let texts = context.texts();
    render(context, texts.forgotten_title, &html! { p { (texts.forgotten_about) } })
}

fn render(context: &PageContext, title: &str, content: &Markup) -> String {
    let main = html! {
        h1 { (title) }
        (content)
    };
    let title = context.service.title(title);
    frame(&context.service, context.texts(), context.search_box(), &PageContent { title, role: PageRole::Other, main })
}

fn target_url(target: &str) -> Markup {
    html! { p { code dir="auto" { (target) } } }
}

fn problem_code(texts: &Texts, problem: Problem) -> Markup {
    html! { p class="note" { (texts.problem_code) " " code { (problem.code()) } } }
}
