//! E-mail addresses in unusual forms: spelled (`name at example dot com`), quoted, with spaces, without a top-level domain,
//! at an address literal, and Matrix IDs.

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::spans::Spans;

/// Words for `@`, each between spaces.
pub(super) const AT_WORDS_SPELLED: [&str; 20] = [
    "at",
    "AT",
    "arroba",
    "chiocciola",
    "apestaart",
    "apenstaartje",
    "arobase",
    "arobas",
    "zavináč",
    "zavinac",
    "snabela",
    "krøllalfa",
    "собачка",
    "klammeraffe",
    "małpa",
    "malpa",
    "завинач",
    "собака",
    "kukac",
    "snabel-a",
];

/// Words for `.`, each between spaces.
const DOT_WORDS: [&str; 18] = [
    "dot",
    "DOT",
    "punkt",
    "punto",
    "ponto",
    "point",
    "kropka",
    "tecka",
    "tečka",
    "точка",
    "nokta",
    "piste",
    "bodka",
    "крапка",
    "pont",
    "prik",
    "punktum",
    "punct",
];

/// What stands after `@` in names of packages, versions and local accounts, which are no addresses.
const NO_DOMAINS: [&str; 16] = [
    "latest",
    "next",
    "beta",
    "alpha",
    "canary",
    "rc",
    "dev",
    "stable",
    "master",
    "main",
    "head",
    "localhost",
    "types",
    "babel",
    "angular",
    "vue",
];

/// Finds addresses in unusual forms.
pub(super) fn find(text: &str, spans: &mut Spans) {
    let words = words(text);
    find_spelled(text, &words, spans);
    for (at, _) in text.match_indices('@') {
        if let Some(range) = quoted(text, at)
            .or_else(|| address_literal(text, at))
            .or_else(|| matrix_id(text, at))
            .or_else(|| spaced(text, at))
            .or_else(|| without_top_level(text, at))
        {
            spans.add(PiiKind::Email, range);
        }
    }
}

/// The words of a text and their offsets.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    text.split(' ')
        .map(|word| {
            let start = at;
            at += word.len() + 1;
            (start, word)
        })
        .collect()
}

fn is_label(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

/// Finds `name at example dot com`, where the name may have spelled dots as well.
fn find_spelled(text: &str, words: &[(usize, &str)], spans: &mut Spans) {
    let word = |index: usize| words.get(index).map_or("", |(_, word)| word);
    let is_dot = |index: usize| DOT_WORDS.contains(&word(index));
    for index in (1..words.len()).filter(|index| AT_WORDS_SPELLED.contains(&word(*index))) {
        let (mut first, mut last) = (index - 1, index + 1);
        if !is_label(word(first).trim_matches(['.', '\''])) || !is_label(word(last)) {
            continue;
        }
        while first >= 2 && is_dot(first - 1) && is_label(word(first - 2)) {
            first -= 2;
        }
        let mut dots = 0;
        while is_dot(last + 1) && is_label(word(last + 2)) {
            last += 2;
            dots += 1;
        }
        let top_level = word(last);
        let is_domain = dots > 0 && top_level.chars().all(char::is_alphabetic) && top_level.chars().nth(1).is_some();
        if let (true, Some((start, _)), Some((from, end))) = (is_domain, words.get(first), words.get(last)) {
            spans.add(PiiKind::Email, *start..(from + end.len()).min(text.len()));
        }
    }
}

/// The length of the label that `text` begins or ends with, given its characters in that direction.
fn run_len(chars: impl Iterator<Item = char>) -> usize {
    let is_part = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    chars.take_while(is_part).map(char::len_utf8).sum()
}

/// `"john doe"@example.com` (RFC 5321 section 4.1.2, Quoted-string).
fn quoted(text: &str, at: usize) -> Option<core::ops::Range<usize>> {
    let before = text.get(..at)?.strip_suffix('"')?;
    let start = before.rfind('"')?;
    let len = run_len(text.get(at + 1..)?.chars());
    (start + 1 < before.len() && len >= 3).then_some(start..at + 1 + len)
}

/// `user@[192.0.2.1]` (RFC 5321 section 4.1.3).
fn address_literal(text: &str, at: usize) -> Option<core::ops::Range<usize>> {
    let start = at - run_len(text.get(..at)?.chars().rev());
    let literal = text.get(at + 1..)?.strip_prefix('[')?;
    let len = literal.find(']')?;
    let is_address =
        literal.get(..len)?.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'.' | b':' | b'I' | b'P' | b'v'));
    (start < at && len >= 3 && is_address).then_some(start..at + 2 + len + 1)
}

/// `@user:example.org`, a user of the Matrix network.
fn matrix_id(text: &str, at: usize) -> Option<core::ops::Range<usize>> {
    let user_len = run_len(text.get(at + 1..)?.chars());
    let server = text.get(at + 1 + user_len..)?.strip_prefix(':')?;
    let server_len = run_len(server.chars());
    let is_server = server.get(..server_len)?.contains('.') && server.starts_with(char::is_alphanumeric);
    (user_len > 0 && is_server).then_some(at..at + 2 + user_len + server_len)
}

/// `user @ example.com`
fn spaced(text: &str, at: usize) -> Option<core::ops::Range<usize>> {
    let before = text.get(..at)?.strip_suffix(' ')?;
    let start = before.len() - run_len(before.chars().rev());
    let mut rest = text.get(at + 1..)?.strip_prefix(' ')?;
    let mut end = at + 2;
    let mut labels = 0;
    loop {
        let len = run_len(rest.chars());
        if len == 0 {
            return None;
        }
        labels += rest.get(..len)?.split('.').count();
        end += len;
        match rest.get(len..)?.strip_prefix(" . ") {
            Some(next) => {
                rest = next;
                end += 3;
            }
            None => break,
        }
    }
    (start < before.len() && labels >= 2).then_some(start..end)
}

/// `user@example`, as people type it who forget the rest.
fn without_top_level(text: &str, at: usize) -> Option<core::ops::Range<usize>> {
    let start = at - run_len(text.get(..at)?.chars().rev());
    let after = text.get(at + 1..)?;
    let len = run_len(after.chars());
    let (user, domain) = (text.get(start..at)?, after.get(..len)?);
    let follows = after.get(len..)?;
    let is_word = |text: &str| text.chars().nth(2).is_some() && text.starts_with(char::is_alphabetic);
    let is_name = domain.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    let is_known =
        NO_DOMAINS.iter().any(|other| domain.eq_ignore_ascii_case(other)) || matches!(user, "git" | "root" | "pi");
    let ends = follows.is_empty() || follows.starts_with([' ', ',', '?']);
    (is_word(user) && is_word(domain) && is_name && !is_known && ends).then_some(start..at + 1 + len)
}
