//! `qsproxy statement profile`: proposes how a file is read.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;

use crate::billing::contract::{CodeTag, Contract};
use crate::billing::profile_proposal::{self, KnownPartner, ProposalContext, ProposedProfile};
use crate::cli::billing::find_contract;
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::config::Config;
use crate::config::diagnostic::Diagnostic;

/// Arguments of `statement profile`.
#[derive(Debug, Args)]
pub struct ProfileFile {
    /// The file, exactly as the partner delivered it
    file: PathBuf,
    /// The partner's name in the configuration; without it, the one whose tags are in the file
    #[arg(long)]
    partner: Option<String>,
    /// The file in a ZIP file that is the statement; * stands for any text
    #[arg(long, value_name = "NAME")]
    member: Option<String>,
}

/// Prints a proposal for a file's profile; the outcome is a problem if the importer does not read the file with it. A configuration with
/// errors is no obstacle: whoever writes a profile is about to change it.
///
/// # Errors
/// The file cannot be read as a table, spreadsheet or JSON; `--partner` is not configured.
pub(super) fn propose_profile(config: &Path, arguments: &ProfileFile) -> anyhow::Result<CommandOutcome> {
    let ProfileFile { file, partner, member } = arguments;
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let contracts = match (load_config(config), partner) {
        (Ok(config), Some(partner)) => vec![find_contract(&config, partner)?.clone()],
        (Ok(config), None) => config.contracts,
        (Err(error), Some(_)) => return Err(error),
        (Err(error), None) => {
            // The proposal does not depend on standard error.
            let _ = writeln!(std::io::stderr(), "qsproxy: the partner is not looked up: {error:#}");
            Vec::new()
        }
    };
    let known = |contract: &Contract| {
        let (code_names, tags): (Vec<&CodeTag>, Vec<&CodeTag>) =
            contract.tags.iter().flatten().partition(|tag| tag.tag == tag.code.as_str());
        let names = |tags: Vec<&CodeTag>| tags.into_iter().map(|tag| tag.tag.clone()).collect();
        KnownPartner { name: contract.partner.to_string(), tags: names(tags), code_names: names(code_names) }
    };
    let partners: Vec<KnownPartner> = contracts.iter().map(known).collect();
    let parse = |keys: &str| {
        let lines =
            |mistakes: Vec<Diagnostic>| mistakes.iter().map(|mistake| format!("{mistake}\n")).collect::<String>();
        Config::parse_statement(keys).map_err(lines)
    };
    let context =
        ProposalContext { partners: &partners, partner: partner.as_deref(), member: member.as_deref(), parse: &parse };
    let proposed = profile_proposal::propose(&bytes, &context);
    let ProposedProfile { text, is_read } = proposed.map_err(|message| anyhow!("{}: {message}", file.display()))?;
    let printed = print(&text)?;
    Ok(if is_read { printed } else { CommandOutcome::ProblemFound })
}
