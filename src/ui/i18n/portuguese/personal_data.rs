//! The texts about personal data in keywords, in Portuguese.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::country_names;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "Quais tipos e países são reconhecidos e com que frequência a detecção falha",
    title: "Dados pessoais em pesquisas",
    policy: |policy| match policy {
        Policy::Redact => {
            "Antes de enviar sua pesquisa a um parceiro, procuramos dados pessoais nela e substituímos o que \
             reconhecemos por um marcador. O parceiro recebe apenas o marcador."
        }
        Policy::Refuse => {
            "Antes de enviar sua pesquisa a um parceiro, procuramos dados pessoais nela. Se reconhecemos algum, \
             recusamos a pesquisa e não enviamos nada."
        }
        Policy::Off => {
            "Este serviço está configurado para não procurar dados pessoais: sua pesquisa é enviada com todos os que \
             contiver. Esta página mostra o que poderia ser reconhecido."
        }
    },
    no_guarantee: "Isto não é uma garantia. Programas reconhecem formatos de números e palavras, não pessoas: nomes e \
                   tudo o que não está listado aqui são enviados como você os digita, e parte do que está listado \
                   passa despercebida. Não pesquise aquilo que ninguém pode ficar sabendo.",
    method: "Reconhecemos dados pessoais pelo formato, pelo dígito verificador ou pela data, quando existem, ou pela \
             palavra ao lado. Os algarismos de todos os sistemas de escrita são lidos. Os países e números abaixo são \
             lidos das tabelas que este serviço usa.",
    kinds: "Tipos",
    placeholder: "Substituído por",
    comprises: "O que é e como é reconhecido",
    kind: |kind| match kind {
        PiiKind::Email => {
            "Endereços de e-mail, também por extenso ou com espaços, e identificadores do Matrix: pelo formato"
        }
        PiiKind::Card => {
            "Números de cartões de pagamento: pelo emissor e pelo dígito verificador, ou depois de uma palavra que os \
             indica"
        }
        PiiKind::BankAccount => {
            "IBANs: pelo país, pelo comprimento e pelos dígitos verificadores, ou depois da palavra"
        }
        PiiKind::Phone => {
            "Números de telefone: com + ou 00 e código do país, no formato de um país, ou depois de uma palavra que os \
             indica"
        }
        PiiKind::NationalNumber => {
            "Números pessoais (impostos, previdência social, seguro-saúde, documentos de identidade, passaportes, \
             carteiras de motorista, contas bancárias sem IBAN, datas de nascimento): pelo formato e pelo dígito \
             verificador ou pela data, ou depois da palavra que os indica. Também ruas com número e código postal, \
             endereços IPv6 que contêm o identificador de um dispositivo e qualquer endereço IP ou MAC depois da \
             palavra que o indica"
        }
        PiiKind::Link => "Links que contêm uma senha, uma chave, um endereço de e-mail ou um trecho longo e aleatório",
        PiiKind::Secret => {
            "Senhas depois da palavra que as indica, chaves e tokens de formato conhecido, chaves privadas e as frases \
             de recuperação de carteiras de criptomoedas"
        }
    },
    countries: "Países",
    national_numbers: "Números nacionais são reconhecidos pelo formato e pelo dígito verificador ou pela data para:",
    national_numbers_alone: "Só se o número for a pesquisa inteira:",
    bank_accounts: |count| format!("IBANs de {count} países e territórios"),
    telephone_numbers: |count| format!("Números de telefone de {count} países e territórios"),
    after_a_word: "Reconhecidos pela palavra ao lado",
    after_a_word_about: "Depois da palavra que o indica, nos idiomas de seus países, um número é substituído, esteja o \
                         dígito verificador certo ou errado. Para números de qualquer país, as palavras são conhecidas \
                         em mais de 30 idiomas.",
    number: "Número",
    issued_by: "Países",
    any_country: "qualquer país",
    number_name,
    kept: "O que não é substituído",
    kept_about: "Números depois de palavras que indicam:",
    kept_otherwise: "Também não são substituídos anos, datas, valores, números de telefone de serviços, hashes, UUIDs, \
                     endereços IP privados nem endereços MAC que nenhuma palavra indica.",
    figures: "Com que frequência a detecção erra",
    figures_about: "Medido em pesquisas de teste com dados inventados, todas de um único autor. Pesquisas reais podem \
                    dar outros números. Os números que contam são os das pesquisas às quais a detecção nunca foi \
                    ajustada. “Com imprecisão” significa: em parte ou como outro tipo.",
    figure_columns: [
        "Pesquisas de teste",
        "Substituídas indevidamente",
        "Não detectadas",
        "Substituídas com imprecisão",
    ],
    part: |part| match part {
        "held_out" => "detecção nunca ajustada a elas",
        _ => "detecção ajustada a elas",
    },
    of: |count, all| format!("{count} de {all}"),
    country: |code| country_names::name(UiLanguage::Portuguese, code),
};

/// Abbreviations are the same in every language.
fn number_name(name: &'static str) -> &'static str {
    match name {
        "passport" => "passaporte",
        "identity card" => "documento de identidade",
        "driving licence" => "carteira de motorista",
        "tax number" => "número fiscal",
        "social insurance" => "previdência social",
        "health insurance" => "seguro-saúde",
        "bank account" => "conta bancária",
        "payment card" => "cartão de pagamento",
        "telephone number" => "número de telefone",
        "date of birth" => "data de nascimento",
        "Internet address" => "endereço IP",
        "hardware address" => "endereço MAC",
        "caller" => "número de quem ligou",
        "NHS number" => "número NHS",
        "CHI number" => "número CHI",
        "National Insurance number" => "número do National Insurance",
        "Medicare number" => "número do Medicare",
        "NHI number" => "número NHI",
        "PPS number" => "número PPS",
        "ID number" => "número de identidade",
        "voter's number" => "título de eleitor",
        "personal code" => "código pessoal",
        "insurance number" => "número de segurado",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "Emirates ID",
        "address" => "códigos postais e endereços",
        "part and article number" => "peças e artigos",
        "order and case number" => "pedidos e protocolos",
        "freight" => "remessas e voos",
        "medicine" => "medicamentos",
        "trade number" => "códigos de produtos (EAN, ISBN)",
        "company number" => "empresas",
        "sizes, places and bits" => "tamanhos, lugares e bits",
        "makers of vehicles, parts, tools, watches and appliances" => {
            "fabricantes de veículos, peças, ferramentas, relógios e aparelhos"
        }
        "product words" => "produtos",
        other => other,
    }
}
