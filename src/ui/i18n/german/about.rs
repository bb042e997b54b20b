//! The texts of the page about the service in German.

use crate::ui::i18n::about_texts::AboutTexts;

pub(super) const TEXTS: AboutTexts = AboutTexts {
    title: |name| format!("Über {name}"),
    about: "Wir leiten Ihre Suche an einen Suchpartner weiter – ohne Ihre IP-Adresse, ohne Ihre Cookies und ohne Einzelheiten zu Ihrem \
            Browser – und zeigen Ihnen, was er findet. Wir zeichnen nicht auf, wer was gesucht hat.",
    partners: "Ergebnisse und Anzeigen kommen von:",
    ads: "Über die Anzeigen",
    ads_labelled: "Anzeigen sind mit „Anzeige“ gekennzeichnet und stehen vor allen anderen Ergebnissen. Die Zeile über dem Titel einer Anzeige \
         nennt die Website des Werbenden.",
    ads_chosen: "Der Suchpartner wählt die Anzeigen danach aus, was Sie gerade suchen, nach der Sprache und nach dem Code Ihrer Toolbar. Danach, \
         wer Sie sind oder was Sie früher gesucht haben, kann er nicht auswählen: Das wissen weder er noch wir.",
    ads_paid: "Der Werbende bezahlt den Suchpartner, wenn eine Anzeige geöffnet wird, und der Partner bezahlt uns einen Anteil. Wir zählen, wie \
         viele Anzeigen geöffnet werden, aber nicht, von wem.",
    ads_guidance: "Die Kennzeichnung folgt den Hinweisen der US-amerikanischen Federal Trade Commission für Suchmaschinen (2013) und Artikel 26 \
         des Gesetzes über digitale Dienste der EU.",
    ads_of_partner: |partner| format!("Was {partner} über seine Anzeigen sagt"),
    add: "Zum Browser hinzufügen",
    add_about: [
        |name| {
            format!(
                "Firefox: Klicken Sie auf dieser Seite mit der rechten Maustaste in die Adressleiste und wählen Sie „{name} hinzufügen“. \
                 Wählen Sie dann {name} in den Einstellungen unter „Suche“."
            )
        },
        |name| {
            format!(
                "Chrome, Edge, Brave, Opera und Vivaldi: Suchen Sie hier einmal. Öffnen Sie dann in den Einstellungen „Suchmaschine“, \
                 „Suchmaschinen verwalten“ und aktivieren Sie {name}."
            )
        },
        |name| format!("Andere Browser: Machen Sie {name} zu Ihrer Startseite oder setzen Sie ein Lesezeichen."),
    ],
    add_post: |name| {
        format!(
            "Firefox bietet auch „{name}“ an. Damit stehen Ihre Suchbegriffe nicht in den Adressen der Seiten und also nicht in Ihrem \
             Verlauf."
        )
    },
    keys: "Tastatur",
    keys_about: "Zugriffstasten: Drücken Sie mit der Taste in Firefox Alt und Umschalt, in Chrome und Edge Alt, auf einem Mac Control und \
                 Option.",
    key_targets: ["Suchfeld", "Inhalt der Seite", "Startseite"],
};
