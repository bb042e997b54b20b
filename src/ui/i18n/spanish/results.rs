//! The texts of results pages in Spanish.

use crate::fields::FieldName;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};
use crate::ui::i18n::spanish::format::counted;

const RESULTS: Plural =
    Plural { one: Some("{} resultado"), many: Some("{} de resultados"), ..Plural::invariable("{} resultados") };
const ADS: Plural =
    Plural { one: Some("{} anuncio"), many: Some("{} de anuncios"), ..Plural::invariable("{} anuncios") };

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("Resultados para {keyword}"),
    found: |results, ads, partner| match ads {
        0 => format!("{} de {partner}", counted(results, &RESULTS)),
        ads => format!("{} y {} de {partner}", counted(results, &RESULTS), counted(ads, &ADS)),
    },
    from: |partner| format!("Resultados de {partner}"),
    sponsored: "Patrocinado",
    about_ads: "Acerca de estos anuncios",
    nothing_found: |partner| format!("{partner} no ha encontrado nada para esta búsqueda"),
    nothing_found_advice: [
        "Compruebe la ortografía.",
        "Pruebe con menos palabras o con palabras más generales.",
        "Pruebe con otro idioma, más abajo.",
    ],
    redacted: "Su búsqueda parecía contener datos personales. Los hemos eliminado antes de enviar la búsqueda.",
    redacted_link: "Qué eliminamos",
    shortened: "Su búsqueda era muy larga. Solo hemos enviado el principio.",
    pages: "Páginas de resultados",
    page: |number| format!("Página {number}"),
    next: "Siguiente",
    previous: "Anterior",
    search_again: "Buscar de nuevo",
    truncated: "La respuesta del socio de búsqueda se ha interrumpido aquí de forma inesperada. Puede que haya más \
                resultados.",
    sent: SentTexts {
        summary: "Qué se ha enviado",
        intro: |partner| format!("Con su búsqueda, {partner} ha recibido lo siguiente:"),
        field_column: "Campo",
        value_column: "Valor recibido",
        field: |field| match field {
            FieldName::Keyword => "Lo que usted ha buscado",
            FieldName::PartnerCode => "Código de su barra de herramientas",
            FieldName::Language => "Idioma",
            FieldName::Browser => "Familia de navegadores",
            FieldName::Time => "Hora del día (UTC)",
            FieldName::AnonymousId => "Seudónimo, solo para este día y este socio",
        },
        not_sent: "no enviado",
        nothing_else: |partner| {
            format!(
                "{partner} no ha recibido nada más sobre usted: ni dirección IP, ni cookies, ni la versión del \
                 navegador, ni la página de la que viene usted."
            )
        },
        unanswered: |partner| {
            format!(
                "Antes hemos consultado a {partner}, que ha recibido, de estos campos, los que se le envían y no ha \
                 respondido."
            )
        },
        more: "Todo lo que compartimos y contamos",
    },
};
