//! The agreement with a partner as JSON, as it is kept with a closed month: what a partner or a code that was removed from the
//! configuration had. The names and IBANs of payers are not part of it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::billing::money::{Currency, Micros};
use crate::billing::number::{MoneyUnit, NumberMarks, parse_money};
use crate::billing::settlement::agreement::{Agreement, PayeeTag};
use crate::billing::settlement::payee::PayeeCode;
use crate::billing::settlement::share::Share;
use crate::billing::settlement::shares::SharesByMonth;
use crate::billing::settlement::terms::PaymentTerms;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::partner::code_tags::TagDays;

/// An agreement. The texts are those of the configuration.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreementText {
    share: Vec<ShareText>,
    minimum: String,
    terms: String,
    payees: Vec<PayeeText>,
}

/// A share and the first month in which it applies.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShareText {
    from: Option<String>,
    share: String,
}

/// A payee of a tag.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayeeText {
    tag: String,
    from: Option<String>,
    to: Option<String>,
    code: String,
    name: String,
    share: Vec<ShareText>,
    currency: Option<String>,
}

/// Returns the agreement as JSON.
#[must_use]
pub fn agreement_text(agreement: &Agreement) -> String {
    let Agreement { shares, minimum, terms, payers: _, payees } = agreement;
    let payee = |PayeeTag { tag, days, code }: &PayeeTag| PayeeText {
        tag: tag.clone(),
        from: days.from.map(|day| day.to_string()),
        to: days.to.map(|day| day.to_string()),
        code: code.code.to_string(),
        name: code.payee.clone(),
        share: share_texts(&code.shares),
        currency: code.currency.map(|currency| currency.as_str().to_owned()),
    };
    let text = AgreementText {
        share: share_texts(shares),
        minimum: minimum.to_string(),
        terms: terms.to_string(),
        payees: payees.iter().map(payee).collect(),
    };
    format!("{:#}\n", serde_json::json!(text))
}

/// Parses what [`agreement_text`] returns. None if it is another text.
#[must_use]
pub fn parse_agreement(text: &str) -> Option<Agreement> {
    let AgreementText { share, minimum, terms, payees } = serde_json::from_str(text).ok()?;
    let (minimum, _) = parse_money(&minimum, NumberMarks { decimal: '.', group: None }, MoneyUnit::Units).ok()?;
    let payee = |PayeeText { tag, from, to, code, name, share, currency }: PayeeText| {
        let currency = match currency {
            Some(code) => Some(Currency::new(&code)?),
            None => None,
        };
        let code = PayeeCode { code: ConfigName::new(&code).ok()?, payee: name, shares: shares(share)?, currency };
        Some(PayeeTag { tag, days: TagDays { from: parse_day(from)?, to: parse_day(to)? }, code })
    };
    Some(Agreement {
        shares: shares(share)?,
        minimum: Some(minimum).filter(|minimum| *minimum >= Micros(0))?,
        terms: PaymentTerms::parse(&terms)?,
        payers: Vec::new(),
        payees: payees.into_iter().map(payee).collect::<Option<_>>()?,
    })
}

/// Parses a day that may be missing. None if it is no day.
fn parse_day(text: Option<String>) -> Option<Option<Date>> {
    text.map_or(Some(None), |text| text.parse().ok().map(Some))
}

fn share_texts(shares: &SharesByMonth) -> Vec<ShareText> {
    let text = |(from, share): &(Option<YearMonth>, Share)| ShareText {
        from: from.map(|month| month.to_string()),
        share: share.to_string(),
    };
    shares.iter().map(text).collect()
}

fn shares(texts: Vec<ShareText>) -> Option<SharesByMonth> {
    let share = |ShareText { from, share }: ShareText| {
        let from = match from {
            Some(month) => Some(YearMonth::parse(&month)?),
            None => None,
        };
        Some((from, Share::parse(&share)?))
    };
    SharesByMonth::new(texts.into_iter().map(share).collect::<Option<_>>()?)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_agreement_is_read_as_it_was_written() {
        let share = |text| Share::parse(text).unwrap();
        let shares = SharesByMonth::new(vec![(None, share("70%")), (YearMonth::parse("2026-07"), share("66.6667%"))]);
        let code = PayeeCode {
            code: ConfigName::new("toolbar-main").unwrap(),
            payee: "Böhm \"&\" Töchter".to_owned(),
            shares: shares.clone().unwrap(),
            currency: Currency::new("EUR"),
        };
        let days = TagDays { from: Some(date(2026, 7, 1)), to: None };
        let dated = PayeeTag { tag: "QX 1".to_owned(), days, code: code.clone() };
        let plain = PayeeTag {
            tag: String::new(),
            days: TagDays::default(),
            code: PayeeCode { currency: None, shares: SharesByMonth::default(), ..code },
        };
        let agreement = Agreement {
            shares: shares.unwrap(),
            minimum: Micros(99_500_001),
            terms: PaymentTerms::parse("15th of the second month").unwrap(),
            payers: Vec::new(),
            payees: vec![dated, plain],
        };
        for agreement in [agreement, Agreement::default()] {
            let text = agreement_text(&agreement);
            assert_eq!(parse_agreement(&text), Some(agreement.clone()), "{text}");
            // Payers are private, and not needed once a month is closed.
            let with_payer = Agreement { payers: vec!["DE89".to_owned()], ..agreement };
            assert_eq!(agreement_text(&with_payer), text);
        }
        let good = agreement_text(&Agreement::default());
        for (part, other) in
            [("100%", "101%"), ("net 30", "net"), ("\"0.00", "\"-1.00"), ("minimum", "maximum"), ("]", "")]
        {
            assert!(good.contains(part), "{part}: {good}");
            assert_eq!(parse_agreement(&good.replace(part, other)), None, "{part}");
        }
    }
}
