//! The texts about the personal data that is recognized in keywords, which every language must provide. They belong to the privacy
//! statement: a change to their meaning raises [`EDITION`](crate::privacy::fact::EDITION).

use crate::fields::pii::PiiKind;
use crate::privacy::fact::Policy;

/// The texts of the page in one language.
#[derive(Debug)]
pub struct PersonalDataTexts {
    /// Label of the link from the privacy statement.
    pub link: &'static str,
    /// Heading of the page.
    pub title: &'static str,
    /// What happens to personal data under the configured policy.
    pub policy: fn(Policy) -> &'static str,
    /// That detection is no guarantee.
    pub no_guarantee: &'static str,
    /// How personal data is recognized.
    pub method: &'static str,
    /// Heading of the kinds.
    pub kinds: &'static str,
    /// Column heading: what replaces a kind.
    pub placeholder: &'static str,
    /// Column heading: what a kind comprises.
    pub comprises: &'static str,
    /// What a kind comprises, and how it is recognized.
    pub kind: fn(PiiKind) -> &'static str,
    /// Heading of the countries.
    pub countries: &'static str,
    /// Introduces the countries of national numbers.
    pub national_numbers: &'static str,
    /// Introduces the countries whose national numbers must be the whole keyword.
    pub national_numbers_alone: &'static str,
    /// Introduces a number of countries with IBANs.
    pub bank_accounts: fn(usize) -> String,
    /// Introduces a number of countries with telephone numbers.
    pub telephone_numbers: fn(usize) -> String,
    /// Heading of the numbers that their own word announces.
    pub after_a_word: &'static str,
    /// Explains these numbers.
    pub after_a_word_about: &'static str,
    /// Column heading: a number.
    pub number: &'static str,
    /// Column heading: countries.
    pub issued_by: &'static str,
    /// In place of countries: it depends on none.
    pub any_country: &'static str,
    /// The name of a number, by its name in the list of words.
    pub number_name: fn(&'static str) -> &'static str,
    /// Heading of what stays.
    pub kept: &'static str,
    /// Introduces what stays after a word of its own.
    pub kept_about: &'static str,
    /// What stays without a word.
    pub kept_otherwise: &'static str,
    /// Heading of the figures.
    pub figures: &'static str,
    /// How the figures were measured.
    pub figures_about: &'static str,
    /// Column headings: part, searches that lost something wrongly, searches that were missed, searches that were replaced wrongly.
    pub figure_columns: [&'static str; 4],
    /// The name of a part of the test searches.
    pub part: fn(&'static str) -> &'static str,
    /// A number of searches out of all.
    pub of: fn(usize, usize) -> String,
    /// The name of a country, by its ISO 3166-1 code.
    pub country: fn(&str) -> &str,
}
