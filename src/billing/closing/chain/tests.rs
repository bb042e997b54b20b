//! Valid chains, and every way of changing one.

use proptest::prelude::*;

use super::*;
use crate::billing::closing::signing::{SigningKey, generate_key};

const GOLDEN: [(&str, &str); 2] = [
    (include_str!("../golden/record-1.txt"), include_str!("../golden/record-1.txt.minisig")),
    (include_str!("../golden/record-2.txt"), include_str!("../golden/record-2.txt.minisig")),
];

fn key() -> (SigningKey, VerifyingKey) {
    let signing_key = SigningKey::parse(&generate_key().unwrap()).unwrap();
    let verifying_key = VerifyingKey::parse(&signing_key.public_key_text().unwrap()).unwrap();
    (signing_key, verifying_key)
}

/// A record's text with its signature.
type Signed = (String, String);

/// Signs a chain of records that differ in their numbers.
fn chain(length: i64, key: &SigningKey) -> Vec<Signed> {
    let golden = ClosingRecord::parse(GOLDEN[0].0).unwrap();
    let mut previous = Sha256Digest::ZERO;
    let mut links = Vec::new();
    for number in 1..=length {
        let text = ClosingRecord { number, previous, ..golden.clone() }.text();
        previous = Sha256Digest::of(&text);
        let signature = key.sign(&text, &format!("closing {number}")).unwrap();
        links.push((text, signature));
    }
    links
}

fn check(links: &[Signed], key: &VerifyingKey) -> Result<usize, ChainError> {
    let link = |(number, (record, signature)): (i64, &'_ Signed)| (number, record.clone(), signature.clone());
    let owned: Vec<_> = (1..).zip(links).map(link).collect();
    let links: Vec<ChainLink<'_>> =
        owned.iter().map(|(number, record, signature)| ChainLink { number: *number, record, signature }).collect();
    check_chain(&links, key).map(|records| records.len())
}

#[test]
fn a_chain_of_version_0_1_0_is_valid() {
    let key = VerifyingKey::parse(include_str!("../golden/closing.pub")).unwrap();
    let links = GOLDEN.map(|(record, signature)| (record.to_owned(), signature.to_owned()));
    assert_eq!(check(&links, &key), Ok(2));
}

#[test]
fn records_cannot_be_removed_swapped_or_signed_with_another_key() {
    let ((signing_key, key), (other_key, _)) = (key(), key());
    let valid = chain(4, &signing_key);
    assert_eq!(check(&valid, &key), Ok(4));
    for removed in 0..3 {
        let mut links = valid.clone();
        links.remove(removed);
        assert!(check(&links, &key).is_err(), "without {removed}");
    }
    let mut swapped = valid.clone();
    swapped.swap(1, 2);
    assert_eq!(check(&swapped, &key), Err(ChainError { number: 2, problem: ChainProblem::Number }));
    let mut forged = valid.clone();
    forged[3].1 = other_key.sign(&forged[3].0, "closing 4").unwrap();
    assert_eq!(check(&forged, &key), Err(ChainError { number: 4, problem: ChainProblem::Signature }));
    // Whoever has the key and changes a record must change all records that follow.
    let mut rewritten = valid;
    rewritten[1].0 = rewritten[1].0.replace("status: within", "status: matched");
    rewritten[1].1 = signing_key.sign(&rewritten[1].0, "closing 2").unwrap();
    assert_eq!(check(&rewritten, &key), Err(ChainError { number: 3, problem: ChainProblem::Previous }));
}

#[test]
fn a_signature_with_an_appended_byte_is_rejected() {
    let (signing_key, key) = key();
    let mut links = chain(1, &signing_key);
    let padded = links[0].1.trim_end().strip_suffix("==").unwrap().to_owned();
    for digit in ["A=", "0=", "w=", "AA"] {
        links[0].1 = format!("{padded}{digit}\n");
        assert!(check(&links, &key).is_err(), "{digit}");
    }
}

#[test]
fn a_signed_text_that_is_not_a_record_is_rejected() {
    let (signing_key, key) = key();
    let mut links = chain(2, &signing_key);
    links[1].0 = links[1].0.replace("status: within", "status: sold");
    links[1].1 = signing_key.sign(&links[1].0, "closing 2").unwrap();
    let error = check(&links, &key).unwrap_err();
    assert_eq!(error.to_string(), "record 2: this record cannot be read: its line \"status\" is missing or invalid");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_byte_can_be_changed(
        at in any::<prop::sample::Index>(),
        to in 0_u8..128,
        which in 0..3_usize,
        in_record in any::<bool>(),
    ) {
        let (signing_key, key) = key();
        let mut links = chain(3, &signing_key);
        let text = if in_record { &mut links[which].0 } else { &mut links[which].1 };
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        // The first line of a signature is an unsigned comment, and line ends have other valid forms.
        let is_unsigned = !in_record
            && (at <= text.find('\n').unwrap() || bytes[at] == b'\n' || to == b'\n' || to == b'\r' || to == b'=');
        prop_assume!(bytes[at] != to && !is_unsigned && text.is_char_boundary(at));
        bytes[at] = to;
        *text = String::from_utf8(bytes).unwrap();
        prop_assert!(check(&links, &key).is_err());
    }
}
