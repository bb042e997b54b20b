//! Noise for released counts, from the discrete Laplace (two-sided geometric) distribution: the integer x has probability
//! proportional to exp(-ε|x|). It is sampled exactly, with integers only. A rounded continuous Laplace variable would not do: its
//! floating-point steps reveal which count a released number comes from (Mironov 2012, "On significance of the least significant bits for
//! differential privacy").
//!
//! The same cell always gets the same noise under the same key, since the average of independent draws would reveal the count. The
//! sampler therefore reads a keyed pseudorandom stream: HMAC-SHA-256 in counter mode (as in NIST SP 800-108r1, section 4.1) over the
//! cell's label. ε is part of the label: two releases of a cell under two values of ε from one stream would reveal the noise by
//! their difference. For the same reason a count is released only when it is final: two counts with the same noise differ by exactly
//! what was counted in between.
//!
//! The sampler is our own because a released number must come out again from every later version, and no crate guarantees how
//! it consumes its random bytes. The maintained ones are also parts of something large: opendp reads the operating system's random number
//! generator; prio has a sampler over big integers, among its experimental features. Ours is about thirty lines after algorithms 1
//! and 2 of Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for Differential Privacy", and the tests compare it with the
//! distribution.

use crate::tokens::keys::{KEY_BYTES, ReleaseKey};

/// Units of ε in 1: ε is counted in thousandths.
const ONE: u64 = 1_000;

/// The smallest ε, 0.001: the noise is then about 1,400 up or down, and no day's count is visible below that.
const MIN_THOUSANDTHS: u64 = 1;

/// The largest ε, 10: 9,999 of 10,000 numbers are then exact, and there would hardly be any noise above that.
const MAX_THOUSANDTHS: u64 = 10 * ONE;

/// Separates this use of the key from any other (domain separation).
const DOMAIN: &[u8] = b"qsproxy release noise 1";

/// The privacy parameter ε of one search or click: the larger, the less noise. From 0.001 to 10, with three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epsilon {
    thousandths: u64,
}

impl Epsilon {
    /// Parses a decimal number such as `0.5` or `1`, exactly.
    ///
    /// # Errors
    /// Describes the accepted numbers.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let thousandths = (digits(whole, 2) && digits(decimals, 3))
            .then(|| format!("{whole}{decimals:0<3}").parse().ok())
            .flatten()
            .filter(|thousandths| (MIN_THOUSANDTHS..=MAX_THOUSANDTHS).contains(thousandths));
        match thousandths {
            Some(thousandths) => Ok(Self { thousandths }),
            None => Err("this must be a number from 0.001 to 10 with at most three decimals, such as 0.5 or 1"),
        }
    }
}

/// The label of a released number.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseLabel<'a> {
    /// The UTC day, `YYYY-MM-DD`.
    pub day: &'a str,
    /// The partner.
    pub partner: &'a str,
    /// `language`, `browser`, `keyword_group` or `clicked_keyword_group`.
    pub dimension: &'a str,
    /// The value; None for the row that adds up all values that are not published, whatever its name is. That row needs noise as
    /// well: if it were exact, the exact total would reveal the exact sum of the published values.
    pub value: Option<&'a str>,
}

impl ReleaseLabel<'_> {
    /// The label as bytes, each part preceded by its length, so that no two labels are encoded alike.
    fn encode(&self, epsilon: Epsilon) -> Vec<u8> {
        let parts = [Some(self.day), Some(self.partner), Some(self.dimension), self.value];
        let mut label = [DOMAIN, &epsilon.thousandths.to_be_bytes()].concat();
        for part in parts.into_iter().flatten() {
            label.extend((part.len() as u64).to_be_bytes());
            label.extend(part.bytes());
        }
        label
    }
}

/// The noise of a cell: always the same for the same key, label and ε.
#[must_use]
pub fn noise(key: &ReleaseKey, label: &ReleaseLabel<'_>, epsilon: Epsilon) -> i64 {
    discrete_laplace(&mut KeyedStream::new(key, label.encode(epsilon)), epsilon)
}

/// The number to release: the count with its noise, and at least 0. Truncating at 0 reveals nothing that the noise hides, though
/// it raises the mean of small counts.
#[must_use]
pub fn released(n: u64, noise: i64) -> u64 {
    n.saturating_add_signed(noise)
}

