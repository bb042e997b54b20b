//! The texts in English.

mod clauses;
mod format;
mod personal_data;
mod privacy;

use crate::problem::Problem;
use crate::ui::i18n::english::format::{date, duration};
use crate::ui::i18n::texts::Texts;

pub(super) static TEXTS: Texts = Texts {
    tag: "en",
    skip_link: "Skip to content",
    search_label: "Search",
    search_button: "Search",
    privacy_link: "Privacy",
    imprint: "Legal notice",
    contact: "Contact",
    promise: "No scripts, no partner cookies, no record of what you search for.",

    result_count: |count, partner| match count {
        0 => format!("No results from {partner}"),
        1 => format!("1 result from {partner}"),
        count => format!("{count} results from {partner}"),
    },
    sponsored: "Sponsored",
    truncated: "The search partner’s response ended here unexpectedly. There may be more results.",

    home_title: "Search without being tracked",
    home_about: "We pass your search on to a search partner without your IP address, your cookies or the details of your \
                 browser.",
    home_privacy_link: "Exactly what we share and what we count",
    statement_changed: |day| format!("Our privacy statement changed on {}:", date(day)),
    added: "New:",
    removed: "No longer:",
    more_changes: |count| match count {
        1 => "One more change is listed in the privacy statement.".to_owned(),
        count => format!("{count} more changes are listed in the privacy statement."),
    },

    problem_title: |problem| problem.status().canonical_reason().unwrap_or_default(),
    problem_advice: Problem::advice,
    problem_code: "Error code:",
    link_expired: "This link has expired",
    cross_site_title: "Another site sent you here",
    cross_site_about: "We only forward result links that are opened from the results page. This link points to:",

    forgotten_title: "Cookies deleted",
    forgotten_about: "Your browser has deleted any cookies from this service. Nothing about you is stored on our servers.",

    date,
    duration,

    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
