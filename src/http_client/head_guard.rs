//! Follows the bytes of a connection to the end of each response's head (RFC 9112 section 2.1), and counts what precedes it.

/// Most interim responses (1xx) before a response. Servers send one or two, such as `103 Early Hints`; Go's client stops after
/// five.
const MAX_INTERIM_RESPONSES: usize = 16;

/// Most bytes before the body of a response: its head, and interim responses. Browsers stop at 256 KiB, too.
const MAX_HEAD_BYTES: usize = 262_144;

/// The start of a status line, up to the status: `HTTP/1.1 200` (RFC 9112 section 4).
const START_BYTES: usize = 12;

/// Where in a response the bytes so far end.
#[derive(Debug, Default)]
pub(super) struct HeadGuard {
    /// The head is over, or what was read is no response: no further byte is looked at until a request is sent.
    is_over: bool,
    /// Bytes since the request was sent.
    bytes: usize,
    /// Interim responses among them.
    interim: usize,
    /// The first bytes of the current head.
    start: Vec<u8>,
    /// Whether the current line of the head has anything but its end.
    line_has_bytes: bool,
}

impl HeadGuard {
    /// Notes that a request was sent, or a part of it. What a server sends before it has the whole request is its response.
    pub(super) fn request_sent(&mut self) {
        if self.is_over {
            *self = Self::default();
        }
    }

    /// Looks at the next bytes. Returns false if there are too many, or too many interim responses.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while !self.is_over
            && let Some((&byte, after)) = rest.split_first()
        {
            rest = after;
            self.bytes += 1;
            if self.start.len() < START_BYTES {
                self.push_start(byte);
                continue;
            }
            match byte {
                b'\n' if !self.line_has_bytes => self.end_head(),
                b'\n' => self.line_has_bytes = false,
                b'\r' => {}
                _ => {
                    self.line_has_bytes = true;
                    // Most of a head is skipped at once.
                    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    self.bytes += end;
                    rest = rest.get(end..).unwrap_or_default();
                }
            }
            if self.bytes > MAX_HEAD_BYTES {
                return false;
            }
        }
        self.interim <= MAX_INTERIM_RESPONSES
    }

    /// Looks at a byte of a status line. Empty lines may precede it (RFC 9112 section 2.2).
    fn push_start(&mut self, byte: u8) {
        if self.start.is_empty() && matches!(byte, b'\r' | b'\n') {
            self.is_over = self.bytes > MAX_HEAD_BYTES;
            return;
        }
        self.start.push(byte);
        self.line_has_bytes = true;
        let expected = b"HTTP/";
        let known = self.start.len().min(expected.len());
        self.is_over = self.start.get(..known) != expected.get(..known);
    }

    fn end_head(&mut self) {
        let is_interim = matches!(self.start.get(9..), Some([b'1', tens, ones]) if (*tens, *ones) != (b'0', b'1'));
        self.start.clear();
        self.interim += usize::from(is_interim);
        self.is_over = !is_interim;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INTERIM: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
    const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

    fn holds(pieces: &[&[u8]]) -> bool {
        let mut scan = HeadGuard::default();
        pieces.iter().all(|piece| scan.push(piece))
    }

    #[test]
    fn interim_responses_are_bounded() {
        let few = [INTERIM.repeat(MAX_INTERIM_RESPONSES), RESPONSE.to_vec()].concat();
        assert!(holds(&[&few, &[b'x'; MAX_HEAD_BYTES]]), "the body is not looked at");
        assert!(!holds(&[&INTERIM.repeat(MAX_INTERIM_RESPONSES + 1)]));
        for interim in [&b"HTTP/1.1 100 Continue\n\n"[..], b"HTTP/1.0 199 \r\n\r\n", b"\r\nHTTP/1.1 100\r\n\r\n"] {
            assert!(!holds(&[&interim.repeat(MAX_INTERIM_RESPONSES + 1)]), "{interim:?}");
            assert!(holds(&[&interim.repeat(MAX_INTERIM_RESPONSES), RESPONSE]), "{interim:?}");
        }
        assert!(holds(&[b"HTTP/1.1 101 Switching\r\n\r\n", &INTERIM.repeat(99)]), "another protocol follows");
    }

    #[test]
    fn a_head_is_bounded() {
        let line = [b"A: ".as_slice(), &[b'x'; 1_021], b"\r\n"].concat();
        assert!(holds(&[RESPONSE.trim_ascii_end(), b"\r\n", &line.repeat(200), b"\r\n", &line.repeat(1_000)]));
        assert!(!holds(&[RESPONSE.trim_ascii_end(), b"\r\n", &line.repeat(300)]));
        assert!(!holds(&[b"HTTP/1.1 200 OK\r\nA:", &[b' '; MAX_HEAD_BYTES]]), "one line");
        assert!(holds(&[&[b'x'; 2 * MAX_HEAD_BYTES]]), "what is no response is left to the parser");
    }

    #[test]
    fn each_request_of_a_kept_connection_starts_anew() {
        let mut scan = HeadGuard::default();
        for _ in 0..100 {
            scan.request_sent();
            assert!(scan.push(&INTERIM.repeat(4)) && scan.push(&RESPONSE[..20]));
            scan.request_sent(); // the rest of a long request
            assert!(scan.push(&RESPONSE[20..]) && scan.push(&[b'\n'; MAX_HEAD_BYTES]));
        }
    }

    proptest! {
        #[test]
        fn splits_do_not_matter(interim in 0_usize..40, cut in 1_usize..60) {
            let bytes = [INTERIM.repeat(interim), RESPONSE.to_vec(), b"hello".to_vec()].concat();
            let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
            prop_assert_eq!(holds(&pieces), interim <= MAX_INTERIM_RESPONSES);
        }

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            holds(&[b"HTTP/1.1 100 ", &bytes]);
        }
    }
}
