//! The privacy statement in German.

use crate::privacy::fact::{Agent, Fact, FieldName, Links, Policy};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::german::format::{date, duration};
use crate::ui::i18n::privacy_texts::{PrivacyTexts, Section};

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "Datenschutzerklärung",
    version: |number, day| format!("Version {number}, gültig seit dem {}.", date(day)),
    changes: |day| format!("Änderungen vom {}", date(day)),
    intro: "Von einer Suche geben wir höchstens sechs Angaben an einen Suchpartner weiter und sonst nichts: keine \
            IP-Adresse, keine Cookies und keine Kopfzeilen Ihres Browsers. Alles Übrige verwerfen wir beim Eingang.",
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
             jemand sie angesehen hat, aber weder Ihre IP-Adresse noch etwas über Ihren Browser. Wir halten die Bilder \
             einige Minuten im Arbeitsspeicher und zeigen sie auch anderen, die dieselben Ergebnisse ansehen.",
    every_partner: "Jeder Partner sieht außerdem die IP-Adresse dieses Dienstes und den Zeitpunkt, zu dem eine Suche \
                    eintrifft. Der Rest der Anfrage ist für alle gleich.",
    languages: "Sprachen, die einem Partner mitgeteilt werden können:",
    counted: Section {
        heading: "Was wir zählen",
        paragraphs: &[
            "Suchen zählen wir nach Stunde, Partner, Code und Ausgang, Klicks auf Ergebnisse nach Stunde, Partner, Code, \
             Art (Anzeige oder nicht) und Ausgang. Sprachen, Browserfamilien und Suchbegriffsgruppen zählen wir nach Tag \
             und Partner, jede für sich und erst, wenn so viele Menschen an einem Tag denselben Wert haben, dass er auf \
             niemanden hinweist. Gespeichert werden nur Summen. Suchbegriffe, Kennungen, IP-Adressen und einzelne \
             Vorgänge werden nirgends aufgezeichnet.",
            "Damit niemand anderen diesen Dienst wegnehmen oder seine Zahlen fälschen kann, begrenzen wir, wie viel ein \
             einzelnes Netz ihn nutzen darf. Dafür halten wir im Arbeitsspeicher eine Zahl, die mit einem geheimen Schlüssel aus \
             dem ersten Teil Ihrer IP-Adresse berechnet ist (aus den ersten 24 Bit einer IPv4- oder den ersten 56 Bit einer \
             IPv6-Adresse). Der Schlüssel wird jede Stunde ersetzt, und alles damit Berechnete wird vergessen. Damit zwei \
             Klicks kurz nacheinander nur einmal zählen, bleibt eine mit diesem Schlüssel aus der Zahl Ihres Netzes, dem User-Agent \
             Ihres Browsers und dem Ergebnis berechnete Zahl einen Augenblick im Arbeitsspeicher. Außer für die \
             im Folgenden beschriebenen Zahlen werden sie für nichts verwendet.",
        ],
    },
    keyword_groups: "Suchbegriffsgruppen, die wir zählen – ohne die Suchbegriffe selbst:",
    small_count,
    visits: Section {
        heading: "Wie wir Besuche zählen",
        paragraphs: &[
            "Wir zählen, wie viele Menschen diesen Dienst nutzen und wie viele wiederkommen, ohne jemanden zu \
             identifizieren. Ihr Browser oder Ihre Toolbar speichert einen Stempel: den Tag Ihres ersten Besuchs, den Tag \
             Ihres letzten Besuchs und eine Zufallszahl, die nach jedem Tag mit einem Besuch wechselt. Nach einem Monat \
             wird der erste Tag auf seine Woche vergröbert, nach einem halben Jahr auf seinen Monat. Wir behalten keine \
             Kopie des Stempels. Dass eine Zahl gezählt wurde, merken wir uns nur im Arbeitsspeicher und nur, bis der Tag \
             vorbei ist.",
            "Gespeichert werden Summen nach Tag und Code: wie viele Menschen da waren, wie viele Tage nach ihrem vorherigen \
             Besuch (0 bis 30) und wie viele von denen, die an einem Tag neu waren, nach 1, 7 und 30 Tagen wiederkamen. \
             Eine Toolbar, die eine Kennung sendet und keinen Stempel speichert, wird tageweise gezählt, allein anhand des \
             Arbeitsspeichers.",
        ],
    },
    no_stamp: "Ihr Browser hat beim Abruf dieser Seite keinen Stempel gesendet.",
    invalid_stamp: "Ihr Browser hat beim Abruf dieser Seite einen Stempel gesendet, der aber ungültig oder abgelaufen ist.",
    stamp,
    retention: Section {
        heading: "Wie lange wir Daten speichern",
        paragraphs: &[
            "Die Summen bleiben gespeichert, bis der Betreiber dieses Dienstes sie löscht; eine Frist dafür gibt es nicht. \
             Sie gehören zu keiner bestimmten Person.",
            "Ein Stempel läuft spätestens dreizehn Monate nach Ihrem ersten Besuch ab, und Ihr Browser löscht ihn nach 60 \
             Tagen ohne Besuch.",
            "Pseudonyme werden nicht gespeichert. Der Schlüssel, mit dem sie erzeugt werden, wechselt jeden Tag (UTC), und \
             der alte wird gelöscht.",
        ],
    },
    link_lifetime: |seconds| {
        let duration = duration(seconds);
        format!(
            "Der Link eines Ergebnisses lässt sich {duration} lang öffnen. Dass er geöffnet wurde, merken wir uns nur im \
             Arbeitsspeicher, damit er nur einmal zählt, und höchstens doppelt so lange."
        )
    },
    click: Section {
        heading: "Wenn Sie ein Ergebnis öffnen",
        paragraphs: &[
            "Wir leiten Sie ohne Referrer weiter und geben Ihren Suchbegriff nicht mit. Von da an sieht das Ziel, was jede \
             Website sieht: Ihre IP-Adresse, die Angaben Ihres Browsers über sich selbst, den Zeitpunkt und seine eigenen \
             Cookies.",
            "Der Link einer Anzeige bleibt, wie der Partner ihn geliefert hat, denn danach rechnet der Partner ab. Der \
             Partner und alle, über die sein Link führt, können deshalb dasselbe über Sie erfahren und am Link oder am \
             Zeitpunkt möglicherweise erkennen, zu welcher Suche der Klick gehört. Das können wir nicht verhindern.",
        ],
    },
    object: Section {
        heading: "Wie Sie widersprechen",
        paragraphs: &[
            "Wenn in Ihrem Browser Global Privacy Control oder Do Not Track eingeschaltet ist, erhält kein Partner \
             ein Pseudonym. Mit Global Privacy Control enthält Ihr Stempel keine Zahl: Er ist für alle gleich, deren erster \
             und letzter Besuch auf dieselben Tage fielen wie Ihre. Mit Do Not Track erhalten Sie keinen Stempel, und ein \
             vorhandener wird gelöscht.",
        ],
    },
    withdraw: Section {
        heading: "Wie Sie widerrufen",
        paragraphs: &[
            "Wir speichern nichts über Sie, was sich nachschlagen oder löschen ließe. Diese Schaltfläche lässt Ihren \
             Browser die Cookies dieses Dienstes löschen, falls es welche gibt, und damit Ihren Stempel.",
        ],
    },
    forget_button: "Vergessen Sie mich",
    fact,
};

