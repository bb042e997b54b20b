//! Digits as people write them: of every script, one by one, as words. They are read as ASCII digits.

use core::ops::Range;

use icu_properties::props::GeneralCategory;
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};

use crate::fields::pii::spans::PiiSpan;

const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();

/// Minimum number of digits that are joined if they are written one by one (`0 1 7 1 2 3 4 5 6 7 8`). Fewer are a list.
const MIN_SINGLE_DIGITS: usize = 9;

/// Minimum number of digits that are joined if they are written as words (`oh one seven one`).
const MIN_DIGIT_WORDS: usize = 3;

/// Maximum bytes of a digit word.
const MAX_SPELLED_LEN: usize = 16;

/// Minimum number of Chinese numerals that are read as digits. Fewer are a year or an amount.
const MIN_CHINESE_DIGITS: usize = 7;

/// A text in which all digits are ASCII digits, and where its bytes come from.
#[derive(Debug)]
pub(super) struct AsciiDigits {
    pub(super) text: String,
    /// For each byte of `text`, the range of the original that it stands for.
    sources: Vec<Range<usize>>,
}

/// A piece of a text: a digit in any writing, or something else.
#[derive(Debug, Clone)]
struct Piece {
    /// The digit, if it is one.
    digit: Option<u8>,
    source: Range<usize>,
}

/// The value of a decimal digit of any script (general category `Nd`). The digits of a script are ten consecutive
/// code points in ascending order (Unicode Standard, section 4.6), so the number of digits directly before one tells its value.
fn decimal_value(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
    }
    if CATEGORY.get(c) != GeneralCategory::DecimalNumber {
        return None;
    }
    let is_digit =
        |code: &u32| char::from_u32(*code).is_some_and(|c| CATEGORY.get(c) == GeneralCategory::DecimalNumber);
    let before = (0..u32::from(c)).rev().take_while(is_digit).count();
    u8::try_from(before % 10).ok()
}

/// The value of a Chinese numeral.
fn chinese_value(c: char) -> Option<u8> {
    let value = "〇一二三四五六七八九".chars().position(|digit| digit == c);
    let value = if c == '零' { Some(0) } else { value };
    value.and_then(|value| u8::try_from(value).ok())
}

/// The digit that a word means, in the languages that people dictate numbers in.
fn spelled_value(word: &str) -> Option<u8> {
    /// Words for each digit, lower case.
    const WORDS: [&[&str]; 10] = [
        &["zero", "oh", "null", "zéro", "cero", "nul", "noll", "nolla", "nula", "ноль", "нуль", "sıfır", "sifir"],
        &["one", "eins", "un", "uno", "um", "een", "één", "ett", "en", "jeden", "один", "bir", "yksi"],
        &["two", "zwei", "zwo", "deux", "dos", "due", "dois", "twee", "två", "to", "dwa", "dva", "два", "iki", "kaksi"],
        &["three", "drei", "trois", "tres", "tre", "três", "drie", "trzy", "tri", "три", "üç", "kolme"],
        &[
            "four",
            "vier",
            "quatre",
            "cuatro",
            "quattro",
            "quatro",
            "fyra",
            "fire",
            "cztery",
            "ctyri",
            "четыре",
            "чотири",
            "dört",
            "neljä",
        ],
        &["five", "fünf", "cinq", "cinco", "cinque", "vijf", "fem", "pięć", "piec", "pět", "пять", "beş", "viisi"],
        &["six", "sechs", "seis", "sei", "zes", "sex", "seks", "sześć", "szesc", "šest", "шесть", "altı", "kuusi"],
        &["seven", "sieben", "sept", "siete", "sette", "sete", "zeven", "sju", "syv", "siedem", "sedm", "семь", "yedi"],
        &["eight", "acht", "huit", "ocho", "otto", "oito", "åtta", "otte", "osiem", "osm", "восемь", "sekiz"],
        &["nine", "neun", "neuf", "nueve", "nove", "negen", "nio", "ni", "dziewięć", "devět", "девять", "dokuz"],
    ];
    if word.len() > MAX_SPELLED_LEN {
        return None;
    }
    let is = |known: &&str| match known.is_ascii() {
        true => known.eq_ignore_ascii_case(word),
        false => !word.is_ascii() && known.chars().eq(word.chars().flat_map(char::to_lowercase)),
    };
    let value = WORDS.iter().position(|words| words.iter().any(is));
    value.and_then(|value| u8::try_from(value).ok())
}

