//! Secrets that are recognized by their own format: keys and tokens.

use core::ops::Range;

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::spans::Spans;

/// Token formats: a prefix and the minimum length of the rest.
static TOKEN_PREFIXES: [(&str, usize); 31] = [
    ("AGE-SECRET-KEY-1", 20),
    ("age-secret-key-1", 20),
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

/// Maximum length of a base58 cryptocurrency address.
const MAX_BASE58_ADDRESS_LEN: usize = 34;

/// Minimum length of a random string that is treated as a key.
const MIN_RANDOM_LEN: usize = 32;

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b':')
}

/// Finds tokens: known formats, values after `Bearer`, and random strings.
pub(super) fn find_tokens(text: &str, spans: &mut Spans) {
    let mut after_bearer = false;
    for range in byte_runs(text, is_token_byte) {
        let run = text.get(range.clone()).unwrap_or_default();
        // An unsecured JWT ends with the dot before its empty signature.
        let is_unsecured_jwt = is_jwt(run) && run.split('.').count() == 3;
        let value = if is_unsecured_jwt { run } else { run.trim_end_matches(['.', ':']) };
        let end = range.start + value.len();
        if after_bearer && value.len() >= 16 && value.bytes().any(|b| b.is_ascii_digit()) {
            spans.add(PiiKind::Secret, range.start..end);
        } else if let Some(inner) = find_known_format(value) {
            spans.add(PiiKind::Secret, range.start + inner.start..range.start + inner.end);
        } else {
            find_random(text, range.clone(), spans);
        }
        after_bearer = run.eq_ignore_ascii_case("bearer") || run.eq_ignore_ascii_case("bearer:");
    }
}

/// The maximal runs of ASCII bytes that satisfy `predicate`. Their ends are character boundaries.
fn byte_runs(text: &str, predicate: fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split(move |c: char| !u8::try_from(c).is_ok_and(|b| b.is_ascii() && predicate(b))).filter_map(move |part| {
        let start = at;
        at = start + part.len() + next_char_len(text, start + part.len());
        (!part.is_empty()).then_some(start..start + part.len())
    })
}

fn next_char_len(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
}

fn find_random(text: &str, range: Range<usize>, spans: &mut Spans) {
    let run = text.get(range.clone()).unwrap_or_default();
    let is_body_byte = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/' | b'=');
    for part in byte_runs(run, is_body_byte) {
        if run.get(part.clone()).is_some_and(is_random) {
            spans.add(PiiKind::Secret, range.start + part.start..range.start + part.end);
        }
    }
}

/// The range of a token of a known format within a run. It begins the run or follows `=`, `:` or `/`, and continues to the end
/// of the run.
fn find_known_format(run: &str) -> Option<Range<usize>> {
    if run.len() < 16 {
        return None;
    }
    let from = run.find(['=', ':', '/']).map_or(0, |symbol| symbol + 1);
    let starts = [0, if is_telegram_token(run) { 0 } else { from }];
    starts.into_iter().find_map(|start| {
        let token = run.get(start..)?;
        let has_known_prefix = TOKEN_PREFIXES.iter().any(|(prefix, min_len)| {
            token.strip_prefix(prefix).is_some_and(|rest| {
                rest.len() >= *min_len && rest.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            })
        });
        (has_known_prefix || is_twilio_key(token) || is_jwt(token) || is_telegram_token(token))
            .then_some(start..run.len())
    })
}

/// True for a JSON Web Token (RFC 7519): three parts, the first with `{"` in base64url. The last is empty in an unsecured
/// token.
fn is_jwt(token: &str) -> bool {
    let mut parts = token.split('.');
    let valid_header = parts.next().is_some_and(|part| part.starts_with("eyJ") && part.len() >= 10);
    let valid_payload = parts.next().is_some_and(|part| part.len() >= 10);
    valid_header && valid_payload
}

/// True for a Twilio key or account: two letters and 32 hexadecimal digits.
fn is_twilio_key(token: &str) -> bool {
    let Some((prefix, digits)) = token.split_at_checked(2) else {
        return false;
    };
    matches!(prefix, "SK" | "AC") && digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// True for a Telegram bot token: the bot's number, a colon and about 35 characters.
fn is_telegram_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(bot, rest)| {
        (8..=10).contains(&bot.len())
            && bot.bytes().all(|b| b.is_ascii_digit())
            && (33..=36).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    })
}

