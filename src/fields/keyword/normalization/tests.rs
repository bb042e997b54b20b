//! Normalization by example, and its properties over all of Unicode.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn assert_normalized(cases: &[(&str, &str)]) {
    for (input, expected) in cases {
        assert_eq!(normalize(input), *expected, "{input:?}");
        assert_eq!(normalize(expected), *expected, "again: {input:?}");
    }
}

/// All assigned, visible characters.
fn visible_characters() -> impl Iterator<Item = char> {
    ('\0'..=char::MAX).filter(|c| !c.is_whitespace() && remove_invisible(&c.to_string()) == c.to_string())
}

#[test]
fn what_unicode_ignores_or_shows_as_nothing_is_invisible() {
    for c in '\0'..=char::MAX {
        let expected = IGNORABLE.contains(c)
            || BLANK.contains(&c)
            || matches!(
                CATEGORY.get(c),
                GeneralCategory::Control
                    | GeneralCategory::Format
                    | GeneralCategory::PrivateUse
                    | GeneralCategory::Unassigned
            );
        assert_eq!(is_invisible(c), expected, "{c:?}");
    }
}

fn is_digit(c: char) -> bool {
    CATEGORY.get(c) == GeneralCategory::DecimalNumber
}

#[test]
fn fractions_do_not_join_numbers() {
    assert_normalized(&[
        ("1½", "1 1/2"),
        ("½", "1/2"),
        ("2¼ cups", "2 1/4 cups"),
        ("10⅝ inch", "10 5/8 inch"),
        ("1 ½", "1 1/2"),
        ("½2", "1/2 2"),
        ("½½", "1/2 1/2"),
        ("-½", "-1/2"),
        ("½-¾ inch", "1/2-3/4 inch"),
        ("1½x2½", "1 1/2x2 1/2"),
        ("1½\"", "1 1/2\""),
        ("¾kg", "3/4kg"),
        ("٣½", "٣ 1/2"),
        ("７½", "7 1/2"),
        ("𝟕½", "7 1/2"),
        ("1\u{200b}½", "1 1/2"),
        ("3⁄4", "3/4"),
        ("1 3⁄4", "1 3/4"),
        ("2¹⁄₂", "2 1/2"),
        ("¹²⁄₁₃", "12/13"),
        ("⅟₅", "1/5"),
        ("3⅟5", "3 1/5"),
        ("↉", "0/3"),
        ("5∕8", "5/8"),
    ]);
}

#[test]
fn exponents_have_a_caret() {
    assert_normalized(&[
        ("10⁶", "10^6"),
        ("10⁻³ m", "10^-3 m"),
        ("x²", "x^2"),
        ("E=mc²", "E=mc^2"),
        ("50 m²", "50 m^2"),
        ("50㎡", "50m^2"),
        ("9.81 ㎨", "9.81 m/s^2"),
        ("xⁿ", "x^n"),
        ("xⁿ⁺¹", "x^(n+1)"),
        ("x⁽ⁿ⁺¹⁾", "x^(n+1)"),
        ("x⁻ⁿ", "x^-n"),
        ("sin⁻¹(x)", "sin^-1(x)"),
        ("(a+b)²", "(a+b)^2"),
        ("x²y³", "x^2y^3"),
        ("2³4", "2^3 4"),
        ("π²", "π^2"),
        ("∇²φ", "∇^2φ"),
        ("ℝ³", "R^3"),
        ("Aᵀ", "A^T"),
        ("SO₄²⁻", "SO4^2-"),
        ("Ca²⁺", "Ca^2+"),
        ("Na⁺ Cl⁻", "Na+ Cl-"),
        ("²", "2"),
        ("¹⁴C dating", "14C dating"),
        ("fine ² ½", "fine 2 1/2"),
        ("x₁²", "x1^2"),
        ("10 ⁶", "10 6"),
        ("é²", "é^2"),
        ("e\u{301}²", "é^2"),
    ]);
}

