//! Error messages in German.

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "Was suchen Sie?",
        Problem::BadEncoding | Problem::BadParameter => "Diese Suche ist nicht vollständig angekommen",
        Problem::CrossSite => "Eine andere Website wollte das",
        Problem::RobotRefused => "Suchen sind für Menschen da",
        Problem::NotFound => "Hier gibt es nichts",
        Problem::MethodNotAllowed => "Das kann diese Adresse nicht",
        Problem::RequestTimeout => "Ihre Suche kam zu langsam an",
        Problem::ClickExpired => "Dieser Link ist abgelaufen",
        Problem::BodyTooLarge | Problem::UriTooLong => "Diese Suche ist zu lang",
        Problem::UnsupportedMediaType => "Wir können diese Suche nicht lesen",
        Problem::WrongHost => "Falsche Adresse",
        Problem::KeywordRefused => "Diese Suche haben wir nicht weitergeleitet",
        Problem::TooManyRequests => "Zu viele Suchen auf einmal",
        Problem::HeadersTooLarge => "Ihr Browser hat zu viel gesendet",
        Problem::Internal => "Etwas ist schiefgegangen",
        Problem::PartnerFailed => "Der Suchpartner hat nicht richtig geantwortet",
        Problem::PartnerUnavailable => "Zurzeit ist kein Suchpartner verfügbar",
        Problem::Overloaded => "Wir sind gerade ausgelastet",
        Problem::PrefetchRefused => "Ergebnisse werden erst geöffnet, wenn Sie sie auswählen",
        Problem::PartnerTimeout => "Der Suchpartner hat zu lange gebraucht",
    }
}

/// What went wrong and what the person can do.
pub(super) fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "Bitte geben Sie einen Suchbegriff ein.",
        Problem::BadEncoding => "Die Adresse dieser Suche ist beschädigt. Bitte geben Sie die Suche neu ein.",
        Problem::BadParameter => {
            "Die Adresse dieser Suche enthält einen ungültigen Wert. Bitte geben Sie die Suche neu ein."
        }
        Problem::CrossSite => {
            "Diese Anfrage kam von einer anderen Website. Bitte verwenden Sie die Schaltfläche auf unserer \
             Datenschutzseite."
        }
        Problem::RobotRefused => {
            "Wir beantworten nur Suchen von Menschen. Falls Sie ein Mensch sind, schalten Sie bitte ab, was Ihren Browser als \
             Roboter ausgibt."
        }
        Problem::NotFound => {
            "Unter dieser Adresse gibt es keine Seite. Falls Sie einem Suchergebnis gefolgt sind, suchen Sie bitte erneut, \
             um einen neuen Link zu erhalten."
        }
        Problem::MethodNotAllowed => {
            "Diese Adresse unterstützt die Methode der Anfrage nicht. Die Kopfzeile Allow nennt die unterstützten Methoden."
        }
        Problem::RequestTimeout => "Die Übertragung der Anfrage hat zu lange gedauert. Bitte versuchen Sie es erneut.",
        Problem::ClickExpired => "Dieser Link ist abgelaufen. Sein Ziel steht unten.",
        Problem::BodyTooLarge => "Die Suche ist zu lang. Bitte kürzen Sie sie.",
        Problem::UriTooLong => "Die Adresse dieser Suche ist zu lang. Bitte kürzen Sie die Suche.",
        Problem::UnsupportedMediaType => "Eine Suche muss als application/x-www-form-urlencoded gesendet werden.",
        Problem::WrongHost => {
            "Dieser Server ist unter diesem Namen nicht erreichbar. Bitte verwenden Sie die Adresse, unter der er \
             veröffentlicht ist."
        }
        Problem::KeywordRefused => {
            "Ihre Suche enthält vermutlich personenbezogene Daten, und die leiten wir nicht weiter. Bitte suchen Sie ohne \
             diese Angaben."
        }
        Problem::TooManyRequests => {
            "Aus Ihrem Netz kamen zu viele Anfragen. Bitte warten Sie einen Moment und versuchen Sie es dann erneut."
        }
        Problem::HeadersTooLarge => {
            "Die Kopfzeilen der Anfrage sind zu lang. Bitte löschen Sie die Cookies dieser Website und versuchen Sie es \
             erneut."
        }
        Problem::Internal => "Bei uns ist ein Fehler aufgetreten. Bitte versuchen Sie es erneut.",
        Problem::PartnerFailed => {
            "Der Suchpartner hat keine verwertbare Antwort geliefert. Bitte versuchen Sie es in einem Moment erneut."
        }
        Problem::PartnerUnavailable => {
            "Zurzeit ist kein Suchpartner verfügbar. Bitte versuchen Sie es in einem Moment erneut."
        }
        Problem::Overloaded => {
            "Zurzeit werden zu viele Suchanfragen bearbeitet. Bitte versuchen Sie es in einem Moment erneut."
        }
        Problem::PrefetchRefused => "Links zu Ergebnissen werden erst geladen, wenn sie angeklickt werden.",
        Problem::PartnerTimeout => "Der Suchpartner hat nicht rechtzeitig geantwortet. Bitte versuchen Sie es erneut.",
    }
}
