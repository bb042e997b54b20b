//! Small counts are hidden, and enough others with them that the total, which stays, does not give them back: primary
//! and complementary suppression as in statistical disclosure control (Cox 1980, "Suppression methodology and
//! statistical disclosure control"; Willenborg and de Waal 2001, "Elements of Statistical Disclosure Control",
//! chapter 4).
//!
//! The rule: 0 is shown, and counts from 1 to k - 1 are hidden. While the hidden ones are all alike or add up to less
//! than k, the smallest count that is still shown is hidden as well, in every cell that has it. So what is hidden is
//! always "1 to some bound", a matter of the counts alone and never of their order.
//!
//! Why this is enough: whoever knows the rule, the total and the shown cells cannot tell the tables apart in which
//! two hidden cells with different counts have changed places, as the rule hides the same cells of both. Every hidden
//! cell has a neighbour with another count, so every hidden cell can be at least two numbers. A rule that hides one
//! of several equal cells (say the last) lacks this: with k = 3, only the counts 2, 3, 3 would show as "hidden, 3,
//! hidden" of 8; and where the hidden ones are all 1 or all k - 1, their sum alone would tell them. The rule has no
//! chance in it, either: two reports of one day that hid different cells would together show both.
//!
//! What it does not do: promise more than two numbers (who knows from elsewhere which of the hidden cells is the
//! large one knows more), or protect across several groups at once (a cell that stands in two sums, a table and a
//! finer one of the same day). Callers suppress the finest groups they publish, and the same groups every time.

/// Whether the hidden cells of a group hide one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Nothing is hidden, or every hidden cell can be at least two numbers for all that is shown.
    Holds,
    /// Every cell that is not 0 is hidden, and still they are all alike or add up to less than k. The total then says
    /// nearly as much as the cells: of a single cell it is the count, and where it equals their number each is 1.
    /// Hiding zeros, too, would leave open which cell it is; but a total that small, or of one cell alone, tells what
    /// it tells. The caller may leave out such a group or say so.
    TotalTells,
}

/// Which cells of a group are hidden. The bound itself is never published: it is the largest of the hidden counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suppressed {
    up_to: u64,
    guard: Guard,
}

impl Suppressed {
    /// The rule for the cells of one group, whose sum is shown. With k of 0 or 1 nothing is small.
    #[must_use]
    pub fn of(counts: &[u64], k: u64) -> Self {
        let mut up_to = k.saturating_sub(1);
        if !counts.iter().any(|&n| 0 < n && n <= up_to) {
            return Self { up_to: 0, guard: Guard::Holds };
        }
        while !hide_one_another(counts, up_to, k) {
            let Some(&next) = counts.iter().filter(|&&n| n > up_to).min() else {
                return Self { up_to, guard: Guard::TotalTells };
            };
            up_to = next;
        }
        Self { up_to, guard: Guard::Holds }
    }

    /// Whether a cell of this group with this count is hidden.
    #[must_use]
    pub fn hides(self, n: u64) -> bool {
        0 < n && n <= self.up_to
    }

    /// Whether the hidden cells hide one another.
    #[must_use]
    pub fn guard(self) -> Guard {
        self.guard
    }
}

fn hide_one_another(counts: &[u64], up_to: u64, k: u64) -> bool {
    let hidden = || counts.iter().copied().filter(|&n| 0 < n && n <= up_to);
    let sum = hidden().fold(0, u64::saturating_add);
    hidden().min() != hidden().max() && sum >= k
}

/// A group whose hidden cells are shown as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged<'a> {
    /// The shown cells, in the order they came in.
    pub shown: Vec<(&'a str, u64)>,
    /// All others together, and what no cell had; 0 where there is nothing of either. It has no name here.
    pub other: u64,
    /// Whether the cells in `other` hide one another.
    pub guard: Guard,
}

