//! `[[partner]] price` and `budget`: what a request costs, and how much may be spent.

use crate::budget::notation;
use crate::budget::plan::{Ceiling, Ceilings, PricePlan, SpendingPlan};
use crate::config::diagnostic::suggestion;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::fields::code::Codes;
use crate::money::{Currency, Micros};
use crate::name::ConfigName;
use crate::time::Day;

/// The keys as they are in the file, before names are known.
pub(super) struct BudgetKeys {
    price: Option<PricePlan>,
    all: Ceilings,
    codes: Vec<(Located<String>, Ceilings)>,
}

impl BudgetKeys {
    /// The plan of a partner.
    pub(super) fn plan(&self, partner: ConfigName) -> SpendingPlan {
        let named =
            |(name, ceilings): &(Located<String>, Ceilings)| Some((ConfigName::new(&name.value).ok()?, *ceilings));
        let codes = self.codes.iter().filter_map(named).collect();
        SpendingPlan { partner, price: self.price.clone(), all: self.all, codes }
    }

    /// Reports codes that are not configured.
    pub(super) fn check_codes(&self, root: &TableReader<'_>, codes: &Codes) {
        for (name, _) in &self.codes {
            if !codes.iter().any(|code| code.as_str() == name.value) {
                let hint = suggestion(&name.value, codes.iter().map(|code| code.as_str()));
                root.error_at(name, format!("there is no [[code]] of this name{hint}"));
            }
        }
    }
}

/// Reads both keys of a partner's table.
pub(super) fn read(table: &mut TableReader<'_>) -> BudgetKeys {
    let (price, located) = price(table);
    let currency = price.as_ref().map(|price| price.currency);
    let Some(mut budget) = table.optional_table("budget") else {
        if let Some(located) = located {
            table.advise_at(
                &located,
                "nothing bounds what this partner costs; set budget, such as budget = { day = \"1000 requests\" }",
            );
        }
        return BudgetKeys { price, all: Ceilings::default(), codes: Vec::new() };
    };
    let all = ceilings(&mut budget, currency, Ceilings::default());
    let mut codes = Vec::new();
    for entry in budget.entries("codes").unwrap_or_default() {
        let name = Located { value: entry.name.clone(), span: entry.value.span.clone(), key: entry.value.key.clone() };
        let Some(mut own) = budget.entry_table(&entry) else {
            budget.error_at(&name, "must be a table, such as { day = \"500 requests\" }");
            continue;
        };
        let ceilings = ceilings(&mut own, currency, all);
        own.finish();
        codes.push((name, ceilings));
    }
    if all.is_empty() && codes.is_empty() {
        table.error_at_key("budget", "bounds nothing; set hour, day, month or codes, or remove it");
    }
    budget.finish();
    BudgetKeys { price, all, codes }
}

/// Reads `price`: one text, or a table of texts by the day from which they apply.
fn price(table: &mut TableReader<'_>) -> (Option<PricePlan>, Option<Located<()>>) {
    let is_table = table.is_table("price");
    if !is_table {
        let Some(text) = table.string("price") else { return (None, None) };
        let read = price_text(table, &text);
        let plan = read.map(|(currency, price)| PricePlan { currency, changes: vec![(Day(0), price)] });
        return (plan, Some(text.with(())));
    }
    let mut prices: Vec<(Day, Currency, Micros)> = Vec::new();
    let mut first = None;
    for entry in table.entries("price").unwrap_or_default() {
        let name = entry.name.clone();
        let Some(text) = table.entry_string(entry) else { continue };
        let since = name.parse::<jiff::civil::Date>().ok().filter(|day| day.to_string() == name);
        let Some(since) = since else {
            table.error_at(&text, "must be under the day from which it applies, such as \"2027-01-01\" = \"…\"");
            continue;
        };
        if let Some((currency, price)) = price_text(table, &text) {
            if prices.iter().any(|(_, other, _)| *other != currency) {
                table.error_at(&text, "all prices of a partner must have one currency");
            }
            prices.push((Day::from_date(since), currency, price));
        }
        first.get_or_insert(text.with(()));
    }
    if first.is_none() {
        table.error_at_key("price", "has no price; write one, or remove it");
    }
    prices.sort_unstable_by_key(|(since, ..)| *since);
    let currency = prices.first().map(|(_, currency, _)| *currency);
    let changes = prices.into_iter().map(|(since, _, price)| (since, price)).collect();
    (currency.map(|currency| PricePlan { currency, changes }), first)
}

fn price_text(table: &TableReader<'_>, text: &Located<String>) -> Option<(Currency, Micros)> {
    notation::price(&text.value).map_err(|error| table.error_at(text, error)).ok()
}

/// Reads `hour`, `day` and `month`. `above` are the ceilings of all codes, which those of a code cannot raise.
fn ceilings(table: &mut TableReader<'_>, currency: Option<Currency>, above: Ceilings) -> Ceilings {
    let hour = ceiling(table, "hour", currency, above.hour);
    let day = ceiling(table, "day", currency, above.day);
    let month = ceiling(table, "month", currency, above.month);
    Ceilings { hour, day, month }
}

fn ceiling(
    table: &mut TableReader<'_>,
    key: &'static str,
    currency: Option<Currency>,
    above: Option<Ceiling>,
) -> Option<Ceiling> {
    let text = table.string(key)?;
    let (ceiling, own) = notation::ceiling(&text.value).map_err(|error| table.error_at(&text, error)).ok()?;
    match (own, currency) {
        (Some(_), None) => {
            table.error_at(
                &text,
                "a budget in money needs the price of a request: price = \"5.00 USD per 1000 requests\"",
            );
        }
        (Some(own), Some(currency)) if own != currency => {
            let message =
                format!("the price is in {}, and {} cannot be compared with it", currency.as_str(), own.as_str());
            table.error_at(&text, message);
        }
        (Some(_) | None, _) => {}
    }
    let exceeds = match (ceiling, above) {
        (Ceiling::Requests(own), Some(Ceiling::Requests(all))) => own > all,
        (Ceiling::Money(own), Some(Ceiling::Money(all))) => own > all,
        (Ceiling::Requests(_) | Ceiling::Money(_), _) => false,
    };
    if exceeds {
        table.error_at(&text, "is more than all codes together may use; lower it, or raise the budget of the partner");
    }
    Some(ceiling)
}
