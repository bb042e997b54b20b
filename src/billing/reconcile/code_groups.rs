//! Which of our codes and which rows of the partner are compared with one another.

use std::collections::BTreeMap;

use crate::billing::contract::CodeTag;
use crate::billing::statement::StatementRow;
use crate::partner::code_tags::TagDays;

/// Groups of codes. A group has one code, unless codes share a tag on the same day, or a row covers days on which its tag is for several.
#[derive(Debug, Default)]
pub(super) struct CodeGroups {
    /// The name of each group: its codes, joined by `+`.
    pub names: Vec<String>,
    /// The index of the group of each code.
    pub of_code: BTreeMap<String, usize>,
    /// The days of each tag, with the index of the group that it is for.
    of_tag: BTreeMap<String, Vec<(TagDays, usize)>>,
}

impl CodeGroups {
    /// Returns the groups of the configured codes, and one for each other code that was counted, in the order of their names.
    pub(super) fn new<'c>(tags: &'c [CodeTag], rows: &[StatementRow], counted: impl Iterator<Item = &'c str>) -> Self {
        let mut by_tag: BTreeMap<&str, Vec<&CodeTag>> = BTreeMap::new();
        tags.iter().for_each(|tag| by_tag.entry(&tag.tag).or_default().push(tag));
        // Each code first has a number of its own; those that belong together get the smallest of their numbers.
        let mut numbers = GroupNumbers::default();
        tags.iter().map(|tag| tag.code.as_str()).chain(counted).for_each(|code| {
            numbers.number(code);
        });
        for shared in by_tag.values().filter(|shared| shared.len() > 1) {
            for (nth, tag) in shared.iter().enumerate() {
                shared
                    .iter()
                    .take(nth)
                    .filter(|other| other.days.meet(tag.days))
                    .for_each(|other| numbers.join(tag, other));
            }
        }
        for row in rows.iter().filter(|row| row.day < row.last) {
            let tags = by_tag.get(row.code.as_str()).map(Vec::as_slice).unwrap_or_default();
            let mut in_force = tags.iter().filter(|tag| tag.days.overlap(row.day, row.last));
            if let Some(first) = in_force.next() {
                in_force.for_each(|other| numbers.join(first, other));
            }
        }
        let mut groups = numbers.into_groups();
        for CodeTag { code, tag, days } in tags {
            let group = groups.of_code.get(code.as_str()).map(|group| (*days, *group));
            groups.of_tag.entry(tag.clone()).or_default().extend(group);
        }
        groups
    }

    /// Returns the index of the group that a row is for: that of its tag on the row's days. None if the tag is in force on none of them.
    pub(super) fn of_row(&self, row: &StatementRow) -> Option<usize> {
        let of_tag = self.of_tag.get(&row.code)?;
        of_tag.iter().find(|(days, _)| days.overlap(row.day, row.last)).map(|(_, group)| *group)
    }
}

#[derive(Debug, Default)]
struct GroupNumbers<'c> {
    by_code: BTreeMap<&'c str, usize>,
}

impl<'c> GroupNumbers<'c> {
    fn number(&mut self, code: &'c str) -> usize {
        let next = self.by_code.len();
        *self.by_code.entry(code).or_insert(next)
    }

    fn join(&mut self, one: &'c CodeTag, other: &'c CodeTag) {
        let (one, other) = (self.number(one.code.as_str()), self.number(other.code.as_str()));
        if one != other {
            for number in self.by_code.values_mut().filter(|number| **number == one.max(other)) {
                *number = one.min(other);
            }
        }
    }

    /// Names the groups and orders them by their names.
    fn into_groups(self) -> CodeGroups {
        let mut codes_of: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (code, number) in &self.by_code {
            codes_of.entry(*number).or_default().push(code);
        }
        let mut named: Vec<(String, Vec<&str>)> =
            codes_of.into_values().map(|codes| (codes.join("+"), codes)).collect();
        named.sort();
        let mut groups = CodeGroups::default();
        for (index, (name, codes)) in named.into_iter().enumerate() {
            groups.names.push(name);
            groups.of_code.extend(codes.into_iter().map(|code| (code.to_owned(), index)));
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::ConfigName;
    use jiff::civil::{Date, date};
    use proptest::prelude::*;

    fn tag(code: &str, tag: &str, from: Option<Date>, to: Option<Date>) -> CodeTag {
        CodeTag { code: ConfigName::new(code).unwrap(), tag: tag.to_owned(), days: TagDays { from, to } }
    }

    fn row(code: &str, day: Date, last: Date) -> StatementRow {
        let code = code.to_owned();
        StatementRow { day, last, code, searches: None, clicks: None, revenue: None, currency: None, is_final: None }
    }

    #[test]
    fn codes_that_share_a_tag_are_one_group() {
        let always = |code: &str, name: &str| tag(code, name, None, None);
        let tags = [
            always("news", "QX1"),
            always("main", "QX2"),
            always("late", "QX1"),
            always("late", "QX3"),
            always("a", "QX4"),
        ];
        let groups = CodeGroups::new(&tags, &[], ["main", "old"].into_iter());
        assert_eq!(groups.names, ["a", "late+news", "main", "old"]);
        let day = date(2026, 10, 1);
        assert_eq!(
            ["QX1", "QX2", "QX3", "QX4", "QX5"].map(|tag| groups.of_row(&row(tag, day, day))),
            [Some(1), Some(2), Some(1), Some(0), None]
        );
        assert_eq!(["a", "late", "main", "news", "old"].map(|code| groups.of_code[code]), [0, 1, 2, 1, 3]);
    }

    #[test]
    fn a_tag_that_passes_to_another_code_is_that_codes_from_its_day_on() {
        let (end, start) = (date(2026, 10, 14), date(2026, 10, 15));
        let tags = [tag("main", "QX1", None, Some(end)), tag("news", "QX1", Some(start), None)];
        let groups = CodeGroups::new(&tags, &[row("QX1", end, end)], std::iter::empty());
        assert_eq!(groups.names, ["main", "news"]);
        assert_eq!([end, start].map(|day| groups.of_row(&row("QX1", day, day))), [Some(0), Some(1)]);
        // A week with days of both is for both.
        let groups = CodeGroups::new(&tags, &[row("QX1", date(2026, 10, 12), date(2026, 10, 18))], std::iter::empty());
        assert_eq!(groups.names, ["main+news"]);
    }

    proptest! {
        /// Tags as the configuration accepts them: a day has a tag for one code only. Each row of a day is then for the group of that
        /// code and of no other, or for none.
        #[test]
        fn each_row_is_for_one_code(owners in proptest::collection::vec(proptest::option::of(0_usize..3), 3 * 10)) {
            let (codes, names) = (["a", "b", "c"], ["T0", "T1", "T2"]);
            let day = |n: usize| date(2026, 10, i8::try_from(n + 1).unwrap());
            let mut tags = Vec::new();
            for (n, owner) in owners.iter().enumerate() {
                if let Some(owner) = owner {
                    tags.push(tag(codes[*owner], names[n / 10], Some(day(n % 10)), Some(day(n % 10))));
                }
            }
            let groups = CodeGroups::new(&tags, &[], std::iter::empty());
            prop_assert!(groups.names.iter().all(|name| codes.contains(&name.as_str())));
            for (n, owner) in owners.iter().enumerate() {
                let found = groups.of_row(&row(names[n / 10], day(n % 10), day(n % 10)));
                prop_assert_eq!(found.map(|group| groups.names[group].as_str()), owner.map(|owner| codes[owner]));
            }
        }
    }
}
