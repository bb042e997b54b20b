//! Links (RFC 3986): which let their holder in, which only lead somewhere.

use core::ops::Range;

use crate::fields::pii::escape::Decoded;
use crate::fields::pii::spans::Claims;
use crate::fields::pii::tokenizer::is_spaceless;
use crate::fields::pii::{PiiKind, email, secret};

/// Parameters whose value is a credential, in lower case.
const PARAMETERS: [&str; 44] = [
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
const DOORS: [&str; 14] = [
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

/// Shorter values of a credential parameter are placeholders or switches.
const SHORTEST_VALUE: usize = 4;

/// A key in a path is at least this long.
const SHORTEST_KEY: usize = 16;

/// Claims the links that hold a credential, as they are written or without up to
/// `layers` of percent escapes. Protects the others, and returns where they are.
pub(super) fn find(text: &str, layers: usize, claims: &mut Claims) -> Vec<Range<usize>> {
    let mut plain = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let start = at;
        at += word.len();
        let Some((from, to)) = extent(word) else {
            continue;
        };
        // What begins in a plain link was judged with it.
        if !claims.free(&(start + from..start + from + 1)) {
            continue;
        }
        if opens_as_read(word.get(from..to).unwrap_or_default(), layers) {
            claims.claim(PiiKind::Link, start + from..start + to);
        } else {
            claims.protect(start + from..start + to);
            plain.push(start + from..start + to);
        }
    }
    plain
}

fn opens_as_read(link: &str, layers: usize) -> bool {
    let deeper = || Decoded::of(link).is_some_and(|decoded| opens_as_read(&decoded.text, layers - 1));
    opens(link) || layers > 0 && deeper()
}

/// Where the link in a word begins and ends, without what surrounds it.
fn extent(word: &str) -> Option<(usize, usize)> {
    let (from, schemed) = match word.find("://") {
        Some(colon) => {
            let before = word.get(..colon)?;
            let is_scheme = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
            let scheme: usize = before.chars().rev().take_while(is_scheme).map(char::len_utf8).sum();
            (colon - scheme, colon + 3)
        }
        None if is_bare_link(word) => {
            let lead = word.len() - word.trim_start_matches(['"', '\'', '<', '(']).len();
            (lead, lead)
        }
        None => return None,
    };
    if from == schemed.saturating_sub(3) && schemed != from {
        return None;
    }
    let body = word.get(schemed..)?;
    let closes = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`') || is_spaceless(c);
    let body = body.get(..body.find(closes).unwrap_or(body.len()))?;
    let body = body.trim_end_matches(['.', ',', ';', '!', '?', ')', ']', '\'', ':']);
    (!body.is_empty()).then_some((from, schemed + body.len()))
}

/// `example.com/path?token=…` without a scheme: a host with a dot, then a path
/// or a query that assigns something.
fn is_bare_link(word: &str) -> bool {
    let word = word.trim_start_matches(['"', '\'', '<', '(']);
    let Some(end) = word.find(['/', '?', '#']) else {
        return false;
    };
    let host = word.get(..end).unwrap_or_default();
    let top = host.rsplit_once('.').map_or("", |(_, top)| top);
    word.contains('=')
        && top.len() >= 2
        && top.bytes().all(|b| b.is_ascii_alphabetic())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

/// Whether whoever holds the link gets in, or learns who it was made for.
fn opens(link: &str) -> bool {
    has_user_info(link)
        || link.split(['?', '#', '&', ';']).skip(1).any(is_credential)
        || has_key_segment(link)
        || calls(link)
        || secret::occurs(link)
        || email::occurs(link)
}

/// Whether the link starts a chat with a telephone number.
fn calls(link: &str) -> bool {
    ["wa.me/", "phone=", "tel="].iter().any(|lead| {
        link.split_once(lead).is_some_and(|(_, rest)| {
            let rest = rest.trim_start_matches('+');
            rest.bytes().take_while(u8::is_ascii_digit).count() >= 8
        })
    })
}

/// RFC 3986, 3.2.1: credentials before the host. A lone `git` is no secret.
fn has_user_info(link: &str) -> bool {
    link.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| !user.is_empty() && user != "git")
    })
}

fn is_credential(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let name = name.rsplit(['[', '/']).next().unwrap_or_default().trim_end_matches(']');
    let named = PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known));
    let placeholder = value.starts_with(['[', '{', '<', '$']);
    (named && value.len() >= SHORTEST_VALUE && !placeholder) || secret::is_random(value)
}

/// A long random path segment, or a shorter one behind a word such as `reset`.
fn has_key_segment(link: &str) -> bool {
    let path = link.split_once("://").map_or(link, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut door = false;
    path.split('/').skip(1).any(|segment| {
        let letters = segment.bytes().any(|b| b.is_ascii_alphabetic());
        let digits = segment.bytes().any(|b| b.is_ascii_digit());
        let key = door && letters && digits && segment.len() >= SHORTEST_KEY;
        door |= segment.split(['-', '_', '.']).any(|part| DOORS.iter().any(|word| part.eq_ignore_ascii_case(word)));
        key || secret::is_random(segment)
    })
}
