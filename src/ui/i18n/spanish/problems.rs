//! Error messages in Spanish.

use crate::problem::Problem;

/// The heading of an error page.
pub(super) fn title(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "¿Qué busca?",
        Problem::BadEncoding | Problem::BadParameter => "Esta búsqueda no ha llegado completa",
        Problem::CrossSite => "Esta solicitud viene de otro sitio web",
        Problem::RobotRefused => "Las búsquedas son para personas",
        Problem::NotFound => "Aquí no hay nada",
        Problem::MethodNotAllowed => "Esta dirección no permite hacer eso",
        Problem::RequestTimeout => "Su búsqueda ha tardado demasiado en llegar",
        Problem::ClickExpired => "Este enlace ha caducado",
        Problem::BodyTooLarge | Problem::UriTooLong => "Esta búsqueda es demasiado larga",
        Problem::UnsupportedMediaType => "No podemos leer esta búsqueda",
        Problem::WrongHost => "Dirección incorrecta",
        Problem::KeywordRefused => "No hemos enviado esta búsqueda",
        Problem::TooManyRequests => "Demasiadas búsquedas a la vez",
        Problem::HeadersTooLarge => "Su navegador ha enviado demasiados datos",
        Problem::Internal => "Se ha producido un error",
        Problem::PartnerFailed => "El socio de búsqueda no ha respondido correctamente",
        Problem::PartnerUnavailable => "No hay ningún socio de búsqueda disponible",
        Problem::Overloaded => "El servicio está saturado",
        Problem::PrefetchRefused => "Los resultados solo se abren cuando usted los elige",
        Problem::PartnerTimeout => "El socio de búsqueda ha tardado demasiado",
    }
}

/// What went wrong and what the person can do.
pub(super) fn advice(problem: Problem) -> &'static str {
    match problem {
        Problem::KeywordMissing => "La búsqueda está vacía. Escriba una palabra en el cuadro de búsqueda.",
        Problem::BadEncoding => "La dirección de esta búsqueda no es válida. Vuelva a escribir la búsqueda.",
        Problem::BadParameter => {
            "La dirección de esta búsqueda contiene un parámetro no válido. Vuelva a escribir la búsqueda."
        }
        Problem::CrossSite => {
            "Esta solicitud procede de otro sitio web. En su lugar, utilice el botón de la página de privacidad de \
             este servicio."
        }
        Problem::RobotRefused => {
            "Solo respondemos a búsquedas hechas por personas. Si usted es una persona, desactive lo que hace que su \
             navegador se identifique como un robot."
        }
        Problem::NotFound => {
            "Esta página no existe. Si ha abierto un resultado de búsqueda, repita la búsqueda para obtener un enlace \
             nuevo."
        }
        Problem::MethodNotAllowed => {
            "Esta dirección no admite el método de la solicitud. El encabezado Allow indica los métodos admitidos."
        }
        Problem::RequestTimeout => "La solicitud ha tardado demasiado en llegar. Inténtelo de nuevo.",
        Problem::ClickExpired => "Este enlace ha caducado. Su destino se muestra a continuación.",
        Problem::BodyTooLarge => "La búsqueda es demasiado larga. Acórtela.",
        Problem::UriTooLong => "La dirección de esta búsqueda es demasiado larga. Acorte la búsqueda.",
        Problem::UnsupportedMediaType => "Una búsqueda por POST debe enviarse como application/x-www-form-urlencoded.",
        Problem::WrongHost => "Este servidor no atiende ese nombre de host. Compruebe la dirección.",
        Problem::KeywordRefused => {
            "La búsqueda parece contener datos personales, y estos no se envían a los socios. Elimínelos y vuelva a \
             buscar."
        }
        Problem::TooManyRequests => {
            "Han llegado demasiadas solicitudes desde esta red. Espere un momento e inténtelo de nuevo."
        }
        Problem::HeadersTooLarge => {
            "Los encabezados de la solicitud son demasiado grandes. Elimine las cookies de este sitio e inténtelo de \
             nuevo."
        }
        Problem::Internal => "Se ha producido un error en nuestro servicio. Inténtelo de nuevo.",
        Problem::PartnerFailed => {
            "El socio de búsqueda no ha devuelto una respuesta utilizable. Inténtelo de nuevo dentro de un momento."
        }
        Problem::PartnerUnavailable => {
            "En este momento no hay ningún socio de búsqueda disponible. Inténtelo de nuevo dentro de un momento."
        }
        Problem::Overloaded => "El servicio tiene demasiada carga. Inténtelo de nuevo dentro de un momento.",
        Problem::PrefetchRefused => "Los enlaces de los resultados no se pueden precargar.",
        Problem::PartnerTimeout => "El socio de búsqueda ha tardado demasiado en responder. Inténtelo de nuevo.",
    }
}
