//! Telephone numbers: international, and national ways of writing them.

use crate::fields::pii::PiiKind;
use crate::fields::pii::checks::{isbn_10, uniform};
use crate::fields::pii::numbering_plan::{BARE, NATIONAL_FORMS, WORDS, international, is_date, is_service};
use crate::fields::pii::pattern::{self, Fit};
use crate::fields::pii::spans::Claims;
use crate::fields::pii::tokenizer::{Sep, Token, TokenizedText, mentions};

/// The longest number of E.164, and the 00 before it.
const MOST_DIGITS: usize = 17;

/// Up to this many groups make a number; more are a list.
const MOST_GROUPS: usize = 8;

/// The digit groups that may belong to one number: all digits in a row, and for
/// each group the index of its token and how many digits there are up to its end.
#[derive(Debug, Default)]
struct Run {
    digits: String,
    ends: Vec<(usize, usize)>,
}

impl Run {
    fn new(text: &TokenizedText<'_>, first: usize) -> Run {
        let mut run = Run::default();
        let mut opened = false;
        for (index, token) in text.tokens.iter().enumerate().skip(first).take(MOST_GROUPS) {
            if !token.digits || token.glued || token.plus && index > first {
                break;
            }
            if run.digits.len() + token.len() > MOST_DIGITS {
                break;
            }
            let slice = text.slice(token);
            // The trunk prefix of "+49 (0)30" is not dialled from abroad.
            if !(opened && slice == "0") {
                run.digits.push_str(slice);
            }
            run.ends.push((index, run.digits.len()));
            opened = token.sep == Sep::Open;
            if matches!(token.sep, Sep::Other | Sep::Comma) {
                break;
            }
        }
        run
    }

    /// Every beginning of the run, the longest first.
    fn heads(&self) -> impl Iterator<Item = (usize, &str)> {
        let head = |(last, end): &(usize, usize)| Some((*last, self.digits.get(..*end)?));
        self.ends.iter().rev().filter_map(head)
    }
}

/// Claims numbers a `+` or a word announces, which may be written in any way.
pub(super) fn find_announced(text: &TokenizedText<'_>, claims: &mut Claims) {
    let named = mentions(text.text, WORDS);
    for (index, token) in text.tokens.iter().enumerate() {
        let led = token.plus || named;
        if !led || !token.digits || token.glued || !claims.free(&(token.start..token.end)) {
            continue;
        }
        let last = if token.plus { abroad(text, index, "") } else { announced(text, index) };
        if let Some(last) = last {
            claim(text, claims, index, last);
        }
    }
}

fn announced(text: &TokenizedText<'_>, index: usize) -> Option<usize> {
    let run = Run::new(text, index);
    let whole = |(_, digits): &(usize, &str)| (8..=13).contains(&digits.len());
    let (last, digits) = match run.heads().find(whole) {
        Some(head) => head,
        None => (pattern::fit(text, index, "999-9999")?.last, ""),
    };
    let years = text.tokens.iter().take(last + 1).skip(index).all(|token| token.len() == 4);
    let token = text.token(index)?;
    let number = !years && !is_date(digits) && !is_service(text.slice(token), digits) && text.apart(index, last);
    (number && text.announced(token.start, WORDS)).then_some(last)
}

/// Claims the other telephone numbers.
pub(super) fn find(text: &TokenizedText<'_>, claims: &mut Claims) {
    for (index, token) in text.starts() {
        if !token.digits || token.glued || token.plus || !claims.free(&(token.start..token.end)) {
            continue;
        }
        let last = abroad(text, index, "00").or_else(|| national(text, index)).or_else(|| trunk(text, index));
        if let Some(last) = last {
            claim(text, claims, index, last);
        }
    }
}

/// `+49 …` and `0049 …`: the longest run of groups that is a whole number.
fn abroad(text: &TokenizedText<'_>, index: usize, prefix: &str) -> Option<usize> {
    let token = text.token(index)?;
    if !text.slice(token).starts_with(prefix) || token.len() < prefix.len() {
        return None;
    }
    if token.plus {
        let before = text.text.get(..token.start.checked_sub(1)?)?.chars().next_back();
        if before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | ')' | ']')) {
            return None;
        }
    }
    let least = if prefix.is_empty() { 8 } else { 10 };
    Run::new(text, index).heads().find_map(|(last, digits)| {
        let digits = digits.strip_prefix(prefix)?;
        let free = text.token(last)?.sep != Sep::Dot || text.apart(last, last);
        (free && digits.len() >= least && international(digits)).then_some(last)
    })
}