/// Algorithm 2: a magnitude from the geometric distribution, and a sign. Negative zero is rejected, since 0 would otherwise be twice as
/// likely as it should be.
fn discrete_laplace(stream: &mut KeyedStream<'_>, epsilon: Epsilon) -> i64 {
    loop {
        let magnitude = geometric(stream, epsilon);
        let negative = stream.uniform_below(2) == 1;
        if !(negative && magnitude == 0) {
            return if negative { -magnitude } else { magnitude };
        }
    }
}

/// The part of algorithm 2 that samples y = 0, 1, … with probability proportional to exp(-εy): first x with ε = 0.001, as remainder and
/// quotient by [`ONE`], then x in units of ε.
fn geometric(stream: &mut KeyedStream<'_>, epsilon: Epsilon) -> i64 {
    let remainder = loop {
        let candidate = stream.uniform_below(ONE);
        if stream.bernoulli_exp(candidate) {
            break candidate;
        }
    };
    let mut quotient: u64 = 0;
    while stream.bernoulli_exp(ONE) {
        quotient = quotient.saturating_add(1);
    }
    let x = quotient.saturating_mul(ONE).saturating_add(remainder);
    i64::try_from(x / epsilon.thousandths).unwrap_or(i64::MAX)
}

/// A pseudorandom stream of bytes, the same for the same key and label.
struct KeyedStream<'k> {
    key: &'k ReleaseKey,
    label: Vec<u8>,
    /// The counter of the next block.
    block: u64,
    /// Unread bytes of the current block.
    rest: std::array::IntoIter<u8, KEY_BYTES>,
}

impl<'k> KeyedStream<'k> {
    fn new(key: &'k ReleaseKey, label: Vec<u8>) -> Self {
        let mut empty = [0; KEY_BYTES].into_iter();
        empty.by_ref().for_each(drop);
        Self { key, label, block: 0, rest: empty }
    }

