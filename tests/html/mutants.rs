//! Randomly changed pages: whatever a partner sends, nothing forbidden remains.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::checker::violations;
use super::corpus::{any_partner, golden_pages, hostile_cases, rewrite};

/// The number of mutants; `HTML_MUTANTS=…` overrides it.
const MUTANTS: u64 = 6_000;
/// The maximum length of a piece of a page, in bytes.
const PIECE: usize = 600;
/// The maximum length of a mutant, in bytes.
const LONGEST: usize = 6_000;

/// Tokens that are inserted: starts and ends of what parsers distinguish.
const TOKENS: &str = "< > </ /> <! <!-- --> --!> <!--> <? ?> <![CDATA[ ]]> & &# &#x3c &lt &lt; ; \" ' ` = / \\ \n \r \t \x0c \0 \
    <script> </script> <script <style> </style> <title> </title> <textarea> </textarea> <xmp> </xmp> <iframe> </iframe> \
    <noscript> </noscript> <noembed> </noembed> <plaintext> <template> </template> <select> </select> <option> <svg> \
    </svg> <svg/> <math> </math> <mtext> <mi> <mglyph> <annotation-xml> <foreignObject> </foreignObject> <desc> \
    <table> </table> <caption> <tr> <td> </td> <th> <tbody> <colgroup> <col> <form> </form> <form action=/search> <input \
    name=q> <input> <button> <a> <a href=https://a.example/> <a href=/x> </a> <b> </b> <i> </i> <p> </p> <div> </div> \
    <pre> </pre> <ul> <li> </ul> <dl> <dd> <ruby> <rt> <rp> <h1> </h2> <br> </br> <hr> <body onload=x> </body> <html> \
    </html> <head> </head> </main> <main> <frameset> <object> <marquee> <applet> <nobr> <font color=x> <image> <isindex> \
    <base href=https://b.example/> <meta charset=gbk> <meta charset=utf-16> <img src=x onerror=x> onclick=x style=x id=x \
    href= src= title=\" title=' javascript: \u{feff} \x1b$B \x1b(B \u{fffd} é";

/// Charset labels of mutants.
const LABELS: [Option<&str>; 8] =
    [None, None, Some("utf-8"), Some("utf-8"), Some("gbk"), Some("shift_jis"), Some("iso-2022-jp"), Some("utf-16le")];

/// The seed in the environment, or a random one.
pub fn seed() -> u64 {
    std::env::var("HTML_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| rand::random_range(0..1 << 40))
}

/// The pages and tokens of which mutants are made.
pub struct MutantSource {
    bodies: Vec<Vec<u8>>,
    tokens: Vec<&'static str>,
}

impl MutantSource {
    pub fn load() -> Self {
        let mut bodies: Vec<Vec<u8>> = hostile_cases(false).into_iter().map(|case| case.bytes).collect();
        bodies.retain(|body| body.len() < 3_000);
        // A page contains more than a case, thus it is used more often.
        for page in golden_pages() {
            bodies.extend(std::iter::repeat_n(page.bytes, 12));
        }
        let tokens = TOKENS.split(' ').filter(|token| !token.is_empty()).chain([" ", "\n", "\0"]).collect();
        Self { bodies, tokens }
    }

    /// A random piece of a page or case.
    fn piece<'a>(&'a self, rng: &mut StdRng) -> &'a [u8] {
        let body = self.bodies.choose(rng).expect("there are bodies");
        let start = rng.random_range(0..=body.len());
        let start = if body.len() < PIECE && rng.random_bool(0.7) { 0 } else { start };
        let length = rng.random_range(0..=PIECE).min(body.len() - start);
        &body[start..start + length]
    }

    /// Only tokens: short, and harder to parse than a page.
    fn token_soup(&self, rng: &mut StdRng) -> Vec<u8> {
        // Few different tokens, thus they meet one another repeatedly.
        let few: Vec<&str> = (0..rng.random_range(3..12)).filter_map(|_| self.tokens.choose(rng).copied()).collect();
        let mut page = Vec::new();
        for _ in 0..rng.random_range(2..40) {
            page.extend_from_slice(few.choose(rng).expect("there are tokens").as_bytes());
            if rng.random_bool(0.2) {
                page.push(b'x');
            }
        }
        page
    }

    /// The mutant with this seed.
    pub fn mutant(&self, seed: u64) -> Vec<u8> {
        let mut rng = StdRng::seed_from_u64(seed);
        let rng = &mut rng;
        if rng.random_bool(0.5) {
            return self.token_soup(rng);
        }
        let mut page: Vec<u8> = self.piece(rng).to_vec();
        for _ in 0..rng.random_range(1..12) {
            let at = rng.random_range(0..=page.len());
            let end = rng.random_range(at..=page.len().min(at + PIECE));
            match rng.random_range(0..8) {
                0 => drop(page.splice(at..at, self.piece(rng).iter().copied())),
                1 => drop(page.splice(at..end, self.piece(rng).iter().copied())),
                2 => drop(page.drain(at..end)),
                3 => page.truncate(at.max(40)),
                4 => {
                    let twice = page[at..end].to_vec();
                    page.splice(at..at, twice);
                }
                5 => {
                    for _ in 0..rng.random_range(1..6) {
                        if let Some(byte) = page.get_mut(rng.random_range(0..=at)) {
                            *byte ^= 1 << rng.random_range(0..8);
                        }
                    }
                }
                _ => {
                    for _ in 0..rng.random_range(1..8) {
                        let at = rng.random_range(0..=page.len());
                        let token = self.tokens.choose(rng).expect("there are tokens");
                        page.splice(at..at, token.bytes());
                    }
                }
            }
            page.truncate(LONGEST);
        }
        page
    }
}

#[test]
fn nothing_forbidden_remains_in_mutants() {
    let first = seed();
    let mutants = std::env::var("HTML_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(MUTANTS);
    let (material, partner) = (MutantSource::load(), any_partner());
    for seed in first..first + mutants {
        let page = material.mutant(seed);
        let charset = LABELS[(seed % 8) as usize];
        let half = page.len() / 2;
        let (output, _) = rewrite(&partner, charset, [&page[..half], &page[half..]]);
        let found = violations(&output);
        assert!(
            found.is_empty(),
            "HTML_SEED={seed} charset {charset:?}: {found:?}\n{}\n{output}",
            String::from_utf8_lossy(&page)
        );
        let (whole, _) = rewrite(&partner, charset, [page.as_slice()]);
        assert!(
            whole == output,
            "HTML_SEED={seed}: cut in the middle it differs\n{}\n{output}\n{whole}",
            String::from_utf8_lossy(&page)
        );
    }
}
