//! The keys of `[[partner]]` that describe the outbound request: fields, constant parameters and constant headers.
//!
//! Nothing here can depend on the user beyond the six fields. Headers and parameters that are known to identify the user
//! are rejected by name.

use std::path::Path;

use http::{HeaderName, HeaderValue};

use crate::config::diagnostic::suggestion;
use crate::config::parameter_names::{ParameterNames, is_identifying};
use crate::config::paths;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::{Entry, Located};
use crate::fields::language::{Language, Languages};
use crate::partner::{Constant, FieldMapping};

/// Headers with which partners ask for data about the user, in lower case.
const IDENTIFYING_HEADERS: &[&str] = &[
    "x-msedge-clientid",
    "x-msedge-clientip",
    "x-search-clientid",
    "x-search-clientip",
    "x-search-location",
    "x-forwarded-for",
    "x-original-forwarded-for",
    "forwarded",
    "x-real-ip",
    "true-client-ip",
    "x-client-ip",
    "client-ip",
    "x-cluster-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "x-user-ip",
    "x-remote-ip",
    "x-remote-addr",
    "x-user-agent",
    "x-device-id",
    "x-session-id",
    "x-geo",
    "x-location",
    "geolocation",
    "x-loc-lat",
    "x-loc-long",
    "x-loc-city",
    "x-loc-state",
    "x-loc-state-name",
    "x-loc-postal-code",
    "x-loc-timezone",
    "cookie",
    "referer",
    "x-client-data",
];

/// Headers that the proxy sets itself, each with what decides its value.
const RESERVED_HEADERS: [(&str, &str); 11] = [
    ("host", "it follows from url"),
    ("user-agent", "set user_agent = \"fixed\" or \"by-browser\""),
    ("accept", "it follows from format"),
    ("accept-encoding", "it lists the supported encodings"),
    ("content-type", "it follows from method"),
    ("content-length", "it follows from the body"),
    ("connection", "connections are shared by all users"),
    ("transfer-encoding", "it follows from the body"),
    ("te", "trailers are not read"),
    ("upgrade", "the protocol is fixed"),
    ("expect", "bodies are short"),
];

/// Reads `send`: the parameter name of each field.
pub(super) fn field_mapping(table: &mut TableReader<'_>, names: &mut ParameterNames) -> FieldMapping {
    let mut send = table.table("send");
    let keyword = send.required_string("keyword").and_then(|text| parameter_name(&send, text, names));
    let mut name = |key| {
        let text = send.string(key)?;
        parameter_name(&send, text, names)
    };
    let mapping = FieldMapping {
        keyword: keyword.unwrap_or_default(),
        time: name("time"),
        language: name("language"),
        browser: name("browser"),
        anonymous_id: name("anonymous_id"),
        partner_code: name("partner_code"),
    };
    send.finish();
    mapping
}

/// Checks the parameter name of a field: not empty, not used twice, and not a name that promises user data.
fn parameter_name(table: &TableReader<'_>, text: Located<String>, names: &mut ParameterNames) -> Option<String> {
    if text.value.is_empty() {
        table.error_at(&text, "must not be empty; to not send the field, remove the key");
        return None;
    }
    if is_identifying(&text.value) {
        table.error_at(&text, "partners expect data about the user under this name, which no field contains");
    }
    names.add(table, &text.value, &text);
    Some(text.value)
}

/// Reads `languages`: the partner's own names for language tags of the list.
pub(super) fn language_names(table: &mut TableReader<'_>, languages: Option<&Languages>) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for entry in table.entries("languages").unwrap_or_default() {
        let tag = entry.name.clone();
        let is_listed = languages.is_none_or(|languages| languages.iter().any(|language| language.as_str() == tag));
        if !is_listed {
            let known = languages.into_iter().flat_map(Languages::iter).map(Language::as_str);
            let hint = suggestion(&tag, known);
            table.error_at(&entry.value, format!("this language is not in the top-level list languages{hint}"));
        }
        names.extend(table.entry_string(entry).map(|text| (tag, text.value)));
    }
    names
}

