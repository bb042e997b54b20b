//! Numbering plans: which digits are a telephone number, and of whom.

use std::sync::LazyLock;

use crate::fields::pii::pattern::{ByHead, Check};

/// Words that announce a telephone number, lower case.
pub(super) const WORDS: &[&str] = &[
    "tel",
    "telephone",
    "telefon",
    "telefono",
    "teléfono",
    "téléphone",
    "telefone",
    "telefoon",
    "phone",
    "mobile",
    "mobil",
    "handy",
    "cell",
    "cellphone",
    "whatsapp",
    "viber",
    "sms",
    "fax",
    "movil",
    "móvil",
    "celular",
    "cellulare",
    "portable",
    "gsm",
    "call",
    "tlf",
    "telefonnummer",
    "handynummer",
    "phonenumber",
    "телефон",
    "тел",
    "电话",
    "手机",
    "手机号",
    "電話",
    "전화",
];

/// Country codes whose numbers all have the same length (total digits, E.164).
static LENGTHS: [(&str, usize, usize); 26] = [
    ("1", 11, 11),
    ("7", 11, 11),
    ("33", 11, 11),
    ("34", 11, 11),
    ("44", 11, 12),
    ("31", 11, 11),
    ("32", 10, 11),
    ("41", 11, 11),
    ("45", 10, 10),
    ("47", 10, 10),
    ("48", 11, 11),
    ("61", 11, 11),
    ("65", 10, 10),
    ("81", 11, 12),
    ("82", 10, 12),
    ("86", 11, 13),
    ("90", 12, 12),
    ("91", 12, 12),
    ("55", 12, 13),
    ("52", 12, 13),
    ("351", 12, 12),
    ("353", 10, 12),
    ("30", 12, 12),
    ("380", 12, 12),
    ("852", 11, 11),
    ("886", 11, 12),
];

/// National forms with a prefix of their own: shape and check.
const NATIONAL: [(&str, Check); 15] = [
    ("999-999-9999", north_american),
    ("999.999.9999", north_american),
    ("999)999-9999", north_american),
    ("999)999 9999", north_american),
    ("999 999 9999", north_american),
    ("999 999-9999", north_american),
    ("9~999~999~9999", north_american),
    ("9(999)999-9999", north_american),
    ("99)99999-9999", brazilian),
    ("99)9999-9999", brazilian),
    ("9(999)999-99-99", russian),
    ("9-999-999-99-99", russian),
    ("9 999 999-99-99", russian),
    ("199~9999~9999", chinese),
    ("999 99 99 99", spanish),
];

pub(super) static NATIONAL_FORMS: LazyLock<ByHead<Check>> = LazyLock::new(|| ByHead::new(NATIONAL.into_iter()));

/// The North American plan (NANP): area and exchange begin with 2 to 9, neither
/// is a service code; freephone and premium areas belong to companies.
fn north_american(n: &[u8]) -> bool {
    let n = match n {
        [b'1', rest @ ..] if rest.len() == 10 => rest,
        all => all,
    };
    let [a, b, c, d, e, f, ..] = n else {
        return false;
    };
    let service = (b == c && (*a == b'8' || *b == b'0' && *a == b'9')) || (*b == b'1' && *c == b'1');
    n.len() == 10
        && (b'2'..=b'9').contains(a)
        && (b'2'..=b'9').contains(d)
        && *b != b'9'
        && !service
        && !(*e == b'1' && *f == b'1')
}

fn brazilian(n: &[u8]) -> bool {
    matches!(n, [b'1'..=b'9', b'1'..=b'9', b'2'..=b'9', ..])
}

fn russian(n: &[u8]) -> bool {
    matches!(n, [b'7' | b'8', b'3' | b'4' | b'9', ..])
}

fn chinese(n: &[u8]) -> bool {
    matches!(n, [b'1', b'3'..=b'9', ..])
}

fn spanish(n: &[u8]) -> bool {
    matches!(n, [b'6' | b'7' | b'9', ..])
}

/// Bare national numbers: first digits and total lengths. Only mobile prefixes:
/// they are the ones people type without a space.
pub(super) const BARE: [(&str, core::ops::RangeInclusive<usize>); 12] = [
    ("015", 11..=12),
    ("016", 11..=12),
    ("017", 11..=12),
    ("071", 11..=11),
    ("073", 11..=11),
    ("074", 11..=11),
    ("075", 11..=11),
    ("077", 11..=11),
    ("078", 11..=11),
    ("079", 11..=11),
    ("06", 10..=10),
    ("07", 10..=10),
];

/// National prefixes of service numbers, which no person has.
const SERVICE: [&str; 9] = ["0800", "0808", "0900", "0901", "0180", "0137", "0190", "0845", "0870"];

/// The country code (ITU-T E.164 annex) a number begins with.
fn country_code(digits: &str) -> Option<&str> {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    const THREE: [&str; 17] =
        ["21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67", "68", "69", "85"];
    if digits.starts_with(['1', '7']) {
        return digits.get(..1);
    }
    let two = digits.get(..2)?;
    if TWO.contains(&two) {
        return Some(two);
    }
    let known = THREE.contains(&two) || matches!(two, "88" | "96" | "97" | "99");
    known.then(|| digits.get(..3)).flatten()
}

/// Whether these digits, country code first, are a person's number.
pub(super) fn international(digits: &str) -> bool {
    let Some(code) = country_code(digits) else {
        return false;
    };
    let (least, most) =
        LENGTHS.iter().find(|(other, ..)| *other == code).map_or((8, 15), |(_, least, most)| (*least, *most));
    let national = digits.get(code.len()..).unwrap_or_default();
    let service = national.starts_with("800") || national.starts_with("900");
    let plan = code != "1" || north_american(national.as_bytes());
    (least..=most).contains(&digits.len()) && !service && plan
}

/// Eight digits with a year at one end: a day on which somebody calls.
pub(super) fn is_date(digits: &str) -> bool {
    let year = |at| digits.get(at..).is_some_and(|n| n.starts_with("19") || n.starts_with("20"));
    digits.len() == 8 && (year(0) || year(4))
}

/// Whether the first group, or all digits, make it a service number.
pub(super) fn is_service(group: &str, digits: &str) -> bool {
    let free = ["800", "888", "1800", "1888"];
    SERVICE.iter().any(|prefix| group.starts_with(prefix)) || free.iter().any(|prefix| digits.starts_with(prefix))
}
