//! National identification numbers: the schemes and their formats.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::fields::pii::european_ids as europe;
use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::national_id_checks as checks;
use crate::fields::pii::overseas_ids as overseas;
use crate::fields::pii::pattern::{self, PatternIndex, PatternMatch, Validator};
use crate::fields::pii::spans::Spans;
use crate::fields::pii::tokenizer::TokenizedText;

/// When a scheme is tried. Numbers that are easy to recognize (a date and a check digit, a fixed prefix, a keyword before
/// them) are tried before product numbers are excluded, the others after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    BeforeProducts,
    AfterProducts,
}

/// The required context of a number.
#[derive(Debug, Clone, Copy)]
enum Context {
    /// Nothing joins the number to other digits.
    Delimited,
    /// In addition, no digits are one space away.
    Isolated,
    /// The text is nothing but the number, without separators: somebody pasted it.
    Alone,
    /// One of these keywords is close before or after the number.
    Keyword(&'static [&'static str]),
}

/// ISO 3166-1 alpha-2 codes.
type Countries = &'static [&'static str];

/// A numbering scheme in some of its formats.
#[derive(Debug)]
struct IdScheme {
    /// Which countries issue the number.
    countries: Countries,
    pass: Pass,
    patterns: &'static [&'static str],
    context: Context,
    is_valid: Validator,
}

const fn before_products(countries: Countries, patterns: &'static [&'static str], is_valid: Validator) -> IdScheme {
    IdScheme { countries, pass: Pass::BeforeProducts, patterns, context: Context::Delimited, is_valid }
}

const fn delimited(countries: Countries, patterns: &'static [&'static str], is_valid: Validator) -> IdScheme {
    IdScheme { countries, pass: Pass::AfterProducts, patterns, context: Context::Delimited, is_valid }
}

const fn isolated(countries: Countries, patterns: &'static [&'static str], is_valid: Validator) -> IdScheme {
    IdScheme { countries, pass: Pass::AfterProducts, patterns, context: Context::Isolated, is_valid }
}

const fn alone(countries: Countries, patterns: &'static [&'static str], is_valid: Validator) -> IdScheme {
    IdScheme { countries, pass: Pass::AfterProducts, patterns, context: Context::Alone, is_valid }
}

/// For formats that are too common to be recognized without a keyword.
const fn with_keyword(
    countries: Countries,
    patterns: &'static [&'static str],
    keywords: &'static [&'static str],
    is_valid: Validator,
) -> IdScheme {
    IdScheme { countries, pass: Pass::BeforeProducts, patterns, context: Context::Keyword(keywords), is_valid }
}

/// JMBG and EMŠO.
const FORMER_YUGOSLAVIA: Countries = &["BA", "HR", "ME", "MK", "RS", "SI"];

const SSN_KEYWORDS: &[&str] = &["ssn", "ssns", "social", "itin", "tin"];
const BSN_KEYWORDS: &[&str] = &["bsn", "burgerservicenummer", "sofinummer", "sofi"];
const DNI_KEYWORDS: &[&str] = &["dni", "nif", "nie"];

