//! The texts in German.

mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;

use crate::ui::i18n::german::format::{date, duration};
use crate::ui::i18n::german::problems::{advice, title};
use crate::ui::i18n::texts::Texts;

pub(super) static TEXTS: Texts = Texts {
    tag: "de",
    skip_link: "Zum Inhalt springen",
    search_label: "Suche",
    search_button: "Suchen",
    privacy_link: "Datenschutz",
    imprint: "Impressum",
    contact: "Kontakt",
    promise: "Keine Skripte, keine Cookies von Partnern, keine Aufzeichnung von Suchbegriffen.",

    result_count: |count, partner| match count {
        0 => format!("Keine Ergebnisse von {partner}"),
        1 => format!("1 Ergebnis von {partner}"),
        count => format!("{count} Ergebnisse von {partner}"),
    },
    sponsored: "Anzeige",
    truncated: "Die Antwort des Suchpartners ist hier abgebrochen. Möglicherweise gibt es weitere Ergebnisse.",

    home_title: "Suchen, ohne verfolgt zu werden",
    home_about: "Wir leiten Ihre Suche an einen Suchpartner weiter – ohne Ihre IP-Adresse, ohne Ihre Cookies und ohne \
                 Einzelheiten zu Ihrem Browser.",
    home_privacy_link: "Was genau wir weitergeben und was wir zählen",
    statement_changed: |day| format!("Unsere Datenschutzerklärung hat sich am {} geändert:", date(day)),
    added: "Neu:",
    removed: "Entfallen:",
    more_changes: |count| match count {
        1 => "Eine weitere Änderung finden Sie in der Datenschutzerklärung.".to_owned(),
        count => format!("{count} weitere Änderungen finden Sie in der Datenschutzerklärung."),
    },

    problem_title: title,
    problem_advice: advice,
    problem_code: "Fehlercode:",
    link_expired: "Dieser Link ist abgelaufen",
    cross_site_title: "Sie kommen von einer anderen Website",
    cross_site_about: "Wir leiten nur Links weiter, die auf der Ergebnisseite geöffnet werden. Dieser Link führt zu:",

    forgotten_title: "Cookies gelöscht",
    forgotten_about: "Ihr Browser hat alle Cookies dieses Dienstes gelöscht. Auf unseren Servern ist nichts über Sie gespeichert.",

    date,
    duration,

    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
