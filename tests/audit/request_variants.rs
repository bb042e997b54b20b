//! The six fields of a search, and random requests that are equal in them.

use super::coverage;
use super::ignored_input;
use super::keyword_variants::Keyword;
use super::raw_request::RawRequest;
use super::rows::Row;
use qsproxy_test_support::random::Random;

/// A language of the list, and tags that map to it (`docs/http-api.md`, "The six fields").
const LANGUAGES: &[(&str, &[&str])] = &[
    ("en", &["en", "EN", "en-US", "en_GB", "en-AU"]),
    ("de", &["de", "DE", "de-AT", "de_CH", "de-DE-1996"]),
    ("fr", &["fr", "fr-CA", "FR-be"]),
    ("es", &["es", "es-419", "es_MX"]),
    ("pt-BR", &["pt-BR", "pt", "pt-PT", "PT_br"]),
    ("zh-Hans", &["zh-Hans", "zh", "zh-CN", "zh-SG"]),
    ("ja", &["ja", "ja-JP", "JA"]),
];
/// Tags of languages that are not listed.
const UNLISTED: &[&str] = &["nl", "tlh", "zh-TW", "x-private", "*", "not a tag", "%", "-", ""];

/// A browser family and some of its user agents. `{v}` is a version, `{s}` an operating system.
const BROWSERS: &[(&str, &[&str])] = &[
    (
        "chrome",
        &["Mozilla/5.0 ({s}) (KHTML, like Gecko) Chrome/{v} Safari/537.36", "Mozilla/5.0 ({s}) CriOS/{v} Safari/604.1"],
    ),
    (
        "firefox",
        &["Mozilla/5.0 ({s}; rv:{v}) Gecko/20100101 Firefox/{v}", "Mozilla/5.0 ({s}) FxiOS/{v} Safari/605.1.15"],
    ),
    ("safari", &["Mozilla/5.0 ({s}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{v} Safari/605.1.15"]),
    ("edge", &["Mozilla/5.0 ({s}) Chrome/{v} Safari/537.36 Edg/{v}", "Mozilla/5.0 ({s}) Chrome/{v} Edge/{v}"]),
    ("opera", &["Mozilla/5.0 ({s}) Chrome/{v} Safari/537.36 OPR/{v}", "Opera/{v} ({s}) Presto/2.12"]),
    ("samsung", &["Mozilla/5.0 ({s}) SamsungBrowser/{v} Chrome/{v} Mobile Safari/537.36"]),
    ("other", &["curl/{v}", "", "{s}", "Mozilla/5.0 ({s}; Trident/{v})"]),
];

/// The codes of [`super::outbound_equality`]'s configuration, the default first.
pub const CODES: &[&str] = &["main", "beta", "timeless", "form", "object", "page"];

/// Values of `DNT` and `Sec-GPC` that are no objection.
const NO_OBJECTIONS: &[&[(&str, &str)]] =
    &[&[], &[("DNT", "0")], &[("Sec-GPC", "0")], &[("DNT", "yes"), ("sec-gpc", "")]];
/// Values of `DNT` and `Sec-GPC` that are an objection.
const OBJECTIONS: &[&[(&str, &str)]] =
    &[&[("DNT", "1")], &[("Sec-GPC", "1")], &[("dnt", "1"), ("sec-gpc", "0")], &[("DNT", "1"), ("SEC-GPC", "1")]];

/// The fields of a search that a client can choose. The sixth, the hour, comes from the clock.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldValues {
    pub keyword: Keyword,
    /// Indexes of the tables above.
    pub language: usize,
    pub browser: usize,
    pub id: Option<String>,
    pub code: usize,
}

/// Names of the fields for [`FieldValues::changed`].
pub const CHANGES: [&str; 5] = ["keyword", "language", "browser", "anonymous ID", "partner code"];

/// IDs that are not used, each for a reason of its own.
const COUNTABLE_IDS: &[&str] =
    &["user-42", "4917012345678901", "ann.miller@example.com", "2001:db8:85a3::8a2e:370:7334", "YW5uQGV4YW1wbGUuY29t"];

/// An ID that is used.
fn random_id(random: &mut Random) -> String {
    random.text("abcdefghijklmnopqrstuvwxyz", 18)
}