#[test]
fn superscript_letters_are_ordinals() {
    assert_normalized(&[
        ("1ˢᵗ 2ⁿᵈ 3ʳᵈ 4ᵗʰ", "1st 2nd 3rd 4th"),
        ("Mᵐᵉ Mˡˡᵉ", "Mme Mlle"),
        ("1º 2ª", "1o 2a"),
        ("nº 5", "no 5"),
        ("20ºC 70 ºF", "20°C 70 °F"),
        ("1º C, aºC", "1o C, aoC"),
        ("1ºCurso", "1oCurso"),
        ("20˚C", "20°C"),
        ("pʰ", "ph"),
    ]);
}

#[test]
fn subscripts_are_digits() {
    assert_normalized(&[
        ("H₂O", "H2O"),
        ("CO₂ C₆H₁₂O₆", "CO2 C6H12O6"),
        ("log₂8", "log2 8"),
        ("log₁₀ 100", "log10 100"),
        ("1010₂", "1010_2"),
        ("aₙ", "an"),
        ("aₙ₊₁", "a_(n+1)"),
        ("x₋₁", "x_-1"),
        ("₂", "2"),
        ("vitamin B₁₂", "vitamin B12"),
        ("NH₄⁺", "NH4+"),
    ]);
}

#[test]
fn digits_of_symbols_do_not_join_others() {
    assert_normalized(&[
        ("①②③", "1 2 3"),
        ("item①", "item1"),
        ("1①", "1 1"),
        ("①1", "1 1"),
        ("⑽5", "(10)5"),
        ("⒈2", "1. 2"),
        ("1⒉", "1 2."),
        ("🄀5", "0. 5"),
        ("2㏠", "2 1日"),
        ("㋋25", "12月25"),
        ("１２３", "123"),
        ("1２", "12"),
        ("𝟏𝟐", "12"),
        ("Ⅳ ⅩⅠ ⅻ", "IV XI xii"),
        ("❶", "❶"),
    ]);
}

#[test]
fn signs_that_abbreviate_words_are_words() {
    assert_normalized(&[
        ("Intel™ Core", "Intel TM Core"),
        ("Lego® ©", "Lego® ©"),
        ("Acme℠Services", "Acme SM Services"),
        ("Chanel №5", "Chanel No 5"),
        ("№ 5", "No 5"),
        ("℡03", "TEL 03"),
        ("℅ Ann", "c/o Ann"),
        ("20℃ 70℉", "20°C 70°F"),
        ("5㎏ 3㎞", "5kg 3km"),
        ("محمدﷺ", "محمد صلى الله عليه وسلم"),
        ("عبدﷲ", "عبدالله"),
        ("500﷼", "500ریال"),
    ]);
}

#[test]
fn spacing_accents_stay_in_their_word() {
    assert_normalized(&[
        ("wie geht´s", "wie geht's"),
        ("¯\\_(ツ)_/¯", "ˉ\\_(ツ)_/ˉ"),
        ("（￣▽￣）", "(ˉ▽ˉ)"),
        ("~˜", "~~"),
        ("あ゛か゛", "あ\u{3099}が"),
        ("ﾊﾟﾝ", "パン"),
        ("e‑mail", "e-mail"),
        ("wait…", "wait..."),
        ("5µm 3Ω", "5μm 3Ω"),
        ("ﬁne ſtone ĳs", "fine stone ijs"),
        ("ﻣﺮﺣﺒﺎ", "مرحبا"),
    ]);
}

