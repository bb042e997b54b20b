//! Heads as servers send them, odd and hostile ones among them, in one piece and in many.

use super::*;
use proptest::prelude::*;

const INTERIM: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

/// Reads a head that arrives in these pieces. Beside it what follows it.
fn read(pieces: &[&[u8]]) -> Result<Option<(ResponseHead, BytesMut)>, ExchangeError> {
    let mut reader = HeadReader::default();
    let mut buffer = BytesMut::new();
    let mut head = None;
    for piece in pieces {
        buffer.extend_from_slice(piece);
        if head.is_none() {
            head = reader.read(&mut buffer)?;
        }
    }
    Ok(head.map(|head| (head, buffer)))
}

fn is_read(pieces: &[&[u8]]) -> bool {
    matches!(read(pieces), Ok(Some(_)))
}

fn is_too_long(pieces: &[&[u8]]) -> bool {
    matches!(read(pieces), Err(ExchangeError::HeadTooLong))
}

#[test]
fn interim_responses_are_bounded() {
    let few = [INTERIM.repeat(MAX_INTERIM_RESPONSES), RESPONSE.to_vec()].concat();
    assert!(is_read(&[&few, &[b'x'; MAX_HEAD_BYTES]]), "the body is not looked at");
    assert!(is_too_long(&[&INTERIM.repeat(MAX_INTERIM_RESPONSES + 1)]));
    for interim in [&b"HTTP/1.1 100 Continue\n\n"[..], b"HTTP/1.0 199 \r\n\r\n", b"\r\nHTTP/1.1 100\r\n\r\n"] {
        assert!(is_too_long(&[&interim.repeat(MAX_INTERIM_RESPONSES + 1)]), "{interim:?}");
        assert!(is_read(&[&interim.repeat(MAX_INTERIM_RESPONSES), RESPONSE]), "{interim:?}");
    }
    let (head, rest) = read(&[b"HTTP/1.1 101 Switching\r\n\r\n", RESPONSE]).unwrap().unwrap();
    assert_eq!((head.response.status().as_u16(), head.is_kept_alive), (101, false), "another protocol follows");
    assert_eq!(rest, RESPONSE);
}

#[test]
fn a_head_is_bounded() {
    let line = [b"A: ".as_slice(), &[b'x'; 1_021], b"\r\n"].concat();
    assert!(is_read(&[RESPONSE.trim_ascii_end(), b"\r\n", &line.repeat(200), b"\r\n", &line.repeat(1_000)]));
    assert!(is_too_long(&[RESPONSE.trim_ascii_end(), b"\r\n", &line.repeat(300)]));
    assert!(is_too_long(&[b"HTTP/1.1 200 OK\r\nA:", &[b' '; MAX_HEAD_BYTES]]), "one line");
    assert!(is_too_long(&[&b"\r\n".repeat(MAX_HEAD_BYTES / 2), RESPONSE]), "empty lines before it");
    let lines = |count| [RESPONSE.trim_ascii_end(), b"\r\n", &b"A: b\r\n".repeat(count), b"\r\n"].concat();
    assert!(is_read(&[&lines(MAX_HEADERS - 1)]));
    assert!(matches!(read(&[&lines(MAX_HEADERS)]), Err(ExchangeError::NotHttp)));
}

/// A head of the greatest length in pieces of a byte each: were it parsed after each of them, this would take minutes.
#[test]
fn small_pieces_cost_no_more() {
    for bytes in [b"x".repeat(MAX_HEAD_BYTES), b"\r\n".repeat(MAX_HEAD_BYTES / 2), b"A\n".repeat(MAX_HEAD_BYTES / 2)] {
        for start in [&b"HTTP/1.1 200 OK\r\n"[..], b""] {
            let bytes = [start, &bytes].concat();
            let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
            let _ = read(&pieces);
        }
    }
}

#[test]
fn what_is_no_response_is_refused_at_once() {
    for bytes in [
        &b"220 ftp.example ready\r\n"[..],
        b"SSH-2.0-x\r\n",
        b"<html>",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/0.9 200 OK\r\n",
        b"http/1.1 200 OK",
        b"\r\n\x16\x03\x01",
    ] {
        assert!(matches!(read(&[bytes]), Err(ExchangeError::NotHttp)), "{bytes:?}");
    }
    for status in ["", "20", "2000", "abc", "099", "-20", "1 00"] {
        let head = format!("HTTP/1.1 {status} OK\r\n\r\n");
        assert!(matches!(read(&[head.as_bytes()]), Err(ExchangeError::NotHttp)), "{status}");
    }
}

