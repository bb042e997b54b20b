//! Parses the parameters of a search from a query or a posted form (`application/x-www-form-urlencoded`, WHATWG URL
//! section 5.1). It is stricter than the standard: an invalid percent escape is an error, because decoding it would be
//! a guess.

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
}

/// The names of the parameters that are read.
pub const PARAMETER_NAMES: [&str; 5] = ["q", "lang", "id", "code", "format"];

/// A parameter that is read contains an invalid percent escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidEscape;

/// Whether an encoded parameter name decodes to `name`.
#[must_use]
pub fn is_name(encoded: &str, name: &str) -> bool {
    decode(encoded.as_bytes()).is_ok_and(|decoded| decoded == name.as_bytes())
}

impl SearchForm {
    /// Parses a form.
    ///
    /// # Errors
    /// [`InvalidEscape`] in a value that is read. Other parameters are skipped without being decoded.
    pub fn parse(form: &[u8]) -> Result<Self, InvalidEscape> {
        let mut parameters = Self::default();
        for pair in form.split(|&byte| byte == b'&') {
            let at = memchr::memchr(b'=', pair).unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let value = value.get(1..).unwrap_or_default();
            // A name that does not decode is not one of ours.
            let Ok(name) = decode(name) else { continue };
            if let Some(field @ None) = parameters.field_mut(&name) {
                *field = Some(decode(value)?);
            }
        }
        Ok(parameters)
    }

    fn field_mut(&mut self, name: &[u8]) -> Option<&mut Option<Vec<u8>>> {
        match name {
            b"q" => Some(&mut self.q),
            b"lang" => Some(&mut self.lang),
            b"id" => Some(&mut self.id),
            b"code" => Some(&mut self.code),
            b"format" => Some(&mut self.format),
            _ => None,
        }
    }
}

/// Decodes `+` to a space, and `%` with two hexadecimal digits to a byte.
fn decode(text: &[u8]) -> Result<Vec<u8>, InvalidEscape> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (pair, after) = rest.split_first_chunk::<2>().ok_or(InvalidEscape)?;
                rest = after;
                let [high, low] =
                    pair.map(|digit| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
                high.ok_or(InvalidEscape)? << 4 | low.ok_or(InvalidEscape)?
            }
            byte => byte,
        });
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn q(form: &str) -> Option<Vec<u8>> {
        SearchForm::parse(form.as_bytes()).ok()?.q
    }

    #[test]
    fn reads_the_first_value_of_each_known_parameter() {
        assert_eq!(q("q=a+b%20c&q=later").unwrap(), b"a b c");
        assert_eq!(q("x=1&%71=named").unwrap(), b"named");
        assert_eq!(q("Q=1&q"), Some(Vec::new()));
        assert_eq!(q("x=%zz&%=1&q=fine&q=%zz").unwrap(), b"fine", "parameters that are not read may be invalid");
        assert_eq!(q("q=a=b;c").unwrap(), b"a=b;c");
        assert_eq!(q(""), None);
        for invalid in ["q=%", "q=%4", "q=%zz", "q=%4g", "q=a%é", "lang=%", "id=%", "code=%", "format=%f"] {
            assert!(SearchForm::parse(invalid.as_bytes()).is_err(), "{invalid}");
        }
    }

    proptest! {
        #[test]
        fn decodes_what_was_encoded(q in ".{0,60}", id in ".{0,60}", noise in "[a-z]{2,9}") {
            prop_assume!(!PARAMETER_NAMES.contains(&noise.as_str()));
            let form = serde_urlencoded::to_string([(noise.as_str(), "x"), ("id", &id), ("q", &q), ("q", "y")]).unwrap();
            let read = SearchForm::parse(form.as_bytes()).ok().unwrap();
            prop_assert_eq!(read.q.unwrap(), q.into_bytes());
            prop_assert_eq!(read.id.unwrap(), id.into_bytes());
        }

        #[test]
        fn parses_any_bytes_without_panic(form in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(SearchForm::parse(&form));
        }
    }
}
