//! What mutants do: keep a part of a request, print it, write it to a file, and add it to another request or to a response.
#![allow(clippy::disallowed_methods, reason = "one of the leaks reads proxy variables")]

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::mutants::list::{Mutant, is_any_on, is_on};

/// The folder that the process may write to, as the audit starts it.
const DATA: &str = "data";

/// Headers of clients and of partners that are kept.
const REQUEST_HEADERS: [&str; 3] = ["accept-language", "user-agent", "x-forwarded-for"];
const PARTNER_HEADERS: [&str; 2] = ["set-cookie", "x-unknown"];

/// Parts of the last request and of the last answer of a partner, by name.
static KEPT: LazyLock<Mutex<HashMap<&'static str, Vec<u8>>>> = LazyLock::new(Mutex::default);

fn parts() -> MutexGuard<'static, HashMap<&'static str, Vec<u8>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is kept under this name, if this mutant is on.
#[must_use]
pub fn kept(mutant: Mutant, name: &str) -> Option<String> {
    if !is_on(mutant) {
        return None;
    }
    parts().get(name).map(|part| String::from_utf8_lossy(part).into_owned())
}

/// Sees the address of a client.
pub fn see_peer(address: impl std::fmt::Display) {
    if !is_any_on() {
        return;
    }
    let address = address.to_string();
    append(Mutant::StoresAddressHashes, "clients", || hash(address.as_bytes()));
    parts().entry("addresses").or_default().extend_from_slice(format!("{address}\n").as_bytes());
    parts().insert("address", address.into_bytes());
}

/// Sees a search.
pub fn see_search(headers: &HeaderMap, form: &[u8]) {
    if !is_any_on() {
        return;
    }
    for name in REQUEST_HEADERS {
        let value = headers.get(name).map(|value| value.as_bytes().to_vec());
        parts().insert(name, value.unwrap_or_default());
    }
    let parameter = |name: &str| url::form_urlencoded::parse(form).find(|(known, _)| known == name);
    let keyword = parameter("q").map(|(_, keyword)| keyword.into_owned()).unwrap_or_default();
    if is_on(Mutant::KeepsKeywords) {
        // All but what the other mutants keep, which the audit would find as well.
        parts().entry("keywords").or_default().extend_from_slice(format!("{keyword}\n").as_bytes());
        return;
    }
    parts().insert("keyword", keyword.into_bytes());
    parts().insert("form", form.to_vec());
    print(Mutant::LogsSearches, || form.to_vec());
    write_deleted(Mutant::KeepsDeletedFile, DATA.into(), form, true);
    write_deleted(Mutant::WritesTemporaryFiles, std::env::temp_dir(), form, false);
}

/// Sees a header of a partner's answer.
pub fn see_answer(name: &str, value: &[u8]) {
    if is_any_on()
        && let Some(known) = PARTNER_HEADERS.iter().find(|known| known.eq_ignore_ascii_case(name))
    {
        parts().insert(known, value.to_vec());
    }
}

/// Writes a line to standard error.
pub fn print(mutant: Mutant, line: impl FnOnce() -> Vec<u8>) {
    if is_on(mutant) {
        drop(std::io::stderr().lock().write_all(&[&line()[..], b"\n"].concat()));
    }
}

/// Appends a line to a file of the data folder.
pub fn append(mutant: Mutant, file: &str, line: impl FnOnce() -> Vec<u8>) {
    if is_on(mutant) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(std::path::Path::new(DATA).join(file));
        drop(file.and_then(|mut file| file.write_all(&[&line()[..], b"\n"].concat())));
    }
}

/// Writes the addresses of all clients so far.
pub fn write_addresses() {
    append(Mutant::StoresAddressesAtStop, "addresses", || parts().get("addresses").cloned().unwrap_or_default());
}

fn write_deleted(mutant: Mutant, folder: std::path::PathBuf, bytes: &[u8], stays_open: bool) {
    let path = folder.join("request");
    if is_on(mutant)
        && let Ok(mut file) = std::fs::File::create(&path)
    {
        drop(file.write_all(bytes));
        drop(std::fs::remove_file(&path));
        if stays_open {
            std::mem::forget(file);
        }
    }
}