#[test]
fn letters_of_living_orthographies_are_kept() {
    assert_normalized(&[
        ("น้ำ ทำ", "น้ำ ทำ"),
        ("น\u{e49}\u{e4d}\u{e32}", "น้ำ"),
        ("น\u{e4d}\u{e49}\u{e32}", "น้ำ"),
        ("ນ້ຳ", "ນ້ຳ"),
        ("Արցախ և", "Արցախ և"),
        ("ㅋㅋㅋ", "ㅋㅋㅋ"),
        ("\u{110f}\u{110f}\u{110f}", "ㅋㅋㅋ"),
        ("ㅇㅣ ㄱㄴㄷ ㅠㅠ", "ㅇㅣ ㄱㄴㄷ ㅠㅠ"),
        ("\u{ffb7}\u{ffc2}\u{ffdc}", "ㅇㅏㅣ"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("\u{1161}\u{11a8}", "\u{1161}\u{11a8}"),
        ("\u{11a8} \u{1175}", "ㄱ ㅣ"),
        ("㈀ ㉠", "(ㄱ) ㄱ"),
        ("\u{1112}\u{119e}\u{11ab}", "\u{1112}\u{119e}\u{11ab}"),
    ]);
}

#[test]
fn invisible_characters_are_removed() {
    assert_normalized(&[
        ("می\u{200c}خواهم", "میخواهم"),
        ("क\u{94d}\u{200d}ष", "क्ष"),
        ("👨\u{200d}👩\u{200d}👧", "👨👩👧"),
        ("❤\u{fe0f} 1\u{fe0f}\u{20e3}", "❤ 1\u{20e3}"),
        ("👍\u{1f3fd}", "👍\u{1f3fd}"),
        ("🏴\u{e0067}\u{e0062}\u{e007f}", "🏴"),
        ("a\u{200e}b\u{61c}c", "abc"),
        ("so\u{ad}ft", "soft"),
    ]);
}

/// The text without kept letters, which are the only ones that are not in NFKC.
fn without_kept(text: &str) -> String {
    text.replace(compatibility::is_kept, "")
}

#[test]
fn each_character_is_normalized_in_one_way() {
    for c in visible_characters() {
        for context in [format!("{c}"), format!("1{c}2"), format!("a{c}b"), format!("{c}{c}"), format!("){c}\u{301}")] {
            let normalized = normalize(&context).into_owned();
            assert_eq!(normalize(&normalized), normalized, "{context:?} is not stable");
            assert!(NFKC.is_normalized(&without_kept(&normalized)), "{context:?} {normalized:?}");
            assert!(!normalized.is_empty(), "{context:?}");
        }
    }
}

#[test]
fn no_digit_that_a_character_becomes_joins_another() {
    for c in visible_characters().filter(|c| !is_digit(*c)) {
        let alone = normalize(&c.to_string()).into_owned();
        if alone.starts_with(|c: char| c.is_ascii_digit()) {
            let after = normalize(&format!("7{c}")).into_owned();
            assert!(!after.starts_with("7") || !after[1..].starts_with(is_digit), "{c:?} {after:?}");
        }
        if alone.ends_with(|c: char| c.is_ascii_digit()) {
            let before = normalize(&format!("{c}7")).into_owned();
            assert!(!before[..before.len() - 1].ends_with(is_digit), "{c:?} {before:?}");
        }
    }
}

#[test]
fn no_character_becomes_a_space_within_a_word() {
    for c in visible_characters() {
        let words = normalize(&format!("é{c}é")).into_owned();
        let is_word = normalize(&c.to_string()).chars().any(char::is_alphabetic);
        assert!(is_word || !words.contains(' '), "{c:?} {words:?}");
    }
}

proptest! {
    #[test]
    fn normalization_is_idempotent(
        text in "([¹²³⁰⁴⁺⁻ⁿˢºª₀₁₂₊ₙ½⅟⁄①⑴™№ㅋㅏ\u{1100}\u{1161}\u{11a8}ํ้าำ´¨ﷺ0-9a-zé /^_().-]|\\PC){0,24}",
    ) {
        let normalized = normalize(&text).into_owned();
        prop_assert_eq!(normalize(&normalized), normalized.as_str());
        prop_assert!(NFKC.is_normalized(&without_kept(&normalized)));
        prop_assert_eq!(remove_invisible(&normalized), normalized.clone());
        prop_assert_eq!(fold_spaces(&normalized), normalized);
    }
}
