//! The texts about personal data in keywords, in Spanish.

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;
use crate::ui::i18n::country_names;
use crate::ui::i18n::personal_data_texts::PersonalDataTexts;
use crate::ui::i18n::ui_language::UiLanguage;

pub(super) const TEXTS: PersonalDataTexts = PersonalDataTexts {
    link: "Qué tipos y países se reconocen, y con qué frecuencia falla el reconocimiento",
    title: "Datos personales en las búsquedas",
    policy: |policy| match policy {
        Policy::Redact => {
            "Antes de enviar su búsqueda a un socio, buscamos datos personales en ella y sustituimos lo que \
             reconocemos por un texto genérico. El socio solo recibe ese texto genérico."
        }
        Policy::Refuse => {
            "Antes de enviar su búsqueda a un socio, buscamos datos personales en ella. Si reconocemos alguno, \
             rechazamos la búsqueda y no enviamos nada."
        }
        Policy::Off => {
            "Este servicio está configurado para no buscar datos personales: su búsqueda se envía con todos los que \
             contenga. Esta página muestra lo que se podría reconocer."
        }
    },
    no_guarantee: "Esto no es ninguna garantía. Los programas reconocen formas de números y palabras, no personas: los \
                   nombres, y todo lo que no figura aquí, se envían tal como usted los escribe, y parte de lo que \
                   figura aquí se pasa por alto. No busque lo que nadie debe saber.",
    method: "Reconocemos los datos personales por su forma, por su dígito de control o su fecha cuando los tienen, o \
             por la palabra que los acompaña. Se leen las cifras de todas las escrituras. Los países y los números que \
             figuran más abajo se leen de las tablas que utiliza este servicio.",
    kinds: "Tipos",
    placeholder: "Sustituido por",
    comprises: "Qué se reconoce y cómo",
    kind: |kind| match kind {
        PiiKind::Email => {
            "Direcciones de correo electrónico, también escritas con palabras o con espacios, e identificadores de \
             Matrix: por su forma"
        }
        PiiKind::Card => {
            "Números de tarjetas de pago: por el emisor y el dígito de control, o después de una palabra que las \
             designa"
        }
        PiiKind::BankAccount => {
            "IBAN: por el país, la longitud y los dígitos de control, o después de la propia palabra"
        }
        PiiKind::Phone => {
            "Números de teléfono: con + o 00 y un prefijo de país, en la forma propia de un país, o después de una \
             palabra que los designa"
        }
        PiiKind::NationalNumber => {
            "Números personales (impuestos, seguridad social, seguro médico, documentos de identidad, pasaportes, \
             permisos de conducir, cuentas bancarias sin IBAN, fechas de nacimiento): por su forma y su dígito de \
             control o su fecha, o después de la palabra que los anuncia. También las calles con número y código \
             postal, las direcciones IPv6 que contienen el identificador de un dispositivo, y cualquier dirección IP o \
             MAC después de la palabra que la anuncia"
        }
        PiiKind::Link => {
            "Enlaces que contienen una contraseña, una clave, una dirección de correo electrónico o una parte \
             aleatoria larga"
        }
        PiiKind::Secret => {
            "Contraseñas después de la palabra que las anuncia, claves y tokens de forma conocida, claves privadas y \
             frases de recuperación de carteras de criptomonedas"
        }
    },
    countries: "Países",
    national_numbers: "Los números nacionales se reconocen por su forma y su dígito de control o su fecha para:",
    national_numbers_alone: "Solo si el número es la búsqueda completa:",
    bank_accounts: |count| format!("IBAN de {count} países y territorios"),
    telephone_numbers: |count| format!("Números de teléfono de {count} países y territorios"),
    after_a_word: "Reconocidos por la palabra que los acompaña",
    after_a_word_about: "Después de la palabra que lo anuncia, en los idiomas de sus países, un número se sustituye \
                         tanto si su dígito de control es correcto como si no. Para los números de cualquier país, las \
                         palabras se conocen en más de 30 idiomas.",
    number: "Número",
    issued_by: "Países",
    any_country: "todos",
    number_name,
    kept: "Qué no se sustituye",
    kept_about: "Los números después de palabras que designan:",
    kept_otherwise: "Tampoco se sustituyen los años, las fechas, los importes, los números de teléfono de servicios, \
                     los hashes, los UUID, las direcciones IP privadas ni las direcciones MAC que ninguna palabra \
                     anuncia.",
    figures: "Con qué frecuencia hay errores",
    figures_about: "Medido con búsquedas de prueba con datos inventados, todas del mismo autor. Las búsquedas reales \
                    pueden dar otras cifras. Las cifras que cuentan son las de las búsquedas a las que la detección \
                    nunca se ha ajustado. «De forma inexacta» significa: en parte, o como otro tipo.",
    figure_columns: [
        "Búsquedas de prueba",
        "Sustituidas por error",
        "Pasadas por alto",
        "Sustituidas de forma inexacta",
    ],
    part: |part| match part {
        "held_out" => "nunca usadas para ajustar la detección",
        _ => "usadas para ajustar la detección",
    },
    of: |count, all| format!("{count} de {all}"),
    country: |code| country_names::name(UiLanguage::Spanish, code),
};

/// Abbreviations are the same in every language.
fn number_name(name: &'static str) -> &'static str {
    match name {
        "passport" => "pasaporte",
        "identity card" => "documento de identidad",
        "driving licence" => "permiso de conducir",
        "tax number" => "número fiscal",
        "social insurance" => "seguridad social",
        "health insurance" => "seguro médico",
        "bank account" => "cuenta bancaria",
        "payment card" => "tarjeta de pago",
        "telephone number" => "número de teléfono",
        "date of birth" => "fecha de nacimiento",
        "Internet address" => "dirección IP",
        "hardware address" => "dirección MAC",
        "caller" => "número de quien llama",
        "NHS number" => "número del NHS",
        "CHI number" => "número CHI",
        "National Insurance number" => "número de National Insurance",
        "Medicare number" => "número de Medicare",
        "NHI number" => "número NHI",
        "PPS number" => "número PPS",
        "ID number" => "número de identidad",
        "voter's number" => "número de elector",
        "personal code" => "código personal",
        "insurance number" => "número de seguro",
        "steuer-ID" => "Steuer-ID",
        "emirates ID" => "Emirates ID",
        "address" => "códigos postales y direcciones",
        "part and article number" => "piezas y artículos",
        "order and case number" => "pedidos y expedientes",
        "freight" => "envíos y vuelos",
        "medicine" => "medicamentos",
        "trade number" => "códigos de productos (EAN, ISBN)",
        "company number" => "empresas",
        "sizes, places and bits" => "tamaños, lugares y bits",
        "makers of vehicles, parts, tools, watches and appliances" => {
            "fabricantes de vehículos, piezas, herramientas, relojes y electrodomésticos"
        }
        "product words" => "productos",
        other => other,
    }
}
