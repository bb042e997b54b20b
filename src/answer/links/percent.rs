//! Percent-decoding (RFC 3986 section 2.1). Unlike that of libraries, it leaves `+` alone and does not require UTF-8.

/// Decodes the percent-encoded byte at the start of `text`; `None` if there is none.
pub(super) fn decode_one(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(*high)? << 4 | digit(*low)?)
}

/// Decodes a text. A percent sign without two hexadecimal digits stands for itself.
pub(super) fn decode(text: &str) -> impl Iterator<Item = u8> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (&first, after) = rest.split_first()?;
        let decoded = decode_one(rest);
        rest = if decoded.is_some() { after.get(2..).unwrap_or_default() } else { after };
        Some(decoded.unwrap_or(first))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_bytes_and_keeps_everything_else() {
        let decoded = |text: &str| String::from_utf8(decode(text).collect()).unwrap();
        assert_eq!(decoded("https%3a%2F%2fa+b%C3%BC"), "https://a+bü");
        for unchanged in ["%", "%2", "%zz", "%+f", "%%", "a%"] {
            assert_eq!(decoded(unchanged), unchanged);
        }
    }
}
