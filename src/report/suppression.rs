//! Cell suppression, as in statistical disclosure control: primary suppression of small counts, and complementary suppression
//! of further counts, so that the published total does not reveal a suppressed one (Cox 1980, "Suppression methodology and statistical
//! disclosure control"; Willenborg and de Waal 2001, "Elements of Statistical Disclosure Control", chapter 4).
//!
//! The rule: 0 is published, and counts from 1 to k - 1 are suppressed (primary). While all suppressed counts are equal or add
//! up to less than k, the smallest published count is suppressed as well, in every cell that has it (complementary). Suppressed
//! counts are therefore always "1 to some bound": the rule depends on the counts only, and never on their order.
//!
//! Why this suffices: take two suppressed cells with different counts and exchange them. The rule suppresses the same cells of both
//! tables, so somebody who knows the rule, the total and the published cells cannot distinguish the two. For every suppressed cell
//! there is another with a different count, so each can have at least two values. A rule that suppresses one of several equal
//! cells (say the last) lacks this property: with k = 3, only the counts 2, 3, 3 would be published as "suppressed, 3,
//! suppressed" of 8. If all suppressed counts were 1, or all k - 1, their sum alone would reveal them. The rule is also
//! deterministic: two reports of one day that suppressed different cells would reveal both together.
//!
//! What it does not do: guarantee more than two possible values (who knows from elsewhere which suppressed cell is the large one learns
//! more), or protect linked tables (a cell that is part of two sums, of a table and of a finer one for the same day). Callers suppress the
//! finest groups that they publish, and always the same groups.

/// Whether complementary suppression protects the suppressed cells of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// No cell is suppressed, or each suppressed cell can have at least two values, given all that is published.
    Sufficient,
    /// Every cell that is not 0 is suppressed, and they are still all equal or add up to less than k. The total then reveals nearly as
    /// much as the cells: it is the count of a single cell; and if it equals the number of cells, each is 1. Suppressing zeros as well
    /// would hide which cell it is, but not what such a total reveals. The caller may omit the group or say so.
    RevealedByTotal,
}

/// Which cells of a group are suppressed. The bound is never published: it is the largest suppressed count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suppression {
    bound: u64,
    protection: Protection,
}

impl Suppression {
    /// Applies the rule to the cells of one group whose sum is published. With a `k` of 0 or 1, nothing is suppressed.
    #[must_use]
    pub fn new(counts: &[u64], k: u64) -> Self {
        let mut bound = k.saturating_sub(1);
        if !counts.iter().any(|&n| 0 < n && n <= bound) {
            return Self { bound: 0, protection: Protection::Sufficient };
        }
        while !is_protected(counts, bound, k) {
            let Some(&next) = counts.iter().filter(|&&n| n > bound).min() else {
                return Self { bound, protection: Protection::RevealedByTotal };
            };
            bound = next;
        }
        Self { bound, protection: Protection::Sufficient }
    }

    /// Whether a cell of this group with this count is suppressed.
    #[must_use]
    pub fn is_suppressed(self, n: u64) -> bool {
        0 < n && n <= self.bound
    }

    /// Whether the suppressed cells are protected.
    #[must_use]
    pub fn protection(self) -> Protection {
        self.protection
    }
}

/// Whether the counts up to the bound differ, and add up to at least k.
fn is_protected(counts: &[u64], bound: u64, k: u64) -> bool {
    let suppressed = || counts.iter().copied().filter(|&n| 0 < n && n <= bound);
    let sum = suppressed().fold(0, u64::saturating_add);
    suppressed().min() != suppressed().max() && sum >= k
}

/// A group whose suppressed cells are published as their sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedGroup<'a> {
    /// The published cells, in their order.
    pub published: Vec<(&'a str, u64)>,
    /// The sum of all other cells, and of what belongs to no cell; 0 if there is neither.
    pub other: u64,
    /// Whether the cells in `other` are protected.
    pub protection: Protection,
}

