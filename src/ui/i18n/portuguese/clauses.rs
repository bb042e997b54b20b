//! The clauses of the privacy statement in Portuguese. The operator is `o responsável`: in Brazilian law (LGPD, article
//! 5), `operador` is who processes data for another.

use crate::privacy::clause::Topic;
use crate::privacy::fact::StoreKind;
use crate::ui::i18n::clause_texts::ClauseTexts;
use crate::ui::i18n::portuguese::format::duration;

pub(super) const TEXTS: ClauseTexts = ClauseTexts {
    heading: |topic| match topic {
        Topic::Summary => "Em resumo",
        Topic::Operator => "Quem é responsável por este serviço",
        Topic::Shared => "O que os parceiros de pesquisa recebem",
        Topic::Counted => "O que contamos",
        Topic::Visits => "Como contamos as visitas",
        Topic::Click => "Quando você abre um resultado",
        Topic::Device => "O que fica no seu dispositivo",
        Topic::Choices => "Suas opções",
        Topic::Memory => "Prazos de retenção",
        Topic::Residual => "O que ainda poderia ser visto",
        Topic::Law => "Autoridades, venda, máquinas e alterações",
    },
    six_fields: "De cada pesquisa, um parceiro de pesquisa recebe no máximo seis informações. Não recebe endereço IP, \
                 cookies nem cabeçalhos do seu navegador. Descartamos todo o resto na chegada.",
    nothing_recorded: "Registramos apenas totais. Nenhum termo de pesquisa, identificador ou endereço IP é registrado \
                       em lugar algum e, de um evento isolado, registramos apenas que um total aumentou em um.",
    no_keystrokes: "Nada é enviado a nós enquanto você digita. Não há sugestões.",
    no_visited_sites: "Não coletamos quais sites você visita. Se o link de um resultado passa por este serviço, \
                       contamos que ele foi aberto, mas não para onde levou.",
    no_scripts: "Nossas páginas não contêm scripts e não carregam nada de outros sites.",
    operator: |name, operator| match operator {
        Some(operator) => format!("O responsável por {name} é {operator}."),
        None => format!("O responsável por {name} não informou um nome aqui."),
    },
    contact: "Contato do responsável:",
    no_contact: "O responsável não informou um endereço de contato aqui.",
    website: "Site",
    every_partner: "Todo parceiro também vê o endereço IP deste serviço e o momento em que uma pesquisa chega. O \
                    restante da solicitação é igual para todas as pessoas.",
    fail_over: "Se um parceiro falha, consultamos outro. Este recebe as mesmas informações, com um pseudônimo próprio. \
                O primeiro também pode ter recebido sua pesquisa.",
    languages: "Idiomas que podem ser enviados a um parceiro:",
    keyword_itself: "Seu termo de pesquisa pode dizer algo sobre você. Exceto pelos dados pessoais que reconhecemos, \
                     não o avaliamos.",
    countable_ids: "Um identificador que poderia ser adivinhado testando-se um valor após o outro não recebe \
                    pseudônimo: um identificador curto, um identificador composto só de algarismos, um endereço.",
    searches_and_clicks: "Contamos as pesquisas por hora, parceiro, código e desfecho, e os cliques em resultados por \
                          hora, parceiro, código, tipo (patrocinado ou não) e desfecho. As solicitações a um parceiro \
                          que é pago por solicitação também são contadas por dia, parceiro e código.",
    exact_hours: "Essas contagens são exatas, mesmo que em uma hora haja apenas um evento. Quem puder lê-las e souber \
                  que só você usou um determinado código naquela hora fica sabendo que você pesquisou ou clicou, mas \
                  nunca o que você procurava. O mesmo vale para as visitas de um dia. Por isso, os códigos são \
                  destinados a muitas pessoas.",
    small_count: |k| {
        format!(
            "Contamos idiomas, famílias de navegadores e grupos de termos de pesquisa por dia e parceiro, cada um em \
             separado. Um valor só é citado pelo nome quando ocorreu com pelo menos {k} pessoas diferentes naquele \
             dia, até onde redes e carimbos permitem distingui-las, e somente no fim de uma hora."
        )
    },
    keyword_groups: "Grupos de termos de pesquisa que são contados, sem os próprios termos:",
    network_limits: "Limitamos quanto uma única rede pode usar, para que ninguém possa privar os outros deste serviço \
                     nem falsificar suas contagens. Para isso, usando uma chave secreta, calculamos um número a partir \
                     da primeira parte do seu endereço IP (24 bits de um endereço IPv4, 56 bits de um endereço IPv6). \
                     Esse número também é usado para distinguir pessoas nas contagens acima e para ver se um parceiro \
                     falha para todos ou só para uma rede.",
    repeated_clicks: "Para que dois cliques seguidos contem uma vez só, mantemos na memória um número calculado a \
                      partir do número da sua rede, do User-Agent do seu navegador e do resultado.",
    stamp: "Contamos quantas pessoas usam este serviço e quantas voltam, sem identificar ninguém. Seu navegador ou sua \
            barra de ferramentas guarda um carimbo: o dia da sua primeira visita, o dia da sua última visita e um \
            número aleatório que muda depois de cada dia em que você visita o serviço. Depois de um mês, do primeiro \
            dia resta apenas a semana e, depois de meio ano, apenas o mês. Não guardamos nenhuma cópia do carimbo.",
    stamp_rides: "O carimbo é enviado em cada solicitação a este serviço e, portanto, também em cada pesquisa: como \
                  cookie ou, por uma barra de ferramentas, como cabeçalho. Nós o lemos apenas para as contagens \
                  descritas aqui. Em princípio, o responsável poderia alterar o programa para que ele vinculasse \
                  pesquisas entre si por meio do carimbo, e você não perceberia. Com Do Not Track, não há carimbo.",
    visit_totals: "Armazenamos totais por dia e código: quantas pessoas visitaram o serviço, quantos dias depois da \
                   visita anterior (0 a 30) e quantas das que eram novas em um determinado dia voltaram 1, 7 e 30 dias \
                   depois.",
    id_counts: "Uma barra de ferramentas que envia um identificador e não guarda carimbo é contada por dia.",
    redirect: "Redirecionamos você sem informar a página de origem (referrer) e não repassamos seu termo de pesquisa.",
    destination: "A partir daí, o destino vê o que todo site vê: seu endereço IP, o que seu navegador revela sobre si \
                  mesmo, o horário e os cookies do próprio destino.",
    ad_links: "O link de um anúncio permanece como o parceiro o forneceu, porque é por ele que o parceiro faz a \
               cobrança. Por isso, o parceiro e todos por quem o link passa podem ver o mesmo sobre você e talvez \
               consigam saber, pelo link ou pelo horário, a qual pesquisa o clique pertence. Não podemos impedir isso.",
    address_history: "Se você pesquisa na barra de endereços ou na nossa caixa de pesquisa, seu termo de pesquisa faz \
                      parte do endereço dos resultados. Seu navegador guarda esse endereço no histórico e pode \
                      compartilhar o histórico com seus outros dispositivos.",
    posted_search: "Em uma pesquisa enviada por POST, o termo de pesquisa não aparece no endereço. Para isso, adicione \
                    o mecanismo de pesquisa cujo nome termina em “(POST)” a um navegador como o Firefox.",
    uninstall: "Se você remover a barra de ferramentas ou apagar os dados deste site, seu carimbo deixa de existir. \
                Não somos avisados, e nada sobre você permanece aqui.",
    global_privacy_control: "Com Global Privacy Control no seu navegador, nenhum parceiro recebe um pseudônimo, e seu \
                             carimbo não tem número: ele é igual para todas as pessoas cujas primeira e última visitas \
                             ocorreram nos mesmos dias que as suas.",
    do_not_track: "Com Do Not Track no seu navegador, os parceiros também não recebem pseudônimo. Você não recebe \
                   carimbo e, se já tiver um, ele é apagado.",
    withdraw: "Não armazenamos nada sobre você que possa ser consultado ou apagado. Este botão faz seu navegador \
               apagar os cookies deste serviço, se houver, e com eles o seu carimbo.",
    totals_kept: |months| {
        format!(
            "Os totais ficam armazenados até que o responsável os apague; não há prazo fixo. Depois de {months} meses, \
             os totais por hora passam a ser totais por dia. Eles não são armazenados sob o nome nem sob o \
             identificador de ninguém."
        )
    },
    stamp_life: |months, days| {
        format!(
            "Seu navegador guarda um carimbo até que você fique {days} dias sem visitar o serviço, e por no máximo \
             {months} meses."
        )
    },
    stamp_mark: "O fato de um carimbo ou um identificador ter sido contado fica na memória até o fim do dia (UTC).",
    pseudonym_key: "Pseudônimos não são armazenados. A chave que os cria muda todos os dias (UTC), e a chave antiga é \
                    apagada assim que o serviço estiver em execução.",
    link_life: |works, remembered| {
        format!(
            "O link de um resultado funciona por {}. O fato de ele ter sido aberto fica na memória por no máximo {}, \
             para que conte uma vez só.",
            duration(works),
            duration(remembered)
        )
    },
    network_life: |seconds| {
        format!(
            "O número da sua rede fica na memória por no máximo {} ou enquanto uma conexão sua estiver aberta. Depois, \
             a chave dele é substituída, e tudo o que foi calculado com ela é esquecido.",
            duration(seconds)
        )
    },
    repeat_life: |seconds| format!("O número de um clique fica na memória por no máximo {}.", duration(seconds)),
    slice_memory: "Até que pessoas suficientes tenham em comum um idioma, uma família de navegadores ou um grupo de \
                   termos de pesquisa, números de redes e de carimbos ficam na memória: os de redes por no máximo uma \
                   hora, os de carimbos até o fim do dia.",
    image_life: |seconds| {
        format!(
            "As imagens dos resultados ficam na memória por {}, também para outras pessoas que veem os mesmos \
             resultados.",
            duration(seconds)
        )
    },
    keyword_memory: "Usamos seu termo de pesquisa até que sua pesquisa seja respondida e sobrescrevemos a memória \
                     quando a liberamos. Vestígios dele podem permanecer por algum tempo depois disso, por exemplo em \
                     buffers do sistema operacional.",
    network_observer: "Quem administra sua rede vê que você usa este serviço, quando e quantos dados são enviados. Se \
                       o endereço desta página começa com http://, também pode ler suas pesquisas.",
    answer_sizes: |is_padded| {
        if is_padded {
            "As respostas são completadas com preenchimento de modo a ter apenas poucos tamanhos possíveis, para que o \
             tamanho diga pouco sobre a pesquisa."
        } else {
            "As respostas têm tamanhos diferentes. Quem observa a rede talvez consiga adivinhar uma pesquisa a partir \
             deles."
        }
    },
    operator_could: "O responsável poderia alterar o programa ou ler a memória dele durante a execução. Esta \
                     declaração não pode proteger você disso.",
    two_partners: "Dois parceiros poderiam comparar o que recebem. Eles não têm nenhum pseudônimo em comum, mas \
                   poderiam reconhecer um termo de pesquisa raro e o momento da pesquisa.",
    hidden_text: |figures| {
        format!(
            "Uma barra de ferramentas maliciosa poderia esconder informações no seu termo de pesquisa: 1 bit na \
             escolha entre maiúscula e minúscula de cada letra e pelo menos mais 1 em cada uma das {} letras latinas \
             (de 52) que têm letras parecidas em outros alfabetos. No termo de pesquisa mais longo cabem {} bits ou \
             mais.",
            figures.look_alikes, figures.longest
        )
    },
    hidden_choice: |partners| {
        let widths: Vec<String> = partners.iter().map(|(name, bits)| format!("{name} {bits}")).collect();
        format!(
            "Pela escolha de idioma, navegador e código e por enviar ou não um identificador, ela poderia acrescentar \
             a cada pesquisa no máximo esta quantidade de bits: {}. Quando um parceiro conhece identificadores de \
             antemão, a escolha entre eles acrescenta mais.",
            widths.join(", ")
        )
    },
    hidden_time: "Ela também poderia sinalizar algo pelo momento em que pesquisa. Não atrasamos as pesquisas.",
    known_id: "Um parceiro que conhece o identificador de uma barra de ferramentas pode descobrir o pseudônimo dela no \
               dia, pesquisando aqui com esse identificador.",
    legal_process: "Se uma autoridade nos ordenar que entreguemos dados, existem totais, chaves e a configuração: nada \
                    sobre pesquisas passadas que não tenha sido dito acima. Poderíamos ser obrigados a registrar mais \
                    a partir de então.",
    sale: "Se o serviço for vendido, o comprador recebe exatamente isso. Um novo responsável é uma alteração desta \
           declaração.",
    store_place: |kind, k| match kind {
        StoreKind::File => "Os totais ficam em um arquivo na máquina em que este serviço é executado.".to_owned(),
        StoreKind::Postgresql => format!(
            "Os totais ficam em um banco de dados PostgreSQL, que pode estar em outra máquina. Ele os recebe de pelo \
             menos {k} eventos de uma vez ou no fim de uma hora."
        ),
    },
    shared_memory: "Várias máquinas compartilham quais links foram abertos e quais carimbos e identificadores foram \
                    contados: na memória de um servidor que pode ser outra máquina, como números calculados com uma \
                    chave secreta.",
    changes: |days| {
        format!(
            "As alterações desta declaração são anunciadas na página inicial por {days} dias. As versões anteriores \
             ficam armazenadas."
        )
    },
};
