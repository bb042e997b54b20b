//! The texts in German.

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::german::format::{counted, date, duration};
use crate::ui::i18n::german::problems::{advice, title};
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = Plural::new(
    "{} weitere Änderung finden Sie in der Datenschutzerklärung.",
    "{} weitere Änderungen finden Sie in der Datenschutzerklärung.",
);

pub(super) static TEXTS: Texts = Texts {
    tag: "de",
    direction: "ltr",
    punctuation: Punctuation::LATIN,
    skip_link: "Zum Inhalt springen",
    search_label: "Suche",
    search_button: "Suchen",

    footer_label: "Über diesen Dienst",
    privacy_link: "Datenschutz",
    about_link: "Über uns",
    add_link: "Zum Browser hinzufügen",
    website: "Unsere Website",
    imprint: "Impressum",
    contact: "Kontakt",
    promise: "Keine Skripte, keine Cookies von Partnern, keine Aufzeichnung von Suchbegriffen.",
    settings_label: "Sprache und Farben",
    language_heading: "Sprache",
    theme_heading: "Farben",
    theme: |theme| match theme {
        None => "Wie im Browser",
        Some(Theme::Light) => "Hell",
        Some(Theme::Dark) => "Dunkel",
    },

    home_title: "Suchen, ohne verfolgt zu werden",
    home_about: "Wir leiten Ihre Suche an einen Suchpartner weiter – ohne Ihre IP-Adresse, ohne Ihre Cookies und ohne \
                 Einzelheiten zu Ihrem Browser.",
    home_privacy_link: "Was genau wir weitergeben und was wir zählen",
    statement_changed: |day| format!("Unsere Datenschutzerklärung hat sich am {} geändert:", date(day)),
    added: "Neu:",
    removed: "Entfallen:",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: title,
    problem_advice: advice,
    problem_code: "Fehlercode:",
    try_again: "Erneut versuchen",
    home_link: "Startseite",
    link_expired: "Dieser Link ist abgelaufen",
    cross_site_title: "Sie kommen von einer anderen Website",
    cross_site_about: "Wir leiten nur Links weiter, die auf der Ergebnisseite geöffnet werden. Dieser Link führt zu:",
    open_target: "Link öffnen",
    open_target_about: "Wir zählen das nicht, und die Website erfährt nicht, woher Sie kommen.",

    forgotten_title: "Cookies gelöscht",
    forgotten_about: "Ihr Browser hat alle Cookies dieses Dienstes gelöscht. Auf unseren Servern ist nichts über Sie gespeichert.",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
