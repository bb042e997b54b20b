//! The text of a proposal: TOML, a line a key.

use std::fmt::Write as _;

/// The lines of a proposal.
#[derive(Default)]
pub(super) struct Proposal(String);

impl Proposal {
    pub(super) fn line(&mut self, line: &str) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    pub(super) fn comment(&mut self, text: &str) {
        self.line(&format!("# {text}"));
    }

    pub(super) fn key(&mut self, key: &str, value: &str) {
        self.line(&format!("{key} = {}", toml_string(value)));
    }

    pub(super) fn list(&mut self, key: &str, values: &[&str]) {
        self.line(&format!("{key} = [{}]", toml_list(values)));
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// Returns strings as the items of a TOML array.
pub(super) fn toml_list(values: &[&str]) -> String {
    values.iter().map(|value| toml_string(value)).collect::<Vec<_>>().join(", ")
}

/// Returns a basic string (TOML 1.0, "String"), with its quotation marks.
pub(super) fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                // Writing to a String does not fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
