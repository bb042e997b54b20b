//! Noise for released counts: whole numbers x with probability proportional to exp(-ε|x|), the discrete Laplace
//! (two-sided geometric) distribution, drawn exactly with whole numbers alone. A rounded continuous Laplace would not
//! do: its floating-point steps tell which count stands behind a number (Mironov 2012, "On significance of the least
//! significant bits for differential privacy").
//!
//! The same cell always gets the same noise under the same key, as many different ones would average out. So chance
//! is a keyed stream of bytes: HMAC-SHA-256 in counter mode (as in NIST SP 800-108r1, section 4.1) over the cell's
//! name. ε belongs to that name: two releases of a cell from one stream under two ε would differ by what gives the
//! noise away. For the same reason a count is released only once it is final: two counts under one noise differ by
//! exactly what came in between.
//!
//! The sampler is ours since a number once released must come out again from every later version, which no crate
//! promises of how it spends its chance. The kept ones are also parts of something large: opendp asks the operating
//! system for chance; prio has its sampler, over big integers, among its experimental features. Ours is some thirty
//! lines after algorithms 1 and 2 of Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for Differential
//! Privacy", and the tests hold it against the distribution.

use crate::tokens::keys::{KEY_BYTES, ReleaseKey};

/// ε is counted in thousandths.
const ONE: u64 = 1_000;

/// The least ε, 0.001: there the noise is some 1,400 up or down, and below that no day's count shows through.
const LEAST: u64 = 1;

/// The greatest ε, 10: there 9,999 numbers of 10,000 stay exact, and above that noise would be a name only.
const MOST: u64 = 10 * ONE;

/// Keeps this use of the key apart from any later one.
const USE: &[u8] = b"qsproxy release noise 1";

/// How much a single search may show: the larger, the less noise. A number from 0.001 to 10 with three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epsilon {
    thousandths: u64,
}

impl Epsilon {
    /// Reads a decimal number such as `0.5` or `1`, exactly.
    ///
    /// # Errors
    /// Says what the number must be.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits =
            |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        let thousandths = (digits(whole, 2) && digits(decimals, 3))
            .then(|| format!("{whole}{decimals:0<3}").parse().ok())
            .flatten()
            .filter(|thousandths| (LEAST..=MOST).contains(thousandths));
        match thousandths {
            Some(thousandths) => Ok(Self { thousandths }),
            None => Err("this must be a number from 0.001 to 10 with at most three decimals, such as 0.5 or 1"),
        }
    }
}

/// The name of a released number.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseLabel<'a> {
    /// The UTC day, `YYYY-MM-DD`.
    pub day: &'a str,
    /// The partner.
    pub partner: &'a str,
    /// `language`, `browser`, `keyword_group` or `clicked_keyword_group`.
    pub dimension: &'a str,
    /// The value; None for the row of all values that are not shown, whatever it is called. That
    /// row needs noise, too: with it exact, the exact total would give the exact sum of the shown ones.
    pub value: Option<&'a str>,
}

impl ReleaseLabel<'_> {
    /// The name as bytes: each part behind its length, so that no two cells have the same.
    fn label(&self, epsilon: Epsilon) -> Vec<u8> {
        let parts = [Some(self.day), Some(self.partner), Some(self.dimension), self.value];
        let mut label = [USE, &epsilon.thousandths.to_be_bytes()].concat();
        for part in parts.into_iter().flatten() {
            label.extend((part.len() as u64).to_be_bytes());
            label.extend(part.bytes());
        }
        label
    }
}

/// The noise of a cell: always the same for the same key, cell and ε.
#[must_use]
pub fn noise(key: &ReleaseKey, cell: &ReleaseLabel<'_>, epsilon: Epsilon) -> i64 {
    laplace(&mut Stream::new(key, cell.label(epsilon)), epsilon)
}

/// The number to release: the count with its noise, never below 0. To cut off there reveals nothing that the noise
/// hides, though it lifts the mean of small counts.
#[must_use]
pub fn released(n: u64, noise: i64) -> u64 {
    n.saturating_add_signed(noise)
}

/// Algorithm 2: a magnitude from the geometric distribution, and a sign. Minus zero is thrown away, or 0 would come
/// twice as often as it should.
fn laplace(stream: &mut Stream<'_>, epsilon: Epsilon) -> i64 {
    loop {
        let magnitude = geometric(stream, epsilon);
        let negative = stream.below(2) == 1;
        if !(negative && magnitude == 0) {
            return if negative { -magnitude } else { magnitude };
        }
    }
}

