//! The exclude side: agents of robots that declare themselves, by name, by a word that describes what they do, by the form
//! `(compatible; NAME)`, or by an address where their operator can be reached (RFC 9309 section 2.2.1 expects a name and RFC 9110
//! section 10.1.2 an address).

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::server::bots::ascii::{contains, find, starts_with};
use crate::server::bots::word_list::{WordEnd, WordList, lines, version};

/// The published list, which `scripts/robot-list` renews.
const PUBLISHED: &str = include_str!("robots.txt");

/// Names that it lacks.
const OWN: &str = include_str!("own-robots.txt");

/// Words for what robots do.
const WORDS: &str = include_str!("robot-words.txt");

/// Products of browsers that a program drives.
const AUTOMATION: [&str; 6] = ["headless", "phantomjs", "slimerjs", "playwright", "puppeteer", "selenium"];

/// A word of its own, the end of one, or the start of an agent: `2ip bot`, `Googlebot`, `bots`, `Botify`.
const BOT: &[u8] = b"bot";

/// A maker of phones whose name ends like a robot's.
const CUBOT: &[u8] = b"cubot";

/// Names that follow `compatible;` in the agents of browsers, in lower case.
const COMPATIBLE_BROWSERS: [&str; 32] = [
    "msie",
    "konqueror",
    "icab",
    "ibrowse",
    "omniweb",
    "opera",
    "netsurf",
    "amigavoyager",
    "webtv",
    "abrowse",
    "netpositive",
    "dillo",
    "sharp",
    "w3m",
    "mspie",
    "newt",
    "skyfire",
    "ibisbrowser",
    "aweb",
    "planetweb",
    "antgalio",
    "offbyone",
    "ms-office",
    "windows",
    "u",
    "linux",
    "viera",
    "polaris",
    "risc",
    "acorn",
    "ncbrowser",
    "gecko",
];

/// Google's renderers write what they do into the engine's comment, which browsers end here.
const ENGINE_COMMENT: &[u8] = b"like gecko;";

/// What addresses contain. An address by mail is found by its `@`.
const ADDRESSES: [&str; 6] = ["http://", "https://", "www.", "mailto:", "[at]", "http//"];

/// Engines: an agent that imitates a browser contains one. Others of these may be apps that name their maker's site.
const ENGINES: [&str; 4] = ["applewebkit", "gecko/", "chrome/", "firefox/"];

struct RobotLists {
    names: WordList,
    words: AhoCorasick,
    addresses: AhoCorasick,
    engines: AhoCorasick,
    automation: AhoCorasick,
}

static LISTS: LazyLock<Option<RobotLists>> = LazyLock::new(|| {
    let any_case = |words: &[&str]| {
        AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words).ok()
    };
    Some(RobotLists {
        names: WordList::new(lines(PUBLISHED).chain(lines(OWN)), false, WordEnd::Closed)?,
        words: any_case(&lines(WORDS).collect::<Vec<_>>())?,
        addresses: any_case(&ADDRESSES)?,
        engines: any_case(&ENGINES)?,
        automation: any_case(&AUTOMATION)?,
    })
});

/// Names, versions and dates of the lists.
pub(super) fn versions() -> [&'static str; 3] {
    [version(PUBLISHED), version(OWN), version(WORDS)]
}

/// Whether a program drives the browser.
pub(super) fn is_automated(outside: &[u8]) -> bool {
    LISTS.as_ref().is_some_and(|lists| lists.automation.is_match(outside))
}

/// Whether an agent declares a robot by a name, a word or its form. `outside` is the agent without what describes a device.
pub(super) fn is_declared(agent: &[u8], outside: &[u8]) -> bool {
    let Some(lists) = LISTS.as_ref() else { return false };
    lists.words.is_match(outside)
        || has_bot(outside)
        || has_unknown_compatible(outside)
        || is_link_preview(agent)
        || lists.names.is_in(outside)
        || contains(outside, ENGINE_COMMENT)
}

