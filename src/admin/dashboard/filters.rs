//! Period, partner and code, chosen by links. They replace a form: for date fields, Chromium would ask Google's servers how to fill them in.

use jiff::Span;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::admin::dashboard::panel::filter_query;
use crate::admin::query::ReportQuery;
use crate::report::ReportFilter;
use crate::time;

/// Most links to one kind of name. More are found in the table by code.
const MAX_NAMES: usize = 12;

/// A link to the page with another filter.
struct FilterLink {
    name: String,
    filter: ReportFilter,
}

pub(super) fn render(query: &ReportQuery, filter: &ReportFilter) -> Markup {
    let choices = |names: Vec<&str>, with: fn(&ReportFilter, Option<String>) -> ReportFilter| {
        let all = FilterLink { name: "All".to_owned(), filter: with(filter, None) };
        let named = names.into_iter().take(MAX_NAMES);
        let named = named.map(|name| FilterLink { name: name.to_owned(), filter: with(filter, Some(name.to_owned())) });
        std::iter::once(all).chain(named).collect::<Vec<_>>()
    };
    let of_partner = |filter: &ReportFilter, partner| ReportFilter { partner, ..filter.clone() };
    let of_code = |filter: &ReportFilter, code| ReportFilter { code, ..filter.clone() };
    html! {
        nav aria-label="Period, partner and code" {
            (links("Period", &periods(filter), filter))
            (links("Partner", &choices(query.partners().collect(), of_partner), filter))
            (links("Code", &choices(query.codes().collect(), of_code), filter))
        }
    }
}

fn links(heading: &str, choices: &[FilterLink], current: &ReportFilter) -> Markup {
    html! {
        span class="choice" {
            b { (heading) }
            @for FilterLink { name, filter } in choices {
                a href={ "/" (filter_query(filter)) } aria-current=[(filter == current).then_some("true")] { (name) }
            }
        }
    }
}

/// Other periods, without those that have not begun.
fn periods(filter: &ReportFilter) -> Vec<FilterLink> {
    let today = time::now().day().date();
    let shift = |day: Date, days: i32| day.saturating_add(Span::new().days(days));
    let length = filter.from.until(filter.to).map_or(0, |span| span.get_days()) + 1;
    let last_month = shift(today.first_of_month(), -1);
    let choice = |name: &str, from, to| {
        let filter = ReportFilter { from, to, ..filter.clone() };
        FilterLink { name: name.to_owned(), filter }
    };
    let yesterday = shift(today, -1);
    // Whole days, which can be compared with those before.
    let mut periods: Vec<FilterLink> = vec![choice("Today", today, today)];
    let whole = [(7, "7 days"), (28, "28 days"), (90, "90 days")];
    periods.extend(whole.map(|(days, name)| choice(name, shift(yesterday, 1 - days), yesterday)));
    periods.push(choice("This month", today.first_of_month(), today.last_of_month()));
    periods.push(choice("Last month", last_month.first_of_month(), last_month));
    periods.push(choice("‹ Earlier", shift(filter.from, -length), shift(filter.from, -1)));
    if filter.to < today {
        periods.push(choice("Later ›", shift(filter.to, 1), shift(filter.to, length)));
    }
    periods
}