impl FieldValues {
    pub fn any(random: &mut Random) -> FieldValues {
        let id = (!random.one_in(3)).then(|| random_id(random) + "-1");
        let (language, browser) = (random.below(LANGUAGES.len()), random.below(BROWSERS.len()));
        FieldValues { keyword: Keyword::any(random), language, browser, id, code: random.below(CODES.len()) }
    }

    /// Differs in one field and is sent to the same partner.
    pub fn changed(&self, what: &str, random: &mut Random) -> FieldValues {
        let mut other = self.clone();
        match what {
            "keyword" => other.keyword = Keyword::Long(random.text("pqrstvwz", 3)),
            "language" => other.language = (self.language + 1 + random.below(LANGUAGES.len() - 1)) % LANGUAGES.len(),
            "browser" => other.browser = (self.browser + 1 + random.below(BROWSERS.len() - 1)) % BROWSERS.len(),
            "anonymous ID" => other.id = Some(random_id(random) + "-2"),
            "partner code" => other.code = 1 - self.code,
            _ => panic!("no field {what}"),
        }
        other
    }

    /// A random request with these values to a program on `port`.
    pub fn encode(&self, port: u16, random: &mut Random) -> RawRequest {
        for row in [Row::Fields, Row::Language, Row::Agent, Row::Objections, Row::Host] {
            coverage::count(row, 1);
        }
        let mut own = vec![format!("{}={}", random.pick(&["q", "%71"]), escape(&self.keyword.encode(random), random))];
        let mut headers = ignored_input::headers(random);
        self.spell_language(&mut own, &mut headers, random);
        self.spell_code(&mut own, random);
        self.spell_id(&mut own, &mut headers, random);
        self.spell_browser(&mut headers, random);
        spell_form(&mut own, &mut headers, random);
        headers.push(("Host".into(), format!("{}:{port}", random.pick(&["127.0.0.1", "localhost", "LOCALHOST"]))));
        if random.one_in(4) {
            headers.push((
                "Connection".into(),
                random.pick(&["keep-alive", "x-hop", "close", "Keep-Alive, TE"]).to_owned(),
            ));
        }
        random.shuffle(&mut headers);
        around(query(own, random), headers, port, random)
    }

    fn spell_language(&self, own: &mut Vec<String>, headers: &mut Vec<(String, String)>, random: &mut Random) {
        let tag = tag(self.language, random);
        let another = random.below(LANGUAGES.len());
        let other = self::tag(another, random);
        let accept = match random.below(4) {
            // `lang` has precedence over the header.
            0 | 1 => {
                own.push(format!("lang={}", escape(&tag, random)));
                if random.one_in(3) { return } else { format!("{other}, nl;q=0.{}", random.below(10)) }
            }
            // Without a listed language, the default is used.
            2 if self.language == 0 => return own.push(format!("lang={}", escape(random.pick(UNLISTED), random))),
            // A weight of 0 would exclude the language (RFC 9110 section 12.4.2), which may be the same one.
            2 => format!("{tag}, {other};q=0.{}", 1 + random.below(9)),
            _ => {
                own.push(format!("lang={}", escape(random.pick(UNLISTED), random)));
                format!("nl,{other} ; q=0.{},tlh;q=0.95 , {tag};q=0.9{}", 1 + random.below(8), random.below(10))
            }
        };
        headers.push((random.any_case("accept-language"), accept));
    }

    fn spell_code(&self, own: &mut Vec<String>, random: &mut Random) {
        let name = CODES[self.code];
        match random.below(3) {
            // The default code is used if the parameter is absent, empty or unknown.
            0 if self.code == 0 => {}
            1 if self.code == 0 => {
                own.push(format!("code={}", random.pick(&["", "MAIN", "main%20", "user-77", "mai"])))
            }
            _ => own.push(format!("code={}", escape(name, random))),
        }
    }

