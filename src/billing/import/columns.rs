//! Which column of a file is which: by name, alike in any case of letters, with or without accents and spaces.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

use crate::billing::import::ImportIssue;
use crate::billing::money::Currency;
use crate::billing::profile::{Columns, Money, Profile};

/// What stands for a currency's letters in the name of a column.
const CURRENCY: &str = "{currency}";

/// A name as it is compared: small letters without accents, spaces and what cannot be seen.
#[must_use]
pub fn folded(name: &str) -> String {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(name);
    let seen = |c: &char| {
        !c.is_whitespace()
            && !matches!(
                categories.get(*c),
                GeneralCategory::NonspacingMark | GeneralCategory::Format | GeneralCategory::Control
            )
    };
    decomposed.chars().filter(seen).flat_map(char::to_lowercase).collect()
}

/// Where each column stands in a row, from 0.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    /// The columns' names, as the file has them.
    pub names: Vec<String>,
    pub date: usize,
    pub hour: Option<usize>,
    pub code: Option<usize>,
    pub searches: Option<usize>,
    pub clicks: Option<usize>,
    pub revenue: Option<usize>,
    pub is_final: Option<usize>,
    pub dimensions: Vec<usize>,
    pub currency: Option<usize>,
    /// The currency that the name of the column of money tells.
    pub told: Option<Currency>,
}

/// How near a row came to being the header: how many columns it has, and what it lacks.
pub(super) struct Near {
    pub found: usize,
    pub lacks: Vec<String>,
    pub twice: Vec<String>,
}

/// Finds the columns of a profile in a row.
pub(super) fn place(cells: &[String], profile: &Profile) -> Result<Placed, Near> {
    let names: Vec<String> = cells.iter().map(|cell| folded(cell)).collect();
    let mut near = Near { found: 0, lacks: Vec::new(), twice: Vec::new() };
    let Columns { date, hour, code, searches, clicks, revenue, is_final, dimensions } = &profile.columns;
    let mut told = None;
    let mut find = |wanted: &[String]| -> Option<usize> {
        let first = wanted.first()?;
        let mut found =
            names.iter().enumerate().filter(|(_, name)| wanted.iter().any(|wanted| fits(name, wanted).is_some()));
        match (found.next(), found.next()) {
            (Some((place, name)), None) => {
                near.found += 1;
                told = told.or(wanted.iter().find_map(|wanted| fits(name, wanted).flatten()));
                Some(place)
            }
            (Some(_), Some(_)) => {
                near.twice.push(first.clone());
                None
            }
            (None, _) => {
                near.lacks.push(first.clone());
                None
            }
        }
    };
    let date = find(date);
    let [hour, code, searches] = [hour, code, searches].map(|wanted| find(wanted));
    let [clicks, revenue, is_final] = [clicks, revenue, is_final].map(|wanted| find(wanted));
    let dimensions: Vec<usize> = dimensions.iter().filter_map(|name| find(std::slice::from_ref(name))).collect();
    let currency = if let Money::Column(names) = &profile.currency { find(names) } else { None };
    match date {
        Some(date) if near.lacks.is_empty() && near.twice.is_empty() => Ok(Placed {
            names: cells.to_vec(),
            date,
            hour,
            code,
            searches,
            clicks,
            revenue,
            is_final,
            dimensions,
            currency,
            told,
        }),
        Some(_) | None => Err(near),
    }
}

/// Whether a folded name is this one; and the currency, where the name has a place for it.
fn fits(name: &str, wanted: &str) -> Option<Option<Currency>> {
    let Some((before, after)) = wanted.split_once(CURRENCY) else {
        return (folded(wanted) == name).then_some(None);
    };
    let letters = name.strip_prefix(&folded(before))?.strip_suffix(&folded(after))?;
    Currency::new(&letters.to_ascii_uppercase()).map(Some)
}

/// What is said where no row is the header.
pub(super) fn no_header(best: Option<(u64, Near)>) -> ImportIssue {
    let Some((row, near)) = best.filter(|(_, near)| near.found > 0) else {
        return ImportIssue::new(
            "no row has the profile's columns; set date, clicks and the others to the names in this file's header \
             (`qsproxy statement profile FILE` proposes a profile)",
        );
    };
    let listed = |names: &[String]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    if near.twice.is_empty() {
        return ImportIssue::at(
            row,
            format!("the header has no column {}; name it in the partner's statement", listed(&near.lacks)),
        );
    }
    ImportIssue::at(
        row,
        format!("the header has more than one column {}; name the one that is meant", listed(&near.twice)),
    )
}
