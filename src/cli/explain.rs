//! `qsproxy explain`: shows how each part of a search request is used, by running the code that serves it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use comfy_table::{ContentArrangement, LineStyle, Table, presets};
use http::{HeaderMap, HeaderName, HeaderValue};
use strum::VariantArray as _;
use url::Url;

use crate::app;
use crate::budget::notation;
use crate::budget::plan::SpendingPlan;
use crate::cli::answer;
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::config::Config;
use crate::config::diagnostic::suggestion;
use crate::fields::keyword::{Keyword, KeywordChanges, MAX_KEYWORD_BYTES, PersonalData};
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::{FieldRules, SixFields};
use crate::partner::Partner;
use crate::partner::request::PartnerRequest;
use crate::partner::route::CodeRoute;
use crate::problem::Problem;
use crate::server::click_class::{click_signals, is_declared_robot};
use crate::server::form::{self, PARAMETER_NAMES, SearchForm};
use crate::server::headers::{KnownHeader, opts_out};
use crate::server::request;
use crate::server::search_request::{RejectedSearch, SearchRequest, from_form};
use crate::tokens::key_ring::KeyRing;
use crate::tokens::key_ring::key_set::KeySet;
use crate::tokens::keys::{KEY_BYTES, PseudonymKey};
use crate::{random, time};

/// Maximum width of the tables, in characters.
const TABLE_WIDTH: u16 = 110;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A header of the request, for example 'Accept-Language: de'; can be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Instead of a request, show how this file with a partner's answer is read; exits 1 if the partner would fail
    #[arg(long, value_name = "FILE", conflicts_with_all = ["url", "headers"])]
    answer: Option<PathBuf>,
    /// The partner whose answer it is; may be left out if there is only one
    #[arg(long, value_name = "NAME", requires = "answer")]
    partner: Option<String>,
    /// The URL that the toolbar would request, for example 'http://127.0.0.1:8080/search?q=blue+shoes'
    #[arg(required_unless_present = "answer")]
    url: Option<String>,
}

/// Explains one request or one answer. Sends nothing and writes nothing.
///
/// # Errors
/// The URL or a header is invalid, the partner is unknown, the answer cannot be read, or the configuration has errors.
pub fn run(path: &Path, arguments: &ExplainArguments) -> anyhow::Result<CommandOutcome> {
    let config = load_config(path)?;
    if let Some(file) = &arguments.answer {
        let partner = find_partner(&config, arguments.partner.as_deref())?;
        return answer::show(partner, file, config.limits.partner_decompressed_bytes);
    }
    explain_request(config, arguments)
}

/// The partner of this name; without a name, the only one.
fn find_partner<'a>(config: &'a Config, name: Option<&str>) -> anyhow::Result<&'a Partner> {
    let names = || config.partners.iter().map(|partner| partner.name.as_str());
    let Some(name) = name else {
        let [partner] = config.partners.as_slice() else {
            bail!("say whose answer it is with --partner NAME: {}", names().collect::<Vec<_>>().join(", "));
        };
        return Ok(partner);
    };
    config.partners.iter().find(|partner| partner.name.as_str() == name).with_context(|| {
        let hint = suggestion(name, names());
        let hint =
            if hint.is_empty() { format!("; there are: {}", names().collect::<Vec<_>>().join(", ")) } else { hint };
        format!("there is no partner \"{name}\" in the configuration{hint}")
    })
}

