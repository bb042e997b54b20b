//! The privacy statement in Spanish.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::privacy_texts::PrivacyTexts;
use crate::ui::i18n::spanish::clauses;
use crate::ui::i18n::spanish::format::{date, duration};

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "Declaración de privacidad",
    version: |number, day| format!("Versión {number}, en vigor desde el {}.", date(day)),
    changes: |day| format!("Qué cambió el {}", date(day)),
    sent_to: |partner| format!("Qué se envía a {partner}"),
    parameter: "Parámetro",
    content: "Contenido",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "el mismo texto para todas las personas",
        Agent::ByBrowser => "un texto fijo por familia de navegadores; sin versión ni sistema operativo",
    },
    links: |links| match links {
        Links::Counted => "Los enlaces de los resultados de este socio pasan por este servicio y se cuentan.",
        Links::Direct => {
            "Los enlaces de los resultados de este socio llevan directamente a su destino y no se cuentan."
        }
    },
    images: "Obtenemos para usted las imágenes de los resultados de este socio. Los sitios que las alojan saben que \
             alguien las ha visto, y cuándo, pero no conocen su dirección IP ni nada sobre su navegador.",
    no_stamp: "Su navegador no ha enviado ningún sello al solicitar esta página.",
    invalid_stamp: "Su navegador ha enviado un sello al solicitar esta página, pero el sello no es válido o ha \
                    caducado.",
    stamp,
    forget_button: "Olvídenme",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "Al solicitar esta página, su navegador ha enviado un sello que recibió el {}. El sello aún no se ha \
             contado; se contará en su próxima visita.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("el {cohort}"),
        CohortPrecision::Week => format!("en la semana que empezó el {cohort}"),
        CohortPrecision::Month => format!("en el mes que empezó el {cohort}"),
    };
    let number = if stamp.serial.is_some() { "Contiene un número aleatorio." } else { "No contiene ningún número." };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "Su navegador ha enviado un sello al solicitar esta página. Según el sello, su primera visita fue {first} y su \
         última visita fue el {last}. {number} Caduca el {end}."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "lo que usted ha buscado; los datos personales se eliminan donde se reconocen",
            Policy::Refuse => {
                "lo que usted ha buscado; una búsqueda en la que se reconocen datos personales se rechaza"
            }
            Policy::Off => "lo que usted ha buscado, incluidos los datos personales que contenga",
        },
        FieldName::PartnerCode => {
            "la barra de herramientas o el navegador del que viene su búsqueda, en forma de un código de una lista \
             fija"
        }
        FieldName::Language => "su idioma, de entre los de una lista fija",
        FieldName::Browser => "la familia de su navegador, por ejemplo firefox; sin versión ni sistema operativo",
        FieldName::Time => "la hora del día (UTC), sin los minutos",
        FieldName::AnonymousId => {
            "un seudónimo, si su barra de herramientas envía un identificador: distinto para cada socio y cada día"
        }
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "las palabras clave",
        FieldName::PartnerCode => "el código de la barra de herramientas",
        FieldName::Language => "el idioma",
        FieldName::Browser => "la familia de navegadores",
        FieldName::Time => "la hora del día, sin los minutos,",
        FieldName::AnonymousId => "un seudónimo diario",
    };
    format!("{partner} recibe {field} en el parámetro «{parameter}».")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "Los datos personales que se reconocen en las palabras clave se eliminan.",
        Policy::Refuse => "Una búsqueda en la que se reconocen datos personales se rechaza.",
        Policy::Off => "Las palabras clave se envían con todos los datos personales que contengan.",
    }
}

/// What an edition of the texts changed.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "Ahora dice también quién es el operador de este servicio, qué permitiría ver el sello al operador, qué \
             pueden revelar los recuentos exactos, qué guarda el historial de su navegador, qué podría ocultar en una \
             búsqueda una barra de herramientas maliciosa y qué obtendrían las autoridades o un comprador."
        }
        7 => "Ahora dice también que se cuentan las solicitudes a socios a los que se paga por solicitud.",
        _ => "Dice lo mismo con otras palabras.",
    };
    format!("Una nueva redacción de esta declaración (edición {edition}). {changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => {
            format!("{partner} ve el mismo User-Agent para todas las personas.")
        }
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} ve un User-Agent por familia de navegadores.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("Los enlaces de los resultados de {partner} pasan por este servicio y se cuentan.")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("Los enlaces de los resultados de {partner} llevan directamente a su destino y no se cuentan.")
        }
        Fact::PartnerName { partner, display_name } => {
            format!("Los usuarios conocen a {partner} como {display_name}.")
        }
        Fact::Images { partner } => {
            format!("Este servicio obtiene y muestra las imágenes de los resultados de {partner}.")
        }
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("El idioma {tag} se puede comunicar a los socios."),
        Fact::ClickTtl { seconds } => format!("El enlace de un resultado funciona durante {}.", duration(*seconds)),
        Fact::SmallCount { k } => {
            format!(
                "Un idioma, una familia de navegadores o un grupo de palabras clave se nombra a partir de {k} personas \
                 distintas en un mismo día."
            )
        }
        Fact::KeywordGroup { name } => {
            format!(
                "Las búsquedas y los clics se cuentan en el grupo de palabras clave «{name}», sin sus palabras clave."
            )
        }
        Fact::Service { name } => format!("Este servicio se llama {name}."),
        Fact::Operator { name } => format!("El operador de este servicio es {name}."),
        Fact::Contact { url } => format!("Se puede contactar con el operador en {url}."),
        Fact::Imprint { url } => format!("El aviso legal está en {url}."),
        Fact::HomePage { url } => format!("El sitio web del operador es {url}."),
        Fact::FailOver => "Si un socio falla, se consulta a otro.".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("Idiomas que podrían comunicarse a {partner}: {languages}. Códigos: {codes}.")
        }
        Fact::RepeatWindow { seconds: 0 } => "Los clics repetidos en un resultado no se reconocen.".into(),
        Fact::RepeatWindow { seconds } => {
            format!("De varios clics en un resultado en un plazo de {}, cuenta uno.", duration(*seconds))
        }
        Fact::Padded => "Las respuestas se rellenan, para que su tamaño diga menos.".into(),
        Fact::Store { store: StoreKind::File } => {
            "Los totales se guardan en un archivo en la máquina de este servicio.".into()
        }
        Fact::Store { store: StoreKind::Postgresql } => {
            "Los totales se guardan en una base de datos PostgreSQL.".into()
        }
        Fact::SharedMemory => {
            "Varias máquinas comparten qué enlaces se han abierto y qué sellos se han contado.".into()
        }
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "Un hecho que esta versión del servicio no puede describir.".into(),
    }
}
