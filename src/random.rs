//! Random numbers. The only file that asks the operating system or a generator for randomness, so that every rule takes
//! it as an argument and its tests are deterministic.

/// Fills `bytes` from the operating system's seeded generator, for keys and nonces.
///
/// # Panics
/// Where the operating system gives no randomness: nothing may be sealed then.
#[allow(clippy::expect_used, reason = "without randomness no seal is safe, so the process must not go on")]
pub fn fill_random(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system gives randomness");
}

/// Fills a nonce from this thread's generator (ChaCha12, seeded and reseeded by the operating system): as
/// unpredictable as keys' bytes, and without a call into the kernel or the processor for each.
pub fn fill_nonce(nonce: &mut [u8]) {
    rand::fill(nonce);
}

/// A number in `0..bound`, for choosing among partners by weight; 0 where `bound` is 0.
#[must_use]
pub fn random_below(bound: u64) -> u64 {
    if bound == 0 { 0 } else { rand::random_range(0..bound) }
}

/// 64 random bits that nobody can foresee, for the serial of a stamp.
#[must_use]
pub fn random() -> u64 {
    rand::random()
}
