//! Reads the file of a statement, with its progress on a terminal.

use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, bail};

use crate::billing::import::{self, ImportError, Progress};
use crate::billing::profile::Profile;
use crate::billing::statement::Statement;

/// The size in bytes from which an import shows its progress. Smaller files take less than a second.
const PROGRESS_FROM: u64 = 8 << 20;

/// Reads a file.
///
/// # Errors
/// It cannot be read, or is rejected: a line for each issue.
pub(super) fn read(file: &Path, profile: &Profile) -> anyhow::Result<Statement> {
    let name = file.display();
    let open = File::open(file).with_context(|| name.to_string())?;
    let size = open.metadata().with_context(|| name.to_string())?.len();
    let progress = Rc::new(Progress::default());
    let shows_progress = size >= PROGRESS_FROM && std::io::stderr().is_terminal();
    let mut shown_percent = 0;
    let mut on_row = || {
        let percent = progress.bytes_read.get().saturating_mul(100) / size.max(1);
        if shows_progress && percent > shown_percent {
            shown_percent = percent;
            // The import goes on if the terminal is gone.
            let _ = write!(std::io::stderr(), "\r{name}: {percent} %");
        }
    };
    let result = import::read(open, profile, &progress, &mut on_row);
    if shown_percent > 0 {
        let _ = writeln!(std::io::stderr());
    }
    match result {
        Ok(statement) => Ok(statement),
        Err(ImportError::File(error)) => Err(error).with_context(|| name.to_string()),
        Err(ImportError::Rejected(issues)) => {
            let lines: Vec<String> = issues.iter().map(|issue| format!("{name}: {issue}")).collect();
            bail!("{}", lines.join("\nqsproxy: "))
        }
    }
}
