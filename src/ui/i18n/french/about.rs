//! The texts of the page about the service in French.

use crate::ui::i18n::about_texts::AboutTexts;
use crate::ui::i18n::french::format::de;

pub(super) const TEXTS: AboutTexts = AboutTexts {
    title: |name| format!("À propos {}", de(name)),
    about: "Nous transmettons votre recherche à un partenaire de recherche, sans votre adresse IP, sans vos cookies et \
            sans les détails de votre navigateur, et nous vous montrons ce qu’il trouve. Nous n’enregistrons pas qui a \
            cherché quoi.",
    partners: "Les résultats et les annonces viennent de :",
    ads: "À propos des annonces",
    ads_labelled: "Les annonces portent la mention « Sponsorisé » et précèdent tous les autres résultats. La ligne au-dessus du \
         titre d’une annonce indique le site de l’annonceur.",
    ads_chosen: "Le partenaire de recherche choisit les annonces d’après ce que vous cherchez à cet instant, la langue et le \
         code de votre barre d’outils. Il ne peut pas les choisir d’après qui vous êtes ni d’après vos recherches \
         précédentes : ni lui ni nous ne disposons de ces informations.",
    ads_paid: "L’annonceur paie le partenaire de recherche quand une annonce est ouverte, et le partenaire nous en verse une \
         part. Nous comptons combien d’annonces sont ouvertes, mais pas par qui.",
    ads_guidance: "Ces mentions suivent les recommandations de la Federal Trade Commission des États-Unis pour les moteurs de \
         recherche (2013) et l’article 26 du règlement de l’UE sur les services numériques.",
    ads_of_partner: |partner| format!("Ce que dit {partner} de ses annonces"),
    add: "Ajouter à votre navigateur",
    add_about: [
        |name| {
            format!(
                "Firefox : sur cette page, faites un clic droit dans la barre d’adresse et choisissez « Ajouter \
                 {name} ». Choisissez ensuite {name} dans Paramètres, Recherche."
            )
        },
        |name| {
            format!(
                "Chrome, Edge, Brave, Opera et Vivaldi : effectuez ici une recherche. Ouvrez ensuite Paramètres, \
                 Moteur de recherche, Gérer les moteurs de recherche, et activez {name}."
            )
        },
        |name| {
            format!("Autres navigateurs : faites {} votre page d’accueil, ou ajoutez {name} à vos favoris.", de(name))
        },
    ],
    add_post: |name| {
        format!(
            "Firefox propose aussi « {name} » : vos recherches n’apparaissent alors ni dans les adresses des pages ni, \
             par conséquent, dans votre historique."
        )
    },
    keys: "Clavier",
    keys_about: "Touches d’accès : combinez la touche avec Alt et Maj dans Firefox, avec Alt dans Chrome et Edge, avec \
                 Contrôle et Option sur un Mac.",
    key_targets: ["Champ de recherche", "Contenu de la page", "Page d’accueil"],
};
