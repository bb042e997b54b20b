//! A proposal: keys with their values, questions, and ways to read the file that are open.

use std::fmt::Write as _;

use crate::billing::profile_proposal::shape::Setting;

/// A question with the settings of each answer.
#[derive(Clone)]
pub(super) struct OpenChoice {
    pub question: String,
    pub answers: Vec<Vec<Setting>>,
}

/// A line of a proposal.
#[derive(Clone)]
enum Line {
    Comment(String),
    Setting(Setting),
    OpenChoice(usize),
}

/// The lines of a proposal.
#[derive(Default, Clone)]
pub(super) struct Proposal {
    lines: Vec<Line>,
    pub choices: Vec<OpenChoice>,
}

impl Proposal {
    pub(super) fn comment(&mut self, text: &str) {
        self.lines.push(Line::Comment(one_line(text)));
    }

    /// Adds a question about the lines that follow.
    pub(super) fn ask(&mut self, question: &str) {
        self.comment(&format!("ask: {question}"));
    }

    /// Adds a key with a text as its value.
    pub(super) fn key(&mut self, key: &'static str, value: &str) {
        self.setting((key, toml_string(value)));
    }

    pub(super) fn setting(&mut self, setting: Setting) {
        self.lines.push(Line::Setting(setting));
    }

    pub(super) fn list(&mut self, key: &'static str, values: &[&str]) {
        let value = match values {
            [only] => toml_string(only),
            several => format!("[{}]", toml_list(several)),
        };
        self.setting((key, value));
    }

    /// Adds a question to which the file has no answer. None of the answers is a line of the proposal.
    pub(super) fn choose(&mut self, question: &str, answers: Vec<Vec<Setting>>) {
        self.lines.push(Line::OpenChoice(self.choices.len()));
        self.choices.push(OpenChoice { question: one_line(question), answers });
    }

    /// Sets the value of a key that has one, or adds it.
    pub(super) fn set(&mut self, key: &'static str, value: String) {
        for line in &mut self.lines {
            if let Line::Setting((known, old)) = line
                && *known == key
            {
                *old = value;
                return;
            }
        }
        self.setting((key, value));
    }

    /// Removes a key.
    pub(super) fn remove(&mut self, key: &str) {
        self.lines.retain(|line| !matches!(line, Line::Setting((known, _)) if *known == key));
    }

    /// Removes the choice that was added last.
    pub(super) fn forget_last_choice(&mut self) {
        self.choices.pop();
        let index = self.choices.len();
        self.lines.retain(|line| !matches!(line, Line::OpenChoice(choice) if *choice == index));
    }

    /// The keys without those of choices.
    pub(super) fn settings(&self) -> impl Iterator<Item = &Setting> {
        self.lines.iter().filter_map(|line| match line {
            Line::Setting(setting) => Some(setting),
            Line::Comment(_) | Line::OpenChoice(_) => None,
        })
    }

    /// Returns the text: TOML, a line for each key.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            // Writing to a String does not fail.
            let _ = match line {
                Line::Comment(comment) => writeln!(text, "# {comment}"),
                Line::Setting((key, value)) => writeln!(text, "{key} = {value}"),
                Line::OpenChoice(index) => {
                    text += &self.choices.get(*index).map_or(String::new(), OpenChoice::text);
                    Ok(())
                }
            };
        }
        text
    }
}

impl OpenChoice {
    pub(super) fn text(&self) -> String {
        let mut text = format!("# ask: {}\n", self.question);
        for (nth, answer) in self.answers.iter().enumerate() {
            if nth > 0 {
                text += "#   or\n";
            }
            text += &answer.iter().map(|(key, value)| format!("# {key} = {value}\n")).collect::<String>();
        }
        text
    }
}

/// Returns settings as lines of TOML.
pub(super) fn toml_lines<'s>(settings: impl Iterator<Item = &'s Setting>) -> String {
    settings.map(|(key, value)| format!("{key} = {value}\n")).collect()
}

/// A comment is one line, whatever the file has in its names.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
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
