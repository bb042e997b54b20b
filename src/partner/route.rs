//! Which partner is asked for a code, and which after it: in the order of the configuration, or shared
//! by weight.

use crate::name::ConfigName;

/// A partner of a code.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its place among the configured partners.
    pub partner: usize,
    /// What this partner calls the code.
    pub tag: String,
    /// Its share; only the proportions matter. None of a code's choices has one, or all have.
    pub weight: Option<u32>,
}

/// How the searches of one code travel.
#[derive(Debug, Clone)]
pub struct CodeRoute {
    /// The code.
    pub code: ConfigName,
    /// Its partners, at least one.
    pub choices: Vec<Choice>,
}

impl CodeRoute {
    /// The order to ask in. `chance` gives a number below its argument; it is asked only where there are weights.
    pub fn order(&self, mut chance: impl FnMut(u64) -> u64) -> Vec<&Choice> {
        let mut rest: Vec<&Choice> = self.choices.iter().collect();
        let mut order = Vec::with_capacity(rest.len());
        while !rest.is_empty() {
            let at = pick(&rest, &mut chance);
            order.push(rest.remove(at));
        }
        order
    }
}

/// The place of the next choice: by weight where there is one, else the first.
fn pick(rest: &[&Choice], chance: &mut impl FnMut(u64) -> u64) -> usize {
    let weight = |choice: &&Choice| u64::from(choice.weight.unwrap_or(0));
    let total: u64 = rest.iter().map(weight).sum();
    if total == 0 || rest.len() == 1 {
        return 0;
    }
    let mut draw = chance(total);
    for (at, choice) in rest.iter().enumerate() {
        match draw.checked_sub(weight(choice)) {
            Some(left) => draw = left,
            None => return at,
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn route(weights: &[Option<u32>]) -> CodeRoute {
        let choice = |(partner, weight): (usize, &Option<u32>)| Choice { partner, tag: String::new(), weight: *weight };
        CodeRoute { code: ConfigName::new("c").unwrap(), choices: weights.iter().enumerate().map(choice).collect() }
    }

    fn partners(order: &[&Choice]) -> Vec<usize> {
        order.iter().map(|choice| choice.partner).collect()
    }

    #[test]
    fn without_weights_the_order_is_the_configuration_s() {
        let route = route(&[None, None, None]);
        assert_eq!(partners(&route.order(|_| panic!("no chance is needed"))), [0, 1, 2]);
    }

    #[test]
    fn weights_share_exactly_over_all_draws() {
        let route = route(&[Some(3), Some(1)]);
        let firsts: Vec<usize> = (0..4).map(|draw| partners(&route.order(|_| draw))[0]).collect();
        assert_eq!(firsts, [0, 0, 0, 1]);
    }

    proptest! {
        #[test]
        fn every_partner_is_asked_once(weights in proptest::collection::vec(proptest::option::of(0_u32..9), 1..6), seed: u64) {
            let route = route(&weights);
            let mut asked = partners(&route.order(|bound| seed % bound));
            asked.sort_unstable();
            prop_assert_eq!(asked, (0..weights.len()).collect::<Vec<_>>());
        }
    }
}
