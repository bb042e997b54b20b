//! The pages in English.

use jiff::civil::Date;

use crate::problem::Problem;
use crate::ui::i18n::{Texts, largest_unit, month};

pub(super) static TEXTS: Texts = Texts {
    tag: "en",
    skip: "Skip to the content",
    search_for: "Search for",
    search: "Search",
    privacy: "Privacy",
    promise: "No script, no cookies from partners, no keyword on record.",
    found,
    sponsored: "Sponsored",
    broken_off: "The search partner's answer broke off here.",
    home: "Search without being followed",
    about: "Your search goes on to a search partner without your address, your cookies or your browser's details.",
    statement: "What exactly goes on, and what is counted",
    statement_changed: |day| format!("The privacy statement changed on {}:", date(day)),
    added: "New:",
    removed: "No longer:",
    more_changes: |n| format!("And {n} more; the statement has them all."),
    heading: |problem| problem.status().canonical_reason().unwrap_or_default(),
    advice: Problem::advice,
    code: "Code:",
    too_old: "This link is too old",
    from_elsewhere: "Another site sent you here",
    not_followed: "This result is followed from the results page only. Its target is:",
    forgotten: "Forgotten",
    nothing_left: "Any cookie of this service is now deleted from this browser. The service itself holds nothing about you.",
    date,
    duration,
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn found(n: usize, partner: &str) -> String {
    match n {
        0 => format!("No results for this search from {partner}"),
        1 => format!("One result from {partner}"),
        n => format!("{n} results from {partner}"),
    }
}

fn date(date: Date) -> String {
    format!("{} {} {}", date.day(), month(date, &MONTHS), date.year())
}

fn duration(seconds: u64) -> String {
    let (n, unit) = largest_unit(seconds);
    let unit = ["day", "hour", "minute", "second"].get(unit).copied().unwrap_or_default();
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}
