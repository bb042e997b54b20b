//! Which kinds and countries of personal data are recognized, read from the tables that the detectors use, and how often detection
//! was wrong. `/privacy/personal-data` and `/privacy.json` publish it.

use std::sync::LazyLock;

use serde::Serialize;
use strum::VariantArray as _;

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::vocabulary::{Announces, announcements};
use crate::fields::pii::{bank, country_plans, national_ids};

/// What is recognized. Countries are codes of ISO 3166-1, in order.
#[derive(Debug, Serialize)]
pub struct Coverage {
    /// The kinds, each with its placeholder.
    pub kinds: Vec<KindCoverage>,
    /// Countries whose national numbers are recognized by form and check digit or date.
    pub national_numbers: Vec<&'static str>,
    /// Countries whose national numbers are recognized only if they are the whole keyword.
    pub national_numbers_alone: Vec<&'static str>,
    /// Countries whose IBANs are recognized.
    pub bank_accounts: Vec<String>,
    /// Countries whose telephone numbers are recognized in their national form.
    pub telephone_numbers: Vec<&'static str>,
    /// Numbers that are recognized after a word of their own.
    pub after_a_word: Vec<AnnouncedNumber>,
    /// Kinds of numbers that stay, after a word of their own.
    pub kept: Vec<&'static str>,
    /// How often detection was right on the test searches.
    pub measured: [Figures; 2],
}

/// A kind of personal data.
#[derive(Debug, Serialize)]
pub struct KindCoverage {
    /// Its name for programs.
    pub kind: &'static str,
    /// What replaces it.
    pub placeholder: &'static str,
}

/// A number that is recognized after a word of its own.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct AnnouncedNumber {
    /// What the number is, in English or by the abbreviation that its country uses.
    pub number: &'static str,
    /// The countries that issue it; `None` if it is not bound to a country.
    pub countries: Option<Vec<&'static str>>,
}

/// Results on one part of the test searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// `tuned`: the detectors were improved on these searches; `held_out`: they were not.
    pub part: &'static str,
    /// Searches without personal data.
    pub without_personal_data: usize,
    /// Of these, how many lost something that was no personal data.
    pub taken_wrongly: usize,
    /// Searches with personal data.
    pub with_personal_data: usize,
    /// Of these, in how many none was recognized.
    pub missed: usize,
    /// Of these, in how many it was recognized in part, or as another kind.
    pub wrong_kind_or_extent: usize,
}

/// The figures of the corpora in `tests/golden`; a test measures them. A change that makes one worse must state which queries it
/// gives up, and why.
///
/// The failures of the tuned part are queries for which a better result would make others worse: North Americans also type their
/// number as groups of three, three and four digits; `01234567890` is a CPF with two valid check digits; four digits after "pin"
/// are a contact of a chip.
pub const PUBLISHED: [Figures; 2] = [
    Figures {
        part: "tuned",
        without_personal_data: 649,
        taken_wrongly: 5,
        with_personal_data: 584,
        missed: 2,
        wrong_kind_or_extent: 0,
    },
    Figures {
        part: "held_out",
        without_personal_data: 432,
        taken_wrongly: 5,
        with_personal_data: 347,
        missed: 6,
        wrong_kind_or_extent: 5,
    },
];

static COVERAGE: LazyLock<Coverage> = LazyLock::new(|| {
    let kind = |kind: &PiiKind| KindCoverage { kind: kind.name(), placeholder: kind.placeholder() };
    let (mut after_a_word, mut kept) = (Vec::new(), Vec::new());
    for line in announcements() {
        match line.announces {
            Announces::Personal(_) => {
                let countries = (line.countries != "all").then(|| line.countries.split(", ").collect());
                let number = AnnouncedNumber { number: line.name, countries };
                // Words of different shapes can announce the same number.
                if !after_a_word.contains(&number) {
                    after_a_word.push(number);
                }
            }
            Announces::Harmless | Announces::Product => kept.push(line.name),
        }
    }
    Coverage {
        kinds: PiiKind::VARIANTS.iter().map(kind).collect(),
        national_numbers: national_ids::countries(false).into_iter().collect(),
        national_numbers_alone: national_ids::countries(true).into_iter().collect(),
        bank_accounts: bank::iban_countries(),
        telephone_numbers: country_plans::regions().into_iter().collect(),
        after_a_word,
        kept,
        measured: PUBLISHED,
    }
});

/// What is recognized. It is computed once.
#[must_use]
pub fn coverage() -> &'static Coverage {
    &COVERAGE
}
