//! Anonymous ID: what the toolbar calls its user. It goes no further than memory: a partner gets a
//! pseudonym of it ([`crate::seal::pseudonym`]).

use std::fmt;

use zeroize::Zeroizing;

/// The longest ID that is taken, in bytes (CONTRACT section 1).
pub const ID_BYTES: usize = 128;

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
    pub fn parse(bytes: Vec<u8>) -> Result<Option<Self>, TooLong> {
        let bytes = Zeroizing::new(bytes);
        match bytes.len() {
            0 => Ok(None),
            1..=ID_BYTES => Ok(Some(Self(bytes))),
            _ => Err(TooLong),
        }
    }

    /// The ID itself, to derive a pseudonym. Nothing else may call this; the name is
    /// meant to stand out in review.
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
    fn bounds() {
        assert!(AnonymousId::parse(Vec::new()).unwrap().is_none());
        assert!(AnonymousId::parse(vec![0; 128]).unwrap().is_some());
        assert_eq!(AnonymousId::parse(vec![0; 129]).unwrap_err(), TooLong);
        let id = AnonymousId::parse(b"canary".to_vec()).unwrap().unwrap();
        assert!(!format!("{id:?}").contains("canary"));
    }
}
