//! Numbers that states give to persons: which there are and how they are written.

use std::sync::LazyLock;

use super::Kind;
use super::claims::Claims;
use super::persons as check;
use super::scan::Text;
use super::shape::{self, Check};

/// When a scheme is tried. Some numbers prove themselves so well (a date and a
/// check, a prefix of their own, a word before them) that they are tried before
/// the numbers of goods are set aside; the others have to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    BeforeGoods,
    AfterGoods,
}

/// What has to be true of the surroundings.
#[derive(Debug, Clone, Copy)]
enum Needs {
    /// Nothing that joins the number to other digits.
    Apart,
    /// Not even other digits one space away.
    Alone,
    /// One of these words before it, or close behind it.
    Word(&'static [&'static str]),
}

#[derive(Debug)]
struct Scheme {
    rank: Rank,
    shapes: &'static [&'static str],
    needs: Needs,
    check: Check,
}

const fn before(shapes: &'static [&'static str], check: Check) -> Scheme {
    Scheme { rank: Rank::BeforeGoods, shapes, needs: Needs::Apart, check }
}

const fn after(shapes: &'static [&'static str], check: Check) -> Scheme {
    Scheme { rank: Rank::AfterGoods, shapes, needs: Needs::Apart, check }
}

const fn alone(shapes: &'static [&'static str], check: Check) -> Scheme {
    Scheme { rank: Rank::AfterGoods, shapes, needs: Needs::Alone, check }
}

/// Forms too plain to be believed without a word that announces them.
const fn named(shapes: &'static [&'static str], words: &'static [&'static str], check: Check) -> Scheme {
    Scheme { rank: Rank::BeforeGoods, shapes, needs: Needs::Word(words), check }
}

const SSN: &[&str] = &["ssn", "ssns", "social", "itin", "tin"];
const BSN: &[&str] = &["bsn", "burgerservicenummer", "sofinummer", "sofi"];
const DNI: &[&str] = &["dni", "nif", "nie"];

static SCHEMES: [Scheme; 37] = [
    named(&["999999999", "999.99.9999", "999 99 9999"], SSN, check::us_ssn),
    named(&["9999999999", "999 999 9999"], &["nhs"], check::uk_nhs),
    named(&["999999999", "999 999 999", "999.999.999"], BSN, check::dutch),
    named(&["99999999 A", "A 9999999 A"], DNI, check::spanish),
    named(&["9999999999", "999999 9999"], &["cpr", "personnummer"], check::danish),
    before(&["9999999999999", "999~9999~9999~99"], check::swiss),
    before(&["9999999999999", "999999 9999 999"], check::south_african),
    before(&["999999999999", "99999999-9999", "99999999 9999"], check::swedish),
    after(&["999-99-9999"], check::us_ssn),
    alone(&["999 99 9999"], check::us_ssn),
    after(&["99999999999"], check::german_tax),
    after(&["99 999 999 999", "99-999-999-999"], check::german_tax),
    alone(&["999 999 9999", "999-999-9999"], check::uk_nhs),
    after(&["AA999999A", "AA~99~99~99~A", "AA 999999 A"], check::uk_insurance),
    after(&["999999X99999999", "999999X999999 99"], check::french_nir),
    after(&["9~99~99~9X~999~999~99"], check::french_nir),
    after(&["99999999A", "99999999-A", "99.999.999-A"], check::spanish),
    after(&["A9999999A", "A-9999999-A", "A9999999-A"], check::spanish),
    after(&["AAAAAAXXAXXAXXXA", "AAA AAA XXAXX AXXXA"], check::italian),
    after(&["9999.99.999"], check::dutch),
    after(&["999.999.999-99", "999 999 999 99"], check::brazilian),
    after(&["99999999999"], check::brazilian),
    after(&["99999999999"], check::polish),
    after(&["999999-9999"], check::swedish),
    after(&["9999999999"], check::swedish),
    after(&["999999-999X", "999999A999X"], check::finnish),
    after(&["999999-9999"], check::danish),
    after(&["99999999999", "999999 99999", "999999-99999"], check::norwegian),
    after(&["99999999999", "99.99.99-999.99"], check::belgian),
    after(&["99~99~99~999~99"], check::belgian),
    alone(&["9999~9999~9999"], check::indian),
    after(&["999999999999"], check::indian),
    after(&["99999999999999999X"], check::chinese),
    after(&["999999-9999999"], check::korean),
    after(&["9999999999999"], check::korean_bare),
    after(&["99999999999"], check::turkish),
    alone(&["999999 9999999"], check::korean_bare),
];

type Index = shape::ByHead<&'static Scheme>;

fn index(rank: Rank) -> Index {
    let schemes = SCHEMES.iter().filter(move |scheme| scheme.rank == rank);
    shape::ByHead::new(schemes.flat_map(|scheme| scheme.shapes.iter().map(move |shape| (*shape, scheme))))
}

static BEFORE_GOODS: LazyLock<Index> = LazyLock::new(|| index(Rank::BeforeGoods));
static AFTER_GOODS: LazyLock<Index> = LazyLock::new(|| index(Rank::AfterGoods));

/// Claims the national numbers of one rank.
pub(super) fn find(text: &Text<'_>, claims: &mut Claims, rank: Rank) {
    let index = match rank {
        Rank::BeforeGoods => &*BEFORE_GOODS,
        Rank::AfterGoods => &*AFTER_GOODS,
    };
    for (first, token) in text.starts() {
        if token.plus || token.glued {
            continue;
        }
        let hit = index.starting(token.len()).iter().find_map(|(shape, scheme)| {
            let fit = shape::fit(text, first, shape)?;
            (scheme.holds(text, &fit) && claims.free(&fit.range)).then_some(fit.range)
        });
        if let Some(range) = hit {
            claims.claim(Kind::NationalNumber, range);
        }
    }
}

impl Scheme {
    fn holds(&self, text: &Text<'_>, fit: &shape::Fit) -> bool {
        (self.check)(fit.compact.bytes())
            && text.apart(fit.first, fit.last)
            && match self.needs {
                Needs::Apart => true,
                Needs::Alone => text.alone(fit.first, fit.last),
                Needs::Word(words) => text.announced(fit.range.start, words) || text.explained(fit.range.end, words),
            }
    }
}
