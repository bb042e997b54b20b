//! Covert channels: how many bits a malicious toolbar can pass to a partner in one search, beside what the search asks for.
//! The closed lists have a width that follows from the configuration. The keyword is free text, which has a width of its own:
//! two spellings that look the same, or differ in letter case only, are two messages. The privacy statement and `doctor`
//! report both.
//!
//! Not in these widths: *when* a search is sent, which a partner sees as it arrives; and *which* ID is sent. A partner sees
//! pseudonyms, and can only tell whose they are if it knows the IDs and searches with them itself.

use std::collections::BTreeSet;

use strum::VariantArray;

use crate::fields::FieldName;
use crate::fields::browser::Browser;
use crate::fields::keyword::MAX_KEYWORD_BYTES;
use crate::fields::language::Languages;
use crate::name::ConfigName;
use crate::partner::code_tags::most_tags_of_a_day;
use crate::partner::route::CodeRoute;
use crate::partner::{Partner, UserAgent};
use crate::privacy::fact::Agent;
use crate::privacy::statement::PartnerDisclosure;

/// Bits that the case of one letter holds: upper or lower.
pub const LETTER_CASE_BITS: f64 = 1.0;

/// Latin letters with the Cyrillic and Greek letters that look the same in common typefaces (Unicode Technical Standard #39,
/// "confusables"). Unicode's normalization forms keep all of them apart. Other scripts have more, so widths computed from
/// this table are lower bounds.
const LOOK_ALIKES: [(char, &str); 33] = [
    ('a', "\u{430}"),
    ('c', "\u{441}"),
    ('d', "\u{501}"),
    ('e', "\u{435}"),
    ('h', "\u{4bb}"),
    ('i', "\u{456}"),
    ('j', "\u{458}\u{3f3}"),
    ('l', "\u{4cf}"),
    ('o', "\u{43e}\u{3bf}"),
    ('p', "\u{440}"),
    ('q', "\u{51b}"),
    ('s', "\u{455}"),
    ('v', "\u{475}\u{3bd}"),
    ('w', "\u{51d}"),
    ('x', "\u{445}"),
    ('y', "\u{443}"),
    ('A', "\u{410}\u{391}"),
    ('B', "\u{412}\u{392}"),
    ('C', "\u{421}"),
    ('E', "\u{415}\u{395}"),
    ('H', "\u{41d}\u{397}"),
    ('I', "\u{406}\u{399}"),
    ('J', "\u{408}\u{37f}"),
    ('K', "\u{41a}\u{39a}"),
    ('M', "\u{41c}\u{39c}"),
    ('N', "\u{39d}"),
    ('O', "\u{41e}\u{39f}"),
    ('P', "\u{420}\u{3a1}"),
    ('S', "\u{405}"),
    ('T', "\u{422}\u{3a4}"),
    ('X', "\u{425}\u{3a7}"),
    ('Y', "\u{4ae}\u{3a5}"),
    ('Z', "\u{396}"),
];

/// UTF-8 bytes of each look-alike; a Latin letter has one.
const LOOK_ALIKE_BYTES: usize = 2;

/// What one search can choose among, as one partner sees it: the number of different values of each closed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedListChoices {
    /// Languages, as the partner spells them.
    pub languages: usize,
    /// Browser families, by a parameter or by the `User-Agent`.
    pub browsers: usize,
    /// The partner's own names for the codes that it is asked for.
    pub codes: usize,
    /// 2 if the partner receives a pseudonym, which a search can have or lack; otherwise 1.
    pub pseudonym: usize,
}

impl ClosedListChoices {
    /// The choices for the partner at this position of the configuration.
    #[must_use]
    pub fn of_partner(partner: &Partner, position: usize, routes: &[CodeRoute], languages: &Languages) -> Self {
        let (languages, codes) = list_sizes(partner, position, routes, languages);
        let send = &partner.send;
        Self {
            languages: if_sent(send.language.is_some(), languages),
            browsers: if_sent(
                send.browser.is_some() || partner.user_agent == UserAgent::ByBrowser,
                Browser::VARIANTS.len(),
            ),
            codes: if_sent(send.partner_code.is_some(), codes),
            pseudonym: if_sent(send.anonymous_id.is_some(), 2),
        }
    }

    /// The same from what the privacy statement discloses about a partner.
    #[must_use]
    pub fn of_disclosure(disclosure: &PartnerDisclosure) -> Self {
        let gets = |field| disclosure.fields.iter().any(|(sent, _)| *sent == field);
        let (languages, codes) = disclosure.choices.unwrap_or((1, 1));
        Self {
            languages: if_sent(gets(FieldName::Language), languages),
            browsers: if_sent(
                gets(FieldName::Browser) || disclosure.agent == Some(Agent::ByBrowser),
                Browser::VARIANTS.len(),
            ),
            codes: if_sent(gets(FieldName::PartnerCode), codes),
            pseudonym: if_sent(gets(FieldName::AnonymousId), 2),
        }
    }