/// Whether an agent names an address where its operator can be reached, as robots do. `is_browser`: it contains what browsers
/// contain. Then it is a robot's only if it imitates an engine and names the address in a comment or after a `+`; others are apps
/// that name their maker's site, and extensions that leave traces.
pub(super) fn has_address(agent: &[u8], is_browser: bool) -> bool {
    let Some(lists) = LISTS.as_ref() else { return false };
    let mut addresses = lists.addresses.find_iter(agent).map(|found| found.start()).chain(mail_addresses(agent));
    if !is_browser {
        return addresses.next().is_some();
    }
    addresses.any(|at| is_declared_at(agent, at)) && lists.engines.is_match(agent)
}

/// Whether this place is within a comment, or the word there starts with `+`.
fn is_declared_at(agent: &[u8], at: usize) -> bool {
    let before = agent.get(..at).unwrap_or_default();
    let count = |brackets: &[u8]| before.iter().filter(|byte| brackets.contains(byte)).count();
    let word = before.iter().rposition(|byte| b" ;(".contains(byte)).map_or(0, |space| space + 1);
    count(b"([") > count(b")]") || agent.get(word) == Some(&b'+')
}

/// Whether the agent contains `bot` at the end of a word, or starts with it.
fn has_bot(outside: &[u8]) -> bool {
    let is_letter = |at: usize| outside.get(at).is_some_and(u8::is_ascii_alphabetic);
    // `bot`, `bots`, and `Bot` before a capital: `VoilaBotCollector`.
    let ends_word = |end: usize| match (end.checked_sub(1).and_then(|last| outside.get(last)), outside.get(end)) {
        (Some(b't'), Some(b'A'..=b'Z')) => true,
        (_, Some(b's' | b'S')) => !is_letter(end + 1),
        _ => !is_letter(end),
    };
    let is_cubot = |end: usize| {
        let start = end.checked_sub(CUBOT.len());
        start.and_then(|start| outside.get(start..)).is_some_and(|word| starts_with(word, CUBOT))
    };
    let mut next = 0;
    while let Some(at) = outside.get(next..).and_then(|rest| find(rest, BOT)) {
        let end = next + at + BOT.len();
        if end == BOT.len() || (ends_word(end) && !is_cubot(end)) {
            return true;
        }
        next = end;
    }
    false
}

/// Whether the agent has the form `(compatible; NAME)` with a name that is no browser's.
fn has_unknown_compatible(outside: &[u8]) -> bool {
    const COMPATIBLE: &[u8] = b"compatible";
    let mut rest = outside;
    while let Some(at) = find(rest, COMPATIBLE) {
        rest = rest.get(at + COMPATIBLE.len()..).unwrap_or_default();
        let name = rest.trim_ascii_start();
        let Some(b';' | b',') = name.first() else { continue };
        let name = name.get(1..).unwrap_or_default().trim_ascii_start();
        let name = name.strip_prefix(b"+").unwrap_or(name);
        let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.!~-".contains(byte)).count();
        let name = name.get(..length).unwrap_or_default();
        if !name.is_empty() && !COMPATIBLE_BROWSERS.iter().any(|browser| browser.as_bytes().eq_ignore_ascii_case(name))
        {
            return true;
        }
    }
    false
}

/// Whether WhatsApp fetches a link to preview it: `WhatsApp/2.23.20.0 A`. Its agents in other uses name the device.
fn is_link_preview(agent: &[u8]) -> bool {
    let Some(version) = agent.strip_prefix(b"WhatsApp/") else { return false };
    let after = version.trim_ascii_start().iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.');
    let platform = after.and_then(|at| version.get(at..)).unwrap_or_default();
    matches!(platform, [] | [b' ' | b'/', b'A'..=b'Z' | b'a'..=b'z'])
}

/// Where the agent contains the `@` of an address by mail, with a host whose second label starts with a letter.
fn mail_addresses(agent: &[u8]) -> impl Iterator<Item = usize> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    memchr::memchr_iter(b'@', agent).filter(move |&at| {
        let host = agent.get(at + 1..).unwrap_or_default();
        let label = host.iter().take_while(|byte| is_name(byte)).count();
        let follows = host.get(label..).unwrap_or_default();
        let has_user = at.checked_sub(1).and_then(|before| agent.get(before)).is_some_and(is_name);
        has_user && label > 0 && matches!(follows, [b'.', top, ..] if top.is_ascii_alphabetic())
    })
}

/// The number of names on both lists.
#[cfg(test)]
pub(super) fn names() -> usize {
    LISTS.as_ref().map_or(0, |lists| lists.names.len())
}
