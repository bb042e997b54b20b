//! Postal addresses (street, house number and postal code together), and Internet addresses of version 6.

use core::net::Ipv6Addr;

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::shape::is_global_v6;
use crate::fields::pii::spans::Spans;

/// Endings of street names that are one word with the name.
const STREET_ENDINGS: [&str; 22] = [
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "damm", "ufer", "straat", "laan", "plein", "gracht",
    "vägen", "gatan", "vej", "gade", "veien", "gata", "katu", "tie", "steig",
];

/// Words for a street that stand alone.
const STREET_WORDS: [&str; 34] = [
    "straße",
    "strasse",
    "str",
    "street",
    "st",
    "road",
    "rd",
    "avenue",
    "ave",
    "lane",
    "drive",
    "rue",
    "via",
    "viale",
    "corso",
    "piazza",
    "calle",
    "avenida",
    "rua",
    "ulica",
    "ul",
    "ul.",
    "ulice",
    "utca",
    "strada",
    "str.",
    "улица",
    "ул",
    "ул.",
    "вулиця",
    "вул.",
    "sokak",
    "cadde",
    "caddesi",
];

/// Maximum words between the parts of an address.
const MAX_WORDS_BETWEEN: usize = 4;

/// Minimum groups of an Internet address that identifies a connection; fewer are a service (`2001:db8:1:2::53`).
const MIN_ADDRESS_GROUPS: usize = 6;

/// Years are no postal codes.
const YEARS: core::ops::RangeInclusive<u32> = 1800..=2100;

fn is_street(word: &str) -> bool {
    let word = word.to_lowercase();
    let word = word.trim_end_matches(',');
    STREET_WORDS.contains(&word)
        || STREET_ENDINGS
            .iter()
            .any(|ending| word.strip_suffix(ending).is_some_and(|name| name.chars().nth(2).is_some()))
}

fn is_house_number(word: &str) -> bool {
    let word = word.trim_end_matches(',');
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && word.len() - digits.len() <= 1
}

fn is_postal_code(word: &str) -> bool {
    let word = word.trim_end_matches(',');
    let is_year = word.len() == 4 && word.parse().is_ok_and(|year| YEARS.contains(&year));
    (4..=6).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit()) && !is_year
}

/// Finds street, house number and postal code, in the order `street 12 … 12345` or `12 street … 12345`.
pub(super) fn find_postal(text: &str, spans: &mut Spans) {
    let mut at = 0;
    let words: Vec<(usize, &str)> = text
        .split(' ')
        .map(|word| {
            let start = at;
            at += word.len() + 1;
            (start, word)
        })
        .collect();
    for (index, (street_start, _)) in words.iter().enumerate().filter(|(_, (_, word))| is_street(word)) {
        let near = |from: usize| words.iter().enumerate().skip(from).take(MAX_WORDS_BETWEEN);
        let before =
            index.checked_sub(1).and_then(|before| words.get(before)).filter(|(_, word)| is_house_number(word));
        let house = match before {
            Some((start, _)) => Some((index, *start)),
            None => {
                near(index + 1).find(|(_, (_, word))| is_house_number(word)).map(|(house, _)| (house, *street_start))
            }
        };
        let Some((house, start)) = house else { continue };
        if let Some((_, (code_start, code))) = near(house + 1).find(|(_, (_, word))| is_postal_code(word)) {
            spans.add(PiiKind::NationalNumber, start..code_start + code.trim_end_matches(',').len());
        }
    }
}

/// Finds global Internet addresses of version 6 (RFC 4291) with an interface identifier.
pub(super) fn find_internet(text: &str, spans: &mut Spans) {
    let mut at = 0;
    for word in text.split(|c: char| !(c.is_ascii_hexdigit() || c == ':')) {
        let start = at;
        at += word.len() + text.get(at + word.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let address = word.trim_end_matches(':');
        let groups = address.split(':').filter(|group| !group.is_empty()).count();
        if groups >= MIN_ADDRESS_GROUPS && address.parse::<Ipv6Addr>().is_ok_and(is_global_v6) {
            spans.add(PiiKind::NationalNumber, start..start + address.len());
        }
    }
}
