//! The numbers that matter, each with its change against the period before and with how it went.

use maud::{Markup, html};

use crate::admin::dashboard::panel::{cell_decimal, cell_number, cell_text, ticks};
use crate::admin::dashboard::people::People;
use crate::admin::dashboard::performance::{MONEY_PLACES, currencies, grouped_decimal};
use crate::chart::{grouped, sparkline};
use crate::report::table::{Table, TableValue};
use crate::report::{ReportFilter, TOTAL};

/// A number of the period.
struct Card {
    title: String,
    value: String,
    /// Against the period before: the change in per cent with its sign, and the number then.
    change: Option<(String, String)>,
    /// What the number covers, if not the whole period.
    note: Option<String>,
    days: Vec<Option<u64>>,
}

/// The cards. `table` is the performance by day, with the period before.
pub(super) fn render(table: &Table, people: &People, filter: &ReportFilter) -> Markup {
    let mut cards =
        vec![count(table, filter, "Searches", "searches"), count(table, filter, "Sponsored clicks", "clicks")];
    for currency in currencies(table) {
        cards.push(money(table, filter, &currency, ["Revenue stated", "revenue"]));
        cards.push(money(table, filter, &currency, ["RPM, per 1,000 searches", "rpm"]));
    }
    cards.push(coverage(table, filter));
    cards.push(users(people, filter));
    html! { div class="cards" { @for card in cards { (render_card(&card)) } } }
}

fn render_card(card: &Card) -> Markup {
    let Card { title, value, change, note, days } = card;
    html! {
        div class="card" {
            h2 { (title) }
            p class="big" { (value) }
            @match change {
                Some((change, before)) => {
                    @let is_down = change.starts_with('-');
                    p {
                        span class=(if is_down { "down" } else { "up" }) { (if is_down { "▼ " } else { "▲ " }) (change.trim_start_matches('-')) " %" }
                        " against " (before) " before"
                    }
                },
                None => {},
            }
            @if let Some(note) = note { p { (note) } }
            (sparkline(days))
        }
    }
}

/// The rows of the whole period; one of a currency, if it names one.
fn totals<'t>(table: &'t Table, currency: Option<&str>) -> Option<&'t Vec<TableValue>> {
    let is_total = |row: &&Vec<TableValue>| {
        cell_text(table, row, "group") == TOTAL && currency.is_none_or(|name| cell_text(table, row, "currency") == name)
    };
    table.rows.iter().find(is_total)
}

/// A number of each day.
fn by_day(table: &Table, filter: &ReportFilter, value: impl Fn(&Vec<TableValue>) -> Option<u64>) -> Vec<Option<u64>> {
    let of_day = |day: &str| table.rows.iter().filter(|row| cell_text(table, row, "group") == day).find_map(&value);
    ticks(filter).iter().map(|tick| of_day(&tick.full)).collect()
}

fn text(table: &Table, row: Option<&Vec<TableValue>>, column: &str) -> Option<String> {
    row.map(|row| cell_text(table, row, column)).filter(|text| !text.is_empty())
}

fn count(table: &Table, filter: &ReportFilter, title: &str, column: &str) -> Card {
    let total = totals(table, None);
    let before = text(table, total, &format!("previous_{column}")).map(|before| grouped(&before));
    let change = text(table, total, &format!("{column}_change_per_cent")).zip(before);
    Card {
        title: title.to_owned(),
        value: text(table, total, column).map_or_else(|| "0".to_owned(), |n| grouped(&n)),
        note: change.is_none().then(|| "the change is known when the period is over".to_owned()),
        change,
        days: by_day(table, filter, |row| cell_number(table, row, column)),
    }
}

fn money(table: &Table, filter: &ReportFilter, currency: &str, [title, column]: [&str; 2]) -> Card {
    let total = totals(table, Some(currency));
    let amount = |text: String| format!("{} {currency}", grouped_decimal(&text)).trim_end().to_owned();
    let before = text(table, total, &format!("previous_{column}")).map(amount);
    let days = text(table, total, "stated_days").zip(text(table, total, "of_days"));
    let of_day = |row: &Vec<TableValue>| {
        (cell_text(table, row, "currency") == currency).then(|| cell_decimal(table, row, column, MONEY_PLACES))?
    };
    Card {
        title: title.to_owned(),
        value: text(table, total, column).map_or_else(|| "not stated".to_owned(), amount),
        change: text(table, total, &format!("{column}_change_per_cent")).zip(before),
        note: days.filter(|(stated, all)| stated != all).map(|(stated, all)| format!("of {stated} of {all} days")),
        days: by_day(table, filter, of_day),
    }
}

fn coverage(table: &Table, filter: &ReportFilter) -> Card {
    let column = "coverage_per_cent";
    Card {
        title: "Ad coverage".to_owned(),
        value: text(table, totals(table, None), column).map_or_else(|| "–".to_owned(), |share| format!("{share} %")),
        change: None,
        note: Some("of the searches have ads".to_owned()),
        days: by_day(table, filter, |row| cell_decimal(table, row, column, MONEY_PLACES)),
    }
}

/// The mean of the people of each day. Days whose number is hidden or not known yet are left out.
fn users(people: &People, filter: &ReportFilter) -> Card {
    let (days, before) = people.daily(filter);
    let known: Vec<u64> = days.iter().copied().flatten().collect();
    let [now, then] = [mean(&known), mean(&before)];
    let change = now.zip(then).filter(|(_, then)| *then > 0).map(|(now, then)| {
        let tenths = u128::from(now.abs_diff(then)) * 1_000 / u128::from(then);
        let sign = if now < then { "-" } else { "" };
        (format!("{sign}{}.{}", tenths / 10, tenths % 10), grouped(&then.to_string()))
    });
    Card {
        title: "Daily users, mean".to_owned(),
        value: now.map_or_else(|| "–".to_owned(), |mean| grouped(&mean.to_string())),
        change,
        note: (known.len() < days.len()).then(|| format!("of {} of {} days", known.len(), days.len())),
        days,
    }
}

fn mean(numbers: &[u64]) -> Option<u64> {
    let sum: u128 = numbers.iter().map(|n| u128::from(*n)).sum();
    u64::try_from(sum.checked_div(u128::try_from(numbers.len()).ok()?)?).ok()
}
