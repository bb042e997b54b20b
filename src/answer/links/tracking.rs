//! Tracking parameters, taken off organic targets: the names of a maintained list, which stands beside this file
//! with its sources and their licences. `scripts/tracking-list` makes it again.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::answer::links::percent;

/// The list: a name, its sites and its sources on a line, between tabs.
const LIST: &str = include_str!("tracking.tsv");

/// The longest name that is looked up, in bytes: no listed one is longer, a test says.
const NAME_BYTES: usize = 32;

/// Where a name is taken off.
#[derive(Debug)]
enum Where {
    Everywhere,
    On(Vec<&'static str>),
}

/// The list, read once.
#[derive(Debug)]
struct TrackingList {
    names: HashMap<&'static [u8], Where>,
    /// Families of names, by how they begin.
    families: Vec<&'static [u8]>,
}

static KNOWN: LazyLock<TrackingList> = LazyLock::new(|| {
    let mut known = TrackingList { names: HashMap::new(), families: Vec::new() };
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(name), Some(sites)) = (columns.next(), columns.next()) else { continue };
        match (name.strip_suffix('*'), sites) {
            (Some(family), _) => known.families.push(family.as_bytes()),
            (None, "*") => drop(known.names.insert(name.as_bytes(), Where::Everywhere)),
            (None, _) => drop(known.names.insert(name.as_bytes(), Where::On(sites.split(' ').collect()))),
        }
    }
    known
});

/// The address without its tracking parameters and text fragment; all else keeps its spelling and order. `site`
/// is its host in small letters, without `www.`.
pub(super) fn without(address: &str, site: &str) -> String {
    if !address.bytes().any(|byte| matches!(byte, b'?' | b'#')) {
        return address.to_owned();
    }
    let (rest, fragment) = address.split_once('#').map_or((address, None), |(rest, fragment)| (rest, Some(fragment)));
    let mut clean = String::with_capacity(address.len());
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    clean.push_str(path);
    let mut separator = '?';
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !is_tracking(pair, site)) {
        clean.push(separator);
        clean.push_str(pair);
        separator = '&';
    }
    // A text fragment quotes the page, and so what was searched for (WICG scroll-to-text-fragment).
    let fragment = fragment.map(|fragment| fragment.split_once(":~:").map_or(fragment, |(kept, _)| kept));
    if let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) {
        clean.push('#');
        clean.push_str(fragment);
    }
    clean
}

fn is_tracking(pair: &str, site: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    // In small letters, escapes resolved, as the site itself will read it; a longer one fills the room and is
    // no listed name, but may be of a family.
    let mut room = [0; NAME_BYTES];
    let mut length = 0;
    let mut bytes = percent::decoded(name);
    for (place, byte) in room.iter_mut().zip(&mut bytes) {
        *place = byte.to_ascii_lowercase();
        length += 1;
    }
    let name = room.get(..length).unwrap_or_default();
    if KNOWN.families.iter().any(|family| name.starts_with(family)) {
        return true;
    }
    bytes.next().is_none()
        && match KNOWN.names.get(name) {
            Some(Where::Everywhere) => true,
            Some(Where::On(sites)) => sites.contains(&site),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole() {
        let rows: Vec<Vec<&str>> =
            LIST.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();
        assert!(rows.len() > 100 && rows.is_sorted());
        for row in &rows {
            let [name, sites, sources] = row.as_slice() else { panic!("{row:?}") };
            assert!(
                !name.is_empty() && name.len() < NAME_BYTES && !name.bytes().any(|b| b.is_ascii_uppercase()),
                "{name}"
            );
            assert!(!name.contains(['%', '&', '=']) && !name.starts_with('*'), "{name}");
            assert!(sites.split(' ').all(|site| !site.is_empty() && !site.starts_with("www.")), "{name}");
            assert!(sources.split(' ').all(|source| matches!(source, "firefox" | "tidy-url" | "own")), "{name}");
            assert!(!name.ends_with('*') || *sites == "*", "{name}: a family is for every site");
        }
        assert_eq!(KNOWN.names.len() + KNOWN.families.len(), rows.len());
        for told in ["revision ", "SHA-256 ", "Mozilla Public License", "MIT License", "scripts/tracking-list on 20"] {
            assert!(LIST.contains(told), "the list's head says its {told}");
        }
    }

    #[test]
    fn names_are_known_however_they_are_written() {
        for known in [
            "utm_source",
            "UTM_x",
            "%75tm_source=1",
            "gclid=",
            "GCLID=x",
            "%67clid",
            "g%63%6Cid=1",
            "fbclid",
            "_openstat=1",
            "mtm_x",
        ] {
            assert!(is_tracking(known, "a.example"), "{known}");
        }
        for kept in
            ["", "=gclid", "gclidx", "xgclid", "q", "utm", "%", "%%67clid", "gclid%00", "gclid+", "var=1", "id=1"]
        {
            assert!(!is_tracking(kept, "a.example"), "{kept}");
        }
        assert!(is_tracking(&format!("utm_{}", "x".repeat(99)), ""));
        assert!(!is_tracking(&"x".repeat(99), ""));
    }

    #[test]
    fn a_name_of_some_sites_is_kept_on_others() {
        let given = "https://www.amazon.de/dp/1?keywords=shoes&ref=x&th=1";
        assert_eq!(without(given, "amazon.de"), "https://www.amazon.de/dp/1?th=1");
        assert_eq!(without(given, "shop.example"), given);
        assert_eq!(
            without("https://www.facebook.com/?__cft__%5B0%5D=1&id=2", "facebook.com"),
            "https://www.facebook.com/?id=2"
        );
    }
}
