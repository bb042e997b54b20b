//! Browser: the family in a `User-Agent` header (RFC 9110 section 10.1.5), without version or operating system.

use strum::VariantArray;

/// A browser family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub enum Browser {
    /// Google Chrome, Chromium and browsers that send the same product names.
    Chrome,
    /// Mozilla Firefox.
    Firefox,
    /// Apple Safari.
    Safari,
    /// Microsoft Edge.
    Edge,
    /// Opera.
    Opera,
    /// Samsung Internet.
    Samsung,
    /// Any other agent.
    Other,
}

/// Product names by family, the most specific first: Edge, Opera and Samsung Internet also send `Chrome`, and all except
/// Firefox send `Safari`. The iOS versions of Chrome, Firefox and Edge have their own product names.
const PRODUCTS: [(&[u8], Browser); 16] = [
    (b"Edg", Browser::Edge),
    (b"EdgA", Browser::Edge),
    (b"EdgiOS", Browser::Edge),
    (b"Edge", Browser::Edge),
    (b"OPR", Browser::Opera),
    (b"OPT", Browser::Opera),
    (b"OPX", Browser::Opera),
    (b"OPiOS", Browser::Opera),
    (b"Opera", Browser::Opera),
    (b"SamsungBrowser", Browser::Samsung),
    (b"FxiOS", Browser::Firefox),
    (b"Firefox", Browser::Firefox),
    (b"CriOS", Browser::Chrome),
    (b"Chromium", Browser::Chrome),
    (b"Chrome", Browser::Chrome),
    (b"Safari", Browser::Safari),
];

/// Bytes of a `User-Agent` that are examined. Real ones have fewer than 300.
const MAX_EXAMINED_BYTES: usize = 512;

impl Browser {
    /// Parses the value of `User-Agent`.
    #[must_use]
    pub fn from_user_agent(agent: &[u8]) -> Self {
        let agent = agent.get(..MAX_EXAMINED_BYTES).unwrap_or(agent);
        // The product name precedes a slash. A match of its end suffices: `HeadlessChrome` is Chrome, too.
        let products = memchr::memchr_iter(b'/', agent).filter_map(|slash| agent.get(..slash));
        let priorities = products.filter_map(|before| PRODUCTS.iter().position(|(name, _)| before.ends_with(name)));
        priorities.min().and_then(|index| PRODUCTS.get(index)).map_or(Self::Other, |(_, family)| *family)
    }

    /// The name that a partner receives.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Firefox => "firefox",
            Self::Safari => "safari",
            Self::Edge => "edge",
            Self::Opera => "opera",
            Self::Samsung => "samsung",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AGENTS: [(&str, Browser); 14] = [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            Browser::Chrome,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
            Browser::Chrome,
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
            Browser::Chrome,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Browser::Firefox),
        (
            "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
            Browser::Firefox,
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
            Browser::Safari,
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            Browser::Edge,
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/64.0 Safari/537.36 Edge/17.17134",
            Browser::Edge,
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 OPR/110.0",
            Browser::Opera,
        ),
        ("Opera/9.80 (Windows NT 6.1; U; en) Presto/2.12 Version/12.16", Browser::Opera),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0 Mobile Safari/537.36",
            Browser::Samsung,
        ),
        ("curl/8.9.1", Browser::Other),
        ("", Browser::Other),
        ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)", Browser::Other),
    ];

    #[test]
    fn recognizes_real_user_agents() {
        for (agent, family) in AGENTS {
            assert_eq!(Browser::from_user_agent(agent.as_bytes()), family, "{agent}");
        }
    }

    proptest! {
        #[test]
        fn ignores_version_and_system(major in 1_u32..999, build in 0_u32..9_999, system in "[A-Za-z0-9 ;._]{0,60}") {
            let agent = format!("Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.{build}.0 Safari/537.36");
            prop_assert_eq!(Browser::from_user_agent(agent.as_bytes()), Browser::Chrome);
        }

        #[test]
        fn accepts_any_bytes(agent in proptest::collection::vec(any::<u8>(), 0..700)) {
            prop_assert!(Browser::VARIANTS.contains(&Browser::from_user_agent(&agent)));
        }
    }
}