fn national(text: &TokenizedText<'_>, index: usize) -> Option<usize> {
    NATIONAL_FORMS.starting(text.token(index)?.len()).iter().find_map(|(shape, check)| {
        let Fit { compact, last, .. } = pattern::fit(text, index, shape)?;
        let sure = text.alone(index, last) && check(compact.bytes());
        let trunk = shape.starts_with("9~") || shape.starts_with("9(");
        let led = !trunk || compact.bytes().first().is_some_and(|b| matches!(b, b'1' | b'7' | b'8'));
        (sure && led).then_some(last)
    })
}

/// Numbers with the trunk prefix 0, as most of the world outside North America
/// writes them (ITU-T E.123, 2): area code first.
fn trunk(text: &TokenizedText<'_>, index: usize) -> Option<usize> {
    let token = text.token(index)?;
    let mut signs = text.slice(token).bytes();
    if signs.next() != Some(b'0') || !signs.next().is_some_and(|b| (b'1'..=b'9').contains(&b)) {
        return None;
    }
    let run = Run::new(text, index);
    if is_service(text.slice(token), &run.digits) {
        return None;
    }
    let slice = text.slice(token);
    let bare = BARE.iter().any(|(prefix, lengths)| slice.starts_with(prefix) && lengths.contains(&slice.len()));
    if bare && text.apart(index, index) && !isbn_10(slice.as_bytes()) && !uniform(slice.as_bytes()) {
        return Some(index);
    }
    run.heads().find_map(|(last, digits)| {
        let fits = (9..=12).contains(&digits.len())
            && text.apart(index, last)
            && !listed(text, index, last)
            && grouped(text, text.tokens.get(index..=last)?);
        fits.then_some(last)
    })
}

/// Whether the groups go on in others as long as themselves, or all begin with 0,
/// as postal codes and area codes do in a list.
fn listed(text: &TokenizedText<'_>, first: usize, last: usize) -> bool {
    let twins = |a: usize, b: usize| match (text.token(a), text.token(b)) {
        (Some(a), Some(b)) => b.digits && a.digits && a.sep == Sep::Space && a.len() == b.len(),
        _ => false,
    };
    let codes = (first..last).all(|a| twins(a, a + 1))
        && text
            .tokens
            .get(first..=last)
            .is_some_and(|tokens| tokens.iter().all(|token| token.len() > 2 && text.slice(token).starts_with('0')));
    codes && last > first || twins(last, last + 1) || first > 0 && twins(first - 1, first)
}

/// Whether the groups are lengths an area code and a number are written in.
fn grouped(text: &TokenizedText<'_>, groups: &[Token]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|token| token.len()).collect();
    let Some((&area, rest)) = lengths.split_first() else {
        return false;
    };
    match (area, rest) {
        (2, [7 | 8] | [4, 4] | [3, 4] | [3, 2, 2] | [3, 3] | [3, 3, 2]) => true,
        (2, [2, 2, 2, 2]) => pairs(text, groups),
        (3..=5, [4..=8]) => true,
        (3..=5, [2..=5, inner @ ..]) => inner.len() <= 3 && inner.iter().all(|&n| (2..=4).contains(&n)),
        _ => false,
    }
}

/// French pairs, unless they rise like a lottery draw or go on for longer.
fn pairs(text: &TokenizedText<'_>, groups: &[Token]) -> bool {
    let values: Vec<u32> = groups.iter().filter_map(|token| text.slice(token).parse().ok()).collect();
    let rising = values.iter().zip(values.iter().skip(1)).all(|(a, b)| a < b);
    let draw = rising && values.iter().all(|&value| value <= 70);
    let index =
        groups.first().and_then(|first| text.tokens.binary_search_by_key(&first.start, |token| token.start).ok());
    !draw && index.is_some_and(|index| text.alone(index, index + groups.len() - 1))
}

/// Takes the number with its `+`, its bracket and its `tel:`.
fn claim(text: &TokenizedText<'_>, claims: &mut Claims, first: usize, last: usize) {
    let (Some(from), Some(to)) = (text.token(first), text.token(last)) else {
        return;
    };
    let mut start = from.start;
    for prefix in ["(", "+", "(", "tel:", "TEL:"] {
        let before = text.text.get(..start).unwrap_or_default();
        let closed = prefix != "(" || from.sep == Sep::Close || from.plus;
        if closed && before.ends_with(prefix) {
            start -= prefix.len();
        }
    }
    if !claims.claim(PiiKind::Phone, start..to.end) {
        claims.claim(PiiKind::Phone, from.start..to.end);
    }
}
