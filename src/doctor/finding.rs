//! What the examination found: one finding for each thing that was looked at.

use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As it should be.
    Fine,
    /// Worth knowing, and not wrong.
    Note,
    /// Wrong: somebody has to do something.
    Problem,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// Files on disk.
    Files,
    /// The store and the spool: reachable, intact, with room.
    Store,
    /// Tables, columns and values.
    Contents,
    /// The key ring and the key of closings.
    Keys,
    /// The clock.
    Clock,
    /// Partners' servers.
    Partners,
    /// The shared deduplication server.
    Dedupe,
    /// The machine: swap.
    Machine,
    /// Covert channels.
    Channels,
}

impl Section {
    /// The heading.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Store => "store",
            Self::Contents => "contents",
            Self::Keys => "keys",
            Self::Clock => "clock",
            Self::Partners => "partners",
            Self::Dedupe => "dedupe",
            Self::Machine => "machine",
            Self::Channels => "channels",
        }
    }
}

/// One finding. It names files, tables, columns and configured names; it never repeats a value that was found where only configured
/// ones should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub section: Section,
    /// Which file, table, partner or key.
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is so.
    pub found: String,
    /// What to do.
    pub remedy: Option<String>,
}

/// Collects findings.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Adds what is as it should be.
    pub fn fine(&mut self, section: Section, subject: impl ToString, found: impl ToString) {
        let (subject, found) = (subject.to_string(), found.to_string());
        self.0.push(Finding { section, subject, severity: Severity::Fine, found, remedy: None });
    }

    /// Adds what is worth knowing.
    pub fn note(&mut self, section: Section, subject: impl ToString, found: impl ToString) {
        let (subject, found) = (subject.to_string(), found.to_string());
        self.0.push(Finding { section, subject, severity: Severity::Note, found, remedy: None });
    }

    /// Adds what is wrong, and what to do about it.
    pub fn problem(&mut self, section: Section, subject: impl ToString, found: impl ToString, remedy: &str) {
        let (subject, found, remedy) = (subject.to_string(), found.to_string(), Some(remedy.to_owned()));
        self.0.push(Finding { section, subject, severity: Severity::Problem, found, remedy });
    }

    /// The number of findings of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|finding| finding.severity == severity).count()
    }
}
