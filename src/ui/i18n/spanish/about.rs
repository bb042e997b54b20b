//! The texts of the page about the service in Spanish.

use crate::ui::i18n::about_texts::AboutTexts;

pub(super) const TEXTS: AboutTexts = AboutTexts {
    title: |name| format!("Acerca de {name}"),
    about: "Enviamos su búsqueda a un socio de búsqueda, sin su dirección IP, sin sus cookies y sin los detalles de su \
            navegador, y le mostramos lo que encuentra. No llevamos ningún registro de quién ha buscado qué.",
    partners: "Los resultados y los anuncios proceden de:",
    ads: "Acerca de los anuncios",
    ads_labelled: "Los anuncios llevan la etiqueta «Patrocinado» y aparecen antes que todos los demás resultados. La línea que \
         está encima del título de un anuncio indica el sitio web del anunciante.",
    ads_chosen: "El socio de búsqueda elige los anuncios según lo que usted busca en ese momento, el idioma y el código de su \
         barra de herramientas. No puede elegirlos según quién es usted ni según lo que ha buscado antes: ni él ni \
         nosotros lo sabemos.",
    ads_paid: "El anunciante paga al socio de búsqueda cuando se abre un anuncio, y el socio nos paga una parte. Contamos \
         cuántos anuncios se abren, pero no quién los abre.",
    ads_guidance: "Las etiquetas siguen las directrices de la Comisión Federal de Comercio de los Estados Unidos para los \
         buscadores (2013) y el artículo 26 del Reglamento de Servicios Digitales de la UE.",
    ads_of_partner: |partner| format!("Lo que dice {partner} sobre sus anuncios"),
    add: "Añadir a su navegador",
    add_about: [
        |name| {
            format!(
                "Firefox: en esta página, haga clic con el botón derecho en la barra de direcciones y elija «Añadir \
                 {name}». Después, elija {name} en Ajustes, Buscar."
            )
        },
        |name| {
            format!(
                "Chrome, Edge, Brave, Opera y Vivaldi: haga aquí una búsqueda. Después, abra Configuración, Buscador, \
                 Gestionar buscadores, y active {name}."
            )
        },
        |name| format!("Otros navegadores: establezca {name} como página de inicio o añada {name} a sus marcadores."),
    ],
    add_post: |name| {
        format!(
            "Firefox también ofrece «{name}», con el que sus búsquedas no aparecen en las direcciones de las páginas \
             ni, por tanto, en su historial."
        )
    },
    keys: "Teclado",
    keys_about: "Teclas de acceso: pulse la tecla junto con Alt y Mayús en Firefox, con Alt en Chrome y Edge, y con \
                 Control y Opción en un Mac.",
    key_targets: ["Cuadro de búsqueda", "Contenido de la página", "Página de inicio"],
};
