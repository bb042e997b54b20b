//! `qsproxy explain`: what becomes of every part of a toolbar's request, by the very code that serves it.

use std::path::Path;

use anyhow::{Context as _, bail};
use comfy_table::{ContentArrangement, LineStyle, Table, presets};
use http::{HeaderMap, HeaderName, HeaderValue};
use strum::VariantArray as _;
use url::Url;

use crate::app;
use crate::cli::{CommandOutcome, Explain};
use crate::config::Config;
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::{FieldRules, SixFields};
use crate::partner::Partner;
use crate::partner::request::PartnerRequest;
use crate::partner::route::CodeRoute;
use crate::problem::Problem;
use crate::server::form::{self, NAMES};
use crate::server::request::{self, KnownHeader, RejectedSearch, SearchRequest};
use crate::tokens::key_ring::{KeyRing, KeySet};
use crate::tokens::keys::{KEY_BYTES, PseudonymKey};
use crate::{random, time};

/// The widest line, in characters: a terminal's usual width or a bit more.
const WIDTH: u16 = 110;

/// Explains one request; sends nothing and writes nothing.
///
/// # Errors
/// A URL or header that is none, or a configuration with mistakes.
pub fn run(path: &Path, arguments: &Explain) -> anyhow::Result<CommandOutcome> {
    let config = crate::cli::load(path)?;
    let url = Url::parse(&arguments.url).context("the URL is not complete; it begins with http:// or https://")?;
    if !matches!(url.scheme(), "http" | "https") {
        bail!("the URL must begin with http:// or https://");
    }
    let headers = headers(&arguments.headers)?;
    let admitted = admit(&config, &url, &headers)?;
    let mut text = format!("{}\n", parts_table(&url, &headers, admitted != Err(Problem::WrongHost)));
    if let Err(problem) = admitted {
        text.push_str(&refusal(problem));
        return crate::cli::print(&text);
    }
    let key = pseudonym_key(&config, &mut text)?;
    let Config { languages, codes, personal_data, keyword_groups: groups, routes, partners, .. } = config;
    let rules = FieldRules { languages, codes, personal_data, groups };
    // The query as it would arrive: browsers send what the URL parser leaves.
    match request::words(&rules, &headers, url.query().unwrap_or_default().as_bytes()) {
        Ok(SearchRequest { fields, unknown_code, .. }) => {
            text.push_str(&format!("\n{}\n", fields_table(&fields, unknown_code, &headers)));
            text.push_str(&group(&rules.groups, &fields));
            text.push_str(&requests(&routes, &partners, &fields, &key));
        }
        Err(RejectedSearch { problem, .. }) => {
            text.push_str(&refusal(problem));
        }
    }
    crate::cli::print(&text)
}

fn refusal(problem: Problem) -> String {
    format!("\nNo partner is asked: {} {}. {}\n", problem.status().as_u16(), problem.code(), problem.advice())
}

/// Whether the listener would let this request in, judged as the listener does.
fn admit(config: &Config, url: &Url, headers: &HeaderMap) -> anyhow::Result<Result<(), Problem>> {
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let names = [url.host_str().unwrap_or_default(), url.authority()].map(str::to_owned);
    let mut request = http::Request::builder().uri(target);
    if !headers.contains_key(KnownHeader::Host.name()) {
        request = request.header(KnownHeader::Host.name(), url.authority());
    }
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    let request = request.body(()).context("the URL cannot stand in a request")?;
    let mut hosts = app::hosts(config);
    // A listener on port 0 gets its port when it starts: any port of its address may be meant.
    if config.listen.address.port() == 0
        && names.first().is_some_and(|name| config.listen.address.ip().to_string() == *name)
    {
        hosts.extend(names);
    }
    Ok(request::admit(&request, &app::bounds_of(&config.limits), &hosts))
}

fn headers(lines: &[String]) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (index, line) in lines.iter().enumerate() {
        let of = || format!("header {} (-H) must be 'Name: value'", index + 1);
        let (name, value) = line.split_once(':').with_context(of)?;
        let name: HeaderName = name.trim().parse().with_context(of)?;
        headers.append(name, HeaderValue::from_bytes(value.trim().as_bytes()).with_context(of)?);
    }
    Ok(headers)
}

fn table(header: [&str; 3]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(header);
    table
}

