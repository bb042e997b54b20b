//! From an address to the prefix that a client is known by.

use std::net::IpAddr;

/// Bytes of a prefix: the version of the protocol, then up to 56 bits.
pub const PREFIX_BYTES: usize = 8;

/// The /24 of an IPv4 address, the /56 of an IPv6 address: a household or an office usually has one, and whoever has a
/// /48 or shorter could otherwise be a new client with every request. An IPv4-mapped IPv6 address (RFC 4291 section
/// 2.5.5.2) counts as IPv4.
#[must_use]
pub fn prefix(address: IpAddr) -> [u8; PREFIX_BYTES] {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            [4, a, b, c, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, ..] = address.octets();
            [6, a, b, c, d, e, f, g]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cuts_addresses() {
        let of = |text: &str| prefix(text.parse().unwrap());
        assert_eq!(of("192.0.2.77"), [4, 192, 0, 2, 0, 0, 0, 0]);
        assert_eq!(of("::ffff:192.0.2.77"), of("192.0.2.1"));
        assert_eq!(of("2001:db8:1:2345::1"), [6, 0x20, 1, 0xd, 0xb8, 0, 1, 0x23]);
    }

    proptest! {
        #[test]
        fn depends_on_the_prefix_only(a: u32, b: u32, c: u128, d: u128) {
            let v4 = |bits: u32| prefix(IpAddr::V4(bits.into()));
            prop_assert_eq!(v4(a) == v4(b), a >> 8 == b >> 8);
            prop_assert_eq!(v4(a), v4(a ^ (b & 0xff)));
            let v6 = |bits: u128| prefix(IpAddr::V6(bits.into()));
            let [c, d] = [c, d].map(|bits| bits | 1 << 127);
            prop_assert_eq!(v6(c) == v6(d), c >> 72 == d >> 72);
            prop_assert_eq!(v6(c), v6(c ^ (d & ((1 << 72) - 1))));
        }
    }
}
