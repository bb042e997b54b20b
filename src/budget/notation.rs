//! The texts of prices and ceilings: `5.00 USD per 1000 requests`, `1000 requests`, `200 USD`. Amounts are read exactly, in millionths.

use strum::VariantArray as _;

use crate::budget::plan::{Ceiling, Ceilings, PeriodKind, SpendingPlan};
use crate::money::{Currency, Micros};
use crate::name::ConfigName;
use crate::time::Day;

/// Decimals of a millionth.
const DECIMALS: usize = 6;

/// The highest price of one request, in units of the currency. No partner asks a thousandth of it; beyond it, sums could overflow.
const MAX_PRICE: i64 = 1_000_000;

/// Reads a price, such as `5.00 USD per 1000 requests` or `0.005 USD per request`.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn price(text: &str) -> Result<(Currency, Micros), String> {
    let wrong = || "must be a price such as \"5.00 USD per 1000 requests\" or \"0.005 USD per request\"".to_owned();
    let words: Vec<&str> = text.split_whitespace().collect();
    let (amount, currency, number) = match words.as_slice() {
        [amount, currency, "per", "request"] => (*amount, *currency, 1),
        [amount, currency, "per", number] | [amount, currency, "per", number, "requests"] => {
            (*amount, *currency, number.parse::<i64>().ok().filter(|n| *n > 0).ok_or_else(wrong)?)
        }
        _ => return Err(wrong()),
    };
    let currency = Currency::assigned(currency).ok_or_else(|| no_currency(currency))?;
    let amount = micros(amount).ok_or_else(wrong)?;
    if amount.0 == 0 {
        return Err("a price of zero is none; leave the key out".to_owned());
    }
    if amount.0 % number != 0 {
        return Err(format!(
            "one request would cost a fraction of a millionth of 1 {}; write a price that {number} divides",
            currency.as_str()
        ));
    }
    let price = Micros(amount.0 / number);
    if price.0 > MAX_PRICE.saturating_mul(1_000_000) {
        return Err(format!("a request that costs more than {MAX_PRICE} {} is a mistake", currency.as_str()));
    }
    Ok((currency, price))
}

/// What is wrong with a code that is not a currency's.
fn no_currency(code: &str) -> String {
    format!("{code:?} is not a currency code (ISO 4217), such as USD")
}

/// Reads a ceiling: `1000 requests`, or `200 USD` with its currency.
///
/// # Errors
/// What is wrong, and what would be right.
pub fn ceiling(text: &str) -> Result<(Ceiling, Option<Currency>), String> {
    let wrong = || "must be a number of requests or an amount, such as \"1000 requests\" or \"200 USD\"".to_owned();
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [number, "requests" | "request"] => {
            let number = number.parse::<i64>().ok().and_then(|n| u64::try_from(n).ok()).ok_or_else(wrong)?;
            Ok((Ceiling::Requests(number), None))
        }
        [amount, currency] => {
            let currency = Currency::assigned(currency).ok_or_else(|| no_currency(currency))?;
            Ok((Ceiling::Money(micros(amount).ok_or_else(wrong)?), Some(currency)))
        }
        _ => Err(wrong()),
    }
}

