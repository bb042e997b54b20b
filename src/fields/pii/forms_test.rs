//! Numbers, addresses and secrets in the forms of many countries, without a word before them.

use crate::fields::pii::{find, redact};

#[test]
fn recognizes_national_numbers_by_form_and_check_digit() {
    for number in [
        "784-1993-9384710-2",
        "20-12345678-6",
        "1237 010180",
        "7501010010",
        "11.444.777/0001-61",
        "4111/1111/1111/1111",
        "4111·1111·1111·1111",
        "4111,1111,1111,1111",
        "12.345.678-5",
        "710319/2745",
        "65170839J003",
        "37605030299",
        "29305180123456",
        "01018001238",
        "69435151530",
        "3273185805930004",
        "1234567T",
        "123456782",
        "BNZPM2501F",
        "HEGG560427MVZRRL04",
        "800101300125",
        "180593-19384",
        "930518-10-5384",
        "42101-9384710-3",
        "1800101123450",
        "0101006710000",
        "938-471-029 38",
        "S1234567D",
        "1101700203450",
        "1-1017-00203-45-0",
        "A123456789",
        "K938471(2)",
        "1EG4-TE5-MK73",
        "2a02:8108:9a40:1f3c:5d2e:77aa:1234:9b0c",
    ] {
        assert_eq!(find(number).len(), 1, "{number}");
        assert!(redact(number).is_some_and(|redacted| !redacted.contains(|c: char| c.is_ascii_digit())), "{number}");
    }
}

#[test]
fn recognizes_mobile_numbers_alone_as_their_country_writes_them() {
    for number in [
        "9384 7102",
        "603 938 471",
        "20 93 84 71",
        "912 93 847",
        "300 938 4710",
        "55 9384 7102",
        "987 938 471",
        "11 98384 7102",
        "11 15-9384-7102",
        "011 15 9384-7102",
        "06 30 938 4710",
        "8 701 938 47 10",
        "6938471025",
        "79938471029",
        "89938471029",
        "0509384710",
        "0171,9384710",
        "۰۹۱۲۹۳۸۴۷۱۲",
    ] {
        assert_eq!(redact(number).as_deref(), Some("[phone]"), "{number}");
    }
    for kept in [
        "2560 1440",
        "3840 2160",
        "7680 4320",
        "2.718281828",
        "3.141592653",
        "123 456 789",
        "1234-567-8901",
        "9876543210",
        "02139-4307",
        "12 18 24 30",
        "0101 1010 0110",
    ] {
        assert_eq!(redact(kept), None, "{kept}");
    }
}

#[test]
fn recognizes_addresses_and_secrets_in_unusual_forms() {
    for (text, expected) in [
        ("jane AT example DOT com", "[email]"),
        ("jean arobase exemple point fr", "[email]"),
        ("jan zavináč firma tečka cz", "[email]"),
        ("jane punto roe arroba example punto com", "[email]"),
        ("jane@[192.0.2.1]", "[email]"),
        ("jane[ät]example[punkt]de", "[email]"),
        ("\"jane roe\"@example.com", "[email]"),
        ("jane @ example.com", "[email]"),
        ("mail jane@example", "mail [email]"),
        ("@jane:example.org", "[email]"),
        ("mein passwort lautet Winter2025!", "mein passwort lautet [secret]"),
        ("heslo: zima2025", "heslo: [secret]"),
        ("رمز المرور: qwe12345", "رمز المرور: [secret]"),
        ("ο κωδικός μου είναι thalassa9", "ο κωδικός μου είναι [secret]"),
        ("הסיסמה שלי היא kelev99", "הסיסמה שלי היא [secret]"),
        ("jelszavam: kutya77", "jelszavam: [secret]"),
        ("密码是mima9988", "密码是[secret]"),
        ("password is abc12345 help", "password is [secret] help"),
        ("SK1234567890abcdef1234567890abcdef", "[secret]"),
        ("PuTTY-User-Key-File-2: ssh-rsa", "[secret]"),
        ("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong", "[secret]"),
        ("hauptstraße 12 12345 musterstadt", "[number] musterstadt"),
        ("12 rue de rivoli 75001 paris", "[number] paris"),
    ] {
        assert_eq!(redact(text).as_deref(), Some(expected), "{text}");
    }
    for kept in [
        "meet at example dot",
        "password is wrong",
        "npm i lodash@latest",
        "user@localhost",
        "look @ this",
        "hauptstraße 12",
        "main street 1950 2020",
    ] {
        assert_eq!(redact(kept), None, "{kept}");
    }
}
