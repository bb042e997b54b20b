//! `tests/fuzz/stamp.rs` says what is asserted.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| qsproxy_fuzz::stamp::check(input));
