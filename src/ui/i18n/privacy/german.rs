//! The privacy statement in German.

use crate::privacy::{Agent, Fact, FieldName, Links, Policy};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::UiLanguage;
use crate::ui::i18n::privacy::PrivacyTexts;

pub(super) static WORDS: PrivacyTexts = PrivacyTexts {
    title: "Datenschutzerklärung",
    version: |number, day| format!("Fassung {number}, gültig seit dem {}.", (UiLanguage::German.texts().date)(day)),
    changes: |day| format!("Was sich am {} geändert hat", (UiLanguage::German.texts().date)(day)),
    intro: "Von einer Suche gehen höchstens sechs Angaben an einen Suchpartner weiter und sonst nichts: keine \
            Netzadresse, kein Cookie, keine Kopfzeile des Browsers. Alles Übrige wird bei der Ankunft verworfen.",
    gets: |partner| format!("Was {partner} erhält"),
    parameter: "Parameter",
    says: "Was darin steht",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "ein Text, der für alle gleich ist",
        Agent::ByBrowser => "ein fester Text für jede Browserfamilie; keine Version, kein System",
    },
    links: |links| match links {
        Links::Counted => "Links in den Ergebnissen führen über diesen Dienst und werden gezählt.",
        Links::Direct => "Links in den Ergebnissen führen geradewegs zu ihrem Ziel und werden nicht gezählt.",
    },
    images: "Bilder in den Ergebnissen holt dieser Dienst. Die Seiten, auf denen sie liegen, erfahren, dass und wann \
             jemand sie angesehen hat, aber weder Ihre Netzadresse noch etwas über Ihren Browser. Die Bilder bleiben \
             einige Minuten im Arbeitsspeicher und werden auch anderen gezeigt, die dieselben Ergebnisse ansehen.",
    anyway: "Jeder Partner sieht außerdem die Netzadresse dieses Dienstes und den Augenblick, in dem eine Suche ankommt. \
             Der Rest seiner Anfrage ist für alle gleich.",
    languages: "Die Sprachen, die einem Partner genannt werden können:",
    counted: (
        "Was gezählt wird",
        &["Suchen werden nach Stunde, Partner, Code und Ausgang gezählt, Klicks auf Ergebnisse nach Stunde, Partner, \
             Code, Art (Anzeige oder nicht) und Ausgang. Sprachen, Browserfamilien und Gruppen von Suchbegriffen \
             werden nach Tag und Partner gezählt, jede für sich, und erst, wenn so viele Suchen eines Tages sie \
             hatten, dass sie auf niemanden zeigt. Geschrieben werden nur Summen. Kein Suchbegriff, keine Kennung, \
             keine Netzadresse und kein einzelner Vorgang wird irgendwo aufgeschrieben."],
    ),
    visits: (
        "Wie Besuche gezählt werden",
        &[
            "Wie viele Menschen diesen Dienst nutzen und wie viele wiederkommen, wird gezählt, ohne jemanden zu kennen. \
             Ihr Browser oder Ihre Toolbar bewahrt einen Stempel auf: den Tag des ersten Besuchs, den Tag des letzten \
             und eine Zufallszahl, die nach jedem Tag mit einem Besuch eine andere ist. Aus dem ersten Tag wird nach \
             einem Monat seine Woche und nach einem halben Jahr sein Monat. Dieser Dienst behält keine Kopie; dass eine \
             Zahl gezählt ist, steht nur im Arbeitsspeicher, bis der Tag vorbei ist.",
            "Geschrieben werden Summen nach Tag und Code: wie viele Menschen da waren, wie viele Tage nach ihrem letzten \
             Besuch (0 bis 30), und wie viele von denen, die an einem Tag neu waren, nach 1, 7 und 30 Tagen wiederkamen. \
             Eine Toolbar, die eine Kennung schickt und keinen Stempel behält, wird nach Tagen gezählt, allein aus dem \
             Arbeitsspeicher.",
        ],
    ),
    groups: "Suchbegriffsgruppen, die ohne die Suchbegriffe selbst gezählt werden:",
    small_count: |k| format!("Sprache, Browserfamilie und Suchbegriffsgruppe stehen ab {k} am Tag in den Zahlen."),
    no_stamp: "Ihr Browser hat mit dieser Seite keinen Stempel geschickt.",
    worthless_stamp: "Ihr Browser hat mit dieser Seite einen Stempel geschickt, der hier nichts oder nichts mehr gilt.",
    stamp,
    kept: (
        "Wie lange",
        &[
            "Die Summen bleiben, bis die Betreiber dieses Dienstes sie löschen; eine Frist dafür gibt es nicht. Sie \
             gehören zu keiner bestimmten Person.",
            "Ein Stempel endet spätestens dreizehn Monate nach dem ersten Besuch, und der Browser löscht ihn nach 60 Tagen \
             ohne Besuch.",
            "Pseudonyme werden nicht gespeichert. Der Schlüssel, mit dem sie entstehen, wechselt jeden Tag (UTC), und \
             der alte wird gelöscht.",
        ],
    ),
    link_life: |seconds| {
        let duration = (UiLanguage::German.texts().duration)(seconds);
        format!(
            "Der Link eines Ergebnisses lässt sich {duration} lang öffnen. Dass er geöffnet wurde, steht nur im \
             Arbeitsspeicher, damit es einmal zählt, und höchstens doppelt so lange."
        )
    },
    click: (
        "Beim Öffnen eines Ergebnisses",
        &[
            "Weitergeleitet wird ohne Verweis auf diese Seite (Referrer), und dieser Dienst gibt den Suchbegriff nicht \
             mit. Von da an sieht das Ziel, was jede Website sieht: die Netzadresse, was der Browser über sich sagt, \
             den Augenblick und die eigenen Cookies.",
            "Der Link einer Anzeige bleibt, wie der Partner ihn gegeben hat, denn danach rechnet der Partner ab. Der \
             Partner und alle, über die sein Link führt, können also dasselbe sehen und am Link oder am Augenblick \
             erkennen, zu welcher Suche der Klick gehört. Das kann dieser Dienst nicht verhindern.",
        ],
    ),
    object: (
        "Widersprechen",
        &[
            "Ist im Browser Global Privacy Control oder Do Not Track eingeschaltet, so geht kein Pseudonym an einen Partner. \
             Mit Global Privacy Control hat der Stempel keine Zahl: Er ist für alle gleich, deren erster und letzter Besuch auf \
             dieselben Tage fiel. Mit Do Not Track gibt es keinen Stempel, und ein vorhandener wird gelöscht.",
        ],
    ),
    withdraw: (
        "Widerrufen",
        &[
            "Hier ist nichts über einzelne Personen gespeichert, was sich nachschlagen oder löschen ließe. Dieser Knopf \
             lässt den Browser die Cookies dieses Dienstes löschen, falls es welche gibt, und damit den Stempel.",
        ],
    ),
    forget: "Vergessen",
    fact,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| (UiLanguage::German.texts().date)(day.date());
    if stamp.provisional {
        return format!(
            "Ihr Browser hat mit dieser Seite einen Stempel geschickt, den er am {} bekam. Er zählt, wenn er wiederkommt.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("am {cohort}"),
        CohortPrecision::Week => format!("in der Woche ab {cohort}"),
        CohortPrecision::Month => format!("im Monat ab {cohort}"),
    };
    let number = if stamp.serial.is_some() { "Er hat eine Zufallszahl." } else { "Er hat keine Zahl." };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "Ihr Browser hat mit dieser Seite einen Stempel geschickt. Er sagt: erster Besuch {first}, letzter Besuch am {last}. \
         {number} Er endet am {end}."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "der Suchbegriff; persönliche Daten sind herausgenommen, soweit sie erkannt werden",
            Policy::Refuse => "der Suchbegriff; eine Suche, in der persönliche Daten erkannt werden, wird abgelehnt",
            Policy::Off => "der Suchbegriff, auch mit persönlichen Daten",
        },
        FieldName::PartnerCode => {
            "von welcher Toolbar oder welchem Browser die Suche kommt, als Code aus einer festen Liste"
        }
        FieldName::Language => "die Sprache, als eine aus einer festen Liste",
        FieldName::Browser => "die Browserfamilie, etwa firefox; keine Version, kein System",
        FieldName::Time => "die Stunde des Tages (UTC)",
        FieldName::AnonymousId => {
            "ein Pseudonym, wenn die Toolbar eine Kennung sendet: für jeden Partner und an jedem Tag ein anderes"
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
            format!("{partner} erhält {field}, als Parameter „{parameter}“.")
        }
        Fact::Agent { partner, agent: Agent::Fixed } => format!("{partner} sieht für alle denselben User-Agent."),
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} sieht für jede Browserfamilie einen User-Agent.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("Links in Ergebnissen von {partner} führen über diesen Dienst und werden gezählt.")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("Links in Ergebnissen von {partner} führen geradewegs zu ihrem Ziel und werden nicht gezählt.")
        }
        Fact::Images { partner } => format!("Bilder in Ergebnissen von {partner} holt dieser Dienst und zeigt sie."),
        Fact::PersonalData { policy: Policy::Redact } => {
            "Persönliche Daten, die in einem Suchbegriff erkannt werden, werden herausgenommen.".into()
        }
        Fact::PersonalData { policy: Policy::Refuse } => {
            "Eine Suche, in der persönliche Daten erkannt werden, wird abgelehnt.".into()
        }
        Fact::PersonalData { policy: Policy::Off } => {
            "Suchbegriffe gehen auch mit persönlichen Daten darin weiter.".into()
        }
        Fact::Language { tag } => format!("Partnern kann die Sprache {tag} genannt werden."),
        Fact::ClickTtl { seconds } => {
            let duration = (UiLanguage::German.texts().duration)(*seconds);
            format!("Der Link eines Ergebnisses lässt sich {duration} lang öffnen.")
        }
        Fact::SmallCount { k } => {
            format!("Sprache, Browserfamilie und Suchbegriffsgruppe stehen ab {k} am Tag in den Zahlen.")
        }
        Fact::KeywordGroup { name } => {
            format!("Suchen und Klicks werden in der Suchbegriffsgruppe „{name}“ gezählt, ohne ihre Suchbegriffe.")
        }
        Fact::Texts { edition } => format!("Die Worte dieser Erklärung, in Ausgabe {edition}."),
        Fact::Unknown => "Etwas, wofür diese Version des Dienstes keine Worte hat.".into(),
    }
}
