//! Anonymous ID: what the toolbar calls its user. It goes no further than this file: a partner gets a
//! pseudonym, different for each partner and each day, that nobody can turn back or join with another's.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::names::Name;
use crate::seal::keys::PseudonymKey;

/// The longest ID that is taken, in bytes (CONTRACT section 1).
pub const ID_BYTES: usize = 128;

/// Length of a pseudonym before encoding, in bytes: 128 bits, so that two of a hundred million users
/// share one with a probability of about 10^-23.
const PSEUDONYM_BYTES: usize = 16;

/// The toolbar's opaque ID of its user: held in memory for one request, wiped when that ends.
pub struct AnonymousId(Zeroizing<Vec<u8>>);

/// The ID is longer than [`ID_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl AnonymousId {
    /// Takes a decoded `id` parameter; an empty one is absent.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn read(bytes: Vec<u8>) -> Result<Option<Self>, TooLong> {
        let bytes = Zeroizing::new(bytes);
        match bytes.len() {
            0 => Ok(None),
            1..=ID_BYTES => Ok(Some(Self(bytes))),
            _ => Err(TooLong),
        }
    }

    /// What this partner gets instead today: HMAC-SHA-256 (RFC 2104) under the day's key over the
    /// partner's name and the ID, the first 128 bits as 22 characters of base64url (RFC 4648 section 5).
    #[must_use]
    pub fn pseudonym(&self, partner: &Name, key: &PseudonymKey) -> String {
        // A name holds no zero byte, so the two parts cannot run into one another.
        let tag = key.hmac(&[partner.as_str().as_bytes(), &[0], &self.0]);
        URL_SAFE_NO_PAD.encode(tag.get(..PSEUDONYM_BYTES).unwrap_or_default())
    }
}

impl fmt::Debug for AnonymousId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnonymousId(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(AnonymousId: fmt::Display, serde::Serialize, Clone);

    fn id(text: &[u8]) -> AnonymousId {
        AnonymousId::read(text.to_vec()).unwrap().unwrap()
    }

    #[test]
    fn bounds() {
        assert!(AnonymousId::read(Vec::new()).unwrap().is_none());
        assert!(AnonymousId::read(vec![0; 128]).unwrap().is_some());
        assert_eq!(AnonymousId::read(vec![0; 129]).unwrap_err(), TooLong);
        assert!(!format!("{:?}", id(b"canary")).contains("canary"));
    }

    proptest! {
        #[test]
        fn same_day_and_partner_agree_and_nothing_else_does(
            one in proptest::collection::vec(any::<u8>(), 1..128),
            other in proptest::collection::vec(any::<u8>(), 1..128),
            day in any::<[u8; 32]>(), next in any::<[u8; 32]>(),
        ) {
            prop_assume!(one != other && day != next);
            let (a, b) = (Name::new("a").unwrap(), Name::new("b").unwrap());
            let (day, next) = (PseudonymKey::new(day), PseudonymKey::new(next));
            let pseudonym = id(&one).pseudonym(&a, &day);
            prop_assert_eq!(pseudonym.len(), 22);
            prop_assert_eq!(&pseudonym, &id(&one).pseudonym(&a, &day));
            prop_assert_ne!(&pseudonym, &id(&one).pseudonym(&b, &day));
            prop_assert_ne!(&pseudonym, &id(&one).pseudonym(&a, &next));
            prop_assert_ne!(&pseudonym, &id(&other).pseudonym(&a, &day));
        }
    }
}
