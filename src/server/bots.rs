//! Classifies clients by their `User-Agent` (RFC 9110 section 10.1.5) in two passes, as the spiders-and-bots list of IAB and ABC
//! is applied: an agent must contain what browsers or people's devices contain, and must not declare a robot. HTTP libraries are
//! a class of their own, because toolbars use them as well (docs/click-measurement.md).
//!
//! A click that is wrongly attributed to a robot is not paid, so names are searched only outside of what describes a device
//! (`comments`), and only as separate words.

mod ascii;
mod comments;
mod robots;
mod word_list;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::server::bots::comments::without_devices;
use crate::server::bots::word_list::{WordEnd, WordList, lines, version};

/// The include side.
const BROWSERS: &str = include_str!("bots/browsers.txt");

/// Names of HTTP libraries. A `+` before a name: also as a later product.
const LIBRARIES: &str = include_str!("bots/libraries.txt");

/// Precedes a text in the list of libraries that matches anywhere: a library that imitates an old browser.
const MARK: char = '~';

/// Bytes of an agent that are examined. Those of browsers have about 250 bytes, those of embedded browsers about 500.
const MAX_AGENT_BYTES: usize = 2_048;

/// What an agent says about its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentClass {
    /// Nothing: the agent is absent or empty.
    Unstated,
    /// A browser, or an app on a person's device.
    Browser,
    /// An HTTP library or a command-line client.
    Library,
    /// A robot that declares itself.
    Robot,
    /// A browser that a program drives.
    Automated,
    /// Something that is no known browser.
    Unknown,
}

struct BrowserLists {
    browsers: WordList,
    /// In lower case, each with whether it counts as a later product, too.
    libraries: Vec<(&'static str, bool)>,
    /// What the agents of libraries contain that imitate an old browser.
    marks: AhoCorasick,
}

/// Built for the first click. The lists are constants and always compile; if they did not, every agent would be a browser's.
static LISTS: LazyLock<Option<BrowserLists>> = LazyLock::new(|| {
    let products = lines(LIBRARIES).filter(|line| !line.starts_with(MARK));
    let marks = lines(LIBRARIES).filter_map(|line| line.strip_prefix(MARK));
    Some(BrowserLists {
        browsers: WordList::new(lines(BROWSERS), true, WordEnd::Open)?,
        libraries: products.map(|line| line.strip_prefix('+').map_or((line, false), |name| (name, true))).collect(),
        marks: AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(marks)
            .ok()?,
    })
});

/// Names, versions and dates of the lists.
#[must_use]
pub fn versions() -> String {
    let robots = robots::versions();
    [&robots[..], &[version(LIBRARIES), version(BROWSERS)]].concat().join(", ")
}

/// The class of an agent.
#[must_use]
pub fn classify(agent: &[u8]) -> AgentClass {
    let agent = agent.get(..MAX_AGENT_BYTES).unwrap_or(agent).trim_ascii();
    let Some(lists) = LISTS.as_ref().filter(|_| !agent.is_empty()) else { return AgentClass::Unstated };
    let outside = without_devices(agent);
    let is_browser = lists.browsers.is_in(agent);
    if lists.marks.is_match(&outside) {
        AgentClass::Library
    } else if robots::is_declared(agent, &outside) {
        AgentClass::Robot
    } else if robots::is_automated(&outside) {
        AgentClass::Automated
    } else if is_library(&outside, outside.len() < agent.len(), &lists.libraries) {
        AgentClass::Library
    } else if robots::has_address(agent, is_browser) {
        AgentClass::Robot
    } else if is_browser {
        AgentClass::Browser
    } else {
        AgentClass::Unknown
    }
}

/// Whether the first product of an agent is a library, or a later one. Apps on people's devices name the library that they use
/// after themselves, so later products count only if the agent describes no device.
fn is_library(outside: &[u8], has_device: bool, libraries: &[(&str, bool)]) -> bool {
    let mut products = outside.split(|byte| b" ;(),".contains(byte)).filter(|part| !part.is_empty());
    let is_listed = |part: &[u8], is_first: bool| {
        let name = part.split(|byte| *byte == b'/').next().unwrap_or_default();
        libraries
            .iter()
            .any(|(library, is_later)| (is_first || *is_later) && library.as_bytes().eq_ignore_ascii_case(name))
    };
    products.next().is_some_and(|first| is_listed(first, true))
        || (!has_device && products.any(|part| part.contains(&b'/') && is_listed(part, false)))
}

#[cfg(test)]
mod tests;