static SCHEMES: [IdScheme; 68] = [
    with_keyword(&["US"], &["999999999", "999.99.9999", "999 99 9999"], SSN_KEYWORDS, checks::is_us_ssn),
    with_keyword(&["GB"], &["9999999999", "999 999 9999"], &["nhs"], checks::is_nhs_number),
    with_keyword(&["NL"], &["999999999", "999 999 999", "999.999.999"], BSN_KEYWORDS, checks::is_dutch_bsn),
    with_keyword(&["ES"], &["99999999 A", "A 9999999 A"], DNI_KEYWORDS, checks::is_spanish_dni),
    with_keyword(&["DK"], &["9999999999", "999999 9999"], &["cpr", "personnummer"], checks::is_danish_cpr),
    before_products(&["CH"], &["9999999999999", "999~9999~9999~99"], checks::is_swiss_ahv),
    before_products(&["ZA"], &["9999999999999", "999999 9999 999"], checks::is_south_african_id),
    before_products(&["SE"], &["999999999999", "99999999-9999", "99999999 9999"], checks::is_swedish_personnummer),
    delimited(&["US"], &["999-99-9999"], checks::is_us_ssn),
    isolated(&["US"], &["999 99 9999"], checks::is_us_ssn),
    delimited(&["DE"], &["99999999999"], checks::is_german_tax_id),
    delimited(&["DE"], &["99 999 999 999", "99-999-999-999"], checks::is_german_tax_id),
    isolated(&["GB"], &["999 999 9999", "999-999-9999"], checks::is_nhs_number),
    delimited(&["GB"], &["AA999999A", "AA~99~99~99~A", "AA 999999 A"], checks::is_uk_nino),
    delimited(&["FR"], &["999999X99999999", "999999X999999 99"], checks::is_french_nir),
    delimited(&["FR"], &["9~99~99~9X~999~999~99"], checks::is_french_nir),
    delimited(&["ES"], &["99999999A", "99999999-A", "99.999.999-A"], checks::is_spanish_dni),
    delimited(&["ES"], &["A9999999A", "A-9999999-A", "A9999999-A"], checks::is_spanish_dni),
    delimited(&["IT"], &["AAAAAAXXAXXAXXXA", "AAA AAA XXAXX AXXXA"], checks::is_italian_codice_fiscale),
    delimited(&["NL"], &["9999.99.999"], checks::is_dutch_bsn),
    delimited(&["BR"], &["999.999.999-99", "999 999 999 99"], checks::is_brazilian_cpf),
    delimited(&["BR"], &["99999999999"], checks::is_brazilian_cpf),
    delimited(&["PL"], &["99999999999"], checks::is_polish_pesel),
    delimited(&["SE"], &["999999-9999"], checks::is_swedish_personnummer),
    delimited(&["SE"], &["9999999999"], checks::is_swedish_personnummer),
    delimited(&["FI"], &["999999-999X", "999999A999X"], checks::is_finnish_hetu),
    delimited(&["DK"], &["999999-9999"], checks::is_danish_cpr),
    delimited(&["NO"], &["99999999999", "999999 99999", "999999-99999"], checks::is_norwegian_id),
    delimited(&["BE"], &["99999999999", "99.99.99-999.99"], checks::is_belgian_id),
    delimited(&["BE"], &["99~99~99~999~99"], checks::is_belgian_id),
    isolated(&["IN"], &["9999~9999~9999"], checks::is_indian_aadhaar),
    delimited(&["IN"], &["999999999999"], checks::is_indian_aadhaar),
    delimited(&["CN"], &["99999999999999999X"], checks::is_chinese_id),
    delimited(&["KR"], &["999999-9999999"], checks::is_korean_rrn),
    delimited(&["KR"], &["9999999999999"], checks::is_korean_rrn_with_check_digit),
    delimited(&["TR"], &["99999999999"], checks::is_turkish_tckn),
    isolated(&["KR"], &["999999 9999999"], checks::is_korean_rrn_with_check_digit),
    before_products(&["RO"], &["9999999999999"], europe::is_romanian_cnp),
    before_products(FORMER_YUGOSLAVIA, &["9999999999999"], europe::is_jmbg),
    isolated(&["AT"], &["9999 999999", "9999-999999"], europe::is_austrian_svnr),
    delimited(&["BG"], &["9999999999"], europe::is_bulgarian_egn),
    delimited(&["CZ", "SK"], &["999999/9999", "999999/999"], europe::is_czech_rodne_cislo),
    delimited(&["DE"], &["99999999A999", "99 999999 A 999", "99~999999~A~99~9"], europe::is_german_insurance_number),
    delimited(&["EE", "LT"], &["99999999999"], europe::is_baltic_code),
    delimited(&["LV"], &["999999-99999"], europe::is_latvian_personas_kods),
    delimited(&["GR"], &["99999999999"], europe::is_greek_amka),
    delimited(&["HR"], &["99999999999"], europe::is_croatian_oib),
    delimited(&["IE"], &["9999999A", "9999999AA"], europe::is_irish_pps),
    delimited(&["RU"], &["999-999-999 99"], europe::is_any),
    before_products(&["AE"], &["999-9999-9999999-9", "999999999999999"], overseas::is_emirates_id),
    delimited(&["AR"], &["99-99999999-9"], overseas::is_argentine_cuit),
    delimited(&["BR"], &["99.999.999/9999-99"], europe::is_any),
    delimited(&["CL"], &["99.999.999-X", "9.999.999-X", "99999999-X"], overseas::is_chilean_rut),
    delimited(&["EG"], &["99999999999999"], overseas::is_egyptian_id),
    delimited(&["ID"], &["9999999999999999"], overseas::is_indonesian_nik),
    alone(&["IL"], &["999999999"], overseas::is_israeli_id),
    alone(&["GE"], &["99999999999"], overseas::is_georgian_id),
    delimited(&["IN"], &["AAAAA9999A"], overseas::is_indian_pan),
    delimited(&["KZ"], &["999999999999"], overseas::is_kazakh_iin),
    delimited(&["MX"], &["AAAA999999AAAAAAX9", "AAAA999999AAAAAA99"], overseas::is_mexican_curp),
    delimited(&["MY"], &["999999-99-9999"], overseas::is_malaysian_id),
    delimited(&["PK"], &["99999-9999999-9"], europe::is_any),
    delimited(&["SG"], &["A9999999A"], overseas::is_singaporean_nric),
    delimited(&["TH"], &["9999999999999"], overseas::is_thai_id),
    delimited(&["TH"], &["9~9999~99999~99~9"], overseas::is_thai_id),
    delimited(&["TW"], &["A999999999"], overseas::is_taiwanese_id),
    delimited(&["HK"], &["A999999(9", "A999999(A", "AA999999(9"], europe::is_any),
    delimited(&["US"], &["9XXX-XXX-XX99", "9XXXXXXXX99"], overseas::is_medicare_identifier),
];