/// True if a text may have digits that are not ASCII, single or spelled. Most texts have none, so this is fast.
fn may_change(text: &str) -> bool {
    let is_other_digit =
        |c: char| !c.is_ascii() && (CATEGORY.get(c) == GeneralCategory::DecimalNumber || chinese_value(c).is_some());
    let has_single = || {
        let digits =
            text.split(' ').filter(|word| word.len() == 1 && word.as_bytes().first().is_some_and(u8::is_ascii_digit));
        digits.count() >= MIN_SINGLE_DIGITS
    };
    // A run of three words has one at every third place, and another beside it.
    let is_spelled = |place: usize| text.split(' ').nth(place).is_some_and(may_be_spelled);
    let third_words = || text.split(' ').enumerate().skip(MIN_DIGIT_WORDS - 1).step_by(MIN_DIGIT_WORDS);
    let has_spelled =
        || third_words().any(|(place, word)| may_be_spelled(word) && (is_spelled(place - 1) || is_spelled(place + 1)));
    text.contains('_') || !text.is_ascii() && text.chars().any(is_other_digit) || has_spelled() || has_single()
}

/// True for words that may be in the list of [`spelled_value`], by length and without comparing all of them.
fn may_be_spelled(word: &str) -> bool {
    word.len() <= MAX_SPELLED_LEN && spelled_value(word.trim_end_matches(',')).is_some()
}

impl AsciiDigits {
    /// Reads all digits of a text. None if that changes nothing.
    pub(super) fn read(text: &str) -> Option<AsciiDigits> {
        if !may_change(text) {
            return None;
        }
        let pieces = join_single(text, join_spelled(text, read_characters(text)));
        let mut read = AsciiDigits { text: String::with_capacity(text.len()), sources: Vec::new() };
        for piece in pieces {
            match piece.digit {
                Some(digit) => read.text.push(char::from(b'0' + digit)),
                None => read.text.push_str(text.get(piece.source.clone()).unwrap_or_default()),
            }
            let copied = piece.digit.is_none();
            for place in 0..read.text.len() - read.sources.len() {
                let source = if copied {
                    piece.source.start + place..piece.source.start + place + 1
                } else {
                    piece.source.clone()
                };
                read.sources.push(source);
            }
        }
        let read = join_underscores(read);
        (read.text != text).then_some(read)
    }

    /// The range of the original text that `range` stands for.
    fn to_original(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.sources.get(range.start).map_or(0, |source| source.start);
        let end = range.end.checked_sub(1).and_then(|last| self.sources.get(last)).map_or(start, |source| source.end);
        start..end
    }

    /// The range of this text that stands for `range` of the original.
    pub(super) fn to_read(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.sources.partition_point(|source| source.end <= range.start);
        let end = self.sources.partition_point(|source| source.start < range.end);
        start..end.max(start)
    }

    /// Spans of this text as spans of the original.
    pub(super) fn spans_in_original(&self, spans: Vec<PiiSpan>) -> Vec<PiiSpan> {
        spans.into_iter().map(|(kind, range)| (kind, self.to_original(&range))).collect()
    }
}

/// One piece for each digit, and one for each run of other characters between word boundaries.
fn read_characters(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let chinese = long_chinese_runs(text);
    for (at, c) in text.char_indices() {
        let source = at..at + c.len_utf8();
        let digit = decimal_value(c)
            .or_else(|| chinese.iter().any(|run| run.contains(&at)).then(|| chinese_value(c)).flatten());
        pieces.push(Piece { digit, source });
    }
    pieces
}

/// The runs of Chinese numerals that are long enough for a number of digits.
fn long_chinese_runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<(Range<usize>, usize)> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| chinese_value(*c).is_some()) {
        match runs.last_mut() {
            Some((run, count)) if run.end == at => {
                run.end = at + c.len_utf8();
                *count += 1;
            }
            _ => runs.push((at..at + c.len_utf8(), 1)),
        }
    }
    runs.into_iter().filter(|(_, count)| *count >= MIN_CHINESE_DIGITS).map(|(run, _)| run).collect()
}

