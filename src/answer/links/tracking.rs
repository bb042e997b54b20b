//! Removes tracking parameters from organic targets. Their names are in `tracking.tsv`, which also contains its sources and
//! their licenses. `scripts/tracking-list` generates it.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::answer::links::percent;

/// The list. A line contains a name, its sites and its sources, separated by tabs.
const LIST: &str = include_str!("tracking.tsv");

/// Longer names are not looked up. A test checks that the list has none.
const MAX_NAME_BYTES: usize = 32;

/// The sites on which a parameter is removed.
#[derive(Debug)]
enum Sites {
    All,
    Only(Vec<&'static str>),
}

/// The list, parsed.
#[derive(Debug)]
struct TrackingList {
    names: HashMap<&'static [u8], Sites>,
    prefixes: Vec<&'static [u8]>,
    /// For each first byte of a name the lengths of the names that start with it, a bit for each; all bits if a prefix does. Nearly all
    /// parameters are told from tracking ones by these two alone.
    lengths: [u64; 256],
}

impl TrackingList {
    /// The place of the lengths of names that start with this byte, in lower case.
    fn note_length(&mut self, name: &str, lengths: u64) {
        let place = name.bytes().next().and_then(|first| self.lengths.get_mut(usize::from(first)));
        if let Some(place) = place {
            *place |= lengths;
        }
    }

    /// Whether a name as a URL contains it may be in the list.
    fn may_contain(&self, name: &str) -> bool {
        let first = name.bytes().next().unwrap_or_default().to_ascii_lowercase();
        let lengths = self.lengths.get(usize::from(first)).copied().unwrap_or_default();
        let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
        lengths == u64::MAX
            || 1_u64.checked_shl(length).is_some_and(|bit| lengths & bit != 0)
            || memchr::memchr(b'%', name.as_bytes()).is_some()
    }
}

static TRACKING_LIST: LazyLock<TrackingList> = LazyLock::new(|| {
    let mut list = TrackingList { names: HashMap::new(), prefixes: Vec::new(), lengths: [0; 256] };
    for line in LIST.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(name), Some(sites)) = (columns.next(), columns.next()) else { continue };
        list.note_length(name, if name.ends_with('*') { u64::MAX } else { 1 << name.len().min(MAX_NAME_BYTES) });
        match (name.strip_suffix('*'), sites) {
            (Some(prefix), _) => list.prefixes.push(prefix.as_bytes()),
            (None, "*") => drop(list.names.insert(name.as_bytes(), Sites::All)),
            (None, _) => drop(list.names.insert(name.as_bytes(), Sites::Only(sites.split(' ').collect()))),
        }
    }
    list
});

/// Returns a URL without its tracking parameters and text fragment; everything else stays as it is, in the same order.
/// `site` is its host in lowercase, without `www.`.
pub(super) fn remove(url: &str, site: &str) -> String {
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let pairs = || query.into_iter().flat_map(|query| query.split('&'));
    if fragment.is_none() && !pairs().any(|pair| is_tracking(pair, site)) {
        return url.to_owned();
    }
    let mut cleaned = String::with_capacity(url.len());
    cleaned.push_str(path);
    let mut separator = '?';
    for pair in pairs().filter(|pair| !is_tracking(pair, site)) {
        cleaned.push(separator);
        cleaned.push_str(pair);
        separator = '&';
    }
    // A text fragment quotes the page, and thus what was searched for (WICG Scroll To Text Fragment).
    let fragment = fragment.map(|fragment| fragment.split_once(":~:").map_or(fragment, |(before, _)| before));
    if let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) {
        cleaned.push('#');
        cleaned.push_str(fragment);
    }
    cleaned
}

fn is_tracking(pair: &str, site: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    if !TRACKING_LIST.may_contain(name) {
        return false;
    }
    // Decoded and in lowercase, as the site itself reads it. A longer name fills the buffer: it is not in the list, but
    // may have a listed prefix.
    let mut buffer = [0; MAX_NAME_BYTES];
    let mut length = 0;
    let mut bytes = percent::decode(name);
    for (place, byte) in buffer.iter_mut().zip(&mut bytes) {
        *place = byte.to_ascii_lowercase();
        length += 1;
    }
    let name = buffer.get(..length).unwrap_or_default();
    if TRACKING_LIST.prefixes.iter().any(|prefix| name.starts_with(prefix)) {
        return true;
    }
    let is_complete = bytes.next().is_none();
    is_complete
        && match TRACKING_LIST.names.get(name) {
            Some(Sites::All) => true,
            Some(Sites::Only(sites)) => sites.contains(&site),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_valid() {
        let rows: Vec<Vec<&str>> =
            LIST.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();
        assert!(rows.len() > 100 && rows.is_sorted());
        for row in &rows {
            let [name, sites, sources] = row.as_slice() else { panic!("{row:?}") };
            assert!(
                !name.is_empty() && name.len() < MAX_NAME_BYTES && !name.bytes().any(|b| b.is_ascii_uppercase()),
                "{name}"
            );
            assert!(!name.contains(['%', '&', '=']) && !name.starts_with('*'), "{name}");
            assert!(sites.split(' ').all(|site| !site.is_empty() && !site.starts_with("www.")), "{name}");
            assert!(sources.split(' ').all(|source| matches!(source, "firefox" | "tidy-url" | "own")), "{name}");
            assert!(!name.ends_with('*') || *sites == "*", "{name}: a prefix applies to every site");
        }
        assert!(rows.iter().all(|row| TRACKING_LIST.may_contain(row[0].trim_end_matches('*'))));
        assert_eq!(TRACKING_LIST.names.len() + TRACKING_LIST.prefixes.len(), rows.len());
        for required in
            ["revision ", "SHA-256 ", "Mozilla Public License", "MIT License", "scripts/tracking-list on 20"]
        {
            assert!(LIST.contains(required), "the header of the list must contain {required}");
        }
    }

    #[test]
    fn recognizes_names_in_any_spelling() {
        for tracking in [
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
            assert!(is_tracking(tracking, "a.example"), "{tracking}");
        }
        for other in
            ["", "=gclid", "gclidx", "xgclid", "q", "utm", "%", "%%67clid", "gclid%00", "gclid+", "var=1", "id=1"]
        {
            assert!(!is_tracking(other, "a.example"), "{other}");
        }
        assert!(is_tracking(&format!("utm_{}", "x".repeat(99)), ""));
        assert!(!is_tracking(&"x".repeat(99), ""));
    }

    #[test]
    fn a_site_specific_name_stays_on_other_sites() {
        let given = "https://www.amazon.de/dp/1?keywords=shoes&ref=x&th=1";
        assert_eq!(remove(given, "amazon.de"), "https://www.amazon.de/dp/1?th=1");
        assert_eq!(remove(given, "shop.example"), given);
        assert_eq!(
            remove("https://www.facebook.com/?__cft__%5B0%5D=1&id=2", "facebook.com"),
            "https://www.facebook.com/?id=2"
        );
    }
}
