//! IDs that somebody could count through: whoever knows or guesses an ID can send it, and see its pseudonym of the day if they are
//! also a partner. Such an ID is not used at all.

use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

/// Base64 of the URL-safe alphabet, with or without padding (RFC 4648 section 5).
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Characters below which all IDs can be tried. 16 random characters of a hexadecimal alphabet are 64 bits.
const MIN_CHARACTERS: usize = 16;

/// Characters that numbers are written with, beside digits: `+49 (30) 1234-567`, `2026-11-28`, `1.234,5`, `12:30`, `1/2`, `1_000`.
const NUMBER_MARKS: &[char] = &['+', '-', '.', ',', ':', '/', '_', '(', ')', '#'];

/// Whether an ID can be counted through: it is short, a number, or an address of any kind (of a person, a machine or a page), in
/// plain text or in an encoding that hides nothing.
pub(super) fn is_countable(id: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(id) else { return id.len() < MIN_CHARACTERS };
    let text = text.trim();
    let is_short = text.chars().count() < MIN_CHARACTERS;
    is_short || is_number(text) || is_address(text) || is_countable_in_an_encoding(text)
}

/// Digits of any script alone, however they are grouped.
fn is_number(text: &str) -> bool {
    let is_part = |c: char| c.is_numeric() || c.is_whitespace() || NUMBER_MARKS.contains(&c);
    text.chars().all(is_part) && text.chars().any(char::is_numeric)
}

fn is_address(text: &str) -> bool {
    let text = text.trim();
    is_mail_address(text)
        || text.contains("://")
        || is_ip_address(text)
        || is_hardware_address(text)
        || is_host_name(text)
}

/// Something before an `@`, and something after it. It need not be a valid address.
fn is_mail_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
}

/// An address of IP version 4 or 6, also with brackets, a port, a prefix length or a zone.
fn is_ip_address(text: &str) -> bool {
    let text = text.split_once('/').map_or(text, |(address, _)| address);
    let text = text.trim_start_matches('[');
    let bare = text.split([']', '%']).next().unwrap_or(text);
    bare.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok()
}

/// Six or eight bytes in hexadecimal with separators: EUI-48 (a MAC address) or EUI-64.
fn is_hardware_address(text: &str) -> bool {
    let Some(separator) = text.chars().find(|c| [':', '-', '.'].contains(c)) else { return false };
    let groups: Vec<&str> = text.split(separator).collect();
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let are_hexadecimal = groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let are_equal = groups.iter().all(|group| groups.first().is_some_and(|first| first.len() == group.len()));
    are_hexadecimal && are_equal && groups.len() > 2 && (digits == 12 || digits == 16)
}

/// Labels in lower case with a top-level domain of letters: `host-17.customers.example`.
fn is_host_name(text: &str) -> bool {
    let Some((host, domain)) = text.trim_end_matches('.').rsplit_once('.') else { return false };
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    (2..=7).contains(&domain.len())
        && domain.bytes().all(|byte| byte.is_ascii_lowercase())
        && host.split('.').all(is_label)
}

