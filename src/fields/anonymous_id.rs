//! Anonymous ID: the toolbar's identifier of its user. It never leaves memory; a partner receives a pseudonym that is derived
//! from it (`tokens/pseudonym.rs`).

use std::fmt;

use zeroize::Zeroizing;

/// Maximum length of an ID, in bytes (`docs/http-api.md`).
pub const MAX_ID_BYTES: usize = 128;

/// An opaque ID. Kept in memory for one request, and zeroed on drop.
pub struct AnonymousId(Zeroizing<Vec<u8>>);

/// The ID is longer than [`MAX_ID_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnonymousIdTooLong;

impl AnonymousId {
    /// Parses a decoded `id` parameter. An empty one is None.
    ///
    /// # Errors
    /// [`AnonymousIdTooLong`].
    pub fn parse(bytes: Vec<u8>) -> Result<Option<Self>, AnonymousIdTooLong> {
        let bytes = Zeroizing::new(bytes);
        match bytes.len() {
            0 => Ok(None),
            1..=MAX_ID_BYTES => Ok(Some(Self(bytes))),
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
        assert!(AnonymousId::parse(Vec::new()).unwrap().is_none());
        assert!(AnonymousId::parse(vec![0; 128]).unwrap().is_some());
        assert_eq!(AnonymousId::parse(vec![0; 129]).unwrap_err(), AnonymousIdTooLong);
        let id = AnonymousId::parse(b"canary".to_vec()).unwrap().unwrap();
        assert!(!format!("{id:?}").contains("canary"));
    }
}
