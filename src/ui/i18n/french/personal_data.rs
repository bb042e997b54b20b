//! The texts about personal data in keywords, in French.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::country_names;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "Types et pays reconnus, et fréquence des échecs",
    title: "Données personnelles dans les recherches",
    policy: |policy| match policy {
        Policy::Redact => {
            "Avant d’envoyer votre recherche à un partenaire, nous y cherchons des données personnelles et remplaçons \
             ce que nous reconnaissons par un texte générique. Le partenaire ne reçoit que ce texte générique."
        }
        Policy::Refuse => {
            "Avant d’envoyer votre recherche à un partenaire, nous y cherchons des données personnelles. Si nous en \
             reconnaissons, nous rejetons la recherche et n’envoyons rien."
        }
        Policy::Off => {
            "Ce service est configuré pour ne pas chercher de données personnelles : votre recherche est envoyée avec \
             toutes celles qu’elle contient. Cette page énumère ce qui pourrait être reconnu."
        }
    },
    no_guarantee: "Ceci n’est pas une garantie. Les programmes reconnaissent des formes de numéros et des mots, pas \
                   des personnes : les noms, et tout ce qui ne figure pas ici, sont envoyés tels que vous les tapez, \
                   et une partie de ce qui figure ici nous échappe. Ne cherchez pas ce que personne ne doit savoir.",
    method: "Nous reconnaissons les données personnelles à leur forme, à leur chiffre de contrôle ou à leur date \
             lorsqu’elles en ont, ou au mot qui les accompagne. Les chiffres de toutes les écritures sont lus. Les \
             pays et les numéros ci-dessous sont lus dans les tables que ce service utilise.",
    kinds: "Types",
    placeholder: "Remplacé par",
    comprises: "Ce qui est reconnu, et à quoi",
    kind: |kind| match kind {
        PiiKind::Email => {
            "Adresses e-mail, même écrites en toutes lettres ou avec des espaces, et identifiants Matrix : à leur forme"
        }
        PiiKind::Card => {
            "Numéros de cartes de paiement : à l’émetteur et au chiffre de contrôle, ou après un mot qui les désigne"
        }
        PiiKind::BankAccount => "IBAN : au pays, à la longueur et aux chiffres de contrôle, ou après le mot lui-même",
        PiiKind::Phone => {
            "Numéros de téléphone : avec + ou 00 et un indicatif de pays, sous la forme propre à un pays, ou après un \
             mot qui les désigne"
        }
        PiiKind::NationalNumber => {
            "Numéros personnels (impôts, sécurité sociale, assurance maladie, cartes d’identité, passeports, permis de \
             conduire, comptes bancaires sans IBAN, dates de naissance) : à leur forme et à leur chiffre de contrôle \
             ou à leur date, ou après le mot qui les annonce. Également les rues avec numéro et code postal, les \
             adresses IPv6 qui contiennent l’identifiant d’un appareil, et toute adresse IP ou MAC après le mot qui \
             l’annonce"
        }
        PiiKind::Link => {
            "Liens qui contiennent un mot de passe, une clé, une adresse e-mail ou une longue partie aléatoire"
        }
        PiiKind::Secret => {
            "Mots de passe après le mot qui les annonce, clés et jetons de forme connue, clés privées, et phrases de \
             récupération de portefeuilles de cryptomonnaies"
        }
    },
    countries: "Pays",
    national_numbers: "Les numéros nationaux sont reconnus à leur forme et à leur chiffre de contrôle ou à leur date \
                       pour :",
    national_numbers_alone: "Seulement si le numéro constitue toute la recherche :",
    bank_accounts: |count| format!("IBAN de {count} pays et territoires"),
    telephone_numbers: |count| format!("Numéros de téléphone de {count} pays et territoires"),
    after_a_word: "Reconnus au mot qui les accompagne",
    after_a_word_about: "Après le mot qui l’annonce, dans les langues de ses pays, un numéro est remplacé, que son \
                         chiffre de contrôle soit juste ou faux. Pour les numéros de tous les pays, les mots sont \
                         connus dans plus de 30 langues.",
    number: "Numéro",
    issued_by: "Pays",
    any_country: "tous",
    number_name,
    kept: "Ce qui n’est pas remplacé",
    kept_about: "Les numéros après des mots désignant :",
    kept_otherwise: "Ne sont pas remplacés non plus les années, les dates, les montants, les numéros de téléphone de \
                     services, les empreintes (hash), les UUID, les adresses IP privées et les adresses MAC qu’aucun \
                     mot n’annonce.",
    figures: "Fréquence des erreurs",
    figures_about: "Mesuré sur des recherches de test contenant des données inventées, toutes du même auteur. De \
                    vraies recherches peuvent donner d’autres chiffres. Les chiffres qui comptent sont ceux des \
                    recherches sur lesquelles la détection n’a jamais été ajustée. « Inexactement » signifie : en \
                    partie, ou comme un autre type.",
    figure_columns: ["Recherches de test", "Remplacées à tort", "Manquées", "Remplacées inexactement"],
    part: |part| match part {
        "held_out" => "jamais utilisées pour ajuster la détection",
        _ => "utilisées pour ajuster la détection",
    },
    of: |count, all| format!("{count} sur {all}"),
    country: |code| country_names::name(UiLanguage::French, code),
};

/// Abbreviations are the same in every language.
fn number_name(name: &'static str) -> &'static str {
    match name {
        "passport" => "passeport",
        "identity card" => "carte d’identité",
        "driving licence" => "permis de conduire",
        "tax number" => "numéro fiscal",
        "social insurance" => "sécurité sociale",
        "health insurance" => "assurance maladie",
        "bank account" => "compte bancaire",
        "payment card" => "carte de paiement",
        "telephone number" => "numéro de téléphone",
        "date of birth" => "date de naissance",
        "Internet address" => "adresse IP",
        "hardware address" => "adresse MAC",
        "caller" => "numéro d’un appelant",
        "NHS number" => "numéro NHS",
        "CHI number" => "numéro CHI",
        "National Insurance number" => "numéro de National Insurance",
        "Medicare number" => "numéro Medicare",
        "NHI number" => "numéro NHI",
        "PPS number" => "numéro PPS",
        "ID number" => "numéro d’identité",
        "voter's number" => "numéro d’électeur",
        "personal code" => "code personnel",
        "insurance number" => "numéro d’assurance",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "Emirates ID",
        "address" => "codes postaux et adresses",
        "part and article number" => "pièces et articles",
        "order and case number" => "commandes et dossiers",
        "freight" => "fret et vols",
        "medicine" => "médicaments",
        "trade number" => "codes de produits (EAN, ISBN)",
        "company number" => "entreprises",
        "sizes, places and bits" => "tailles, lieux et bits",
        "makers of vehicles, parts, tools, watches and appliances" => {
            "fabricants de véhicules, de pièces, d’outils, de montres et d’électroménager"
        }
        "product words" => "produits",
        other => other,
    }
}
