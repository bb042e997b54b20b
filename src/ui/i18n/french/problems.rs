//! Error messages in French.

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "Que cherchez-vous ?",
        Problem::BadEncoding | Problem::BadParameter => "Cette recherche ne nous est pas parvenue intacte",
        Problem::CrossSite => "Cette requête vient d’un autre site",
        Problem::RobotRefused => "Les recherches sont réservées aux humains",
        Problem::NotFound => "Il n’y a rien ici",
        Problem::MethodNotAllowed => "Cette adresse ne permet pas cela",
        Problem::RequestTimeout => "Votre recherche a mis trop de temps à nous parvenir",
        Problem::ClickExpired => "Ce lien a expiré",
        Problem::BodyTooLarge | Problem::UriTooLong => "Cette recherche est trop longue",
        Problem::UnsupportedMediaType => "Nous ne pouvons pas lire cette recherche",
        Problem::WrongHost => "Adresse incorrecte",
        Problem::KeywordRefused => "Nous n’avons pas transmis cette recherche",
        Problem::TooManyRequests => "Trop de recherches à la fois",
        Problem::HeadersTooLarge => "Votre navigateur a envoyé trop de données",
        Problem::Internal => "Une erreur s’est produite",
        Problem::PartnerFailed => "Le partenaire de recherche n’a pas répondu correctement",
        Problem::PartnerUnavailable => "Aucun partenaire de recherche n’est disponible",
        Problem::Overloaded => "Le service est très sollicité",
        Problem::PrefetchRefused => "Un résultat ne s’ouvre que si vous le choisissez",
        Problem::PartnerTimeout => "Le partenaire de recherche n’a pas répondu à temps",
    }
}

/// What went wrong and what the person can do.
pub(super) fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "La recherche est vide. Saisissez un mot dans le champ de recherche.",
        Problem::BadEncoding => "L’adresse de cette recherche n’est pas valide. Saisissez de nouveau votre recherche.",
        Problem::BadParameter => {
            "L’adresse de cette recherche contient un paramètre non valide. Saisissez de nouveau votre recherche."
        }
        Problem::CrossSite => {
            "Cette requête provient d’un autre site. Utilisez plutôt le bouton de la page de confidentialité de ce \
             service."
        }
        Problem::RobotRefused => {
            "Nous ne répondons qu’aux recherches effectuées par des humains. Si vous en êtes un, désactivez ce qui \
             fait passer votre navigateur pour un robot."
        }
        Problem::NotFound => {
            "Cette page n’existe pas. Si vous avez suivi un résultat de recherche, relancez la recherche pour obtenir \
             un nouveau lien."
        }
        Problem::MethodNotAllowed => {
            "Cette adresse n’accepte pas la méthode de la requête. L’en-tête Allow indique les méthodes acceptées."
        }
        Problem::RequestTimeout => "La requête a mis trop de temps à arriver. Réessayez.",
        Problem::ClickExpired => "Ce lien a expiré. Sa destination est indiquée ci-dessous.",
        Problem::BodyTooLarge => "La recherche est trop longue. Raccourcissez-la.",
        Problem::UriTooLong => "L’adresse de cette recherche est trop longue. Raccourcissez la recherche.",
        Problem::UnsupportedMediaType => {
            "Une recherche par POST doit être envoyée au format application/x-www-form-urlencoded."
        }
        Problem::WrongHost => "Ce serveur ne répond pas à ce nom d’hôte. Vérifiez l’adresse.",
        Problem::KeywordRefused => {
            "La recherche semble contenir des données personnelles, que nous n’envoyons pas aux partenaires. \
             Retirez-les et relancez la recherche."
        }
        Problem::TooManyRequests => "Trop de requêtes proviennent de ce réseau. Attendez un instant, puis réessayez.",
        Problem::HeadersTooLarge => {
            "Les en-têtes de la requête sont trop volumineux. Supprimez les cookies de ce site, puis réessayez."
        }
        Problem::Internal => "Une erreur s’est produite de notre côté. Réessayez.",
        Problem::PartnerFailed => {
            "Le partenaire de recherche n’a pas renvoyé de réponse exploitable. Réessayez dans un instant."
        }
        Problem::PartnerUnavailable => {
            "Aucun partenaire de recherche n’est disponible pour le moment. Réessayez dans un instant."
        }
        Problem::Overloaded => "Le service est surchargé. Réessayez dans un instant.",
        Problem::PrefetchRefused => "Les liens des résultats ne peuvent pas être préchargés.",
        Problem::PartnerTimeout => "Le partenaire de recherche a mis trop de temps à répondre. Réessayez.",
    }
}