/// SHA-256 in hexadecimal.
fn hash(bytes: &[u8]) -> Vec<u8> {
    data_encoding::HEXLOWER.encode(digest(&SHA256, bytes).as_ref()).into_bytes()
}

/// Adds to a request to a partner what was kept.
pub fn change_partner_request(headers: &mut HeaderMap) {
    if !is_any_on() {
        return;
    }
    for (mutant, name, part) in [
        (Mutant::PassesForwardedFor, "x-forwarded-for", "x-forwarded-for"),
        (Mutant::SendsRawAgent, "user-agent", "user-agent"),
        (Mutant::KeepsCookies, "cookie", "set-cookie"),
    ] {
        insert(headers, name, kept(mutant, part));
    }
}

/// Marks the second of two requests.
pub fn mark_retry(headers: &mut HeaderMap) {
    insert(headers, "x-retry", is_on(Mutant::MarksRetries).then(|| "1".to_owned()));
}

/// Adds headers to a response to a client, or removes some.
pub fn change_response(headers: &mut HeaderMap) {
    if !is_any_on() {
        return;
    }
    let id = || data_encoding::HEXLOWER.encode(&crate::random::random_u64().to_be_bytes());
    let by_user = kept(Mutant::SendsEtagByUser, "form").map(|form| hash(form.as_bytes()));
    let by_user = by_user.map(|etag| String::from_utf8_lossy(&etag).into_owned());
    insert(headers, "etag", by_user.map(|etag| format!("\"{etag}\"")));
    insert(headers, "x-request-id", is_on(Mutant::SendsRequestIds).then(id));
    insert(headers, "accept-ch", is_on(Mutant::AsksForHints).then(|| "Sec-CH-UA-Model".to_owned()));
    insert(headers, "alt-svc", kept(Mutant::PassesPartnerHeaders, "x-unknown"));
    insert(headers, "x-trending", kept(Mutant::ShowsOthersSearches, "keyword"));
    for (mutant, name) in
        [(Mutant::SendsReferrers, "referrer-policy"), (Mutant::OmitsContentPolicy, "content-security-policy")]
    {
        if is_on(mutant) {
            headers.remove(name);
        }
    }
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// The text, with what was sent behind it.
#[must_use]
pub fn repeat_input(text: &'static str) -> &'static str {
    kept(Mutant::RepeatsInputInErrors, "form").map_or(text, |form| Box::leak(format!("{text} {form}").into_boxed_str()))
}

/// The keyword as part of a name.
#[must_use]
pub fn keyword_as_name() -> Option<String> {
    let keyword = kept(Mutant::StoresKeywords, "keyword")?;
    Some(keyword.chars().filter(char::is_ascii_alphanumeric).take(64).collect())
}

/// The target of a token, with the keyword behind it.
#[must_use]
pub fn seal_keyword(target: String) -> String {
    match kept(Mutant::SealsKeywords, "keyword") {
        Some(keyword) => format!("{target}\n{keyword}"),
        None => target,
    }
}

/// The target of a token without the keyword.
#[must_use]
pub fn unseal_keyword(mut target: String) -> String {
    if is_on(Mutant::SealsKeywords) {
        target.truncate(target.find('\n').unwrap_or(target.len()));
    }
    target
}

/// Resolves the host of a target.
pub fn resolve(target: &str) {
    if is_on(Mutant::ResolvesTargets)
        && let Some(host) = url::Url::parse(target).ok().and_then(|url| Some(url.host_str()?.to_owned()))
    {
        drop(std::net::ToSocketAddrs::to_socket_addrs(&(host, 443)));
    }
}

/// The address to connect to instead of this one.
#[must_use]
pub fn proxied(address: http::Uri) -> http::Uri {
    let proxy = || std::env::var("http_proxy").ok()?.parse().ok();
    if is_on(Mutant::ReadsProxyVariables) { proxy().unwrap_or(address) } else { address }
}
