//! The texts in Portuguese, as it is written in Brazil.

mod about;
mod clauses;
mod format;
mod personal_data;
mod privacy;
mod problems;
mod results;

use crate::ui::i18n::formatting::Plural;
use crate::ui::i18n::portuguese::format::{counted, date, duration};
use crate::ui::i18n::portuguese::problems::{advice, title};
use crate::ui::i18n::punctuation::Punctuation;
use crate::ui::i18n::texts::Texts;
use crate::ui::theme::Theme;

const MORE_CHANGES: Plural = Plural {
    one: Some("A declaração de privacidade lista mais {} alteração."),
    many: Some("A declaração de privacidade lista mais {} de alterações."),
    ..Plural::invariable("A declaração de privacidade lista mais {} alterações.")
};

pub(super) static TEXTS: Texts = Texts {
    tag: "pt-BR",
    direction: "ltr",
    punctuation: Punctuation::LATIN,
    skip_link: "Pular para o conteúdo",
    search_label: "Pesquisa",
    search_button: "Pesquisar",

    footer_label: "Sobre este serviço",
    privacy_link: "Privacidade",
    about_link: "Sobre",
    add_link: "Adicionar ao navegador",
    website: "Nosso site",
    imprint: "Aviso legal",
    contact: "Contato",
    promise: "Sem scripts, sem cookies de parceiros, sem registro do que você pesquisa.",
    settings_label: "Idioma e tema",
    language_heading: "Idioma",
    theme_heading: "Tema",
    theme: |theme| match theme {
        None => "Igual ao do navegador",
        Some(Theme::Light) => "Claro",
        Some(Theme::Dark) => "Escuro",
    },

    home_title: "Pesquise sem rastreamento",
    home_about: "Repassamos sua pesquisa a um parceiro de pesquisa sem seu endereço IP, sem seus cookies e sem os \
                 detalhes do seu navegador.",
    home_privacy_link: "Exatamente o que compartilhamos e o que contamos",
    statement_changed: |day| format!("Nossa declaração de privacidade mudou em {}:", date(day)),
    added: "Novo:",
    removed: "Não vale mais:",
    more_changes: |count| counted(count, &MORE_CHANGES),

    problem_title: title,
    problem_advice: advice,
    problem_code: "Código do erro:",
    try_again: "Tentar novamente",
    home_link: "Página inicial",
    link_expired: "Este link expirou",
    cross_site_title: "Outro site trouxe você até aqui",
    cross_site_about: "Só encaminhamos links de resultados que são abertos na página de resultados. Este link leva a:",
    open_target: "Abrir o link",
    open_target_about: "Não contamos isso, e o site não fica sabendo de onde você veio.",

    forgotten_title: "Cookies apagados",
    forgotten_about: "Seu navegador apagou os cookies deste serviço, se havia algum. Nada sobre você está armazenado \
                      em nossos servidores.",

    date,
    duration,

    results: results::TEXTS,
    about: about::TEXTS,
    privacy: privacy::TEXTS,
    personal_data: personal_data::TEXTS,
};
