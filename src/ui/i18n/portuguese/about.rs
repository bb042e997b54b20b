//! The texts of the page about the service in Portuguese.

use crate::ui::i18n::about_texts::AboutTexts;

pub(super) const TEXTS: AboutTexts = AboutTexts {
    title: |name| format!("Sobre {name}"),
    about: "Repassamos sua pesquisa a um parceiro de pesquisa, sem seu endereço IP, sem seus cookies e sem os detalhes \
            do seu navegador, e mostramos a você o que ele encontra. Não mantemos registro de quem pesquisou o quê.",
    partners: "Os resultados e os anúncios vêm de:",
    ads: "Sobre os anúncios",
    ads_labelled: "Os anúncios são identificados como “Patrocinado” e vêm antes de todos os outros resultados. A linha acima do \
         título de um anúncio mostra o site do anunciante.",
    ads_chosen: "O parceiro de pesquisa escolhe os anúncios pelo que você está pesquisando agora, pelo idioma e pelo código da \
         sua barra de ferramentas. Ele não tem como escolhê-los por quem você é nem pelo que você pesquisou antes: nem \
         ele nem nós temos essas informações.",
    ads_paid: "O anunciante paga ao parceiro de pesquisa quando um anúncio é aberto, e o parceiro nos paga uma parte. \
         Contamos quantos anúncios são abertos, mas não por quem.",
    ads_guidance: "A identificação segue as orientações da Comissão Federal de Comércio dos EUA (FTC) para mecanismos de \
         pesquisa (2013) e o artigo 26 do Regulamento dos Serviços Digitais (DSA) da União Europeia.",
    ads_of_partner: |partner| format!("O que {partner} diz sobre os próprios anúncios"),
    add: "Adicionar ao navegador",
    add_about: [
        |name| {
            format!(
                "Firefox: nesta página, clique com o botão direito na barra de endereços e escolha “Adicionar {name}”. \
                 Depois, escolha {name} em Configurações, Pesquisa."
            )
        },
        |name| {
            format!(
                "Chrome, Edge, Brave, Opera e Vivaldi: faça uma pesquisa aqui. Depois, abra Configurações, Mecanismo \
                 de pesquisa, Gerenciar mecanismos de pesquisa e ative {name}."
            )
        },
        |name| format!("Outros navegadores: defina {name} como página inicial ou adicione {name} aos favoritos."),
    ],
    add_post: |name| {
        format!(
            "O Firefox também oferece “{name}”, com o qual suas pesquisas não aparecem nos endereços das páginas nem, \
             portanto, no seu histórico."
        )
    },
    keys: "Teclado",
    keys_about: "Teclas de acesso: pressione a tecla junto com Alt e Shift no Firefox, com Alt no Chrome e no Edge e \
                 com Control e Option em um Mac.",
    key_targets: ["Caixa de pesquisa", "Conteúdo da página", "Página inicial"],
};