fn explain_request(config: Config, arguments: &ExplainArguments) -> anyhow::Result<CommandOutcome> {
    let url = Url::parse(arguments.url.as_deref().unwrap_or_default())
        .context("the URL must be complete and begin with http:// or https://")?;
    if !matches!(url.scheme(), "http" | "https") {
        bail!("the URL must begin with http:// or https://");
    }
    let headers = headers(&arguments.headers)?;
    let request = as_sent(&url, &headers)?;
    let admitted = admit(&config, &url, &request);
    let mut text = format!("{}\n", request_table(&url, &headers, admitted != Err(Problem::WrongHost)));
    if let Err(problem) = admitted {
        text.push_str(&rejection(problem));
        return print(&text);
    }
    let key = pseudonym_key(&config)?;
    if key.is_temporary {
        text.push_str("\n(There are no keys for today yet, so the pseudonym below was made with a temporary key.)\n");
    }
    let is_secure = config.listen.public_url.scheme() == "https";
    let Config { languages, codes, personal_data, keyword_groups: groups, routes, partners, spending, .. } = config;
    let rules = FieldRules { languages, codes, personal_data, groups };
    text.push_str(&click(&request, is_secure));
    if is_declared_robot(&headers) {
        text.push_str(&rejection(Problem::RobotRefused));
        return print(&text);
    }
    // The query as it would arrive: browsers send what the URL parser returns.
    let query = url.query().unwrap_or_default().as_bytes();
    match from_form(&rules, &headers, query) {
        Ok(SearchRequest { fields, unknown_code, countable_id, .. }) => {
            let changes = keyword_changes(query, rules.personal_data);
            text.push_str(&format!("\n{}\n", fields_table(&fields, &changes, [unknown_code, countable_id], &headers)));
            text.push_str(&keyword_group(&rules.groups, &fields));
            text.push_str(&outbound_requests(&routes, &partners, &fields, &key.key));
            text.push_str(&costs(&spending, &fields));
        }
        Err(RejectedSearch { problem, .. }) => text.push_str(&rejection(problem)),
    }
    print(&text)
}

fn rejection(problem: Problem) -> String {
    format!(
        "\nNo partner receives this request. It is answered with {} {}: {}\n",
        problem.status().as_u16(),
        problem.code(),
        problem.advice()
    )
}

/// How a click with these headers is counted, by the listener's own code.
fn click(request: &http::Request<()>, is_secure: bool) -> String {
    let outcome = click_signals(request, is_secure).class.outcome();
    format!("\nA click with these headers is counted as {}.\n", outcome.as_str())
}

/// The request as a toolbar would send it.
fn as_sent(url: &Url, headers: &HeaderMap) -> anyhow::Result<http::Request<()>> {
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let mut request = http::Request::builder().uri(target);
    if !headers.contains_key(KnownHeader::Host.name()) {
        request = request.header(KnownHeader::Host.name(), url.authority());
    }
    let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    request.body(()).context("the URL cannot be sent in a request")
}

/// Checks whether the public listener would accept this request, with the listener's own code.
fn admit(config: &Config, url: &Url, request: &http::Request<()>) -> Result<(), Problem> {
    let names = [url.host_str().unwrap_or_default(), url.authority()].map(str::to_owned);
    let mut hosts = app::server::hosts(config);
    // A listener on port 0 gets its port when it starts, so any port of its address is accepted here.
    if config.listen.address.port() == 0
        && names.first().is_some_and(|name| config.listen.address.ip().to_string() == *name)
    {
        hosts.extend(names);
    }
    request::admit(request, &app::server::request_limits(&config.limits), &hosts)
}

fn headers(lines: &[String]) -> anyhow::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (index, line) in lines.iter().enumerate() {
        let invalid = || format!("header {} (-H) must be 'Name: value'", index + 1);
        let (name, value) = line.split_once(':').with_context(invalid)?;
        let name: HeaderName = name.trim().parse().with_context(invalid)?;
        headers.append(name, HeaderValue::from_bytes(value.trim().as_bytes()).with_context(invalid)?);
    }
    Ok(headers)
}

fn table(header: [&str; 3]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(TABLE_WIDTH);
    table.set_header(header);
    table
}