/// Reads `fixed`: constant parameters. A name under which partners expect data about the user needs the form
/// `{ own = "…" }`, by which the operator declares that the value is a constant of the operator's.
pub(super) fn parameters(
    table: &mut TableReader<'_>,
    folder: &Path,
    names: &mut ParameterNames,
) -> Vec<(String, Constant)> {
    let mut parameters = Vec::new();
    for entry in table.entries("fixed").unwrap_or_default() {
        let name = entry.name.clone();
        names.add(table, &name, &entry.value);
        let constant = match (is_identifying(&name), declared_own(&entry)) {
            (false, false) => constant(table, entry, folder),
            (true, true) => own_constant(table, &entry),
            (true, false) => {
                table.error_at(
                    &entry.value,
                    "partners expect data about the user in this parameter, which qsproxy never sends; remove it, or, if your \
                     contract asks for a constant of yours, write { own = \"…\" }",
                );
                None
            }
            (false, true) => {
                let message =
                    "own is for names under which partners expect data about the user; write the value itself";
                table.error_at(&entry.value, message);
                None
            }
        };
        parameters.extend(constant.map(|constant| (name, constant.value)));
    }
    parameters
}

/// Whether the value of an entry has the form `{ own = … }`.
fn declared_own(entry: &Entry<'_>) -> bool {
    entry.value.value.as_table().is_some_and(|table| table.contains_key("own"))
}

/// Reads `{ own = "…" }`.
fn own_constant(table: &TableReader<'_>, entry: &Entry<'_>) -> Option<Located<Constant>> {
    let mut value = table.entry_table(entry)?;
    let text = value.required_string("own");
    value.finish();
    let text = text?;
    let constant = Constant { text: text.value.clone(), secret: false, literal: false };
    Some(text.with(constant))
}

/// Reads `headers`: constant headers.
pub(super) fn headers(table: &mut TableReader<'_>, folder: &Path) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    for entry in table.entries("headers").unwrap_or_default() {
        let Some(name) = header_name(table, &entry) else { continue };
        let Some(constant) = constant(table, entry, folder) else { continue };
        if headers.iter().any(|(previous, _)| *previous == name) {
            table.error_at(&constant, "duplicate header: header names are case-insensitive");
        }
        match HeaderValue::from_str(&constant.value.text) {
            Ok(mut value) => {
                value.set_sensitive(constant.value.secret);
                headers.push((name, value));
            }
            Err(_) => table.error_at(&constant, "a header value can contain only visible ASCII characters and spaces"),
        }
    }
    headers
}

fn header_name(table: &TableReader<'_>, entry: &Entry<'_>) -> Option<HeaderName> {
    let lower = entry.name.to_ascii_lowercase();
    let Ok(name) = HeaderName::from_bytes(lower.as_bytes()) else {
        table.error_at(&entry.value, "not a valid header name (RFC 9110, section 5.1)");
        return None;
    };
    if IDENTIFYING_HEADERS.contains(&lower.as_str()) {
        table.error_at(
            &entry.value,
            "this header would send data about the user to the partner, which qsproxy exists to prevent; remove it",
        );
        return None;
    }
    if let Some((_, reason)) = RESERVED_HEADERS.iter().find(|(reserved, _)| *reserved == lower) {
        table.error_at(&entry.value, format!("the proxy sets this header: {reason}"));
        return None;
    }
    Some(name)
}

/// Reads a string, an integer, a boolean, or `{ file = "…" }`. The last reads a secret from a file, without the line
/// break at its end.
fn constant<'t>(table: &TableReader<'t>, entry: Entry<'t>, folder: &Path) -> Option<Located<Constant>> {
    let Some(mut secret) = table.entry_table(&entry) else {
        if let Some(text) = entry.literal() {
            return Some(entry.value.with(Constant { text, secret: false, literal: true }));
        }
        let text = table.entry_string(entry)?;
        let constant = Constant { text: text.value.clone(), secret: false, literal: false };
        return Some(text.with(constant));
    };
    let file = secret.required_string("file");
    secret.finish();
    let file = file?;
    match std::fs::read_to_string(paths::resolve(folder, &file.value)) {
        Ok(text) => {
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            if text.is_empty() {
                table.error_at(&file, format!("the file {} is empty; write the secret to it", file.value));
            }
            Some(file.with(Constant { text, secret: true, literal: false }))
        }
        Err(error) => {
            table.error_at(&file, format!("the file {} cannot be read: {error}", file.value));
            None
        }
    }
}
