//! The results as JSON, for toolbars: the shape of CONTRACT section 2.

use serde::Serialize;

use super::Entry;
use crate::names::Name;

#[derive(Serialize)]
struct Reply<'a> {
    results: Vec<Row<'a>>,
    partner: &'a str,
}

#[derive(Serialize)]
struct Row<'a> {
    title: &'a str,
    url: &'a str,
    display_url: &'a str,
    snippet: &'a str,
    kind: &'static str,
}

/// `{"results":[{"title","url","display_url","snippet","kind"}],"partner":…}`.
#[must_use]
pub fn json(entries: &[Entry], partner: &Name) -> Vec<u8> {
    let results = entries.iter().map(Row::of).collect();
    // Strings and lists always serialise.
    serde_json::to_vec(&Reply { results, partner: partner.as_str() }).unwrap_or_default()
}

impl<'a> Row<'a> {
    fn of(entry: &'a Entry) -> Self {
        let Entry { title, url, display_url, snippet, kind } = entry;
        Self { title, url, display_url, snippet, kind: kind.as_str() }
    }
}