/// Whether an ID is a number or an address in hexadecimal, in Base64 of either alphabet, or with `%40`. Copies are zeroized, as the
/// ID is.
fn is_countable_in_an_encoding(id: &str) -> bool {
    if id.contains("%40") {
        return is_mail_address(&Zeroizing::new(id.replace("%40", "@")));
    }
    let bytes = HEXLOWER_PERMISSIVE.decode(id.as_bytes()).or_else(|_| {
        let url_safe = Zeroizing::new(id.replace('+', "-").replace('/', "_"));
        BASE64.decode(url_safe.as_bytes()).map_err(drop)
    });
    let Ok(bytes) = bytes.map(Zeroizing::new) else { return false };
    let text = std::str::from_utf8(&bytes).ok().filter(|text| !text.chars().any(char::is_control));
    text.is_some_and(|text| is_number(text) || is_address(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_ids_numbers_and_addresses_can_be_counted_through() {
        for id in [
            "a",
            "user-42",
            "abcdefghijklmno",
            "äöüäöüäöüäöüäöü",
            "                                 x",
            // Numbers.
            "1234567890123456",
            "0000000000000000000000",
            "+49 (170) 123456789",
            "2026-11-28 12:30:15",
            "1_000_000_000_000_000",
            "00000000-0000-0000-0000-000000000000",
            "٤٦١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨",
            "１２３４５６７８９０１２３４５６",
            "#1234 5678 9012 3456",
            // Addresses of people, machines and pages.
            "ann.miller@example.com",
            "ann@localhost-of-hers",
            "müller@bücher.example",
            "2001:db8:85a3::8a2e:370:7334",
            "[2001:db8:85a3::8a2e]:8080",
            "fe80::1ff:fe23:4567:890a%eth0",
            "::ffff:192.0.2.128",
            "2001:db8:85a3::/48",
            "192.0.2.235:49152",
            "192.168.100.200/32",
            "00:1a:2b:3c:4d:5e",
            "00-1A-2B-3C-4D-5E",
            "001a.2b3c.4d5e.6f70",
            "00:1a:2b:ff:fe:3c:4d:5e",
            "https://people.example/ann",
            "host-17.customers.example",
            "c-73-15.hsd1.nj.isp.net",
            // In encodings that hide nothing: ann@example.com, 192.0.2.235 and 1234567890123.
            "YW5uQGV4YW1wbGUuY29t",
            "YW5uQGV4YW1wbGUuY29tIA==",
            "616e6e406578616d706c652e636f6d",
            "616E6E406578616D706C652E636F6D",
            "ann%40example.com",
            "MTkyLjAuMi4yMzU=",
            "MTIzNDU2Nzg5MDEyMw==",
            "31393231363830303031",
        ] {
            assert!(is_countable(id.as_bytes()), "{id}");
        }
        assert!(is_countable(&[0xff; 15]));
    }

    #[test]
    fn random_ids_are_used() {
        for id in [
            "c0ffee4711abcd09",
            "550e8400-e29b-41d4-a716-446655440000",
            "{550E8400-E29B-41D4-A716-446655440000}",
            "d41d8cd98f00b204e9800998ecf8427e",
            "V1StGXR8_Z5jdHi6B-myT",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "tb_9fK2mQx7Lp4TzW1c",
            "dGhpcyBpcyBub3QgYW4gSUQ",
            "кириллица-и-буквы-42",
            "a1b2c3d4e5f60718:77",
            "9fK2.mQx7Lp4TzW1c",
        ] {
            assert!(!is_countable(id.as_bytes()), "{id}");
        }
        assert!(!is_countable(&[0xff; 16]));
    }

    proptest! {
        /// What the common generators return: 64 to 512 bits in hexadecimal, Base64 of either alphabet, or as a UUID of version 4.
        #[test]
        fn random_bytes_are_never_taken_for_something_else(bytes in proptest::collection::vec(any::<u8>(), 12..64)) {
            let hexadecimal = data_encoding::HEXLOWER.encode(&bytes);
            // Bytes that happen to be text, and hexadecimal digits that happen to be decimal: 10^-3 and 10^-5 of all.
            prop_assume!(std::str::from_utf8(&bytes).is_err());
            prop_assume!(hexadecimal.bytes().any(|byte| byte.is_ascii_alphabetic()));
            prop_assert!(!is_countable(hexadecimal.as_bytes()), "{}", hexadecimal);
            for text in [data_encoding::BASE64.encode(&bytes), data_encoding::BASE64URL_NOPAD.encode(&bytes)] {
                prop_assert!(!is_countable(text.as_bytes()), "{}", text);
            }
        }

        #[test]
        fn accepts_any_bytes_without_panic(id in proptest::collection::vec(any::<u8>(), 0..128)) {
            let _ = is_countable(&id);
        }
    }
}
