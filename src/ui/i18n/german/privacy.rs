//! The privacy statement in German.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::german::clauses;
use crate::ui::i18n::german::format::{date, duration};
use crate::ui::i18n::privacy_texts::PrivacyTexts;

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "Datenschutzerklärung",
    version: |number, day| format!("Version {number}, gültig seit dem {}.", date(day)),
    changes: |day| format!("Änderungen vom {}", date(day)),
    sent_to: |partner| format!("Was {partner} erhält"),
    parameter: "Parameter",
    content: "Inhalt",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "für alle derselbe Text",
        Agent::ByBrowser => "ein fester Text je Browserfamilie; ohne Version, ohne Betriebssystem",
    },
    links: |links| match links {
        Links::Counted => "Links in den Ergebnissen führen über diesen Dienst und werden gezählt.",
        Links::Direct => "Links in den Ergebnissen führen direkt zu ihrem Ziel und werden nicht gezählt.",
    },
    images: "Bilder in den Ergebnissen rufen wir für Sie ab. Die Websites, auf denen sie liegen, erfahren, dass und wann \
             jemand sie angesehen hat, aber weder Ihre IP-Adresse noch etwas über Ihren Browser.",
    no_stamp: "Ihr Browser hat beim Abruf dieser Seite keinen Stempel gesendet.",
    invalid_stamp: "Ihr Browser hat beim Abruf dieser Seite einen Stempel gesendet, der aber ungültig oder abgelaufen ist.",
    stamp,
    forget_button: "Vergessen Sie mich",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "Ihr Browser hat beim Abruf dieser Seite einen Stempel gesendet, den er am {} erhalten hat. Der Stempel wurde \
             noch nicht gezählt; das geschieht bei Ihrem nächsten Besuch.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("am {cohort}"),
        CohortPrecision::Week => format!("in der Woche ab dem {cohort}"),
        CohortPrecision::Month => format!("im Monat ab dem {cohort}"),
    };
    let number = if stamp.serial.is_some() { "Er enthält eine Zufallszahl." } else { "Er enthält keine Zahl." };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "Ihr Browser hat beim Abruf dieser Seite einen Stempel gesendet. Demnach war Ihr erster Besuch {first} und Ihr \
         letzter Besuch am {last}. {number} Er läuft am {end} ab."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "Ihr Suchbegriff; personenbezogene Daten werden entfernt, soweit sie erkannt werden",
            Policy::Refuse => {
                "Ihr Suchbegriff; eine Suche, in der personenbezogene Daten erkannt werden, wird abgelehnt"
            }
            Policy::Off => "Ihr Suchbegriff, auch mit personenbezogenen Daten",
        },
        FieldName::PartnerCode => {
            "die Toolbar oder der Browser, von dem die Suche kommt, als Code aus einer festen Liste"
        }
        FieldName::Language => "Ihre Sprache, als eine aus einer festen Liste",
        FieldName::Browser => "Ihre Browserfamilie, zum Beispiel firefox; ohne Version, ohne Betriebssystem",
        FieldName::Time => "die Stunde des Tages (UTC)",
        FieldName::AnonymousId => {
            "ein Pseudonym, falls Ihre Toolbar eine Kennung sendet: für jeden Partner und jeden Tag ein anderes"
        }
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "den Suchbegriff",
        FieldName::PartnerCode => "den Code der Toolbar",
        FieldName::Language => "die Sprache",
        FieldName::Browser => "die Browserfamilie",
        FieldName::Time => "die Stunde des Tages",
        FieldName::AnonymousId => "ein tägliches Pseudonym",
    };
    format!("{partner} erhält {field} im Parameter „{parameter}“.")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "Personenbezogene Daten, die in einem Suchbegriff erkannt werden, werden entfernt.",
        Policy::Refuse => "Eine Suche, in der personenbezogene Daten erkannt werden, wird abgelehnt.",
        Policy::Off => "Suchbegriffe werden auch mit personenbezogenen Daten weitergegeben.",
    }
}

/// What an edition of the texts changed.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "Jetzt steht hier auch, wer diesen Dienst betreibt, was der Betreiber am Stempel erkennen könnte, was genaue Zahlen \
             verraten können, was im Verlauf Ihres Browsers bleibt, was eine bösartige Toolbar in einer Suche verstecken könnte \
             und was Behörden oder ein Käufer bekämen."
        }
        7 => "Jetzt steht hier auch, dass Anfragen an Partner, die nach Anfragen bezahlt werden, gezählt werden.",
        _ => "Der Inhalt ist derselbe.",
    };
    format!("Ein neuer Wortlaut dieser Erklärung (Ausgabe {edition}). {changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => format!("{partner} sieht für alle denselben User-Agent."),
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} sieht einen User-Agent je Browserfamilie.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("Links in Ergebnissen von {partner} führen über diesen Dienst und werden gezählt.")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("Links in Ergebnissen von {partner} führen direkt zu ihrem Ziel und werden nicht gezählt.")
        }
        Fact::PartnerName { partner, display_name } => format!("{partner} ist Nutzern als {display_name} bekannt."),
        Fact::Images { partner } => {
            format!("Dieser Dienst ruft die Bilder in Ergebnissen von {partner} ab und zeigt sie an.")
        }
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("Partnern kann die Sprache {tag} mitgeteilt werden."),
        Fact::ClickTtl { seconds } => {
            format!("Der Link eines Ergebnisses lässt sich {} lang öffnen.", duration(*seconds))
        }
        Fact::SmallCount { k } => {
            format!(
                "Sprachen, Browserfamilien und Suchbegriffsgruppen nennen wir ab {k} verschiedenen Menschen am Tag."
            )
        }
        Fact::KeywordGroup { name } => {
            format!("Suchen und Klicks werden in der Suchbegriffsgruppe „{name}“ gezählt, ohne ihre Suchbegriffe.")
        }
        Fact::Service { name } => format!("Dieser Dienst heißt {name}."),
        Fact::Operator { name } => format!("Dieser Dienst wird betrieben von: {name}."),
        Fact::Contact { url } => format!("Der Betreiber ist erreichbar unter {url}."),
        Fact::Imprint { url } => format!("Das Impressum steht unter {url}."),
        Fact::HomePage { url } => format!("Die Website des Betreibers ist {url}."),
        Fact::FailOver => "Fällt ein Partner aus, wird ein anderer gefragt.".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("Sprachen, die {partner} mitgeteilt werden könnten: {languages}. Codes: {codes}.")
        }
        Fact::RepeatWindow { seconds: 0 } => "Wiederholte Klicks auf ein Ergebnis werden nicht erkannt.".into(),
        Fact::RepeatWindow { seconds } => {
            format!("Von mehreren Klicks auf ein Ergebnis zählt {} lang nur einer.", duration(*seconds))
        }
        Fact::Padded => "Antworten werden aufgefüllt, damit ihre Größe weniger verrät.".into(),
        Fact::Store { store: StoreKind::File } => {
            "Die Summen liegen in einer Datei auf dem Rechner dieses Dienstes.".into()
        }
        Fact::Store { store: StoreKind::Postgresql } => "Die Summen liegen in einer PostgreSQL-Datenbank.".into(),
        Fact::SharedMemory => {
            "Mehrere Rechner teilen sich, welche Links geöffnet und welche Stempel gezählt wurden.".into()
        }
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "Eine Angabe, die diese Version des Dienstes nicht beschreiben kann.".into(),
    }
}
