//! The rows of `docs/privacy-requirements.md`, "Inputs and outputs", and which of them an input belongs to.

use strum::VariantArray;

/// One row: an input, or something that goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Row {
    Address,
    Host,
    Fingerprint,
    Tickets,
    ClientCertificate,
    Forwarded,
    Traces,
    Cookie,
    Authorization,
    Agent,
    Language,
    Carriers,
    Conditional,
    Objections,
    Fetch,
    OtherHeaders,
    Parameters,
    Fields,
    PartnerHeaderSet,
    CookieJar,
    Redirects,
    ProxyVariables,
    Resumption,
    Pool,
    Retry,
    Names,
    Configuration,
    PartnerHeaders,
    PartnerBody,
    ContentPolicy,
    OwnAnswers,
    Counts,
}

impl Row {
    /// The section and what the row is about.
    pub fn text(self) -> (&'static str, &'static str) {
        match self {
            Row::Address => ("A", "source address and port, PROXY protocol"),
            Row::Host => ("A", "SNI, Host, :authority"),
            Row::Fingerprint => ("A", "TLS fingerprint, HTTP/2 settings"),
            Row::Tickets => ("A", "session tickets, resumption, 0-RTT"),
            Row::ClientCertificate => ("A", "client certificates"),
            Row::Forwarded => ("B", "X-Forwarded-*, Forwarded, X-Real-IP and kin"),
            Row::Traces => ("B", "traces and request IDs"),
            Row::Cookie => ("B", "Cookie, Visit-Stamp"),
            Row::Authorization => ("B", "Authorization, From, Referer, Origin"),
            Row::Agent => ("B", "User-Agent and client hints"),
            Row::Language => ("B", "Accept-Language"),
            Row::Carriers => ("B", "headers of apps and carriers"),
            Row::Conditional => ("B", "If-None-Match, If-Modified-Since, Range"),
            Row::Objections => ("B", "Sec-GPC, DNT"),
            Row::Fetch => ("B", "Sec-Fetch-*, Sec-Purpose, Purpose, X-Moz"),
            Row::OtherHeaders => ("B", "Accept, Priority, TE, trailers, unknown headers"),
            Row::Parameters => ("B", "other parameters, repeated ones, paths"),
            Row::Fields => ("B", "keyword, ID, code"),
            Row::PartnerHeaderSet => ("C", "header set, order and values"),
            Row::CookieJar => ("C", "no cookie jar"),
            Row::Redirects => ("C", "no redirect followed"),
            Row::ProxyVariables => ("C", "no proxy variables"),
            Row::Resumption => ("C", "no TLS resumption, no key log"),
            Row::Pool => ("C", "connections not tied to a client"),
            Row::Retry => ("C", "a retry sends the same bytes"),
            Row::Names => ("C", "names resolved for partners only"),
            Row::Configuration => ("C", "no place for headers of users"),
            Row::PartnerHeaders => ("D", "headers of the partner"),
            Row::PartnerBody => ("D", "scripts, beacons and links in bodies"),
            Row::ContentPolicy => ("D", "content security policy, referrer policy"),
            Row::OwnAnswers => ("E", "nothing but the stamp differs between users"),
            Row::Counts => ("–", "what is stored and published: counts alone"),
        }
    }
}

