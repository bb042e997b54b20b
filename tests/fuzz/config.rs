//! A configuration. The input is the text of `proxy.toml`.
//!
//! - It is accepted, or rejected with errors that are sorted, each in a line of the file, on one line, with a message.
//! - Comments, blank lines and the ends of lines change nothing.
//! - An accepted configuration is consistent: codes lead to partners, names differ, and every partner can be asked: its request is one
//!   in HTTP with the partner's authority and none of the headers that identify people.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use http::HeaderMap;
use qsproxy::config::Config;
use qsproxy::config::diagnostic::Diagnostic;
use qsproxy::fields::FieldRules;
use qsproxy::partner::request::PartnerRequest;
use qsproxy::server::search_request::from_form;
use qsproxy::tokens::keys::PseudonymKey;

/// A folder without files: what a configuration names is missing.
const FOLDER: &str = "no-such-folder";

/// Headers that identify a person, in lower case.
const IDENTIFYING: [&str; 7] =
    ["cookie", "forwarded", "x-forwarded-for", "x-real-ip", "referer", "origin", "x-msedge-clientid"];

static KEY: LazyLock<PseudonymKey> = LazyLock::new(|| PseudonymKey::new(&[1; 32]));

fn parse(text: &str) -> Result<Config, Vec<Diagnostic>> {
    Config::parse(text, Path::new(FOLDER))
}

/// Whether parsing might read a file of this machine, or wait for a device: absolute paths and what could be one.
fn names_file(text: &str) -> bool {
    text.contains("file")
        && (text.contains("\"/")
            || text.contains("'/")
            || text.contains('\\')
            || text.contains("..")
            || text.contains("\"\"\"")
            || text.contains("'''"))
}

fn check_errors(errors: &[Diagnostic], text: &str) {
    assert!(!errors.is_empty());
    assert!(errors.is_sorted_by_key(|error| error.line));
    let lines = text.bytes().filter(|&byte| byte == b'\n').count() + 1;
    for error in errors {
        assert!((1..=lines).contains(&error.line), "{error:?}: {lines} lines");
        assert!(!error.message.is_empty());
        let shown = error.to_string();
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
}

fn check_config(config: Config) {
    let names: BTreeSet<_> = config.partners.iter().map(|partner| partner.name.as_str()).collect();
    assert!(!names.is_empty() && names.len() == config.partners.len());
    let codes: Vec<_> = config.codes.iter().cloned().collect();
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    assert_eq!(config.routes.iter().map(|route| route.code.clone()).collect::<Vec<_>>(), codes);
    assert_eq!(config.contracts.len(), config.partners.len());
    let Config { languages, codes, personal_data, keyword_groups: groups, routes, partners, .. } = config;
    let rules = FieldRules { languages, codes, personal_data, groups };
    let read = from_form(&rules, &HeaderMap::new(), "q=kl%C3%A4r%20%26%22%0A&id=1&lang=de".as_bytes());
    let Ok(search) = read else { panic!("a search is rejected") };
    for route in &routes {
        assert!(!route.choices.is_empty());
        let positions: BTreeSet<_> = route.choices.iter().map(|choice| choice.partner).collect();
        assert_eq!(positions.len(), route.choices.len());
        for choice in &route.choices {
            let partner = &partners[choice.partner];
            let request =
                PartnerRequest::build(partner, choice.tags.sent_on(jiff::civil::Date::MIN), &search.fields, &KEY);
            assert!(matches!(request.url.scheme(), "http" | "https") && request.url.has_host(), "{}", request.url);
            assert!(request.url.as_str().parse::<http::Uri>().is_ok(), "{}", request.url);
            assert_eq!(request.headers.get("host").unwrap(), request.url.authority());
            assert_eq!(request.url.authority(), partner.url.authority());
            let is_identifying = |name: &http::HeaderName| IDENTIFYING.contains(&name.as_str());
            assert!(!request.headers.keys().any(is_identifying), "{:?}", request.headers);
            let bytes = request.to_bytes();
            let head = bytes.split(|&byte| byte == b'\n').take_while(|line| *line != b"\r");
            assert!(head.count() == request.headers.len() + 1, "{}", bytes.escape_ascii());
        }
    }
}

pub fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if names_file(text) {
        return;
    }
    let parsed = parse(text);
    if let Err(errors) = &parsed {
        check_errors(errors, text);
    }
    // What a parser makes of the rest of a text after an error in its syntax is not defined, and within a string of several lines the
    // ends of lines are text.
    let is_toml = parsed.as_ref().err().into_iter().flatten().all(|error| !error.key.is_empty());
    if is_toml && !text.contains("\"\"\"") && !text.contains("'''") {
        // All but the lines of its warnings, which comments move.
        let show = |text: &str| {
            parse(text).map(|mut config| {
                config.warnings.iter_mut().chain(&mut config.advice).for_each(|found| found.line = 0);
                format!("{config:?}")
            })
        };
        let (shown, unix) = (show(text), text.replace("\r\n", "\n"));
        assert_eq!(show(&unix.replace('\n', "\r\n")), shown, "ends of lines");
        if shown.is_ok() {
            assert_eq!(show(&format!("# é\n\n{text}\n\n# end")), shown, "comments");
        }
    }
    if let Ok(config) = parsed {
        check_config(config);
    }
}