/// Every part that was received.
fn parts_table(url: &Url, headers: &HeaderMap, ours: bool) -> Table {
    let mut table = table(["received", "value", "what becomes of it"]);
    let mut row = |part: &str, value: &str, what: &str| {
        table.add_row([part, value, what]);
    };
    row("scheme", url.scheme(), "dropped");
    let host = if ours {
        "read: names this service; goes nowhere"
    } else {
        "read: 421, it is neither that of public_url nor the listener's own loopback address"
    };
    row("host", url.authority(), host);
    let path = match url.path() {
        "/search" => "read: a search; goes nowhere",
        _ => "only /search leads to a partner; explained as if it were that",
    };
    row("path", url.path(), path);
    let mut seen: Vec<&str> = Vec::new();
    let query = url.query().unwrap_or_default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = NAMES.iter().find(|known| form::is_name(name, known));
        let what = match known {
            Some(name) if seen.contains(name) => "dropped: only the first of a name is read",
            Some(name) => {
                seen.push(name);
                purpose(name)
            }
            None => "dropped: not a parameter of a search",
        };
        row(&format!("parameter {name}"), value, what);
    }
    if let Some(fragment) = url.fragment() {
        row("fragment", fragment, "dropped: browsers do not send it");
    }
    for name in headers.keys() {
        let known = KnownHeader::VARIANTS.iter().find(|known| known.name() == name.as_str());
        for (index, value) in headers.get_all(name).iter().enumerate() {
            let what = match known {
                None => "dropped: not read",
                Some(known) if index == 0 || known.is_read_whole() => known.purpose(),
                Some(_) => "dropped: only the first line of this header is read",
            };
            row(&format!("header {name}"), &String::from_utf8_lossy(value.as_bytes()), what);
        }
    }
    row("address, port, TLS details", "", "dropped: no part of this program beyond the socket sees them");
    table
}

fn purpose(parameter: &str) -> &'static str {
    match parameter {
        "q" => "read: becomes the field keyword",
        "lang" => "read: becomes the field language, where it is of the list",
        "id" => "read: becomes a pseudonym for each partner and day",
        "code" => "read: becomes the field partner code, where it is configured",
        _ => "read: a page or JSON; goes nowhere",
    }
}

/// The six fields.
fn fields_table(fields: &SixFields, unknown_code: bool, headers: &HeaderMap) -> Table {
    let mut table = table(["field", "value", "how it came about"]);
    let bytes = fields.keyword().expose_to_partner_or_asker().len();
    let form = format!("normalised; {bytes} of at most {} bytes", crate::fields::keyword::KEYWORD_BYTES);
    table.add_row(["keyword", fields.keyword().expose_to_partner_or_asker(), &form]);
    table.add_row(["time", fields.time().as_str(), "the UTC hour of this machine's clock"]);
    table.add_row(["language", fields.language().as_str(), "one of the closed list"]);
    table.add_row(["browser", fields.browser().as_str(), "the family alone"]);
    let id = match fields.anonymous_id() {
        Some(_) => ("a pseudonym", "different for each partner and each day; see the requests"),
        None if request::opts_out(headers) => ("absent", "none was sent, or Sec-GPC or DNT keeps it here"),
        None => ("absent", "the toolbar sent none"),
    };
    table.add_row(["anonymous ID", id.0, id.1]);
    let how = if unknown_code { "the default: what was asked for is not configured" } else { "configured" };
    table.add_row(["partner code", fields.code().name().as_str(), how]);
    table
}

/// What the search is counted as beside its fields, where there are keyword groups.
fn group(groups: &KeywordGroups, fields: &SixFields) -> String {
    match fields.keyword_group() {
        Some(group) => format!("\nCounted in the keyword group {group}, which no partner is told.\n"),
        None if groups.iter().next().is_some() => "\nCounted in no keyword group: none has a term in it.\n".to_owned(),
        None => String::new(),
    }
}

/// The request to each partner of the code, byte by byte.
fn requests(routes: &[CodeRoute], partners: &[Partner], fields: &SixFields, key: &PseudonymKey) -> String {
    let mut text = String::new();
    let choices = routes.iter().filter(|route| route.code == *fields.code().name()).flat_map(|route| &route.choices);
    for choice in choices {
        let Some(partner) = partners.get(choice.partner) else { continue };
        let length = PartnerRequest::build(partner, &choice.tag, fields, key).body.map(|body| body.len());
        let mut outbound = PartnerRequest::build(&partner.clone().without_secrets(), &choice.tag, fields, key);
        // The length is the real one, secrets and all.
        if let Some(length) = length {
            outbound.headers.insert(http::header::CONTENT_LENGTH, length.into());
        }
        let authority = outbound.url.authority().to_owned();
        let (name, scheme) = (&partner.name, outbound.url.scheme());
        text.push_str(&format!("\nTo {name} at {scheme}://{authority}, secrets shown as SECRET:\n\n"));
        let bytes = outbound.to_bytes();
        for line in String::from_utf8_lossy(&bytes).trim_end().lines() {
            text.push_str(&format!("    {line}\n"));
        }
    }
    text
}

/// Today's key where the ring has one, so that the pseudonym is the very one; else one made for now.
fn pseudonym_key(config: &Config, text: &mut String) -> anyhow::Result<PseudonymKey> {
    let ring = KeyRing::new(&config.counts.keys, config.counts.click_ttl);
    let keys = ring.load(time::now().day());
    match keys.map_err(|error| anyhow::anyhow!("[counts] keys: {}: {error}", config.counts.keys.display()))? {
        Some(KeySet { pseudonym, .. }) => Ok(pseudonym),
        None => {
            text.push_str("(There are no keys for today yet: a pseudonym below is made with a key for this once.)\n");
            let mut key = [0; KEY_BYTES];
            random::fill_random(&mut key);
            Ok(PseudonymKey::new(&key))
        }
    }
}
