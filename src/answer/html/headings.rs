//! Levels of headings: a page in ours must not skip one (WCAG 2.2 success criterion 1.3.1), and pages do.

/// The lowest level.
const MAX_LEVEL: usize = 6;

/// The open sections of a page, by the levels of their headings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HeadingLevels {
    /// The level in the page of each open section, from the outermost.
    sections: [usize; MAX_LEVEL],
    /// Number of open sections.
    depth: usize,
    /// Whether the page has a heading of the first level, of which there is only one.
    has_first: bool,
    /// Whether the outermost section is below the first level.
    starts_at_second: bool,
}

impl HeadingLevels {
    /// Starts a section with a heading of this level in the page, from 1, and returns the level that it gets.
    pub(super) fn enter(&mut self, level: usize) -> usize {
        while self.depth > 0 && self.sections.get(self.depth - 1).is_some_and(|open| *open >= level) {
            self.depth -= 1;
        }
        if self.depth == 0 {
            self.starts_at_second = level > 1 || self.has_first;
            self.has_first |= level == 1;
        }
        if let Some(section) = self.sections.get_mut(self.depth) {
            *section = level;
            self.depth += 1;
        }
        (self.depth + usize::from(self.starts_at_second)).min(MAX_LEVEL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn levels(given: &[usize]) -> Vec<usize> {
        let mut levels = HeadingLevels::default();
        given.iter().map(|level| levels.enter(*level)).collect()
    }

    #[test]
    fn levels_are_those_of_the_page_without_gaps() {
        assert_eq!(levels(&[1, 3, 3, 5, 3]), [1, 2, 2, 3, 2]);
        assert_eq!(levels(&[3, 3, 3]), [2, 2, 2]);
        assert_eq!(levels(&[2, 3, 2]), [2, 3, 2]);
        assert_eq!(levels(&[1, 2, 1, 2]), [1, 2, 2, 3]);
        assert_eq!(levels(&[3, 2, 1, 4]), [2, 2, 1, 2]);
        assert_eq!(levels(&[1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6]);
    }

    proptest! {
        #[test]
        fn no_level_is_skipped(given in proptest::collection::vec(1_usize..=6, 0..20)) {
            let found = levels(&given);
            prop_assert!(found.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{:?}", found);
            prop_assert!(found.iter().filter(|level| **level == 1).count() <= 1);
            prop_assert!(found.iter().all(|level| (1..=6).contains(level)));
        }
    }
}
