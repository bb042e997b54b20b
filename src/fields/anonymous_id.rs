//! Anonymous ID: the toolbar's identifier of its user. It never leaves memory; a partner receives a pseudonym that is derived
//! from it (`tokens/pseudonym.rs`).

mod countable;

use std::fmt;

use zeroize::Zeroizing;

use crate::fields::anonymous_id::countable::is_countable;
use crate::mutants::{self, Mutant};

/// Maximum length of an ID, in bytes (`docs/http-api.md`).
pub const MAX_ID_BYTES: usize = 128;

/// An opaque ID. Kept in memory for one request, and zeroed on drop.
pub struct AnonymousId(Zeroizing<Vec<u8>>);

/// What a toolbar sent as its ID.
#[derive(Debug)]
pub enum ReceivedId {
    /// Nothing.
    Absent,
    /// An ID that somebody could count through: shorter than 16 characters, a number, or an address. It is not used.
    Countable,
    /// An ID.
    Usable(AnonymousId),
}

/// The ID is longer than [`MAX_ID_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnonymousIdTooLong;

impl AnonymousId {
    /// Parses a decoded `id` parameter. An empty one is absent.
    ///
    /// # Errors
    /// [`AnonymousIdTooLong`].
    pub fn parse(bytes: Vec<u8>) -> Result<ReceivedId, AnonymousIdTooLong> {
        let bytes = Zeroizing::new(bytes);
        match bytes.len() {
            0 => Ok(ReceivedId::Absent),
            1..=MAX_ID_BYTES if !mutants::is_on(Mutant::AcceptsCountableIds) && is_countable(&bytes) => {
                Ok(ReceivedId::Countable)
            }
            1..=MAX_ID_BYTES => Ok(ReceivedId::Usable(Self(bytes))),
            _ => Err(AnonymousIdTooLong),
        }
    }

    /// The ID itself, to derive a pseudonym or a deduplication ID. The name is conspicuous so that any other use stands out in
    /// review; `tests/tidy.rs` lists the callers.
    #[must_use]
    pub fn expose_for_pseudonym(&self) -> &[u8] {
        &self.0
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
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(AnonymousId: fmt::Display, serde::Serialize, Clone);

    #[test]
    fn accepts_up_to_128_bytes() {
        assert!(matches!(AnonymousId::parse(Vec::new()).unwrap(), ReceivedId::Absent));
        assert!(matches!(AnonymousId::parse(vec![0; 128]).unwrap(), ReceivedId::Usable(_)));
        assert_eq!(AnonymousId::parse(vec![0; 129]).unwrap_err(), AnonymousIdTooLong);
        assert!(matches!(AnonymousId::parse(b"canary".to_vec()).unwrap(), ReceivedId::Countable));
        let id = AnonymousId::parse(b"canary-c0ffee-4711".to_vec()).unwrap();
        assert!(matches!(id, ReceivedId::Usable(_)) && !format!("{id:?}").contains("canary"));
    }
}
