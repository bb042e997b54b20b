//! What a payee receives for a month: its share of our share of the revenue of its codes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::billing::contract::Contract;
use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::agreement::{Agreement, PayeeTag};
use crate::billing::settlement::booked_rate::BookedRate;
use crate::billing::settlement::expected::{MonthRevenue, RecordRevenue, RevenueLine};
use crate::billing::settlement::partner::PartnerSettlement;
use crate::billing::settlement::share::{Share, rounded_parts};
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;

/// What a payee receives for a tag in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayeePart {
    /// Our code.
    pub code: ConfigName,
    /// The currency.
    pub currency: Currency,
    /// The revenue that the partner states; in a correction, what it changes.
    pub revenue: Micros,
    /// Our share of it.
    pub share: Share,
    /// The payee's share of ours.
    pub payee_share: Share,
    /// What the payee receives: the parts of a partner and a currency add up to their sum, rounded once.
    pub payout: Micros,
    /// The currency in which the payee is paid, if it is another one.
    pub paid_in: Option<Currency>,
    /// What is paid in that currency; None if the rate is not known, and without such a currency.
    pub paid: Option<Micros>,
    /// The correction that changed the closed month; None for what was closed, or what the statements in force state.
    pub correction: Option<SignedCorrection>,
}

/// A correction, by the number of its record and the UTC day on which it was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedCorrection {
    /// The number of its record.
    pub number: i64,
    /// The day.
    pub day: Date,
}

/// A month, and what is agreed about its revenue.
#[derive(Debug, Clone, Copy)]
pub struct MonthShares<'m> {
    /// The month.
    pub month: YearMonth,
    /// What is agreed.
    pub agreement: &'m Agreement,
}

impl MonthShares<'_> {
    /// Returns the parts of a payee in one currency, of these lines of the month. None if a sum does not fit.
    #[must_use]
    pub fn payee_parts(&self, lines: &[RevenueLine], currency: Currency, payee: &str) -> Option<Vec<PayeePart>> {
        let tags = self.tag_parts(lines, currency, payee)?;
        Some(tags.into_iter().map(|(_, part)| part).collect())
    }

    /// The parts with their tags, in the order of the tags.
    fn tag_parts<'l>(
        &self,
        lines: &'l [RevenueLine],
        currency: Currency,
        payee: &str,
    ) -> Option<Vec<(&'l str, PayeePart)>> {
        let Self { month, agreement } = *self;
        let share = agreement.shares.of(month);
        let tag_of = |tag: &str| agreement.payees_of(month).find(|known| known.tag == tag && known.code.payee == payee);
        let of_currency = lines.iter().filter(|line| line.currency == currency);
        let mut parts: Vec<(&str, PayeePart)> = of_currency
            .filter_map(|line| {
                let PayeeTag { code, .. } = tag_of(&line.tag)?;
                let part = PayeePart {
                    paid_in: code.currency.filter(|paid_in| *paid_in != currency),
                    code: code.code.clone(),
                    currency,
                    revenue: line.revenue,
                    share,
                    payee_share: code.shares.of(month),
                    payout: Micros(0),
                    paid: None,
                    correction: None,
                };
                Some((&*line.tag, part))
            })
            .collect();
        let exact: Vec<(Micros, Share)> = parts.iter().map(|(_, part)| (part.revenue, part.payee_share)).collect();
        for ((_, part), payout) in parts.iter_mut().zip(rounded_parts(&exact, share, currency)?) {
            part.payout = payout;
        }
        Some(parts)
    }
}

/// The parts of a payee in a currency, as its statement shows them: what was closed, then what each correction changed, of the revenue or of
/// the shares. None if a sum does not fit.
fn statement_parts(month: &MonthRevenue, currency: Currency, payee: &str) -> Option<Vec<PayeePart>> {
    let MonthRevenue { month, lines, records, partial, agreement, .. } = month;
    let tag_parts = |lines, partial: &BTreeSet<Currency>, agreement: &Option<Agreement>| {
        let agreement = agreement.as_ref().filter(|_| !partial.contains(&currency));
        match agreement {
            Some(agreement) => MonthShares { month: *month, agreement }.tag_parts(lines, currency, payee),
            None => Some(Vec::new()),
        }
    };
    let Some((closing, corrections)) = records.split_first() else {
        let parts = tag_parts(lines, partial, agreement)?;
        return Some(parts.into_iter().map(|(_, part)| part).collect());
    };
    let closed = tag_parts(&closing.lines, &closing.partial, &closing.agreement)?;
    let mut before: BTreeMap<&str, PayeePart> = closed.into_iter().collect();
    let mut parts: Vec<PayeePart> = before.values().cloned().collect();
    for RecordRevenue { number, day, lines, partial, agreement } in corrections {
        let correction = Some(SignedCorrection { number: *number, day: *day });
        let after: BTreeMap<&str, PayeePart> = tag_parts(lines, partial, agreement)?.into_iter().collect();
        let tags: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        for tag in tags {
            let (was, is) = (before.get(tag), after.get(tag));
            let Some(part) = is.or(was) else { continue };
            let change = |amount: fn(&PayeePart) -> Micros| {
                let of = |part: Option<&PayeePart>| part.map_or(0, |part| amount(part).0);
                of(is).checked_sub(of(was)).map(Micros)
            };
            let (revenue, payout) = (change(|part| part.revenue)?, change(|part| part.payout)?);
            if revenue.0 != 0 || payout.0 != 0 {
                parts.push(PayeePart { revenue, payout, correction, ..part.clone() });
            }
        }
        before = after;
    }
    Some(parts)
}

