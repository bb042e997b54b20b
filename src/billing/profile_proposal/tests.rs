//! Proposals for files of every known source, and for ambiguous files.

use std::path::Path;
use std::rc::Rc;

use proptest::prelude::*;

use crate::billing::import::read;
use crate::billing::profile::Profile;
use crate::billing::profile_proposal::propose;
use crate::config::Config;

const PARTNER: &str = "[[code]]\nname = \"a\"\npartners = [\"p\"]\n[[partner]]\nname = \"p\"\nurl = \"https://p.example/\"\n\
    send = { keyword = \"q\" }\nresults = { list = \"/r\", title = \"/t\", url = \"/u\" }\n";

/// Parses a proposal as part of a configuration.
fn profile(proposal: &str) -> Result<Profile, String> {
    let config = Config::parse(&format!("{PARTNER}{proposal}"), Path::new("."));
    let config =
        config.map_err(|mistakes| mistakes.iter().map(|mistake| format!("{mistake}\n")).collect::<String>())?;
    Ok(config.contracts[0].profile.clone().unwrap())
}

fn clicks(bytes: &[u8], proposal: &str) -> Option<i64> {
    let statement = read(bytes, &profile(proposal).unwrap(), &Rc::default(), &mut || {}).unwrap();
    statement.rows.iter().map(|row| row.clicks).sum()
}

#[test]
fn a_proposal_reads_the_file_of_each_known_source() {
    for (name, bytes) in [
        ("adsense-api", &include_bytes!("../../../tests/statements/adsense-api.json")[..]),
        ("adsense-web", include_bytes!("../../../tests/statements/adsense-web.csv")),
        ("yahoo-hourly", include_bytes!("../../../tests/statements/yahoo-hourly.csv")),
        ("yahoo-type-tag", include_bytes!("../../../tests/statements/yahoo-type-tag.csv.gz")),
        ("microsoft", include_bytes!("../../../tests/statements/microsoft.csv")),
        ("yandex-direct", include_bytes!("../../../tests/statements/yandex-direct.tsv")),
        ("e-planning", include_bytes!("../../../tests/statements/e-planning.json")),
    ] {
        let proposal = propose(bytes).unwrap();
        // AdSense writes a word in the date of its totals; whoever sees the rejection adds it.
        let proposal = if name == "adsense-web" { proposal + "totals = \"Total\"\n" } else { proposal };
        assert_eq!(clicks(bytes, &proposal), Some(478), "{name}:\n{proposal}");
    }
}

#[test]
fn asks_what_the_file_cannot_show() {
    let proposal =
        propose(b"Day;Klicks;Umsatz (EUR);Kanal\n01/02/2026;1.234;12,50;x\n02/02/2026;2.345;1.000,00;x\n").unwrap();
    for line in [
        "delimiter = \";\"",
        "date = \"Day\"",
        "clicks = \"Klicks\"",
        "revenue = \"Umsatz ({currency})\"",
        "# date_format = \"%d/%m/%Y\"",
        "# date_format = \"%m/%d/%Y\"",
        "decimal_mark = \",\"",
        "group_mark = \".\"",
        "# Not used: \"Kanal\"",
    ] {
        assert!(proposal.lines().any(|found| found == line), "{line} is not in\n{proposal}");
    }
    assert!(profile(&proposal).is_ok(), "{proposal}");
    let day = propose(b"Date,Clicks\n13/02/2026,1\n").unwrap();
    assert!(day.contains("\ndate_format = \"%d/%m/%Y\"\n"), "there is no 13th month: {day}");
    let unclear = propose(b"Date,Clicks\n2026-02-01,\"1,234\"\n").unwrap();
    assert!(unclear.contains("# ask: does \",\" separate decimals or thousands?"), "{unclear}");
    assert!(propose(b"Name,Value\na,b\n").unwrap().contains("# ask: no column looks like the clicks"));
    for bytes in [&b""[..], b"\n\n", b"one\ntwo\n", b"{", b"\xff\x00\x01", b"42"] {
        assert!(propose(bytes).is_err(), "{bytes:?}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "[\\[\\]{}\":,;a-zA-Z0-9\n\t. ]{0,200}") {
        drop(propose(&bytes));
        drop(propose(text.as_bytes()));
    }

    #[test]
    fn a_proposal_is_always_toml(header in proptest::collection::vec("[ -~äß\t]{1,12}", 2..6)) {
        let quoted: Vec<String> = header.iter().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
        if let Ok(proposal) = propose(format!("{}\n1,2,3,4,5\n", quoted.join(",")).as_bytes()) {
            let found = profile(&proposal);
            let not_toml = found.err().is_some_and(|mistakes| mistakes.contains("this is not TOML"));
            prop_assert!(!not_toml, "{proposal}");
        }
    }
}