/// What a search under a code costs at a partner on this day, and what bounds it, in a sentence. None if nothing is configured.
#[must_use]
pub fn describe(plan: &SpendingPlan, code: &ConfigName, day: Day) -> Option<String> {
    if !plan.is_counted() {
        return None;
    }
    let currency = plan.currency();
    let unit = currency.as_ref().map_or("", Currency::as_str);
    let price = plan.price.as_ref().map(|price| format!("{} {unit} per request", price.on(day)));
    let bounds = |ceilings: Ceilings| {
        let bound = |&kind: &PeriodKind| {
            let most = match ceilings.of(kind)? {
                Ceiling::Requests(n) => format!("{n} requests"),
                Ceiling::Money(money) => format!("{money} {unit}"),
            };
            Some(format!("{most} in a UTC {}", kind.as_str()))
        };
        let bounds: Vec<String> = PeriodKind::VARIANTS.iter().filter_map(bound).collect();
        (!bounds.is_empty()).then(|| bounds.join(", "))
    };
    let all = bounds(plan.all).map(|all| format!("at most {all}"));
    let own = plan.own(code).and_then(bounds).map(|own| format!("under the code {code} at most {own}"));
    let parts = [price.or_else(|| Some("no price".to_owned())), all, own];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// A number of the configuration with at most six decimals, in millionths.
fn micros(text: &str) -> Option<Micros> {
    let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_valid = !units.is_empty()
        && is_number(units)
        && is_number(decimals)
        && decimals.len() <= DECIMALS
        && (text.contains('.') != decimals.is_empty());
    if !is_valid {
        return None;
    }
    let digits = format!("{units}{decimals:0<DECIMALS$}");
    digits.parse().ok().map(Micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::plan::PricePlan;
    use proptest::prelude::*;

    #[test]
    fn prices_are_read_exactly() {
        let read = |text| price(text).map(|(currency, price)| (currency.as_str().to_owned(), price.0));
        for (text, wanted) in [
            ("5.00 USD per 1000 requests", 5_000),
            ("5 USD per 1000", 5_000),
            ("0.005 USD per request", 5_000),
            ("12 USD per 1000 requests", 12_000),
            ("0.000001 USD per request", 1),
            ("  25 USD  per 1000000 requests ", 25),
            ("1000000 USD per request", 1_000_000_000_000),
        ] {
            assert_eq!(read(text), Ok(("USD".to_owned(), wanted)), "{text}");
        }
        for text in [
            "",
            "5",
            "5 USD",
            "5 usd per 1000",
            "5 USD per 0",
            "5 USD per -1",
            "5,00 USD per 1000",
            "-5 USD per 1000",
            "5 USD per 1000 searches",
            "0 USD per request",
            "1 USD per 3000",
            "5. USD per 1000",
            ".5 USD per 1000",
            "0.0000001 USD per request",
            "1000001 USD per request",
            "99999999999999999999 USD per request",
            "5 USD per requests",
            "1e3 USD per request",
            "٥ USD per 1000",
        ] {
            assert!(read(text).is_err(), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn ceilings_are_requests_or_money() {
        assert_eq!(ceiling("1000 requests"), Ok((Ceiling::Requests(1_000), None)));
        assert_eq!(ceiling("1 request"), Ok((Ceiling::Requests(1), None)));
        assert_eq!(ceiling("200.5 EUR"), Ok((Ceiling::Money(Micros(200_500_000)), Currency::new("EUR"))));
        for text in ["1000", "1.5 requests", "-1 requests", "200 usd", "200 USD a day", "1e3 USD", "99999999999999 USD"]
        {
            assert!(ceiling(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_plan_is_described_for_a_code() {
        let (currency, price) = price("5 USD per 1000").unwrap();
        let ceilings = |day, month| Ceilings { hour: None, day, month };
        let [code, other] = ["main", "other"].map(|name| ConfigName::new(name).unwrap());
        let mut plan = SpendingPlan {
            partner: ConfigName::new("p").unwrap(),
            price: Some(PricePlan { currency, changes: vec![(Day(0), price)] }),
            all: ceilings(Some(Ceiling::Requests(100)), Some(Ceiling::Money(Micros(20_500_000)))),
            codes: vec![(code.clone(), ceilings(Some(Ceiling::Requests(7)), None))],
        };
        let all = "0.005 USD per request; at most 100 requests in a UTC day, 20.50 USD in a UTC month";
        assert_eq!(describe(&plan, &other, Day(1)).as_deref(), Some(all));
        let own = format!("{all}; under the code main at most 7 requests in a UTC day");
        assert_eq!(describe(&plan, &code, Day(1)), Some(own));
        (plan.price, plan.all, plan.codes) = (None, Ceilings::default(), Vec::new());
        assert_eq!(describe(&plan, &code, Day(1)), None);
    }

    proptest! {
        /// What is printed is read back as the same amount, and no text makes it panic.
        #[test]
        fn amounts_survive_printing(amount in 1_i64..1_000_000_000_000, text in ".{0,40}") {
            let usd = Currency::new("USD").unwrap();
            prop_assert_eq!(price(&format!("{} USD per request", Micros(amount))), Ok((usd, Micros(amount))));
            drop((price(&text), ceiling(&text)));
        }
    }
}
