//! `proxy.toml`: parsed, checked, and turned into a [`Config`] in which every value is valid.
//!
//! [`table_reader`] reads TOML tables and collects a [`Diagnostic`] for every error in the file. Each other file reads
//! one table: [`service`], [`listen`] (`[listen]`, `[admin]`), [`counts`] with [`store`], [`noise`] (`[release]`), [`dedup`],
//! [`limits`], [`codes`], [`keyword_groups`], and [`partners`] with [`partner_request`], [`partner_answer`], [`images`],
//! [`statement`] and `settlement` (`[payments]`, `[accounts]`).

mod budget;
mod circuit;
mod code_series;
mod code_tags;
pub mod codes;
pub mod counts;
pub mod dedup;
pub mod diagnostic;
pub mod images;
pub mod json_document;
mod json_results;
pub mod keyword_groups;
pub mod languages;
pub mod limits;
pub mod listen;
pub mod noise;
mod parameter_names;
pub mod partner_answer;
mod partner_identity;
pub mod partner_request;
pub mod partners;
mod paths;
pub mod service;
mod settlement;
mod shown_text;
pub mod statement;
mod statement_format;
mod statement_rules;
pub mod store;
pub mod table_reader;
pub mod toml_value;

use std::path::{Path, PathBuf};

use crate::billing::contract::{CodeTag, Contract};
use crate::billing::profile::Profile;
use crate::billing::settlement::accounts::Accounts;
use crate::billing::settlement::agreement::PayeeTag;
use crate::billing::settlement::bank_file::table::PaymentTable;
use crate::budget::plan::SpendingPlan;
use crate::config::codes::CodeTables;
use crate::config::counts::CountsConfig;
use crate::config::dedup::DedupConfig;
use crate::config::diagnostic::{Diagnostic, Diagnostics};
use crate::config::limits::LimitsConfig;
use crate::config::listen::{AdminConfig, ListenConfig};
use crate::config::partners::PartnerTables;
use crate::config::table_reader::TableReader;
use crate::fields::code::Codes;
use crate::fields::keyword::PersonalData;
use crate::fields::keyword_group::KeywordGroups;
use crate::fields::language::Languages;
use crate::partner::Partner;
use crate::partner::code_tags::DatedTag;
use crate::partner::route::CodeRoute;
use crate::report::noise::Epsilon;
use crate::time;
use crate::ui::service::Service;

/// A checked configuration.
#[derive(Debug)]
pub struct Config {
    /// The closed list of languages.
    pub languages: Languages,
    /// How personal data in keywords is handled.
    pub personal_data: PersonalData,
    /// Who runs the service, and how it presents itself.
    pub service: Service,
    /// The public listener.
    pub listen: ListenConfig,
    /// The admin listener.
    pub admin: AdminConfig,
    /// The store, the keys, and the rules of counting.
    pub counts: CountsConfig,
    /// The strength of the noise in released slices. None adds no noise.
    pub release: Option<Epsilon>,
    /// Deduplication shared by several nodes. None if this node is the only one.
    pub dedup: Option<DedupConfig>,
    /// Every bound.
    pub limits: LimitsConfig,
    /// The closed list of codes.
    pub codes: Codes,
    /// A route for each code.
    pub routes: Vec<CodeRoute>,
    /// The partners.
    pub partners: Vec<Partner>,
    /// The contract with each partner, in the same order.
    pub contracts: Vec<Contract>,
    /// The columns of tables of payments.
    pub payments: PaymentTable,
    /// The accounts of the journal.
    pub accounts: Accounts,
    /// The price and the budget of each partner, in the same order.
    pub spending: Vec<SpendingPlan>,
    /// The groups by which searches are counted.
    pub keyword_groups: KeywordGroups,
    /// What is allowed and should be looked at, sorted by line.
    pub warnings: Vec<Diagnostic>,
    /// What is missing and could cost the operator, sorted by line.
    pub advice: Vec<Diagnostic>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}", unreadable(.0, .1))]
    Unreadable(PathBuf, std::io::Error),
    /// The file has errors, sorted by line.
    #[error("{}", invalid(.0, .1))]
    Invalid(PathBuf, Vec<Diagnostic>),
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let path = path.display();
    if error.kind() == std::io::ErrorKind::InvalidData {
        return format!("{path}: not valid UTF-8; save it as UTF-8 text");
    }
    format!("{path}: {error}; name the configuration file with --config FILE")
}

fn invalid(path: &Path, errors: &[Diagnostic]) -> String {
    let path = path.display();
    let lines: String = errors.iter().map(|error| format!("{path}:{error}\n")).collect();
    let plural = if errors.len() == 1 { "" } else { "s" };
    format!("{lines}{} error{plural} in {path}", errors.len())
}