    fn byte(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.rest.next() {
                return byte;
            }
            self.rest = self.key.hmac(&[&self.label, &self.block.to_be_bytes()]).into_iter();
            self.block = self.block.wrapping_add(1);
        }
    }

    /// A uniform integer below `bound`, which is at least 1. Words beyond the last whole multiple of the bound are rejected, since
    /// they would make small results more likely.
    fn uniform_below(&mut self, bound: u64) -> u64 {
        let bound = bound.max(1);
        let limit = u64::MAX - u64::MAX % bound;
        loop {
            let word = (0..u64::BITS / 8).fold(0, |word, _| word << 8 | u64::from(self.byte()));
            if word < limit {
                return word % bound;
            }
        }
    }

    /// Algorithm 1: a Bernoulli variable, true with probability exp(-γ), where γ is given in thousandths, from 0 to 1. The first k
    /// draws with probabilities γ/1, γ/2, … all succeed with probability γ^k/k!; the probabilities that the run ends at an odd k
    /// add up to the series of exp(-γ).
    fn bernoulli_exp(&mut self, thousandths: u64) -> bool {
        let mut k: u64 = 1;
        while self.uniform_below(ONE.saturating_mul(k)) < thousandths {
            k = k.saturating_add(1);
        }
        k % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation, reason = "the wrong sampler that rounds is imprecise on purpose")]

    use super::*;

    /// Sample size of a test of the distribution.
    const DRAWS: usize = 200_000;

    /// The quantile of the standard normal distribution at 1 - 10^-6: a correct sampler fails with that probability. The keys are fixed, so
    /// a test that passes continues to pass.
    const Z: f64 = 4.753_424;

    fn key(byte: u8) -> ReleaseKey {
        ReleaseKey::new(&[byte; KEY_BYTES])
    }

    fn epsilon(text: &str) -> Epsilon {
        Epsilon::new(text).unwrap()
    }

    fn cell(value: &str) -> ReleaseLabel<'_> {
        ReleaseLabel { day: "2026-03-01", partner: "demo", dimension: "language", value: Some(value) }
    }

    /// A sample as a report draws it: one draw per cell.
    fn cells(epsilon: Epsilon) -> Vec<i64> {
        let key = key(7);
        (0..DRAWS).map(|n| noise(&key, &cell(&n.to_string()), epsilon)).collect()
    }

    /// A sample from another sampler, drawn from one stream.
    fn draws(sampler: impl Fn(&mut KeyedStream<'_>) -> i64) -> Vec<i64> {
        let key = key(7);
        let mut stream = KeyedStream::new(&key, b"draws".to_vec());
        (0..DRAWS).map(|_| sampler(&mut stream)).collect()
    }

    fn rate(epsilon: Epsilon) -> f64 {
        epsilon.thousandths as f64 / 1_000.0
    }

    /// P(X < x), the sum of p(x) = (1 - q) / (1 + q) * q^|x| with q = exp(-ε).
    fn below(x: i64, rate: f64) -> f64 {
        let tail = |from: i64| (-rate * from as f64).exp() / (1.0 + (-rate).exp());
        if x > 0 { 1.0 - tail(x) } else { tail(1 - x) }
    }

    /// Pearson's chi-squared test: whether the statistic is below its critical value. Bins are consecutive integers, merged until each
    /// has 5 expected draws. The critical value is Wilson's and Hilferty's approximation (1931): the cube root of
    /// chi-squared by degrees of freedom d is nearly normal, with mean 1 - 2/(9d) and variance 2/(9d).
    fn fits(draws: &[i64], epsilon: Epsilon) -> bool {
        let (rate, all) = (rate(epsilon), draws.len() as f64);
        let mut draws = draws.to_vec();
        draws.sort_unstable();
        let expected = |from: f64, to: f64| (to - from) * all;
        // Where the last bin starts: at least 5 draws are expected there.
        let last = (1..).find(|&x| expected(below(x + 1, rate), 1.0) < 5.0).unwrap();
        let mut edges: Vec<i64> = Vec::new();
        let mut before = 0.0;
        for x in 1 - last..=last {
            if expected(before, below(x, rate)) >= 5.0 && expected(below(x, rate), 1.0) >= 5.0 {
                edges.push(x);
                before = below(x, rate);
            }
        }
        let seen = |edge: &i64| draws.partition_point(|draw| draw < edge);
        let counts =
            edges.iter().map(seen).chain([draws.len()]).scan(0, |from, to| Some(to - std::mem::replace(from, to)));
        let chances = edges
            .iter()
            .map(|&edge| below(edge, rate))
            .chain([1.0])
            .scan(0.0, |from, to| Some(expected(std::mem::replace(from, to), to)));
        let chi_squared: f64 = counts.zip(chances).map(|(seen, chance)| (seen as f64 - chance).powi(2) / chance).sum();
        let freedom = edges.len() as f64;
        let spread = 2.0 / (9.0 * freedom);
        let critical = freedom * (1.0 - spread + Z * spread.sqrt()).powi(3);
        println!("ε = {rate}: {chi_squared:.1} with {freedom} degrees of freedom, critical {critical:.1}");
        chi_squared < critical
    }

    #[test]
    fn noise_has_the_discrete_laplace_distribution() {
        for epsilon in ["0.001", "0.1", "1", "3"].map(epsilon) {
            let draws = cells(epsilon);
            assert!(fits(&draws, epsilon), "{epsilon:?}");

            // Mean and variance are within Z standard errors of the exact moments of the distribution.
            let (rate, all) = (rate(epsilon), DRAWS as f64);
            let moment = |power| {
                let chance = |x| below(x + 1, rate) - below(x, rate);
                // Probabilities beyond 60/ε are too small to change a double.
                (1..)
                    .take_while(|&x| rate * x as f64 <= 60.0)
                    .map(|x| 2.0 * (x as f64).powi(power) * chance(-x))
                    .sum::<f64>()
            };
            let (variance, fourth) = (moment(2), moment(4));
            let q = (-rate).exp();
            assert!((variance / (2.0 * q / (1.0 - q).powi(2)) - 1.0).abs() < 1e-6, "{epsilon:?}: the test itself");
            let mean = draws.iter().map(|&x| x as f64).sum::<f64>() / all;
            let square = draws.iter().map(|&x| (x as f64).powi(2)).sum::<f64>() / all;
            assert!(mean.abs() < Z * (variance / all).sqrt(), "{epsilon:?}: mean {mean}");
            let error = ((fourth - variance.powi(2)) / all).sqrt();
            assert!((square - variance).abs() < Z * error, "{epsilon:?}: {square}, not {variance}");

            // Symmetry: half of the draws that are not 0 are positive.
            let (above, beneath) =
                (draws.iter().filter(|&&x| x > 0).count() as f64, draws.iter().filter(|&&x| x < 0).count() as f64);
            assert!((above - beneath).abs() < Z * (above + beneath).sqrt(), "{epsilon:?}: {above} and {beneath}");
        }
    }

    /// A test of a distribution is worth what it rejects.
    #[test]
    fn slightly_wrong_samplers_fail_the_same_test() {
        let uniform =
            |stream: &mut KeyedStream<'_>| (stream.uniform_below(1 << 53) as f64 + 0.5) / (1_u64 << 53) as f64;
        let (epsilon, wider) = (epsilon("1"), epsilon("0.95"));
        let negative_zero_accepted = |stream: &mut KeyedStream<'_>| {
            let magnitude = geometric(stream, epsilon);
            if stream.uniform_below(2) == 1 { -magnitude } else { magnitude }
        };
        assert!(!fits(&draws(negative_zero_accepted), epsilon));
        let rounded = |stream: &mut KeyedStream<'_>| {
            let x = -uniform(stream).ln() / rate(epsilon);
            (if stream.uniform_below(2) == 1 { -x } else { x }).round() as i64
        };
        assert!(!fits(&draws(rounded), epsilon));
        let one_sign_too_likely = |stream: &mut KeyedStream<'_>| {
            let x = discrete_laplace(stream, epsilon);
            if x > 0 && stream.uniform_below(20) == 0 { -x } else { x }
        };
        assert!(!fits(&draws(one_sign_too_likely), epsilon));
        assert!(!fits(&draws(|stream| discrete_laplace(stream, wider)), epsilon));
    }

    #[test]
    fn integers_below_a_bound_are_equally_likely() {
        let key = key(1);
        let mut stream = KeyedStream::new(&key, b"uniform".to_vec());
        assert_eq!(stream.uniform_below(1), 0);
        // Two thirds of all words: without rejection, the lower half would be twice as likely.
        let bound = u64::MAX / 3 * 2;
        let low = (0..20_000).filter(|_| stream.uniform_below(bound) < bound / 2).count();
        assert!((9_600..10_400).contains(&low), "{low}");
        let mut seen = [0_u32; 7];
        (0..70_000).for_each(|_| seen[usize::try_from(stream.uniform_below(7)).unwrap()] += 1);
        assert!(seen.iter().all(|n| (9_500..10_500).contains(n)), "{seen:?}");
    }

    #[test]
    fn a_cell_always_has_the_same_noise_and_other_cells_have_their_own() {
        let small = epsilon("0.001");
        let one = ReleaseLabel { day: "2026-03-01", partner: "a", dimension: "browser", value: Some("other") };
        let here = noise(&key(1), &one, small);
        assert_eq!(noise(&key(1), &one, small), here);
        let others = [
            ReleaseLabel { day: "2026-03-02", ..one },
            ReleaseLabel { partner: "b", ..one },
            ReleaseLabel { dimension: "language", ..one },
            ReleaseLabel { value: Some("safari"), ..one },
            ReleaseLabel { value: None, ..one },
            ReleaseLabel { partner: "ab", dimension: "rowser", ..one },
            ReleaseLabel { partner: "abrowser", dimension: "", ..one },
        ];
        let mut all: Vec<i64> = others.iter().map(|cell| noise(&key(1), cell, small)).collect();
        all.extend([here, noise(&key(2), &one, small)]);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), others.len() + 2, "no two cells have the same noise, which is in the thousands: {all:?}");
        // A release under half the ε must not be the same draw multiplied by two.
        let twice = (0..100).filter(|n| {
            let (value, half) = (n.to_string(), epsilon("0.002"));
            (noise(&key(1), &cell(&value), small) / 2).abs_diff(noise(&key(1), &cell(&value), half)) <= 1
        });
        assert!(twice.count() <= 3);
    }

    /// A released number must come out again from every later version.
    #[test]
    fn noise_is_the_same_in_every_version() {
        let drawn = ["de", "en", "pt-BR"].map(|value| noise(&key(3), &cell(value), epsilon("0.01")));
        assert_eq!(drawn, [404, -56, 36]);
    }

    #[test]
    fn epsilon_is_parsed_to_the_thousandth() {
        for (text, thousandths) in
            [("0.5", 500), ("1", 1_000), ("1.0", 1_000), ("0.001", 1), ("10", 10_000), ("2.25", 2_250)]
        {
            assert_eq!(Epsilon::new(text), Ok(Epsilon { thousandths }), "{text}");
        }
        for text in [
            "0", "0.0", "0.0005", "0.1234", "10.001", "11", "100", "-1", "+1", "1e0", "nan", "inf", "", ".5", "5.",
            "1.-1", "٣",
        ] {
            assert!(Epsilon::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_released_number_is_at_least_zero() {
        assert_eq!([released(20, -25), released(20, -20), released(20, 3)], [0, 0, 23]);
        assert_eq!(
            [released(u64::MAX, 1), released(0, i64::MIN), released(u64::MAX, i64::MIN)],
            [u64::MAX, 0, u64::MAX / 2]
        );
    }
}
