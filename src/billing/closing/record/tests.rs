//! The text of records, compared with records that version 0.1.0 signed.

use super::*;
use crate::billing::closing::condition::{Accepted, Condition};
use crate::billing::closing::details::{BooksState, FileDigest};
use crate::billing::closing::signing::VerifyingKey;
use crate::billing::closing::stated::{StatedSums, Told};
use crate::billing::money::{Currency, Micros};
use crate::billing::tolerance::Tolerance;

const RECORD_1: &str = include_str!("../golden/record-1.txt");
const SIGNATURE_1: &str = include_str!("../golden/record-1.txt.minisig");
const RECORD_2: &str = include_str!("../golden/record-2.txt");
const SIGNATURE_2: &str = include_str!("../golden/record-2.txt.minisig");
const KEY: &str = include_str!("../golden/closing.pub");

fn digest(hex: &str) -> Sha256Digest {
    Sha256Digest::parse(hex).unwrap()
}

fn month(text: &str) -> YearMonth {
    YearMonth::parse(text).unwrap()
}

fn hours(from: &str, to: &str) -> Range<Hour> {
    Hour::parse(from).unwrap()..Hour::parse(to).unwrap()
}

/// A month within tolerance.
fn record_1() -> ClosingRecord {
    ClosingRecord {
        number: 1,
        partner: ConfigName::new("first").unwrap(),
        month: month("2026-10"),
        zone: TextLine::new("America/Los_Angeles").unwrap(),
        hours: hours("2026-10-01T07", "2026-11-01T07"),
        counts_sha256: digest("b2d353f8ce79a3250727cf18863cf417458962bc11096cba5615e8b1aeaec491"),
        statement_sha256: digest("eafbcf0b0555f6d0c088841c72fce397cfe8600dcbc05b74e17bb54f30e9cd41"),
        latest_statement: Some(StatementReference {
            number: 1,
            sha256: digest("e2d645011c59bf4a75dd08de134e1cb9b10ac21b6d905aca91248f22f9dc40ae"),
        }),
        clicks: [7_440, 1_488, 0, 0, 0, 0, 0, 0].map(Some).into(),
        organic_clicks: Some(3_720),
        searches: Some(22_320),
        statement_clicks: Some(7_438),
        statement_revenue: Some(Revenue { amount: Micros(2_305_780_000), currency: Currency::new("USD").unwrap() }),
        status: Status::Within,
        reason: None,
        profile_sha256: digest("5d9b5a25f35962c743229fc020d9f4f2aff5c51d5fc7f08aa98678ff37767482"),
        configuration_sha256: digest("1c4d41154142ed1832d76aa5a19046bb43f88763ec16da76eafd5b732165022b"),
        versions: TextLine::new("qsproxy 0.1.0, time zones 2026f, bots crawler-user-agents 1.60.0 (2026-08-10)")
            .unwrap(),
        closed: "2026-11-28".parse().unwrap(),
        details: None,
        previous: Sha256Digest::ZERO,
    }
}

/// A month without a statement, closed for a reason.
fn record_2() -> ClosingRecord {
    ClosingRecord {
        number: 2,
        month: month("2026-09"),
        hours: hours("2026-09-01T07", "2026-10-01T07"),
        counts_sha256: digest("24c807a70f0f92620c5009732e2a1a433097d363932db1a7794cba30a851ea87"),
        statement_sha256: digest("eace48e66a786fc1acebf32309a797149243e02a14d3e957638d594d3edcebe4"),
        latest_statement: None,
        clicks: [240, 48, 0, 0, 0, 0, 0, 0].map(Some).into(),
        organic_clicks: Some(120),
        searches: Some(720),
        statement_clicks: None,
        statement_revenue: None,
        status: Status::MissingTheirs,
        reason: TextLine::new("no statement for the first month, agreed by telephone"),
        previous: Sha256Digest::of(RECORD_1),
        ..record_1()
    }
}

#[test]
fn the_signed_bytes_never_change() {
    let key = VerifyingKey::parse(KEY).unwrap();
    for (record, text, signature) in [(record_1(), RECORD_1, SIGNATURE_1), (record_2(), RECORD_2, SIGNATURE_2)] {
        assert_eq!(record.text(), text);
        assert_eq!(ClosingRecord::parse(text), Ok(record.clone()));
        assert!(key.verifies(&record.text(), signature), "signed by version 0.1.0");
    }
}

#[test]
fn a_record_has_the_outcomes_of_its_day() {
    let later =
        RECORD_1.replace("clicks_cross_site: 0\n", "clicks_cross_site: 0\nclicks_library: 5\nclicks_embedded: 6\n");
    let record = ClosingRecord::parse(&later).unwrap();
    assert_eq!(
        (record.text(), record.clicks),
        (later.clone(), [7_440, 1_488, 0, 0, 0, 0, 0, 0, 5, 6].map(Some).to_vec())
    );
    let all = ClosingRecord { clicks: vec![Some(0); ClickOutcome::VARIANTS.len()], ..record_1() };
    assert_eq!(ClosingRecord::parse(&all.text()), Ok(all.clone()));
    // Of rolled-up hours.
    let unknown = ClosingRecord { clicks: vec![None; FIRST_OUTCOMES], organic_clicks: None, searches: None, ..all };
    assert!(unknown.text().contains("\nclicks_counted: not known\n"));
    assert_eq!(ClosingRecord::parse(&unknown.text()), Ok(unknown));
    // In the order of the outcomes, and none that is unknown.
    for (from, to, key) in [
        ("clicks_library: 5\nclicks_embedded: 6\n", "clicks_embedded: 6\nclicks_library: 5\n", "clicks_organic"),
        ("clicks_embedded: 6\n", "clicks_unheard: 6\n", "clicks_organic"),
        ("clicks_library: 5", "clicks_library: 05", "clicks_library"),
        ("clicks_library: 5", "clicks_library: x", "clicks_library"),
        ("clicks_bot: 0\n", "", "clicks_bot"),
    ] {
        let text = later.replacen(from, to, 1);
        assert_eq!(ClosingRecord::parse(&text).unwrap_err().key, key, "{to}");
    }
}

