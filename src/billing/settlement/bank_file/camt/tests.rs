//! Tests of bank statements: messages in the shape of the public ISO 20022 schema, made for these tests.

use super::*;
use crate::billing::money::Micros;

/// A message of a version with these entries.
fn message(version: &str, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"{NAMESPACE}{version}\"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId>\
         </GrpHdr><Stmt><Id>S-7</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>\
         <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">9</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>\
         {entries}</Stmt></BkToCstmrStmt></Document>"
    )
}

/// A booked entry: its amount in euros, direction, and whatever else.
fn entry(amount: &str, side: &str, more: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt>\
         <ValDt><Dt>2026-11-21</Dt></ValDt>{more}</Ntry>"
    )
}

fn details(transactions: &str) -> String {
    format!("<AcctSvcrRef>BANK-1</AcctSvcrRef><NtryDtls>{transactions}</NtryDtls>")
}

/// The entries as `reference amount currency received currency month`, with the payers.
fn lines(text: &str) -> Vec<String> {
    let read = read(text.as_bytes()).unwrap();
    let line = |entry: &BankEntry| {
        let payment = &entry.payment;
        let (settles, received) = (payment.settles, payment.received);
        let month = payment.month.map_or("-".to_owned(), |month| month.to_string());
        let payers = entry.payers.join("+");
        let money = [settles, received].map(|money| format!("{} {}", money.amount, money.currency.as_str())).join(" ");
        format!("{} {} {money} {month} {payers}", payment.day, payment.reference)
    };
    let counts = format!("pending {} debits {}", read.pending, read.debits);
    read.entries.iter().map(line).chain([counts]).collect()
}

#[track_caller]
fn refused(text: &str, part: &str) {
    let issues = read(text.as_bytes()).unwrap_err();
    assert!(issues.iter().any(|issue| issue.contains(part)), "{part}: {issues:?}");
}

#[test]
fn reads_a_credit_in_the_old_and_the_new_form() {
    let old = "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Nm>Finder &amp; Co</Nm></Dbtr><DbtrAcct><Id>\
               <IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>Payout 10/2026</Ustrd></RmtInf></TxDtls>";
    let new = old.replace("<Dbtr><Nm>Finder &amp; Co</Nm></Dbtr>", "<Dbtr><Pty><Nm>Finder &amp; Co</Nm></Pty></Dbtr>");
    let wanted = "2026-11-20 BANK-1 920.10 EUR 920.10 EUR 2026-10 Finder & Co+DE89370400440532013000";
    for (version, transaction) in [("02", old), ("04", old), ("07", old), ("08", &new), ("12", &new)] {
        let booked = entry("920.10", "CRDT", &details(transaction));
        let booked =
            if version >= "08" { booked.replace("<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>") } else { booked };
        assert_eq!(lines(&message(version, &booked)), [wanted, "pending 0 debits 0"], "{version}");
        // With a prefix, in single quotes, with comments, and a time instead of a day.
        let text = message(version, &booked).replace("<Dt>2026-11-20</Dt>", "<DtTm>2026-11-20T23:59:59+14:00</DtTm>");
        let text = text
            .replace("</", "</d:")
            .replace('<', "<d:")
            .replace("<d:/d:", "</d:")
            .replace("<d:?", "<?")
            .replace("xmlns=", "xmlns:d=");
        assert_eq!(lines(&text.replace("<d:Stmt>", "<!-- x --><d:Stmt>")), [wanted, "pending 0 debits 0"], "{version}");
    }
}