/// Headers of a request, in lower case, by row. A name that ends in `*` stands for all that begin like it.
const HEADERS: &[(Row, &[&str])] = &[
    (Row::Host, &["host", "x-forwarded-host"]),
    (
        Row::Forwarded,
        &[
            "x-forwarded*",
            "forwarded",
            "x-real-ip",
            "true-client-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "cf-*",
            "fastly-client-ip",
            "via",
        ],
    ),
    (
        Row::Traces,
        &[
            "traceparent",
            "tracestate",
            "baggage",
            "b3",
            "x-b3-traceid",
            "x-request-id",
            "x-correlation-id",
            "x-amzn-trace-id",
            "x-cloud-trace-context",
        ],
    ),
    (Row::Cookie, &["cookie", "cookie2", "visit-stamp"]),
    (Row::Authorization, &["authorization", "proxy-authorization", "from", "referer", "origin", "signature-*"]),
    (
        Row::Agent,
        &[
            "user-agent",
            "sec-ch-*",
            "dpr",
            "viewport-width",
            "width",
            "device-memory",
            "downlink",
            "ect",
            "rtt",
            "save-data",
        ],
    ),
    (Row::Language, &["accept-language"]),
    (
        Row::Carriers,
        &[
            "x-requested-with",
            "x-client-data",
            "x-uidh",
            "x-msisdn",
            "x-acr",
            "x-wap-profile",
            "x-msedge-clientid",
            "x-search-clientip",
            "x-search-location",
        ],
    ),
    (Row::Conditional, &["if-none-match", "if-modified-since", "if-range", "range", "cache-control", "pragma"]),
    (Row::Objections, &["dnt", "sec-gpc"]),
    (Row::Fetch, &["sec-fetch-*", "sec-purpose", "purpose", "x-moz"]),
    (
        Row::OtherHeaders,
        &[
            "accept",
            "accept-encoding",
            "accept-charset",
            "priority",
            "te",
            "trailer",
            "upgrade",
            "upgrade-insecure-requests",
            "keep-alive",
            "max-forwards",
            "warning",
            "content-type",
            "access-control-*",
            "x-http-method-override",
            "x-original-url",
            "x-rewrite-url",
            "x-requested-by",
            "x-nobody-knows-this",
            "x-long",
        ],
    ),
];

/// Other inputs, by the beginning of their names. `None` stands for what this program made itself.
const INPUTS: &[(&str, Option<Row>)] = &[
    ("source address", Some(Row::Address)),
    ("named address", Some(Row::Address)),
    ("named prefix", Some(Row::Address)),
    ("a second Host", Some(Row::Host)),
    ("authority", Some(Row::Host)),
    ("user of the target", Some(Row::Host)),
    ("the name of a header", Some(Row::OtherHeaders)),
    ("an unknown header", Some(Row::OtherHeaders)),
    ("one of many headers", Some(Row::OtherHeaders)),
    ("an endless header", Some(Row::OtherHeaders)),
    ("a trailer", Some(Row::OtherHeaders)),
    ("method", Some(Row::OtherHeaders)),
    ("bytes", Some(Row::OtherHeaders)),
    ("parameter q,", Some(Row::Parameters)),
    ("parameter lang,", Some(Row::Parameters)),
    ("parameter id,", Some(Row::Parameters)),
    ("parameter code,", Some(Row::Parameters)),
    ("parameter q", Some(Row::Fields)),
    ("parameter id", Some(Row::Fields)),
    ("parameter code", Some(Row::Fields)),
    ("parameter lang", Some(Row::Language)),
    ("parameter ", Some(Row::Parameters)),
    ("the name of a parameter", Some(Row::Parameters)),
    ("the query of a posted search", Some(Row::Parameters)),
    ("path", Some(Row::Parameters)),
    ("matrix parameter", Some(Row::Parameters)),
    ("the partner's header", Some(Row::PartnerHeaders)),
    ("the partner's body", Some(Row::PartnerBody)),
    ("the trick", Some(Row::PartnerBody)),
    ("a result's title", Some(Row::PartnerBody)),
    ("an advert's title", Some(Row::PartnerBody)),
    ("an organic target", Some(Row::PartnerBody)),
    ("a sponsored target", Some(Row::PartnerBody)),
    ("a page of the partner's own", Some(Row::PartnerBody)),
    ("a tag without its end", Some(Row::PartnerBody)),
    ("stamp", Some(Row::OwnAnswers)),
    ("token", None),
    ("pseudonym", Some(Row::Fields)),
    ("other", None),
    ("planted", None),
];

/// The row of an input, by the name under which a canary was put into it.
#[track_caller]
pub fn of_input(input: &str) -> Option<Row> {
    if let Some(header) = input.strip_prefix("header ") {
        return Some(of_header(header));
    }
    let known = INPUTS.iter().find(|(start, _)| input.starts_with(start));
    known.unwrap_or_else(|| panic!("the input {input:?} belongs to no row: add it to rows.rs")).1
}

/// The row of a header of a request.
#[track_caller]
pub fn of_header(name: &str) -> Row {
    let name = name.to_ascii_lowercase();
    let is_known = |known: &&str| match known.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *known,
    };
    let known = HEADERS.iter().find(|(_, names)| names.iter().any(is_known));
    known.unwrap_or_else(|| panic!("the header {name:?} belongs to no row: add it to rows.rs")).0
}
