//! Bodies as servers send them, in one piece and in many.

use super::*;
use proptest::prelude::*;

/// A body, and what follows it.
type Read = (Vec<u8>, Vec<u8>);

/// Reads a body of chunks that arrives in pieces of this many bytes. Returns it and what follows it; `None` if its end does not arrive.
fn read(bytes: &[u8], cut: usize) -> Result<Option<Read>, ExchangeError> {
    let mut framing = BodyFraming::chunked();
    let (mut buffer, mut body) = (BytesMut::new(), Vec::new());
    for piece in bytes.chunks(cut) {
        buffer.extend_from_slice(piece);
        while let Some(taken) = framing.take(&mut buffer)? {
            assert!(!taken.is_empty());
            body.extend_from_slice(&taken);
        }
    }
    Ok(framing.has_ended().then(|| (body, buffer.to_vec())))
}

#[test]
fn reads_chunks_of_every_spelling() {
    for bytes in [
        &b"5\r\nhello\r\n0\r\n\r\n"[..],
        b"2\r\nhe\r\n03\r\nllo\r\n000\r\n\r\n",
        b"5;a=b\r\nhello\r\n0;c\r\n\r\n",
        b"5  \r\nhello\r\n0 ;x\r\n\r\n",
        b"5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n",
        b"0000000000000005\r\nhello\r\n0\r\n\r\n",
    ] {
        for cut in [1, 2, 3, 1_000] {
            let read = read(&[bytes, b"next"].concat(), cut).unwrap().unwrap();
            assert_eq!(read.0, b"hello", "{bytes:?}");
            assert!(b"next".ends_with(&read.1[read.1.len().saturating_sub(4)..]), "{bytes:?}");
        }
    }
}

#[test]
fn invalid_chunks_are_refused() {
    for bytes in [
        &b"\r\nhello\r\n"[..],
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello!\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"-5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b"0x5\r\nhello\r\n",
        b" 5\r\nhello\r\n",
        b"5 5\r\nhello\r\n",
        b"g\r\nhello\r\n",
        b"10000000000000000\r\nhello\r\n",
        b"5\r\nhello\r\n0\r\nA: b\n\r\n",
    ] {
        for cut in [1, 1_000] {
            assert!(matches!(read(bytes, cut), Err(ExchangeError::NotHttp)), "{bytes:?}");
        }
    }
}

#[test]
fn an_end_that_does_not_arrive_is_none() {
    let bytes = b"5\r\nhello\r\n0\r\nA: b\r\n\r\n";
    for length in 0..bytes.len() {
        assert_eq!(read(&bytes[..length], 1_000).unwrap(), None, "{length}");
    }
    for framing in [BodyFraming::with_length(3), BodyFraming::UntilClose] {
        let (mut framing, mut buffer) = (framing, BytesMut::from(&b"ab"[..]));
        assert_eq!(framing.take(&mut buffer).unwrap().as_deref(), Some(&b"ab"[..]));
        assert_eq!(framing.take(&mut buffer).unwrap(), None);
        assert!(!framing.has_ended());
    }
}

#[test]
fn what_is_between_chunks_is_bounded() {
    let too_long =
        |bytes: &[u8]| [1, 7, 100_000].iter().all(|&cut| matches!(read(bytes, cut), Err(ExchangeError::HeadTooLong)));
    let extensions =
        |bytes: usize, chunks: usize| [b"1;", &b"x".repeat(bytes)[..], b"\r\n.\r\n"].concat().repeat(chunks);
    assert!(read(&extensions(1_000, 16), 100).is_ok());
    assert!(too_long(&extensions(1_000, 17)));
    assert!(too_long(&extensions(MAX_EXTENSION_BYTES, 1)));
    assert!(too_long(&b"0".repeat(MAX_EXTENSION_BYTES + 2)), "a line that does not end");
    let trailers = |bytes: usize, lines: usize| {
        [b"0\r\n", &[b"A:", &b"x".repeat(bytes)[..], b"\r\n"].concat().repeat(lines)[..]].concat()
    };
    assert!(read(&trailers(998, 16), 100).is_ok());
    assert!(too_long(&trailers(998, 17)));
    assert!(too_long(&trailers(MAX_TRAILER_BYTES, 1)));
}

proptest! {
    #[test]
    fn returns_what_was_sent_however_it_is_split(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..8), cut in 1_usize..60, rest in "[a-z]{0,5}") {
        let mut bytes: Vec<u8> = chunks.iter().flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).into_bytes(), chunk.clone(), b"\r\n".to_vec()].concat()).collect();
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes.extend_from_slice(rest.as_bytes());
        prop_assert_eq!(read(&bytes, cut).unwrap(), Some((chunks.concat(), rest.into_bytes())));
    }

    #[test]
    fn never_panics(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\r'), Just(b'\n'), Just(b'0'), Just(b'f')], 0..200), cut in 1_usize..60) {
        let _ = read(&bytes, cut);
    }
}
