//! Mail addresses, plain and spelt ("name (at) example.com").

use crate::fields::pii::PiiKind;
use crate::fields::pii::spans::Claims;
use crate::fields::pii::tokenizer::is_spaceless;

/// Signs of a local part (RFC 5322 `dot-atom`) that occur in addresses people
/// have; the others end an address more often than they belong to one.
fn is_local_sign(c: char) -> bool {
    matches!(c, '.' | '_' | '+' | '-' | '%' | '\'' | '~')
}

/// Claims addresses. A local part or a label in a script with spaces ends where
/// a script without spaces begins: people write both without a gap.
pub(super) fn find(text: &str, claims: &mut Claims) {
    for (at, sign) in text.match_indices('@') {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + sign.len()..).unwrap_or_default();
        let start = local_start(before);
        let local = before.get(start..).unwrap_or_default();
        let domain = domain_length(after, false);
        let name = after.get(..domain).unwrap_or_default();
        if local.is_empty() || name.is_empty() || is_no_mailbox(local, name) {
            continue;
        }
        let end = at + sign.len() + domain;
        let linked = before.get(..start).unwrap_or_default();
        let scheme = ["mailto:", "MAILTO:", "Mailto:"].iter().find(|s| linked.ends_with(**s));
        let wide = scheme.map_or(start, |scheme| start - scheme.len());
        if !claims.claim(PiiKind::Email, wide..end) {
            claims.claim(PiiKind::Email, start..end);
        }
    }
}

/// `git@host:path` clones a repository; `icon@2x.png` is a picture for a screen
/// of double density.
fn is_no_mailbox(local: &str, domain: &str) -> bool {
    let scaled = domain
        .split_once("x.")
        .is_some_and(|(factor, _)| !factor.is_empty() && factor.bytes().all(|b| b.is_ascii_digit()));
    local == "git" || scaled
}

/// Where the local part that ends `before` begins.
fn local_start(before: &str) -> usize {
    let mut start = before.len();
    let mut script = None;
    for (at, c) in before.char_indices().rev() {
        if c.is_alphanumeric() {
            if *script.get_or_insert(is_spaceless(c)) != is_spaceless(c) {
                break;
            }
            start = at;
        } else if !is_local_sign(c) {
            break;
        } else if matches!(c, '_' | '+' | '-' | '~') {
            start = at;
        }
    }
    start
}

fn label_length(text: &str) -> usize {
    let script = text.chars().next().map(is_spaceless);
    text.char_indices()
        .find(|(_, c)| !(*c == '-' || c.is_alphanumeric()) || c.is_alphanumeric() && Some(is_spaceless(*c)) != script)
        .map_or(text.len(), |(at, _)| at)
}

/// The length of the dot in front of the next label, if there is one.
fn dot_length(text: &str, spelt: bool) -> usize {
    let plain = usize::from(text.starts_with('.'));
    if plain == 1 || !spelt {
        return plain;
    }
    const SPELT: [&str; 12] = [
        " . ",
        " dot ",
        " punkt ",
        " (dot) ",
        " [dot] ",
        " {dot} ",
        "(dot)",
        "[dot]",
        "{dot}",
        " (punkt) ",
        " [punkt] ",
        " punto ",
    ];
    let is_next = |dot: &&&str| text.get(..dot.len()).is_some_and(|head| head.eq_ignore_ascii_case(dot));
    SPELT.iter().find(is_next).map_or(0, |dot| dot.len())
}

/// The length of the domain `text` begins with: at least two labels, the last
/// of which is a top-level domain by its form (RFC 3696, 2: not all numeric).
fn domain_length(text: &str, spelt: bool) -> usize {
    let (mut length, mut whole, mut labels) = (0, 0, 0);
    loop {
        let rest = text.get(length..).unwrap_or_default();
        let label = rest.get(..label_length(rest)).unwrap_or_default();
        if label.is_empty() || label.starts_with('-') {
            break;
        }
        labels += 1;
        length += label.len();
        let top = label.starts_with("xn--") || label.chars().all(char::is_alphabetic) && label.chars().nth(1).is_some();
        if labels >= 2 && top {
            whole = length;
        }
        let dot = dot_length(text.get(length..).unwrap_or_default(), spelt);
        if dot == 0 {
            break;
        }
        length += dot;
    }
    whole
}

/// Claims addresses whose `@` is a bracketed word.
pub(super) fn find_spelt(text: &str, claims: &mut Claims) {
    const WORDS: [&str; 4] = ["at", "At", "AT", "ät"];
    for (open, _) in text.match_indices(['(', '[', '{']) {
        let inside = text.get(open + 1..).unwrap_or_default();
        let word = inside.trim_start_matches(' ');
        let Some(rest) = WORDS.iter().find_map(|at| word.strip_prefix(at)) else {
            continue;
        };
        let Some(rest) = rest.trim_start_matches(' ').strip_prefix([')', ']', '}']) else {
            continue;
        };
        let domain = rest.strip_prefix(' ').unwrap_or(rest);
        let length = domain_length(domain, true);
        let before = text.get(..open).unwrap_or_default();
        let before = before.strip_suffix(' ').unwrap_or(before);
        let start = local_start(before);
        if length > 0 && start < before.len() {
            claims.claim(PiiKind::Email, start..text.len() - domain.len() + length);
        }
    }
}

/// Whether the text holds an address anywhere; for the parts of a link.
pub(super) fn occurs(text: &str) -> bool {
    text.contains('@') && {
        let mut claims = Claims::new(text);
        find(text, &mut claims);
        !claims.into_findings().is_empty()
    }
}
