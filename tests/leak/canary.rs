//! Canaries: texts that stand nowhere by chance, a different one for each input of each path.

use super::encodings::{self, ENCODINGS};
use super::finder::{Finder, KEY};
use qsproxy_test_support::random::Random;

/// Consonants without `l`: such a text spells no robot, no media type and no word, and reads as no number.
const LETTERS: &str = "bcdfghjkmnpqrstvwxz";
/// Letters of a mark: 19^24 is more than 2^100, and half of it still more than 2^50.
const LENGTH: usize = 24;

/// What an input is, which decides where it may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryKind {
    /// Nowhere.
    Input,
    /// A keyword that is searched for: at the partner, and on the asker's own page.
    Keyword,
    /// A title, which the partner gave: in the asker's own results.
    Title,
    /// A result's target: in the `Location` and on the pages that show it.
    Target,
    /// A sealed link: in the asker's own results.
    Token,
    /// A pseudonym: at the partner.
    Pseudonym,
    /// A visit stamp that was handed out: in the answer of its own path.
    DecodedStamp,
}

/// One text, and how it came in.
#[derive(Clone, Debug)]
pub struct Canary {
    pub kind: CanaryKind,
    /// Of which path.
    pub path: String,
    /// Through which input.
    pub input: String,
    /// The part that tells it apart.
    pub mark: String,
    /// The value as the program reads it: the mark and what is around it.
    pub whole: String,
}

/// All of them, and where new ones come from.
pub struct Canaries {
    pub list: Vec<Canary>,
    random: Random,
    /// The path that is being gone.
    path: String,
}

/// Forms in which the serial of a stamp is looked for on its own: those that eight bytes of any value have.
const SERIAL_FORMS: &[&str] = &["plain", "reversed", "percent", "hex", "hex with commas", "\\x escapes", "base64"];
/// And as a number.
const DECIMAL: &str = "decimal number";

/// The serial of a stamp: eight bytes of the thirty-one, after version, key, flags and two days.
#[track_caller]
fn serial(stamp: &str) -> [u8; 8] {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(stamp).unwrap();
    assert_eq!(bytes.len(), 31, "{stamp}");
    bytes[7..15].try_into().unwrap()
}

impl Canaries {
    pub fn new(random: Random) -> Canaries {
        Canaries { list: Vec::new(), random, path: String::new() }
    }

    pub fn on_path(&mut self, path: &str) {
        path.clone_into(&mut self.path);
    }

    /// The path that is being gone.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A new canary in a value: `{}` in `form` is its place.
    pub fn put(&mut self, kind: CanaryKind, input: &str, form: &str) -> String {
        let mark = self.random.text(LETTERS, LENGTH);
        let whole = form.replace("{}", &mark);
        let canary = Canary { kind, path: self.path.clone(), input: input.to_owned(), mark, whole: whole.clone() };
        self.list.push(canary);
        whole
    }

    /// A text that the program made, to be looked for like a canary.
    pub fn watch(&mut self, kind: CanaryKind, input: &str, text: &str) {
        let canary = Canary {
            kind,
            path: self.path.clone(),
            input: input.to_owned(),
            mark: text.to_owned(),
            whole: text.to_owned(),
        };
        self.list.push(canary);
    }

    /// All of them in all encodings.
    pub fn finder(&self) -> Finder {
        let mut finder = Finder::new();
        let mut hashed = Vec::new();
        for (owner, canary) in self.list.iter().enumerate() {
            if canary.kind == CanaryKind::DecodedStamp {
                let serial = serial(&canary.mark);
                for (form, encode) in ENCODINGS.iter().filter(|(form, _)| SERIAL_FORMS.contains(form)) {
                    encode(&serial).iter().for_each(|piece| finder.add(owner, form, piece));
                }
                finder.add(owner, DECIMAL, u64::from_be_bytes(serial).to_string().as_bytes());
                hashed.push((owner, serial.to_vec()));
            }
            for (form, encode) in ENCODINGS {
                // Half an address is nobody's.
                let long = |piece: &Vec<u8>| canary.mark.len() >= LENGTH || piece.len() >= KEY;
                for piece in encode(canary.mark.as_bytes()).into_iter().filter(long) {
                    finder.add(owner, form, &piece);
                }
            }
            hashed.push((owner, canary.mark.clone().into_bytes()));
            if canary.whole != canary.mark {
                hashed.push((owner, canary.whole.clone().into_bytes()));
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
