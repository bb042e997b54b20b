//! `qsproxy payout`: writes the statement of a payee.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::billing::contract::Contract;
use crate::billing::settlement::agreement::Agreement;
use crate::billing::settlement::minor_unit::amount_text;
use crate::billing::settlement::partner::PartnerSettlement;
use crate::billing::settlement::payout::Payout;
use crate::billing::settlement::payout_page::{self, PayoutHeading};
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::cli::billing::{open_store, parse_month, write_file};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::time;

/// Arguments of `payout`.
#[derive(Debug, Args)]
pub struct PayoutArguments {
    /// The payee, by its name in [[code]] payee
    #[arg(long)]
    payee: String,
    /// The month, YYYY-MM
    #[arg(long)]
    month: String,
    /// The folder for payout.csv and payout.html, which is created if it does not exist
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Also write it while months are not closed; the statement is then marked as a draft
    #[arg(long)]
    draft: bool,
}

/// Writes the statement. Returns [`CommandOutcome::ProblemFound`] if a month is not closed and a draft was not asked for.
///
/// # Errors
/// An invalid argument, a store that cannot be read, or a folder that cannot be written.
pub fn run(path: &Path, arguments: &PayoutArguments) -> anyhow::Result<CommandOutcome> {
    let PayoutArguments { payee, out, draft, .. } = arguments;
    let config = load_config(path)?;
    let month = parse_month(&arguments.month)?;
    let store = open_store(&config)?;
    let contracts = Contract::all(&config.contracts, &store)?;
    let today = time::now().day().date();
    let settlement = |contract: &Contract| PartnerSettlement::read(&store, contract, today);
    let settlements = contracts.iter().map(settlement).collect::<Result<Vec<_>, _>>()?;
    check_payee(&contracts, &settlements, payee)?;
    let mut payout = Payout::default();
    for (contract, settlement) in contracts.iter().zip(&settlements) {
        payout.add(contract, settlement, payee, month).context("the amounts are too large to be added up")?;
        let is_known = settlement.revenue.iter().any(|of| of.month == month);
        if !is_known && has_clicks(&store, contract, payee, month)? {
            payout.not_closed.push(contract.partner.clone());
        }
    }
    let waiting: Vec<&str> = payout.not_closed.iter().map(|partner| partner.as_str()).collect();
    let waiting = waiting.join(", ");
    if !waiting.is_empty() && !draft {
        print(&format!("nothing was written: {month} is not closed for {waiting}; close it, or use --draft\n"))?;
        return Ok(CommandOutcome::ProblemFound);
    }
    if !payout.without_rate.is_empty() && !draft {
        let why: String =
            payout.without_rate.iter().map(|problem| format!("nothing was written: {problem}\n")).collect();
        print(&format!("{why}or use --draft, which leaves the amount in the payee's currency open\n"))?;
        return Ok(CommandOutcome::ProblemFound);
    }
    if payout.parts.is_empty() {
        bail!("--month {month}: no statement has revenue for the codes of {payee}");
    }
    let sender = config.service.identity.sender();
    let heading = PayoutHeading {
        sender: &sender,
        payee,
        month,
        is_draft: !waiting.is_empty() || !payout.without_rate.is_empty(),
    };
    std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    let page = payout_page::page(&heading, &payout).context("the amounts are too large to be added up")?;
    write_file(&out.join("payout.csv"), &payout_page::csv(&heading, &payout)?)?;
    write_file(&out.join("payout.html"), &page)?;
    let totals = payout.totals().context("the amounts are too large to be added up")?;
    let total = |(currency, sum)| format!("{payee} {month}: {} {}\n", amount_text(sum, currency), currency.as_str());
    let mut text: String = totals.into_iter().map(total).collect();
    text.extend(payout.without_rate.iter().map(|problem| format!("a draft: {problem}\n")));
    if !waiting.is_empty() {
        text += &format!("a draft: not closed for {waiting}\n");
    }
    print(&format!("{text}written to {}\n", out.display()))
}

fn check_payee(contracts: &[Contract], settlements: &[PartnerSettlement], payee: &str) -> anyhow::Result<()> {
    let configured = contracts.iter().filter_map(|contract| contract.agreement.as_ref());
    let configured = configured.flat_map(|agreement| &agreement.payees);
    let signed = settlements.iter().flat_map(|settlement| &settlement.revenue).flat_map(|month| &month.payees);
    let mut names: Vec<&str> = configured.chain(signed).map(|tag| tag.code.payee.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names.contains(&payee) {
        true => Ok(()),
        false if names.is_empty() => bail!("--payee {payee}: no [[code]] has payee = {{ … }}"),
        false => bail!("--payee {payee}: no [[code]] has such a payee; choose one of {}", names.join(", ")),
    }
}

/// Whether we counted paid clicks of the payee's codes at a partner, so that a statement must be missing.
fn has_clicks(store: &BillingStore, contract: &Contract, payee: &str, month: YearMonth) -> anyhow::Result<bool> {
    let Some(profile) = &contract.profile else { return Ok(false) };
    let Some(Agreement { payees, .. }) = &contract.agreement else { return Ok(false) };
    let is_theirs = |code: &str| payees.iter().any(|tag| tag.code.payee == payee && tag.code.code.as_str() == code);
    let counts = store.hourly_counts(&contract.partner, &month.hours(&profile.zone))?;
    Ok(counts.clicks.iter().any(|count| count.is_paid() && is_theirs(&count.code)))
}