#[test]
fn a_batch_is_as_many_payments_as_it_has_transactions() {
    let transaction = |amount: &str, name: &str| {
        format!(
            "<TxDtls><AmtDtls><TxAmt><Amt Ccy=\"EUR\">{amount}</Amt></TxAmt></AmtDtls><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties></TxDtls>"
        )
    };
    let batch = [transaction("100", "A"), transaction("20.5", "B")].concat();
    assert_eq!(
        lines(&message("02", &entry("120.50", "CRDT", &details(&batch)))),
        [
            "2026-11-20 BANK-1/1 100.00 EUR 100.00 EUR - A",
            "2026-11-20 BANK-1/2 20.50 EUR 20.50 EUR - B",
            "pending 0 debits 0"
        ]
    );
    // From version 04 on, the amount stands in the transaction, with its direction; details may be in several groups.
    let newer = |amount: &str, side: &str, reference: &str| {
        format!(
            "<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd></TxDtls>"
        )
    };
    let groups = format!("{}</NtryDtls><NtryDtls>{}", newer("100", "CRDT", "X"), newer("3", "DBIT", "Y"));
    assert_eq!(
        lines(&message("08", &entry("97", "CRDT", &details(&groups)))),
        ["2026-11-20 X 100.00 EUR 100.00 EUR - ", "pending 0 debits 1"]
    );
    refused(&message("02", &entry("120.51", "CRDT", &details(&batch))), "add up to 120.50 EUR, the entry has 120.51");
    let without = batch.replace("Ccy=\"EUR\">20.5<", "Ccy=\"USD\">20.5<");
    refused(&message("02", &entry("120.50", "CRDT", &details(&without))), "transaction 2: it has no amount in EUR");
}

#[test]
fn an_amount_in_another_currency_is_what_was_owed() {
    let foreign = "<TxDtls><AmtDtls><InstdAmt><Amt Ccy=\"USD\">1000.00</Amt></InstdAmt><TxAmt><Amt Ccy=\"EUR\">920.10</Amt></TxAmt></AmtDtls></TxDtls>";
    assert_eq!(
        lines(&message("02", &entry("920.10", "CRDT", &details(foreign)))),
        ["2026-11-20 BANK-1 1000.00 USD 920.10 EUR - ", "pending 0 debits 0"]
    );
    // Charges explain a smaller amount; without them, what was instructed may be anything.
    let sent = |charges: &str| {
        format!("<TxDtls><AmtDtls><InstdAmt><Amt Ccy=\"EUR\">1000.00</Amt></InstdAmt></AmtDtls>{charges}</TxDtls>")
    };
    for charges in [
        "<Chrgs><Amt Ccy=\"EUR\">14</Amt></Chrgs><Chrgs><Amt Ccy=\"EUR\">1</Amt></Chrgs>",
        "<Chrgs><TtlChrgsAndTaxAmt Ccy=\"EUR\">15</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy=\"EUR\">15</Amt></Rcrd></Chrgs>",
        "<Chrgs><Rcrd><Amt Ccy=\"EUR\">10</Amt></Rcrd><Rcrd><Amt Ccy=\"EUR\">5</Amt></Rcrd></Chrgs>",
    ] {
        let text = message("08", &entry("985", "CRDT", &details(&sent(charges))));
        assert_eq!(lines(&text)[0], "2026-11-20 BANK-1 1000.00 EUR 985.00 EUR - ", "{charges}");
    }
    let text = message("08", &entry("985", "CRDT", &details(&sent(""))));
    assert_eq!(lines(&text)[0], "2026-11-20 BANK-1 985.00 EUR 985.00 EUR - ");
}

#[test]
fn returns_take_back_and_what_is_not_booked_is_ignored() {
    let parties = "<TxDtls><RltdPties><Dbtr><Nm>We</Nm></Dbtr><Cdtr><Nm>Finder</Nm></Cdtr></RltdPties></TxDtls>";
    let entries = [
        entry("5", "DBIT", &format!("<RvslInd>true</RvslInd>{}", details(parties))),
        entry("6", "CRDT", "<RvslInd>true</RvslInd>"),
        entry("7", "DBIT", ""),
        entry("8", "CRDT", "").replace("BOOK", "PDNG"),
        entry("9", "CRDT", "").replace("<Sts>BOOK</Sts>", "<Sts><Cd>FUTR</Cd></Sts>"),
        entry("10", "CRDT", "<RvslInd>false</RvslInd>"),
        entry("0.00", "CRDT", ""),
    ];
    assert_eq!(
        lines(&message("02", &entries.concat())),
        [
            "2026-11-20 BANK-1 -5.00 EUR -5.00 EUR - We+Finder",
            "2026-11-20 S-7/6 10.00 EUR 10.00 EUR - ",
            "pending 2 debits 2"
        ]
    );
}