/// Returns why the part of a payee of a month is not known: the partner does not tell all of its money, or not by code.
fn not_known(contract: &Contract, month: &MonthRevenue, payee: &str) -> Vec<String> {
    let (partner, name) = (&contract.partner, month.month);
    let Some(agreement) = &month.agreement else { return Vec::new() };
    if agreement.payees_of(name).all(|tag| tag.code.payee != payee) {
        return Vec::new();
    }
    let mut why = Vec::new();
    if month.lines.iter().any(|line| line.tag.is_empty() && line.revenue.0 != 0) {
        why.push(format!(
            "{partner} states the revenue of {name} without codes, so what part of it is of the codes of {payee} is not known; read its codes \
             (statement = {{ code = … }}), or remove the payee from the codes of this partner"
        ));
    }
    if !month.partial.is_empty() {
        let currencies: Vec<&str> = month.partial.iter().map(Currency::as_str).collect();
        why.push(format!(
            "some rows of {partner} {name} do not tell their money in {}; import a statement that does, and sign it with `qsproxy close --correct`",
            currencies.join(" and ")
        ));
    }
    why
}

/// A payee's month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payout {
    /// By correction, then code, currency and shares; the same of several partners are added up.
    pub parts: Vec<PayeePart>,
    /// The closings and corrections that the revenue comes from.
    pub records: Vec<i64>,
    /// Partners whose month is not closed.
    pub not_closed: Vec<ConfigName>,
    /// Why the payee's part of the month is not known, and what to do.
    pub not_known: Vec<String>,
    /// The rates at which amounts are converted, with the partner.
    pub rates: Vec<(ConfigName, BookedRate)>,
    /// Why amounts cannot be converted, and what to do.
    pub without_rate: Vec<String>,
}

impl Payout {
    /// Adds the month of a partner. None if a sum does not fit.
    #[must_use]
    pub fn add(
        &mut self,
        contract: &Contract,
        settlement: &PartnerSettlement,
        payee: &str,
        month: YearMonth,
    ) -> Option<()> {
        let Some(month) = settlement.revenue.iter().find(|of| of.month == month) else { return Some(()) };
        self.not_known.extend(not_known(contract, month, payee));
        let mut has_parts = false;
        for currency in month.currencies() {
            let parts = statement_parts(month, currency, payee)?;
            for part in self.convert(parts, settlement, month.month)? {
                has_parts = true;
                self.add_part(part)?;
            }
        }
        if has_parts && month.records.is_empty() {
            self.not_closed.push(contract.partner.clone());
        } else if has_parts {
            self.records.extend(month.records.iter().map(|record| record.number));
        }
        Some(())
    }

    /// Converts the parts of a partner and a currency: each gets what the converted running sum grows by, so that they add up to the
    /// sum, rounded once. None if a sum does not fit.
    fn convert(
        &mut self,
        mut parts: Vec<PayeePart>,
        settlement: &PartnerSettlement,
        month: YearMonth,
    ) -> Option<Vec<PayeePart>> {
        let currencies: BTreeSet<(Currency, Currency)> =
            parts.iter().filter_map(|part| Some((part.currency, part.paid_in?))).collect();
        for (from, to) in currencies {
            let of_currencies = |part: &&mut PayeePart| part.currency == from && part.paid_in == Some(to);
            let whole = parts.iter().filter(|part| part.currency == from && part.paid_in == Some(to));
            let whole = whole.map(|part| part.payout).try_fold(Micros(0), Micros::checked_add)?;
            let rate = match BookedRate::of(settlement, month, (from, to)) {
                Ok(rate) => rate,
                // Nothing needs no rate.
                Err(_) if whole.0 == 0 => {
                    parts.iter_mut().filter(of_currencies).for_each(|part| part.paid = Some(Micros(0)));
                    continue;
                }
                Err(problem) => {
                    self.without_rate.push(problem);
                    continue;
                }
            };
            let (mut sum, mut before) = (Micros(0), Micros(0));
            for part in parts.iter_mut().filter(of_currencies) {
                sum = sum.checked_add(part.payout)?;
                let after = rate.convert(sum)?;
                part.paid = Some(Micros(after.0.checked_sub(before.0)?));
                before = after;
            }
            self.rates.push((settlement.partner.clone(), rate));
        }
        Some(parts)
    }

    fn add_part(&mut self, part: PayeePart) -> Option<()> {
        let key = |part: &PayeePart| {
            (part.correction, part.code.clone(), part.currency, part.paid_in, part.share, part.payee_share)
        };
        match self.parts.binary_search_by_key(&key(&part), key) {
            Ok(place) => {
                let same = self.parts.get_mut(place)?;
                same.revenue = same.revenue.checked_add(part.revenue)?;
                same.payout = same.payout.checked_add(part.payout)?;
                same.paid = match (same.paid, part.paid) {
                    (Some(paid), Some(more)) => Some(paid.checked_add(more)?),
                    (None, _) | (_, None) => None,
                };
            }
            Err(place) => self.parts.insert(place, part),
        }
        Some(())
    }

    /// The sums by the currency in which they are paid. What cannot be converted is in its own currency. None if one does not fit.
    #[must_use]
    pub fn totals(&self) -> Option<Vec<(Currency, Micros)>> {
        let mut totals: Vec<(Currency, Micros)> = Vec::new();
        for part in &self.parts {
            let (currency, amount) = part.paid_in.zip(part.paid).unwrap_or((part.currency, part.payout));
            match totals.iter_mut().find(|(known, _)| *known == currency) {
                Some((_, sum)) => *sum = sum.checked_add(amount)?,
                None => totals.push((currency, amount)),
            }
        }
        totals.sort_unstable();
        Some(totals)
    }
}
