//! The pages in German.

use jiff::civil::Date;

use crate::problem::Problem;
use crate::ui::i18n::{Texts, largest_unit, month};

pub(super) static TEXTS: Texts = Texts {
    tag: "de",
    skip: "Zum Inhalt springen",
    search_for: "Suchen nach",
    search: "Suchen",
    privacy: "Datenschutz",
    promise: "Kein Skript, keine Cookies von Partnern, kein Suchbegriff wird aufgezeichnet.",
    found,
    sponsored: "Anzeige",
    broken_off: "Hier bricht die Antwort des Suchpartners ab.",
    home: "Suchen, ohne verfolgt zu werden",
    about: "Die Suche geht an einen Suchpartner weiter, ohne Netzadresse, ohne Cookies und ohne Einzelheiten über den \
            Browser.",
    statement: "Was genau weitergeht und was gezählt wird",
    statement_changed: |day| format!("Die Datenschutzerklärung hat sich am {} geändert:", date(day)),
    added: "Neu:",
    removed: "Nicht mehr:",
    more_changes: |n| format!("Und {n} mehr; in der Erklärung stehen alle."),
    heading,
    advice,
    code: "Fehlercode:",
    too_old: "Dieser Link ist zu alt",
    from_elsewhere: "Eine andere Website hat hierher geführt",
    not_followed: "Dieses Ergebnis lässt sich nur von der Ergebnisseite aus öffnen. Sein Ziel ist:",
    forgotten: "Vergessen",
    nothing_left: "Falls es Cookies dieses Dienstes gab, sind sie jetzt aus diesem Browser gelöscht. Der Dienst selbst \
                   hat nichts Persönliches gespeichert.",
    date,
    duration,
};

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

fn found(n: usize, partner: &str) -> String {
    match n {
        0 => format!("Keine Ergebnisse zu dieser Suche von {partner}"),
        1 => format!("Ein Ergebnis von {partner}"),
        n => format!("{n} Ergebnisse von {partner}"),
    }
}

fn date(date: Date) -> String {
    format!("{}. {} {}", date.day(), month(date, &MONTHS), date.year())
}

fn duration(seconds: u64) -> String {
    let (n, unit) = largest_unit(seconds);
    let forms = [("Tag", "Tage"), ("Stunde", "Stunden"), ("Minute", "Minuten"), ("Sekunde", "Sekunden")];
    let (one, many) = forms.get(unit).copied().unwrap_or_default();
    format!("{n} {}", if n == 1 { one } else { many })
}

fn heading(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "Suchbegriff fehlt",
        Problem::BadEncoding | Problem::BadParameter => "Ungültige Anfrage",
        Problem::CrossSite => "Nicht erlaubt",
        Problem::NotFound => "Nicht gefunden",
        Problem::MethodNotAllowed => "Methode nicht erlaubt",
        Problem::RequestTimeout => "Anfrage zu langsam",
        Problem::ClickExpired => "Link abgelaufen",
        Problem::BodyTooLarge | Problem::UriTooLong => "Anfrage zu lang",
        Problem::UnsupportedMediaType => "Falsches Format",
        Problem::WrongHost => "Falscher Name",
        Problem::KeywordRefused => "Suche nicht weitergegeben",
        Problem::TooManyRequests => "Zu viele Anfragen",
        Problem::HeadersTooLarge => "Kopfzeilen zu lang",
        Problem::Internal => "Interner Fehler",
        Problem::PartnerFailed => "Suchpartner gestört",
        Problem::PartnerUnavailable => "Kein Suchpartner erreichbar",
        Problem::Overloaded => "Überlastet",
        Problem::PrefetchRefused => "Nicht im Voraus",
        Problem::PartnerTimeout => "Suchpartner zu langsam",
    }
}

fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "Hier fehlt ein Suchbegriff. Bitte ein Wort in das Suchfeld eingeben.",
        Problem::BadEncoding => "Die Adresse dieser Suche ist beschädigt. Bitte die Suche neu eingeben.",
        Problem::BadParameter => "Ein Teil dieser Adresse ist nicht zu verstehen. Bitte die Suche neu eingeben.",
        Problem::CrossSite => {
            "Die Seite einer anderen Website hat dies verlangt. Auf der Datenschutzseite dieses Dienstes gibt es dafür \
             einen Knopf."
        }
        Problem::NotFound => {
            "Unter dieser Adresse gibt es nichts. War es ein Suchergebnis, so bringt eine neue Suche einen frischen Link."
        }
        Problem::MethodNotAllowed => {
            "Diese Adresse nimmt Anfragen dieser Art nicht an. Die Kopfzeile Allow nennt die erlaubten."
        }
        Problem::RequestTimeout => "Die Anfrage kam zu langsam an. Bitte noch einmal versuchen.",
        Problem::ClickExpired => "Dieser Link ist zu alt, um von selbst zu führen. Sein Ziel steht unten.",
        Problem::BodyTooLarge => "Die Suche ist zu lang. Bitte kürzen.",
        Problem::UriTooLong => "Die Adresse dieser Suche ist zu lang. Bitte die Suche kürzen.",
        Problem::UnsupportedMediaType => "Eine Suche wird als application/x-www-form-urlencoded gesendet.",
        Problem::WrongHost => {
            "Dieser Server antwortet unter diesem Namen nicht. Bitte die Adresse verwenden, unter der er bekannt ist."
        }
        Problem::KeywordRefused => {
            "Die Suche scheint persönliche Daten zu enthalten, und die werden nicht weitergegeben. Bitte ohne sie suchen."
        }
        Problem::TooManyRequests => {
            "Aus diesem Netz kamen zu viele Anfragen. Bitte einen Augenblick warten und es dann noch einmal versuchen."
        }
        Problem::HeadersTooLarge => {
            "Die Kopfzeilen der Anfrage sind zu lang. Bitte die Cookies dieser Website löschen und es noch einmal versuchen."
        }
        Problem::Internal => "Hier ist etwas schiefgegangen. Bitte noch einmal versuchen.",
        Problem::PartnerFailed => {
            "Der Suchpartner hat keine brauchbare Antwort gegeben. Bitte gleich noch einmal versuchen."
        }
        Problem::PartnerUnavailable => {
            "Zurzeit lässt sich kein Suchpartner fragen. Bitte gleich noch einmal versuchen."
        }
        Problem::Overloaded => "Zurzeit laufen zu viele Suchen. Bitte gleich noch einmal versuchen.",
        Problem::PrefetchRefused => "Links von Ergebnissen werden nicht vor einem Klick geladen.",
        Problem::PartnerTimeout => "Der Suchpartner hat zu lange gebraucht. Bitte noch einmal versuchen.",
    }
}
