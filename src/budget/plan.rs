//! What the operator configured for a partner: the price of a request, and the ceilings of its budget.

use strum::VariantArray as _;

use crate::money::{Currency, Micros};
use crate::name::ConfigName;
use crate::time::{Day, Hour};

/// The price of a request, with the days on which it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricePlan {
    /// The currency of all prices.
    pub currency: Currency,
    /// Since when which price applies, in ascending order; at least one. Before the first day, its price applies, too.
    pub changes: Vec<(Day, Micros)>,
}

impl PricePlan {
    /// The price on a UTC day.
    #[must_use]
    pub fn on(&self, day: Day) -> Micros {
        let current = self.changes.iter().rev().find(|(since, _)| *since <= day);
        current.or(self.changes.first()).map_or(Micros(0), |(_, price)| *price)
    }
}

/// The most that may be spent in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceiling {
    /// So many requests.
    Requests(u64),
    /// What so much money pays for, in the currency of the price.
    Money(Micros),
}

/// The periods of ceilings, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::VariantArray)]
pub enum PeriodKind {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A calendar month.
    Month,
}

impl PeriodKind {
    /// Its name in metrics, events and the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// The period of this kind that contains an hour, as in the column `period`.
    #[must_use]
    pub fn text(self, hour: Hour) -> String {
        let date = hour.day().date();
        match self {
            Self::Hour => hour.to_string(),
            Self::Day => date.to_string(),
            Self::Month => format!("{:04}-{:02}", date.year(), date.month()),
        }
    }
}

/// The ceilings of all codes together, or of one code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ceilings {
    /// In an hour.
    pub hour: Option<Ceiling>,
    /// In a day.
    pub day: Option<Ceiling>,
    /// In a month.
    pub month: Option<Ceiling>,
}

impl Ceilings {
    /// The ceiling of a period.
    #[must_use]
    pub fn of(&self, period: PeriodKind) -> Option<Ceiling> {
        match period {
            PeriodKind::Hour => self.hour,
            PeriodKind::Day => self.day,
            PeriodKind::Month => self.month,
        }
    }

    /// How many requests are allowed in a day at this price; a month counts as thirty days. None if nothing is bounded.
    #[must_use]
    pub fn requests_in_a_day(&self, price: Micros) -> Option<u64> {
        let in_requests = |ceiling: Ceiling| match ceiling {
            Ceiling::Requests(requests) => requests,
            Ceiling::Money(money) => {
                money.0.checked_div(price.0).and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX)
            }
        };
        let hour = self.hour.map(|ceiling| in_requests(ceiling).saturating_mul(24));
        let day = self.day.map(in_requests);
        let month = self.month.map(|ceiling| in_requests(ceiling) / 30);
        [hour, day, month].into_iter().flatten().min()
    }

    /// Whether nothing is bounded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The price and the budget of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendingPlan {
    /// The partner.
    pub partner: ConfigName,
    /// The price of a request. None if the partner is not paid by request, or its price is not configured.
    pub price: Option<PricePlan>,
    /// The ceilings of all codes together.
    pub all: Ceilings,
    /// The ceilings of codes that have their own, which apply in addition.
    pub codes: Vec<(ConfigName, Ceilings)>,
}

impl SpendingPlan {
    /// The price on a day; zero without one.
    #[must_use]
    pub fn price_on(&self, day: Day) -> Micros {
        self.price.as_ref().map_or(Micros(0), |price| price.on(day))
    }

    /// The currency of the price.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.price.as_ref().map(|price| price.currency)
    }

    /// Whether anything is bounded.
    #[must_use]
    pub fn has_budget(&self) -> bool {
        !self.all.is_empty() || !self.codes.is_empty()
    }

    /// Whether requests are counted in `partner_requests`.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.price.is_some() || self.has_budget()
    }

    /// The ceilings of a code of its own.
    #[must_use]
    pub fn own(&self, code: &ConfigName) -> Option<Ceilings> {
        self.codes.iter().find(|(name, _)| name == code).map(|(_, ceilings)| *ceilings)
    }

    /// The periods that a request under a code counts in, with their ceilings: of all codes together, and of the code if it has a budget of
    /// its own; each by day and month, and by hour if hours are bounded.
    #[must_use]
    pub fn periods<'c>(
        &self,
        code: Option<&'c ConfigName>,
    ) -> Vec<(Option<&'c ConfigName>, PeriodKind, Option<Ceiling>)> {
        let own = code.and_then(|code| Some((Some(code), self.own(code)?)));
        let mut periods = Vec::new();
        for (code, ceilings) in std::iter::once((None, self.all)).chain(own) {
            let counted = PeriodKind::VARIANTS.iter().map(|kind| (code, *kind, ceilings.of(*kind)));
            periods.extend(counted.filter(|(_, kind, ceiling)| *kind != PeriodKind::Hour || ceiling.is_some()));
        }
        periods
    }

    /// The hour that a reservation of this moment is for: it is spent in this hour if hours are bounded, else on its day.
    #[must_use]
    pub fn stamp(&self, now: Hour) -> Hour {
        let has_hours = self.all.hour.is_some() || self.codes.iter().any(|(_, ceilings)| ceilings.hour.is_some());
        if has_hours { now } else { now.day().first_hour() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().unwrap())
    }

    #[test]
    fn a_price_applies_from_its_day() {
        let changes = vec![(day("2026-01-01"), Micros(5)), (day("2026-12-01"), Micros(7))];
        let price = PricePlan { currency: Currency::new("USD").unwrap(), changes };
        let on =
            ["2025-06-01", "2026-01-01", "2026-11-30", "2026-12-01", "2030-01-01"].map(|text| price.on(day(text)).0);
        assert_eq!(on, [5, 5, 5, 7, 7]);
    }

    #[test]
    fn periods_are_named_as_in_the_store() {
        let hour = Hour::parse("2026-11-29T03").unwrap();
        let names = [PeriodKind::Hour, PeriodKind::Day, PeriodKind::Month].map(|kind| kind.text(hour));
        assert_eq!(names, ["2026-11-29T03", "2026-11-29", "2026-11"]);
    }

    #[test]
    fn a_day_of_a_budget_is_the_least_of_its_ceilings() {
        let plan = |hour, day, month| Ceilings { hour, day, month };
        let requests = |n| Some(Ceiling::Requests(n));
        assert_eq!(plan(None, None, None).requests_in_a_day(Micros(5)), None);
        assert_eq!(plan(requests(10), requests(300), requests(6_000)).requests_in_a_day(Micros(0)), Some(200));
        let money = |n| Some(Ceiling::Money(Micros(n)));
        assert_eq!(plan(None, money(100), None).requests_in_a_day(Micros(7)), Some(14));
        assert_eq!(plan(None, money(100), None).requests_in_a_day(Micros(0)), Some(u64::MAX));
    }
}
