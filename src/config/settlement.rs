//! The money in a `[[partner]]` table (`share`, `minimum`, `terms`, `payer`) and a `[[code]]` table (`payee`), and the tables
//! `[payments]` and `[accounts]`.

use encoding_rs::Encoding;

use crate::billing::money::{Currency, Micros};
use crate::billing::number::{MoneyUnit, NumberMarks, parse_money};
use crate::billing::settlement::accounts::{AccountName, Accounts, ROOTS};
use crate::billing::settlement::agreement::Agreement;
use crate::billing::settlement::bank_file::table::PaymentTable;
use crate::billing::settlement::payee::PayeeCode;
use crate::billing::settlement::share::Share;
use crate::billing::settlement::shares::SharesByMonth;
use crate::billing::settlement::terms::PaymentTerms;
use crate::billing::year_month::YearMonth;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::name::ConfigName;

/// The most characters of the name of a payee or a payer: ISO 20022 has 140.
const MAX_NAME_CHARS: usize = 140;

/// The keys of a partner by which its months are settled.
const SETTLEMENT_KEYS: [&str; 4] = ["share", "minimum", "terms", "payer"];

/// Reads what was agreed with a partner.
pub(super) fn agreement(table: &mut TableReader<'_>) -> Agreement {
    let shares = shares(table);
    let minimum = table.decimal("minimum").and_then(|text| {
        let marks = NumberMarks { decimal: '.', group: None };
        let amount = parse_money(&text.value.replace('_', ""), marks, MoneyUnit::Units);
        let amount = amount.ok().filter(|(amount, is_rounded)| amount.0 >= 0 && !is_rounded).map(|(amount, _)| amount);
        if amount.is_none() {
            table.error_at(&text, "must be an amount from 0 with at most six decimals, such as 100 or 99.50");
        }
        amount
    });
    let terms = table.string("terms").and_then(|text| {
        let terms = PaymentTerms::parse(&text.value);
        if terms.is_none() {
            table.error_at(&text, format!("must be {}", PaymentTerms::FORMS));
        }
        terms
    });
    let payers = table.string_or_list("payer");
    let payers = payers.into_iter().filter_map(|payer| name(table, payer)).collect();
    // Who settles by hand needs none of these keys; who has one of them needs the others.
    if table.is_present("statement") && SETTLEMENT_KEYS.iter().any(|key| table.is_present(key)) {
        for (key, counts) in [
            ("share", "all of the money that the partner states counts as yours (\"100%\")"),
            ("terms", "a month is due 30 days after its end (\"net 30\")"),
        ] {
            if !table.is_present(key) {
                table.advise_at_key(key, format!("is missing, so {counts}: write down what was agreed"));
            }
        }
    }
    Agreement {
        shares,
        minimum: minimum.unwrap_or(Micros(0)),
        terms: terms.unwrap_or_default(),
        payers,
        payees: Vec::new(),
    }
}

/// Reads `share`: a percentage, or a list of tables with the months from which each applies.
fn shares(table: &mut TableReader<'_>) -> SharesByMonth {
    if !table.is_list("share") {
        let share = table.string("share").and_then(|text| parse_share(table, &text));
        return share.and_then(|share| SharesByMonth::new(vec![(None, share)])).unwrap_or_default();
    }
    let mut shares = Vec::new();
    for mut entry in table.table_list("share") {
        let share = entry.required_string("share").and_then(|text| parse_share(&entry, &text));
        let from = entry.string("from").and_then(|text| {
            let month = YearMonth::parse(&text.value);
            if month.is_none() {
                entry.error_at(&text, "must be a month, such as \"2026-07\"");
            }
            month
        });
        entry.finish();
        shares.extend(share.map(|share| (from, share)));
    }
    SharesByMonth::new(shares).unwrap_or_else(|| {
        table.error_at_key("share", "the first share has no from, and the others are in the order of theirs");
        SharesByMonth::default()
    })
}

fn parse_share(table: &TableReader<'_>, text: &Located<String>) -> Option<Share> {
    let share = Share::parse(&text.value);
    if share.is_none() {
        table
            .error_at(text, "must be a percentage from \"0%\" to \"100%\" with at most four decimals, such as \"70%\"");
    }
    share
}