/// The part of algorithm 2 that draws y = 0, 1, … with probability proportional to exp(-εy): first x likewise with ε
/// of one thousandth, as remainder and quotient by [`ONE`], then x in units of ε.
fn geometric(stream: &mut Stream<'_>, epsilon: Epsilon) -> i64 {
    let remainder = loop {
        let candidate = stream.below(ONE);
        if stream.happens(candidate) {
            break candidate;
        }
    };
    let mut quotient: u64 = 0;
    while stream.happens(ONE) {
        quotient = quotient.saturating_add(1);
    }
    let x = quotient.saturating_mul(ONE).saturating_add(remainder);
    i64::try_from(x / epsilon.thousandths).unwrap_or(i64::MAX)
}

/// Bytes that nobody without the key can tell from chance, the same for the same label.
struct Stream<'k> {
    key: &'k ReleaseKey,
    label: Vec<u8>,
    block: u64,
    left: std::array::IntoIter<u8, KEY_BYTES>,
}

impl<'k> Stream<'k> {
    fn new(key: &'k ReleaseKey, label: Vec<u8>) -> Self {
        let mut spent = [0; KEY_BYTES].into_iter();
        spent.by_ref().for_each(drop);
        Self { key, label, block: 0, left: spent }
    }

    fn byte(&mut self) -> u8 {
        loop {
            if let Some(byte) = self.left.next() {
                return byte;
            }
            self.left = self.key.hmac(&[&self.label, &self.block.to_be_bytes()]).into_iter();
            self.block = self.block.wrapping_add(1);
        }
    }

    /// A number below `bound`, which is at least 1, each as likely as any other: words past the last whole multiple
    /// of the bound are thrown away, as they would favour the small ones.
    fn below(&mut self, bound: u64) -> u64 {
        let bound = bound.max(1);
        let even = u64::MAX - u64::MAX % bound;
        loop {
            let word = (0..u64::BITS / 8).fold(0, |word, _| word << 8 | u64::from(self.byte()));
            if word < even {
                return word % bound;
            }
        }
    }

