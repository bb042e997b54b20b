//! The privacy statement in French.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::french::clauses;
use crate::ui::i18n::french::format::{date, de, duration};
use crate::ui::i18n::privacy_texts::PrivacyTexts;

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "Déclaration de confidentialité",
    version: |number, day| format!("Version {number}, en vigueur depuis le {}.", date(day)),
    changes: |day| format!("Ce qui a changé le {}", date(day)),
    sent_to: |partner| format!("Ce qui est envoyé à {partner}"),
    parameter: "Paramètre",
    content: "Contenu",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "le même texte pour tout le monde",
        Agent::ByBrowser => "un texte fixe par famille de navigateurs ; ni version, ni système d’exploitation",
    },
    links: |links| match links {
        Links::Counted => "Les liens de ses résultats passent par ce service et sont comptés.",
        Links::Direct => "Les liens de ses résultats mènent directement à leur destination et ne sont pas comptés.",
    },
    images: "Nous récupérons pour vous les images de ses résultats. Les sites qui les hébergent apprennent que \
             quelqu’un les a vues, et quand, mais ni votre adresse IP ni quoi que ce soit sur votre navigateur.",
    no_stamp: "Votre navigateur n’a pas envoyé de cachet en demandant cette page.",
    invalid_stamp: "Votre navigateur a envoyé un cachet en demandant cette page, mais ce cachet n’est pas valide ou a \
                    expiré.",
    stamp,
    forget_button: "Oubliez-moi",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "En demandant cette page, votre navigateur a envoyé un cachet qu’il a reçu le {}. Ce cachet n’a pas encore \
             été compté ; il le sera à votre prochaine visite.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("le {cohort}"),
        CohortPrecision::Week => format!("au cours de la semaine commençant le {cohort}"),
        CohortPrecision::Month => format!("au cours du mois commençant le {cohort}"),
    };
    let number =
        if stamp.serial.is_some() { "Il contient un numéro aléatoire." } else { "Il ne contient pas de numéro." };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "Votre navigateur a envoyé un cachet en demandant cette page. Ce cachet indique que votre première visite a eu \
         lieu {first} et votre dernière visite le {last}. {number} Il expire le {end}."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => {
                "ce que vous avez cherché ; les données personnelles sont supprimées là où elles sont reconnues"
            }
            Policy::Refuse => {
                "ce que vous avez cherché ; une recherche où des données personnelles sont reconnues est rejetée"
            }
            Policy::Off => "ce que vous avez cherché, y compris d’éventuelles données personnelles",
        },
        FieldName::PartnerCode => {
            "la barre d’outils ou le navigateur d’où vient votre recherche, sous la forme d’un code d’une liste fixe"
        }
        FieldName::Language => "votre langue, parmi celles d’une liste fixe",
        FieldName::Browser => {
            "la famille de votre navigateur, par exemple firefox ; ni version, ni système d’exploitation"
        }
        FieldName::Time => "l’heure de la journée (UTC), sans les minutes",
        FieldName::AnonymousId => {
            "un pseudonyme, si votre barre d’outils envoie un identifiant : différent pour chaque partenaire et chaque \
             jour"
        }
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "les mots-clés",
        FieldName::PartnerCode => "le code de la barre d’outils",
        FieldName::Language => "la langue",
        FieldName::Browser => "la famille de navigateurs",
        FieldName::Time => "l’heure de la journée, sans les minutes,",
        FieldName::AnonymousId => "un pseudonyme quotidien",
    };
    format!("{partner} reçoit {field} dans le paramètre « {parameter} ».")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "Les données personnelles qui sont reconnues dans des mots-clés sont supprimées.",
        Policy::Refuse => "Une recherche où des données personnelles sont reconnues est rejetée.",
        Policy::Off => "Les mots-clés sont transmis avec toutes les données personnelles qu’ils contiennent.",
    }
}

/// What an edition of the texts changed.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "Elle dit désormais aussi qui exploite ce service, ce que le cachet permettrait à l’exploitant de voir, ce \
             que des décomptes exacts peuvent révéler, ce que conserve l’historique de votre navigateur, ce qu’une \
             barre d’outils malveillante pourrait cacher dans une recherche, et ce qu’obtiendraient des autorités ou \
             un acheteur."
        }
        7 => {
            "Elle dit désormais aussi que les requêtes adressées aux partenaires rémunérés à la requête sont comptées."
        }
        _ => "Elle dit la même chose en d’autres termes.",
    };
    format!("Nouvelle rédaction de cette déclaration (édition {edition}). {changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => {
            format!("{partner} voit le même User-Agent pour tout le monde.")
        }
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} voit un User-Agent par famille de navigateurs.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("Les liens des résultats {} passent par ce service et sont comptés.", de(partner))
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!(
                "Les liens des résultats {} mènent directement à leur destination et ne sont pas comptés.",
                de(partner)
            )
        }
        Fact::PartnerName { partner, display_name } => {
            format!("Les utilisateurs connaissent {partner} sous le nom de {display_name}.")
        }
        Fact::Images { partner } => {
            format!("Ce service récupère et affiche les images des résultats {}.", de(partner))
        }
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("La langue {tag} peut être communiquée aux partenaires."),
        Fact::ClickTtl { seconds } => format!("Le lien d’un résultat fonctionne pendant {}.", duration(*seconds)),
        Fact::SmallCount { k } => {
            format!(
                "Une langue, une famille de navigateurs ou un groupe de mots-clés est nommé à partir de {k} personnes \
                 différentes en un même jour."
            )
        }
        Fact::KeywordGroup { name } => {
            format!(
                "Les recherches et les clics sont comptés dans le groupe de mots-clés « {name} », sans leurs mots-clés."
            )
        }
        Fact::Service { name } => format!("Ce service s’appelle {name}."),
        Fact::Operator { name } => format!("Ce service est exploité par {name}."),
        Fact::Contact { url } => format!("L’exploitant est joignable à l’adresse {url}."),
        Fact::Imprint { url } => format!("Les mentions légales se trouvent à l’adresse {url}."),
        Fact::HomePage { url } => format!("Le site web de l’exploitant est {url}."),
        Fact::FailOver => "Si un partenaire est défaillant, un autre est interrogé.".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("Langues qui pourraient être communiquées à {partner} : {languages}. Codes : {codes}.")
        }
        Fact::RepeatWindow { seconds: 0 } => "Les clics répétés sur un résultat ne sont pas reconnus.".into(),
        Fact::RepeatWindow { seconds } => {
            format!("Parmi plusieurs clics sur un résultat en l’espace de {}, un seul compte.", duration(*seconds))
        }
        Fact::Padded => "Les réponses sont complétées par du remplissage, afin que leur taille en dise moins.".into(),
        Fact::Store { store: StoreKind::File } => {
            "Les totaux sont stockés dans un fichier sur la machine de ce service.".into()
        }
        Fact::Store { store: StoreKind::Postgresql } => {
            "Les totaux sont stockés dans une base de données PostgreSQL.".into()
        }
        Fact::SharedMemory => {
            "Plusieurs machines partagent l’information sur les liens qui ont été ouverts et sur les cachets qui ont \
             été comptés."
                .into()
        }
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "Un fait que cette version du service ne sait pas décrire.".into(),
    }
}
