//! One check of the audit: a function that panics if it finds something.

use std::process::Command;

/// The parts of `docs/privacy-requirements.md`, "How it is shown". Mutants are the fifth: see [`super::mutants`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Outward,
    Disk,
    Canaries,
    SystemCalls,
    SmallCells,
    PoisonedPartner,
}

impl Part {
    pub const ALL: [Part; 6] =
        [Part::Outward, Part::Disk, Part::Canaries, Part::SystemCalls, Part::SmallCells, Part::PoisonedPartner];

    /// Its heading in the document.
    pub fn heading(self) -> &'static str {
        match self {
            Part::Outward => "Outward noninterference",
            Part::Disk => "Disk noninterference",
            Part::Canaries => "Canaries",
            Part::SystemCalls => "System calls",
            Part::SmallCells => "Small cells",
            Part::PoisonedPartner => "Poisoned partner",
        }
    }
}

/// What a check needs beside Rust, a C compiler and curl. It is skipped without `--include-ignored`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Root,
    Faketime,
    Postgres,
    Redis,
    Strace,
    OpenSsl,
    /// A program that was built with the feature `fail-points`.
    FailPoints,
}

impl Need {
    /// Whether it is there whenever this binary runs, or never will be.
    fn is_installed(self) -> Option<bool> {
        match self {
            // Another program than the one that cargo built has no fail points.
            Need::FailPoints => Some(cfg!(feature = "fail-points") && std::env::var_os("QSPROXY_BIN").is_none()),
            Need::Root | Need::Faketime | Need::Postgres | Need::Redis | Need::Strace | Need::OpenSsl => None,
        }
    }
}

/// A check.
pub struct Check {
    pub name: &'static str,
    pub part: Part,
    pub needs: &'static [Need],
    pub run: fn(),
}

impl Check {
    /// Whether it can run; `include_ignored` says that everything is installed.
    pub fn can_run(&self, include_ignored: bool) -> bool {
        self.needs.iter().all(|need| need.is_installed().unwrap_or(include_ignored))
    }

    /// This binary as a process that runs this check and nothing else.
    pub fn command(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--run", self.name]);
        command
    }
}