/// Replaces runs of digit words by digits, and removes the spaces between them and the digits after them.
fn join_spelled(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    let mut words: Vec<(Range<usize>, u8)> = Vec::new();
    let mut runs: Vec<Vec<(Range<usize>, u8)>> = Vec::new();
    let mut at = 0;
    for word in text.split(' ') {
        let range = at..at + word.len();
        at += word.len() + 1;
        match spelled_value(word.trim_end_matches(',')) {
            Some(digit) => words.push((range, digit)),
            None => runs.push(core::mem::take(&mut words)),
        }
    }
    runs.push(words);
    runs.retain(|run| run.len() >= MIN_DIGIT_WORDS);
    if runs.is_empty() {
        return pieces;
    }
    let mut joined = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let run = runs.iter().find_map(|run| {
            let (first, last) = (run.first()?, run.last()?);
            (first.0.start..last.0.end).contains(&piece.source.start).then_some(run)
        });
        let Some(run) = run else {
            joined.push(piece);
            continue;
        };
        if let Some((range, digit)) = run.iter().find(|(range, _)| range.start == piece.source.start) {
            joined.push(Piece { digit: Some(*digit), source: range.clone() });
        }
    }
    joined
}

/// Removes the spaces in runs of single digits.
fn join_single(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    let is_space = |piece: &Piece| piece.digit.is_none() && text.get(piece.source.clone()) == Some(" ");
    let mut keep = vec![true; pieces.len()];
    let mut at = 0;
    while at < pieces.len() {
        let mut digits = Vec::new();
        let mut next = at;
        while pieces.get(next).is_some_and(|piece| piece.digit.is_some()) {
            digits.push(next);
            let followed = pieces.get(next + 1).is_some_and(is_space)
                && pieces.get(next + 2).is_some_and(|piece| piece.digit.is_some());
            if !followed {
                next += 1;
                break;
            }
            next += 2;
        }
        let is_whole = |index: usize| pieces.get(index).is_none_or(|piece| piece.digit.is_none());
        if digits.len() >= MIN_SINGLE_DIGITS && is_whole(next) && at.checked_sub(1).is_none_or(is_whole) {
            for digit in digits.iter().take(digits.len() - 1) {
                if let Some(keep) = keep.get_mut(digit + 1) {
                    *keep = false;
                }
            }
        }
        at = next.max(at + 1);
    }
    pieces.into_iter().zip(keep).filter_map(|(piece, keep)| keep.then_some(piece)).collect()
}

/// Reads `_` between digits as a dash: `4111_1111_1111_1111`.
fn join_underscores(mut read: AsciiDigits) -> AsciiDigits {
    let bytes = read.text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_joint = |at: usize| bytes.get(at) == Some(&b'_') && at > 0 && is_digit(at - 1) && is_digit(at + 1);
    let joints: Vec<usize> = (0..bytes.len()).filter(|at| is_joint(*at)).collect();
    if !joints.is_empty() {
        let mut chars: Vec<char> = Vec::with_capacity(read.text.len());
        for (at, c) in read.text.char_indices() {
            chars.push(if joints.binary_search(&at).is_ok() { '-' } else { c });
        }
        read.text = chars.into_iter().collect();
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decimal_digit_of_unicode_has_the_value_of_its_place() {
        let mut digits = 0;
        for c in ('\0'..=char::MAX).filter(|c| CATEGORY.get(*c) == GeneralCategory::DecimalNumber) {
            assert_eq!(decimal_value(c).map(usize::from), Some(digits % 10), "{c:?}");
            digits += 1;
        }
        assert!(digits >= 680, "{digits}");
        for (text, value) in [("٧", 7), ("۷", 7), ("७", 7), ("৭", 7), ("๗", 7), ("𝟕", 7), ("７", 7), ("೭", 7)]
        {
            assert_eq!(text.chars().next().and_then(decimal_value), Some(value), "{text}");
        }
    }

    #[test]
    fn reads_digits_in_any_writing_and_knows_where_they_stand() {
        for (text, expected) in [
            ("رقم ٠٥٠١", "رقم 0501"),
            ("oh one seven one 2345678", "0171 2345678"),
            ("Null Eins Sieben Eins 2345678", "0171 2345678"),
            ("0 1 7 1 2 3 4 5 6 7 8", "01712345678"),
            ("0171_2345678", "0171-2345678"),
            ("一三八〇〇一三八〇〇〇", "13800138000"),
        ] {
            let read = AsciiDigits::read(text).map(|read| {
                assert_eq!(read.to_original(&(0..read.text.len())), 0..text.len(), "{text}");
                read.text
            });
            assert_eq!(read.as_deref(), Some(expected));
        }
        for kept in ["one two buckle", "1 2 3 4 5 6 7 8 9 10", "snake_case", "一二三", "blue shoes for men"] {
            assert!(AsciiDigits::read(kept).is_none_or(|read| read.text == kept), "{kept}");
        }
    }
}