    /// The number of different requests to the partner for one keyword in one hour, apart from the content of the pseudonym.
    #[must_use]
    pub fn combinations(&self) -> usize {
        let Self { languages, browsers, codes, pseudonym } = *self;
        [browsers, codes, pseudonym].into_iter().fold(languages, usize::saturating_mul)
    }

    /// The width in bits: the binary logarithm of the combinations.
    #[must_use]
    pub fn bits(&self) -> f64 {
        logarithm(self.combinations())
    }

    /// The width in whole bits, rounded up.
    #[must_use]
    pub fn whole_bits(&self) -> u32 {
        let floor = self.combinations().max(1).ilog2();
        floor + u32::from(!self.combinations().is_power_of_two())
    }
}

/// How many choices there are: one where a field is not sent.
fn if_sent(is_sent: bool, number: usize) -> usize {
    if is_sent { number.max(1) } else { 1 }
}

/// The number of languages as a partner spells them, and of codes as it names them on one day, at most, whether or not it receives them.
#[must_use]
pub fn list_sizes(partner: &Partner, position: usize, routes: &[CodeRoute], languages: &Languages) -> (usize, usize) {
    let spelling = |language: &str| {
        let spelled = partner.languages.iter().find(|(ours, _)| ours == language);
        spelled.map_or_else(|| language.to_owned(), |(_, theirs)| theirs.clone())
    };
    let spellings: BTreeSet<String> = languages.iter().map(|language| spelling(language.as_str())).collect();
    let choices = routes.iter().flat_map(|route| &route.choices);
    let tags = choices.filter(|choice| choice.partner == position).map(|choice| &choice.tags);
    (spellings.len(), most_tags_of_a_day(tags))
}

/// The choices for each partner that a code uses, in the order of the configuration.
#[must_use]
pub fn by_partner(
    partners: &[Partner],
    routes: &[CodeRoute],
    languages: &Languages,
) -> Vec<(ConfigName, ClosedListChoices)> {
    let is_asked = |position| routes.iter().flat_map(|route| &route.choices).any(|choice| choice.partner == position);
    let asked = partners.iter().enumerate().filter(|(position, _)| is_asked(*position));
    asked
        .map(|(position, partner)| {
            (partner.name.clone(), ClosedListChoices::of_partner(partner, position, routes, languages))
        })
        .collect()
}

/// How many of the 52 Latin letters have a look-alike.
#[must_use]
pub fn letters_with_look_alikes() -> usize {
    LOOK_ALIKES.len()
}

/// The bits that the choice among look-alikes holds, for each letter that has one: at least, and at most.
#[must_use]
pub fn look_alike_bits() -> (f64, f64) {
    let bits = LOOK_ALIKES.iter().map(|(_, others)| logarithm(1 + others.chars().count()));
    bits.fold((f64::INFINITY, 0.0), |(least, most), bits| (least.min(bits), most.max(bits)))
}

/// The bits that letter case and look-alikes hold together in the longest keyword, whatever letters it consists of: a lower
/// bound, since other scripts have more look-alikes.
#[must_use]
pub fn longest_keyword_bits() -> f64 {
    // The best letter is one with most look-alikes in both cases; its Latin forms take one byte, the others two.
    let narrow = 2.0_f64;
    let alternatives = |letter: char| {
        let found = LOOK_ALIKES.iter().find(|(latin, _)| *latin == letter);
        found.map_or(0, |(_, others)| others.chars().count())
    };
    let both_cases = ('a'..='z').map(|letter| alternatives(letter) + alternatives(letter.to_ascii_uppercase()));
    let wide: f64 = both_cases.max().map_or(0.0, |most| most.to_string().parse().unwrap_or(0.0));
    let mut most = 0.0_f64;
    for letters in 1..=MAX_KEYWORD_BYTES {
        // Spellings of so many letters that fit, of which `replaced` are look-alikes.
        let spare = (MAX_KEYWORD_BYTES - letters) / (LOOK_ALIKE_BYTES - 1);
        let mut spellings = 0.0_f64;
        let (mut ways, mut replaced) = (narrow.powi(i32::try_from(letters).unwrap_or(i32::MAX)), 0_u32);
        let (mut left, mut chosen) = (letters, 1.0_f64);
        loop {
            spellings += ways;
            if left == 0 || usize::try_from(replaced).unwrap_or(usize::MAX) >= spare {
                break;
            }
            // C(n, k+1) = C(n, k) · (n − k) / (k + 1), and one narrow letter becomes a wide one.
            ways *= decimal(left) / chosen * wide / narrow;
            (left, replaced, chosen) = (left - 1, replaced + 1, chosen + 1.0);
        }
        most = most.max(spellings.log2());
    }
    most
}

/// The same in whole bits, rounded down.
#[must_use]
pub fn longest_keyword_whole_bits() -> u32 {
    let bits = longest_keyword_bits();
    (0..u32::MAX).find(|whole| f64::from(*whole) + 1.0 > bits).unwrap_or(0)
}

/// The binary logarithm of a number, 0 of 0.
fn logarithm(number: usize) -> f64 {
    decimal(number.max(1)).log2()
}

/// A number as floating point, exact up to 2³², beyond which no closed list goes.
fn decimal(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests;
