//! Chains that are sound, and every way of changing one.

use proptest::prelude::*;

use super::*;
use crate::billing::closing::signing::{Public, Secret, new_key};

fn key() -> (Secret, Public) {
    let (secret, public) = new_key().unwrap();
    (Secret::read(&secret).unwrap(), Public::read(&public).unwrap())
}

fn record(number: usize, previous: &str) -> Record {
    let values = KEYS.map(|key| match key {
        "number" => number.to_string(),
        "previous" => previous.to_owned(),
        _ => format!("{key} {number}"),
    });
    Record::new(values).unwrap()
}

/// Records with their signatures.
fn chain(length: usize, secret: &Secret) -> Vec<(String, String)> {
    let mut previous = NOTHING_BEFORE.to_owned();
    let mut links = Vec::new();
    for number in 1..=length {
        let text = record(number, &previous).text();
        previous = sha256(&text);
        let signature = secret.sign(&text, &format!("closing {number}")).unwrap();
        links.push((text, signature));
    }
    links
}

fn check(links: &[(String, String)], key: &Public) -> Result<usize, (i64, &'static str)> {
    let links: Vec<Link<'_>> =
        (1..).zip(links).map(|(number, (record, signature))| Link { number, record, signature }).collect();
    check_chain(&links, key).map(|records| records.len())
}

#[test]
fn a_record_reads_back_to_the_letter() {
    let one = record(1, NOTHING_BEFORE);
    assert_eq!(Record::read(&one.text()), Some(one.clone()));
    assert_eq!((one.value("zone"), one.value("none")), ("zone 1", ""));
    for wrong in [one.text() + "\n", one.text().replace(": ", ":"), one.text().trim_end().to_owned(), String::new()] {
        assert_eq!(Record::read(&wrong), None);
    }
    for value in ["", " a", "a\nb", "a\u{0}"] {
        let mut values = KEYS.map(str::to_owned);
        values[3] = value.to_owned();
        assert_eq!(Record::new(values), None, "{value:?}");
    }
    assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-4");
}

#[test]
fn records_cannot_be_left_out_swapped_or_signed_by_others() {
    let ((secret, public), (other, _)) = (key(), key());
    let sound = chain(4, &secret);
    assert_eq!(check(&sound, &public), Ok(4));
    for gone in 0..3 {
        let mut links = sound.clone();
        links.remove(gone);
        assert!(check(&links, &public).is_err(), "without {gone}");
    }
    let mut swapped = sound.clone();
    swapped.swap(1, 2);
    assert!(check(&swapped, &public).is_err());
    let mut forged = sound.clone();
    forged[3].1 = other.sign(&forged[3].0, "closing 4").unwrap();
    assert_eq!(check(&forged, &public), Err((4, "the signature is not of this record by this key")));
    // Somebody with the key who changes history must change all that follows.
    let mut rewritten = sound.clone();
    rewritten[1].0 = rewritten[1].0.replace("status 2", "status 0");
    rewritten[1].1 = secret.sign(&rewritten[1].0, "closing 2").unwrap();
    assert!(check(&rewritten, &public).unwrap_err().0 == 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_byte_can_be_changed(at in any::<prop::sample::Index>(), to in 0_u8..128, which in 0..3_usize, of_record in any::<bool>()) {
        let (secret, public) = key();
        let mut links = chain(3, &secret);
        let text = if of_record { &mut links[which].0 } else { &mut links[which].1 };
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        // The first line of a signature is a comment that nobody signs, and line ends may be written otherwise.
        let free = !of_record && (at <= text.find('\n').unwrap() || bytes[at] == b'\n' || to == b'\n' || to == b'\r' || to == b'=');
        prop_assume!(bytes[at] != to && !free && text.is_char_boundary(at));
        bytes[at] = to;
        *text = String::from_utf8(bytes).unwrap();
        prop_assert!(check(&links, &public).is_err());
    }
}