/// True if a link contains a token of a known format.
pub(super) fn contains_token(link: &str) -> bool {
    link.split(['/', '?', '&', '=', '#']).any(|part| find_known_format(part).is_some())
}

/// True if a string looks random: long, of several character classes, and changing between them about as often as random
/// text (62 % of adjacent pairs in base62, 47 % in hexadecimal; words and file names stay below 20 %).
pub(super) fn is_random(text: &str) -> bool {
    let token = text.trim_end_matches('=');
    if token.len() < MIN_RANDOM_LEN || token.contains('=') || is_public_identifier(token) {
        return false;
    }
    let class = |b: u8| match b {
        b'0'..=b'9' => 1,
        b'a'..=b'z' => 2,
        b'A'..=b'Z' => 4,
        _ => 0,
    };
    let (mut classes, mut changes, mut pairs, mut previous) = (0_u8, 0_usize, 0_usize, 0_u8);
    for class in token.bytes().map(class) {
        if class != 0 && previous != 0 {
            pairs += 1;
            changes += usize::from(class != previous);
        }
        classes |= class;
        previous = class;
    }
    let changes_in = |percent: usize| changes * 100 >= pairs * percent;
    let mostly_alphanumeric = pairs * 2 >= token.len();
    mostly_alphanumeric
        && match classes {
            7 => changes_in(28),
            3 | 5 | 6 => changes_in(35),
            _ => false,
        }
}

/// True for digests, UUIDs, `0x…` strings and cryptocurrency addresses, which people search for.
fn is_public_identifier(token: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
    let is_uuid = token.len() == 36 && token.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let is_bech32 = ["bc1", "tb1", "ltc1"].iter().any(|prefix| token.starts_with(prefix))
        && token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_base58 = token.len() <= MAX_BASE58_ADDRESS_LEN
        && token.starts_with(['1', '3'])
        && token.bytes().all(|b| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b));
    matches!(token.len(), 32 | 40 | 56 | 64 | 96 | 128) && is_hex(token)
        || is_uuid
        || is_bech32
        || is_base58
        || token.strip_prefix("0x").is_some_and(is_hex)
}

/// Length of a text up to its last line of Base64. Lines have 64 characters (RFC 7468 section 2), some programs write 70; half a line
/// counts, since the text may be cut. The first characters of a key, which all keys of its kind share, do not.
fn base64_len(text: &str) -> usize {
    const MIN_LINE: usize = 32;
    let is_line = |word: &str| {
        word.len() >= MIN_LINE
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
            && word.bytes().skip(1).any(|byte| !byte.is_ascii_lowercase())
    };
    let mut end = 0;
    let mut at = 0;
    for word in text.split(' ') {
        at += word.len();
        if is_line(word) {
            end = at;
        }
        at += 1;
    }
    end
}

/// Finds private keys in PuTTY's format, up to the end of the text, and in PEM format (RFC 7468), up to the end line.
/// Without an end line, the text is the start of a key: then up to the last line of Base64.
pub(super) fn find_pem_keys(text: &str, spans: &mut Spans) {
    for (at, header) in text.match_indices("PuTTY-User-Key-File-") {
        let rest = text.get(at + header.len()..).unwrap_or_default();
        // The lines of the file follow, joined by spaces.
        spans.add(PiiKind::Secret, at..text.len() - rest.len() + rest.trim_end().len());
    }
    const BEGIN: &str = "-----BEGIN ";
    const KEY: &str = "PRIVATE KEY-----";
    const MAX_LABEL_LEN: usize = 16;
    for (at, _) in text.match_indices(BEGIN) {
        let rest = text.get(at + BEGIN.len()..).unwrap_or_default();
        let Some(label_len) = rest.find('-').filter(|dash| *dash <= MAX_LABEL_LEN + KEY.len()) else {
            continue;
        };
        let after_label = rest.get(label_len..).unwrap_or_default();
        if !rest.get(..label_len).is_some_and(|label| label.ends_with("PRIVATE KEY"))
            || !after_label.starts_with("-----")
        {
            continue;
        }
        let header_end = at + BEGIN.len() + label_len + "-----".len();
        let tail = text.get(header_end..).unwrap_or_default();
        let body_len = tail.find("-----END ").and_then(|end| {
            let close = tail.get(end..)?.find(KEY)?;
            Some(end + close + KEY.len())
        });
        spans.add(PiiKind::Secret, at..header_end + body_len.unwrap_or_else(|| base64_len(tail)));
    }
}