fn small_count(k: u64) -> String {
    format!(
        "Eine Sprache, Browserfamilie oder Suchbegriffsgruppe erscheint in den Zahlen eines Tages nur, wenn sie an \
         diesem Tag bei mindestens {k} verschiedenen Menschen vorkam, und erst am Ende einer Stunde. Um Menschen zu unterscheiden, \
         bleiben die hier beschriebenen Zahlen von Netzen und Stempeln im Arbeitsspeicher, bis es genug sind: die von Netzen \
         höchstens eine Stunde, die von Stempeln bis zum Ende des Tages."
    )
}

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

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => {
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
        Fact::Images { partner } => {
            format!("Dieser Dienst ruft die Bilder in Ergebnissen von {partner} ab und zeigt sie an.")
        }
        Fact::PersonalData { policy: Policy::Redact } => {
            "Personenbezogene Daten, die in einem Suchbegriff erkannt werden, werden entfernt.".into()
        }
        Fact::PersonalData { policy: Policy::Refuse } => {
            "Eine Suche, in der personenbezogene Daten erkannt werden, wird abgelehnt.".into()
        }
        Fact::PersonalData { policy: Policy::Off } => {
            "Suchbegriffe werden auch mit personenbezogenen Daten weitergegeben.".into()
        }
        Fact::Language { tag } => format!("Partnern kann die Sprache {tag} mitgeteilt werden."),
        Fact::ClickTtl { seconds } => {
            format!("Der Link eines Ergebnisses lässt sich {} lang öffnen.", duration(*seconds))
        }
        Fact::SmallCount { k } => small_count(*k),
        Fact::KeywordGroup { name } => {
            format!("Suchen und Klicks werden in der Suchbegriffsgruppe „{name}“ gezählt, ohne ihre Suchbegriffe.")
        }
        Fact::Texts { edition } => format!("Der Wortlaut dieser Erklärung, Ausgabe {edition}."),
        Fact::Unknown => "Eine Angabe, die diese Version des Dienstes nicht beschreiben kann.".into(),
    }
}