/// A name of one line.
fn name(table: &TableReader<'_>, text: Located<String>) -> Option<String> {
    let is_name = !text.value.is_empty()
        && text.value.trim() == text.value
        && text.value.chars().count() <= MAX_NAME_CHARS
        && !text.value.contains(char::is_control);
    if !is_name {
        table.error_at(
            &text,
            format!("must be one line of 1 to {MAX_NAME_CHARS} characters, without spaces at its ends"),
        );
    }
    is_name.then_some(text.value)
}

/// Reads who is paid on for a code.
pub(super) fn payee(table: &mut TableReader<'_>, code: Option<&ConfigName>) -> Option<PayeeCode> {
    let mut table = table.optional_table("payee")?;
    let name = table.required_string("name").and_then(|text| name(&table, text));
    if !table.is_list("share") && !table.has("share") {
        table
            .error_at_key("share", "missing key: what part of our revenue the payee receives, such as share = \"50%\"");
    }
    let shares = shares(&mut table);
    let currency = table.string("currency").and_then(|text| {
        let currency = Currency::assigned(&text.value);
        if currency.is_none() {
            table.error_at(&text, "must be a currency code (ISO 4217), such as \"USD\"");
        }
        currency
    });
    table.finish();
    Some(PayeeCode { code: code?.clone(), payee: name?, shares, currency })
}

/// Reads `[payments]`.
pub(super) fn payments(mut table: TableReader<'_>) -> PaymentTable {
    let default = PaymentTable::default();
    let mut column = |key, default: String| table.string(key).map_or(default, |text| text.value);
    let (date, amount, currency) =
        (column("date", default.date), column("amount", default.amount), column("currency", default.currency));
    let (reference, month) = (column("reference", default.reference), column("month", default.month));
    let received = column("received", default.received);
    let received_currency = column("received_currency", default.received_currency);
    let date_format = column("date_format", default.date_format);
    let constant_currency = table.string("always").and_then(|text| {
        let currency = Currency::assigned(&text.value);
        if currency.is_none() {
            table.error_at(&text, "must be a currency code (ISO 4217), such as \"USD\"");
        }
        currency
    });
    let decimal = table.choice("decimal_mark", default.marks.decimal, &[(".", '.'), (",", ',')]);
    let groups = [("", None), (",", Some(',')), (".", Some('.')), ("'", Some('\'')), (" ", Some(' '))];
    let group = table.choice("group_mark", default.marks.group, &groups);
    if group == Some(decimal) {
        table.error_at_key("group_mark", "must differ from decimal_mark");
    }
    let delimiter =
        table.choice("delimiter", default.delimiter, &[(",", b','), (";", b';'), ("\t", b'\t'), ("|", b'|')]);
    let encoding = table.string("encoding").and_then(|text| {
        let encoding = Encoding::for_label(text.value.as_bytes());
        if encoding.is_none() {
            table.error_at(&text, "must be an encoding (WHATWG), such as \"utf-8\" or \"windows-1252\"");
        }
        encoding
    });
    table.finish();
    PaymentTable {
        date,
        amount,
        currency,
        reference,
        received,
        received_currency,
        month,
        constant_currency,
        date_format,
        marks: NumberMarks { decimal, group },
        delimiter,
        encoding: encoding.unwrap_or(default.encoding),
    }
}

