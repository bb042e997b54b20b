//! `[[partner]]`: the partners, and the contract with each.

use std::path::Path;
use std::time::Duration;

use url::Url;

use crate::answer::LinkPolicy;
use crate::billing::contract::Contract;
use crate::config::budget::{self, BudgetKeys};
use crate::config::circuit;
use crate::config::diagnostic::{Diagnostic, Diagnostics};
use crate::config::images;
use crate::config::parameter_names::ParameterNames;
use crate::config::partner_answer::{self, AnswerContext};
use crate::config::partner_identity;
use crate::config::partner_request;
use crate::config::settlement;
use crate::config::statement;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::fields::language::Languages;
use crate::name::ConfigName;
use crate::partner::{Partner, RequestMethod, UserAgent};

/// Maximum `timeout`. A person has given up by then.
const MAX_TIMEOUT: Duration = Duration::from_secs(60);

/// The partners, and the contract with each in the same order.
pub(super) struct PartnerTables {
    /// The partners.
    pub(super) partners: Vec<Partner>,
    /// The contracts. Their tags are filled in from the `[[code]]` tables.
    pub(super) contracts: Vec<Contract>,
    /// The prices and budgets, in the same order.
    pub(super) budgets: Vec<BudgetKeys>,
}

/// Reads every `[[partner]]` table.
pub(super) fn read(root: &mut TableReader<'_>, folder: &Path, languages: Option<&Languages>) -> PartnerTables {
    let tables = root.table_list("partner");
    if tables.is_empty() {
        root.error_at_key("partner", "there is no [[partner]] table; the shipped proxy.toml has an example");
    }
    let (mut partners, mut contracts, mut budgets): (Vec<Partner>, Vec<Contract>, Vec<BudgetKeys>) = Default::default();
    for mut table in tables {
        let (profile, tolerance) = (statement::profile(&mut table), statement::tolerance(&mut table));
        let agreement = Some(settlement::agreement(&mut table));
        let budget = budget::read(&mut table);
        let statement_due = statement::due(&mut table);
        if let Some(partner) = partner(table, folder, &partners, languages) {
            let is_direct = partner.links == LinkPolicy::Direct;
            let zone = profile.as_ref().map(|profile| profile.zone.clone());
            let (partner_name, tags) = (partner.name.clone(), Some(Vec::new()));
            contracts.push(Contract {
                partner: partner_name,
                profile,
                zone,
                tolerance,
                tags,
                signed_codes: None,
                is_direct,
                agreement,
                statement_due,
            });
            partners.push(partner);
            budgets.push(budget);
        }
    }
    PartnerTables { partners, contracts, budgets }
}

/// The partner of a `[[partner]]` block on its own, for reading its answers: without constant parameters and headers, because
/// the files with its secrets need not exist.
///
/// # Errors
/// Every error in the rest of the block.
pub fn parse_block(text: &str) -> Result<Partner, Vec<Diagnostic>> {
    let diagnostics = Diagnostics::new(text);
    let mut root = TableReader::root(text, &diagnostics);
    let partner = root.table_list("partner").into_iter().next().and_then(|mut table| {
        drop((table.entries("fixed"), table.entries("headers")));
        drop((statement::profile(&mut table), statement::tolerance(&mut table)));
        drop((settlement::agreement(&mut table), budget::read(&mut table)));
        statement::due(&mut table);
        partner(table, Path::new(""), &[], None)
    });
    let errors = diagnostics.sorted();
    partner.filter(|_| errors.is_empty()).ok_or(errors)
}

fn partner(
    mut table: TableReader<'_>,
    folder: &Path,
    previous: &[Partner],
    languages: Option<&Languages>,
) -> Option<Partner> {
    let name = name(&mut table, previous);
    let identity = partner_identity::read(&mut table, name.as_ref());
    let url = url(&mut table);
    let method = table.choice(
        "method",
        RequestMethod::Get,
        &[("GET", RequestMethod::Get), ("POST", RequestMethod::Form), ("POST-JSON", RequestMethod::Json)],
    );
    let is_html = table.choice("format", false, &[("json", false), ("html", true)]);
    let images = images::read(&mut table, is_html);
    let links =
        table.choice("links", LinkPolicy::Counted, &[("counted", LinkPolicy::Counted), ("direct", LinkPolicy::Direct)]);
    let mut names = ParameterNames::of_url(&table, url.as_ref(), method == RequestMethod::Json);
    let send = partner_request::field_mapping(&mut table, &mut names);
    let language_names = partner_request::language_names(&mut table, languages);
    let fixed = partner_request::parameters(&mut table, folder, &mut names);
    let headers = partner_request::headers(&mut table, folder);
    let choices = [("fixed", UserAgent::Fixed), ("by-browser", UserAgent::ByBrowser)];
    let user_agent = table.choice("user_agent", UserAgent::Fixed, &choices);
    let timeout = table.duration("timeout", Duration::from_secs(2), Duration::from_millis(10)..=MAX_TIMEOUT);
    let circuit = circuit::read(&mut table);
    // A table with errors still yields a partner with its name, so that the codes that name it are not reported as well.
    // No such partner is ever asked, because the configuration as a whole is rejected.
    let url = url.map(|url| url.value).or_else(|| Url::parse("http://partner.invalid/").ok())?;
    let context = AnswerContext { url: &url, keyword: &send.keyword, images: images.are_proxied };
    let format =
        if is_html { partner_answer::html(&mut table, &context) } else { partner_answer::json(&mut table, &url) };
    reserved_keys(&mut table);
    table.finish();
    Some(Partner {
        name: name?,
        identity,
        url,
        method,
        send,
        languages: language_names,
        fixed,
        headers,
        user_agent,
        timeout,
        circuit,
        links,
        format,
        image_hosts: images.hosts,
    })
}

fn name(table: &mut TableReader<'_>, previous: &[Partner]) -> Option<ConfigName> {
    let text = table.required_string("name")?;
    let name = ConfigName::new(&text.value).map_err(|error| table.error_at(&text, error)).ok()?;
    if previous.iter().any(|partner| partner.name.fingerprint() == name.fingerprint()) {
        table.error_at(&text, format!("a partner above already has the name {name}; choose another"));
        return None;
    }
    Some(name)
}

fn url(table: &mut TableReader<'_>) -> Option<Located<Url>> {
    let text = table.required_string("url")?;
    let url = Url::parse(&text.value).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match &url {
        None => table.error_at(&text, "must be an http or https URL, such as \"https://partner.example/search\""),
        Some(url) if !url.username().is_empty() || url.password().is_some() => {
            table.error_at(&text, "do not put credentials in the URL; use headers = { … = { file = \"…\" } }");
        }
        Some(url) if url.fragment().is_some() => {
            table.error_at(&text, "a fragment (#…) is never sent to a server; remove it");
        }
        Some(_) => {}
    }
    url.map(|url| text.with(url))
}

/// Keys that are reserved for a later version. They are checked so that a file with their defaults is valid.
fn reserved_keys(table: &mut TableReader<'_>) {
    let cache_ttl = table.duration("cache_ttl", Duration::ZERO, Duration::ZERO..=Duration::from_secs(86_400));
    if !cache_ttl.is_zero() {
        table.error_at_key("cache_ttl", "the shared result cache is not available yet; leave it at \"0s\"");
    }
}
