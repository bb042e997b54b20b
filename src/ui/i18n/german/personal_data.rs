//! The texts about personal data in keywords, in German.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::country_names;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "Welche Arten und Länder erkannt werden, und wie oft das misslingt",
    title: "Personenbezogene Daten in Suchbegriffen",
    policy: |policy| match policy {
        Policy::Redact => {
            "Bevor wir Ihre Suche an einen Partner senden, suchen wir darin nach personenbezogenen Daten und ersetzen, was wir \
             erkennen, durch einen Platzhalter. Der Partner erhält nur den Platzhalter."
        }
        Policy::Refuse => {
            "Bevor wir Ihre Suche an einen Partner senden, suchen wir darin nach personenbezogenen Daten. Erkennen wir welche, \
             lehnen wir die Suche ab und senden nichts."
        }
        Policy::Off => {
            "Dieser Dienst ist so eingestellt, dass er nicht nach personenbezogenen Daten sucht: Ihre Suche wird mit allen \
             gesendet, die sie enthält. Diese Seite zeigt, was erkannt werden könnte."
        }
    },
    no_guarantee: "Das ist keine Garantie. Programme erkennen Formen von Zahlen und Wörter, keine Menschen: Namen und alles, was \
                   hier nicht steht, werden so gesendet, wie Sie sie eingeben, und manches, was hier steht, wird übersehen. \
                   Suchen Sie nicht nach dem, was niemand wissen darf.",
    method: "Wir erkennen personenbezogene Daten an ihrer Form, an ihrer Prüfziffer oder ihrem Datum, wo sie eines haben, oder am \
             Wort daneben. Ziffern aller Schriften werden gelesen. Die Länder und Nummern unten stammen aus den Tabellen, \
             die dieser Dienst benutzt.",
    kinds: "Arten",
    placeholder: "Ersetzt durch",
    comprises: "Was, und woran es erkannt wird",
    kind: |kind| match kind {
        PiiKind::Email => "E-Mail-Adressen, auch ausgeschrieben oder mit Leerzeichen, und Matrix-IDs: an der Form",
        PiiKind::Card => "Nummern von Zahlungskarten: an Herausgeber und Prüfziffer, oder nach einem Wort dafür",
        PiiKind::BankAccount => "IBANs: an Land, Länge und Prüfziffern, oder nach dem Wort",
        PiiKind::Phone => {
            "Telefonnummern: mit + oder 00 und Landesvorwahl, in der Schreibweise eines Landes, oder nach einem Wort dafür"
        }
        PiiKind::NationalNumber => {
            "Nummern von Personen: Steuer, Sozialversicherung, Krankenversicherung, Personalausweise, Reisepässe, \
             Führerscheine, Bankkonten ohne IBAN, Geburtsdaten: an Form und Prüfziffer oder Datum, oder nach ihrem Wort. \
             Außerdem Straßen mit Hausnummer und Postleitzahl, Internetadressen der Version 6, die die Kennung eines Geräts \
             enthalten, und jede Internet- oder Hardwareadresse nach ihrem Wort"
        }
        PiiKind::Link => {
            "Links, die ein Passwort, einen Schlüssel, eine E-Mail-Adresse oder einen langen zufälligen Teil enthalten"
        }
        PiiKind::Secret => {
            "Passwörter nach dem Wort, Schlüssel und Token bekannter Form, private Schlüssel und die Merksätze von Wallets"
        }
    },
    countries: "Länder",
    national_numbers: "Nationale Nummern werden an Form und Prüfziffer oder Datum erkannt für:",
    national_numbers_alone: "Nur wenn die Nummer die ganze Suche ist:",
    bank_accounts: |count| format!("IBANs von {count} Ländern und Gebieten"),
    telephone_numbers: |count| format!("Telefonnummern von {count} Ländern und Gebieten"),
    after_a_word: "Am Wort daneben erkannt",
    after_a_word_about: "Nach ihrem Wort, in den Sprachen ihrer Länder, wird eine Nummer ersetzt, ob ihre Prüfziffer stimmt oder \
                         nicht. Für Nummern aller Länder sind die Wörter in mehr als 30 Sprachen bekannt.",
    number: "Nummer",
    issued_by: "Länder",
    any_country: "alle",
    number_name,
    kept: "Was nicht ersetzt wird",
    kept_about: "Nummern nach Wörtern für:",
    kept_otherwise: "Außerdem Jahre, Daten, Beträge, Servicenummern, Hashes, UUIDs, private Internetadressen und Hardwareadressen \
                     ohne Wort.",
    figures: "Wie oft das falsch ist",
    figures_about: "Gemessen an Testsuchen mit erfundenen Daten, alle von einem Verfasser. Echte Suchen können andere Zahlen \
                    ergeben. Es zählen die Suchen, an die die Erkennung nie angepasst wurde. Ungenau heißt: nur \
                    zum Teil oder als andere Art.",
    figure_columns: ["Testsuchen", "Zu Unrecht ersetzt", "Übersehen", "Ungenau ersetzt"],
    part: |part| match part {
        "held_out" => "nie angepasst",
        _ => "angepasst",
    },
    of: |count, all| format!("{count} von {all}"),
    country: |code| country_names::name(UiLanguage::German, code),
};

/// Abbreviations are the same in every language.
fn number_name(name: &'static str) -> &'static str {
    match name {
        "passport" => "Reisepass",
        "identity card" => "Personalausweis",
        "driving licence" => "Führerschein",
        "tax number" => "Steuernummer",
        "social insurance" => "Sozialversicherung",
        "health insurance" => "Krankenversicherung",
        "bank account" => "Bankkonto",
        "payment card" => "Zahlungskarte",
        "telephone number" => "Telefonnummer",
        "date of birth" => "Geburtsdatum",
        "Internet address" => "Internetadresse",
        "hardware address" => "Hardwareadresse",
        "caller" => "Nummer eines Anrufers",
        "NHS number" => "NHS-Nummer",
        "CHI number" => "CHI-Nummer",
        "National Insurance number" => "National-Insurance-Nummer",
        "Medicare number" => "Medicare-Nummer",
        "NHI number" => "NHI-Nummer",
        "PPS number" => "PPS-Nummer",
        "ID number" => "ID-Nummer",
        "voter's number" => "Wählernummer",
        "personal code" => "Personencode",
        "insurance number" => "Versicherungsnummer",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "Emirates ID",
        "address" => "Postleitzahlen und Adressen",
        "part and article number" => "Teile und Artikel",
        "order and case number" => "Bestellungen und Vorgänge",
        "freight" => "Sendungen und Flüge",
        "medicine" => "Arzneimittel",
        "trade number" => "Handelsnummern (EAN, ISBN)",
        "company number" => "Firmen",
        "sizes, places and bits" => "Größen, Orte und Bits",
        "makers of vehicles, parts, tools, watches and appliances" => {
            "Hersteller von Fahrzeugen, Teilen, Werkzeugen, Uhren und Geräten"
        }
        "product words" => "Produkte",
        other => other,
    }
}
