//! Tests of the decoders: every coding, at every split of the input, truncated, followed by other bytes, and as a bomb.

use std::io::Write as _;

use super::*;

const LIMIT: usize = 1 << 20;
const TEXT: &[u8] = br#"{"results":[{"title":"Lisbon","url":"https://example.org/lisbon"},{"title":"Lisboa"}]}"#;
const CODINGS: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8], zlib: bool) -> Vec<u8> {
    let mut encoder = flate2::Compress::new(flate2::Compression::best(), zlib);
    let mut out = Vec::with_capacity(bytes.len() + 1_024);
    let status = encoder.compress_vec(bytes, &mut out, flate2::FlushCompress::Finish).unwrap();
    assert_eq!(status, Status::StreamEnd);
    out
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 5, ..brotli::enc::BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters).unwrap();
    out
}

fn encode(coding: Coding, bytes: &[u8]) -> Vec<u8> {
    match coding {
        Coding::Gzip => gzip(bytes),
        Coding::Deflate => deflate(bytes, true),
        Coding::Brotli => brotli(bytes),
        Coding::Zstd => zstd::encode_all(bytes, 3).unwrap(),
    }
}

/// Decodes a body that arrives in these pieces.
fn decode(codings: &[Coding], pieces: &[&[u8]]) -> Result<Vec<u8>, PartnerFailure> {
    let mut decoders = Decoders::new(codings, LIMIT)?;
    let mut out = Vec::new();
    for piece in pieces {
        out.extend_from_slice(&decoders.push(Bytes::copy_from_slice(piece))?);
    }
    out.extend_from_slice(&decoders.finish()?);
    Ok(out)
}

