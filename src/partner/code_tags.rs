//! What a partner calls a code: one tag, or several with the days on which each is in force.

use std::collections::BTreeSet;

use jiff::civil::Date;

/// Days without a gap, from the first to the last one; without a date there is no such end.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct TagDays {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

impl TagDays {
    /// Returns whether one of the days from `first` to `last` is among them.
    #[must_use]
    pub fn overlap(self, first: Date, last: Date) -> bool {
        self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| to >= first)
    }

    /// Returns whether they have a day in common with others.
    #[must_use]
    pub fn meet(self, other: Self) -> bool {
        self.overlap(other.from.unwrap_or(Date::MIN), other.to.unwrap_or(Date::MAX))
    }

    fn contain(self, day: Date) -> bool {
        self.overlap(day, day)
    }
}

/// A tag and the days on which it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedTag {
    /// The partner's name for the code.
    pub name: String,
    /// Its days: in the partner's time zone for statements, UTC days for requests.
    pub days: TagDays,
}

/// All tags of a code at one partner, in the order of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeTags {
    first: DatedTag,
    others: Vec<DatedTag>,
}

impl CodeTags {
    /// One tag for all days.
    #[must_use]
    pub fn always(name: String) -> Self {
        Self { first: DatedTag { name, days: TagDays::default() }, others: Vec::new() }
    }

    /// Several tags; `None` if there is none.
    #[must_use]
    pub fn new(tags: Vec<DatedTag>) -> Option<Self> {
        let mut tags = tags.into_iter();
        Some(Self { first: tags.next()?, others: tags.collect() })
    }

    /// The tags.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &DatedTag> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Returns the tag that requests of a UTC day carry: the last one listed that is in force. On a day without any, which the
    /// configuration cannot have from the day on which it is read, it is the one that comes into force next, or else the last one.
    #[must_use]
    pub fn sent_on(&self, day: Date) -> &str {
        let in_force = self.iter().rev().find(|tag| tag.days.contain(day));
        let next = || self.iter().filter(|tag| tag.days.from > Some(day)).min_by_key(|tag| tag.days.from);
        let tag = in_force.or_else(next).or_else(|| self.iter().next_back());
        &tag.unwrap_or(&self.first).name
    }

    /// Returns the first day from `day` on on which no tag is in force.
    #[must_use]
    pub fn gap_from(&self, day: Date) -> Option<Date> {
        let after = self.iter().filter_map(|tag| tag.days.to?.tomorrow().ok());
        let ends = std::iter::once(day).chain(after).filter(|end| *end >= day);
        ends.filter(|end| !self.iter().any(|tag| tag.days.contain(*end))).min()
    }
}

/// Returns how many different tags requests for these codes carry on one day, at most.
#[must_use]
pub fn most_tags_of_a_day<'t>(codes: impl Iterator<Item = &'t CodeTags>) -> usize {
    let codes: Vec<&CodeTags> = codes.collect();
    let tags = || codes.iter().flat_map(|tags| tags.iter());
    let begins = tags().filter_map(|tag| tag.days.from);
    let ends = tags().filter_map(|tag| tag.days.to?.tomorrow().ok());
    let changes: BTreeSet<Date> = begins.chain(ends).chain([Date::MIN]).collect();
    let tags_on = |day| codes.iter().map(|tags| tags.sent_on(day)).collect::<BTreeSet<_>>().len();
    changes.into_iter().map(tags_on).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn day(n: i64) -> Date {
        date(2026, 10, 1).checked_add(jiff::Span::new().days(n)).unwrap()
    }

    fn tags() -> impl Strategy<Value = Vec<DatedTag>> {
        let end = || proptest::option::of(0_i64..12);
        let tag = ("[ab]", end(), end())
            .prop_map(|(name, from, to)| DatedTag { name, days: TagDays { from: from.map(day), to: to.map(day) } });
        proptest::collection::vec(tag, 1..5)
    }

    #[test]
    fn the_last_listed_tag_in_force_is_sent() {
        let tag = |name: &str, from, to| DatedTag { name: name.to_owned(), days: TagDays { from, to } };
        let list = [
            tag("QX1", None, None),
            tag("QX2", Some(date(2026, 10, 15)), None),
            tag("QX0", None, Some(date(2026, 9, 30))),
        ];
        let tags = CodeTags::new(list.to_vec()).unwrap();
        let sent =
            ["2026-09-30", "2026-10-01", "2026-10-14", "2026-10-15"].map(|day| tags.sent_on(day.parse().unwrap()));
        assert_eq!(sent, ["QX0", "QX1", "QX1", "QX2"]);
        assert_eq!(tags.gap_from(Date::MIN), None);
        assert_eq!(most_tags_of_a_day([&tags, &CodeTags::always("QX1".to_owned())].into_iter()), 2);
        assert_eq!(CodeTags::new(Vec::new()), None);
    }

    proptest! {
        /// What is sent, and which days have no tag, is as a look at each day by itself says.
        #[test]
        fn each_day_has_the_last_listed_tag_or_is_a_gap(list in tags(), from in 0_i64..12) {
            let tags = CodeTags::new(list.clone()).unwrap();
            let on = |day: Date| {
                let is_in_force = |tag: &&DatedTag| {
                    tag.days.from.is_none_or(|from| from <= day) && tag.days.to.is_none_or(|to| day <= to)
                };
                list.iter().rfind(is_in_force)
            };
            for n in -2..15 {
                if let Some(tag) = on(day(n)) {
                    prop_assert_eq!(tags.sent_on(day(n)), &tag.name);
                }
                prop_assert!(list.iter().any(|tag| tag.name == tags.sent_on(day(n))));
            }
            let gap = (from..15).map(day).find(|day| on(*day).is_none());
            prop_assert_eq!(tags.gap_from(day(from)), gap);
        }
    }
}
