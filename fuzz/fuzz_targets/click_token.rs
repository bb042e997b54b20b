//! `tests/fuzz/click_token.rs` says what is asserted.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| qsproxy_fuzz::click_token::check(input));
