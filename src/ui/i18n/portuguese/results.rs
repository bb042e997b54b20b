//! The texts of results pages in Portuguese.

use crate::fields::FieldName;
use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::portuguese::format::counted;
use crate::ui::i18n::results_texts::{ResultsTexts, SentTexts};

const RESULTS: Plural =
    Plural { one: Some("{} resultado"), many: Some("{} de resultados"), ..Plural::invariable("{} resultados") };
const ADS: Plural =
    Plural { one: Some("{} anúncio"), many: Some("{} de anúncios"), ..Plural::invariable("{} anúncios") };

pub(super) const TEXTS: ResultsTexts = ResultsTexts {
    heading: |keyword| format!("Resultados para {keyword}"),
    found: |results, ads, partner| match ads {
        0 => format!("{} de {partner}", counted(results, &RESULTS)),
        ads => format!("{} e {}, de {partner}", counted(results, &RESULTS), counted(ads, &ADS)),
    },
    from: |partner| format!("Resultados de {partner}"),
    sponsored: "Patrocinado",
    about_ads: "Sobre estes anúncios",
    nothing_found: |partner| format!("{partner} não encontrou nada para esta pesquisa"),
    nothing_found_advice: [
        "Verifique a ortografia.",
        "Tente menos palavras ou palavras mais gerais.",
        "Tente outro idioma, abaixo.",
    ],
    redacted: "Sua pesquisa parecia conter dados pessoais. Nós os removemos antes de repassar a pesquisa.",
    redacted_link: "O que removemos",
    shortened: "Sua pesquisa era muito longa. Repassamos apenas o começo dela.",
    pages: "Páginas de resultados",
    page: |number| format!("Página {number}"),
    next: "Próxima",
    previous: "Anterior",
    search_again: "Pesquisar novamente",
    truncated: "A resposta do parceiro de pesquisa foi interrompida aqui inesperadamente. Pode haver mais resultados.",
    sent: SentTexts {
        summary: "O que foi enviado",
        intro: |partner| format!("Isto é o que {partner} recebeu com sua pesquisa:"),
        field_column: "Campo",
        value_column: "O que foi recebido",
        field: |field| match field {
            FieldName::Keyword => "O que você pesquisou",
            FieldName::PartnerCode => "Código da sua barra de ferramentas",
            FieldName::Language => "Idioma",
            FieldName::Browser => "Família do navegador",
            FieldName::Time => "Hora do dia (UTC)",
            FieldName::AnonymousId => "Pseudônimo, só para este dia e este parceiro",
        },
        not_sent: "não enviado",
        nothing_else: |partner| {
            format!(
                "{partner} não recebeu mais nada sobre você: nem endereço IP, nem cookies, nem a versão do navegador, \
                 nem de onde você veio."
            )
        },
        unanswered: |partner| {
            format!(
                "Antes, consultamos {partner}, que recebeu, destes campos, os que lhe são enviados e não respondeu."
            )
        },
        more: "Tudo o que compartilhamos e contamos",
    },
};
