//! The texts of results pages in French.

use crate::fields::FieldName;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::french::format::{counted, de};
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};

const RESULTS: Plural =
    Plural { one: Some("{} résultat"), many: Some("{} de résultats"), ..Plural::invariable("{} résultats") };
const ADS: Plural =
    Plural { one: Some("{} annonce"), many: Some("{} d’annonces"), ..Plural::invariable("{} annonces") };

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("Résultats pour {keyword}"),
    found: |results, ads, partner| match ads {
        0 => format!("{} {}", counted(results, &RESULTS), de(partner)),
        ads => format!("{} et {} {}", counted(results, &RESULTS), counted(ads, &ADS), de(partner)),
    },
    from: |partner| format!("Résultats {}", de(partner)),
    sponsored: "Sponsorisé",
    about_ads: "À propos de ces annonces",
    nothing_found: |partner| format!("{partner} n’a rien trouvé pour cette recherche"),
    nothing_found_advice: [
        "Vérifiez l’orthographe.",
        "Essayez avec moins de mots ou des mots plus généraux.",
        "Essayez une autre langue, ci-dessous.",
    ],
    redacted: "Votre recherche semblait contenir des données personnelles. Nous les avons supprimées avant de \
               transmettre la recherche.",
    redacted_link: "Ce que nous supprimons",
    shortened: "Votre recherche était très longue. Nous n’en avons transmis que le début.",
    pages: "Pages de résultats",
    page: |number| format!("Page {number}"),
    next: "Suivante",
    previous: "Précédente",
    search_again: "Nouvelle recherche",
    truncated: "La réponse du partenaire de recherche s’est interrompue ici de façon inattendue. Il y a peut-être \
                d’autres résultats.",
    sent: SentTexts {
        summary: "Ce qui a été envoyé",
        intro: |partner| format!("Avec votre recherche, {partner} a reçu ceci :"),
        field_column: "Champ",
        value_column: "Valeur reçue",
        field: |field| match field {
            FieldName::Keyword => "Ce que vous avez cherché",
            FieldName::PartnerCode => "Code de votre barre d’outils",
            FieldName::Language => "Langue",
            FieldName::Browser => "Famille de navigateurs",
            FieldName::Time => "Heure de la journée (UTC)",
            FieldName::AnonymousId => "Pseudonyme, pour ce jour et ce partenaire seulement",
        },
        not_sent: "non envoyé",
        nothing_else: |partner| {
            format!(
                "{partner} n’a rien reçu d’autre sur vous : ni adresse IP, ni cookie, ni version du navigateur, ni la \
                 page d’où vous venez."
            )
        },
        unanswered: |partner| {
            format!(
                "Auparavant, nous avons interrogé {partner}, qui a reçu ceux de ces champs qui lui sont envoyés et n’a \
                 pas répondu."
            )
        },
        more: "Tout ce que nous transmettons et comptons",
    },
};
