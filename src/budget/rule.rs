//! How many requests may be reserved at once, and when an operator is told that a budget runs out. Pure.

use crate::budget::plan::Ceiling;
use crate::money::{Currency, Micros};

/// A block is at most this part of what a ceiling leaves: nodes that reserve at the same time share the rest among them, and the last
/// requests are reserved one by one, so that the ceiling is reached exactly.
const BLOCK_PART: u64 = 8;

/// The share of a ceiling at which the operator is told, in per cent.
pub const WARNING_PER_CENT: u64 = 80;

/// Below this share, in per cent, the operator is told anew: the ceiling was raised. What is given back moves the share by less.
const RESET_PER_CENT: u64 = 50;

/// What one period of one budget has used: a row of the table `budgets`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Requests that were sent or reserved.
    pub requests: u64,
    /// What they cost.
    pub money: Micros,
    /// The currency of the money.
    pub currency: Option<Currency>,
    /// Which event was written: 0, 1 ([`Notice::Low`]) or 2 ([`Notice::Reached`]).
    pub told: u8,
}

/// The price of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPrice {
    /// In millionths of the currency's unit; zero without a price.
    pub price: Micros,
    /// Its currency.
    pub currency: Option<Currency>,
}

/// What an operator is told about a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// [`WARNING_PER_CENT`] of it are used.
    Low,
    /// No further request is within it.
    Reached,
}

/// The money of `n` requests. Money that does not fit an integer is more than any ceiling.
fn cost(price: Micros, n: u64) -> i64 {
    price.0.saturating_mul(i64::try_from(n).unwrap_or(i64::MAX))
}

impl Used {
    /// The same in the currency of this price. What was spent in another currency counts as if every request had had this price.
    #[must_use]
    pub fn valued_in(self, price: RequestPrice) -> Self {
        if self.currency == price.currency {
            return self;
        }
        Self { money: Micros(cost(price.price, self.requests)), currency: price.currency, ..self }
    }

    /// How many requests are left below a ceiling.
    #[must_use]
    pub fn left(&self, ceiling: Option<Ceiling>, price: Micros) -> u64 {
        match ceiling {
            None => u64::MAX,
            Some(Ceiling::Requests(most)) => most.saturating_sub(self.requests),
            Some(Ceiling::Money(most)) => {
                let left = u64::try_from(most.0.saturating_sub(self.money.0)).unwrap_or(0);
                u64::try_from(price.0).ok().and_then(|price| left.checked_div(price)).unwrap_or(u64::MAX)
            }
        }
    }

    /// With `n` more requests.
    #[must_use]
    pub fn plus(self, n: u64, price: Micros) -> Self {
        let money = Micros(self.money.0.saturating_add(cost(price, n)));
        Self { requests: self.requests.saturating_add(n), money, ..self }
    }

    /// Without `n` requests that were reserved at this price and not sent. Money in another currency stays.
    #[must_use]
    pub fn minus(self, n: u64, price: RequestPrice) -> Self {
        let back = if self.currency == price.currency { cost(price.price, n) } else { 0 };
        let money = Micros(self.money.0.saturating_sub(back).max(0));
        Self { requests: self.requests.saturating_sub(n), money, ..self }
    }

    /// Whether an operator is to be told about this state, and the state after that. Each notice is given once.
    #[must_use]
    pub fn notice(self, ceiling: Option<Ceiling>, price: Micros) -> (Self, Option<Notice>) {
        let (used, most) = match ceiling {
            None => return (self, None),
            Some(Ceiling::Requests(most)) => (self.requests, most),
            Some(Ceiling::Money(most)) => (self.money.0.unsigned_abs(), most.0.unsigned_abs()),
        };
        let is_at = |per_cent: u64| u128::from(used) * 100 >= u128::from(most) * u128::from(per_cent);
        let (told, notice) = if self.left(ceiling, price) == 0 {
            (2, Some(Notice::Reached).filter(|_| self.told < 2))
        } else if is_at(WARNING_PER_CENT) {
            (self.told.max(1), Some(Notice::Low).filter(|_| self.told < 1))
        } else if is_at(RESET_PER_CENT) {
            (self.told, None)
        } else {
            (0, None)
        };
        (Self { told, ..self }, notice)
    }
}

