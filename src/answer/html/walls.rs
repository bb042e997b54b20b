//! Recognizes walls by their markup: pages of status 200 on which an engine asks for a captcha, consent, a login or a browser
//! with script instead of answering. The shapes are those of the large engines and of the services that protect sites, as
//! reported publicly up to 2026-11. Words of walls are in `phrases`.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::answer::links::pattern::Pattern;

/// A marker of a partner's walls (`walls`).
#[derive(Debug, Clone)]
pub enum WallMarker {
    /// The start of an address that a form, script, frame, refresh or link has.
    Url(Pattern),
    /// The ID of an element.
    Id(String),
    /// A class of an element.
    Class(String),
    /// A text of the page, in lowercase; it counts only on a page without results.
    Text(String),
}

impl WallMarker {
    /// Parses a marker: a URL pattern, `#id`, `.class`, or a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name = |name: &str| {
            let is_name = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
            is_name
                .then(|| name.to_owned())
                .ok_or("an ID or a class consists of letters, digits, - and _, as in \"#captcha\"")
        };
        if text.starts_with("https://") || text.starts_with("http://") {
            return Pattern::parse(text).map(Self::Url);
        }
        match (text.strip_prefix('#'), text.strip_prefix('.')) {
            (Some(id), _) => name(id).map(Self::Id),
            (None, Some(class)) => name(class).map(Self::Class),
            (None, None) if text.trim().len() < MIN_TEXT_BYTES => Err("a text of a wall must have at least 4 letters"),
            (None, None) => Ok(Self::Text(text.trim().to_lowercase())),
        }
    }
}

/// Shorter texts are part of too many words.
const MIN_TEXT_BYTES: usize = 4;

/// Parts of addresses of challenges and consent pages, in lowercase. Where a form is sent there, a frame or a refresh leads there,
/// the page is a wall.
const CHALLENGE_URLS: [&str; 43] = [
    "://challenges.cloudflare.com/",
    "/cdn-cgi/challenge-platform/h/",
    "/cdn-cgi/l/chk_",
    "__cf_chl_",
    "google.com/recaptcha/",
    "recaptcha.net/recaptcha/",
    "hcaptcha.com/",
    "captcha-delivery.com/",
    "/_px/captcha",
    "captcha.px-cdn.net",
    "captcha.px-cloud.net",
    "captcha.perimeterx.net",
    "/sorry/index",
    "://consent.google.",
    "://consent.youtube.com/",
    "://consent.yahoo.com/",
    "://guce.",
    "/collectconsent",
    "://wappass.baidu.com/",
    "/static/captcha/tuxing",
    "/showcaptcha",
    "/checkcaptcha",
    "smartcaptcha.yandexcloud.net",
    "/anomaly.js",
    "/turing/captcha",
    "/sp/captcha",
    "/antispider",
    "qcaptcha.so.com",
    ".awswaf.com/",
    "_incapsula_resource",
    ".arkoselabs.com/",
    "funcaptcha.com/",
    "geetest.com/",
    ".within.website/x/cmd/anubis/",
    "/.well-known/ddos-guard/",
    "friendlycaptcha.",
    "/errors/validatecaptcha",
    "captcha/verify",
    "captcha/submit",
    "/captcha?",
    "/captcha/?",
    "/challenge?",
    "/__challenge",
];

/// IDs and classes of elements that only challenges and consent pages have, in lowercase.
const CHALLENGE_NAMES: [&str; 34] = [
    "g-recaptcha",
    "h-captcha",
    "cf-turnstile",
    "cf-challenge",
    "cf-challenge-running",
    "cf-browser-verification",
    "cf-chl-widget",
    "challenge-error-text",
    "challenge-form",
    "challenge-running",
    "challenge-stage",
    "px-captcha",
    "captcha-form",
    "captcha-box",
    "captcha-container",
    "captcha__human__title",
    "captcha",
    "recaptcha",
    "checkbox-captcha-form",
    "advanced-captcha-form",
    "checkboxcaptcha",
    "checkboxcaptcha-form",
    "smart-captcha",
    "anomaly-modal",
    "anomaly-modal__title",
    "anubis_challenge",
    "frc-captcha",
    "altcha-widget",
    "geetest_captcha",
    "consent-page",
    "consent-form",
    "con-wizard",
    "pow-captcha",
    "b_captcha",
];

/// Names of variables in the scripts of challenges.
const CHALLENGE_SCRIPTS: [&str; 7] = [
    "_cf_chl_opt",
    "captcha-delivery.com",
    "_pxBlockScript",
    "gokuProps",
    "AwsWafIntegration",
    "_Incapsula_Resource",
    "sucuri_cloudproxy_js",
];

/// Whether an address is one of a challenge or a consent page.
pub(super) fn is_challenge_url(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    CHALLENGE_URLS.iter().any(|part| url.contains(part))
}

/// Whether an ID or one of the classes in an attribute's value is that of a challenge.
pub(super) fn is_challenge_name(value: &str) -> bool {
    value.split_ascii_whitespace().any(|name| CHALLENGE_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

/// Whether the text of a script is that of a challenge.
pub(super) fn is_challenge_script(text: &str) -> bool {
    SCRIPT_FINDERS.iter().any(|name| name.find(text.as_bytes()).is_some())
}

/// Searches for [`CHALLENGE_SCRIPTS`]. Seven searches with vector instructions take a third of the time of one automaton.
static SCRIPT_FINDERS: LazyLock<[Finder<'static>; 7]> = LazyLock::new(|| CHALLENGE_SCRIPTS.map(Finder::new));

/// The most bytes of a script that must be kept to find a name that is split between two chunks.
pub(super) const SCRIPT_OVERLAP: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overlap_is_longer_than_every_name() {
        assert!(CHALLENGE_SCRIPTS.iter().all(|name| name.len() <= SCRIPT_OVERLAP && is_challenge_script(name)));
        assert!(CHALLENGE_URLS.iter().chain(&CHALLENGE_NAMES).all(|known| known.to_ascii_lowercase() == **known));
    }

    #[test]
    fn parses_every_kind_of_marker() {
        assert!(matches!(WallMarker::parse("#captcha"), Ok(WallMarker::Id(id)) if id == "captcha"));
        assert!(matches!(WallMarker::parse(".g-recaptcha"), Ok(WallMarker::Class(class)) if class == "g-recaptcha"));
        assert!(matches!(WallMarker::parse("https://wappass.baidu.com/"), Ok(WallMarker::Url(_))));
        assert!(
            matches!(WallMarker::parse(" Unusual Traffic "), Ok(WallMarker::Text(text)) if text == "unusual traffic")
        );
        for bad in ["", "#", ".", "#a b", ".a>b", "abc", "https://*", "http://a b/"] {
            assert!(WallMarker::parse(bad).is_err(), "{bad}");
        }
    }
}
