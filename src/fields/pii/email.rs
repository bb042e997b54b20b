//! E-mail addresses, plain and obfuscated ("name (at) example.com").

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::spans::Spans;
use crate::fields::pii::tokenizer::is_unspaced_script;

/// True for a symbol that occurs in the local part of real addresses. The other symbols of RFC 5322 `dot-atom` end an
/// address more often than they belong to one.
fn is_local_part_symbol(c: char) -> bool {
    matches!(c, '.' | '_' | '+' | '-' | '%' | '\'' | '~')
}

/// Finds addresses. A local part or label in a script with spaces ends where a script without spaces begins, because people
/// write both without a space.
pub(super) fn find(text: &str, spans: &mut Spans) {
    for (at, at_sign) in text.match_indices('@') {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + at_sign.len()..).unwrap_or_default();
        let start = local_part_start(before);
        let local_part = before.get(start..).unwrap_or_default();
        let domain_len = domain_len(after, false);
        let domain = after.get(..domain_len).unwrap_or_default();
        if local_part.is_empty() || domain.is_empty() || is_not_mailbox(local_part, domain) {
            continue;
        }
        let end = at + at_sign.len() + domain_len;
        let preceding = before.get(..start).unwrap_or_default();
        let scheme = ["mailto:", "MAILTO:", "Mailto:"].iter().find(|scheme| preceding.ends_with(**scheme));
        let start_with_scheme = scheme.map_or(start, |scheme| start - scheme.len());
        if !spans.add(PiiKind::Email, start_with_scheme..end) {
            spans.add(PiiKind::Email, start..end);
        }
    }
}

/// True for `git@host:path`, which clones a repository, and `icon@2x.png`, an image for high-density screens.
fn is_not_mailbox(local_part: &str, domain: &str) -> bool {
    let is_image = domain
        .split_once("x.")
        .is_some_and(|(factor, _)| !factor.is_empty() && factor.bytes().all(|b| b.is_ascii_digit()));
    local_part == "git" || is_image
}

/// The offset of the local part that `before` ends with.
fn local_part_start(before: &str) -> usize {
    let mut start = before.len();
    let mut is_unspaced = None;
    for (at, c) in before.char_indices().rev() {
        if c.is_alphanumeric() {
            if *is_unspaced.get_or_insert(is_unspaced_script(c)) != is_unspaced_script(c) {
                break;
            }
            start = at;
        } else if !is_local_part_symbol(c) {
            break;
        } else if matches!(c, '_' | '+' | '-' | '~') {
            start = at;
        }
    }
    start
}

/// The length of the domain label that `text` begins with.
fn label_len(text: &str) -> usize {
    let is_unspaced = text.chars().next().map(is_unspaced_script);
    text.char_indices()
        .find(|(_, c)| {
            !(*c == '-' || c.is_alphanumeric()) || c.is_alphanumeric() && Some(is_unspaced_script(*c)) != is_unspaced
        })
        .map_or(text.len(), |(at, _)| at)
}

/// The length of the dot before the next label, which may be spelled out if `obfuscated`; 0 if there is none.
fn dot_len(text: &str, obfuscated: bool) -> usize {
    let dot = usize::from(text.starts_with('.'));
    if dot == 1 || !obfuscated {
        return dot;
    }
    const SPELLED: [&str; 16] = [
        "(punkt)",
        "[punkt]",
        "(punto)",
        "[punto]",
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
    SPELLED.iter().find(is_next).map_or(0, |dot| dot.len())
}

/// The length of the domain that `text` begins with: at least two labels, the last of which has the form of a top-level
/// domain (RFC 3696 section 2: not all numeric). 0 if there is none.
fn domain_len(text: &str, obfuscated: bool) -> usize {
    let (mut len, mut valid_len, mut labels) = (0, 0, 0);
    loop {
        let rest = text.get(len..).unwrap_or_default();
        let label = rest.get(..label_len(rest)).unwrap_or_default();
        if label.is_empty() || label.starts_with('-') {
            break;
        }
        labels += 1;
        len += label.len();
        let is_top_level =
            label.starts_with("xn--") || label.chars().all(char::is_alphabetic) && label.chars().nth(1).is_some();
        if labels >= 2 && is_top_level {
            valid_len = len;
        }
        let dot_len = dot_len(text.get(len..).unwrap_or_default(), obfuscated);
        if dot_len == 0 {
            break;
        }
        len += dot_len;
    }
    valid_len
}

/// Finds addresses whose `@` is a bracketed word.
pub(super) fn find_obfuscated(text: &str, spans: &mut Spans) {
    const AT_WORDS: [&str; 7] = ["at", "At", "AT", "ät", "Ät", "arroba", "@"];
    for (open, _) in text.match_indices(['(', '[', '{']) {
        let inside = text.get(open + 1..).unwrap_or_default();
        let word = inside.trim_start_matches(' ');
        let Some(rest) = AT_WORDS.iter().find_map(|at| word.strip_prefix(at)) else {
            continue;
        };
        let Some(rest) = rest.trim_start_matches(' ').strip_prefix([')', ']', '}']) else {
            continue;
        };
        let domain = rest.strip_prefix(' ').unwrap_or(rest);
        let domain_len = domain_len(domain, true);
        let before = text.get(..open).unwrap_or_default();
        let before = before.strip_suffix(' ').unwrap_or(before);
        let start = local_part_start(before);
        if domain_len > 0 && start < before.len() {
            spans.add(PiiKind::Email, start..text.len() - domain.len() + domain_len);
        }
    }
}

/// True if the text contains an address. Used for the parts of a link.
pub(super) fn contains_address(text: &str) -> bool {
    text.contains('@') && {
        let mut spans = Spans::new(text);
        find(text, &mut spans);
        !spans.into_sorted().is_empty()
    }
}
