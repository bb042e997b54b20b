//! Percent escapes (RFC 3986 section 2.1), where a library would turn `+` into a space or demand UTF-8.

/// The byte that an escape at the start of `text` stands for; None where there is no escape.
pub(super) fn escaped(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(*high)? << 4 | digit(*low)?)
}

/// The bytes that `text` stands for; a percent sign that begins no escape stands for itself.
pub(super) fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        let escaped = escaped(rest);
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
        Some(escaped.unwrap_or(first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_and_what_is_none_stays() {
        let read = |text: &str| String::from_utf8(decoded(text).collect()).unwrap();
        assert_eq!(read("https%3a%2F%2fa+b%C3%BC"), "https://a+bü");
        for kept in ["%", "%2", "%zz", "%+f", "%%", "a%"] {
            assert_eq!(read(kept), kept);
        }
    }
}
