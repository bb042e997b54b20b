//! The texts in Spanish.

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::spanish::format::{counted, date, duration};
use crate::ui::i18n::spanish::problems::{advice, title};
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = Plural {
    one: Some("Hay {} cambio más en la declaración de privacidad."),
    many: Some("Hay {} de cambios más en la declaración de privacidad."),
    ..Plural::invariable("Hay {} cambios más en la declaración de privacidad.")
};

pub(super) static TEXTS: Texts = Texts {
    tag: "es",
    direction: "ltr",
    punctuation: Punctuation::LATIN,
    skip_link: "Ir al contenido",
    search_label: "Búsqueda",
    search_button: "Buscar",

    footer_label: "Acerca de este servicio",
    privacy_link: "Privacidad",
    about_link: "Acerca de",
    add_link: "Añadir a su navegador",
    website: "Nuestro sitio web",
    imprint: "Aviso legal",
    contact: "Contacto",
    promise: "Sin scripts, sin cookies de socios y sin registro de lo que usted busca.",
    settings_label: "Idioma y tema",
    language_heading: "Idioma",
    theme_heading: "Tema",
    theme: |theme| match theme {
        None => "El del navegador",
        Some(Theme::Light) => "Claro",
        Some(Theme::Dark) => "Oscuro",
    },

    home_title: "Busque sin que le rastreen",
    home_about: "Enviamos su búsqueda a un socio de búsqueda sin su dirección IP, sin sus cookies y sin los detalles \
                 de su navegador.",
    home_privacy_link: "Qué compartimos y qué contamos exactamente",
    statement_changed: |day| format!("Nuestra declaración de privacidad cambió el {}:", date(day)),
    added: "Nuevo:",
    removed: "Ya no se aplica:",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: title,
    problem_advice: advice,
    problem_code: "Código de error:",
    try_again: "Reintentar",
    home_link: "Página de inicio",
    link_expired: "Este enlace ha caducado",
    cross_site_title: "Viene usted de otro sitio web",
    cross_site_about: "Solo redirigimos los enlaces de resultados que se abren desde la página de resultados. Este \
                       enlace lleva a:",
    open_target: "Abrir el enlace",
    open_target_about: "No lo contamos, y el sitio no llega a saber de dónde viene usted.",

    forgotten_title: "Cookies eliminadas",
    forgotten_about: "Su navegador ha eliminado las cookies de este servicio, si las había. En nuestros servidores no \
                      se guarda nada sobre usted.",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
