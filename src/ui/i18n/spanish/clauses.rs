//! The clauses of the privacy statement in Spanish.

use crate::privacy::clause::Topic;
use crate::privacy::fact::StoreKind;
use crate::ui::i18n::clause_texts::ClauseTexts;
use crate::ui::i18n::spanish::format::duration;

pub(super) const TEXTS: ClauseTexts = ClauseTexts {
    heading: |topic| match topic {
        Topic::Summary => "En resumen",
        Topic::Operator => "Quién es el operador de este servicio",
        Topic::Shared => "Qué reciben los socios de búsqueda",
        Topic::Counted => "Qué contamos",
        Topic::Visits => "Cómo contamos las visitas",
        Topic::Click => "Cuando usted abre un resultado",
        Topic::Device => "Qué queda en su dispositivo",
        Topic::Choices => "Sus opciones",
        Topic::Memory => "Plazos de conservación",
        Topic::Residual => "Qué podría verse a pesar de todo",
        Topic::Law => "Autoridades, venta, máquinas y cambios",
    },
    six_fields: "De una búsqueda, un socio de búsqueda recibe como máximo seis datos. No recibe ninguna dirección IP, \
                 ninguna cookie ni ningún encabezado de su navegador. Descartamos todo lo demás al recibirlo.",
    nothing_recorded: "Solo anotamos totales. No se registran en ningún sitio palabras clave, identificadores ni \
                       direcciones IP y, de un evento aislado, no se registra nada más que el hecho de que un total ha \
                       aumentado en uno.",
    no_keystrokes: "Mientras usted escribe no se nos envía nada. No hay sugerencias.",
    no_visited_sites: "No recopilamos qué sitios visita usted. Si el enlace de un resultado pasa por este servicio, \
                       contamos que se ha abierto, pero no adónde llevaba.",
    no_scripts: "Nuestras páginas no contienen scripts ni cargan nada de otros sitios.",
    operator: |name, operator| match operator {
        Some(operator) => format!("El operador de {name} es {operator}."),
        None => format!("El operador de {name} no ha indicado aquí ningún nombre."),
    },
    contact: "Puede ponerse en contacto con el operador aquí:",
    no_contact: "El operador no ha indicado aquí ninguna dirección de contacto.",
    website: "Sitio web",
    every_partner: "Cada socio ve además la dirección IP de este servicio y el momento en que le llega una búsqueda. \
                    El resto de la solicitud es igual para todas las personas.",
    fail_over: "Si un socio falla, consultamos a otro. Este recibe los mismos datos, con un seudónimo propio. Es \
                posible que el primero también haya recibido su búsqueda.",
    languages: "Idiomas que se pueden comunicar a un socio:",
    keyword_itself: "Sus palabras clave pueden revelar algo sobre usted. Aparte de los datos personales que \
                     reconocemos, no las evaluamos.",
    countable_ids: "Un identificador que podría adivinarse por enumeración no recibe ningún seudónimo: un \
                    identificador corto, uno formado solo por cifras, una dirección.",
    searches_and_clicks: "Contamos las búsquedas por hora, socio, código y desenlace, y los clics en resultados por \
                          hora, socio, código, tipo (patrocinado o no) y desenlace. Las solicitudes a un socio al que \
                          se paga por solicitud se cuentan además por día, socio y código.",
    exact_hours: "Estos recuentos son exactos, aunque en una hora haya un solo evento. Quien pueda leerlos y sepa que \
                  solo usted ha utilizado un código determinado en esa hora sabrá que usted ha hecho una búsqueda o un \
                  clic, pero nunca qué buscaba. Lo mismo vale para las visitas de un día. Por eso, los códigos están \
                  pensados para muchas personas.",
    small_count: |k| {
        format!(
            "Contamos los idiomas, las familias de navegadores y los grupos de palabras clave por día y socio, cada \
             uno por separado. Un valor solo se nombra cuando se ha dado ese día en al menos {k} personas distintas, \
             en la medida en que las redes y los sellos permiten distinguirlas, y solo al final de una hora."
        )
    },
    keyword_groups: "Grupos de palabras clave que se cuentan, sin las palabras clave en sí:",
    network_limits: "Limitamos cuánto puede usar este servicio una misma red, para que nadie pueda privar de él a los \
                     demás ni falsear sus recuentos. Para ello calculamos, mediante una clave secreta, un número a \
                     partir de la primera parte de su dirección IP (24 bits de una dirección IPv4, 56 bits de una \
                     dirección IPv6). Ese número sirve también para distinguir a las personas en los recuentos \
                     anteriores y para ver si un socio falla para todas las personas o solo para una red.",
    repeated_clicks: "Para que dos clics seguidos cuenten una sola vez, recordamos un número calculado a partir del \
                      número de su red, el User-Agent de su navegador y el resultado.",
    stamp: "Contamos cuántas personas usan este servicio y cuántas vuelven, sin identificar a nadie. Su navegador o su \
            barra de herramientas guarda un sello: el día de su primera visita, el día de su última visita y un número \
            aleatorio que cambia después de cada día de visita. Al cabo de un mes, del primer día solo queda la semana \
            y, al cabo de medio año, solo el mes. No conservamos ninguna copia del sello.",
    stamp_rides: "El sello se envía con cada solicitud a este servicio y, por tanto, también con cada búsqueda: como \
                  cookie o, desde una barra de herramientas, como encabezado. Solo lo leemos para los recuentos que se \
                  describen aquí. En principio, el operador podría modificar el programa para que relacionara \
                  búsquedas entre sí mediante el sello, y usted no lo notaría. Con Do Not Track no hay sello.",
    visit_totals: "Guardamos totales por día y código: cuántas personas nos visitaron, cuántos días después de su \
                   visita anterior (de 0 a 30) y cuántas de las que eran nuevas un día determinado volvieron 1, 7 y 30 \
                   días más tarde.",
    id_counts: "Una barra de herramientas que envía un identificador y no guarda ningún sello se cuenta por día.",
    redirect: "Le redirigimos sin indicar la página de procedencia (referrer) y no enviamos sus palabras clave.",
    destination: "A partir de ahí, el destino ve lo que ve cualquier sitio web: su dirección IP, lo que su navegador \
                  revela de sí mismo, la hora y las cookies del propio destino.",
    ad_links: "El enlace de un anuncio se mantiene tal como lo ha suministrado el socio, porque este factura a partir \
               de ese enlace. Por eso, el socio y todos aquellos por los que pasa el enlace pueden ver lo mismo sobre \
               usted, y es posible que puedan deducir del enlace o del momento a qué búsqueda corresponde el clic. No \
               podemos evitarlo.",
    address_history: "Si usted busca en la barra de direcciones o en nuestro cuadro de búsqueda, sus palabras clave \
                      forman parte de la dirección de los resultados. Su navegador la guarda en el historial, que \
                      puede compartir con sus otros dispositivos.",
    posted_search: "Con una búsqueda enviada por POST, las palabras clave no aparecen en la dirección. Para ello, \
                    añada a un navegador como Firefox el buscador cuyo nombre termina en «(POST)».",
    uninstall: "Si usted quita la barra de herramientas o elimina los datos de este sitio, su sello desaparece. No \
                recibimos ningún aviso, y aquí no queda nada sobre usted.",
    global_privacy_control: "Con Global Privacy Control en su navegador, ningún socio recibe un seudónimo, y su sello \
                             no contiene ningún número: es igual para todas las personas cuyas primera y última \
                             visitas fueron los mismos días que las de usted.",
    do_not_track: "Con Do Not Track en su navegador, tampoco recibe ningún socio un seudónimo. Usted no recibe ningún \
                   sello y, si ya tiene uno, se elimina.",
    withdraw: "No guardamos nada sobre usted que se pueda consultar o eliminar. Con este botón, su navegador elimina \
               las cookies de este servicio, si las hay, y con ellas su sello.",
    totals_kept: |months| {
        format!(
            "Los totales se guardan hasta que el operador los elimine; no hay un plazo fijo. Al cabo de {months} \
             meses, los totales por hora pasan a ser totales por día. No se guardan bajo el nombre ni el identificador \
             de ninguna persona."
        )
    },
    stamp_life: |months, days| {
        format!(
            "Su navegador conserva un sello hasta que usted pase {days} días sin visitarnos, y durante {months} meses \
             como máximo."
        )
    },
    stamp_mark: "El hecho de que se haya contado un sello o un identificador permanece en la memoria hasta que termina \
                 el día (UTC).",
    pseudonym_key: "Los seudónimos no se guardan. La clave que los crea cambia cada día (UTC), y la clave anterior se \
                    elimina en cuanto el servicio está en funcionamiento.",
    link_life: |works, remembered| {
        format!(
            "El enlace de un resultado funciona durante {}. El hecho de que se haya abierto permanece en la memoria \
             durante {} como máximo, para que cuente una sola vez.",
            duration(works),
            duration(remembered)
        )
    },
    network_life: |seconds| {
        format!(
            "El número de su red permanece en la memoria durante {} como máximo, o mientras esté abierta una conexión \
             suya. Después se sustituye su clave y se olvida todo lo calculado con ella.",
            duration(seconds)
        )
    },
    repeat_life: |seconds| {
        format!("El número de un clic permanece en la memoria durante {} como máximo.", duration(seconds))
    },
    slice_memory: "Mientras no haya suficientes personas que compartan un idioma, una familia de navegadores o un \
                   grupo de palabras clave, hay números de redes y de sellos en la memoria: los de redes durante una \
                   hora como máximo, los de sellos hasta que termina el día.",
    image_life: |seconds| {
        format!(
            "Las imágenes de los resultados permanecen en la memoria durante {}, también para otras personas que ven \
             los mismos resultados.",
            duration(seconds)
        )
    },
    keyword_memory: "Usamos sus palabras clave hasta que su búsqueda ha recibido respuesta, y sobrescribimos la \
                     memoria cuando la liberamos. Después pueden quedar rastros de ellas durante algún tiempo, por \
                     ejemplo en búferes del sistema operativo.",
    network_observer: "Quien gestiona su red ve que usted usa este servicio, cuándo y qué cantidad de datos se envía. \
                       Si la dirección de esta página empieza por http://, también puede leer sus búsquedas.",
    answer_sizes: |is_padded| {
        if is_padded {
            "Las respuestas se rellenan hasta un número reducido de tamaños, para que su tamaño diga poco sobre la \
             búsqueda."
        } else {
            "Las respuestas tienen tamaños distintos. Alguien que observe la red puede llegar a adivinar una búsqueda \
             a partir de ellos."
        }
    },
    operator_could: "El operador podría modificar el programa o leer su memoria mientras se ejecuta. Esta declaración \
                     no puede protegerle de eso.",
    two_partners: "Dos socios podrían comparar lo que reciben. No tienen ningún seudónimo en común, pero podrían \
                   reconocer unas palabras clave poco frecuentes y el momento en que llegan.",
    hidden_text: |figures| {
        format!(
            "Una barra de herramientas maliciosa podría ocultar información en sus palabras clave: 1 bit en la \
             elección entre mayúscula y minúscula de cada letra, y al menos 1 más en cada una de las {} letras latinas \
             (de 52) que tienen letras de aspecto similar en otros alfabetos. En la secuencia de palabras clave más \
             larga caben {} bits o más.",
            figures.look_alikes, figures.longest
        )
    },
    hidden_choice: |partners| {
        let widths: Vec<String> = partners.iter().map(|(name, bits)| format!("{name} {bits}")).collect();
        format!(
            "Mediante la elección de idioma, navegador y código, y enviando o no un identificador, podría añadir a \
             cada búsqueda como máximo este número de bits: {}. Si un socio conoce identificadores de antemano, la \
             elección entre ellos añade más.",
            widths.join(", ")
        )
    },
    hidden_time: "También podría enviar señales mediante el momento en que busca. No retrasamos las búsquedas.",
    known_id: "Un socio que conoce el identificador de una barra de herramientas puede averiguar el seudónimo del día \
               que le corresponde buscando aquí con ese identificador.",
    legal_process: "Si una autoridad nos ordena entregar datos, existen totales, claves y la configuración: nada sobre \
                    búsquedas pasadas que no se haya dicho más arriba. Se nos podría ordenar que registráramos más a \
                    partir de entonces.",
    sale: "Si el servicio se vende, el comprador recibe exactamente eso. Un cambio de operador es un cambio de esta \
           declaración.",
    store_place: |kind, k| match kind {
        StoreKind::File => "Los totales están en un archivo en la máquina que ejecuta este servicio.".to_owned(),
        StoreKind::Postgresql => format!(
            "Los totales están en una base de datos PostgreSQL, que puede estar en otra máquina. La base de datos \
             recibe los totales de al menos {k} eventos a la vez, o al final de una hora."
        ),
    },
    shared_memory: "Varias máquinas comparten qué enlaces se han abierto y qué sellos e identificadores se han \
                    contado: en la memoria de un servidor que puede ser otra máquina, como números calculados con una \
                    clave secreta.",
    changes: |days| {
        format!(
            "Los cambios de esta declaración se anuncian en la página de inicio durante {days} días. Las versiones \
             anteriores se guardan."
        )
    },
};