/// Every part of the request, and how it is used.
fn request_table(url: &Url, headers: &HeaderMap, is_own_host: bool) -> Table {
    let mut table = table(["part", "value", "outcome"]);
    let mut row = |part: &str, value: &str, outcome: &str| {
        table.add_row([part, value, outcome]);
    };
    row("scheme", url.scheme(), "dropped");
    let host = if is_own_host {
        "read: identifies this service; not forwarded"
    } else {
        "read: rejected with 421, because it is neither the host of public_url nor the listener's loopback address"
    };
    row("host", url.authority(), host);
    let path = match url.path() {
        "/search" => "read: identifies a search; not forwarded",
        _ => "only /search asks a partner; explained as if it were /search",
    };
    row("path", url.path(), path);
    for QueryParameter { name, value, outcome } in query_parameters(url.query().unwrap_or_default(), opts_out(headers))
    {
        row(&format!("parameter {name}"), value, outcome);
    }
    if let Some(fragment) = url.fragment() {
        row("fragment", fragment, "dropped: browsers do not send it");
    }
    for name in headers.keys() {
        let known = KnownHeader::VARIANTS.iter().copied().find(|known| known.name() == name.as_str());
        for (index, value) in headers.get_all(name).iter().enumerate() {
            let outcome = match known {
                None => "dropped: not read",
                Some(known) if index == 0 || known.reads_all_lines() => known.purpose(),
                Some(_) => "dropped: only the first line of this header is read",
            };
            row(&format!("header {name}"), &String::from_utf8_lossy(value.as_bytes()), outcome);
        }
    }
    row(
        "address",
        "",
        "read: a keyed hash of its /24 or /56 prefix finds the client whose limits apply; in memory only, for at most an hour; \
         not forwarded",
    );
    row("port, TLS details", "", "dropped: only the socket code sees them");
    table
}

/// A query parameter as written, and how it is used.
struct QueryParameter<'q> {
    name: &'q str,
    value: &'q str,
    outcome: &'static str,
}

/// What becomes of each parameter of this request. `opts_out` is whether it withholds the ID.
fn query_parameters(query: &str, opts_out: bool) -> Vec<QueryParameter<'_>> {
    let mut seen: Vec<&str> = Vec::new();
    let mut parameters = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = PARAMETER_NAMES.iter().find(|known| form::is_name(name, known));
        let outcome = match known {
            Some(known) if seen.contains(known) => "dropped: only the first parameter of a name is read",
            Some(known) => {
                seen.push(known);
                parameter_use(known, value, opts_out)
            }
            None => "dropped: not a search parameter",
        };
        parameters.push(QueryParameter { name, value, outcome });
    }
    parameters
}

fn parameter_use(name: &str, value: &str, opts_out: bool) -> &'static str {
    match name {
        "id" if value.is_empty() => "read: empty, so there is no ID",
        "id" if opts_out => "read and dropped: Sec-GPC or DNT withholds it from all partners",
        "q" => "read: becomes the field keyword",
        "lang" => "read: becomes the field language, if it is in the list",
        "id" => "read: becomes a pseudonym for each partner and day",
        "code" => "read: becomes the field partner code, if it is configured",
        "theme" => "read: the color scheme of the page; not forwarded",
        _ => "read: selects HTML or JSON; not forwarded",
    }
}

/// What was changed in the keyword of a query: `normalized, personal data replaced`.
fn keyword_changes(query: &[u8], policy: PersonalData) -> String {
    let typed = SearchForm::parse(query).q.unwrap_or_default();
    let changes = Keyword::parse_with_changes(&typed, policy).map(|(_, changes)| changes);
    let Ok(KeywordChanges { is_normalized, is_redacted, is_truncated }) = changes else { return String::new() };
    let steps =
        [(is_normalized, "normalized"), (is_redacted, "personal data replaced"), (is_truncated, "end left off")];
    let names: Vec<&str> = steps.into_iter().filter_map(|(is_changed, name)| is_changed.then_some(name)).collect();
    if names.is_empty() { "as typed".to_owned() } else { names.join(", ") }
}