#[test]
fn decodes_at_every_split() {
    let raw = deflate(TEXT, false);
    let encoded = CODINGS.map(|coding| (coding, encode(coding, TEXT))).into_iter().chain([(Coding::Deflate, raw)]);
    for (coding, bytes) in encoded {
        for at in 0..=bytes.len() {
            let (one, two) = bytes.split_at(at);
            assert_eq!(decode(&[coding], &[one, two]).as_deref(), Ok(TEXT), "{coding:?} at {at}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode(&[coding], &single).as_deref(), Ok(TEXT), "{coding:?} byte by byte");
    }
}

#[test]
fn gives_out_what_has_arrived() {
    let long: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
    for coding in CODINGS {
        let bytes = encode(coding, &long[..600_000]);
        let mut decoders = Decoders::new(&[coding], LIMIT).unwrap();
        let decoded = decoders.push(Bytes::copy_from_slice(&bytes[..bytes.len() / 2])).unwrap();
        assert!(decoded.len() > 100_000, "{coding:?}: a page streams: {}", decoded.len());
    }
}

#[test]
fn a_truncated_body_is_a_failure() {
    for coding in CODINGS {
        let bytes = encode(coding, TEXT);
        for end in 0..bytes.len() {
            assert_eq!(decode(&[coding], &[&bytes[..end]]), Err(PartnerFailure::Encoding), "{coding:?} up to {end}");
        }
    }
    let raw = deflate(TEXT, false);
    for end in 0..raw.len() {
        assert_eq!(decode(&[Coding::Deflate], &[&raw[..end]]), Err(PartnerFailure::Encoding), "raw up to {end}");
    }
}

#[test]
fn what_is_not_compressed_is_a_failure() {
    for coding in CODINGS {
        for bytes in [TEXT, b"<!DOCTYPE html><html>".as_slice(), &[0; 64], &[255; 64]] {
            assert_eq!(decode(&[coding], &[bytes]), Err(PartnerFailure::Encoding), "{coding:?}: {bytes:?}");
        }
    }
}

#[test]
fn several_codings_are_undone_in_reverse() {
    let twice = gzip(&gzip(TEXT));
    assert_eq!(decode(&[Coding::Gzip, Coding::Gzip], &[&twice]).as_deref(), Ok(TEXT));
    for first in CODINGS {
        for second in CODINGS {
            let bytes = encode(second, &encode(first, TEXT));
            let pieces: Vec<&[u8]> = bytes.chunks(7).collect();
            assert_eq!(decode(&[first, second], &pieces).as_deref(), Ok(TEXT), "{first:?}, {second:?}");
        }
    }
    assert_eq!(decode(&[], &[TEXT]).as_deref(), Ok(TEXT));
}

#[test]
fn what_follows_a_gzip_member_is_another_one_or_ignored() {
    let (one, two) = TEXT.split_at(30);
    let members = [gzip(one), gzip(two)].concat();
    let garbage: [&[u8]; 7] = [&[], &[0], &[0; 512], b"garbage", b"\x1f", b"\x1f\x8b", b"\x1f\x8bnonsense"];
    for after in garbage {
        for bytes in [[&members, after].concat(), [&gzip(TEXT), after].concat()] {
            assert_eq!(decode(&[Coding::Gzip], &[&bytes]).as_deref(), Ok(TEXT), "{after:?}");
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(decode(&[Coding::Gzip], &single).as_deref(), Ok(TEXT), "{after:?}, byte by byte");
        }
    }
    let cut = &members[..members.len() - 1];
    assert_eq!(decode(&[Coding::Gzip], &[cut]), Err(PartnerFailure::Encoding), "the second member lacks a byte");
    for other in [Coding::Deflate, Coding::Brotli] {
        let bytes = [encode(other, TEXT), b"garbage".to_vec()].concat();
        assert_eq!(decode(&[other], &[&bytes]).as_deref(), Ok(TEXT), "{other:?}");
    }
    let frames = [encode(Coding::Zstd, one), encode(Coding::Zstd, two)].concat();
    assert_eq!(decode(&[Coding::Zstd], &[&frames]).as_deref(), Ok(TEXT), "two frames");
}

#[test]
fn members_are_bounded() {
    let members = |count: usize| gzip(b"a").repeat(count);
    assert_eq!(decode(&[Coding::Gzip], &[&members(1_024)]).map(|out| out.len()), Ok(1_024));
    assert_eq!(decode(&[Coding::Gzip], &[&members(1_025)]), Err(PartnerFailure::TooLong));
}

#[test]
fn a_wrong_checksum_is_a_failure() {
    let mut bytes = gzip(TEXT);
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    assert_eq!(decode(&[Coding::Gzip], &[&bytes]), Err(PartnerFailure::Encoding));
    let mut bytes = deflate(TEXT, true);
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(decode(&[Coding::Deflate], &[&bytes]), Err(PartnerFailure::Encoding));
}

#[test]
fn a_bomb_is_cut_at_the_limit() {
    for coding in CODINGS {
        let exact = encode(coding, &vec![b' '; LIMIT]);
        assert_eq!(decode(&[coding], &[&exact]).map(|out| out.len()), Ok(LIMIT), "{coding:?}");
        for size in [LIMIT + 1, 16 * LIMIT] {
            let bomb = encode(coding, &vec![b' '; size]);
            assert_eq!(decode(&[coding], &[&bomb]), Err(PartnerFailure::TooLong), "{coding:?}, {size} bytes");
            // The inner one is small; what it becomes is not.
            let twice = encode(coding, &bomb);
            assert_eq!(decode(&[coding, coding], &[&twice]), Err(PartnerFailure::TooLong), "{coding:?} twice");
        }
    }
}

#[test]
fn large_windows_are_rejected() {
    let frame = |window_log: u32| {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window_log).unwrap();
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(TEXT).unwrap();
        encoder.finish().unwrap()
    };
    assert_eq!(decode(&[Coding::Zstd], &[&frame(23)]).as_deref(), Ok(TEXT));
    assert_eq!(decode(&[Coding::Zstd], &[&frame(24)]), Err(PartnerFailure::Encoding));
    let parameters = brotli::enc::BrotliEncoderParams {
        large_window: true,
        lgwin: 28,
        ..brotli::enc::BrotliEncoderParams::default()
    };
    let mut large = Vec::new();
    brotli::BrotliCompress(&mut &TEXT[..], &mut large, &parameters).unwrap();
    assert_eq!(decode(&[Coding::Brotli], &[&large]), Err(PartnerFailure::Encoding));
}