#[test]
fn a_text_in_another_form_is_rejected_with_its_line() {
    let error = |text: &str| ClosingRecord::parse(text).unwrap_err().key;
    for (from, to, key) in [
        ("number: 1\n", "number: 01\n", "number"),
        ("number: 1\n", "number: +1\n", "number"),
        ("partner: first\n", "partner: unknown\n", "partner"),
        ("month: 2026-10\n", "month: 2026-1\n", "month"),
        ("zone: ", "zone:", "zone"),
        ("from_hour: 2026-10-01T07", "from_hour: 2026-10-01T7", "from_hour"),
        ("statements: 1 e2", "statements: 1 E2", "statements"),
        ("statements: 1 e2", "statements: e2", "statements"),
        ("clicks_bot: 0", "clicks_bot: -0", "clicks_bot"),
        ("clicks_head: 0\n", "", "clicks_head"),
        ("statement_revenue: 2305.78 USD", "statement_revenue: 2305.780 USD", "statement_revenue"),
        ("statement_revenue: 2305.78 USD", "statement_revenue: 2305.78", "statement_revenue"),
        ("status: within", "status: sold", "status"),
        ("reason: none", "reason: ", "reason"),
        ("closed: 2026-11-28", "closed: 2026-11-31", "closed"),
        ("previous: 0", "previous: ", "previous"),
    ] {
        let text = RECORD_1.replacen(from, to, 1);
        assert_ne!(text, RECORD_1, "{from}");
        assert_eq!(error(&text), key, "{to}");
    }
    assert_eq!(error(""), TITLE);
    assert_eq!(error(&RECORD_1.replace("closing 1", "closing 3")), TITLE);
    assert_eq!(error(&RECORD_1.replace("closing 1", "closing 2")), "tolerance");
    for text in [RECORD_1.to_owned() + "\n", RECORD_1.to_owned() + "more: 1\n", RECORD_1.replace('\n', "\r\n")] {
        assert_eq!(error(&text), "end of the record");
    }
    assert_eq!(error(RECORD_1.trim_end()), "end of the record");
}

#[test]
fn a_line_of_text_has_no_control_characters_and_no_spaces_at_its_ends() {
    for text in ["", " a", "a ", "a\nb", "a\u{0}", "a\tb", "\n"] {
        assert_eq!(TextLine::new(text), None, "{text:?}");
    }
    assert_eq!(TextLine::new("agreed by telephone").unwrap().to_string(), "agreed by telephone");
}

/// A record of version 2, as this version signs it. Its form must never change.
const RECORD_VERSION_2: &str = include_str!("../golden/record-version-2.txt");

fn record_version_2() -> ClosingRecord {
    let line = |text: &str| TextLine::new(text).unwrap();
    let accepted =
        |condition, extent: &str, reason: &str| Accepted { condition, extent: line(extent), reason: line(reason) };
    let stated = |is_mapped, code: &str, currency, revenue: Told| StatedSums {
        is_mapped,
        code: code.to_owned(),
        currency: Currency::new(currency),
        rows: 31,
        clicks: Told { sum: 7_438, rows: 31 },
        searches: Told { sum: 0, rows: 0 },
        revenue,
    };
    let file = |name: &str| FileDigest { name: name.to_owned(), sha256: Sha256Digest::of(name) };
    let key = VerifyingKey::parse(KEY).unwrap().key_text();
    let books = BooksState {
        key,
        last_statement: 2,
        last_event: 3,
        accepted: vec![
            accepted(Condition::Unmapped, "31 rows for 1 codes", "a test channel; agreed"),
            accepted(Condition::Currencies, "money in EUR and USD", "the partner moved"),
        ],
        stated: vec![
            stated(true, "QX1", "USD", Told { sum: 2_305_780_000, rows: 31 }),
            stated(true, "QX1", "EUR", Told { sum: -1, rows: 30 }),
            stated(false, "a, code \"b\": \n", "", Told::default()),
        ],
        files: vec![file("counts.csv"), file("journal.hledger")],
        archive_sha256: Sha256Digest::of("archive"),
    };
    let details = ClosingDetails { tolerance: Tolerance::default(), is_direct: false, difference: Some(2), books };
    ClosingRecord { statement_revenue: None, details: Some(details), ..record_1() }
}

#[test]
fn the_form_of_version_2_never_changes() {
    assert_eq!(record_version_2().text(), RECORD_VERSION_2);
    assert_eq!(ClosingRecord::parse(RECORD_VERSION_2), Ok(record_version_2()));
    for line in RECORD_VERSION_2.lines() {
        // A line that is changed, missing or doubled is found, by its key or by the signature only.
        let key = line.split(':').next().unwrap();
        let without = RECORD_VERSION_2.replacen(&format!("{line}\n"), "", 1);
        let is_repeated = matches!(key, "accepted" | "stated" | "file");
        assert_eq!(ClosingRecord::parse(&without).is_ok(), is_repeated, "{line}");
        let wrong = RECORD_VERSION_2.replacen(line, &format!("{key}: ?"), 1);
        assert!(ClosingRecord::parse(&wrong).is_err() || matches!(key, "zone" | "reason" | "versions"), "{line}");
    }
}
