//! The privacy statement in Portuguese.

use crate::fields::FieldName;
use crate::privacy::fact::{Agent, Fact, Links, Policy, StoreKind};
use crate::time::Day;
use crate::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use crate::ui::i18n::portuguese::clauses;
use crate::ui::i18n::portuguese::format::{date, duration};
use crate::ui::i18n::privacy_texts::PrivacyTexts;

pub(super) const TEXTS: PrivacyTexts = PrivacyTexts {
    title: "Declaração de privacidade",
    version: |number, day| format!("Versão {number}, em vigor desde {}.", date(day)),
    changes: |day| format!("O que mudou em {}", date(day)),
    sent_to: |partner| format!("O que é enviado a {partner}"),
    parameter: "Parâmetro",
    content: "Conteúdo",
    field,
    agent: |agent| match agent {
        Agent::Fixed => "o mesmo texto para todas as pessoas",
        Agent::ByBrowser => "um texto fixo por família de navegadores; sem versão, sem sistema operacional",
    },
    links: |links| match links {
        Links::Counted => "Os links dos resultados deste parceiro passam por este serviço e são contados.",
        Links::Direct => "Os links dos resultados deste parceiro levam diretamente ao destino e não são contados.",
    },
    images: "Buscamos para você as imagens dos resultados deste parceiro. Os sites que as hospedam ficam sabendo que \
             alguém as viu, e quando, mas não o seu endereço IP nem nada sobre o seu navegador.",
    no_stamp: "Seu navegador não enviou nenhum carimbo ao solicitar esta página.",
    invalid_stamp: "Seu navegador enviou um carimbo ao solicitar esta página, mas ele é inválido ou expirou.",
    stamp,
    forget_button: "Esqueça-me",
    fact,
    clauses: clauses::TEXTS,
};

fn stamp(stamp: &VisitStamp) -> String {
    let date = |day: Day| date(day.date());
    if stamp.provisional {
        return format!(
            "Ao solicitar esta página, seu navegador enviou um carimbo que recebeu em {}. O carimbo ainda não foi \
             contado; sua próxima visita o contará.",
            date(stamp.last)
        );
    }
    let cohort = date(stamp.cohort);
    let first = match stamp.cohort_precision() {
        CohortPrecision::Day => format!("em {cohort}"),
        CohortPrecision::Week => format!("na semana que começou em {cohort}"),
        CohortPrecision::Month => format!("no mês que começou em {cohort}"),
    };
    let number =
        if stamp.serial.is_some() { "Ele contém um número aleatório." } else { "Ele não contém nenhum número." };
    let (last, end) = (date(stamp.last), date(stamp.expiry()));
    format!(
        "Seu navegador enviou um carimbo ao solicitar esta página. Segundo ele, sua primeira visita foi {first} e sua \
         última visita foi em {last}. {number} Ele expira em {end}."
    )
}

fn field(field: FieldName, policy: Policy) -> &'static str {
    match field {
        FieldName::Keyword => match policy {
            Policy::Redact => "o que você pesquisou; dados pessoais são removidos onde são reconhecidos",
            Policy::Refuse => "o que você pesquisou; uma pesquisa em que dados pessoais são reconhecidos é recusada",
            Policy::Off => "o que você pesquisou, incluindo quaisquer dados pessoais",
        },
        FieldName::PartnerCode => {
            "a barra de ferramentas ou o navegador de onde veio sua pesquisa, na forma de um código de uma lista fixa"
        }
        FieldName::Language => "seu idioma, entre os de uma lista fixa",
        FieldName::Browser => "a família do seu navegador, como firefox; sem versão, sem sistema operacional",
        FieldName::Time => "a hora do dia (UTC), sem os minutos",
        FieldName::AnonymousId => {
            "um pseudônimo, se sua barra de ferramentas enviar um identificador: diferente para cada parceiro e cada \
             dia"
        }
    }
}

fn gets(partner: &str, field: FieldName, parameter: &str) -> String {
    let field = match field {
        FieldName::Keyword => "o termo de pesquisa",
        FieldName::PartnerCode => "o código da barra de ferramentas",
        FieldName::Language => "o idioma",
        FieldName::Browser => "a família do navegador",
        FieldName::Time => "a hora do dia, sem os minutos,",
        FieldName::AnonymousId => "um pseudônimo diário",
    };
    format!("{partner} recebe {field} no parâmetro “{parameter}”.")
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Redact => "Dados pessoais reconhecidos em um termo de pesquisa são removidos.",
        Policy::Refuse => "Uma pesquisa em que dados pessoais são reconhecidos é recusada.",
        Policy::Off => "Os termos de pesquisa são repassados com os dados pessoais que contiverem.",
    }
}

