//! Comparison of a requested locale with an entry of the list.

use std::sync::LazyLock;

use icu_locale::fallback::LocaleFallbacker;
use icu_locale::{Direction, LanguageIdentifier, Locale, LocaleDirectionality, LocaleExpander};

use crate::fields::language::related::{Relation, Relatives, is_other_group};

static EXPANDER: LazyLock<LocaleExpander> = LazyLock::new(LocaleExpander::new_extended);
static DIRECTIONALITY: LazyLock<LocaleDirectionality> = LazyLock::new(LocaleDirectionality::new_common);

/// The properties by which locales are matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LocaleKey {
    /// The tag with its likely script and region.
    maximized: LanguageIdentifier,
    /// The tag and its parent locales, up to the language.
    ancestors: Vec<String>,
}

/// How far an entry is from a requested locale, smaller being better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Distance {
    pub(super) relation: Relation,
    is_other_region: bool,
    is_other_group: bool,
    /// Steps up from the requested locale to a common parent locale, and down to the entry.
    steps: (usize, usize),
}

impl LocaleKey {
    pub(super) fn new(locale: &Locale) -> Self {
        let mut maximized = locale.id.clone();
        maximized.variants.clear();
        let mut ancestors = Vec::new();
        let mut fallback = LocaleFallbacker::new().for_config(Default::default()).fallback_for((&maximized).into());
        while !fallback.get().is_unknown() {
            ancestors.push(fallback.get().to_string());
            fallback.step();
        }
        EXPANDER.maximize(&mut maximized);
        Self { maximized, ancestors }
    }

    pub(super) fn is_right_to_left(&self) -> bool {
        DIRECTIONALITY.get(&self.maximized) == Some(Direction::RightToLeft)
    }

    /// The varieties that this entry of the list can stand for.
    pub(super) fn relatives(&self) -> Relatives {
        Relatives::of(&self.maximized)
    }

    /// The distance of a requested locale from this entry, which has these relatives. None if its readers cannot be expected to
    /// read the entry's language and script.
    pub(super) fn distance(&self, relatives: &Relatives, requested: &Self) -> Option<Distance> {
        let is_same = (self.maximized.language, self.maximized.script)
            == (requested.maximized.language, requested.maximized.script);
        let relation = if is_same { Relation::SAME } else { relatives.find(&requested.maximized)? };
        let is_other_region = self.maximized.region != requested.maximized.region;
        Some(Distance {
            relation,
            is_other_region,
            is_other_group: is_other_region && is_other_group(&self.maximized, &requested.maximized),
            steps: if is_other_region { self.steps(requested) } else { (0, 0) },
        })
    }

    fn steps(&self, requested: &Self) -> (usize, usize) {
        let depth = |tag: &String| self.ancestors.iter().position(|own| own == tag);
        let common = requested.ancestors.iter().enumerate().find_map(|(up, tag)| Some((up, depth(tag)?)));
        let (up, down) = common.unwrap_or((requested.ancestors.len(), self.ancestors.len()));
        (up + 1, down)
    }
}