impl Config {
    /// Reads and checks a file. Relative paths in it are relative to the file's folder.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        Self::parse(&text, &folder).map_err(|errors| ConfigError::Invalid(path.to_owned(), errors))
    }

    /// Checks a text as if it were a file in this folder.
    ///
    /// # Errors
    /// Every error in the text, sorted by line.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        Self::parse_into(text, folder, &Diagnostics::new(text))
    }

    /// Checks a text as the keys of the `statement` of a partner.
    ///
    /// # Errors
    /// Every error in the text, sorted by line.
    pub fn parse_statement(keys: &str) -> Result<Profile, Vec<Diagnostic>> {
        let text = format!("[statement]\n{keys}");
        let diagnostics = Diagnostics::new(&text);
        let mut root = TableReader::root(&text, &diagnostics);
        let profile = statement::profile(&mut root);
        root.finish();
        let errors = diagnostics.sorted();
        if errors.is_empty() { profile.ok_or(errors) } else { Err(errors) }
    }

    fn parse_into(text: &str, folder: &Path, diagnostics: &Diagnostics) -> Result<Self, Vec<Diagnostic>> {
        let mut root = TableReader::root(text, diagnostics);
        let languages = languages::read(&mut root);
        let choices = [("redact", PersonalData::Redact), ("refuse", PersonalData::Refuse), ("off", PersonalData::Off)];
        let personal_data = root.choice("personal_data", PersonalData::Redact, &choices);
        let service = service::read(root.table("service"), folder, languages.as_ref());
        let listen = listen::read(root.table("listen"), folder);
        let admin = listen::read_admin(root.table("admin"), folder);
        let counts = counts::read(root.table("counts"), folder);
        let dedup = dedup::read(&mut root, folder);
        let release = noise::read(root.table("release"));
        let limits = limits::read(root.table("limits"));
        let PartnerTables { partners, mut contracts, budgets } = partners::read(&mut root, folder, languages.as_ref());
        let codes = codes::read(&mut root, &partners, time::now().day().date());
        let payments = settlement::payments(root.table("payments"));
        let accounts = settlement::accounts(root.table("accounts"));
        if let Some(CodeTables { codes, .. }) = &codes {
            budgets.iter().for_each(|budget| budget.check_codes(&root, codes));
        }
        let keyword_groups = keyword_groups::read(&mut root, folder);
        if let (Some(public), Some(admin)) = (&listen, &admin)
            && public.address == admin.address
            && public.address.port() != 0
        {
            root.error_at_key("admin", "the admin listener has the address of the public listener; change its port");
        }
        root.finish();
        let build = || {
            let CodeTables { codes, routes, payees } = codes?;
            for (route, choice) in
                routes.iter().flat_map(|route| route.choices.iter().map(move |choice| (route, choice)))
            {
                if let Some(contract) = contracts.get_mut(choice.partner) {
                    let payee = payees.iter().find(|payee| payee.code == route.code);
                    for DatedTag { name: tag, days } in choice.tags.iter().cloned() {
                        let of_payee = payee.map(|code| PayeeTag { tag: tag.clone(), days, code: code.clone() });
                        if let Some(agreement) = &mut contract.agreement {
                            agreement.payees.extend(of_payee);
                        }
                        let tag = CodeTag { code: route.code.clone(), tag, days };
                        contract.tags.get_or_insert_default().push(tag);
                    }
                }
            }
            let names = partners.iter().map(|partner| partner.name.clone());
            let spending = budgets.iter().zip(names).map(|(budget, name)| budget.plan(name)).collect();
            Some(Self {
                languages: languages?,
                personal_data,
                service,
                listen: listen?,
                admin: admin?,
                counts: counts?,
                release,
                dedup,
                limits,
                codes,
                routes,
                partners,
                contracts,
                payments,
                accounts,
                spending,
                keyword_groups,
                warnings: diagnostics.warnings(),
                advice: diagnostics.advice(),
            })
        };
        let errors = diagnostics.sorted();
        if errors.is_empty() { build().ok_or(errors) } else { Err(errors) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../proxy.toml");

    fn errors(text: &str) -> String {
        let errors = Config::parse(text, Path::new(".")).unwrap_err();
        errors.iter().map(|error| format!("{error}\n")).collect()
    }

    #[test]
    fn the_shipped_file_is_valid() {
        let config = Config::parse(SHIPPED, Path::new(".")).map_err(|errors| format!("{errors:?}")).unwrap();
        assert_eq!(config.partners.len(), 1);
        assert_eq!(config.codes.iter().count(), 1);
    }

    /// Removing a whole table of optional keys must not change the configuration, and every key must be documented.
    #[test]
    fn the_shipped_file_has_every_key_at_its_default() {
        let expected = format!("{:?}", Config::parse(SHIPPED, Path::new(".")).unwrap());
        for table in ["service", "listen", "admin", "counts", "payments", "accounts", "limits", "limits.client"] {
            let start = SHIPPED.find(&format!("\n[{table}]\n")).unwrap() + 1;
            let end = SHIPPED[start + 1..].find("\n[").map_or(SHIPPED.len(), |end| start + 1 + end);
            let without = format!("{}{}", &SHIPPED[..start], &SHIPPED[end..]);
            let config = Config::parse(&without, Path::new(".")).unwrap();
            assert_eq!(format!("{config:?}"), expected, "[{table}] differs from the defaults");
        }
        // There is no default keyword group, so the example is commented out. It must be valid all the same.
        let mut with_example = SHIPPED.to_owned();
        for line in ["[[keyword_group]]\n", "name = \"insurance\"\n", "terms = ["] {
            assert_eq!(SHIPPED.matches(&format!("\n# {line}")).count(), 1, "{line}");
            with_example = with_example.replace(&format!("\n# {line}"), &format!("\n{line}"));
        }
        assert!(SHIPPED.contains("\n# file = \""));
        let diagnostics = Diagnostics::new(&with_example);
        let config = Config::parse_into(&with_example, Path::new("."), &diagnostics).unwrap();
        assert_eq!(config.keyword_groups.iter().count(), 1);
        let documented_elsewhere = ["preset", "encoding", "delimiter", "totals", "final"];
        for key in diagnostics.known_keys().into_iter().filter(|key| !documented_elsewhere.contains(key)) {
            let pattern = regex::Regex::new(&format!(r"(?m)(\b{key} = |\[(\w+\.)?{key}\])")).unwrap();
            assert!(pattern.is_match(SHIPPED), "{key} is not in the shipped proxy.toml");
        }
    }

    #[test]
    fn errors_name_line_key_and_remedy() {
        let text = "persnal_data = \"off\"\nlanguages = [\"en\", \"n t\"]\n[listen]\naddress = \"here\"\n[admin]\naddress = \"0.0.0.0:1\"\n";
        let found = errors(text);
        for expected in [
            "1: persnal_data: unknown key; did you mean \"personal_data\"?",
            "2: languages[1]: not a language tag",
            "4: listen.address: ",
            "6: admin.address: ",
            "[[partner]]",
            "[[code]]",
        ] {
            assert!(found.contains(expected), "{expected} is not in\n{found}");
        }
    }

    #[test]
    fn errors_show_control_characters_as_escapes() {
        for control in ["\\n", "\\u001b", "\\u0085", "\\t", "\\r"] {
            let text = format!(
                "\"a{control}[2J\" = 1\npersonal_data = \"o{control}ff\"\n[listen]\norigins = [\"x{control}\"]\n"
            );
            let found = Config::parse(&text, Path::new(".")).unwrap_err();
            let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert!(shown.iter().any(|error| error.contains("[2J: unknown key")), "{shown:?}");
            assert!(!shown.iter().any(|error| error.contains(char::is_control)), "{shown:?}");
        }
    }

    #[test]
    fn rejects_headers_and_parameters_that_identify_users() {
        let base = "[[code]]\nname = \"a\"\npartners = [\"p\"]\n[[partner]]\nname = \"p\"\nurl = \"https://p.example/\"\nresults = { list = \"/r\", title = \"/t\", url = \"/u\" }\n";
        let with = |line: &str| errors(&format!("{base}{line}\n"));
        let send = "send = { keyword = \"q\" }\n";
        for header in [
            "X-MSEdge-ClientID",
            "x-search-clientip",
            "X-Search-Location",
            "Cookie",
            "X-Forwarded-For",
            "Host",
            "User-Agent",
        ] {
            let found = with(&format!("{send}headers = {{ \"{header}\" = \"x\" }}"));
            assert!(found.contains("partner[0].headers"), "{header}: {found}");
        }
        for parameter in ["affilData", "ip", "ua"] {
            assert!(
                with(&format!("{send}fixed = {{ {parameter} = \"x\" }}")).contains("partner[0].fixed"),
                "{parameter}"
            );
        }
        assert!(with("send = { keyword = \"q\", address = \"ip\" }").contains("partner[0].send.address: unknown key"));
        assert!(with("send = { lang = \"l\" }").contains("partner[0].send.keyword: missing key"));
    }
}
