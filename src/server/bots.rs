//! Recognizes bots that declare themselves in `User-Agent` (RFC 9110 section 10.1.5): by a published list of crawler names,
//! compiled in with its version (`bots/robots.txt`), and by a few words of our own.
//!
//! A click that is wrongly attributed to a bot is not paid, so names match only as separate words: `Sogou web spider` is
//! a bot, `SogouMobileBrowser` is not. HTTP libraries are not on the list, because toolbars use them as well.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// The list, one name a line. A `^` before a name means that it matches only at the start of an agent.
const LIST: &str = include_str!("bots/robots.txt");

/// Precedes the list's version in its header.
const VERSION_PREFIX: &str = "# version: ";

/// Words that bots use in their names, in lower case. They match anywhere in an agent.
const WORDS: [&str; 6] = ["bot", "crawl", "spider", "slurp", "facebookexternalhit", "mediapartners-google"];

/// Phone manufacturers whose names contain one of [`WORDS`].
const EXCEPTIONS: [&str; 1] = ["cubot"];

/// Bytes of an agent that are examined. Those of browsers have about 250 bytes, those of embedded browsers about 500.
const MAX_AGENT_BYTES: usize = 2_048;

struct BotMatcher {
    names: AhoCorasick,
    /// For each name whether it matches only at the start of an agent.
    only_at_start: Vec<bool>,
    /// [`WORDS`], then [`EXCEPTIONS`].
    words: AhoCorasick,
}

/// Built for the first click. The patterns are constants and always compile; if they did not, no agent would be a bot.
static MATCHER: LazyLock<Option<BotMatcher>> = LazyLock::new(|| {
    let lines = LIST.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let (names, only_at_start): (Vec<&str>, Vec<bool>) =
        lines.map(|line| line.strip_prefix('^').map_or((line, false), |name| (name, true))).unzip();
    let names = AhoCorasick::builder().build(names).ok()?;
    let words = [&WORDS[..], &EXCEPTIONS].concat();
    // Of overlapping words the leftmost wins: `cubot` over the `bot` within it.
    let words = AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).build(words);
    Some(BotMatcher { names, only_at_start, words: words.ok()? })
});

/// Name, version and date of the list.
#[must_use]
pub fn version() -> &'static str {
    LIST.lines().find_map(|line| line.strip_prefix(VERSION_PREFIX)).unwrap_or("unknown")
}

/// Whether a `User-Agent` declares a bot.
#[must_use]
pub(super) fn is_bot(agent: &[u8]) -> bool {
    let agent = agent.get(..MAX_AGENT_BYTES).unwrap_or(agent);
    let Some(matcher) = MATCHER.as_ref() else { return false };
    let is_separate_name = |found: aho_corasick::Match| {
        let before = found.start().checked_sub(1).and_then(|at| agent.get(at));
        let ends_in_letter = agent.get(found.end().saturating_sub(1)).is_some_and(u8::is_ascii_alphabetic);
        let continues = ends_in_letter && agent.get(found.end()).is_some_and(u8::is_ascii_alphabetic);
        let only_at_start = matcher.only_at_start.get(found.pattern().as_usize()).copied().unwrap_or(false);
        !continues
            && if only_at_start {
                before.is_none()
            } else {
                before.is_none_or(|before| !before.is_ascii_alphanumeric())
            }
    };
    let is_word = |found: aho_corasick::Match| found.pattern().as_usize() < WORDS.len();
    matcher.words.find_iter(agent).any(is_word) || matcher.names.find_overlapping_iter(agent).any(is_separate_name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn recognizes_declared_bots() {
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/116.0 Safari/537.36",
            "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
            "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
            "facebookexternalhit/1.1",
            "GPTBot/1.2",
            "Scrapy/2.11.2 (+https://scrapy.org)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0 Safari/537.36",
        ] {
            assert!(is_bot(agent.as_bytes()), "{agent}");
        }
    }

    #[test]
    fn does_not_take_browsers_and_http_libraries_for_bots() {
        for agent in [
            "",
            "curl/8.5.0",
            "python-requests/2.31.0",
            "Apache-HttpClient/4.5.14 (Java/17)",
            "okhttp/4.12.0",
            "axios/1.7.2",
            "Go-http-client/2.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/380.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/470.0;FBDV/iPhone14,5]",
            "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 13; CUBOT_NOTE_20 Build/TP1A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 12; V2134A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36 SogouMobileBrowser/6.0",
            "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 Safari/537.36 SE 2.X MetaSr 1.0",
            "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
            "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/120.4.1 like Chrome/120.0 Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile DuckDuckGo/5 Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 OPR/122.0.0.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 YaBrowser/25.8.0 Yowser/2.5 Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5",
            "Mozilla/5.0 (Linux; U; Android 13; en-us; 22101316G) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/112.0 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.2",
            "Mozilla/5.0 (Linux; U; Android 12; zh-CN; ELS-AN00) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0 UCBrowser/16.5 Mobile Safari/537.36",
        ] {
            assert!(!is_bot(agent.as_bytes()), "{agent}");
        }
    }

    #[test]
    fn the_list_is_complete_and_has_a_version() {
        assert!(version().starts_with("crawler-user-agents ") && version().ends_with(')'), "{}", version());
        assert!(MATCHER.as_ref().is_some_and(|matcher| matcher.names.patterns_len() > 1_400));
    }

    proptest! {
        #[test]
        fn accepts_any_bytes_without_panic(agent in proptest::collection::vec(any::<u8>(), 0..8_192)) {
            let _ = is_bot(&agent);
        }
    }
}
