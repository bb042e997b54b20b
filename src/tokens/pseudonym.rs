//! Pseudonyms: what a partner gets instead of a toolbar's ID. Different for each partner and each day, and
//! nobody can turn one back or join it with another's: the key goes with its day.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::fields::anonymous_id::AnonymousId;
use crate::name::ConfigName;
use crate::tokens::keys::PseudonymKey;

/// Length of a pseudonym before encoding, in bytes: 128 bits, so that two of a hundred million users
/// share one with a probability of about 10^-23.
const PSEUDONYM_BYTES: usize = 16;

/// What this partner gets today: HMAC-SHA-256 (RFC 2104) under the day's key over the partner's name and
/// the ID, the first 128 bits as 22 characters of base64url (RFC 4648 section 5).
#[must_use]
pub fn pseudonym(id: &AnonymousId, partner: &ConfigName, key: &PseudonymKey) -> String {
    // A name holds no zero byte, so the two parts cannot run into one another.
    let tag = key.hmac(&[partner.as_str().as_bytes(), &[0], id.expose_to_seal()]);
    URL_SAFE_NO_PAD.encode(tag.get(..PSEUDONYM_BYTES).unwrap_or_default())
}

/// What is remembered of an ID for the day of this key, in memory only: 64 bits of HMAC-SHA-256. No partner has an empty
/// name, so none can be given this.
#[must_use]
pub fn mark(id: &AnonymousId, key: &PseudonymKey) -> u64 {
    let tag = key.hmac(&[&[0], id.expose_to_seal()]);
    tag.iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(text: &[u8]) -> AnonymousId {
        AnonymousId::read(text.to_vec()).unwrap().unwrap()
    }

    proptest! {
        #[test]
        fn same_day_and_partner_agree_and_nothing_else_does(
            one in proptest::collection::vec(any::<u8>(), 1..128),
            other in proptest::collection::vec(any::<u8>(), 1..128),
            day in any::<[u8; 32]>(), next in any::<[u8; 32]>(),
        ) {
            prop_assume!(one != other && day != next);
            let (a, b) = (ConfigName::new("a").unwrap(), ConfigName::new("b").unwrap());
            let (day, next) = (PseudonymKey::new(&day), PseudonymKey::new(&next));
            let today = pseudonym(&id(&one), &a, &day);
            prop_assert_eq!(today.len(), 22);
            prop_assert_eq!(&today, &pseudonym(&id(&one), &a, &day));
            prop_assert_ne!(&today, &pseudonym(&id(&one), &b, &day));
            prop_assert_ne!(&today, &pseudonym(&id(&one), &a, &next));
            prop_assert_ne!(&today, &pseudonym(&id(&other), &a, &day));
        }
    }
}
