//! The published list of kinds and countries is true of the detectors, and the page in `docs/` says the same.

use crate::fields::pii::coverage::coverage;
use crate::fields::pii::find;

const WORDS: &str = include_str!("words.tsv");
const PLANS: &str = include_str!("numbering_plans.tsv");
const PAGE: &str = include_str!("../../../docs/personal-data.md");

#[test]
fn every_line_of_the_tables_is_listed() {
    let coverage = coverage();
    for line in WORDS.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (class, name, countries) = (columns[0], columns[1], columns[2]);
        let listed = match class {
            "filler" => continue,
            "harmless" | "product" => coverage.kept.contains(&name),
            _ => coverage.after_a_word.iter().any(|number| {
                let listed = number.countries.as_ref().map_or("all".to_owned(), |countries| countries.join(", "));
                number.number == name && listed == countries
            }),
        };
        assert!(listed, "{name}, {countries}");
    }
    for region in PLANS.lines().skip(1).flat_map(|line| line.split('\t').nth(1).unwrap().split(',')) {
        assert!(region.is_empty() || coverage.telephone_numbers.contains(&region), "{region}");
    }
}

#[test]
fn listed_countries_are_recognized() {
    let coverage = coverage();
    for (country, iban) in [
        ("DE", "DE89370400440532013000"),
        ("GB", "GB29NWBK60161331926819"),
        ("NO", "NO9386011117947"),
        ("SA", "SA0380000000608010167519"),
    ] {
        assert!(coverage.bank_accounts.iter().any(|listed| listed == country) && find(iban).len() == 1, "{country}");
    }
    assert!(coverage.bank_accounts.len() > 70, "{}", coverage.bank_accounts.len());
    for no_iban in ["US", "CN", "AA"] {
        assert!(!coverage.bank_accounts.iter().any(|listed| listed == no_iban), "{no_iban}");
    }
    for (country, number) in [
        ("US", "219-09-9999"),
        ("DK", "070761-4285"),
        ("RS", "0101990710008"),
        ("PK", "35202-1234567-1"),
        ("RU", "112-233-445 95"),
    ] {
        assert!(coverage.national_numbers.contains(&country) && find(number).len() == 1, "{country}");
    }
    assert_eq!(coverage.national_numbers_alone, ["GE", "IL"]);
}

#[test]
fn the_page_in_docs_lists_the_same() {
    let coverage = coverage();
    for number in &coverage.after_a_word {
        let countries = number.countries.as_ref().map_or("all".to_owned(), |countries| countries.join(", "));
        let row = format!("| {} | {countries} |", number.number);
        assert!(PAGE.lines().any(|line| line == row), "docs/personal-data.md lacks {row}");
    }
    let table = PAGE.lines().skip_while(|line| *line != "| number | countries |").skip(2);
    assert_eq!(table.take_while(|line| line.starts_with('|')).count(), coverage.after_a_word.len());
    let listed: Vec<&str> = coverage.national_numbers.to_vec();
    let text = PAGE.replace("\n  ", " ");
    assert!(text.contains(&format!("leave little doubt: {};", listed.join(", "))), "{}", listed.join(", "));
    for figures in coverage.measured {
        let numbers = [
            figures.without_personal_data,
            figures.taken_wrongly,
            figures.with_personal_data,
            figures.missed,
            figures.wrong_kind_or_extent,
        ];
        let end = numbers.map(|number| format!(" {number} |")).concat();
        assert!(PAGE.lines().any(|line| line.ends_with(&end)), "{end}");
    }
}
