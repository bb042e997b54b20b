//! Passwords, keys and tokens.

use core::ops::Range;

use crate::fields::pii::PiiKind;
use crate::fields::pii::spans::Claims;

/// Token formats with a prefix of their own: prefix, least length of the rest.
static PREFIXES: [(&str, usize); 29] = [
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("xoxb-", 12),
    ("xoxp-", 12),
    ("xoxa-", 12),
    ("xoxr-", 12),
    ("xoxs-", 12),
    ("xapp-", 12),
    ("sk_live_", 16),
    ("rk_live_", 16),
    ("sk_test_", 16),
    ("whsec_", 20),
    ("AIza", 30),
    ("ya29.", 20),
    ("sk-proj-", 20),
    ("sk-ant-", 20),
    ("npm_", 30),
    ("pypi-", 40),
    ("hf_", 30),
    ("dop_v1_", 40),
    ("shpat_", 30),
    ("SG.", 40),
];

/// The longest ledger address in base 58.
const LONGEST_ADDRESS: usize = 34;

/// From this length on, a random string is taken for a key.
const LONG: usize = 32;

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b':')
}

/// Claims tokens: known formats, what follows `Bearer`, and random strings.
pub(super) fn tokens(text: &str, claims: &mut Claims) {
    let mut bearer = false;
    for range in runs(text, is_token_byte) {
        let run = text.get(range.clone()).unwrap_or_default();
        // An unsecured JWT ends with the dot before its missing signature.
        let unsigned = is_jwt(run) && run.split('.').count() == 3;
        let value = if unsigned { run } else { run.trim_end_matches(['.', ':']) };
        let end = range.start + value.len();
        if bearer && value.len() >= 16 && value.bytes().any(|b| b.is_ascii_digit()) {
            claims.claim(PiiKind::Secret, range.start..end);
        } else if let Some(inner) = known(value) {
            claims.claim(PiiKind::Secret, range.start + inner.start..range.start + inner.end);
        } else {
            random_parts(text, range.clone(), claims);
        }
        bearer = run.eq_ignore_ascii_case("bearer") || run.eq_ignore_ascii_case("bearer:");
    }
}

/// The maximal runs of bytes that satisfy `holds` (ASCII only, so that the ends
/// are character boundaries).
fn runs(text: &str, holds: fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split(move |c: char| !u8::try_from(c).is_ok_and(|b| b.is_ascii() && holds(b))).filter_map(move |part| {
        let start = at;
        at = start + part.len() + next_length(text, start + part.len());
        (!part.is_empty()).then_some(start..start + part.len())
    })
}

fn next_length(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
}

fn random_parts(text: &str, range: Range<usize>, claims: &mut Claims) {
    let run = text.get(range.clone()).unwrap_or_default();
    let body = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/' | b'=');
    for part in runs(run, body) {
        if run.get(part.clone()).is_some_and(is_random) {
            claims.claim(PiiKind::Secret, range.start + part.start..range.start + part.end);
        }
    }
}

/// Where in a run a token of a known format stands. It begins the run or follows
/// a sign; its rest goes on to the end of the run.
fn known(run: &str) -> Option<Range<usize>> {
    if run.len() < 16 {
        return None;
    }
    let from = run.find(['=', ':', '/']).map_or(0, |sign| sign + 1);
    let starts = [0, if telegram(run) { 0 } else { from }];
    starts.into_iter().find_map(|start| {
        let token = run.get(start..)?;
        let prefixed = PREFIXES.iter().any(|(prefix, least)| {
            token.strip_prefix(prefix).is_some_and(|rest| {
                rest.len() >= *least && rest.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            })
        });
        (prefixed || is_jwt(token) || telegram(token)).then_some(start..run.len())
    })
}

/// RFC 7519 JSON Web Token: `{"` in base64url, three parts; the last one is empty
/// for an unsecured token.
fn is_jwt(token: &str) -> bool {
    let mut parts = token.split('.');
    let head = parts.next().is_some_and(|part| part.starts_with("eyJ") && part.len() >= 10);
    let body = parts.next().is_some_and(|part| part.len() >= 10);
    head && body
}

/// A Telegram bot token: the bot's number, a colon, 35 characters.
fn telegram(token: &str) -> bool {
    token.split_once(':').is_some_and(|(bot, rest)| {
        (8..=10).contains(&bot.len())
            && bot.bytes().all(|b| b.is_ascii_digit())
            && (33..=36).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    })
}

/// Whether a known or random token stands in a link.
pub(super) fn occurs(link: &str) -> bool {
    link.split(['/', '?', '&', '=', '#']).any(|part| known(part).is_some())
}

/// Whether a string reads as random: long, of several classes of characters, and
/// changing between them about as often as chance does (62 % of all neighbours in
/// base 62, 47 % in hexadecimal; words and file names stay under 20 %).
pub(super) fn is_random(text: &str) -> bool {
    let token = text.trim_end_matches('=');
    if token.len() < LONG || token.contains('=') || is_public(token) {
        return false;
    }
    let class = |b: u8| match b {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 4,
        _ => 0,
    };
    let (mut seen, mut changes, mut pairs, mut before) = (0_u8, 0_usize, 0_usize, 0_u8);
    for class in token.bytes().map(class) {
        if class != 0 && before != 0 {
            pairs += 1;
            changes += usize::from(class != before);
        }
        seen |= class;
        before = class;
    }
    let share = |percent: usize| changes * 100 >= pairs * percent;
    let sure = pairs * 2 >= token.len();
    sure && match seen {
        7 => share(28),
        3 | 5 | 6 => share(35),
        _ => false,
    }
}

/// Digests, UUIDs, `0x…` and ledger addresses, which people search for.
fn is_public(token: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let uuid = token.len() == 36 && token.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let ledger = ["bc1", "tb1", "ltc1"].iter().any(|prefix| token.starts_with(prefix))
        && token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let base58 = token.len() <= LONGEST_ADDRESS
        && token.starts_with(['1', '3'])
        && token.bytes().all(|b| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b));
    matches!(token.len(), 32 | 40 | 56 | 64 | 96 | 128) && hex(token)
        || uuid
        || ledger
        || base58
        || token.strip_prefix("0x").is_some_and(hex)
}

/// Claims private keys in the textual encoding of RFC 7468: to the end line, or
/// as far as base 64 goes on, or at least the header.
pub(super) fn armoured_keys(text: &str, claims: &mut Claims) {
    const BEGIN: &str = "-----BEGIN ";
    const KEY: &str = "PRIVATE KEY-----";
    const LONGEST_LABEL: usize = 16;
    for (at, _) in text.match_indices(BEGIN) {
        let rest = text.get(at + BEGIN.len()..).unwrap_or_default();
        let Some(label) = rest.find('-').filter(|dash| *dash <= LONGEST_LABEL + KEY.len()) else {
            continue;
        };
        let body = rest.get(label..).unwrap_or_default();
        if !rest.get(..label).is_some_and(|label| label.ends_with("PRIVATE KEY")) || !body.starts_with("-----") {
            continue;
        }
        let header = at + BEGIN.len() + label + "-----".len();
        let tail = text.get(header..).unwrap_or_default();
        let length = tail.find("-----END ").and_then(|end| {
            let close = tail.get(end..)?.find(KEY)?;
            Some(end + close + KEY.len())
        });
        claims.claim(PiiKind::Secret, at..header + length.unwrap_or(0));
    }
}