/// Merges the suppressed cells of a group with the rest, which is what the total has beyond all cells: for example searches with values
/// that were too rare to be stored. The rule treats the rest as one more cell, so a small rest takes the smallest published cell
/// with it; publishing only their sum reveals less than suppressing them separately. A total smaller than the sum of the cells
/// (the day has not ended, or the store was edited) counts as that sum.
#[must_use]
pub fn merge_suppressed<'a>(cells: &[(&'a str, u64)], total: u64, k: u64) -> MergedGroup<'a> {
    let sum = |counts: &[u64]| counts.iter().copied().fold(0, u64::saturating_add);
    let mut counts: Vec<u64> = cells.iter().map(|&(_, n)| n).collect();
    let rest = total.saturating_sub(sum(&counts));
    counts.push(rest);
    let suppression = Suppression::new(&counts, k);
    let (suppressed, published): (Vec<_>, Vec<_>) =
        cells.iter().copied().partition(|&(_, n)| suppression.is_suppressed(n));
    let suppressed: Vec<u64> = suppressed.into_iter().map(|(_, n)| n).collect();
    MergedGroup { published, other: sum(&suppressed).saturating_add(rest), protection: suppression.protection() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// What is published of a table: the counts that are not suppressed, in their places, and the total.
    type Publication = (Vec<Option<u64>>, u64);

    fn publication(counts: &[u64], k: u64) -> Publication {
        let suppression = Suppression::new(counts, k);
        (counts.iter().map(|&n| (!suppression.is_suppressed(n)).then_some(n)).collect(), counts.iter().sum())
    }

    /// Every list of `cells` numbers from 0 to `most`.
    fn tables(cells: usize, most: u64) -> Vec<Vec<u64>> {
        (0..cells).fold(vec![vec![]], |tables, _| {
            tables.iter().flat_map(|table| (0..=most).map(|n| [table.as_slice(), &[n]].concat())).collect()
        })
    }

    /// Every list of `cells` numbers that add up to `sum`.
    fn sums(cells: usize, sum: u64) -> Vec<Vec<u64>> {
        let of = |n| sums(cells - 1, sum - n).into_iter().map(move |rest| [&[n], rest.as_slice()].concat());
        match (cells, sum) {
            (0, 0) => vec![vec![]],
            (0, _) => vec![],
            (_, _) => (0..=sum).flat_map(of).collect(),
        }
    }

    /// The values that each suppressed cell can have for somebody who knows the rule and the publication: all tables with the same
    /// total are tried.
    fn possible(view: &Publication, publish: impl Fn(&[u64]) -> Publication) -> Vec<BTreeSet<u64>> {
        let suppressed = view.0.iter().filter(|cell| cell.is_none()).count();
        let sum = view.1 - view.0.iter().flatten().sum::<u64>();
        let mut possible = vec![BTreeSet::new(); view.0.len()];
        for guess in sums(suppressed, sum) {
            let mut guess = guess.into_iter();
            let table: Vec<u64> = view.0.iter().map(|cell| cell.unwrap_or_else(|| guess.next().unwrap())).collect();
            if publish(&table) == *view {
                for (possible, n) in possible.iter_mut().zip(table) {
                    possible.insert(n);
                }
            }
        }
        possible
    }

    #[test]
    fn a_suppressed_cell_has_two_possible_values_even_if_the_rule_is_known() {
        for k in [2, 3, 4] {
            let mut known = BTreeMap::new();
            let mut revealed = Vec::new();
            for table in (1..=4).flat_map(|cells| tables(cells, 6)) {
                let view = publication(&table, k);
                let possible =
                    known.entry(view.clone()).or_insert_with_key(|seen| possible(seen, |table| publication(table, k)));
                if view.0.iter().zip(possible).any(|(cell, possible)| cell.is_none() && possible.len() < 2) {
                    assert_eq!(
                        Suppression::new(&table, k).protection(),
                        Protection::RevealedByTotal,
                        "{table:?}, k = {k}"
                    );
                    revealed.push(table);
                }
            }
            // The only exceptions: a single small cell among zeros, and cells of 1 among zeros.
            let exceptions: Vec<_> = (1..=4)
                .flat_map(|cells| tables(cells, 6))
                .filter(|table| {
                    let counts: Vec<u64> = table.iter().copied().filter(|&n| n > 0).collect();
                    (counts.len() == 1 && counts[0] < k) || (!counts.is_empty() && counts.iter().all(|&n| n == 1))
                })
                .collect();
            assert_eq!(revealed, exceptions, "k = {k}");
        }
    }

    #[test]
    fn the_smallest_counts_are_suppressed_first_and_equal_counts_together() {
        let suppress = |counts: &[u64], k| {
            let suppression = Suppression::new(counts, k);
            (counts.iter().map(|&n| suppression.is_suppressed(n)).collect::<Vec<_>>(), suppression.protection())
        };
        assert_eq!(suppress(&[], 20), (vec![], Protection::Sufficient));
        assert_eq!(suppress(&[0, 20, 0], 20), (vec![false; 3], Protection::Sufficient));
        assert_eq!(suppress(&[19, 90, 30, 0], 20), (vec![true, false, true, false], Protection::Sufficient));
        assert_eq!(suppress(&[19, 3, 90], 20), (vec![true, true, false], Protection::Sufficient));
        assert_eq!(
            suppress(&[9, 3, 90, 91], 20),
            (vec![true, true, true, false], Protection::Sufficient),
            "12 is less than 20"
        );
        assert_eq!(suppress(&[19, 30, 90, 30], 20), (vec![true, true, false, true], Protection::Sufficient));
        assert_eq!(
            suppress(&[19, 19, 40, 90], 20),
            (vec![true, true, true, false], Protection::Sufficient),
            "38 is only 19 + 19"
        );
        assert_eq!(suppress(&[0, 7], 20), (vec![false, true], Protection::RevealedByTotal));
        assert_eq!(suppress(&[3, 4], 20), (vec![true, true], Protection::RevealedByTotal));
        assert_eq!(suppress(&[1, 1], 1), (vec![false; 2], Protection::Sufficient));
        assert_eq!(suppress(&[1, 1], 0), (vec![false; 2], Protection::Sufficient));
    }

    #[test]
    fn merged_cells_are_published_as_their_sum() {
        let merge = |cells: &[(&'static str, u64)], total, k| {
            let MergedGroup { published, other, protection } = merge_suppressed(cells, total, k);
            (published.into_iter().map(|(name, _)| name).collect::<Vec<_>>().concat(), other, protection)
        };
        let cells = [("a", 50), ("b", 30), ("c", 40)];
        assert_eq!(merge(&cells, 120, 20), ("abc".to_owned(), 0, Protection::Sufficient));
        assert_eq!(
            merge(&cells, 125, 20),
            ("ac".to_owned(), 35, Protection::Sufficient),
            "5 would follow from the total"
        );
        assert_eq!(merge(&cells, 145, 20), ("abc".to_owned(), 25, Protection::Sufficient), "25 is not small");
        assert_eq!(merge(&cells, 10, 20), ("abc".to_owned(), 0, Protection::Sufficient), "an impossible total");
        assert_eq!(merge(&[("a", 50), ("b", 7)], 60, 20), ("".to_owned(), 60, Protection::Sufficient), "7 and 3");
        assert_eq!(merge(&[], 7, 20), ("".to_owned(), 7, Protection::RevealedByTotal));
        assert_eq!(merge(&[], 0, 20), ("".to_owned(), 0, Protection::Sufficient));
    }

    /// The last number of each table is the rest, which is published only as part of the sum.
    #[test]
    fn a_merged_cell_has_two_possible_values_even_if_the_rule_is_known() {
        let k = 3;
        let publish = |table: &[u64]| {
            let names = ["a", "b", "c"];
            let (rest, counts) = table.split_last().unwrap();
            let cells: Vec<_> = names.into_iter().zip(counts.iter().copied()).collect();
            let MergedGroup { published, other, .. } = merge_suppressed(&cells, counts.iter().sum::<u64>() + rest, k);
            let place = |&(name, _): &(&str, u64)| published.iter().find(|cell| cell.0 == name).map(|&(_, n)| n);
            let cells: Vec<_> = cells.iter().map(place).chain([None]).collect();
            let total = cells.iter().flatten().sum::<u64>() + other;
            (cells, total)
        };
        let mut known = BTreeMap::new();
        for table in (1..=4).flat_map(|cells| tables(cells, 6)) {
            let suppression = Suppression::new(&table, k);
            if suppression.protection() == Protection::Sufficient {
                let possible = known.entry(publish(&table)).or_insert_with_key(|seen| possible(seen, publish));
                for (n, possible) in table.iter().zip(possible) {
                    assert!(!suppression.is_suppressed(*n) || possible.len() >= 2, "{table:?}: {n}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn suppressed_cells_protect_one_another(
            counts in proptest::collection::vec(prop_oneof![Just(0), 0_u64..60, any::<u64>()], 0..12), k in 0_u64..40,
        ) {
            let suppression = Suppression::new(&counts, k);
            let published = |counts: &[u64]| {
                let suppression = Suppression::new(counts, k);
                counts.iter().map(|&n| (!suppression.is_suppressed(n)).then_some(n)).collect::<Vec<_>>()
            };
            prop_assert!(!suppression.is_suppressed(0));
            prop_assert!(counts.iter().all(|&n| n == 0 || n >= k || suppression.is_suppressed(n)));
            let suppressed: Vec<usize> = (0..counts.len()).filter(|&at| suppression.is_suppressed(counts[at])).collect();
            match suppression.protection() {
                Protection::Sufficient => {
                    let sum: u128 = suppressed.iter().map(|&at| u128::from(counts[at])).sum();
                    prop_assert!(suppressed.is_empty() || sum >= u128::from(k));
                    // Each suppressed cell could have another's count: the publication would be the same.
                    for &at in &suppressed {
                        let other = suppressed.iter().find(|&&other| counts[other] != counts[at]);
                        prop_assert!(other.is_some());
                        let mut swapped = counts.clone();
                        swapped.swap(at, *other.unwrap());
                        prop_assert_eq!(published(&swapped), published(&counts));
                    }
                }
                Protection::RevealedByTotal => prop_assert!(counts.iter().all(|&n| n == 0 || suppression.is_suppressed(n))),
            }
        }

        #[test]
        fn merging_preserves_the_total(
            counts in proptest::collection::vec(0_u64..60, 0..9), rest in 0_u64..60, k in 0_u64..40,
        ) {
            let cells: Vec<_> = counts.iter().map(|&n| ("x", n)).collect();
            let total = counts.iter().sum::<u64>() + rest;
            let merged = merge_suppressed(&cells, total, k);
            prop_assert_eq!(merged.published.iter().map(|&(_, n)| n).sum::<u64>() + merged.other, total);
            prop_assert!(merged.other == 0 || merged.other >= k || merged.protection == Protection::RevealedByTotal);
        }
    }
}
