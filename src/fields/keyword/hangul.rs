//! Korean letters that are written alone, as in `ㅋㅋㅋ` and `ㄱㄴㄷ`: Hangul compatibility jamo (Unicode section 18.6).
//!
//! NFKC maps them to conjoining jamo, which compose to syllables (`ㅇㅣ` would become `이`) and which few programs display or
//! match when they stand alone. So they are kept, and conjoining jamo that composed with nothing become compatibility jamo.

/// Compatibility jamo of the conjoining initial consonants from U+1100.
const INITIALS: [char; 19] =
    ['ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ'];
/// Compatibility jamo of the conjoining final consonants from U+11A8.
const FINALS: [char; 27] = [
    'ㄱ', 'ㄲ', 'ㄳ', 'ㄴ', 'ㄵ', 'ㄶ', 'ㄷ', 'ㄹ', 'ㄺ', 'ㄻ', 'ㄼ', 'ㄽ', 'ㄾ', 'ㄿ', 'ㅀ', 'ㅁ', 'ㅂ', 'ㅄ', 'ㅅ',
    'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
];
/// Compatibility jamo of the conjoining vowels from U+1161: the block from U+314F has the same order.
const FIRST_VOWEL: char = 'ㅏ';

/// Half-width letters: the first and last of each range, and the letter that the first becomes.
const HALF_WIDTH: [(char, char, char); 5] = [
    ('\u{ffa1}', '\u{ffbe}', 'ㄱ'),
    ('\u{ffc2}', '\u{ffc7}', 'ㅏ'),
    ('\u{ffca}', '\u{ffcf}', 'ㅕ'),
    ('\u{ffd2}', '\u{ffd7}', 'ㅛ'),
    ('\u{ffda}', '\u{ffdc}', 'ㅡ'),
];

/// True for Hangul compatibility jamo. The filler U+3164 is invisible and removed earlier.
pub(super) fn is_letter(c: char) -> bool {
    matches!(c, '\u{3131}'..='\u{318e}')
}

/// The compatibility jamo of a half-width letter.
pub(super) fn widen(c: char) -> Option<char> {
    let (first, _, wide) = HALF_WIDTH.into_iter().find(|(first, last, _)| (*first..=*last).contains(&c))?;
    char::from_u32(u32::from(wide) + u32::from(c) - u32::from(first))
}

/// Replaces runs of conjoining jamo of one class, which form no syllable, by compatibility jamo. Other runs are Old Korean
/// syllables.
pub(super) fn restore_letters(text: String) -> String {
    if !text.contains(is_conjoining) {
        return text;
    }
    let mut restored = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_conjoining) {
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let (run, after) =
            from.split_at_checked(from.find(|c| !is_conjoining(c)).unwrap_or(from.len())).unwrap_or((from, ""));
        restored.push_str(before);
        let after_syllable = before.ends_with(|c| ('가'..='힣').contains(&c));
        match standing_alone(run).filter(|_| !after_syllable) {
            Some(letters) => restored.push_str(&letters),
            None => restored.push_str(run),
        }
        rest = after;
    }
    restored.push_str(rest);
    restored
}

fn is_conjoining(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}')
}

/// The compatibility jamo of a run of one class. None for a run of several classes or with letters of Old Korean.
fn standing_alone(run: &str) -> Option<String> {
    let initial = |c: char| INITIALS.get(offset(c, '\u{1100}')?).copied();
    let vowel = |c: char| {
        char::from_u32(u32::from(FIRST_VOWEL) + u32::try_from(offset(c, '\u{1161}').filter(|at| *at < 21)?).ok()?)
    };
    let last = |c: char| FINALS.get(offset(c, '\u{11a8}')?).copied();
    let of_class = |class: &dyn Fn(char) -> Option<char>| run.chars().map(class).collect::<Option<String>>();
    of_class(&initial).or_else(|| of_class(&vowel)).or_else(|| of_class(&last))
}

fn offset(c: char, first: char) -> Option<usize> {
    usize::try_from(u32::from(c).checked_sub(u32::from(first))?).ok()
}