    /// Algorithm 1: true with probability exp(-γ), where γ, from 0 to 1, is given in thousandths. The chance that the
    /// first k draws of γ/1, γ/2, … all succeed is γ^k/k!; that the run ends at an odd one adds up to the series of
    /// exp(-γ).
    fn happens(&mut self, thousandths: u64) -> bool {
        let mut k: u64 = 1;
        while self.below(ONE.saturating_mul(k)) < thousandths {
            k = k.saturating_add(1);
        }
        k % 2 == 1
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation, reason = "the mutant that rounds is meant to be rough")]

    use super::*;

    /// Draws for a test of a distribution.
    const DRAWS: usize = 200_000;

    /// The point that a standard normal variable passes with probability 10^-6: chance fails a right sampler so seldom,
    /// and the keys are fixed, so a test that passes goes on passing.
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

    /// Draws as a report makes them: a cell each.
    fn cells(epsilon: Epsilon) -> Vec<i64> {
        let key = key(7);
        (0..DRAWS).map(|n| noise(&key, &cell(&n.to_string()), epsilon)).collect()
    }

    /// Draws of another sampler, from one stream.
    fn draws(sampler: impl Fn(&mut Stream<'_>) -> i64) -> Vec<i64> {
        let key = key(7);
        let mut stream = Stream::new(&key, b"draws".to_vec());
        (0..DRAWS).map(|_| sampler(&mut stream)).collect()
    }

    fn rate(epsilon: Epsilon) -> f64 {
        epsilon.thousandths as f64 / 1_000.0
    }

    /// P(X < x), summed up from p(x) = (1 - q) / (1 + q) * q^|x| with q = exp(-ε).
    fn below(x: i64, rate: f64) -> f64 {
        let tail = |from: i64| (-rate * from as f64).exp() / (1.0 + (-rate).exp());
        if x > 0 { 1.0 - tail(x) } else { tail(1 - x) }
    }

    /// Pearson's test: whether the draws' chi-squared stays under its critical value. Bins are whole numbers in a
    /// row, merged until each expects 5 draws, and the critical value is Wilson's and Hilferty's (1931): the cube
    /// root of chi-squared by degrees of freedom d is nearly normal, with mean 1 - 2/(9d) and variance 2/(9d).
    fn fits(draws: &[i64], epsilon: Epsilon) -> bool {
        let (rate, all) = (rate(epsilon), draws.len() as f64);
        let mut draws = draws.to_vec();
        draws.sort_unstable();
        let expected = |from: f64, to: f64| (to - from) * all;
        // Where the last bin begins: what lies beyond expects 5 draws still.
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

            // Mean and variance, within Z standard errors, with the exact moments of the distribution.
            let (rate, all) = (rate(epsilon), DRAWS as f64);
            let moment = |power| {
                let chance = |x| below(x + 1, rate) - below(x, rate);
                // Beyond 60/ε the chances add nothing that a double holds.
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

            // Symmetry: of the draws that are not 0, half are above it.
            let (above, beneath) =
                (draws.iter().filter(|&&x| x > 0).count() as f64, draws.iter().filter(|&&x| x < 0).count() as f64);
            assert!((above - beneath).abs() < Z * (above + beneath).sqrt(), "{epsilon:?}: {above} and {beneath}");
        }
    }

    /// What a test of a distribution is worth is what it refuses.
    #[test]
    fn samplers_that_are_a_little_wrong_fail_the_same_test() {
        let uniform = |stream: &mut Stream<'_>| (stream.below(1 << 53) as f64 + 0.5) / (1_u64 << 53) as f64;
        let (epsilon, wider) = (epsilon("1"), epsilon("0.95"));
        let minus_zero_kept = |stream: &mut Stream<'_>| {
            let magnitude = geometric(stream, epsilon);
            if stream.below(2) == 1 { -magnitude } else { magnitude }
        };
        assert!(!fits(&draws(minus_zero_kept), epsilon));
        let rounded = |stream: &mut Stream<'_>| {
            let x = -uniform(stream).ln() / rate(epsilon);
            (if stream.below(2) == 1 { -x } else { x }).round() as i64
        };
        assert!(!fits(&draws(rounded), epsilon));
        let one_sign_too_often = |stream: &mut Stream<'_>| {
            let x = laplace(stream, epsilon);
            if x > 0 && stream.below(20) == 0 { -x } else { x }
        };
        assert!(!fits(&draws(one_sign_too_often), epsilon));
        assert!(!fits(&draws(|stream| laplace(stream, wider)), epsilon));
    }

    #[test]
    fn numbers_below_a_bound_are_equally_likely() {
        let key = key(1);
        let mut stream = Stream::new(&key, b"uniform".to_vec());
        assert_eq!(stream.below(1), 0);
        // Two thirds of all words: without rejection the lower half would come twice as often.
        let bound = u64::MAX / 3 * 2;
        let low = (0..20_000).filter(|_| stream.below(bound) < bound / 2).count();
        assert!((9_600..10_400).contains(&low), "{low}");
        let mut seen = [0_u32; 7];
        (0..70_000).for_each(|_| seen[usize::try_from(stream.below(7)).unwrap()] += 1);
        assert!(seen.iter().all(|n| (9_500..10_500).contains(n)), "{seen:?}");
    }

    #[test]
    fn the_same_cell_has_the_same_noise_and_others_have_their_own() {
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
        assert_eq!(all.len(), others.len() + 2, "noise in the thousands is never twice the same here: {all:?}");
        // A release under half the ε must not be the same draw stretched to the double.
        let twice = (0..100).filter(|n| {
            let (value, half) = (n.to_string(), epsilon("0.002"));
            (noise(&key(1), &cell(&value), small) / 2).abs_diff(noise(&key(1), &cell(&value), half)) <= 1
        });
        assert!(twice.count() <= 3);
    }

    /// Numbers once released must come out again from every later version.
    #[test]
    fn noise_stays_what_it_was() {
        let drawn = ["de", "en", "pt-BR"].map(|value| noise(&key(3), &cell(value), epsilon("0.01")));
        assert_eq!(drawn, [404, -56, 36]);
    }

    #[test]
    fn epsilon_is_read_to_the_thousandth() {
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
    fn a_released_number_is_never_below_zero() {
        assert_eq!([released(20, -25), released(20, -20), released(20, 3)], [0, 0, 23]);
        assert_eq!(
            [released(u64::MAX, 1), released(0, i64::MIN), released(u64::MAX, i64::MIN)],
            [u64::MAX, 0, u64::MAX / 2]
        );
    }
}