#[test]
fn an_entry_that_cannot_be_read_refuses_the_file_and_is_named() {
    let good = entry("1", "CRDT", "");
    for (from, to, part) in [
        ("<Sts>BOOK</Sts>", "", "entry 2: it has no status"),
        ("CRDT", "XXXX", "entry 2: it is neither a credit nor a debit"),
        ("<CdtDbtInd>CRDT</CdtDbtInd>", "", "entry 2: it is neither"),
        ("<Dt>2026-11-20</Dt>", "<Dt>2026-11-31</Dt>", "entry 2: its date"),
        ("<Dt>2026-11-20</Dt>", "<Dt>20.11.2026</Dt>", "entry 2: its date"),
        (" Ccy=\"EUR\"", "", "entry 2: an amount has no currency"),
        ("Ccy=\"EUR\"", "Ccy=\"Euro\"", "entry 2: an amount has no currency"),
        (">1<", ">1,00<", "entry 2: this is not a number"),
        (">1<", ">-1<", "entry 2: an amount is negative"),
        (">1<", ">0.0000001<", "entry 2: this amount has more than six decimals"),
        ("<Amt Ccy=\"EUR\">1</Amt>", "", "entry 2: it has no amount"),
    ] {
        refused(&message("02", &format!("{good}{}", good.replace(from, to))), part);
    }
    let dated = good.replace("<BookgDt><Dt>2026-11-20</Dt></BookgDt>", "");
    assert_eq!(lines(&message("02", &dated))[0], "2026-11-21 S-7/1 1.00 EUR 1.00 EUR - ");
}

#[test]
fn other_messages_are_refused_by_name() {
    let good = message("02", &entry("1", "CRDT", ""));
    refused(&good.replace("camt.053", "camt.054"), "this is a camt.054");
    refused(&good.replace("camt.053", "camt.052"), "this is a camt.052");
    for (from, to) in [("053.001.02", "053.002.02"), ("001.02", "001.2x"), ("<Document", "<Other"), (NAMESPACE, "")] {
        let other = good.replace(from, to).replace("</Document", if to == "<Other" { "</Other" } else { "</Document" });
        refused(&other, "this is not a bank statement");
    }
    refused("<?xml version=\"1.0\" encoding=\"klingon\"?><Document/>", "encoding that is not known");
    assert!(read(b"<Document>\xff</Document>").unwrap_err()[0].contains("not text in UTF-8"));
    let latin = good.replace("UTF-8", "ISO-8859-1").replace("<Id>S-7</Id>", "<Id>S\u{e9}</Id>");
    let latin: Vec<u8> = latin.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(read(&latin).unwrap().entries[0].payment.reference, "Sé/1");
}

#[test]
fn amounts_at_the_limits_neither_wrap_nor_panic() {
    let largest = "9223372036854.775807";
    let text = message("02", &entry(largest, "CRDT", ""));
    assert_eq!(read(text.as_bytes()).unwrap().entries[0].payment.received.amount, Micros(i64::MAX));
    refused(&message("02", &entry("9223372036854.775808", "CRDT", "")), "too large");
    let transaction = format!("<TxDtls><Amt Ccy=\"EUR\">{largest}</Amt></TxDtls>");
    refused(&message("02", &entry(largest, "CRDT", &details(&transaction.repeat(2)))), "too large");
}
