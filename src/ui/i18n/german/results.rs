//! The texts of results pages in German.

use crate::fields::FieldName;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::german::format::counted;
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};

const RESULTS: Plural = Plural::new("{} Ergebnis", "{} Ergebnisse");
const ADS: Plural = Plural::new("{} Anzeige", "{} Anzeigen");

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("Ergebnisse für {keyword}"),
    found: |results, ads, partner| match ads {
        0 => format!("{} von {partner}", counted(results, &RESULTS)),
        ads => format!("{} und {} von {partner}", counted(results, &RESULTS), counted(ads, &ADS)),
    },
    from: |partner| format!("Ergebnisse von {partner}"),
    sponsored: "Anzeige",
    about_ads: "Über diese Anzeigen",
    nothing_found: |partner| format!("{partner} hat zu dieser Suche nichts gefunden"),
    nothing_found_advice: [
        "Prüfen Sie die Schreibweise.",
        "Versuchen Sie es mit weniger oder allgemeineren Wörtern.",
        "Versuchen Sie es in einer anderen Sprache (unten).",
    ],
    redacted: "Ihre Suche enthielt vermutlich personenbezogene Daten. Wir haben sie entfernt, bevor wir die Suche weitergeleitet \
               haben.",
    redacted_link: "Was wir entfernen",
    shortened: "Ihre Suche war sehr lang. Wir haben nur ihren Anfang weitergeleitet.",
    pages: "Ergebnisseiten",
    page: |number| format!("Seite {number}"),
    next: "Weiter",
    previous: "Zurück",
    search_again: "Erneut suchen",
    truncated: "Die Antwort des Suchpartners ist hier abgebrochen. Möglicherweise gibt es weitere Ergebnisse.",
    sent: SentTexts {
        summary: "Was gesendet wurde",
        intro: |partner| format!("Das hat {partner} mit Ihrer Suche erhalten:"),
        field_column: "Angabe",
        value_column: "Was gesendet wurde",
        field: |field| match field {
            FieldName::Keyword => "Suchbegriff",
            FieldName::PartnerCode => "Code Ihrer Toolbar",
            FieldName::Language => "Sprache",
            FieldName::Browser => "Browserfamilie",
            FieldName::Time => "Stunde des Tages (UTC)",
            FieldName::AnonymousId => "Pseudonym, nur für diesen Tag und Partner",
        },
        not_sent: "nicht gesendet",
        nothing_else: |partner| {
            format!(
                "Mehr hat {partner} nicht über Sie erfahren: keine IP-Adresse, kein Cookie, keine Version des Browsers, und nicht, \
                 woher Sie kamen."
            )
        },
        unanswered: |partner| {
            format!(
                "Vorher haben wir {partner} gefragt und diese Angaben gesendet, soweit sie dorthin gehen. Eine Antwort kam nicht."
            )
        },
        more: "Alles, was wir weitergeben und zählen",
    },
};
