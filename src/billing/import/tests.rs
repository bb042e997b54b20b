//! Files of any bytes: a statement or a refusal, and never a panic; and days on which clocks change.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::Config;

const PARTNER: &str = "[[code]]\nname = \"a\"\npartners = [\"p\"]\n[[partner]]\nname = \"p\"\nurl = \"https://p.example/\"\n\
    send = { keyword = \"q\" }\nresults = { list = \"/r\", title = \"/t\", url = \"/u\" }\n";

fn profile(text: &str) -> Profile {
    let config =
        Config::parse(&format!("{PARTNER}statement = {text}\n"), Path::new(".")).map_err(|found| format!("{found:?}"));
    config.unwrap().terms[0].profile.clone().unwrap()
}

fn read_all(bytes: &[u8], profile: &Profile) -> Result<Statement, Refused> {
    read(bytes, profile, &Rc::default(), &mut || {})
}

const FIXTURES: [(&str, &[u8]); 10] = [
    ("adsense-api", include_bytes!("../../../tests/statements/adsense-api.json")),
    ("adsense-csv", include_bytes!("../../../tests/statements/adsense-web.csv")),
    ("admob-csv", include_bytes!("../../../tests/statements/admob.tsv")),
    ("yahoo-hourly", include_bytes!("../../../tests/statements/yahoo-hourly.csv")),
    ("yahoo-type-tag", include_bytes!("../../../tests/statements/yahoo-type-tag.csv.gz")),
    ("system1", include_bytes!("../../../tests/statements/system1.json")),
    ("tonic", include_bytes!("../../../tests/statements/tonic.json")),
    ("microsoft", include_bytes!("../../../tests/statements/microsoft.csv")),
    ("yandex-direct", include_bytes!("../../../tests/statements/yandex-direct.tsv")),
    ("e-planning", include_bytes!("../../../tests/statements/e-planning.json")),
];

#[test]
fn an_hour_that_is_there_twice_counts_twice_on_the_day_it_is() {
    let profile = profile(r#"{ zone = "America/Los_Angeles", date = "d", hour = "h", clicks = "c" }"#);
    let file = |day: &str| format!("d,h,c\n{day},0,1\n{day},1,2\n{day},1,3\n{day},2,4\n");
    // Clocks go back at 2 o'clock on 2026-11-01.
    assert_eq!(read_all(file("2026-11-01").as_bytes(), &profile).unwrap().rows[0].clicks, Some(10));
    assert!(matches!(read_all(file("2026-11-02").as_bytes(), &profile), Err(Refused::Rejected(_))));
}

#[test]
fn every_source_is_read_whatever_its_marks() {
    for (preset, bytes) in FIXTURES {
        let statement = read_all(bytes, &profile(&format!("{{ preset = {preset:?} }}"))).unwrap();
        assert_eq!(statement.rows.len(), 5, "{preset}");
    }
    let utf16: Vec<u8> = "d;c\n2026-10-01;1\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let said = profile(r#"{ zone = "UTC", date = "D", clicks = "C", delimiter = ";", encoding = "utf-16be" }"#);
    assert_eq!(read_all(&utf16, &said).unwrap().rows[0].clicks, Some(1));
    let other = profile(r#"{ zone = "UTC", date = "D", clicks = "C", encoding = "utf-16le" }"#);
    assert!(read_all(b"\xef\xbb\xbfD,C\n2026-10-01,1\n", &other).is_err(), "the mark says otherwise");
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), which in 0..10_usize) {
        let (preset, _) = FIXTURES[which];
        drop(read_all(&bytes, &profile(&format!("{{ preset = {preset:?} }}"))));
    }

    #[test]
    fn no_changed_file_makes_it_panic(which in 0..10_usize, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>()) {
        let (preset, bytes) = FIXTURES[which];
        let mut bytes = bytes.to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let profile = profile(&format!("{{ preset = {preset:?} }}"));
        drop(read_all(&bytes, &profile));
        drop(read_all(&bytes[..cut.index(bytes.len())], &profile));
    }
}
