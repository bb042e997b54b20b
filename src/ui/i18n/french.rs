//! The texts in French.

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::french::format::{counted, date, duration};
use crate::ui::i18n::french::problems::{advice, title};
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = Plural {
    one: Some("{} autre modification figure dans la déclaration de confidentialité."),
    many: Some("{} d’autres modifications figurent dans la déclaration de confidentialité."),
    ..Plural::invariable("{} autres modifications figurent dans la déclaration de confidentialité.")
};

pub(super) static TEXTS: Texts = Texts {
    tag: "fr",
    direction: "ltr",
    punctuation: Punctuation::FRENCH,
    skip_link: "Aller au contenu",
    search_label: "Recherche",
    search_button: "Rechercher",

    footer_label: "À propos de ce service",
    privacy_link: "Confidentialité",
    about_link: "À propos",
    add_link: "Ajouter à votre navigateur",
    website: "Notre site web",
    imprint: "Mentions légales",
    contact: "Contact",
    promise: "Aucun script, aucun cookie de partenaire, aucun enregistrement de ce que vous cherchez.",
    settings_label: "Langue et thème",
    language_heading: "Langue",
    theme_heading: "Thème",
    theme: |theme| match theme {
        None => "Celui du navigateur",
        Some(Theme::Light) => "Clair",
        Some(Theme::Dark) => "Sombre",
    },

    home_title: "La recherche sans pistage",
    home_about: "Nous transmettons votre recherche à un partenaire de recherche, sans votre adresse IP, sans vos \
                 cookies et sans les détails de votre navigateur.",
    home_privacy_link: "Le détail exact de ce que nous transmettons et comptons",
    statement_changed: |day| format!("Notre déclaration de confidentialité a changé le {} :", date(day)),
    added: "Nouveau :",
    removed: "Ne s’applique plus :",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: title,
    problem_advice: advice,
    problem_code: "Code d’erreur :",
    try_again: "Réessayer",
    home_link: "Page d’accueil",
    link_expired: "Ce lien a expiré",
    cross_site_title: "Vous arrivez d’un autre site",
    cross_site_about: "Nous ne redirigeons vers un résultat que si son lien est ouvert depuis la page de résultats. Ce \
                       lien mène à :",
    open_target: "Ouvrir le lien",
    open_target_about: "Nous ne comptons pas cette ouverture, et le site n’apprend pas d’où vous venez.",

    forgotten_title: "Cookies supprimés",
    forgotten_about: "Votre navigateur a supprimé les cookies de ce service, s’il y en avait. Aucune information sur \
                      vous n’est stockée sur nos serveurs.",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
