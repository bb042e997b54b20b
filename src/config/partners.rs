//! The tables `[[partner]]`. There is no way here to say anything that depends on a user beyond the six
//! fields, and what is known to ask for it is refused by name, with the reason.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

use crate::answer::LinkPolicy;
use crate::answer::html::RewriteRules;
use crate::answer::json_mapping::{JsonMapping, Pointer};
use crate::answer::link_rules::LinkRules;
use crate::answer::links::pattern::Pattern;
use crate::billing::contract::Contract;
use crate::config::diagnostic::suggestion;
use crate::config::images;
use crate::config::path;
use crate::config::read::{At, Pair, Section};
use crate::config::statement;
use crate::fields::language::{Language, Languages};
use crate::name::ConfigName;
use crate::partner::{AnswerFormat, Constant, FieldMapping, Partner, RequestMethod, UserAgent};

/// Longest partner time that makes sense: a person has left by then.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Headers that a partner may want and that tell about the user, in lower case.
const TELLING_HEADERS: [&str; 13] = [
    "x-msedge-clientid",
    "x-msedge-clientip",
    "x-search-clientid",
    "x-search-clientip",
    "x-search-location",
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "true-client-ip",
    "x-client-ip",
    "cookie",
    "referer",
    "x-client-data",
];

/// Headers that the request itself sets, with where each is configured.
const OWN_HEADERS: [(&str, &str); 11] = [
    ("host", "it follows from url"),
    ("user-agent", "say user_agent = \"fixed\" or \"by-browser\""),
    ("accept", "it follows from format"),
    ("accept-encoding", "it follows from what can be opened"),
    ("content-type", "it follows from method"),
    ("content-length", "it follows from the body"),
    ("connection", "connections are shared by all users"),
    ("transfer-encoding", "it follows from the body"),
    ("te", "trailers are not read"),
    ("upgrade", "the protocol is fixed"),
    ("expect", "bodies are short"),
];

/// Parameters that feeds demand and that tell about the user, in lower case.
const TELLING_PARAMETERS: [&str; 8] =
    ["affildata", "ip", "ua", "userip", "user_ip", "clientip", "client_ip", "useragent"];

/// The partners, and what is agreed with each; the tags are told by the codes.
pub(super) fn all(
    file: &mut Section<'_>,
    folder: &Path,
    languages: Option<&Languages>,
) -> (Vec<Partner>, Vec<Contract>) {
    let sections = file.tables("partner");
    if sections.is_empty() {
        file.mistake("partner", "there is no [[partner]] table; the shipped proxy.toml shows one");
    }
    let (mut partners, mut all_terms): (Vec<Partner>, Vec<Contract>) = (Vec::new(), Vec::new());
    for mut section in sections {
        let (profile, tolerance) = (statement::profile(&mut section), statement::tolerance(&mut section));
        if let Some(partner) = one(section, folder, &partners, languages) {
            let is_direct = partner.links == LinkPolicy::Direct;
            all_terms.push(Contract { partner: partner.name.clone(), profile, tolerance, tags: Vec::new(), is_direct });
            partners.push(partner);
        }
    }
    (partners, all_terms)
}

fn one(mut section: Section<'_>, folder: &Path, before: &[Partner], languages: Option<&Languages>) -> Option<Partner> {
    let name = name(&mut section, before);
    let url = url(&mut section);
    let method = section.word(
        "method",
        RequestMethod::Get,
        &[("GET", RequestMethod::Get), ("POST", RequestMethod::Form), ("POST-JSON", RequestMethod::Json)],
    );
    let html = section.word("format", false, &[("json", false), ("html", true)]);
    let (images, image_hosts) = images::of(&mut section, html);
    let links =
        section.word("links", LinkPolicy::Counted, &[("counted", LinkPolicy::Counted), ("direct", LinkPolicy::Direct)]);
    let send = send(&mut section);
    let spelled = spelled(&mut section, languages);
    let fixed = fixed(&mut section, folder, &send);
    let headers = headers(&mut section, folder);
    let words = [("fixed", UserAgent::Fixed), ("by-browser", UserAgent::ByBrowser)];
    let user_agent = section.word("user_agent", UserAgent::Fixed, &words);
    let timeout = section.duration("timeout", Duration::from_secs(2), Duration::from_millis(10)..=LONGEST_TIMEOUT);
    // A table with mistakes still yields a partner under its name, so that codes which name it are not
    // reported as well; the mistakes keep it from ever being asked.
    let url = url.or_else(|| Url::parse("http://partner.invalid/").ok())?;
    let format = if html { page(&mut section, &url, &send, images) } else { list(&mut section)? };
    later(&mut section);
    section.end();
    Some(Partner {
        name: name?,
        url,
        method,
        send,
        languages: spelled,
        fixed,
        headers,
        user_agent,
        timeout,
        links,
        format,
        image_hosts,
    })
}