/// The six fields and their origin.
fn fields_table(
    fields: &SixFields,
    changes: &str,
    [is_unknown_code, is_countable_id]: [bool; 2],
    headers: &HeaderMap,
) -> Table {
    let mut table = table(["field", "value", "origin"]);
    let bytes = fields.keyword().expose_to_partner_or_client().len();
    let origin = format!("{changes}; {bytes} of at most {MAX_KEYWORD_BYTES} bytes");
    table.add_row(["keyword", fields.keyword().expose_to_partner_or_client(), &origin]);
    table.add_row(["time", fields.time().as_str(), "the UTC hour of this machine's clock"]);
    table.add_row(["language", fields.language().as_str(), "a tag from the closed list"]);
    table.add_row(["browser", fields.browser().as_str(), "the browser family only"]);
    let [value, origin] = match fields.anonymous_id() {
        Some(_) => ["a pseudonym", "different for each partner and day; see the requests below"],
        None if opts_out(headers) => ["absent", "not sent, or withheld because of Sec-GPC or DNT"],
        None if is_countable_id => ["absent", "withheld: shorter than 16 characters, a number or an address"],
        None => ["absent", "the toolbar sent none"],
    };
    table.add_row(["anonymous ID", value, origin]);
    let origin = if is_unknown_code { "the default, because the code sent is not configured" } else { "configured" };
    table.add_row(["partner code", fields.code().name().as_str(), origin]);
    table
}

/// The keyword group in which the search is counted, if there are groups.
fn keyword_group(groups: &KeywordGroups, fields: &SixFields) -> String {
    match fields.keyword_group() {
        Some(group) => format!("\nCounted in the keyword group {group}. Groups are not sent to partners.\n"),
        None if groups.iter().next().is_some() => {
            "\nCounted in no keyword group: the keyword contains none of their terms.\n".to_owned()
        }
        None => String::new(),
    }
}

/// The exact bytes of the request to each partner of the code.
fn outbound_requests(routes: &[CodeRoute], partners: &[Partner], fields: &SixFields, key: &PseudonymKey) -> String {
    let mut text = String::new();
    let today = time::now().day().date();
    let choices = routes.iter().filter(|route| route.code == *fields.code().name()).flat_map(|route| &route.choices);
    for choice in choices {
        let Some(partner) = partners.get(choice.partner) else { continue };
        let tag = choice.tags.sent_on(today);
        let length = PartnerRequest::build(partner, tag, fields, key).body.map(|body| body.len());
        let mut outbound = PartnerRequest::build(&partner.clone().without_secrets(), tag, fields, key);
        // The real length, secrets included.
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

/// What a request to each partner with a price or a budget costs.
fn costs(spending: &[SpendingPlan], fields: &SixFields) -> String {
    let today = time::now().day();
    let line = |plan: &SpendingPlan| {
        let cost = notation::describe(plan, fields.code().name(), today)?;
        Some(format!("\nA request to {} costs: {cost}.\n", plan.partner))
    };
    spending.iter().filter_map(line).collect()
}

/// The key for pseudonyms.
struct PseudonymSource {
    key: PseudonymKey,
    /// The key ring has no key for today, so this one was generated.
    is_temporary: bool,
}

/// Reads today's key, so that the pseudonym is the real one. Generates a temporary key if the ring has none.
fn pseudonym_key(config: &Config) -> anyhow::Result<PseudonymSource> {
    let ring = KeyRing::new(&config.counts.keys, config.counts.click_ttl);
    let keys = ring.load(time::now());
    match keys.map_err(|error| anyhow::anyhow!("[counts] keys: {}: {error}", config.counts.keys.display()))? {
        Some(KeySet { pseudonym, .. }) => Ok(PseudonymSource { key: pseudonym, is_temporary: false }),
        None => {
            let mut key = [0; KEY_BYTES];
            random::fill_random(&mut key);
            Ok(PseudonymSource { key: PseudonymKey::new(&key), is_temporary: true })
        }
    }
}
