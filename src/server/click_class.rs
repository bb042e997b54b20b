//! What kind of client makes a request, by its headers (docs/click-measurement.md). Whether a click counts depends on all of
//! this; whether a search is answered and a visit counts depends only on the declaration of a robot.

use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{HeaderMap, HeaderValue};
use http::{Method, Request};

use crate::click::{ClickClass, ClickSignals};
use crate::server::bots::{self, AgentClass};
use crate::server::headers::{KnownHeader, all_lines, contains, first_line};

/// What the headers about the purpose of a request contain if nobody looks at the response yet.
const NOT_SEEN: [&[u8]; 3] = [b"prefetch", b"preview", b"prerender"];

/// The headers about the purpose of a request: Fetch section 2.2.7, and what older browsers send.
const PURPOSES: [KnownHeader; 4] =
    [KnownHeader::SecPurpose, KnownHeader::Purpose, KnownHeader::XPurpose, KnownHeader::XMoz];

/// The tag of agents in a signature's parameters (RFC 9421 section 2.3, draft-meunier-web-bot-auth-architecture).
const AGENT_TAG: &[u8] = b"\"web-bot-auth\"";

/// The first version of Chromium that sends `Sec-Fetch-*` with every request to a trustworthy origin.
const FETCH_METADATA_SINCE: u32 = 80;

/// The headers of browsers that reveal what a request is for.
const FETCH_METADATA: [KnownHeader; 3] =
    [KnownHeader::SecFetchSite, KnownHeader::SecFetchMode, KnownHeader::SecFetchDest];

/// Whether fetch metadata reaches this process: a proxy in front may remove it. It does once a click had any.
#[derive(Debug, Default)]
pub struct FetchMetadata {
    was_seen: AtomicBool,
}

impl FetchMetadata {
    /// Whether a click before this one, or this one, had fetch metadata.
    fn arrives(&self, headers: &HeaderMap) -> bool {
        if has_fetch_metadata(headers) {
            self.was_seen.store(true, Ordering::Relaxed);
        }
        self.was_seen.load(Ordering::Relaxed)
    }
}

fn has_fetch_metadata(headers: &HeaderMap) -> bool {
    FETCH_METADATA.iter().any(|header| first_line(headers, *header).is_some())
}

/// As [`click_signals`], for a server that browsers see under `https` if `is_secure`, and which fetch metadata reaches.
#[must_use]
pub fn click_signals_of<'r, B>(request: &'r Request<B>, is_secure: bool, metadata: &FetchMetadata) -> ClickSignals<'r> {
    let arrives = metadata.arrives(request.headers());
    click_signals(request, is_secure && arrives)
}

/// Classifies a request for a click. The first class that applies counts (docs/http-api.md, "Counting clicks").
/// `expects_metadata`: browsers that ever send `Sec-Fetch-*` send it to this service, which they see under `https`.
#[must_use]
pub fn click_signals<B>(request: &Request<B>, expects_metadata: bool) -> ClickSignals<'_> {
    let headers = request.headers();
    let is_cross_site = contains(headers, KnownHeader::SecFetchSite, b"cross-site");
    let agent_class = agent_class(headers);
    let class = if request.method() == Method::HEAD {
        ClickClass::Head
    } else if is_prefetch(headers) {
        ClickClass::Prefetch
    } else if is_signed_by_agent(headers)
        || matches!(agent_class, AgentClass::Robot | AgentClass::Automated | AgentClass::Unknown)
    {
        ClickClass::Bot
    } else if agent_class == AgentClass::Library {
        ClickClass::Library
    } else if expects_metadata && imitates_chromium(headers) {
        ClickClass::Bot
    } else if is_embedded(headers) {
        ClickClass::Embedded
    } else if is_cross_site {
        ClickClass::CrossSite
    } else {
        ClickClass::Plain
    };
    let agent = first_line(headers, KnownHeader::UserAgent).map_or(&[][..], HeaderValue::as_bytes);
    ClickSignals { class, agent, is_cross_site }
}

/// Whether the browser loads the response ahead of its user.
fn is_prefetch(headers: &HeaderMap) -> bool {
    PURPOSES.iter().any(|header| NOT_SEEN.iter().any(|purpose| contains(headers, *header, purpose)))
}

/// Whether a request comes from a robot that declares itself, in its agent or by signing its requests. HTTP libraries and
/// agents that are no browser's do not: they may be a toolbar's. A browser that a program drives is none: operators test pages
/// with it.
#[must_use]
pub fn is_declared_robot(headers: &HeaderMap) -> bool {
    is_signed_by_agent(headers) || agent_class(headers) == AgentClass::Robot
}

/// Whether a request may be a person's visit: no robot declares itself, no program drives the browser, and the response is seen.
#[must_use]
pub fn is_visit<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let is_robot = matches!(agent_class(headers), AgentClass::Robot | AgentClass::Automated);
    request.method() != Method::HEAD && !is_prefetch(headers) && !is_robot && !is_signed_by_agent(headers)
}

fn agent_class(headers: &HeaderMap) -> AgentClass {
    let agent = first_line(headers, KnownHeader::UserAgent);
    agent.map_or(AgentClass::Unstated, |agent| bots::classify(agent.as_bytes()))
}

/// Signatures are not verified: a person's browser declares no agent.
fn is_signed_by_agent(headers: &HeaderMap) -> bool {
    first_line(headers, KnownHeader::SignatureAgent).is_some()
        || all_lines(headers, KnownHeader::SignatureInput)
            .any(|line| memchr::memmem::find(line.as_bytes(), AGENT_TAG).is_some())
}

/// Whether `Sec-Fetch-*` says that no document is opened in a tab: an image, a script's request, a frame. `Sec-Fetch-User` is not
/// read, because it is absent where a person opens a link from another app, and Safari never sends it.
fn is_embedded(headers: &HeaderMap) -> bool {
    let differs = |header, expected: &[u8]| {
        first_line(headers, header).is_some_and(|value| !value.as_bytes().trim_ascii().eq_ignore_ascii_case(expected))
    };
    differs(KnownHeader::SecFetchMode, b"navigate") || differs(KnownHeader::SecFetchDest, b"document")
}

/// Whether the agent is that of Chromium itself or of Edge, of a version that sends `Sec-Fetch-*`, and none of these headers is
/// there. Other products with Chromium's engine, and views within apps, may differ and are not examined.
fn imitates_chromium(headers: &HeaderMap) -> bool {
    !has_fetch_metadata(headers)
        && first_line(headers, KnownHeader::UserAgent)
            .and_then(|agent| chromium_version(agent.as_bytes()))
            .is_some_and(|version| version >= FETCH_METADATA_SINCE)
}

/// The major version, if the agent is exactly Chromium's or Edge's: `Mozilla/5.0 (…) AppleWebKit/537.36 (KHTML, like Gecko)
/// Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0`.
fn chromium_version(agent: &[u8]) -> Option<u32> {
    let agent = std::str::from_utf8(agent).ok()?;
    let (_, products) = agent.split_once(") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/")?;
    let (version, products) = products.split_once(' ')?;
    let is_own =
        |product: &str| product == "Mobile" || ["Safari/", "Edg/", "EdgA/"].iter().any(|own| product.starts_with(own));
    let is_chromium = products.split(' ').all(is_own) && !agent.contains("; wv)");
    version.split('.').next()?.parse().ok().filter(|_| is_chromium)
}

#[cfg(test)]
mod tests;
