//! Shares that change with a month, as contracts do.

use crate::billing::settlement::share::Share;
use crate::billing::year_month::YearMonth;

/// A share that may change with a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharesByMonth(Vec<(Option<YearMonth>, Share)>);

impl SharesByMonth {
    /// Shares in the order of the months from which they apply; the first one has no month. None if they are not so.
    #[must_use]
    pub fn new(shares: Vec<(Option<YearMonth>, Share)>) -> Option<Self> {
        let starts_well = shares.first().is_some_and(|(from, _)| from.is_none());
        (starts_well && shares.is_sorted_by(|(before, _), (after, _)| before < after)).then_some(Self(shares))
    }

    /// The shares, in the order of the months from which they apply.
    pub fn iter(&self) -> impl Iterator<Item = &(Option<YearMonth>, Share)> {
        self.0.iter()
    }

    /// Returns the share of a month.
    #[must_use]
    pub fn of(&self, month: YearMonth) -> Share {
        let latest = self.0.iter().rev().find(|(from, _)| from.is_none_or(|from| from <= month));
        latest.map_or(Share::ALL, |(_, share)| *share)
    }
}

impl Default for SharesByMonth {
    fn default() -> Self {
        Self(vec![(None, Share::ALL)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_a_month_is_the_latest_that_applies() {
        let month = |text| YearMonth::parse(text).unwrap();
        let share = |text| Share::parse(text).unwrap();
        let shares = SharesByMonth::new(vec![(None, share("70%")), (Some(month("2026-07")), share("75%"))]).unwrap();
        assert_eq!(
            ["2020-01", "2026-06", "2026-07", "2030-01"].map(|text| shares.of(month(text)).to_string()),
            ["70%", "70%", "75%", "75%"]
        );
        assert_eq!(SharesByMonth::new(Vec::new()), None);
        assert_eq!(SharesByMonth::new(vec![(Some(month("2026-07")), share("75%"))]), None);
        assert_eq!(SharesByMonth::new(vec![(None, share("1%")), (None, share("2%"))]), None);
        assert_eq!(
            SharesByMonth::new(vec![
                (None, share("1%")),
                (Some(month("2026-07")), share("2%")),
                (Some(month("2026-07")), share("3%"))
            ]),
            None
        );
    }
}
