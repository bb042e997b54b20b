//! Valid chains, and every way of changing one.

use proptest::prelude::*;

use super::*;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::record_text::TextLine;
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
    let link = |(number, (record, signature)): (i64, &Signed)| ChainLink {
        number,
        record: record.clone(),
        signature: signature.clone(),
        new_signature: None,
    };
    let links: Vec<ChainLink> = (1..).zip(links).map(link).collect();
    check_chain(&links, key).map(|checked| checked.records.len())
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
        prop_assume!(bytes[at] != to && text.is_char_boundary(at));
        bytes[at] = to;
        *text = String::from_utf8(bytes).unwrap();
        prop_assert!(check(&links, &key).is_err());
    }
}

/// A chain of three keys, in which `lost` says whether the first of them did not sign its hand-over.
fn handed_over(keys: &[SigningKey; 3], lost: bool) -> Vec<ChainLink> {
    let golden = ClosingRecord::parse(GOLDEN[0].0).unwrap();
    let mut links: Vec<ChainLink> = Vec::new();
    for number in 1..=5 {
        let previous = links.last().map_or(Sha256Digest::ZERO, |link| Sha256Digest::of(&link.record));
        let at = usize::try_from(number / 2).unwrap();
        let link = if number % 2 == 1 {
            let record = ClosingRecord { number, previous, ..golden.clone() }.text();
            let signature = keys[at].sign(&record, "closing").unwrap();
            ChainLink { number, record, signature, new_signature: None }
        } else {
            let (old, new) = (&keys[at - 1], &keys[at]);
            let lost = (lost && at == 1).then(|| TextLine::new("a disk broke").unwrap());
            let (old_key, new_key) = (old.public_key(), new.public_key());
            let (versions, day) = (TextLine::new("1").unwrap(), golden.closed);
            let signs = lost.is_none();
            let record = HandOverRecord { number, old_key, new_key, lost, versions, day, previous }.text();
            let signature = if signs { old.sign(&record, "old").unwrap() } else { String::new() };
            let new_signature = Some(new.sign(&record, "new").unwrap());
            ChainLink { number, record, signature, new_signature }
        };
        links.push(link);
    }
    links
}

#[test]
fn a_chain_with_hand_overs_is_verified_with_each_of_its_keys() {
    let keys = [key().0, key().0, key().0];
    let verifying = |key: &SigningKey| key.public_key().verifying_key();
    let (links, lone) = (handed_over(&keys, false), handed_over(&keys, true));
    for key in &keys {
        assert_eq!(check_chain(&links, &verifying(key)).unwrap().key.key_text(), keys[2].public_key());
    }
    let foreign = check_chain(&links, &verifying(&self::key().0)).unwrap_err();
    assert!(matches!(foreign.problem, ChainProblem::ForeignKey(_)) && foreign.number == 4, "{foreign}");
    // Whoever trusts the lost key only does not trust what follows.
    for (key, is_valid) in keys.iter().zip([false, true, true]) {
        assert_eq!(check_chain(&lone, &verifying(key)).is_ok(), is_valid);
    }
    let error = check_chain(&lone, &verifying(&keys[0])).unwrap_err();
    assert!(error.to_string().contains("record 2: the new key alone signed this hand-over (a disk broke)"), "{error}");
}

#[test]
fn a_hand_over_cannot_be_forged_or_changed() {
    let (keys, thief) = ([key().0, key().0, key().0], key().0);
    let trusted = keys[2].public_key().verifying_key();
    let links = handed_over(&keys, false);
    let check = |change: &dyn Fn(&mut Vec<ChainLink>)| {
        let mut links = links.clone();
        change(&mut links);
        check_chain(&links, &trusted).unwrap_err()
    };
    let text = links[1].record.clone();
    // The thief signs for the old key, or for the new one.
    let error = check(&|links| links[1].signature = thief.sign(&text, "old").unwrap());
    assert_eq!((error.number, error.problem), (2, ChainProblem::Signature));
    let error = check(&|links| links[1].new_signature = Some(thief.sign(&text, "new").unwrap()));
    assert_eq!((error.number, error.problem), (2, ChainProblem::NewSignature));
    let error = check(&|links| links[1].signature = String::new());
    assert_eq!((error.number, error.problem), (2, ChainProblem::Signature));
    let error = check(&|links| links[1].record = text.replace("hand-over 1", "hand-over 2"));
    assert!(error.number == 2 && matches!(error.problem, ChainProblem::Invalid(_)), "{error}");
    let error = check(&|links| links[3].record = links[3].record.replace("number: 4", "number: 5"));
    assert_eq!((error.number, error.problem), (4, ChainProblem::Signature));
    // The thief's chain, whose last hand-over names the trusted key, lacks that key's signature.
    let forged = handed_over(&[key().0, thief, key().0], false);
    let mut mixed = links.clone();
    mixed[..3].clone_from_slice(&forged[..3]);
    assert_eq!(check_chain(&mixed, &trusted).unwrap_err().number, 4);
    for removed in 0..links.len() - 1 {
        let mut links = links.clone();
        links.remove(removed);
        assert!(check_chain(&links, &trusted).is_err(), "without {removed}");
    }
}
