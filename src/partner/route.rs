//! The order in which the partners of a code are asked: that of the configuration, or random by weight.

use crate::name::ConfigName;
use crate::partner::code_tags::CodeTags;

/// A partner of a code.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its position in the list of configured partners.
    pub partner: usize,
    /// The partner's own names for the code.
    pub tags: CodeTags,
    /// Its share of the searches; only the proportions matter. Either all choices of a code have one, or none has.
    pub weight: Option<u32>,
}

/// The partners of a code.
#[derive(Debug, Clone)]
pub struct CodeRoute {
    /// The code.
    pub code: ConfigName,
    /// Its partners, at least one.
    pub choices: Vec<Choice>,
}

impl CodeRoute {
    /// The order in which one search asks the partners. `random_below` returns a random number below its argument; it is
    /// called only if there are weights.
    pub fn order(&self, mut random_below: impl FnMut(u64) -> u64) -> Vec<&Choice> {
        let mut remaining: Vec<&Choice> = self.choices.iter().collect();
        let mut order = Vec::with_capacity(remaining.len());
        while !remaining.is_empty() {
            let position = pick(&remaining, &mut random_below);
            order.push(remaining.remove(position));
        }
        order
    }
}

/// The position of the next choice: drawn by weight, or the first one if there are no weights.
fn pick(remaining: &[&Choice], random_below: &mut impl FnMut(u64) -> u64) -> usize {
    let weight = |choice: &&Choice| u64::from(choice.weight.unwrap_or(0));
    let total: u64 = remaining.iter().map(weight).sum();
    if total == 0 || remaining.len() == 1 {
        return 0;
    }
    let mut draw = random_below(total);
    for (position, choice) in remaining.iter().enumerate() {
        match draw.checked_sub(weight(choice)) {
            Some(rest) => draw = rest,
            None => return position,
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn route(weights: &[Option<u32>]) -> CodeRoute {
        let choice = |(partner, weight): (usize, &Option<u32>)| Choice {
            partner,
            tags: CodeTags::always(String::new()),
            weight: *weight,
        };
        CodeRoute { code: ConfigName::new("c").unwrap(), choices: weights.iter().enumerate().map(choice).collect() }
    }

    fn partners(order: &[&Choice]) -> Vec<usize> {
        order.iter().map(|choice| choice.partner).collect()
    }

    #[test]
    fn without_weights_the_order_is_that_of_the_configuration() {
        let route = route(&[None, None, None]);
        assert_eq!(partners(&route.order(|_| panic!("no random number is needed"))), [0, 1, 2]);
    }

    #[test]
    fn weights_are_met_exactly_over_all_draws() {
        let route = route(&[Some(3), Some(1)]);
        let first: Vec<usize> = (0..4).map(|draw| partners(&route.order(|_| draw))[0]).collect();
        assert_eq!(first, [0, 0, 0, 1]);
    }

    proptest! {
        #[test]
        fn every_partner_occurs_once(weights in proptest::collection::vec(proptest::option::of(0_u32..9), 1..6), seed: u64) {
            let route = route(&weights);
            let mut asked = partners(&route.order(|bound| seed % bound));
            asked.sort_unstable();
            prop_assert_eq!(asked, (0..weights.len()).collect::<Vec<_>>());
        }
    }
}
