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
/// Firefox send `Safari`. The iOS versions of Chrome, Firefox and Edge have their own product names. Internet Explorer for phones
/// sends `Safari`, Meta's browser for headsets `SamsungBrowser`, and Firefox Focus `Chrome` or `Safari`.
const PRODUCTS: [(&[u8], Browser); 20] = [
    (b"Trident", Browser::Other),
    (b"OculusBrowser", Browser::Chrome),
    (b" Focus", Browser::Firefox),
    (b" Klar", Browser::Firefox),
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

/// How the agents of some in-app browsers begin, which are entirely in lower case.
const LOWER_CASE: &[u8] = b"mozilla/";

/// Bytes of a `User-Agent` that are examined. Real ones have fewer than 300.
const MAX_EXAMINED_BYTES: usize = 512;

impl Browser {
    /// Parses the value of `User-Agent`.
    #[must_use]
    pub fn from_user_agent(agent: &[u8]) -> Self {
        let agent = agent.get(..MAX_EXAMINED_BYTES).unwrap_or(agent);
        // The product name precedes a slash. A match of its end suffices: `HeadlessChrome` is Chrome, too.
        let products = memchr::memchr_iter(b'/', agent).filter_map(|slash| agent.get(..slash));
        let is_lower_case = agent.starts_with(LOWER_CASE);
        let ends_with = |before: &[u8], name: &[u8]| {
            let end = before.len().checked_sub(name.len()).and_then(|start| before.get(start..));
            end.is_some_and(|end| end == name || is_lower_case && end.eq_ignore_ascii_case(name))
        };
        let priorities = products.filter_map(|before| PRODUCTS.iter().position(|(name, _)| ends_with(before, name)));
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

    /// Agents that name products of other families.
    const IMITATORS: [(&str, Browser); 13] = [
        (
            "Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537",
            Browser::Other,
        ),
        ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", Browser::Other),
        (
            "Mozilla/5.0 (X11; Linux x86_64; Quest 3) AppleWebKit/537.36 (KHTML, like Gecko) OculusBrowser/38.1.0 SamsungBrowser/4.0 Chrome/132.0.6834.209 VR Safari/537.36",
            Browser::Chrome,
        ),
        (
            "mozilla/5.0 (linux; android 10; x; wv) applewebkit/537.36 (khtml, like gecko) version/4.0 chrome/78.0 mobile safari/537.36 yandexsearch/10.80",
            Browser::Chrome,
        ),
        (
            "Mozilla/5.0 (Linux; Android 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Focus/1.0 Chrome/59.0 Mobile Safari/537.36",
            Browser::Firefox,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 EdgiOS/140.0 Mobile/15E148 Safari/605.1.15",
            Browser::Edge,
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0",
            Browser::Edge,
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1 OPT/5.4",
            Browser::Opera,
        ),
        ("Opera/9.80 (Android; Opera Mini/36.2/191.256; U; en) Presto/2.12.423 Version/12.16", Browser::Opera),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 YaBrowser/25.8.0.0 Safari/537.36",
            Browser::Chrome,
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15 Ddg/18.0",
            Browser::Safari,
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0 Mobile Safari/537.36",
            Browser::Chrome,
        ),
        ("Dalvik/2.1.0 (Linux; U; Android 8.0.0; LG-H820 Build/OPR1.170623.032)", Browser::Other),
    ];

    #[test]
    fn recognizes_real_user_agents() {
        for (agent, family) in AGENTS.into_iter().chain(IMITATORS) {
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
