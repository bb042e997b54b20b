//! Numbers that states give to persons: which there are and how they are written.

use std::sync::LazyLock;

use crate::fields::pii::PiiKind;
use crate::fields::pii::national_id_checks;
use crate::fields::pii::pattern::{self, Check};
use crate::fields::pii::spans::Claims;
use crate::fields::pii::tokenizer::TokenizedText;

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
    named(&["999999999", "999.99.9999", "999 99 9999"], SSN, national_id_checks::us_ssn),
    named(&["9999999999", "999 999 9999"], &["nhs"], national_id_checks::uk_nhs),
    named(&["999999999", "999 999 999", "999.999.999"], BSN, national_id_checks::dutch),
    named(&["99999999 A", "A 9999999 A"], DNI, national_id_checks::spanish),
    named(&["9999999999", "999999 9999"], &["cpr", "personnummer"], national_id_checks::danish),
    before(&["9999999999999", "999~9999~9999~99"], national_id_checks::swiss),
    before(&["9999999999999", "999999 9999 999"], national_id_checks::south_african),
    before(&["999999999999", "99999999-9999", "99999999 9999"], national_id_checks::swedish),
    after(&["999-99-9999"], national_id_checks::us_ssn),
    alone(&["999 99 9999"], national_id_checks::us_ssn),
    after(&["99999999999"], national_id_checks::german_tax),
    after(&["99 999 999 999", "99-999-999-999"], national_id_checks::german_tax),
    alone(&["999 999 9999", "999-999-9999"], national_id_checks::uk_nhs),
    after(&["AA999999A", "AA~99~99~99~A", "AA 999999 A"], national_id_checks::uk_insurance),
    after(&["999999X99999999", "999999X999999 99"], national_id_checks::french_nir),
    after(&["9~99~99~9X~999~999~99"], national_id_checks::french_nir),
    after(&["99999999A", "99999999-A", "99.999.999-A"], national_id_checks::spanish),
    after(&["A9999999A", "A-9999999-A", "A9999999-A"], national_id_checks::spanish),
    after(&["AAAAAAXXAXXAXXXA", "AAA AAA XXAXX AXXXA"], national_id_checks::italian),
    after(&["9999.99.999"], national_id_checks::dutch),
    after(&["999.999.999-99", "999 999 999 99"], national_id_checks::brazilian),
    after(&["99999999999"], national_id_checks::brazilian),
    after(&["99999999999"], national_id_checks::polish),
    after(&["999999-9999"], national_id_checks::swedish),
    after(&["9999999999"], national_id_checks::swedish),
    after(&["999999-999X", "999999A999X"], national_id_checks::finnish),
    after(&["999999-9999"], national_id_checks::danish),
    after(&["99999999999", "999999 99999", "999999-99999"], national_id_checks::norwegian),
    after(&["99999999999", "99.99.99-999.99"], national_id_checks::belgian),
    after(&["99~99~99~999~99"], national_id_checks::belgian),
    alone(&["9999~9999~9999"], national_id_checks::indian),
    after(&["999999999999"], national_id_checks::indian),
    after(&["99999999999999999X"], national_id_checks::chinese),
    after(&["999999-9999999"], national_id_checks::korean),
    after(&["9999999999999"], national_id_checks::korean_bare),
    after(&["99999999999"], national_id_checks::turkish),
    alone(&["999999 9999999"], national_id_checks::korean_bare),
];

type Index = pattern::ByHead<&'static Scheme>;

fn index(rank: Rank) -> Index {
    let schemes = SCHEMES.iter().filter(move |scheme| scheme.rank == rank);
    pattern::ByHead::new(schemes.flat_map(|scheme| scheme.shapes.iter().map(move |shape| (*shape, scheme))))
}

static BEFORE_GOODS: LazyLock<Index> = LazyLock::new(|| index(Rank::BeforeGoods));
static AFTER_GOODS: LazyLock<Index> = LazyLock::new(|| index(Rank::AfterGoods));

/// Claims the national numbers of one rank.
pub(super) fn find(text: &TokenizedText<'_>, claims: &mut Claims, rank: Rank) {
    let index = match rank {
        Rank::BeforeGoods => &*BEFORE_GOODS,
        Rank::AfterGoods => &*AFTER_GOODS,
    };
    for (first, token) in text.starts() {
        if token.plus || token.glued {
            continue;
        }
        let hit = index.starting(token.len()).iter().find_map(|(shape, scheme)| {
            let fit = pattern::fit(text, first, shape)?;
            (scheme.holds(text, &fit) && claims.free(&fit.range)).then_some(fit.range)
        });
        if let Some(range) = hit {
            claims.claim(PiiKind::NationalNumber, range);
        }
    }
}

impl Scheme {
    fn holds(&self, text: &TokenizedText<'_>, fit: &pattern::Fit) -> bool {
        (self.check)(fit.compact.bytes())
            && text.apart(fit.first, fit.last)
            && match self.needs {
                Needs::Apart => true,
                Needs::Alone => text.alone(fit.first, fit.last),
                Needs::Word(words) => text.announced(fit.range.start, words) || text.explained(fit.range.end, words),
            }
    }
}
