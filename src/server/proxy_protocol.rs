//! The PROXY protocol, versions 1 and 2: a header with which a trusted proxy begins a connection and says for whom
//! (haproxy.org, "The PROXY protocol", revision 2020/03/05, sections 2.1 and 2.2). Both versions are accepted; a connection
//! without a valid header is not. Exactly the header is taken from the socket, so that TLS or HTTP can follow.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// The beginning of version 2 (section 2.2).
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// The longest header of version 1, with its line end (section 2.1).
const MAX_LINE: usize = 107;

/// The longest part of a version 2 header after its first 16 bytes. The protocol allows 65,535; proxies send addresses of at
/// most 216 bytes and identifiers (TLVs), which are ignored.
const MAX_EXTENSION: usize = 4_096;

/// Whom a proxy speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProxiedPeer {
    /// A client at this address.
    Address(IpAddr),
    /// Nobody (its own health check), or a client without an internet address.
    Unknown,
}

/// Reads the header.
///
/// # Errors
/// `InvalidData` if there is no valid header, and those of the socket. They contain nothing of what was read.
pub(super) async fn read(stream: &mut TcpStream) -> io::Result<ProxiedPeer> {
    let mut start = [0; SIGNATURE.len()];
    stream.read_exact(&mut start).await?;
    let peer = if start == SIGNATURE { read_binary(stream).await? } else { read_line(stream, &start).await? };
    peer.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Reads the rest of a version 2 header.
async fn read_binary(stream: &mut TcpStream) -> io::Result<Option<ProxiedPeer>> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let [version_and_command, family, high, low] = head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > MAX_EXTENSION {
        return Ok(None);
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    Ok(parse_binary(version_and_command, family, &rest))
}

/// Section 2.2: the command, the family with the protocol, and the addresses with what follows them.
fn parse_binary(version_and_command: u8, family: u8, rest: &[u8]) -> Option<ProxiedPeer> {
    match version_and_command {
        0x20 => return Some(ProxiedPeer::Unknown),
        0x21 => {}
        _ => return None,
    }
    match family {
        // Source and destination address, then two ports.
        0x11 => {
            let (source, _) = rest.split_first_chunk::<4>().filter(|_| rest.len() >= 12)?;
            Some(ProxiedPeer::Address(IpAddr::V4(Ipv4Addr::from(*source))))
        }
        0x21 => {
            let (source, _) = rest.split_first_chunk::<16>().filter(|_| rest.len() >= 36)?;
            Some(ProxiedPeer::Address(IpAddr::V6(Ipv6Addr::from(*source)).to_canonical()))
        }
        // Unspecified, datagrams, Unix sockets: valid, and without an address of use.
        0x00 | 0x12 | 0x22 | 0x31 | 0x32 => Some(ProxiedPeer::Unknown),
        _ => None,
    }
}

/// Reads the rest of a version 1 header, which is a line.
async fn read_line(stream: &mut TcpStream, start: &[u8]) -> io::Result<Option<ProxiedPeer>> {
    if !start.starts_with(b"PROXY ") {
        return Ok(None);
    }
    let mut line = start.to_vec();
    while line.len() < MAX_LINE {
        let mut ahead = [0; MAX_LINE];
        let window = ahead.get_mut(..MAX_LINE - line.len()).unwrap_or_default();
        let seen = stream.peek(window).await?;
        let end = memchr::memchr(b'\n', window.get(..seen).unwrap_or_default());
        let take = end.map_or(seen, |end| end + 1);
        if take == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let from = line.len();
        line.resize(from + take, 0);
        stream.read_exact(line.get_mut(from..).unwrap_or_default()).await?;
        if end.is_some() {
            return Ok(parse_line(&line));
        }
    }
    Ok(None)
}

/// Section 2.1: `PROXY TCP4 source destination source-port destination-port` and the line end.
fn parse_line(line: &[u8]) -> Option<ProxiedPeer> {
    let line = std::str::from_utf8(line.strip_suffix(b"\r\n")?).ok()?;
    let mut words = line.strip_prefix("PROXY ")?.split(' ');
    let is_ipv6 = match words.next()? {
        "TCP4" => false,
        "TCP6" => true,
        // What follows is to be ignored.
        "UNKNOWN" => return Some(ProxiedPeer::Unknown),
        _ => return None,
    };
    let mut address = || words.next()?.parse::<IpAddr>().ok().filter(|address| address.is_ipv6() == is_ipv6);
    let (source, _destination) = (address()?, address()?);
    let mut port = || {
        let port = words.next()?;
        let is_canonical = port.bytes().all(|byte| byte.is_ascii_digit()) && (port == "0" || !port.starts_with('0'));
        port.parse::<u16>().ok().filter(|_| is_canonical)
    };
    let _ports = (port()?, port()?);
    words.next().is_none().then_some(ProxiedPeer::Address(source.to_canonical()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt as _;

    fn address(text: &str) -> Option<ProxiedPeer> {
        Some(ProxiedPeer::Address(text.parse().unwrap()))
    }

    /// What [`read`] makes of `bytes`, sent in pieces, and what is left in the socket.
    async fn read_from(bytes: Vec<u8>, piece: usize) -> (io::Result<ProxiedPeer>, Vec<u8>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        client.set_nodelay(true).unwrap();
        let writer = async move {
            for piece in bytes.chunks(piece) {
                if client.write_all(piece).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        let reader = async {
            let peer = read(&mut server).await;
            let mut rest = Vec::new();
            if peer.is_ok() {
                server.read_to_end(&mut rest).await.unwrap();
            }
            (peer, rest)
        };
        tokio::join!(writer, reader).1
    }

    fn binary(command: u8, family: u8, addresses: &[u8], extra: usize) -> Vec<u8> {
        let length = u16::try_from(addresses.len() + extra).unwrap();
        [&SIGNATURE[..], &[command, family], &length.to_be_bytes(), addresses, &vec![0xee; extra]].concat()
    }

    #[tokio::test]
    async fn takes_exactly_the_header() {
        let v4 = [192, 0, 2, 1, 127, 0, 0, 1, 0, 9, 0, 80];
        let mut v6 = [0; 36];
        v6[..16].copy_from_slice(&"2001:db8::7".parse::<Ipv6Addr>().unwrap().octets());
        let valid = [
            (b"PROXY TCP4 192.0.2.1 127.0.0.1 56324 443\r\n".to_vec(), address("192.0.2.1")),
            (b"PROXY TCP6 2001:db8::7 ::1 1 65535\r\n".to_vec(), address("2001:db8::7")),
            (b"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:127.0.0.1 0 0\r\n".to_vec(), address("192.0.2.1")),
            (b"PROXY UNKNOWN\r\n".to_vec(), Some(ProxiedPeer::Unknown)),
            (b"PROXY UNKNOWN ffff:f::ffff x y z\r\n".to_vec(), Some(ProxiedPeer::Unknown)),
            (binary(0x21, 0x11, &v4, 0), address("192.0.2.1")),
            (binary(0x21, 0x11, &v4, 2_000), address("192.0.2.1")),
            (binary(0x21, 0x21, &v6, 0), address("2001:db8::7")),
            (binary(0x20, 0x00, &[], 0), Some(ProxiedPeer::Unknown)),
            (binary(0x20, 0x11, &v4, 9), Some(ProxiedPeer::Unknown)),
            (binary(0x21, 0x00, &[], 7), Some(ProxiedPeer::Unknown)),
            (binary(0x21, 0x31, &[0; 216], 0), Some(ProxiedPeer::Unknown)),
        ];
        for (header, expected) in valid {
            for piece in [1, 5, 13, 10_000] {
                let bytes = [&header[..], b"GET /\nPROXY \r\n"].concat();
                let (peer, rest) = read_from(bytes, piece).await;
                assert_eq!((peer.ok(), rest), (expected, b"GET /\nPROXY \r\n".to_vec()), "{header:?} by {piece}");
            }
        }
    }

    #[tokio::test]
    async fn rejects_everything_else() {
        let invalid: [Vec<u8>; 16] = [
            b"".to_vec(),
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 127.0.0.1 56324 443\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 127.0.0.1 56324\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 127.0.0.1 56324 443 1\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 127.0.0.1 65536 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 127.0.0.1 +1 443\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::7 ::1 1 2\r\n".to_vec(),
            b"PROXY TCP6 192.0.2.1 127.0.0.1 1 2\r\n".to_vec(),
            b"PROXY TCP4  192.0.2.1 127.0.0.1 1 2\r\n".to_vec(),
            b"PROXY UDP4 192.0.2.1 127.0.0.1 1 2\r\n".to_vec(),
            [b"PROXY UNKNOWN ".to_vec(), vec![b'x'; 200], b"\r\n".to_vec()].concat(),
            b"PROXY TCP4 192.0.2.1".to_vec(),
            binary(0x11, 0x11, &[0; 12], 0),
            binary(0x21, 0x11, &[0; 11], 0),
            binary(0x21, 0x11, &[0; 12], MAX_EXTENSION),
        ];
        for header in invalid {
            assert!(read_from(header.clone(), 10_000).await.0.is_err(), "{header:?}");
        }
        assert!(read_from(binary(0x21, 0x44, &[0; 12], 0), 10_000).await.0.is_err());
        assert!(read_from(binary(0x22, 0x11, &[0; 12], 0), 10_000).await.0.is_err());
    }

    proptest! {
        #[test]
        fn both_versions_name_any_address(v4: u32, v6: u128, port: u16) {
            let (v4, v6) = (Ipv4Addr::from(v4), Ipv6Addr::from(v6));
            let line = format!("PROXY TCP4 {v4} 127.0.0.1 {port} 443\r\n");
            prop_assert_eq!(parse_line(line.as_bytes()), Some(ProxiedPeer::Address(v4.into())));
            let line = format!("PROXY TCP6 {v6} ::1 {port} 443\r\n");
            let expected = Some(ProxiedPeer::Address(IpAddr::V6(v6).to_canonical()));
            prop_assert_eq!(parse_line(line.as_bytes()), expected);
            prop_assert_eq!(parse_binary(0x21, 0x21, &[v6.octets().to_vec(), vec![0; 20]].concat()), expected);
        }

        #[test]
        fn no_bytes_panic(line: Vec<u8>, command: u8, family: u8) {
            parse_line(&line);
            parse_binary(command, family, &line);
        }
    }
}
