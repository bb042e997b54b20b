//! Each mutant is a feature, each feature that leaks is refused by release builds, and all of them are built together.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;

use crate::root;

#[test]
fn each_mutant_is_a_feature_that_release_builds_refuse() {
    let (manifest, list) =
        ["Cargo.toml", "src/mutants/list.rs"].map(|file| fs::read_to_string(root().join(file)).unwrap()).into();
    let features = manifest.split("[features]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let quoted = Regex::new(r#""([a-z-]+)""#).unwrap();
    let implied = |feature: &str| -> Vec<&str> {
        let line = Regex::new(&format!(r"(?m)^{feature} = \[([^]]*)\]")).unwrap();
        let list = line.captures(features).unwrap_or_else(|| panic!("no feature {feature}")).get(1).unwrap();
        quoted.captures_iter(list.as_str()).map(|found| found.get(1).unwrap().as_str()).collect()
    };
    let named = Regex::new(r#"= "(mutant-[a-z-]+)""#).unwrap();
    let mutants: BTreeSet<&str> = named.captures_iter(&list).map(|found| found.get(1).unwrap().as_str()).collect();
    assert!(mutants.len() >= 20, "{mutants:?}");
    assert_eq!(implied("mutants").into_iter().collect::<BTreeSet<_>>(), mutants);
    let declared: BTreeSet<&str> = features.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    let others = BTreeSet::from(["test-only", "fail-points", "mutants"]);
    assert_eq!(declared, &mutants | &others);
    for feature in mutants.iter().chain(&["fail-points"]) {
        assert_eq!(implied(feature), ["test-only"], "{feature}");
    }
}
