//! Languages whose readers can read another, and regions that share a variety, by CLDR (UTS #35 part 1, section 4.4.1).
//! `scripts/language-matches` generates the data.

use std::sync::LazyLock;

use icu_locale::LanguageIdentifier;
use icu_locale::subtags::{Language, Region, Script};

/// The generated data.
const DATA: &str = include_str!("cldr_matches.tsv");

/// Maximum distance at which one language stands for another although the relation holds one way only, as Chinese for
/// Cantonese. Beyond it are second languages, as Spanish for readers of Catalan.
const NEAR: u8 = 10;

static RELATIONS: LazyLock<Relations> = LazyLock::new(|| Relations::parse(DATA));

#[derive(Default)]
struct Relations {
    matches: Vec<(Variety, Variety, Relation)>,
    groups: Vec<(Variety, Vec<Region>)>,
}

/// A language, or a language in a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variety {
    language: Language,
    script: Option<Script>,
}

/// How a requested language is related to a listed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Relation {
    /// True if it is a second language, which counts only if nothing else matches.
    pub(super) is_second_language: bool,
    /// CLDR's distance, from 1 to 49. 0 for the language itself.
    pub(super) distance: u8,
}

impl Relation {
    pub(super) const SAME: Self = Self { is_second_language: false, distance: 0 };
}

/// The requested varieties that a listed language, maximized, can stand for.
#[derive(Debug, Clone)]
pub(super) struct Relatives(Vec<(Variety, Relation)>);

impl Relatives {
    pub(super) fn of(listed: &LanguageIdentifier) -> Self {
        let listed_script = listed.script;
        let matches = RELATIONS.matches.iter().filter(|(_, supported, _)| supported.includes(listed));
        let relatives = matches.map(|(desired, _, relation)| {
            // Without scripts in the rule, both have the same.
            (Variety { language: desired.language, script: desired.script.or(listed_script) }, *relation)
        });
        Self(relatives.collect())
    }

    /// The closest relation to a requested locale, maximized.
    pub(super) fn find(&self, requested: &LanguageIdentifier) -> Option<Relation> {
        self.0.iter().filter(|(variety, _)| variety.includes(requested)).map(|(_, relation)| *relation).min()
    }
}

/// Whether two locales of a language, maximized, belong to different groups of regions: `en-AU` and `en-US`.
pub(super) fn is_other_group(one: &LanguageIdentifier, other: &LanguageIdentifier) -> bool {
    let group = RELATIONS.groups.iter().find(|(variety, _)| variety.includes(one));
    let is_in = |locale: &LanguageIdentifier| {
        group.is_some_and(|(_, regions)| locale.region.is_some_and(|region| regions.contains(&region)))
    };
    is_in(one) != is_in(other)
}

impl Variety {
    fn parse(text: &str) -> Option<Self> {
        let LanguageIdentifier { language, script, .. } = LanguageIdentifier::try_from_str(text).ok()?;
        Some(Self { language, script })
    }

    /// Whether the locale is of this language, and not known to be in another script.
    fn includes(&self, locale: &LanguageIdentifier) -> bool {
        let is_script = self.script.is_none() || locale.script.is_none() || self.script == locale.script;
        self.language == locale.language && is_script
    }
}

impl Relations {
    fn parse(data: &str) -> Self {
        let mut relations = Self::default();
        for line in data.lines() {
            relations.add(line);
        }
        relations
    }

    /// Adds a row. None for a comment.
    fn add(&mut self, line: &str) -> Option<()> {
        let mut fields = line.split('\t');
        match fields.next()? {
            "match" => {
                let desired = Variety::parse(fields.next()?)?;
                let supported = Variety::parse(fields.next()?)?;
                let distance = fields.next()?.parse().ok()?;
                let is_mutual = fields.next()? == "both";
                let relation = Relation { is_second_language: !is_mutual && distance > NEAR, distance };
                self.matches.push((desired, supported, relation));
                if is_mutual {
                    self.matches.push((supported, desired, relation));
                }
            }
            "regions" => {
                let variety = Variety::parse(fields.next()?)?;
                self.groups.push((variety, fields.filter_map(|region| Region::try_from_str(region).ok()).collect()));
            }
            _ => {}
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_are_read() {
        let rows = |kind: &str| DATA.lines().filter(|line| line.starts_with(kind)).count();
        let mutual = DATA.lines().filter(|line| line.ends_with("\tboth")).count();
        assert_eq!(RELATIONS.matches.len(), rows("match\t") + mutual);
        assert_eq!(RELATIONS.groups.len(), rows("regions\t"));
        assert_eq!(rows("match\t") + rows("regions\t") + 1, DATA.lines().count(), "one comment");
        for (variety, regions) in &RELATIONS.groups {
            let count = DATA.lines().find_map(|line| line.strip_prefix(&format!("regions\t{}", spelled(variety))));
            assert_eq!(
                regions.len(),
                count.unwrap().split('\t').filter(|region| !region.is_empty()).count(),
                "{variety:?}"
            );
        }
    }

    fn spelled(variety: &Variety) -> String {
        variety.script.map_or_else(|| variety.language.to_string(), |script| format!("{}-{script}", variety.language))
    }
}
