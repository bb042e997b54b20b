//! What needs somebody, the worst first: a store that cannot be written, partners that are down, months with something to do, days that are
//! far from usual.

use maud::{Markup, html};

use crate::admin::dashboard::heading::duration;
use crate::admin::dashboard::panel::cell_text;
use crate::admin::dashboard::traffic::state_of_partner;
use crate::admin::dashboard::unusual_days::UnusualDay;
use crate::admin::process_status::ProcessStatus;
use crate::report::overview::{MonthOverview, MonthState, Overview, PaidState};
use crate::report::table::Table;

/// How full the spool is when it becomes urgent, in per cent: a fifth of its days is left.
const SPOOL_WARNING_PER_CENT: u64 = 80;

/// Most unusual days: what is unusual for weeks is one thing, not many.
const MAX_UNUSUAL_DAYS: usize = 3;

/// Something to look at.
struct Item {
    is_urgent: bool,
    subject: String,
    text: String,
    /// Where to look, as an anchor of the page or a link, and its text.
    link: Option<(String, &'static str)>,
}

/// The list; a sentence if it is empty.
pub(super) fn list(overview: &Overview, health: &Table, unusual: &[UnusualDay], status: ProcessStatus) -> Markup {
    let mut items = store(status);
    items.extend(partners(health));
    items.extend(overview.months.iter().filter(|month| month.needs_attention).map(month));
    items.extend(unusual.iter().take(MAX_UNUSUAL_DAYS).map(day));
    html! {
        section id="attention" aria-label="Needs attention" {
            @if items.is_empty() {
                p class="well" { "Nothing needs attention." }
            } @else {
                ul class="todo" {
                    @for Item { is_urgent, subject, text, link } in &items {
                        li class=[(!is_urgent).then_some("soon")] {
                            span { strong { (subject) ": " } (text) }
                            @if let Some((href, text)) = link { a href=(href) { (text) } }
                        }
                    }
                }
            }
        }
    }
}

fn store(status: ProcessStatus) -> Vec<Item> {
    let item = |is_urgent, text| Item { is_urgent, subject: "Store".to_owned(), text, link: None };
    let mut items = Vec::new();
    if !status.is_writable {
        items.push(item(
            true,
            "it cannot be written; counts wait in memory and are lost if the process ends".to_owned(),
        ));
    }
    if let Some(spool) = status.spool {
        if spool.full_per_cent >= SPOOL_WARNING_PER_CENT {
            items.push(item(
                true,
                format!("the spool is {} % full; counts are refused when it is full", spool.full_per_cent),
            ));
        }
        if !spool.is_reachable {
            let text = format!("PostgreSQL cannot be reached; the oldest count has waited for {}", duration(spool.age));
            items.push(item(false, text));
        }
    }
    items
}

fn partners(health: &Table) -> Vec<Item> {
    let item = |row: &Vec<_>| {
        let state = state_of_partner(health, row);
        let text = state.trim_start_matches([' ', ',']).replace(['(', ')'], "");
        (!state.is_empty()).then(|| Item {
            is_urgent: state.contains("down"),
            subject: format!("Partner “{}”", cell_text(health, row, "partner")),
            text,
            link: Some(("#partners".to_owned(), "Partner health")),
        })
    };
    health.rows.iter().filter_map(item).collect()
}

fn month(month: &MonthOverview) -> Item {
    let name = month.month.first_day().strftime("%B %Y");
    let query = format!("/?from={}&to={}&partner={}", month.month.first_day(), month.month.last_day(), month.partner);
    let text = match month.state {
        MonthState::NoStatement => format!("no statement; it was due on {}", month.due),
        MonthState::Incomplete => format!("the statement covers {} of {} days", month.days, month.of_days),
        MonthState::Preliminary => "the statement is not final yet".to_owned(),
        MonthState::Differs | MonthState::Disputed => difference(month),
        MonthState::Matched => "it agrees and can be closed".to_owned(),
        MonthState::Changed => "something came in since it was closed".to_owned(),
        MonthState::Unreadable => "its books cannot be read".to_owned(),
        MonthState::Removed => "the partner is no longer in the configuration, and the month is open".to_owned(),
        MonthState::Idle | MonthState::Running | MonthState::Waiting | MonthState::Closed => String::new(),
    };
    let unpaid = (month.paid == Some(PaidState::Overdue))
        .then(|| format!("{} is overdue", month.open.as_deref().unwrap_or("the payment")));
    let texts: Vec<String> = Some(text).filter(|text| !text.is_empty()).into_iter().chain(unpaid).collect();
    Item {
        is_urgent: month.state != MonthState::Matched,
        subject: format!("{}, {name}", month.partner),
        text: texts.join("; "),
        link: Some((format!("{query}#reconciliation"), "Open reconciliation")),
    }
}

/// `89 clicks (22.0 %) short`.
fn difference(month: &MonthOverview) -> String {
    let (Some(difference), Some(ours)) = (month.difference, month.ours) else {
        return "the statement differs from our clicks".to_owned();
    };
    let tenths = u128::from(difference.unsigned_abs()) * 1_000 / u128::from(ours.max(1));
    let direction = if difference > 0 { "short" } else { "over" };
    format!("the statement is {} clicks ({}.{} %) {direction}", difference.unsigned_abs(), tenths / 10, tenths % 10)
}

fn day(day: &UnusualDay) -> Item {
    let UnusualDay { day: date, searches, median } = day;
    Item {
        is_urgent: false,
        subject: date.strftime("%A, %-d %B").to_string(),
        text: format!("{searches} searches, {} against the usual {median} of this weekday", day.change()),
        link: Some((format!("/?from={date}&to={date}"), "That day")),
    }
}
