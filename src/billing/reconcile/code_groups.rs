//! Which of our codes and which of the partner's tags are compared with one another.

use std::collections::BTreeMap;

use crate::billing::contract::CodeTag;

/// Groups of codes. A group has one code and one tag, unless codes share a tag or a code has several.
#[derive(Debug, Default)]
pub(super) struct CodeGroups {
    /// The name of each group: its codes, joined by `+`.
    pub names: Vec<String>,
    /// The index of the group of each code.
    pub of_code: BTreeMap<String, usize>,
    /// The index of the group of each tag.
    pub of_tag: BTreeMap<String, usize>,
}

impl CodeGroups {
    /// Returns the groups of the configured codes, and one for each other code that was counted, in the order of their names.
    pub(super) fn new<'c>(tags: &[CodeTag], counted: impl Iterator<Item = &'c str>) -> Self {
        // Each code and tag first has a number of its own; those that belong together get the smallest of their numbers.
        let mut numbers = GroupNumbers::default();
        for CodeTag { code, tag } in tags {
            numbers.join(CodeOrTag::Code(code.to_string()), CodeOrTag::Tag(tag.clone()));
        }
        for code in counted {
            numbers.number(CodeOrTag::Code(code.to_owned()));
        }
        let mut codes_of: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (name, number) in &numbers.by_name {
            if let CodeOrTag::Code(code) = name {
                codes_of.entry(*number).or_default().push(code);
            }
        }
        let mut named: Vec<(String, usize)> =
            codes_of.into_iter().map(|(number, codes)| (codes.join("+"), number)).collect();
        named.sort();
        let index_of: BTreeMap<usize, usize> =
            named.iter().enumerate().map(|(index, (_, number))| (*number, index)).collect();
        let mut groups = Self { names: named.into_iter().map(|(name, _)| name).collect(), ..Self::default() };
        for (name, number) in numbers.by_name {
            let Some(index) = index_of.get(&number) else { continue };
            match name {
                CodeOrTag::Code(code) => groups.of_code.insert(code, *index),
                CodeOrTag::Tag(tag) => groups.of_tag.insert(tag, *index),
            };
        }
        groups
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum CodeOrTag {
    Code(String),
    Tag(String),
}

#[derive(Debug, Default)]
struct GroupNumbers {
    by_name: BTreeMap<CodeOrTag, usize>,
}

impl GroupNumbers {
    fn number(&mut self, name: CodeOrTag) -> usize {
        let next = self.by_name.len();
        *self.by_name.entry(name).or_insert(next)
    }

    fn join(&mut self, one: CodeOrTag, other: CodeOrTag) {
        let (one, other) = (self.number(one), self.number(other));
        if one != other {
            for number in self.by_name.values_mut().filter(|number| **number == one.max(other)) {
                *number = one.min(other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::ConfigName;

    #[test]
    fn codes_that_share_a_tag_are_one_group() {
        let tag = |code: &str, tag: &str| CodeTag { code: ConfigName::new(code).unwrap(), tag: tag.to_owned() };
        let tags = [tag("news", "QX1"), tag("main", "QX2"), tag("late", "QX1"), tag("late", "QX3"), tag("a", "QX4")];
        let groups = CodeGroups::new(&tags, ["main", "old"].into_iter());
        assert_eq!(groups.names, ["a", "late+news", "main", "old"]);
        assert_eq!(["QX1", "QX2", "QX3", "QX4"].map(|tag| groups.of_tag[tag]), [1, 2, 1, 0]);
        assert_eq!(["a", "late", "main", "news", "old"].map(|code| groups.of_code[code]), [0, 1, 2, 1, 3]);
    }
}
