//! No file names a path of the machine it was made on.

use std::fs;

use crate::root;

#[test]
fn no_file_names_a_path_of_this_machine() {
    let tracked = std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(tracked.status.success(), "git ls-files fails");
    let home = std::env::var("HOME").unwrap_or_default();
    let places: Vec<String> =
        [home, root().display().to_string()].into_iter().filter(|place| place.len() > 2).collect();
    for name in String::from_utf8(tracked.stdout).unwrap().split('\0').filter(|name| !name.is_empty()) {
        let text =
            fs::read(root().join(name)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let line = text.lines().find(|line| places.iter().any(|place| line.contains(&format!("{place}/"))));
        assert_eq!(line, None, "{name} names a path of this machine");
    }
}