fn name(section: &mut Section<'_>, before: &[Partner]) -> Option<ConfigName> {
    let text = section.needed_text("name")?;
    let name = ConfigName::new(&text.value).map_err(|what| section.wrong(&text, what)).ok()?;
    if before.iter().any(|partner| partner.name.fingerprint() == name.fingerprint()) {
        section.wrong(&text, format!("the name {name} is taken by a partner above; names must differ"));
        return None;
    }
    Some(name)
}

fn url(section: &mut Section<'_>) -> Option<Url> {
    let text = section.needed_text("url")?;
    let url = Url::parse(&text.value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match &url {
        None => section.wrong(&text, "this must be a web address, such as \"https://partner.example/search\""),
        Some(url) if !url.username().is_empty() || url.password().is_some() => {
            section.wrong(
                &text,
                "credentials do not belong into the address; put them into headers = { … = { file = \"…\" } }",
            );
        }
        Some(url) if url.fragment().is_some() => section.wrong(&text, "what follows # is never sent; leave it out"),
        Some(_) => {}
    }
    url
}

fn send(section: &mut Section<'_>) -> FieldMapping {
    let mut send = section.table("send");
    let mut taken: Vec<String> = Vec::new();
    let keyword = send.needed_text("keyword").and_then(|text| parameter_name(&send, text, &mut taken));
    let mut name = |key| {
        let text = send.text(key)?;
        parameter_name(&send, text, &mut taken)
    };
    let fields = FieldMapping {
        keyword: keyword.unwrap_or_default(),
        time: name("time"),
        language: name("language"),
        browser: name("browser"),
        anonymous_id: name("anonymous_id"),
        partner_code: name("partner_code"),
    };
    send.end();
    fields
}

/// `languages`: how the partner spells tags of the closed list.
fn spelled(section: &mut Section<'_>, languages: Option<&Languages>) -> Vec<(String, String)> {
    let mut spelled = Vec::new();
    for pair in section.pairs("languages").unwrap_or_default() {
        let name = pair.name.clone();
        let listed = languages.is_none_or(|languages| languages.iter().any(|language| language.as_str() == name));
        if !listed {
            let known = languages.into_iter().flat_map(Languages::iter).map(Language::as_str);
            section.wrong(&pair.at, format!("this language is not in the list languages{}", suggestion(&name, known)));
        }
        spelled.extend(section.pair_text(pair).map(|text| (name, text.value)));
    }
    spelled
}

/// The name that a field travels under: not empty, not another field's, and none that promises what
/// the field does not hold.
fn parameter_name(section: &Section<'_>, text: At<String>, taken: &mut Vec<String>) -> Option<String> {
    if text.value.is_empty() {
        section.wrong(&text, "a parameter needs a name; leave the key out where the field is not to be sent");
        return None;
    }
    if TELLING_PARAMETERS.contains(&text.value.to_ascii_lowercase().as_str()) {
        section.wrong(&text, "a partner expects something about its user under this name; no field holds that");
    }
    if taken.contains(&text.value) {
        section.wrong(&text, "another field travels under this name; names must differ");
    }
    taken.push(text.value.clone());
    Some(text.value)
}

fn fixed(section: &mut Section<'_>, folder: &Path, send: &FieldMapping) -> Vec<(String, Constant)> {
    let mut fixed = Vec::new();
    for pair in section.pairs("fixed").unwrap_or_default() {
        let name = pair.name.clone();
        if TELLING_PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) {
            section.wrong(
                &pair.at,
                "this parameter tells a partner about its user, which qsproxy exists to prevent; leave it out",
            );
            continue;
        }
        if send.names().any(|field| *field == name) {
            section.wrong(&pair.at, "a field travels under this name; names must differ");
        }
        fixed.extend(constant(section, pair, folder).map(|at| (name, at.value)));
    }
    fixed
}

fn headers(section: &mut Section<'_>, folder: &Path) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    for pair in section.pairs("headers").unwrap_or_default() {
        let lower = pair.name.to_ascii_lowercase();
        let Ok(name) = HeaderName::from_bytes(lower.as_bytes()) else {
            section.wrong(&pair.at, "this is no header name (RFC 9110 section 5.1)");
            continue;
        };
        if TELLING_HEADERS.contains(&lower.as_str()) {
            section.wrong(
                &pair.at,
                "this header tells a partner about its user, which qsproxy exists to prevent; leave it out",
            );
            continue;
        }
        if let Some((_, why)) = OWN_HEADERS.iter().find(|(own, _)| *own == lower) {
            section.wrong(&pair.at, format!("this header is set for you: {why}"));
            continue;
        }
        let Some(constant) = constant(section, pair, folder) else { continue };
        if headers.iter().any(|(taken, _)| *taken == name) {
            section.wrong(
                &constant,
                "this header stands here already, in other letters; header names are the same in any case",
            );
        }
        match HeaderValue::from_str(&constant.value.text) {
            Ok(mut value) => {
                value.set_sensitive(constant.value.secret);
                headers.push((name, value));
            }
            Err(_) => section.wrong(&constant, "a header's value holds visible ASCII characters and spaces only"),
        }
    }
    headers
}