/// What an edition of the texts changed.
fn edition(edition: u32) -> String {
    let changed = match edition {
        6 => {
            "Agora ela também diz quem é responsável por este serviço, o que o carimbo permitiria ao responsável ver, \
             o que contagens exatas podem revelar, o que o histórico do seu navegador guarda, o que uma barra de \
             ferramentas maliciosa poderia esconder em uma pesquisa e o que autoridades ou um comprador obteriam."
        }
        7 => "Agora ela também diz que as solicitações a parceiros que são pagos por solicitação são contadas.",
        _ => "Ela diz as mesmas coisas com outras palavras.",
    };
    format!("Uma nova redação desta declaração (edição {edition}). {changed}")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Gets { partner, field, parameter } => gets(partner, *field, parameter),
        Fact::Agent { partner, agent: Agent::Fixed } => {
            format!("{partner} vê o mesmo User-Agent para todas as pessoas.")
        }
        Fact::Agent { partner, agent: Agent::ByBrowser } => {
            format!("{partner} vê um User-Agent por família de navegadores.")
        }
        Fact::Links { partner, links: Links::Counted } => {
            format!("Os links dos resultados de {partner} passam por este serviço e são contados.")
        }
        Fact::Links { partner, links: Links::Direct } => {
            format!("Os links dos resultados de {partner} levam diretamente ao destino e não são contados.")
        }
        Fact::PartnerName { partner, display_name } => {
            format!("As pessoas conhecem {partner} como {display_name}.")
        }
        Fact::Images { partner } => format!("Este serviço busca e mostra as imagens dos resultados de {partner}."),
        Fact::PersonalData { policy: chosen } => policy(*chosen).into(),
        Fact::Language { tag } => format!("O idioma {tag} pode ser enviado a parceiros."),
        Fact::ClickTtl { seconds } => format!("O link de um resultado funciona por {}.", duration(*seconds)),
        Fact::SmallCount { k } => {
            format!(
                "Um idioma, uma família de navegadores ou um grupo de termos de pesquisa é citado pelo nome a partir \
                 de {k} pessoas diferentes em um dia."
            )
        }
        Fact::KeywordGroup { name } => {
            format!(
                "Pesquisas e cliques são contados no grupo de termos de pesquisa “{name}”, sem os termos de pesquisa."
            )
        }
        Fact::Service { name } => format!("Este serviço se chama {name}."),
        Fact::Operator { name } => format!("O responsável por este serviço é {name}."),
        Fact::Contact { url } => format!("O contato do responsável é {url}."),
        Fact::Imprint { url } => format!("O aviso legal está em {url}."),
        Fact::HomePage { url } => format!("O site do responsável é {url}."),
        Fact::FailOver => "Se um parceiro falha, outro é consultado.".into(),
        Fact::Choices { partner, languages, codes } => {
            format!("Idiomas que poderiam ser informados a {partner}: {languages}. Códigos: {codes}.")
        }
        Fact::RepeatWindow { seconds: 0 } => "Cliques repetidos em um resultado não são reconhecidos.".into(),
        Fact::RepeatWindow { seconds } => {
            format!("De vários cliques em um resultado dentro de {}, só um conta.", duration(*seconds))
        }
        Fact::Padded => "As respostas são completadas com preenchimento, para que os tamanhos digam menos.".into(),
        Fact::Store { store: StoreKind::File } => {
            "Os totais são armazenados em um arquivo na máquina deste serviço.".into()
        }
        Fact::Store { store: StoreKind::Postgresql } => {
            "Os totais são armazenados em um banco de dados PostgreSQL.".into()
        }
        Fact::SharedMemory => {
            "Várias máquinas compartilham quais links foram abertos e quais carimbos foram contados.".into()
        }
        Fact::Texts { edition: number } => edition(*number),
        Fact::Unknown => "Um fato que esta versão do serviço não consegue descrever.".into(),
    }
}
