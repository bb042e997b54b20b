//! Links (RFC 3986): private ones, which grant access to their holder or identify a person, and plain ones.

use core::ops::Range;

use crate::fields::pii::email;
use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::percent_encoding::PercentDecoded;
use crate::fields::pii::secret;
use crate::fields::pii::spans::Spans;
use crate::fields::pii::tokenizer::is_unspaced_script;

/// Query parameters whose value is a credential. Lower case.
const CREDENTIAL_PARAMETERS: [&str; 44] = [
    "token",
    "access_token",
    "id_token",
    "refresh_token",
    "auth_token",
    "authtoken",
    "auth",
    "api_key",
    "apikey",
    "api-key",
    "x-api-key",
    "key",
    "sid",
    "session",
    "sessionid",
    "session_id",
    "phpsessid",
    "jsessionid",
    "password",
    "passwd",
    "passwort",
    "pwd",
    "pass",
    "sig",
    "signature",
    "secret",
    "client_secret",
    "otp",
    "ticket",
    "jwt",
    "hmac",
    "reset",
    "reset_token",
    "invite",
    "confirmation_token",
    "reset_password_token",
    "x-amz-signature",
    "x-amz-security-token",
    "x-goog-signature",
    "awsaccesskeyid",
    "magic",
    "login_token",
    "verification_code",
    "oauth_token",
];

/// Words in a path after which a long segment is a key and not a name.
const ACCESS_WORDS: [&str; 14] = [
    "reset",
    "verify",
    "confirm",
    "activate",
    "activation",
    "unsubscribe",
    "invite",
    "invitation",
    "magic",
    "recover",
    "password",
    "passwort",
    "optout",
    "login",
];

/// Minimum length of a credential. Shorter values are placeholders or flags.
const MIN_CREDENTIAL_LEN: usize = 4;

/// Minimum length of a key in a path.
const MIN_KEY_LEN: usize = 16;

/// Finds private links, as written or with up to `depth` layers of percent-encoding decoded. Excludes plain links and
/// returns their ranges.
pub(super) fn find(text: &str, depth: usize, spans: &mut Spans) -> Vec<Range<usize>> {
    let mut plain = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let start = at;
        at += word.len();
        let Some((from, to)) = link_bounds(word) else {
            continue;
        };
        // A link inside a plain link was examined with it.
        if !spans.is_free(&(start + from..start + from + 1)) {
            continue;
        }
        if is_private_decoded(word.get(from..to).unwrap_or_default(), depth) {
            spans.add(PiiKind::Link, start + from..start + to);
        } else {
            spans.exclude(start + from..start + to);
            plain.push(start + from..start + to);
        }
    }
    plain
}

fn is_private_decoded(link: &str, depth: usize) -> bool {
    let inner = || PercentDecoded::decode(link).is_some_and(|decoded| is_private_decoded(&decoded.text, depth - 1));
    is_private(link) || depth > 0 && inner()
}

/// The start and end of the link in a word, without surrounding punctuation.
fn link_bounds(word: &str) -> Option<(usize, usize)> {
    let (from, after_scheme) = match word.find("://") {
        Some(colon) => {
            let before = word.get(..colon)?;
            let is_scheme_char = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
            let scheme_len: usize = before.chars().rev().take_while(is_scheme_char).map(char::len_utf8).sum();
            (colon - scheme_len, colon + 3)
        }
        None if is_bare_link(word) => {
            let prefix_len = word.len() - word.trim_start_matches(['"', '\'', '<', '(']).len();
            (prefix_len, prefix_len)
        }
        None => return None,
    };
    // The scheme before `://` is empty.
    if from == after_scheme.saturating_sub(3) && after_scheme != from {
        return None;
    }
    let body = word.get(after_scheme..)?;
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`') || is_unspaced_script(c);
    let body = body.get(..body.find(is_end).unwrap_or(body.len()))?;
    let body = body.trim_end_matches(['.', ',', ';', '!', '?', ')', ']', '\'', ':']);
    (!body.is_empty()).then_some((from, after_scheme + body.len()))
}

/// True for a link without a scheme, such as `example.com/path?token=…`: a host with a dot, then a path or query with an
/// assignment.
fn is_bare_link(word: &str) -> bool {
    let word = word.trim_start_matches(['"', '\'', '<', '(']);
    let Some(end) = word.find(['/', '?', '#']) else {
        return false;
    };
    let host = word.get(..end).unwrap_or_default();
    let top_level = host.rsplit_once('.').map_or("", |(_, last)| last);
    word.contains('=')
        && top_level.len() >= 2
        && top_level.bytes().all(|b| b.is_ascii_alphabetic())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// True if the link grants access to its holder, or identifies whom it was created for.
fn is_private(link: &str) -> bool {
    has_user_info(link)
        || link.split(['?', '#', '&', ';']).skip(1).any(is_credential_parameter)
        || has_key_segment(link)
        || has_phone_number(link)
        || is_webhook(link)
        || secret::contains_token(link)
        || email::contains_address(link)
}

/// True for an address that lets its holder post to a chat.
fn is_webhook(link: &str) -> bool {
    const PATHS: [&str; 6] = [
        "/api/webhooks/",
        "hooks.slack.com/services/",
        "hooks.slack.com/workflows/",
        "webhook.office.com/",
        "chat.googleapis.com/v1/spaces/",
        "hooks.zapier.com/hooks/",
    ];
    PATHS.iter().any(|path| link.split_once(path).is_some_and(|(_, key)| key.len() >= MIN_KEY_LEN))
}

/// True if the link starts a chat with a telephone number.
fn has_phone_number(link: &str) -> bool {
    ["wa.me/", "phone=", "tel="].iter().any(|prefix| {
        link.split_once(prefix).is_some_and(|(_, rest)| {
            let rest = rest.trim_start_matches('+');
            rest.bytes().take_while(u8::is_ascii_digit).count() >= 8
        })
    })
}

/// True if the link has credentials before the host (RFC 3986 section 3.2.1). The user `git` alone is public.
fn has_user_info(link: &str) -> bool {
    link.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| !user.is_empty() && user != "git")
    })
}

fn is_credential_parameter(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let name = name.rsplit(['[', '/']).next().unwrap_or_default().trim_end_matches(']');
    let is_named = CREDENTIAL_PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known));
    let is_placeholder = value.starts_with(['[', '{', '<', '$']);
    (is_named && value.len() >= MIN_CREDENTIAL_LEN && !is_placeholder) || secret::is_random(value)
}

/// True if the path has a long random segment, or a shorter one after a word such as `reset`.
fn has_key_segment(link: &str) -> bool {
    let path = link.split_once("://").map_or(link, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut after_access_word = false;
    path.split('/').skip(1).any(|segment| {
        let has_letter = segment.bytes().any(|b| b.is_ascii_alphabetic());
        let has_digit = segment.bytes().any(|b| b.is_ascii_digit());
        let is_key = after_access_word && has_letter && has_digit && segment.len() >= MIN_KEY_LEN;
        after_access_word |=
            segment.split(['-', '_', '.']).any(|part| ACCESS_WORDS.iter().any(|word| part.eq_ignore_ascii_case(word)));
        is_key || secret::is_random(segment)
    })
}
