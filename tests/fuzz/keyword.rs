//! A keyword. The input is a decoded `q`.
//!
//! - It is rejected for its encoding exactly if it is not UTF-8.
//! - A keyword that is accepted has 1 to 256 bytes, single spaces between its words, no control character and no invisible one, and
//!   is in NFKC, letters aside that a living orthography writes as one. Parsing it again changes nothing.
//! - The detectors find nothing in a keyword under `redact` and `refuse`; redaction is a fixpoint.
//! - `refuse` refuses exactly what `redact` changes; what neither changes is what `off` passes on.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};
use qsproxy::fields::keyword::{Keyword, KeywordChanges, KeywordRejection, MAX_KEYWORD_BYTES, PersonalData};
use qsproxy::fields::pii;

type Parsed = Result<(String, KeywordChanges), KeywordRejection>;

fn parse(bytes: &[u8], policy: PersonalData) -> Parsed {
    let parsed = Keyword::parse_with_changes(bytes, policy);
    parsed.map(|(keyword, changes)| (keyword.expose_to_partner_or_client().to_owned(), changes))
}

/// Whether a person sees something of a character, or it is white space.
fn is_visible(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        && !matches!(
            category,
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::PrivateUse
                | GeneralCategory::Surrogate
                | GeneralCategory::Unassigned
        )
}

/// Letters that NFKC decomposes although their orthography writes them as one: Armenian, Thai and Lao ones, and Korean letters that
/// are written alone.
fn is_one_letter(c: char) -> bool {
    matches!(c, '\u{587}' | '\u{e33}' | '\u{eb3}' | '\u{3131}'..='\u{318e}')
}

fn check_keyword(text: &str, policy: PersonalData) {
    assert!((1..=MAX_KEYWORD_BYTES).contains(&text.len()), "{} bytes", text.len());
    assert!(text.chars().all(is_visible), "{text:?}");
    let is_space = |c: char| CodePointSetData::new::<WhiteSpace>().contains(c);
    assert!(text.split(' ').all(|word| !word.is_empty() && !word.contains(is_space)), "{text:?}");
    for run in text.split(is_one_letter) {
        assert!(ComposingNormalizerBorrowed::new_nfkc().is_normalized(run), "{run:?} of {text:?}");
    }
    let unchanged = KeywordChanges { is_normalized: false, is_redacted: false, is_truncated: false };
    assert_eq!(parse(text.as_bytes(), policy), Ok((text.to_owned(), unchanged)), "parsed again");
}

fn check_ranges(text: &str) {
    let mut from = 0;
    for (kind, range) in pii::find(text) {
        assert!(from <= range.start && range.start < range.end, "{kind:?} {range:?} in {text:?}");
        assert!(text.get(range.clone()).is_some(), "{kind:?} {range:?} in {text:?}");
        from = range.end;
    }
}

pub fn check(input: &[u8]) {
    let policies = [PersonalData::Redact, PersonalData::Refuse, PersonalData::Off];
    let [redacted, refused, off] = policies.map(|policy| {
        let parsed = parse(input, policy);
        if let Ok((text, _)) = &parsed {
            check_keyword(text, policy);
            check_ranges(text);
        }
        let is_undecodable = parsed == Err(KeywordRejection::Encoding);
        assert_eq!(is_undecodable, std::str::from_utf8(input).is_err(), "{policy:?}");
        parsed
    });
    for (text, _) in redacted.iter().chain(&refused) {
        assert_eq!(pii::find(text), [], "{text:?}");
        assert_eq!(pii::redact(text), None, "{text:?}");
    }
    match (&redacted, &refused, &off) {
        (Ok((_, changes)), Err(KeywordRejection::Personal), Ok(_)) => assert!(changes.is_redacted),
        (Ok((redacted, changes)), Ok((refused, _)), Ok((off, _))) => {
            assert!(!changes.is_redacted, "{redacted:?} was redacted and not refused");
            assert_eq!(redacted, refused);
            assert!(off.starts_with(redacted.as_str()) || changes.is_truncated, "{redacted:?} {off:?}");
            assert!(off == redacted || changes.is_truncated, "{redacted:?} {off:?}");
        }
        (Err(redacted), Err(refused), Err(off)) => assert_eq!((redacted, refused), (off, off)),
        different => panic!("{different:?}"),
    }
}
