//! Random numbers for keys, nonces, serials and weighted choices.
//!
//! No other file reads randomness. Everything else takes it as an argument, so tests are deterministic.

/// Fills `bytes` with key material from the cryptographic library's generator, which the operating system seeds.
///
/// # Panics
/// If the operating system provides no entropy: no key made without it would be secret.
#[allow(clippy::expect_used, reason = "without entropy no key is secret, so the process must not go on")]
pub fn fill_random(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system provides entropy");
}

/// Fills a nonce from the thread-local generator (ChaCha12, seeded and reseeded by the operating system).
///
/// The output is as unpredictable as that of [`fill_random`], without a system call per nonce.
pub fn fill_nonce(nonce: &mut [u8]) {
    rand::fill(nonce);
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
