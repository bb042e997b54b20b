//! What the words of the privacy statement are; `english` and `german` have them. Whoever changes what a text
//! means raises the edition in `privacy`.

mod english;
mod german;

use jiff::civil::Date;

use crate::privacy::{Agent, Fact, FieldName, Links, Policy};
use crate::tokens::visit_stamp::VisitStamp;
use crate::ui::i18n::UiLanguage;

/// The words of the statement in one language.
#[derive(Debug)]
pub struct PrivacyTexts {
    /// Over the page.
    pub title: &'static str,
    /// Which version this is, and since when.
    pub version: fn(u32, Date) -> String,
    /// Over what changed.
    pub changes: fn(Date) -> String,
    /// What goes on at most.
    pub intro: &'static str,
    /// Over what a partner gets.
    pub gets: fn(&str) -> String,
    /// Heads the column of parameters.
    pub parameter: &'static str,
    /// Heads the column of meanings.
    pub says: &'static str,
    /// What a field says.
    pub field: fn(FieldName, Policy) -> &'static str,
    /// What the `User-Agent` says.
    pub agent: fn(Agent) -> &'static str,
    /// What becomes of links.
    pub links: fn(Links) -> &'static str,
    /// What becomes of images, where they are shown.
    pub images: &'static str,
    /// What every partner sees, whoever searches.
    pub anyway: &'static str,
    /// Introduces the list of languages.
    pub languages: &'static str,
    /// What is counted: a heading, and paragraphs.
    pub counted: (&'static str, &'static [&'static str]),
    /// Introduces the list of keyword groups.
    pub groups: &'static str,
    /// From how many on a value is named.
    pub small_count: fn(u64) -> String,
    /// How visits are counted: a heading, and paragraphs.
    pub visits: (&'static str, &'static [&'static str]),
    /// Where no stamp came with the request for the statement.
    pub no_stamp: &'static str,
    /// Where one came that is worth nothing.
    pub worthless_stamp: &'static str,
    /// What a stamp says, to its owner.
    pub stamp: fn(&VisitStamp) -> String,
    /// For how long it is kept: a heading, and paragraphs.
    pub kept: (&'static str, &'static [&'static str]),
    /// For how long links work and are remembered.
    pub link_life: fn(u64) -> String,
    /// What the destination and the partner may see of a click: a heading, and paragraphs.
    pub click: (&'static str, &'static [&'static str]),
    /// How to object: a heading, and paragraphs.
    pub object: (&'static str, &'static [&'static str]),
    /// How to withdraw: a heading, and paragraphs.
    pub withdraw: (&'static str, &'static [&'static str]),
    /// On the button that does.
    pub forget: &'static str,
    /// One fact as a sentence.
    pub fact: fn(&Fact) -> String,
}

/// The words in a language.
#[must_use]
pub fn words(tongue: UiLanguage) -> &'static PrivacyTexts {
    match tongue {
        UiLanguage::English => &english::WORDS,
        UiLanguage::German => &german::WORDS,
    }
}
