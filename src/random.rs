//! Random numbers for keys, nonces, serials and weighted choices.
//!
//! No other file reads randomness. Everything else takes it as an argument, so tests are deterministic.

/// Length of a nonce of the AEAD, in bytes (RFC 8452 section 4).
pub const NONCE_BYTES: usize = 12;

/// Fills `bytes` with key material from the cryptographic library's generator, which the operating system seeds.
///
/// # Panics
/// If the operating system provides no entropy: no key made without it would be secret.
#[allow(clippy::expect_used, reason = "without entropy no key is secret, so the process must not go on")]
pub fn fill_random(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system provides entropy");
}

/// A nonce from the thread-local generator (ChaCha12, seeded and reseeded by the operating system).
///
/// The output is as unpredictable as that of [`fill_random`], without a system call per nonce.
#[must_use]
pub fn nonce() -> [u8; NONCE_BYTES] {
    let bytes = rand::random::<u128>().to_le_bytes();
    bytes.first_chunk().copied().unwrap_or_default()
}

/// A uniform number in `0..bound`; 0 if `bound` is 0. Used to choose among partners by weight.
#[must_use]
pub fn random_below(bound: u64) -> u64 {
    if bound == 0 { 0 } else { rand::random_range(0..bound) }
}

/// 64 unpredictable bits, for the serial of a visit stamp.
#[must_use]
pub fn random_u64() -> u64 {
    rand::random()
}
