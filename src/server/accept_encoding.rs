//! Which content codings a client accepts (RFC 9110 section 12.5.3). Read to code the answer, and for nothing else.

use http::header::HeaderMap;

use crate::content_coding::ContentCoding;
use crate::server::headers::{KnownHeader, all_lines};

/// The weight of a coding that is named without one, in thousandths (section 12.4.2).
const FULL_WEIGHT: u16 = 1_000;

/// What `Accept-Encoding` says about the codings that exist here: weights in thousandths, `None` where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AcceptedCodings {
    gzip: Option<u16>,
    brotli: Option<u16>,
    identity: Option<u16>,
    /// Any coding that is not named.
    others: Option<u16>,
}

impl AcceptedCodings {
    /// Reads every line of the field. A coding is taken as it is named first; what is malformed is not read. Without the field, or
    /// with an empty one, no coding is accepted: section 12.5.3 permits any without it, but some programs that do not send it do not decode.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        for line in all_lines(headers, KnownHeader::AcceptEncoding) {
            for item in line.as_bytes().split(|byte| *byte == b',') {
                accepted.read(item);
            }
        }
        accepted
    }

    fn read(&mut self, item: &[u8]) {
        let mut parts = item.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let slot = match name.as_slice() {
            // Section 8.4.1.3: x-gzip is equivalent.
            b"gzip" | b"x-gzip" => &mut self.gzip,
            b"br" => &mut self.brotli,
            b"identity" => &mut self.identity,
            b"*" => &mut self.others,
            _ => return,
        };
        let weight = match (parts.next(), parts.next()) {
            (None, _) => Some(FULL_WEIGHT),
            (Some(parameter), None) => weight(parameter),
            (Some(_), Some(_)) => None,
        };
        if let (None, Some(weight)) = (*slot, weight) {
            *slot = Some(weight);
        }
    }

    /// The best of the codings that are on offer, beside identity, which every answer has. Of equal weights the first is taken.
    #[must_use]
    pub fn best(self, offered: &[ContentCoding]) -> ContentCoding {
        let (mut best, mut best_weight) = (ContentCoding::Identity, self.identity.unwrap_or(0));
        for &coding in offered {
            let weight = self.weight(coding);
            if weight > best_weight || (weight == best_weight && weight > 0 && best == ContentCoding::Identity) {
                (best, best_weight) = (coding, weight);
            }
        }
        best
    }

    /// Whether the client refuses an answer without a coding.
    #[must_use]
    pub fn refuses_identity(self) -> bool {
        self.identity.or(self.others) == Some(0)
    }

    fn weight(self, coding: ContentCoding) -> u16 {
        let named = match coding {
            ContentCoding::Gzip => self.gzip,
            ContentCoding::Brotli => self.brotli,
            ContentCoding::Identity => self.identity,
        };
        named.or(self.others).unwrap_or(0)
    }
}

/// A weight (section 12.4.2): `q=`, and a number from 0 to 1 with at most three decimals.
fn weight(parameter: &[u8]) -> Option<u16> {
    let value = parameter.strip_prefix(b"q=").or_else(|| parameter.strip_prefix(b"Q="))?;
    let (&whole, rest) = value.split_first()?;
    let decimals = match rest {
        [] => &[][..],
        [b'.', decimals @ ..] if decimals.len() <= 3 => decimals,
        _ => return None,
    };
    let mut thousandths = match whole {
        b'0' => 0,
        b'1' => FULL_WEIGHT,
        _ => return None,
    };
    for (digit, place) in decimals.iter().zip([100, 10, 1]) {
        if !digit.is_ascii_digit() {
            return None;
        }
        thousandths += u16::from(digit - b'0') * place;
    }
    (thousandths <= FULL_WEIGHT).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContentCoding::{Brotli, Gzip, Identity};
    use http::HeaderValue;
    use proptest::prelude::*;

    fn accepted(lines: &[&str]) -> AcceptedCodings {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("accept-encoding", HeaderValue::from_str(line).unwrap());
        }
        AcceptedCodings::from_headers(&headers)
    }

    #[test]
    fn selects_the_best_coding_that_the_client_accepts() {
        for (lines, expected) in [
            (&[][..], Identity),
            (&[""], Identity),
            (&[","], Identity),
            (&["gzip, deflate, br, zstd"], Brotli),
            (&["gzip, deflate"], Gzip),
            (&["gzip", "br"], Brotli),
            (&["deflate, zstd"], Identity),
            (&["GZIP;Q=1"], Gzip),
            (&["x-gzip"], Gzip),
            (&["*"], Brotli),
            (&["*;q=0.1"], Brotli),
            (&["*;q=0"], Identity),
            (&["br;q=0, *"], Gzip),
            (&["br;q=0, *;q=0"], Identity),
            (&["gzip;q=0"], Identity),
            (&["gzip;q=0.000"], Identity),
            (&["gzip;q=0.001"], Gzip),
            (&["gzip;q=1.0, br;q=0.9"], Gzip),
            (&["gzip;q=0.5, br;q=0.5"], Brotli),
            (&["identity, gzip;q=0.5"], Identity),
            (&["identity;q=0.5, gzip;q=0.5"], Gzip),
            (&["identity;q=0.4, gzip;q=0.5"], Gzip),
            (&["identity;q=0"], Identity),
            (&["gzip ; q=0.8 ,br"], Brotli),
            (&["gzip;q=0, gzip"], Identity),
            (&["gzip;q=2"], Identity),
            (&["gzip;q=1.001"], Identity),
            (&["gzip;q=0.1234"], Identity),
            (&["gzip;q=.5"], Identity),
            (&["gzip;q=-1"], Identity),
            (&["gzip;q="], Identity),
            (&["gzip;q"], Identity),
            (&["gzip;level=9"], Identity),
            (&["gzip;q=1;q=0"], Identity),
            (&["gzip deflate"], Identity),
            (&["gzipped, brotli"], Identity),
        ] {
            assert_eq!(accepted(lines).best(&[Brotli, Gzip]), expected, "{lines:?}");
        }
        assert_eq!(accepted(&["gzip;q=0.1, br"]).best(&[Gzip]), Gzip, "br is not on offer");
        assert_eq!(accepted(&["br"]).best(&[Gzip]), Identity);
    }

    #[test]
    fn identity_is_refused_by_name_or_with_all_that_are_not_named() {
        for (line, refused) in [
            ("identity;q=0", true),
            ("*;q=0", true),
            ("gzip, *;q=0", true),
            ("identity;q=0.1, *;q=0", false),
            ("identity;q=0, *", true),
            ("gzip", false),
            ("", false),
        ] {
            assert_eq!(accepted(&[line]).refuses_identity(), refused, "{line}");
        }
    }

    proptest! {
        /// Whatever a client sends, it gets a coding that it named, or that `*` stands for.
        #[test]
        fn never_selects_what_is_not_accepted(line in "[gzipbr*,;=q01. ]{0,40}|[ -~]{0,40}") {
            let best = accepted(&[&line]).best(&[Brotli, Gzip]);
            let lower = line.to_ascii_lowercase();
            let is_named = |name: &str| lower.contains(name) || lower.contains('*');
            prop_assert!(best == Identity || best.name().is_some_and(is_named), "{line}");
        }
    }
}