/// How many of the `wanted` requests may be reserved, if the least of the ceilings leaves so many.
#[must_use]
pub fn block(wanted: u64, left: u64) -> u64 {
    wanted.min((left / BLOCK_PART).max(1)).min(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn price(micros: i64, currency: &str) -> RequestPrice {
        RequestPrice { price: Micros(micros), currency: Currency::new(currency) }
    }

    #[test]
    fn blocks_shrink_to_one_before_the_end() {
        assert_eq!(
            [(100, 0), (0, 9), (100, 1), (100, 15), (100, 16), (100, 800), (7, 800)].map(|(w, l)| block(w, l)),
            [0, 0, 1, 1, 2, 100, 7]
        );
    }

    #[test]
    fn each_notice_is_given_once_and_again_after_the_ceiling_was_raised() {
        let mut used = Used::default();
        let mut notices = Vec::new();
        for n in 1..=10 {
            let (after, notice) = used.plus(1, Micros(0)).notice(Some(Ceiling::Requests(10)), Micros(0));
            notices.extend(notice.map(|notice| (n, notice)));
            used = after.minus(1, price(0, "")).notice(Some(Ceiling::Requests(10)), Micros(0)).0.plus(1, Micros(0));
        }
        assert_eq!(notices, [(8, Notice::Low), (10, Notice::Reached)]);
        let (used, notice) = used.notice(Some(Ceiling::Requests(100)), Micros(0));
        assert_eq!((used.told, notice), (0, None));
        assert_eq!(Used { requests: 80, ..used }.notice(Some(Ceiling::Requests(100)), Micros(0)).1, Some(Notice::Low));
    }

    #[test]
    fn money_that_no_longer_pays_for_a_request_is_the_end() {
        let used = Used::default().valued_in(price(3, "USD")).plus(3, Micros(3));
        assert_eq!(used.left(Some(Ceiling::Money(Micros(10))), Micros(3)), 0);
        assert_eq!(used.notice(Some(Ceiling::Money(Micros(10))), Micros(3)).1, Some(Notice::Reached));
        assert_eq!(used.left(Some(Ceiling::Money(Micros(12))), Micros(3)), 1);
        let euros = used.valued_in(price(5, "EUR"));
        assert_eq!((euros.money, euros.minus(1, price(3, "USD")).money), (Micros(15), Micros(15)));
    }

    proptest! {
        /// Whatever is reserved and given back, in whatever order, nothing is beyond a ceiling, and the ceiling can be reached.
        #[test]
        fn no_ceiling_is_exceeded(
            requests in 0_u64..300, money in 0_i64..2_000, micros in 0_i64..20,
            steps in proptest::collection::vec((0_u64..60, any::<bool>()), 0..100),
        ) {
            let (price, ceilings) = (price(micros, "USD"), [Ceiling::Requests(requests), Ceiling::Money(Micros(money))]);
            let mut used = Used::default().valued_in(price);
            let mut held = Vec::new();
            let left = |used: &Used| ceilings.map(|ceiling| used.left(Some(ceiling), price.price)).into_iter().min().unwrap();
            for (n, is_return) in steps {
                if is_return {
                    if let Some(back) = held.pop() { used = used.minus(back, price); }
                } else {
                    let granted = block(n, left(&used));
                    held.push(granted);
                    used = used.plus(granted, price.price);
                }
                prop_assert!(used.requests <= requests && used.money.0 <= money.max(0));
                prop_assert_eq!(used.requests, held.iter().sum::<u64>());
            }
            while left(&used) > 0 { used = used.plus(block(u64::MAX, left(&used)), price.price); }
            let by_money = u64::try_from(money).unwrap().checked_div(u64::try_from(micros).unwrap()).unwrap_or(u64::MAX);
            prop_assert_eq!(used.requests, requests.min(by_money));
        }
    }
}