fn head_of(lines: &str) -> ResponseHead {
    read(&[format!("HTTP/1.1 200 OK\r\n{lines}\r\n").as_bytes()]).unwrap().unwrap().0
}

#[test]
fn one_odd_line_costs_that_line() {
    for lines in [
        "Content-Type : text/html\r\n",
        "Content-Type:\r\n text/html\r\n",
        "content-type:text/html\n",
        "No colon here\r\nContent-Type: text/html\r\n",
        "Na me: x\r\nContent-Type: text/html\r\n",
        "X: \x01\r\nContent-Type: text/html\r\n",
        ": empty\r\nContent-Type: text/html\r\n",
    ] {
        let head = head_of(lines);
        let value =
            head.response.headers().get(header::CONTENT_TYPE).map(|value| value.as_bytes().trim_ascii().to_vec());
        assert_eq!(value.as_deref(), Some(&b"text/html"[..]), "{lines:?}");
    }
}

#[test]
fn only_headers_that_somebody_reads_are_kept() {
    let head =
        head_of("Set-Cookie: a=b\r\nETag: x\r\nRETRY-AFTER: 5\r\nContent-Encoding: br\r\ncontent-encoding: gzip\r\n");
    let kept: Vec<_> = head.response.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    assert_eq!(kept, [("retry-after", &b"5"[..]), ("content-encoding", b"br"), ("content-encoding", b"gzip")]);
}

#[test]
fn tells_how_the_body_ends_and_whether_the_connection_is_kept() {
    let length = BodyFraming::with_length;
    for (head, framing, is_kept_alive) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", length(5), true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n", length(5), false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive, Close\r\n", length(5), false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\nConnection: keep-alive\r\n", length(5), false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n", length(5), false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n", length(5), true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n", length(5), true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", BodyFraming::chunked(), true),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: x, Chunked\r\n",
            BodyFraming::chunked(),
            true,
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", BodyFraming::chunked(), false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n", BodyFraming::UntilClose, true),
        ("HTTP/1.1 200 OK\r\n", BodyFraming::UntilClose, true),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n", length(0), true),
        ("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n", length(0), true),
    ] {
        let read = read(&[format!("{head}\r\n").as_bytes()]).unwrap().unwrap().0;
        assert_eq!((read.framing, read.is_kept_alive), (framing, is_kept_alive), "{head}");
    }
    for lines in [
        "1 200 OK\r\nContent-Length: 5, 6\r\n",
        "1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
        "1 200 OK\r\nContent-Length: +5\r\n",
        "1 200 OK\r\nContent-Length: -5\r\n",
        "1 200 OK\r\nContent-Length: 0x5\r\n",
        "1 200 OK\r\nContent-Length:\r\n",
        "1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
        "0 200 OK\r\nTransfer-Encoding: chunked\r\n",
    ] {
        let head = format!("HTTP/1.{lines}\r\n");
        assert!(matches!(read(&[head.as_bytes()]), Err(ExchangeError::NotHttp)), "{head}");
    }
}

proptest! {
    #[test]
    fn splits_do_not_matter(interim in 0_usize..20, empty in 0_usize..3, cut in 1_usize..60, line_end in "\r?\n") {
        let bytes = [b"\r\n".repeat(empty), INTERIM.repeat(interim), RESPONSE.to_vec(), b"hello".to_vec()].concat();
        let bytes = String::from_utf8(bytes).unwrap().replace("\r\n", &line_end);
        let pieces: Vec<&[u8]> = bytes.as_bytes().chunks(cut).collect();
        match read(&pieces) {
            Ok(Some((head, rest))) => {
                prop_assert!(interim <= MAX_INTERIM_RESPONSES);
                prop_assert_eq!((head.framing, &rest[..]), (BodyFraming::with_length(5), &b"hello"[..]));
            }
            other => {
                prop_assert!(matches!(other, Err(ExchangeError::HeadTooLong)));
                prop_assert!(interim > MAX_INTERIM_RESPONSES);
            }
        }
    }

    #[test]
    fn never_panics(start in "(HTTP/1.[01] [0-9 ]{0,5})?", bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 1_usize..50) {
        let bytes = [start.as_bytes(), &bytes, b"\r\n\r\n"].concat();
        let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
        let _ = read(&pieces);
    }
}