/// The countries whose numbers are recognized without a word before them, in order. `alone`: those whose numbers are recognized
/// only if they are the whole keyword.
pub(super) fn countries(alone: bool) -> BTreeSet<&'static str> {
    let is_listed = |scheme: &&IdScheme| match scheme.context {
        Context::Delimited | Context::Isolated => !alone,
        Context::Alone => alone,
        Context::Keyword(_) => false,
    };
    SCHEMES.iter().filter(is_listed).flat_map(|scheme| scheme.countries.iter().copied()).collect()
}

type SchemeIndex = PatternIndex<&'static IdScheme>;

fn scheme_index(pass: Pass) -> SchemeIndex {
    let schemes = SCHEMES.iter().filter(move |scheme| scheme.pass == pass);
    PatternIndex::new(schemes.flat_map(|scheme| scheme.patterns.iter().map(move |pattern| (*pattern, scheme))))
}

static BEFORE_PRODUCTS: LazyLock<SchemeIndex> = LazyLock::new(|| scheme_index(Pass::BeforeProducts));
static AFTER_PRODUCTS: LazyLock<SchemeIndex> = LazyLock::new(|| scheme_index(Pass::AfterProducts));

/// Finds the national identification numbers of one pass.
pub(super) fn find(text: &TokenizedText<'_>, spans: &mut Spans, pass: Pass) {
    let index = match pass {
        Pass::BeforeProducts => &*BEFORE_PRODUCTS,
        Pass::AfterProducts => &*AFTER_PRODUCTS,
    };
    for (first, token) in text.number_starts() {
        if token.after_plus || token.touches_letter {
            continue;
        }
        let found = index.with_first_group_len(token.len()).iter().find_map(|(pattern, scheme)| {
            let candidate = pattern::match_at(text, first, pattern)?;
            (scheme.accepts(text, &candidate) && spans.is_free(&candidate.range)).then_some(candidate.range)
        });
        if let Some(range) = found {
            let (start, end) = (range.start, range.end);
            let after = text.text.get(end..).unwrap_or_default();
            let closes = text.text.get(range).is_some_and(|number| number.contains('(')) && after.starts_with(')');
            spans.add(PiiKind::NationalNumber, start..end + usize::from(closes));
        }
    }
}

impl IdScheme {
    /// Checks the number and its context.
    fn accepts(&self, text: &TokenizedText<'_>, candidate: &PatternMatch) -> bool {
        let PatternMatch { compact, first, last, range } = candidate;
        (self.is_valid)(compact.bytes())
            && text.is_delimited(*first, *last)
            && match self.context {
                Context::Delimited => true,
                Context::Isolated => text.is_isolated(*first, *last),
                Context::Alone => *range == (0..text.text.len()),
                Context::Keyword(keywords) => {
                    text.has_keyword_before(range.start, keywords) || text.has_keyword_after(range.end, keywords)
                }
            }
    }
}
