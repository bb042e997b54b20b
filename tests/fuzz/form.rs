//! The parameters of a search. The input is a query or a posted form.
//!
//! - Each parameter is what the `url` crate reads (WHATWG URL section 5.1), where that is its first value.
//! - What was read, encoded by the `url` crate, reads the same.
//! - Parameters of other names change nothing, wherever they are.

use qsproxy::server::form::{PARAMETER_NAMES, SearchForm, is_name};
use url::form_urlencoded;

/// The values in the order of [`PARAMETER_NAMES`].
fn values(form: &SearchForm) -> [Option<&[u8]>; 6] {
    [&form.q, &form.lang, &form.id, &form.code, &form.format, &form.theme].map(|value| value.as_deref())
}

pub fn check(input: &[u8]) {
    let form = SearchForm::parse(input);
    let read = values(&form);
    let reference: Vec<_> = form_urlencoded::parse(input).collect();
    for (name, value) in PARAMETER_NAMES.iter().zip(read) {
        let expected = reference.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref());
        assert_eq!(value.map(String::from_utf8_lossy).as_deref(), expected, "{name}");
    }

    let mut encoded = String::new();
    for (name, value) in PARAMETER_NAMES.iter().zip(read) {
        if let Some(value) = value {
            let value: String = form_urlencoded::byte_serialize(value).collect();
            encoded.push_str(&format!("&{name}={value}"));
        }
    }
    assert!(SearchForm::parse(encoded.as_bytes()) == form, "encoded again: {encoded}");

    let noisy = [b"x=1&%00&Q=2&=3&", input, b"&q%00=4&qq=5&%zz=%"].concat();
    assert!(SearchForm::parse(&noisy) == form, "with parameters of other names");

    if let Ok(text) = std::str::from_utf8(input) {
        let encoded_name = text.split(['&', '=']).next().unwrap_or_default();
        let (name, _) = form_urlencoded::parse(encoded_name.as_bytes()).next().unwrap_or_default();
        for known in PARAMETER_NAMES {
            assert_eq!(is_name(encoded_name, known), name == known, "{encoded_name}");
        }
    }
}
