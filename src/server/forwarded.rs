//! The headers in which proxies name the client: `Forwarded` (RFC 7239) and `X-Forwarded-For`. A proxy adds what it knows at
//! the end, so both are read from the end, and nothing left of the first untrusted address is believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::HeaderMap;
use http::header::HeaderValue;

use crate::server::headers::{KnownHeader, all_lines, first_line};

/// The most hops of a line of `X-Forwarded-For` that are read, from its end: more proxies than any chain has. A client can add
/// hops only to the left of its own address, which is not trusted.
const MAX_HOPS: usize = 64;

/// One hop as a header names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hop {
    /// By its address.
    Address(IpAddr),
    /// Not at all: `unknown`, an obfuscated identifier, or something unreadable.
    Unknown,
}

/// Whom the headers of a trusted proxy name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedClient {
    /// This address.
    Address(IpAddr),
    /// Nobody: there is no such header, or the hop that would be the client is not named by an address.
    Unknown,
}

/// Whether a request has one of the headers.
#[must_use]
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    [KnownHeader::Forwarded, KnownHeader::XForwardedFor].iter().any(|header| first_line(headers, *header).is_some())
}

/// The last hop that is not trusted, or the first one if all are. Where both headers are there they must agree: a proxy that
/// sets one passes the other on as the client sent it, and nobody can tell from the request which is which.
pub(super) fn named_client(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> NamedClient {
    let by_forwarded = last_untrusted(headers, KnownHeader::Forwarded, forwarded_hops, &is_trusted);
    let by_x_forwarded = last_untrusted(headers, KnownHeader::XForwardedFor, x_forwarded_hops, &is_trusted);
    match (by_forwarded, by_x_forwarded) {
        (Some(named), None) | (None, Some(named)) => named,
        (Some(one), Some(other)) if one == other => one,
        (Some(_), Some(_)) | (None, None) => NamedClient::Unknown,
    }
}

/// Reads the lines of a header from the last to the first. `hops` returns the hops of a line, the last one first. `None` if
/// there is no hop.
fn last_untrusted<'h>(
    headers: &'h HeaderMap,
    header: KnownHeader,
    hops: impl Fn(&'h [u8]) -> Vec<Hop>,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> Option<NamedClient> {
    let lines: Vec<&HeaderValue> = all_lines(headers, header).collect();
    let mut first_trusted = None;
    for hop in lines.into_iter().rev().flat_map(|line| hops(line.as_bytes())) {
        match hop {
            Hop::Address(address) if is_trusted(address) => first_trusted = Some(NamedClient::Address(address)),
            Hop::Address(address) => return Some(NamedClient::Address(address)),
            Hop::Unknown => return Some(NamedClient::Unknown),
        }
    }
    first_trusted
}

/// The hops of a line of `X-Forwarded-For`: addresses, some with a port. The last one first.
fn x_forwarded_hops(line: &[u8]) -> Vec<Hop> {
    let hops = line.rsplit(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|hop| !hop.is_empty());
    hops.take(MAX_HOPS).map(node).collect()
}

/// The hops of a line of `Forwarded` (RFC 7239 section 4), the last one first. A line that breaks the grammar is one unknown hop, because it
/// cannot be said where its elements end. An element without `for` is an unknown hop.
fn forwarded_hops(line: &[u8]) -> Vec<Hop> {
    let mut hops = Vec::new();
    let mut rest = line;
    loop {
        rest = trim_start(rest);
        // Empty elements are to be ignored (RFC 9110 section 5.6.1).
        if let Some(after) = rest.strip_prefix(b",") {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            hops.reverse();
            return hops;
        }
        let Some((hop, after)) = element(rest) else { return vec![Hop::Unknown] };
        hops.push(hop);
        rest = after;
    }
}

/// Reads one element: `name=value` pairs between semicolons. Returns its hop and the rest of the line.
fn element(mut rest: &[u8]) -> Option<(Hop, &[u8])> {
    let mut hop = None;
    loop {
        rest = trim_start(rest);
        if !matches!(rest.first(), None | Some(b',' | b';')) {
            let (name, after) = token(rest)?;
            let (value, after) = value(after.strip_prefix(b"=")?)?;
            if name.eq_ignore_ascii_case(b"for") {
                // A parameter must not occur twice in an element (section 4).
                if hop.is_some() {
                    return None;
                }
                hop = Some(node(&value));
            }
            rest = trim_start(after);
        }
        match rest.split_first() {
            None => return Some((hop.unwrap_or(Hop::Unknown), rest)),
            Some((b',', after)) => return Some((hop.unwrap_or(Hop::Unknown), after)),
            Some((b';', after)) => rest = after,
            Some(_) => return None,
        }
    }
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

/// A token (RFC 9110 section 5.6.2). Colons and brackets are allowed as well: some proxies do not quote addresses.
fn token(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:[]".contains(byte);
    let end = bytes.iter().position(|byte| !is_token(byte)).unwrap_or(bytes.len());
    bytes.split_at_checked(end).filter(|(token, _)| !token.is_empty())
}

/// A token or a quoted string (RFC 9110 section 5.6.4), without its quotes and backslashes.
fn value(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(mut rest) = bytes.strip_prefix(b"\"") else {
        return token(bytes).map(|(token, rest)| (token.to_vec(), rest));
    };
    let mut text = Vec::new();
    loop {
        match rest {
            [b'"', after @ ..] => return Some((text, after)),
            [b'\\', byte, after @ ..] | [byte, after @ ..] => {
                text.push(*byte);
                rest = after;
            }
            [] => return None,
        }
    }
}

/// A node (RFC 7239 section 6): an IPv4 address, an IPv6 address in brackets, either with a port. A bare IPv6 address is
/// what `X-Forwarded-For` has.
fn node(text: &[u8]) -> Hop {
    let address = std::str::from_utf8(text).ok().and_then(|text| {
        let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        if let Some((address, port)) = bracketed {
            return is_port(port).then(|| address.parse::<Ipv6Addr>().ok()).flatten().map(IpAddr::V6);
        }
        let (address, port) = text.find(':').map_or((text, ""), |at| text.split_at(at));
        let v4 = address.parse::<Ipv4Addr>().ok().filter(|_| is_port(port)).map(IpAddr::V4);
        v4.or_else(|| text.parse::<Ipv6Addr>().ok().map(IpAddr::V6))
    });
    address.map_or(Hop::Unknown, |address| Hop::Address(address.to_canonical()))
}

/// Nothing, or a colon and a port: up to five digits, or an obfuscated identifier (RFC 7239 section 6.2).
fn is_port(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else { return text.is_empty() };
    let is_number = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_obfuscated = port.len() > 1
        && port.starts_with('_')
        && port.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    is_number || is_obfuscated
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::HeaderName;
    use proptest::prelude::*;

    fn named(lines: &[(&'static str, &str)]) -> NamedClient {
        let lines = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap()));
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, value)| {
            headers.append(name, value);
        });
        named_client(&headers, |address| address.to_string().starts_with("10.") || address.to_string() == "fd00::1")
    }

    fn client(address: &str) -> NamedClient {
        NamedClient::Address(address.parse().unwrap())
    }

    #[test]
    fn x_forwarded_for_names_the_last_untrusted_hop() {
        let x = |values: &[&str]| named(&values.iter().map(|value| ("x-forwarded-for", *value)).collect::<Vec<_>>());
        for (values, address) in [
            (&["192.0.2.1"][..], "192.0.2.1"),
            (&["198.51.100.7, 192.0.2.1"], "192.0.2.1"),
            (&["198.51.100.7", "192.0.2.1, 10.1.1.1", "10.2.2.2"], "192.0.2.1"),
            (&["nonsense, 192.0.2.1 ,, 10.1.1.1"], "192.0.2.1"),
            (&["192.0.2.1:4711"], "192.0.2.1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["[2001:db8::1]:4711, fd00::1"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["::ffff:192.0.2.1"], "192.0.2.1"),
            (&["192.0.2.1, ::ffff:10.0.0.1"], "192.0.2.1"),
            (&["10.9.9.9, 10.1.1.1"], "10.9.9.9"),
        ] {
            assert_eq!(x(values), client(address), "{values:?}");
        }
        for values in [
            &[][..],
            &[""],
            &["192.0.2.1, unknown"],
            &["192.0.2.1, _hidden, 10.1.1.1"],
            &["192.0.2.1.2"],
            &["192.0.2.01"],
            &["192.0.2.1:"],
            &["192.0.2.1:http"],
            &["[2001:db8::1"],
            &["2001:db8::1]:1"],
            &["fe80::1%eth0"],
            &["\"192.0.2.1\""],
        ] {
            assert_eq!(x(values), NamedClient::Unknown, "{values:?}");
        }
    }

    #[test]
    fn forwarded_names_the_last_untrusted_hop() {
        let f = |values: &[&str]| named(&values.iter().map(|value| ("forwarded", *value)).collect::<Vec<_>>());
        for (values, address) in [
            (&["for=192.0.2.43"][..], "192.0.2.43"),
            (&["For=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
            (&["for=192.0.2.60;proto=http;by=203.0.113.43"], "192.0.2.60"),
            (&["for=198.51.100.17, for=192.0.2.43;host=\"a,b;for=1.2.3.4\""], "192.0.2.43"),
            (&["for=198.51.100.17;x=\"\\\",for=1.2.3.4\", FOR=192.0.2.43, for=10.0.0.1"], "192.0.2.43"),
            (&["for=\"192.0.2.43:_port\" ; by=_x"], "192.0.2.43"),
            (&["for=192.0.2.43:47011"], "192.0.2.43"),
            (&["for=\"unfinished", "for=192.0.2.43"], "192.0.2.43"),
            (&["for=198.51.100.17,, for=192.0.2.43 ,"], "192.0.2.43"),
            (&["for=10.3.3.3, for=\"[fd00::1]\""], "10.3.3.3"),
            (&["for=\"[::ffff:192.0.2.43]\""], "192.0.2.43"),
        ] {
            assert_eq!(f(values), client(address), "{values:?}");
        }
        for values in [
            &["for=unknown"][..],
            &["for=192.0.2.43, for=_SEVKISEK"],
            &["for=192.0.2.43, proto=https"],
            &["for=192.0.2.43, for=\"unfinished"],
            &["for=192.0.2.43;for=192.0.2.44"],
            &["for = 192.0.2.43"],
            &["192.0.2.43"],
            &["for="],
            &["for=\"\""],
            &["for=192.0.2.43 for=192.0.2.44"],
            &[""],
        ] {
            assert_eq!(f(values), NamedClient::Unknown, "{values:?}");
        }
    }

    /// A proxy that sets one of them passes the other on as the client wrote it.
    #[test]
    fn headers_that_contradict_each_other_name_nobody() {
        let both = |forwarded, x| named(&[("forwarded", forwarded), ("x-forwarded-for", x)]);
        assert_eq!(both("for=192.0.2.1", "192.0.2.1"), client("192.0.2.1"));
        assert_eq!(both("for=198.51.100.7", "192.0.2.1"), NamedClient::Unknown);
        assert_eq!(both("for=_x", "192.0.2.1"), NamedClient::Unknown);
        assert_eq!(named(&[]), NamedClient::Unknown);
    }

    proptest! {
        /// Whatever a client sends, what a trusted proxy appends in a line of its own decides.
        #[test]
        fn a_line_of_the_proxy_decides(sent in "[ -~]{0,60}", other: u32) {
            let address = IpAddr::V4(other.into());
            prop_assume!(!address.to_string().starts_with("10."));
            let added = format!("for={address}");
            prop_assert_eq!(named(&[("forwarded", &sent), ("forwarded", &added)]), NamedClient::Address(address));
            let added = format!("{sent}, {address}, 10.1.2.3");
            prop_assert_eq!(named(&[("x-forwarded-for", &added)]), NamedClient::Address(address));
        }

        #[test]
        fn quoted_values_are_read_whole(text in "[ -~]{0,40}", other: u32) {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
            let address = IpAddr::V4(other.into());
            let line = format!("by=\"{quoted}\";for={address}");
            let hops = forwarded_hops(line.as_bytes());
            prop_assert_eq!(hops, vec![Hop::Address(address)]);
        }
    }
}
