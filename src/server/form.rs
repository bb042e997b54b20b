//! Parses the parameters of a search from a query or a posted form (`application/x-www-form-urlencoded`, WHATWG URL
//! section 5.1). A `%` that begins no escape is a per cent sign, as in the standard: people search for `50% off`.

use crate::mutants::fail_point::{FailPoint, fail_at};

/// The parameters of a search. If a parameter occurs more than once, its first value counts.
#[derive(Default, PartialEq, Eq)]
pub struct SearchForm {
    /// The keyword. The fields hold the decoded bytes.
    pub q: Option<Vec<u8>>,
    /// The language.
    pub lang: Option<Vec<u8>>,
    /// The anonymous ID.
    pub id: Option<Vec<u8>>,
    /// The code.
    pub code: Option<Vec<u8>>,
    /// `json` or `html`.
    pub format: Option<Vec<u8>>,
    /// The color scheme of pages.
    pub theme: Option<Vec<u8>>,
}

/// The names of the parameters that are read.
pub const PARAMETER_NAMES: [&str; 6] = ["q", "lang", "id", "code", "format", "theme"];

/// Whether an encoded parameter name decodes to `name`.
#[must_use]
pub fn is_name(encoded: &str, name: &str) -> bool {
    decode(encoded.as_bytes()) == name.as_bytes()
}

impl SearchForm {
    /// Parses a form. Values of other parameters are skipped without being decoded.
    #[must_use]
    pub fn parse(form: &[u8]) -> Self {
        fail_at(FailPoint::Server, || form);
        let mut parameters = Self::default();
        for pair in form.split(|&byte| byte == b'&') {
            let at = memchr::memchr(b'=', pair).unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let value = value.get(1..).unwrap_or_default();
            if let Some(field @ None) = parameters.field_mut(&decode(name)) {
                *field = Some(decode(value));
            }
        }
        parameters
    }

    fn field_mut(&mut self, name: &[u8]) -> Option<&mut Option<Vec<u8>>> {
        match name {
            b"q" => Some(&mut self.q),
            b"lang" => Some(&mut self.lang),
            b"id" => Some(&mut self.id),
            b"code" => Some(&mut self.code),
            b"format" => Some(&mut self.format),
            b"theme" => Some(&mut self.theme),
            _ => None,
        }
    }
}

/// Decodes `+` to a space, and `%` with two hexadecimal digits to a byte (WHATWG URL section 1.3, percent-decode).
fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match (byte, escaped_byte(after)) {
            (b'+', _) => b' ',
            (b'%', Some((escaped, after))) => {
                rest = after;
                escaped
            }
            _ => byte,
        });
    }
    decoded
}

/// The byte that two hexadecimal digits at the start of `text` encode, and the text after them.
fn escaped_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&[high, low], after) = text.split_first_chunk::<2>()?;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(high)? << 4 | digit(low)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn q(form: &str) -> Option<Vec<u8>> {
        SearchForm::parse(form.as_bytes()).q
    }

    #[test]
    fn reads_the_first_value_of_each_known_parameter() {
        assert_eq!(q("q=a+b%20c&q=later").unwrap(), b"a b c");
        assert_eq!(q("x=1&%71=named").unwrap(), b"named");
        assert_eq!(q("Q=1&q"), Some(Vec::new()));
        assert_eq!(q("x=%zz&%=1&q=fine&q=%zz").unwrap(), b"fine", "the first value counts");
        assert_eq!(q("q=a=b;c").unwrap(), b"a=b;c");
        assert_eq!(q(""), None);
    }

    #[test]
    fn a_per_cent_sign_that_begins_no_escape_is_a_character() {
        for (form, expected) in [
            ("q=100%", "100%"),
            ("q=50%+off", "50% off"),
            ("q=50%25+off", "50% off"),
            ("q=50%20off", "50 off"),
            ("q=%zz", "%zz"),
            ("q=%", "%"),
            ("q=%%", "%%"),
            ("q=%4", "%4"),
            ("q=%4g", "%4g"),
            ("q=%g4", "%g4"),
            ("q=%%41", "%A"),
            ("q=%2541", "%41"),
            ("q=%+4", "% 4"),
            ("q=5%&lang=de", "5%"),
            ("%71=5%-6%", "5%-6%"),
            ("q=a%é", "a%é"),
            ("q=%4１", "%4１"),
        ] {
            assert_eq!(q(form).unwrap(), expected.as_bytes(), "{form}");
        }
        let all = SearchForm::parse(b"q=1%&lang=2%&id=3%&code=4%&format=5%f&%zz=6&%=7");
        let values = [all.q, all.lang, all.id, all.code, all.format].map(Option::unwrap);
        assert_eq!(values, ["1%", "2%", "3%", "4%", "5%f"].map(|value| value.as_bytes().to_vec()));
    }

    proptest! {
        #[test]
        fn decodes_what_was_encoded(q in ".{0,60}", id in ".{0,60}", noise in "[a-z]{2,9}") {
            prop_assume!(!PARAMETER_NAMES.contains(&noise.as_str()));
            let form = serde_urlencoded::to_string([(noise.as_str(), "x"), ("id", &id), ("q", &q), ("q", "y")]).unwrap();
            let read = SearchForm::parse(form.as_bytes());
            prop_assert_eq!(read.q.unwrap(), q.into_bytes());
            prop_assert_eq!(read.id.unwrap(), id.into_bytes());
        }

        #[test]
        fn decodes_as_the_url_standard(q in "[%0-9a-fA-Fg+ é=]{0,40}") {
            let form = format!("q={q}");
            let (_, standard) = url::form_urlencoded::parse(form.as_bytes()).next().unwrap();
            let read = SearchForm::parse(form.as_bytes()).q.unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&read), standard);
        }

        #[test]
        fn parses_any_bytes_without_panic(form in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(SearchForm::parse(&form));
        }
    }
}
