//! Canaries: texts that occur nowhere by chance, another one for each input of each case.

use super::coverage;
use super::encodings::{self, ENCODINGS};
use super::finder::{Finder, KEY};
use super::rows;
use qsproxy_test_support::random::Random;

/// Consonants without `l`: a text of them contains no name of a bot, no media type, no word and no number.
const LETTERS: &str = "bcdfghjkmnpqrstvwxz";
/// Letters of a marker. 19^24 is more than 2^100, and half of it is still more than 2^50.
const LENGTH: usize = 24;

/// What a canary is, which decides where it may occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryKind {
    /// An input that may occur nowhere.
    Input,
    /// The keyword of a search that succeeds: at the partner, and in the client's own page.
    Keyword,
    /// A title from the partner: in the client's own results.
    Title,
    /// The target of a result: in `Location`, and in the pages that show it.
    Target,
    /// A click token: in the client's own results.
    Token,
    /// A pseudonym: at the partner.
    Pseudonym,
    /// A visit stamp that the program issued: in the response of its own case.
    Stamp,
}

/// One text, and the input that contained it.
#[derive(Clone, Debug)]
pub struct Canary {
    pub kind: CanaryKind,
    /// The name of its case.
    pub case: String,
    /// The input.
    pub input: String,
    /// The part that is unique.
    pub marker: String,
    /// The whole value as the program reads it: the marker and the text around it.
    pub value: String,
}

/// All canaries, and the source of new ones.
pub struct Canaries {
    pub list: Vec<Canary>,
    random: Random,
    /// The current case.
    case: String,
}

/// Encodings in which the serial of a stamp is searched for separately: those that apply to any eight bytes.
const SERIAL_FORMS: &[&str] = &["plain", "reversed", "percent", "hex", "hex with commas", "\\x escapes", "base64"];
/// The serial as a decimal number.
const DECIMAL: &str = "decimal number";

/// The serial of a stamp: eight of its thirty-one bytes, after version, key, flags and two days.
#[track_caller]
fn serial(stamp: &str) -> [u8; 8] {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(stamp).unwrap();
    assert_eq!(bytes.len(), 31, "{stamp}");
    bytes[7..15].try_into().unwrap()
}

impl Canaries {
    pub fn new(random: Random) -> Canaries {
        Canaries { list: Vec::new(), random, case: String::new() }
    }

    /// New canaries belong to this case.
    pub fn start_case(&mut self, case: &str) {
        case.clone_into(&mut self.case);
    }

    /// The name of the current case.
    pub fn case(&self) -> &str {
        &self.case
    }

    /// A new canary, inserted into `form` instead of `{}`.
    pub fn insert(&mut self, kind: CanaryKind, input: &str, form: &str) -> String {
        self.count(input);
        let marker = self.random.text(LETTERS, LENGTH);
        let value = form.replace("{}", &marker);
        let canary = Canary { kind, case: self.case.clone(), input: input.to_owned(), marker, value: value.clone() };
        self.list.push(canary);
        value
    }

    /// Makes a text of the program a canary.
    pub fn watch(&mut self, kind: CanaryKind, input: &str, text: &str) {
        self.count(input);
        let canary = Canary {
            kind,
            case: self.case.clone(),
            input: input.to_owned(),
            marker: text.to_owned(),
            value: text.to_owned(),
        };
        self.list.push(canary);
    }

    /// One more case of the row that an input belongs to.
    fn count(&self, input: &str) {
        if let Some(row) = rows::of_input(input) {
            coverage::count(row, 1);
        }
    }

    /// Searches for all canaries in all encodings.
    pub fn finder(&self) -> Finder {
        let mut finder = Finder::new();
        let mut hashed = Vec::new();
        for (owner, canary) in self.list.iter().enumerate() {
            if canary.kind == CanaryKind::Stamp {
                let serial = serial(&canary.marker);
                for (form, encode) in ENCODINGS.iter().filter(|(form, _)| SERIAL_FORMS.contains(form)) {
                    encode(&serial).iter().for_each(|piece| finder.add(owner, form, piece));
                }
                finder.add(owner, DECIMAL, u64::from_be_bytes(serial).to_string().as_bytes());
                hashed.push((owner, serial.to_vec()));
            }
            for (form, encode) in ENCODINGS {
                // Half of a source address identifies nobody.
                let long = |piece: &Vec<u8>| canary.marker.len() >= LENGTH || piece.len() >= KEY;
                for piece in encode(canary.marker.as_bytes()).into_iter().filter(long) {
                    finder.add(owner, form, &piece);
                }
            }
            hashed.push((owner, canary.marker.clone().into_bytes()));
            if canary.value != canary.marker {
                hashed.push((owner, canary.value.clone().into_bytes()));
            }
        }
        let texts: Vec<Vec<u8>> = hashed.iter().map(|(_, text)| text.clone()).collect();
        for ((owner, _), digests) in hashed.iter().zip(encodings::digests(&texts)) {
            for (form, piece) in digests {
                finder.add(*owner, form, &piece);
            }
        }
        finder
    }
}