/// Merges the hidden cells of a group with the rest: what the total has beyond all cells, such as searches with
/// values that were never written since they were too rare. The rest is a cell like any other to the rule, so a small
/// one takes the smallest shown cell with it; knowing only the sum of rest and hidden cells tells less than seeing
/// which is which. A total below the cells' sum (the day is not closed, or the store was repaired by hand) counts as
/// that sum.
#[must_use]
pub fn merged<'a>(cells: &[(&'a str, u64)], total: u64, k: u64) -> Merged<'a> {
    let sum = |counts: &[u64]| counts.iter().copied().fold(0, u64::saturating_add);
    let mut counts: Vec<u64> = cells.iter().map(|&(_, n)| n).collect();
    let rest = total.saturating_sub(sum(&counts));
    counts.push(rest);
    let suppressed = Suppressed::of(&counts, k);
    let (hidden, shown): (Vec<_>, Vec<_>) = cells.iter().copied().partition(|&(_, n)| suppressed.hides(n));
    let hidden: Vec<u64> = hidden.into_iter().map(|(_, n)| n).collect();
    Merged { shown, other: sum(&hidden).saturating_add(rest), guard: suppressed.guard() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// What is published of a table: the shown counts in their places, and the total.
    type View = (Vec<Option<u64>>, u64);

    fn view_of(counts: &[u64], k: u64) -> View {
        let suppressed = Suppressed::of(counts, k);
        (counts.iter().map(|&n| (!suppressed.hides(n)).then_some(n)).collect(), counts.iter().sum())
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

    /// What each hidden cell can be for one who knows the rule and the view: every table is tried, however large its
    /// counts.
    fn possible(view: &View, publish: impl Fn(&[u64]) -> View) -> Vec<BTreeSet<u64>> {
        let hidden = view.0.iter().filter(|cell| cell.is_none()).count();
        let sum = view.1 - view.0.iter().flatten().sum::<u64>();
        let mut possible = vec![BTreeSet::new(); view.0.len()];
        for guess in sums(hidden, sum) {
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
    fn one_who_knows_the_rule_is_left_with_two_numbers_at_least() {
        for k in [2, 3, 4] {
            let mut known = BTreeMap::new();
            let mut told = Vec::new();
            for table in (1..=4).flat_map(|cells| tables(cells, 6)) {
                let view = view_of(&table, k);
                let possible =
                    known.entry(view.clone()).or_insert_with_key(|seen| possible(seen, |table| view_of(table, k)));
                if view.0.iter().zip(possible).any(|(cell, possible)| cell.is_none() && possible.len() < 2) {
                    assert_eq!(Suppressed::of(&table, k).guard(), Guard::TotalTells, "{table:?}, k = {k}");
                    told.push(table);
                }
            }
            // The exceptions, all of them: a single small cell among zeros, and cells of 1 among zeros.
            let exceptions: Vec<_> = (1..=4)
                .flat_map(|cells| tables(cells, 6))
                .filter(|table| {
                    let counts: Vec<u64> = table.iter().copied().filter(|&n| n > 0).collect();
                    (counts.len() == 1 && counts[0] < k) || (!counts.is_empty() && counts.iter().all(|&n| n == 1))
                })
                .collect();
            assert_eq!(told, exceptions, "k = {k}");
        }
    }

    #[test]
    fn the_smallest_go_first_and_all_alike_go_together() {
        let hidden = |counts: &[u64], k| {
            let suppressed = Suppressed::of(counts, k);
            (counts.iter().map(|&n| suppressed.hides(n)).collect::<Vec<_>>(), suppressed.guard())
        };
        assert_eq!(hidden(&[], 20), (vec![], Guard::Holds));
        assert_eq!(hidden(&[0, 20, 0], 20), (vec![false; 3], Guard::Holds));
        assert_eq!(hidden(&[19, 90, 30, 0], 20), (vec![true, false, true, false], Guard::Holds));
        assert_eq!(hidden(&[19, 3, 90], 20), (vec![true, true, false], Guard::Holds));
        assert_eq!(hidden(&[9, 3, 90, 91], 20), (vec![true, true, true, false], Guard::Holds), "12 are less than 20");
        assert_eq!(hidden(&[19, 30, 90, 30], 20), (vec![true, true, false, true], Guard::Holds));
        assert_eq!(hidden(&[19, 19, 40, 90], 20), (vec![true, true, true, false], Guard::Holds), "38 is only 19 + 19");
        assert_eq!(hidden(&[0, 7], 20), (vec![false, true], Guard::TotalTells));
        assert_eq!(hidden(&[3, 4], 20), (vec![true, true], Guard::TotalTells));
        assert_eq!(hidden(&[1, 1], 1), (vec![false; 2], Guard::Holds));
        assert_eq!(hidden(&[1, 1], 0), (vec![false; 2], Guard::Holds));
    }

    #[test]
    fn what_is_merged_is_told_by_its_sum_alone() {
        let merge = |cells: &[(&'static str, u64)], total, k| {
            let Merged { shown, other, guard } = merged(cells, total, k);
            (shown.into_iter().map(|(name, _)| name).collect::<Vec<_>>().concat(), other, guard)
        };
        let cells = [("a", 50), ("b", 30), ("c", 40)];
        assert_eq!(merge(&cells, 120, 20), ("abc".to_owned(), 0, Guard::Holds));
        assert_eq!(merge(&cells, 125, 20), ("ac".to_owned(), 35, Guard::Holds), "5 are told from the total");
        assert_eq!(merge(&cells, 145, 20), ("abc".to_owned(), 25, Guard::Holds), "25 are not small");
        assert_eq!(merge(&cells, 10, 20), ("abc".to_owned(), 0, Guard::Holds), "a total that cannot be");
        assert_eq!(merge(&[("a", 50), ("b", 7)], 60, 20), ("".to_owned(), 60, Guard::Holds), "7 and 3");
        assert_eq!(merge(&[], 7, 20), ("".to_owned(), 7, Guard::TotalTells));
        assert_eq!(merge(&[], 0, 20), ("".to_owned(), 0, Guard::Holds));
    }

    /// The last number of each table is the rest, which is never seen but in the sum.
    #[test]
    fn one_who_sees_the_merged_rows_is_left_with_two_numbers_at_least() {
        let k = 3;
        let publish = |table: &[u64]| {
            let names = ["a", "b", "c"];
            let (rest, counts) = table.split_last().unwrap();
            let cells: Vec<_> = names.into_iter().zip(counts.iter().copied()).collect();
            let Merged { shown, other, .. } = merged(&cells, counts.iter().sum::<u64>() + rest, k);
            let place = |&(name, _): &(&str, u64)| shown.iter().find(|cell| cell.0 == name).map(|&(_, n)| n);
            let cells: Vec<_> = cells.iter().map(place).chain([None]).collect();
            let total = cells.iter().flatten().sum::<u64>() + other;
            (cells, total)
        };
        let mut known = BTreeMap::new();
        for table in (1..=4).flat_map(|cells| tables(cells, 6)) {
            let suppressed = Suppressed::of(&table, k);
            if suppressed.guard() == Guard::Holds {
                let possible = known.entry(publish(&table)).or_insert_with_key(|seen| possible(seen, publish));
                for (n, possible) in table.iter().zip(possible) {
                    assert!(!suppressed.hides(*n) || possible.len() >= 2, "{table:?}: {n}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn hidden_cells_hide_one_another(
            counts in proptest::collection::vec(prop_oneof![Just(0), 0_u64..60, any::<u64>()], 0..12), k in 0_u64..40,
        ) {
            let suppressed = Suppressed::of(&counts, k);
            let shown = |counts: &[u64]| {
                let suppressed = Suppressed::of(counts, k);
                counts.iter().map(|&n| (!suppressed.hides(n)).then_some(n)).collect::<Vec<_>>()
            };
            prop_assert!(!suppressed.hides(0));
            prop_assert!(counts.iter().all(|&n| n == 0 || n >= k || suppressed.hides(n)));
            let hidden: Vec<usize> = (0..counts.len()).filter(|&at| suppressed.hides(counts[at])).collect();
            match suppressed.guard() {
                Guard::Holds => {
                    let sum: u128 = hidden.iter().map(|&at| u128::from(counts[at])).sum();
                    prop_assert!(hidden.is_empty() || sum >= u128::from(k));
                    // Each hidden cell could as well have another's count, for all that is shown; the sum stays.
                    for &at in &hidden {
                        let other = hidden.iter().find(|&&other| counts[other] != counts[at]);
                        prop_assert!(other.is_some());
                        let mut swapped = counts.clone();
                        swapped.swap(at, *other.unwrap());
                        prop_assert_eq!(shown(&swapped), shown(&counts));
                    }
                }
                Guard::TotalTells => prop_assert!(counts.iter().all(|&n| n == 0 || suppressed.hides(n))),
            }
        }

        #[test]
        fn merging_keeps_the_total(
            counts in proptest::collection::vec(0_u64..60, 0..9), rest in 0_u64..60, k in 0_u64..40,
        ) {
            let cells: Vec<_> = counts.iter().map(|&n| ("x", n)).collect();
            let total = counts.iter().sum::<u64>() + rest;
            let merged = merged(&cells, total, k);
            prop_assert_eq!(merged.shown.iter().map(|&(_, n)| n).sum::<u64>() + merged.other, total);
            prop_assert!(merged.other == 0 || merged.other >= k || merged.guard == Guard::TotalTells);
        }
    }
}
