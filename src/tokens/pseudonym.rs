//! Pseudonyms: what a partner receives instead of the toolbar's anonymous ID.
//!
//! A pseudonym differs for each partner and each day. It cannot be inverted or linked to another day's, because the
//! key is deleted at the end of the day.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::fields::anonymous_id::AnonymousId;
use crate::name::ConfigName;
use crate::tokens::keys::{PseudonymKey, first_u64};

/// Length of a pseudonym before encoding: 128 bits. Among a hundred million users, two share one with a probability of
/// about 10^-23.
const PSEUDONYM_BYTES: usize = 16;

/// The pseudonym of `id` for this partner and the day of `key`.
///
/// HMAC-SHA-256 (RFC 2104) over `partner || 0x00 || id`, truncated to 128 bits, as 22 characters of base64url
/// (RFC 4648 section 5). A partner's name contains no zero byte, so the input is unambiguous.
#[must_use]
pub fn pseudonym(id: &AnonymousId, partner: &ConfigName, key: &PseudonymKey) -> String {
    let mac = key.hmac(&[partner.as_str().as_bytes(), &[0], id.expose_for_pseudonym()]);
    URL_SAFE_NO_PAD.encode(mac.get(..PSEUDONYM_BYTES).unwrap_or_default())
}

/// The deduplication ID of `id` for the day of `key`, kept in memory only: 64 bits of HMAC-SHA-256 over `0x00 || id`.
/// It equals no pseudonym, because no partner has an empty name.
#[must_use]
pub fn dedup_id(id: &AnonymousId, key: &PseudonymKey) -> u64 {
    first_u64(&key.hmac(&[&[0], id.expose_for_pseudonym()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::anonymous_id::ReceivedId;
    use proptest::prelude::*;

    fn id(text: &[u8]) -> AnonymousId {
        let marked = [b"no number or address ", text].concat();
        let ReceivedId::Usable(id) = AnonymousId::parse(marked).unwrap() else { panic!("an ID that is not used") };
        id
    }

    proptest! {
        #[test]
        fn depends_on_id_partner_and_day(
            one in proptest::collection::vec(any::<u8>(), 1..100),
            other in proptest::collection::vec(any::<u8>(), 1..100),
            today in any::<[u8; 32]>(), tomorrow in any::<[u8; 32]>(),
        ) {
            prop_assume!(one != other && today != tomorrow);
            let (a, b) = (ConfigName::new("a").unwrap(), ConfigName::new("b").unwrap());
            let (today, tomorrow) = (PseudonymKey::new(&today), PseudonymKey::new(&tomorrow));
            let expected = pseudonym(&id(&one), &a, &today);
            prop_assert_eq!(expected.len(), 22);
            prop_assert_eq!(&expected, &pseudonym(&id(&one), &a, &today));
            prop_assert_ne!(&expected, &pseudonym(&id(&one), &b, &today));
            prop_assert_ne!(&expected, &pseudonym(&id(&one), &a, &tomorrow));
            prop_assert_ne!(&expected, &pseudonym(&id(&other), &a, &today));
        }
    }
}
