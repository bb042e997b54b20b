//! Compatibility characters whose NFKC mapping loses meaning: each is spelled in another way before NFKC is applied.
//!
//! The rule for each class of compatibility mappings (`UnicodeData.txt`, field 5):
//!
//! * `<fraction>`: digits around a slash, separated from a number before or after (`1½`: `1 1/2`).
//! * `<super>`: an exponent after a base has a `^` (`10⁶`: `10^6`), in parentheses if it is a sum (`xⁿ⁺¹`: `x^(n+1)`).
//!   Letters are ordinals and abbreviations (`1ˢᵗ`: `1st`), except for the usual names of exponents (`xⁿ`: `x^n`). Without a
//!   base they are plain (`¹⁴C`: `14C`), and so is a charge (`Na⁺`: `Na+`).
//! * `<sub>`: plain (`H₂O`: `H2O`), with a `_` after a digit and for a sum (`101₂`: `101_2`, `xₙ₊₁`: `x_(n+1)`).
//! * `<circle>` and numbers in parentheses, with a full stop or with a CJK sign: their digits do not join others (`①②`: `1 2`).
//! * `<square>`: as NFKC, with the exponent of a unit (`㎡`: `m^2`).
//! * `<compat>`: signs that abbreviate words are words of their own (`Intel™ Core`: `Intel TM Core`); a spacing accent is the
//!   character that people type it for (`geht´s`: `geht's`), or its mark without a space; letters that a living orthography
//!   writes as one are kept ([`is_kept`]).
//! * `<noBreak>`: a hyphen is `-`.
//! * `<font>`, `<wide>`, `<narrow>`, `<small>`, `<vertical>` and the Arabic forms: as NFKC.

use std::borrow::Cow;

use icu_properties::props::GeneralCategory;
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};

use crate::fields::keyword::hangul;
use crate::fields::keyword::nfkc;
use crate::fields::keyword::scripts::Run;

const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();

/// Thai and Lao vowel signs AM, and the mark and vowel into which NFKC decomposes each. Tone marks may be between the two.
const AM: [(char, char, char, [char; 4]); 2] = [
    ('\u{e33}', '\u{e4d}', '\u{e32}', ['\u{e48}', '\u{e49}', '\u{e4a}', '\u{e4b}']),
    ('\u{eb3}', '\u{ecd}', '\u{eb2}', ['\u{ec8}', '\u{ec9}', '\u{eca}', '\u{ecb}']),
];

/// True for letters that NFKC decomposes although their orthography writes them as one: Thai and Lao AM, Armenian `և`, and the
/// Korean letters that are written alone (`ㅋㅋㅋ`), which NFKC would compose into syllables.
pub(super) fn is_kept(c: char) -> bool {
    matches!(c, '\u{587}' | '\u{e33}' | '\u{eb3}') || hangul::is_letter(c)
}

/// Restores kept letters that were sent decomposed, so that each has one encoding.
pub(super) fn restore(mut text: String) -> String {
    for (am, mark, vowel, tones) in AM {
        if !text.contains(mark) {
            continue;
        }
        text = text.replace(&String::from_iter([mark, vowel]), am.encode_utf8(&mut [0; 4]));
        for tone in tones {
            text = text.replace(&String::from_iter([mark, tone, vowel]), &String::from_iter([tone, am]));
        }
    }
    hangul::restore_letters(text)
}

