//! The privacy statement as a page: its clauses by topic. Each clause has its ID as the ID of its element, and no text of the
//! statement is outside of a clause but headings and what changed.

use maud::{Markup, html};
use strum::VariantArray as _;

use crate::privacy::clause::{Clause, Topic};
use crate::privacy::statement::PrivacyStatement;
use crate::ui::layout::{PageContent, frame};
use crate::ui::page_context::PageContext;
use crate::ui::page_role::PageRole;
use crate::ui::pages::changes;
use crate::ui::pages::clauses::{ClauseSource, content};
use crate::visit::StampStatus;

/// The statement. `stamp` is the visit stamp of the request, whose content is shown to its owner.
#[must_use]
pub fn render(context: &PageContext, statement: &PrivacyStatement, stamp: &StampStatus) -> String {
    let texts = &context.texts().privacy;
    let changes = changes::items(context.texts(), statement);
    let source = ClauseSource { context, statement, stamp };
    let main = html! {
        h1 { (texts.title) }
        p class="note" { ((texts.version)(statement.version, statement.since)) }
        @if !changes.is_empty() {
            section class="news" {
                h2 { ((texts.changes)(statement.since)) }
                ul { @for change in changes { (change) } }
            }
        }
        @for topic in Topic::VARIANTS { (section(*topic, &source)) }
    };
    let title = context.service.title(texts.title);
    frame(
        &context.service,
        context.texts(),
        context.search_box(),
        &PageContent { title, role: PageRole::Document("/privacy"), below_search: None, main, after: None },
    )
}

/// A topic. What most readers came for is open; the rest is folded, one line each.
fn section(topic: Topic, source: &ClauseSource<'_>) -> Markup {
    let heading = (source.context.texts().privacy.clauses.heading)(topic);
    let clauses = html! {
        @for clause in topic.in_force(source.statement) {
            div class="clause" id=(element_id(clause)) { (content(clause, source)) }
        }
    };
    html! {
        @if is_open(topic) {
            section { h2 { (heading) } (clauses) }
        } @else {
            details { summary { h2 { (heading) } } (clauses) }
        }
    }
}

fn is_open(topic: Topic) -> bool {
    match topic {
        Topic::Summary | Topic::Operator | Topic::Shared | Topic::Choices => true,
        Topic::Counted
        | Topic::Visits
        | Topic::Click
        | Topic::Device
        | Topic::Memory
        | Topic::Residual
        | Topic::Law => false,
    }
}

/// The ID of a clause in the page: `#six-fields`.
fn element_id(clause: Clause) -> String {
    clause.id().replace('_', "-")
}