    /// Without an ID, either none is sent, or any is sent together with an objection.
    fn spell_id(&self, own: &mut Vec<String>, headers: &mut Vec<(String, String)>, random: &mut Random) {
        let objects = self.id.is_none() && random.one_in(2);
        let preferences = if objects { OBJECTIONS } else { NO_OBJECTIONS };
        let preferences = preferences[random.below(preferences.len())];
        headers.extend(preferences.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        match &self.id {
            Some(id) => own.push(format!("id={}", escape(id, random))),
            None if objects => own.push(format!("id={}", escape(&random_id(random), random))),
            // An ID that could be counted through is no ID.
            None if random.one_in(2) => own.push(format!("id={}", escape(random.pick(COUNTABLE_IDS), random))),
            None if random.one_in(2) => own.push("id=".to_owned()),
            None => {}
        }
    }

    fn spell_browser(&self, headers: &mut Vec<(String, String)>, random: &mut Random) {
        let (name, agents) = BROWSERS[self.browser];
        let system = random.text("abcdefghij 0123456789;._", 30);
        let version = format!("{}.{}.{}", random.below(200), random.below(9), random.below(9_999));
        let agent = random.pick(agents).replace("{v}", &version).replace("{s}", system.trim());
        if name != "other" || random.one_in(2) {
            headers.push((random.any_case("user-agent"), agent));
        }
    }
}

fn tag(language: usize, random: &mut Random) -> String {
    let tag = random.pick(LANGUAGES[language].1);
    match random.below(4) {
        0 => format!("{tag}-x-{}", random.text("abcdefgh0123456789", 8)),
        1 => format!("{tag}-u-ca-buddhist"),
        _ => tag.to_owned(),
    }
}

/// Requests HTML or JSON, by parameter or by header.
fn spell_form(own: &mut Vec<String>, headers: &mut Vec<(String, String)>, random: &mut Random) {
    if random.one_in(3) {
        own.push(format!("format={}", random.pick(&["json", "html", ""])));
    }
    if !random.one_in(4) {
        let accepts = [
            "application/json",
            "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
            "*/*",
            "APPLICATION/JSON;q=0.1",
            "x",
        ];
        headers.push((random.any_case("accept"), random.pick(&accepts).to_owned()));
    }
}

/// The query: parameters in random order, with repetitions and ignored parameters.
fn query(mut own: Vec<String>, random: &mut Random) -> String {
    own.extend(ignored_input::parameters(random));
    random.shuffle(&mut own);
    let names: Vec<&str> = ["q", "lang", "id", "code", "format"].into_iter().filter(|_| random.one_in(6)).collect();
    for name in names {
        // Only the first parameter with a name is read, thus a repetition must follow one.
        let encoded = |one: &String| one.starts_with(&format!("{name}=")) || (name == "q" && one.starts_with("%71="));
        if own.iter().any(encoded) {
            own.push(format!("{name}={}", random.word()));
        }
    }
    own.join("&")
}

/// Puts the query into a request: `GET` or `POST`, plain or chunked, with or without a query that must be ignored.
fn around(words: String, headers: Vec<(String, String)>, port: u16, random: &mut Random) -> RawRequest {
    let prefix = if random.one_in(8) { format!("http://127.0.0.1:{port}") } else { String::new() };
    let mut request = if random.one_in(3) {
        let decoy = if random.one_in(2) { format!("?q={}&id=decoy", random.word()) } else { String::new() };
        let mut request = RawRequest::get(format!("{prefix}/search{decoy}"));
        request.headers = headers;
        let kind = random
            .pick(&["application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded; charset=utf-8"])
            .to_owned();
        request.post(words.into_bytes());
        request.set("Content-Type", &kind);
        request
    } else {
        let fragment = if random.one_in(10) { format!("#{}", random.word()) } else { String::new() };
        let mut request = RawRequest::get(format!("{prefix}/search?{words}{fragment}"));
        request.headers = headers;
        request
    };
    let chunked = request.method == "POST" && random.one_in(3);
    if chunked {
        request.chunked = Some(vec![("X-Trailer".into(), random.word())]);
    } else if random.one_in(12) {
        request.version = "HTTP/1.0";
    }
    request
}

/// Percent-encodes all characters that must be and some that need not be, with digits in either case.
pub fn escape(text: &str, random: &mut Random) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~!*'()@/:?".contains(&byte);
        match byte {
            b' ' if random.one_in(2) => out.push('+'),
            _ if plain && !random.one_in(6) => out.push(char::from(byte)),
            _ if random.one_in(2) => out.push_str(&format!("%{byte:02x}")),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
