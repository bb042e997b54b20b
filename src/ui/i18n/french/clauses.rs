//! The clauses of the privacy statement in French.

use crate::privacy::clause::Topic;
use crate::privacy::fact::StoreKind;
use crate::ui::i18n::clause_texts::ClauseTexts;
use crate::ui::i18n::french::format::{de, duration};

pub(super) const TEXTS: ClauseTexts = ClauseTexts {
    heading: |topic| match topic {
        Topic::Summary => "En bref",
        Topic::Operator => "Qui exploite ce service",
        Topic::Shared => "Ce que reçoivent les partenaires de recherche",
        Topic::Counted => "Ce que nous comptons",
        Topic::Visits => "Comment nous comptons les visites",
        Topic::Click => "Quand vous ouvrez un résultat",
        Topic::Device => "Ce qui reste sur votre appareil",
        Topic::Choices => "Vos choix",
        Topic::Memory => "Durées de conservation",
        Topic::Residual => "Ce qui pourrait malgré tout être vu",
        Topic::Law => "Autorités, vente, machines et modifications",
    },
    six_fields: "D’une recherche, un partenaire de recherche reçoit au plus six informations. Il ne reçoit ni adresse \
                 IP, ni cookies, ni en-têtes de votre navigateur. Nous supprimons tout le reste dès sa réception.",
    nothing_recorded: "Nous n’enregistrons que des totaux. Aucun mot-clé, aucun identifiant et aucune adresse IP n’est \
                       enregistré où que ce soit et, d’un événement isolé, nous n’enregistrons rien de plus que le \
                       fait qu’un total a augmenté de un.",
    no_keystrokes: "Rien ne nous est envoyé pendant que vous tapez. Il n’y a pas de suggestions.",
    no_visited_sites: "Nous ne relevons pas les sites que vous visitez. Si le lien d’un résultat passe par ce service, \
                       nous comptons le fait qu’il a été ouvert, mais pas sa destination.",
    no_scripts: "Nos pages ne contiennent aucun script et ne chargent rien depuis d’autres sites.",
    operator: |name, operator| match operator {
        Some(operator) => format!("L’exploitant {} est {operator}.", de(name)),
        None => format!("L’exploitant {} n’a pas indiqué de nom ici.", de(name)),
    },
    contact: "Pour joindre l’exploitant :",
    no_contact: "L’exploitant n’a pas indiqué d’adresse de contact ici.",
    website: "Site web",
    every_partner: "Chaque partenaire voit aussi l’adresse IP de ce service et le moment où une recherche lui \
                    parvient. Le reste de la requête est identique pour tout le monde.",
    fail_over: "Si un partenaire est défaillant, nous en interrogeons un autre. Celui-ci reçoit les mêmes \
                informations, avec un pseudonyme qui lui est propre. Il se peut que le premier ait lui aussi reçu \
                votre recherche.",
    languages: "Langues qui peuvent être communiquées à un partenaire :",
    keyword_itself: "Vos mots-clés peuvent révéler quelque chose sur vous. Hormis les données personnelles que nous \
                     reconnaissons, nous ne les évaluons pas.",
    countable_ids: "Un identifiant qui pourrait être deviné par énumération ne reçoit pas de pseudonyme : un \
                    identifiant court, un identifiant composé uniquement de chiffres, une adresse.",
    searches_and_clicks: "Nous comptons les recherches par heure, partenaire, code et issue, et les clics sur les \
                          résultats par heure, partenaire, code, type (sponsorisé ou non) et issue. Les requêtes \
                          adressées à un partenaire rémunéré à la requête sont également comptées par jour, partenaire \
                          et code.",
    exact_hours: "Ces décomptes sont exacts, même si une heure ne compte qu’un seul événement. Quiconque peut les \
                  lire, et sait que vous êtes la seule personne à avoir utilisé un code donné pendant cette heure, \
                  apprend que vous avez effectué une recherche ou cliqué, mais jamais ce que vous cherchiez. Il en va \
                  de même pour les visites d’une journée. C’est pourquoi les codes sont destinés à un grand nombre de \
                  personnes.",
    small_count: |k| {
        format!(
            "Nous comptons les langues, les familles de navigateurs et les groupes de mots-clés par jour et par \
             partenaire, chacun séparément. Une valeur n’est nommée qu’une fois constatée chez au moins {k} personnes \
             différentes ce jour-là, pour autant que les réseaux et les cachets permettent de les distinguer, et \
             seulement à la fin d’une heure."
        )
    },
    keyword_groups: "Groupes de mots-clés qui sont comptés, sans les mots-clés eux-mêmes :",
    network_limits: "Nous limitons l’usage qu’un même réseau peut faire de ce service, afin que personne ne puisse en \
                     priver les autres ni en fausser les décomptes. Pour cela, nous calculons, à l’aide d’une clé \
                     secrète, un numéro à partir de la première partie de votre adresse IP (24 bits d’une adresse \
                     IPv4, 56 bits d’une adresse IPv6). Ce numéro sert aussi à distinguer les personnes pour les \
                     décomptes ci-dessus, et à voir si un partenaire est défaillant pour tout le monde ou seulement \
                     pour un réseau.",
    repeated_clicks: "Pour que deux clics de suite ne comptent qu’une fois, nous gardons en mémoire un numéro calculé \
                      à partir du numéro de votre réseau, du User-Agent de votre navigateur et du résultat.",
    stamp: "Nous comptons combien de personnes utilisent ce service, et combien reviennent, sans identifier personne. \
            Votre navigateur ou votre barre d’outils conserve un cachet : le jour de votre première visite, le jour de \
            votre dernière visite et un numéro aléatoire qui change après chaque jour de visite. Après un mois, le \
            premier jour n’est plus indiqué qu’à la semaine près et, après six mois, qu’au mois près. Nous ne gardons \
            aucune copie du cachet.",
    stamp_rides: "Le cachet est envoyé avec chaque requête à ce service, donc aussi avec chaque recherche : sous forme \
                  de cookie ou, par une barre d’outils, sous forme d’en-tête. Nous ne le lisons que pour les décomptes \
                  décrits ici. En principe, l’exploitant pourrait modifier le programme pour qu’il relie des \
                  recherches entre elles au moyen du cachet, et vous ne le remarqueriez pas. Avec Do Not Track, il n’y \
                  a pas de cachet.",
    visit_totals: "Nous stockons des totaux par jour et par code : combien de personnes sont venues, combien de jours \
                   après leur visite précédente (de 0 à 30) et combien de celles qui étaient nouvelles un jour donné \
                   sont revenues 1, 7 et 30 jours plus tard.",
    id_counts: "Une barre d’outils qui envoie un identifiant et ne conserve pas de cachet est comptée par jour.",
    redirect: "Nous vous redirigeons sans adresse de provenance (referrer) et ne transmettons pas vos mots-clés.",
    destination: "À partir de là, la destination voit ce que voit n’importe quel site web : votre adresse IP, ce que \
                  votre navigateur révèle sur lui-même, l’heure et ses propres cookies.",
    ad_links: "Le lien d’une annonce reste tel que le partenaire l’a fourni, car c’est sur ce lien que repose sa \
               facturation. Le partenaire, et tous ceux par lesquels passe ce lien, peuvent donc voir les mêmes \
               informations sur vous, et sont peut-être en mesure de déduire du lien ou du moment à quelle recherche \
               appartient le clic. Nous ne pouvons pas l’empêcher.",
    address_history: "Si vous cherchez dans la barre d’adresse ou dans notre champ de recherche, vos mots-clés font \
                      partie de l’adresse des résultats. Votre navigateur la conserve dans son historique, qu’il peut \
                      partager avec vos autres appareils.",
    posted_search: "Avec une recherche envoyée par POST, les mots-clés n’apparaissent pas dans l’adresse. Pour cela, \
                    ajoutez à un navigateur tel que Firefox le moteur de recherche dont le nom se termine par \
                    « (POST) ».",
    uninstall: "Si vous retirez la barre d’outils ou supprimez les données de ce site, votre cachet disparaît. Nous \
                n’en sommes pas informés, et il ne reste rien ici à votre sujet.",
    global_privacy_control: "Si Global Privacy Control est activé dans votre navigateur, aucun partenaire ne reçoit de \
                             pseudonyme et votre cachet ne contient pas de numéro : il est identique pour toutes les \
                             personnes dont la première et la dernière visite ont eu lieu les mêmes jours que les \
                             vôtres.",
    do_not_track: "Si Do Not Track est activé dans votre navigateur, aucun partenaire ne reçoit non plus de \
                   pseudonyme. Vous ne recevez pas de cachet et, si vous en avez déjà un, il est supprimé.",
    withdraw: "Nous ne stockons rien sur vous qui puisse être consulté ou supprimé. Avec ce bouton, votre navigateur \
               supprime les cookies de ce service, s’il y en a, et avec eux votre cachet.",
    totals_kept: |months| {
        format!(
            "Les totaux sont stockés jusqu’à ce que l’exploitant les supprime ; aucune durée n’est fixée. Après \
             {months} mois, les totaux par heure deviennent des totaux par jour. Ils ne sont stockés ni sous le nom \
             d’une personne ni sous un identifiant."
        )
    },
    stamp_life: |months, days| {
        format!(
            "Votre navigateur garde un cachet jusqu’à ce que {days} jours se soient écoulés sans visite de votre part, \
             et pendant {months} mois au plus."
        )
    },
    stamp_mark: "Le fait qu’un cachet ou un identifiant a été compté reste en mémoire vive jusqu’à la fin de la \
                 journée (UTC).",
    pseudonym_key: "Les pseudonymes ne sont pas stockés. La clé qui les crée change chaque jour (UTC), et l’ancienne \
                    est supprimée dès que le service fonctionne.",
    link_life: |works, remembered| {
        format!(
            "Le lien d’un résultat fonctionne pendant {}. Le fait qu’il a été ouvert reste en mémoire vive pendant {} \
             au plus, afin qu’il ne compte qu’une fois.",
            duration(works),
            duration(remembered)
        )
    },
    network_life: |seconds| {
        format!(
            "Le numéro de votre réseau reste en mémoire vive pendant {} au plus, ou tant qu’une de vos connexions est \
             ouverte. Ensuite, sa clé est remplacée et tout ce qui a été calculé avec elle est oublié.",
            duration(seconds)
        )
    },
    repeat_life: |seconds| format!("Le numéro d’un clic reste en mémoire vive pendant {} au plus.", duration(seconds)),
    slice_memory: "Tant que trop peu de personnes partagent une langue, une famille de navigateurs ou un groupe de \
                   mots-clés, des numéros de réseaux et de cachets restent en mémoire vive : ceux des réseaux pendant \
                   une heure au plus, ceux des cachets jusqu’à la fin de la journée.",
    image_life: |seconds| {
        format!(
            "Les images des résultats restent en mémoire vive pendant {}, y compris pour d’autres personnes qui voient \
             les mêmes résultats.",
            duration(seconds)
        )
    },
    keyword_memory: "Nous utilisons vos mots-clés jusqu’à ce que votre recherche ait reçu sa réponse, et nous écrasons \
                     la mémoire quand nous la libérons. Des traces peuvent en subsister quelque temps après, par \
                     exemple dans des tampons du système d’exploitation.",
    network_observer: "Quiconque gère votre réseau voit que vous utilisez ce service, quand, et quelle quantité de \
                       données est envoyée. Si l’adresse de cette page commence par http://, il peut aussi lire vos \
                       recherches.",
    answer_sizes: |is_padded| {
        if is_padded {
            "Les réponses sont complétées par du remplissage pour n’avoir qu’un petit nombre de tailles, afin que leur \
             taille en dise peu sur la recherche."
        } else {
            "Les réponses ont des tailles différentes. Quelqu’un qui observe le réseau peut s’en servir pour deviner \
             une recherche."
        }
    },
    operator_could: "L’exploitant pourrait modifier le programme ou lire sa mémoire pendant qu’il s’exécute. Cette \
                     déclaration ne peut pas vous en protéger.",
    two_partners: "Deux partenaires pourraient comparer ce qu’ils reçoivent. Ils n’ont aucun pseudonyme en commun, \
                   mais pourraient reconnaître des mots-clés rares et le moment de la recherche.",
    hidden_text: |figures| {
        format!(
            "Une barre d’outils malveillante pourrait cacher des informations dans vos mots-clés : 1 bit dans le choix \
             entre majuscule et minuscule pour chaque lettre, et au moins 1 de plus dans chacune des {} lettres \
             latines (sur 52) qui ont des sosies dans d’autres alphabets. La plus longue suite de mots-clés offre de \
             la place pour {} bits ou plus.",
            figures.look_alikes, figures.longest
        )
    },
    hidden_choice: |partners| {
        let widths: Vec<String> = partners.iter().map(|(name, bits)| format!("{name} {bits}")).collect();
        format!(
            "Par le choix de la langue, du navigateur et du code, et en envoyant ou non un identifiant, elle pourrait \
             ajouter à chaque recherche au plus ce nombre de bits : {}. Si un partenaire connaît des identifiants à \
             l’avance, le choix parmi ceux-ci en ajoute d’autres.",
            widths.join(", ")
        )
    },
    hidden_time: "Elle pourrait aussi transmettre un signal par le choix du moment où elle effectue une recherche. \
                  Nous ne retardons pas les recherches.",
    known_id: "Un partenaire qui connaît l’identifiant d’une barre d’outils peut apprendre le pseudonyme du jour qui \
               lui correspond, en effectuant ici une recherche avec cet identifiant.",
    legal_process: "Si une autorité nous ordonne de remettre des données, il existe des totaux, des clés et la \
                    configuration : rien sur les recherches passées qui ne soit dit plus haut. On pourrait nous \
                    ordonner d’en enregistrer davantage à partir de ce moment.",
    sale: "Si le service est vendu, l’acheteur reçoit exactement cela. Un changement d’exploitant est une modification \
           de cette déclaration.",
    store_place: |kind, k| match kind {
        StoreKind::File => "Les totaux se trouvent dans un fichier sur la machine où fonctionne ce service.".to_owned(),
        StoreKind::Postgresql => format!(
            "Les totaux se trouvent dans une base de données PostgreSQL, qui peut être sur une autre machine. Elle les \
             reçoit pour au moins {k} événements à la fois, ou à la fin d’une heure."
        ),
    },
    shared_memory: "Plusieurs machines partagent l’information sur les liens qui ont été ouverts et sur les cachets et \
                    les identifiants qui ont été comptés : dans la mémoire d’un serveur qui peut être une autre \
                    machine, sous forme de numéros calculés avec une clé secrète.",
    changes: |days| {
        format!(
            "Les modifications de cette déclaration sont annoncées sur la page d’accueil pendant {days} jours. Les \
             versions antérieures sont stockées."
        )
    },
};