/// How a character is spelled.
enum Spelling {
    /// As it is; NFKC follows.
    Same,
    /// As this text.
    Text(Cow<'static, str>),
    /// As this text, whose digits do not join those around it.
    Number(Cow<'static, str>),
    /// As this text, separated from letters and digits around it.
    Word(Cow<'static, str>),
}

/// Spells the characters whose NFKC mapping loses meaning. No such character is left.
pub(super) fn respell(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut speller = Speller { text: String::with_capacity(text.len() + 16), end: End::Open };
    let mut rest = text.chars();
    while let Some(c) = rest.clone().next() {
        if is_degree(rest.as_str(), &speller.text) {
            rest.next();
            speller.push(c, Spelling::Text("°".into()));
            continue;
        }
        let run = Run::take(&mut rest);
        if run.is_empty() {
            rest.next();
            speller.push(c, spelling(c));
        } else {
            speller.push_run(&run, rest.clone().next());
        }
    }
    Cow::Owned(speller.text)
}

/// Whether the next character may join the end of the text.
#[derive(PartialEq, Eq)]
enum End {
    Open,
    /// A digit may not.
    Number,
    /// Neither a digit nor a letter may.
    Word,
}

struct Speller {
    text: String,
    end: End,
}

impl Speller {
    fn push(&mut self, c: char, spelling: Spelling) {
        match spelling {
            Spelling::Same => {
                self.separate(is_digit(c), c.is_alphanumeric());
                self.text.push(c);
                self.end = End::Open;
            }
            Spelling::Text(spelled) => {
                self.push_str(&spelled);
                self.end = End::Open;
            }
            Spelling::Number(spelled) => {
                self.push_number(&spelled);
            }
            Spelling::Word(spelled) => {
                if self.text.chars().next_back().is_some_and(|last| last.is_alphanumeric()) {
                    self.text.push(' ');
                }
                self.text.push_str(&spelled);
                self.end = End::Word;
            }
        }
    }

    /// Appends a run of superscripts or of subscripts. `next` is the character after it.
    fn push_run(&mut self, run: &Run, next: Option<char>) {
        let last = self.text.chars().next_back();
        if last == Some('/') || next.is_some_and(is_slash) {
            // Half of a fraction: `¹⁄₂`.
            self.push_number(run.text());
            return;
        }
        let spelled = run.spell(last.is_some_and(is_base), last.is_some_and(is_digit));
        self.push_number(&spelled);
    }

    /// Appends text that may begin or end with a digit.
    fn push_number(&mut self, spelled: &str) {
        let begins_with_digit = spelled.starts_with(|c: char| c.is_ascii_digit());
        if begins_with_digit && self.text.chars().next_back().is_some_and(is_digit) {
            self.text.push(' ');
            self.end = End::Open;
        }
        self.push_str(spelled);
        let is_number = spelled.ends_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
        self.end = if is_number { End::Number } else { End::Open };
    }

    fn push_str(&mut self, spelled: &str) {
        self.separate(spelled.starts_with(is_digit), spelled.starts_with(char::is_alphanumeric));
        self.text.push_str(spelled);
    }

    fn separate(&mut self, before_digit: bool, before_letter: bool) {
        let must_separate = match self.end {
            End::Open => false,
            End::Number => before_digit,
            End::Word => before_digit || before_letter,
        };
        if must_separate {
            self.text.push(' ');
        }
    }
}

/// The spelling of a character that is in no run.
fn spelling(c: char) -> Spelling {
    match c {
        '\u{0}'..='\u{a7}' => Spelling::Same,
        '¼' | '½' | '¾' | '\u{2150}'..='\u{215e}' | '\u{2189}' => {
            Spelling::Number(nfkc::map(c).replace('⁄', "/").into())
        }
        '⅟' => Spelling::Number("1/".into()),
        '\u{2460}'..='\u{249b}' | '⓪' | '\u{3251}'..='\u{325f}' | '\u{32b1}'..='\u{32bf}' => number(c),
        '\u{32c0}'..='\u{32cb}' | '\u{3358}'..='\u{3370}' | '\u{33e0}'..='\u{33fe}' => number(c),
        '\u{1f100}'..='\u{1f10a}' => number(c),
        '℀' | '℁' | '℅' | '℆' | '№' | '℠' | '℡' | '™' | '℻' | '\u{1f16a}'..='\u{1f16c}' | '\u{fdfa}' | '\u{fdfb}' => {
            Spelling::Word(nfkc::map(c).into())
        }
        '\u{ffa1}'..='\u{ffdc}' => hangul::widen(c).map_or(Spelling::Same, |wide| text(wide.to_string())),
        _ => symbol(c).map_or_else(|| spacing_mark(c), |spelled| Spelling::Number(spelled.into())),
    }
}

fn text(spelled: String) -> Spelling {
    Spelling::Text(spelled.into())
}

fn number(c: char) -> Spelling {
    Spelling::Number(nfkc::map(c).into())
}

/// Punctuation, spacing accents and units that are spelled differently from NFKC.
fn symbol(c: char) -> Option<&'static str> {
    Some(match c {
        // Slashes of fractions and units.
        '\u{2044}' | '\u{2215}' => "/",
        '\u{2011}' => "-",
        // Acute accents and Greek breathings are typed for the apostrophe, the ring for the degree sign.
        '\u{b4}' | '\u{384}' | '\u{1fbd}' | '\u{1fbf}' | '\u{1ffd}' => "'",
        '\u{2da}' => "°",
        '\u{2dc}' => "~",
        '\u{b8}' => ",",
        '\u{af}' | '\u{203e}' | '\u{fe49}'..='\u{fe4c}' | '\u{ffe3}' => "ˉ",
        '\u{2017}' => "_",
        // Japanese sound marks join the letter before.
        '\u{309b}' => "\u{3099}",
        '\u{309c}' => "\u{309a}",
        '㍸' => "dm^2",
        '㍹' => "dm^3",
        '㎟' => "mm^2",
        '㎠' => "cm^2",
        '㎡' => "m^2",
        '㎢' => "km^2",
        '㎣' => "mm^3",
        '㎤' => "cm^3",
        '㎥' => "m^3",
        '㎦' => "km^3",
        '㎧' => "m/s",
        '㎨' => "m/s^2",
        '㎮' => "rad/s",
        '㎯' => "rad/s^2",
        '㏆' => "C/kg",
        '㏞' => "V/m",
        '㏟' => "A/m",
        _ => return None,
    })
}

/// A spacing mark, which NFKC maps to a space and a mark, is that mark: it stays in its word.
fn spacing_mark(c: char) -> Spelling {
    match c {
        '\u{a8}' | '\u{2d8}'..='\u{2dd}' | '\u{37a}' | '\u{1fc0}'..='\u{1fc1}' | '\u{1fcd}'..='\u{1fcf}' => mark(c),
        '\u{385}' | '\u{1fdd}'..='\u{1fdf}' | '\u{1fed}'..='\u{1fee}' | '\u{1ffe}' => mark(c),
        '\u{fc5e}'..='\u{fc63}' | '\u{fe70}'..='\u{fe7f}' => mark(c),
        _ => Spelling::Same,
    }
}

fn mark(c: char) -> Spelling {
    text(nfkc::map(c).replace(' ', ""))
}

/// True for a decimal digit of any script.
fn is_digit(c: char) -> bool {
    CATEGORY.get(c) == GeneralCategory::DecimalNumber
}

fn is_slash(c: char) -> bool {
    matches!(c, '\u{2044}' | '\u{2215}')
}

/// True for a character that can have an exponent: a letter, digit, mark, closing bracket or symbol such as `∇`.
fn is_base(c: char) -> bool {
    let is_mark = matches!(CATEGORY.get(c), GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark);
    c.is_alphanumeric() || is_mark || matches!(c, ')' | ']' | '}' | '|' | '!' | '\'' | '′' | '∇' | '∂' | '∆')
}

/// True if `rest` begins with the ordinal indicator typed for the degree sign, which is next to it on keyboards: `20ºC`,
/// `20 ºC`.
fn is_degree(rest: &str, before: &str) -> bool {
    let mut after = rest.chars();
    after.next() == Some('º')
        && before.strip_suffix(' ').unwrap_or(before).ends_with(is_digit)
        && matches!(after.next(), Some('C' | 'F'))
        && !after.next().is_some_and(char::is_alphanumeric)
}