/// `"text"`, a number, `true` or `false`; or `{ file = "…" }` for a secret: the file's text without the line end.
fn constant<'t>(section: &Section<'t>, pair: Pair<'t>, folder: &Path) -> Option<At<Constant>> {
    let Some(mut table) = section.pair_table(&pair) else {
        if let Some(text) = literal(&pair) {
            let At { span, key, .. } = pair.at;
            return Some(At { value: Constant { text, secret: false, literal: true }, span, key });
        }
        let At { value: text, span, key } = section.pair_text(pair)?;
        return Some(At { value: Constant { text, secret: false, literal: false }, span, key });
    };
    let file = table.needed_text("file");
    table.end();
    let file = file?;
    match std::fs::read_to_string(path(folder, &file.value)) {
        Ok(text) => {
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            if text.is_empty() {
                section.wrong(&file, format!("the file {} is empty; put the secret into it", file.value));
            }
            Some(At { value: Constant { text, secret: true, literal: false }, span: file.span, key: file.key })
        }
        Err(error) => {
            section.wrong(&file, format!("the file {} cannot be read: {error}", file.value));
            None
        }
    }
}

/// A whole number, `true` or `false`, as it is written.
fn literal(pair: &Pair<'_>) -> Option<String> {
    let number = pair.at.value.as_integer().filter(|number| number.radix() == 10);
    let number = number.map(|number| number.as_str().trim_start_matches('+').replace('_', ""));
    number.or_else(|| pair.at.value.as_bool().map(|truth| truth.to_string()))
}

/// An answer in json: where its results stand.
fn list(section: &mut Section<'_>) -> Option<AnswerFormat> {
    for key in ["sponsored_links", "own_pages"] {
        if section.texts(key).is_some_and(|patterns| !patterns.is_empty()) {
            section.mistake(
                key,
                "this tells links of a page apart (format = \"html\"); results = { sponsored = … } tells them in json",
            );
        }
    }
    let stand_in = || Pointer::new("").ok().map(|root| JsonMapping::new(root.clone(), &root, &root, None, None));
    shape(section).or_else(stand_in).map(AnswerFormat::Json)
}

/// An answer in html: whose its links are.
fn page(section: &mut Section<'_>, url: &Url, send: &FieldMapping, images: bool) -> AnswerFormat {
    if section.optional_table("results").is_some() {
        section.mistake("results", "a page has no list of results; results = { … } belongs to format = \"json\"");
    }
    let sponsored = patterns(section, "sponsored_links");
    let own = patterns(section, "own_pages");
    let site = LinkRules { url: url.clone(), sponsored, own };
    AnswerFormat::Html(Arc::new(RewriteRules { site, keyword: send.keyword.clone(), images }))
}

fn patterns(section: &mut Section<'_>, key: &'static str) -> Vec<Pattern> {
    let texts = section.texts(key).unwrap_or_default();
    let pattern = |text: At<String>| Pattern::new(&text.value).map_err(|what| section.wrong(&text, what)).ok();
    texts.into_iter().filter_map(pattern).collect()
}

fn shape(section: &mut Section<'_>) -> Option<JsonMapping> {
    let Some(mut results) = section.optional_table("results") else {
        section.mistake("results", "a partner that answers in json needs results = { list = \"/results\", title = \"/title\", url = \"/url\" }");
        return None;
    };
    let list = results.needed_text("list");
    let title = results.needed_text("title");
    let url = results.needed_text("url");
    let (snippet, sponsored) = (results.text("snippet"), results.text("sponsored"));
    let words = [("failure", false), ("empty", true)];
    let may_lack_list = results.word("without_list", false, &words);
    let pointer = |text: At<String>| Pointer::new(&text.value).map_err(|what| results.wrong(&text, what)).ok();
    let (list, title, url) = (list.and_then(pointer), title.and_then(pointer), url.and_then(pointer));
    let (snippet, sponsored) = (snippet.and_then(pointer), sponsored.and_then(pointer));
    results.end();
    Some(JsonMapping::new(list?, &title?, &url?, snippet.as_ref(), sponsored.as_ref()).may_lack_list(may_lack_list))
}

/// Keys that the contract names and that later versions put to use: checked, so that files stay valid.
fn later(section: &mut Section<'_>) {
    let cache = section.duration("cache_ttl", Duration::ZERO, Duration::ZERO..=Duration::from_secs(86_400));
    if !cache.is_zero() {
        section.mistake("cache_ttl", "a shared result cache comes with a later version; leave it at \"0s\"");
    }
}
