//! Keywords, and the many spellings that are normalized to the same keyword (`docs/http-api.md`, "The six fields").

use qsproxy_test_support::random::Random;

/// Words in normalized form: NFKC, without invisible characters.
const WORDS: &[&str] = &[
    "lisbon",
    "flights",
    "café",
    "über",
    "Ångström",
    "ΩMEGA",
    "東京",
    "ガラス",
    "가방",
    "office",
    "figs",
    "KELVIN",
    "m2",
    "naïve",
    "москва",
    "مرحبا",
    "שלום",
    "हिन्दी",
    "blue-shoes",
    "c++",
    "a&b",
    "50%",
    "x=y",
    "#1",
    "don't",
    "🦀",
    "e\u{30a}x",
];

/// Letters, and other spellings that NFKC maps to them.
const SPELLINGS: &[(&str, &str)] = &[
    ("é", "e\u{301}"),
    ("ü", "u\u{308}"),
    ("ï", "i\u{308}"),
    ("Å", "\u{212b}"),
    ("Å", "A\u{30a}"),
    ("Ω", "\u{2126}"),
    ("K", "\u{212a}"),
    ("ff", "\u{fb00}"),
    ("fi", "\u{fb01}"),
    ("ffi", "\u{fb03}"),
    ("fl", "\u{fb02}"),
    ("ガ", "カ\u{3099}"),
    ("ガ", "\u{ff76}\u{ff9e}"),
    ("가", "\u{1100}\u{1161}"),
    ("2", "\u{ff12}"),
    ("m", "\u{1d426}"),
    ("x", "\u{2179}"),
];

/// Invisible characters: ignorable, control, format, private-use and unassigned ones, tags, variation selectors.
const INVISIBLE: &[&str] = &[
    "\u{200b}",
    "\u{200c}",
    "\u{200d}",
    "\u{2060}",
    "\u{feff}",
    "\u{ad}",
    "\u{34f}",
    "\u{e0061}",
    "\u{e007f}",
    "\u{fe0f}",
    "\u{e0100}",
    "\u{202e}",
    "\u{2066}",
    "\u{7}",
    "\0",
    "\u{7f}",
    "\u{86}",
    "\u{e000}",
    "\u{f0000}",
    "\u{378}",
    "\u{2063}",
    "\u{115f}",
    "\u{3164}",
    "\u{180e}",
    "\u{1d173}",
];

/// White space; any number of these is one space.
const SPACES: &[&str] = &[
    " ", "  ", "\t", "\n", "\r\n", "\u{a0}", "\u{2003}", "\u{3000}", "\u{2028}", "\u{85}", "\u{202f}", "\u{c}", "\u{b}",
];

/// The offset of full-width forms from ASCII.
const FULL_WIDTH: u32 = 0xfee0;

/// The maximum length of a keyword, in words of four bytes including the space. What follows is cut off.
const LONG_WORDS: usize = 64;

/// A keyword, independent of its spelling.
#[derive(Clone, Debug, PartialEq)]
pub enum Keyword {
    /// These words, with single spaces between them.
    Words(Vec<&'static str>),
    /// Longer than the limit: 64 times one word of three letters, then anything.
    Long(String),
    /// A word and an email address, which is redacted.
    Mail(&'static str),
}

impl Keyword {
    pub fn any(random: &mut Random) -> Keyword {
        match random.below(10) {
            0 => Keyword::Long(random.text("bcdfghjkmn", 3)),
            1 => Keyword::Mail(random.pick(WORDS)),
            _ => Keyword::Words((0..=random.below(4)).map(|_| random.pick(WORDS)).collect()),
        }
    }

    /// A random spelling, not percent-encoded.
    pub fn encode(&self, random: &mut Random) -> String {
        match self {
            Keyword::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| disguise(word, random)).collect();
                between_spaces(&words, random)
            }
            Keyword::Long(word) => {
                let mut words = vec![word.clone(); LONG_WORDS];
                words.extend((0..=random.below(20)).map(|_| random.word()));
                words.join(" ")
            }
            Keyword::Mail(word) => {
                let address = format!("{}@{}.example", random.word() + "x", random.word() + "y");
                between_spaces(&[disguise(word, random), address], random)
            }
        }
    }
}

fn between_spaces(words: &[String], random: &mut Random) -> String {
    let mut text = String::new();
    if random.one_in(3) {
        text.push_str(random.pick(SPACES));
    }
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            text.push_str(random.pick(SPACES));
        }
        text.push_str(word);
    }
    if random.one_in(3) {
        text.push_str(random.pick(SPACES));
    }
    text
}

/// The word in another spelling, with invisible characters between its letters.
fn disguise(word: &str, random: &mut Random) -> String {
    let mut encoded = word.to_owned();
    for (plain, other) in SPELLINGS {
        if random.one_in(3) {
            encoded = encoded.replacen(plain, other, 1);
        }
    }
    let mut text = String::new();
    for c in encoded.chars() {
        if random.one_in(8) {
            text.push_str(random.pick(INVISIBLE));
        }
        let wide = char::from_u32(u32::from(c) + FULL_WIDTH);
        text.push(if c.is_ascii_graphic() && random.one_in(8) { wide.unwrap_or(c) } else { c });
    }
    if random.one_in(8) {
        text.push_str(random.pick(INVISIBLE));
    }
    text
}
