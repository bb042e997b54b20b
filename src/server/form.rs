//! The named parameters of a search, out of a query or a posted form
//! (`application/x-www-form-urlencoded`, WHATWG URL section 5.1). Strict where the standard repairs: a
//! broken escape is refused, since what it stands for would be a guess.

/// The parameters that exist; the first of a name counts, and others are not read.
#[derive(Default, PartialEq, Eq)]
pub struct SearchForm {
    /// The keyword.
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
pub const NAMES: [&str; 5] = ["q", "lang", "id", "code", "format"];

/// A named parameter holds a broken percent escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenEscape;

/// Whether a name as it stands in a form is this one, once decoded.
#[must_use]
pub fn is_name(written: &str, name: &str) -> bool {
    decode(written.as_bytes()).is_ok_and(|decoded| decoded == name.as_bytes())
}

impl SearchForm {
    /// Reads them.
    ///
    /// # Errors
    /// [`BrokenEscape`], for a parameter that is read; what others hold does not matter.
    pub fn read(form: &[u8]) -> Result<Self, BrokenEscape> {
        let mut parameters = Self::default();
        for pair in form.split(|&byte| byte == b'&') {
            let at = memchr::memchr(b'=', pair).unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            let value = value.get(1..).unwrap_or_default();
            // A name that does not decode is none of ours.
            let Ok(name) = decode(name) else { continue };
            if let Some(place @ None) = parameters.place(&name) {
                *place = Some(decode(value)?);
            }
        }
        Ok(parameters)
    }

    fn place(&mut self, name: &[u8]) -> Option<&mut Option<Vec<u8>>> {
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

/// `+` is a space, `%` and two hexadecimal digits a byte.
fn decode(text: &[u8]) -> Result<Vec<u8>, BrokenEscape> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (pair, after) = rest.split_first_chunk::<2>().ok_or(BrokenEscape)?;
                rest = after;
                let [high, low] =
                    pair.map(|digit| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
                high.ok_or(BrokenEscape)? << 4 | low.ok_or(BrokenEscape)?
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
        SearchForm::read(form.as_bytes()).ok()?.q
    }

    #[test]
    fn first_value_of_named_parameters_alone() {
        assert_eq!(q("q=a+b%20c&q=later").unwrap(), b"a b c");
        assert_eq!(q("x=1&%71=named").unwrap(), b"named");
        assert_eq!(q("Q=1&q"), Some(Vec::new()));
        assert_eq!(q("x=%zz&%=1&q=fine&q=%zz").unwrap(), b"fine", "what is not read may be broken");
        assert_eq!(q("q=a=b;c").unwrap(), b"a=b;c");
        assert_eq!(q(""), None);
        for broken in ["q=%", "q=%4", "q=%zz", "q=%4g", "q=a%é", "lang=%", "id=%", "code=%", "format=%f"] {
            assert!(SearchForm::read(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_out(q in ".{0,60}", id in ".{0,60}", noise in "[a-z]{2,9}") {
            prop_assume!(!NAMES.contains(&noise.as_str()));
            let form = serde_urlencoded::to_string([(noise.as_str(), "x"), ("id", &id), ("q", &q), ("q", "y")]).unwrap();
            let read = SearchForm::read(form.as_bytes()).ok().unwrap();
            prop_assert_eq!(read.q.unwrap(), q.into_bytes());
            prop_assert_eq!(read.id.unwrap(), id.into_bytes());
        }

        #[test]
        fn any_bytes_are_read_without_panic(form in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(SearchForm::read(&form));
        }
    }
}