/// Reads `[accounts]`.
pub(super) fn accounts(mut table: TableReader<'_>) -> Accounts {
    let default = Accounts::default();
    let mut account = |key, default| {
        let Some(text) = table.string(key) else { return default };
        AccountName::new(&text.value).unwrap_or_else(|| {
            let roots = ROOTS.join(", ");
            table.error_at(&text, format!("must be lower-case words with colons between them, the first one of {roots}, such as \"assets:bank\""));
            default
        })
    };
    let accounts = Accounts {
        receivable: account("receivable", default.receivable),
        revenue: account("revenue", default.revenue),
        bank: account("bank", default.bank),
        exchange: account("exchange", default.exchange),
        charges: account("charges", default.charges),
        payable: account("payable", default.payable),
        cost: account("cost", default.cost),
    };
    table.finish();
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostic::Diagnostics;

    fn read<T>(text: &str, read: impl FnOnce(TableReader<'_>) -> T) -> (T, String) {
        let diagnostics = Diagnostics::new(text);
        let value = read(TableReader::root(text, &diagnostics));
        (value, diagnostics.sorted().iter().map(|error| format!("{error}\n")).collect())
    }

    fn read_agreement(text: &str) -> (Agreement, String) {
        read(text, |mut table| {
            let agreement = agreement(&mut table);
            table.finish();
            agreement
        })
    }

    #[test]
    fn reads_what_was_agreed() {
        let text = "share = [{ share = \"70%\" }, { share = \"75%\", from = \"2026-07\" }]\nminimum = 99.50\n\
                    terms = \"15th of the second month\"\npayer = [\"Finder Ltd\", \"DE89370400440532013000\"]\n";
        let (agreement, errors) = read_agreement(text);
        assert_eq!(errors, "");
        let share = |month| agreement.shares.of(YearMonth::parse(month).unwrap()).to_string();
        assert_eq!([share("2026-06"), share("2026-07")], ["70%", "75%"]);
        assert_eq!((agreement.minimum, agreement.payers.len()), (Micros(99_500_000), 2));
        assert_eq!(agreement.terms.to_string(), "15th of the second month");
        let (nothing, errors) = read_agreement("");
        assert_eq!((errors.as_str(), nothing.minimum, nothing.terms), ("", Micros(0), PaymentTerms::Net(30)));
        assert_eq!(nothing.shares.of(YearMonth::parse("2026-01").unwrap()), Share::ALL);
    }

    #[test]
    fn rejects_an_agreement_that_is_none() {
        for (text, error) in [
            ("share = \"70\"", "1: share: must be a percentage"),
            ("share = 0.7", "must be a quoted string"),
            ("share = []", "the first share has no from"),
            ("share = [{ share = \"1%\", from = \"2026-07\" }]", "the first share has no from"),
            ("share = [{ share = \"1%\" }, { share = \"2%\", from = \"July\" }]", "must be a month"),
            ("share = [{ from = \"2026-07\" }]", "missing key"),
            ("minimum = -1", "must be an amount from 0"),
            ("minimum = 0.0000001", "must be an amount from 0"),
            ("minimum = \"1\"", "must be a number without quotes"),
            ("terms = \"30 days\"", "must be \"net 30\""),
            ("payer = \"\"", "must be one line"),
            ("payer = [\"a\\nb\"]", "must be one line"),
        ] {
            let errors = read_agreement(text).1;
            assert!(errors.contains(error), "{text}: {errors}");
        }
    }

    #[test]
    fn a_payee_needs_a_name_and_a_share() {
        let code = ConfigName::new("a").unwrap();
        let parse = |text: &str| read(text, |mut table| payee(&mut table, Some(&code)));
        let (found, errors) = parse("payee = { name = \"Example Ltd\", share = \"50%\" }");
        assert_eq!((found.unwrap().payee.as_str(), errors.as_str()), ("Example Ltd", ""));
        assert!(parse("payee = { name = \"Example Ltd\" }").1.contains("what part of our revenue"));
        assert!(parse("payee = { share = \"50%\" }").1.contains("payee.name: missing key"));
        assert!(parse("payee = { name = \"x\", share = \"50%\", sahre = 1 }").1.contains("unknown key"));
        assert_eq!(parse("").0, None);
    }

    #[test]
    fn rejects_accounts_and_columns_that_cannot_be() {
        assert!(read("bank = \"Bank\"", accounts).1.contains("1: bank: must be lower-case words"));
        for (text, error) in [
            ("always = \"Euro\"", "must be a currency code"),
            ("always = \"UDS\"", "must be a currency code"),
            ("encoding = \"klingon\"", "must be an encoding"),
            ("decimal_mark = \",\"\ngroup_mark = \",\"", "must differ from decimal_mark"),
            ("delimiter = \"x\"", "must be"),
            ("datum = \"x\"", "unknown key"),
        ] {
            let errors = read(text, payments).1;
            assert!(errors.contains(error), "{text}: {errors}");
        }
        let (table, errors) = read("delimiter = \"\\t\"\ngroup_mark = \" \"\nalways = \"EUR\"", payments);
        assert_eq!((table.delimiter, table.marks.group, errors.as_str()), (b'\t', Some(' '), ""));
    }
}
