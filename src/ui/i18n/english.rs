//! The texts in English.

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::problem::Problem;
use crate::ui::i18n::english::format::{counted, date, duration};
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = Plural::new(
    "{} more change is listed in the privacy statement.",
    "{} more changes are listed in the privacy statement.",
);

pub(super) static TEXTS: Texts = Texts {
    tag: "en",
    direction: "ltr",
    punctuation: Punctuation::LATIN,
    skip_link: "Skip to content",
    search_label: "Search",
    search_button: "Search",

    footer_label: "About this service",
    privacy_link: "Privacy",
    about_link: "About",
    add_link: "Add to your browser",
    website: "Our website",
    imprint: "Legal notice",
    contact: "Contact",
    promise: "No scripts, no partner cookies, no record of what you search for.",
    settings_label: "Language and colors",
    language_heading: "Language",
    theme_heading: "Colors",
    theme: |theme| match theme {
        None => "As in the browser",
        Some(Theme::Light) => "Light",
        Some(Theme::Dark) => "Dark",
    },

    home_title: "Search without being tracked",
    home_about: "We pass your search on to a search partner without your IP address, your cookies or the details of your \
                 browser.",
    home_privacy_link: "Exactly what we share and what we count",
    statement_changed: |day| format!("Our privacy statement changed on {}:", date(day)),
    added: "New:",
    removed: "No longer:",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: problems::title,
    problem_advice: Problem::advice,
    problem_code: "Error code:",
    try_again: "Try again",
    home_link: "Home page",
    link_expired: "This link has expired",
    cross_site_title: "Another site sent you here",
    cross_site_about: "We only forward result links that are opened from the results page. This link points to:",
    open_target: "Open the link",
    open_target_about: "We do not count it, and the site does not learn where you came from.",

    forgotten_title: "Cookies deleted",
    forgotten_about: "Your browser has deleted any cookies from this service. Nothing about you is stored on our servers.",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
