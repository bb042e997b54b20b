//! Error messages in Portuguese.

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "O que você está procurando?",
        Problem::BadEncoding | Problem::BadParameter => "Esta pesquisa não chegou inteira",
        Problem::CrossSite => "Outro site fez esta solicitação",
        Problem::RobotRefused => "As pesquisas são para pessoas",
        Problem::NotFound => "Não há nada aqui",
        Problem::MethodNotAllowed => "Este endereço não permite isso",
        Problem::RequestTimeout => "Sua pesquisa demorou demais para chegar",
        Problem::ClickExpired => "Este link expirou",
        Problem::BodyTooLarge | Problem::UriTooLong => "Esta pesquisa é longa demais",
        Problem::UnsupportedMediaType => "Não conseguimos ler esta pesquisa",
        Problem::WrongHost => "Endereço incorreto",
        Problem::KeywordRefused => "Não repassamos esta pesquisa",
        Problem::TooManyRequests => "Pesquisas demais de uma vez",
        Problem::HeadersTooLarge => "Seu navegador enviou dados demais",
        Problem::Internal => "Algo deu errado",
        Problem::PartnerFailed => "O parceiro de pesquisa não respondeu corretamente",
        Problem::PartnerUnavailable => "Nenhum parceiro de pesquisa está disponível",
        Problem::Overloaded => "O serviço está sobrecarregado",
        Problem::PrefetchRefused => "Os resultados só abrem quando você os escolhe",
        Problem::PartnerTimeout => "O parceiro de pesquisa demorou demais",
    }
}

/// What went wrong and what the person can do.
pub(super) fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "A pesquisa está vazia. Digite uma palavra na caixa de pesquisa.",
        Problem::BadEncoding => "O endereço desta pesquisa é inválido. Digite a pesquisa novamente.",
        Problem::BadParameter => "O endereço desta pesquisa contém um parâmetro inválido. Digite a pesquisa novamente.",
        Problem::CrossSite => {
            "Esta solicitação veio de outro site. Em vez disso, use o botão na página de privacidade deste serviço."
        }
        Problem::RobotRefused => {
            "Só respondemos a pesquisas de pessoas. Se você é uma pessoa, desative o que faz seu navegador se \
             identificar como robô."
        }
        Problem::NotFound => {
            "Esta página não existe. Se você abriu um resultado de pesquisa, pesquise novamente para obter um novo \
             link."
        }
        Problem::MethodNotAllowed => {
            "Este endereço não aceita o método da solicitação. O cabeçalho Allow informa os métodos aceitos."
        }
        Problem::RequestTimeout => "A solicitação demorou demais para chegar. Tente novamente.",
        Problem::ClickExpired => "Este link expirou. O destino dele aparece abaixo.",
        Problem::BodyTooLarge => "A pesquisa é longa demais. Reduza o texto.",
        Problem::UriTooLong => "O endereço desta pesquisa é longo demais. Reduza o texto da pesquisa.",
        Problem::UnsupportedMediaType => {
            "Uma pesquisa por POST deve ser enviada como application/x-www-form-urlencoded."
        }
        Problem::WrongHost => "Este servidor não atende a esse nome de host. Verifique o endereço.",
        Problem::KeywordRefused => {
            "A pesquisa parece conter dados pessoais, que não são enviados a parceiros. Remova esses dados e pesquise \
             novamente."
        }
        Problem::TooManyRequests => "Esta rede enviou solicitações demais. Espere um momento e tente novamente.",
        Problem::HeadersTooLarge => {
            "Os cabeçalhos da solicitação são grandes demais. Apague os cookies deste site e tente novamente."
        }
        Problem::Internal => "Ocorreu um erro do nosso lado. Tente novamente.",
        Problem::PartnerFailed => {
            "O parceiro de pesquisa não deu uma resposta utilizável. Tente novamente daqui a pouco."
        }
        Problem::PartnerUnavailable => {
            "Nenhum parceiro de pesquisa está disponível no momento. Tente novamente daqui a pouco."
        }
        Problem::Overloaded => "O serviço está ocupado no momento. Tente novamente daqui a pouco.",
        Problem::PrefetchRefused => "Não é possível pré-carregar links de resultados.",
        Problem::PartnerTimeout => "O parceiro de pesquisa demorou demais para responder. Tente novamente.",
    }
}
