//! `qsproxy payout`: writes the statement of a payee.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::billing::contract::Contract;
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
        let is_closed = settlement.revenue.iter().any(|of| of.month == month && !of.records.is_empty());
        let is_named = payout.not_closed.contains(&contract.partner);
        if !is_closed && !is_named && has_traffic(&store, contract, payee, month)? {
            payout.not_closed.push(contract.partner.clone());
        }
    }
    let waiting: Vec<&str> = payout.not_closed.iter().map(|partner| partner.as_str()).collect();
    let waiting = waiting.join(", ");
    if !waiting.is_empty() && !draft {
        print(&format!("nothing was written: {month} is not closed for {waiting}; close it, or use --draft\n"))?;
        return Ok(CommandOutcome::ProblemFound);
    }
    let open: Vec<&String> = payout.not_known.iter().chain(&payout.without_rate).collect();
    if !open.is_empty() && !draft {
        let why: String = open.iter().map(|problem| format!("nothing was written: {problem}\n")).collect();
        print(&format!("{why}or use --draft, which leaves the amount open\n"))?;
        return Ok(CommandOutcome::ProblemFound);
    }
    if payout.parts.is_empty() {
        bail!("--month {month}: no statement has revenue for the codes of {payee}");
    }
    let sender = config.service.identity.sender();
    let heading = PayoutHeading { sender: &sender, payee, month, is_draft: !waiting.is_empty() || !open.is_empty() };
    std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    let page = payout_page::page(&heading, &payout).context("the amounts are too large to be added up")?;
    write_file(&out.join("payout.csv"), &payout_page::csv(&heading, &payout)?)?;
    write_file(&out.join("payout.html"), &page)?;
    let totals = payout.totals().context("the amounts are too large to be added up")?;
    let total = |(currency, sum)| format!("{payee} {month}: {} {}\n", amount_text(sum, currency), currency.as_str());
    let mut text: String = totals.into_iter().map(total).collect();
    text.extend(open.iter().map(|problem| format!("a draft: {problem}\n")));
    if !waiting.is_empty() {
        text += &format!("a draft: not closed for {waiting}\n");
    }
    print(&format!("{text}written to {}\n", out.display()))
}

fn check_payee(contracts: &[Contract], settlements: &[PartnerSettlement], payee: &str) -> anyhow::Result<()> {
    let configured = contracts.iter().filter_map(|contract| contract.agreement.as_ref());
    let configured = configured.flat_map(|agreement| &agreement.payees);
    let signed = settlements.iter().flat_map(|settlement| &settlement.revenue);
    let signed = signed.filter_map(|month| month.agreement.as_ref()).flat_map(|agreement| &agreement.payees);
    let mut names: Vec<&str> = configured.chain(signed).map(|tag| tag.code.payee.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names.contains(&payee) {
        true => Ok(()),
        false if names.is_empty() => bail!("--payee {payee}: no [[code]] has payee = {{ … }}"),
        false => bail!("--payee {payee}: no [[code]] has such a payee; choose one of {}", names.join(", ")),
    }
}

/// Whether we counted paid clicks of the payee's codes at a partner, or answered searches if its clicks are not counted here, so that there
/// is something to state.
fn has_traffic(store: &BillingStore, contract: &Contract, payee: &str, month: YearMonth) -> anyhow::Result<bool> {
    let Some(zone) = &contract.zone else { return Ok(false) };
    let Some(agreement) = &contract.agreement else { return Ok(false) };
    let of_payee: Vec<&str> =
        agreement.payees_of(month).filter(|tag| tag.code.payee == payee).map(|tag| tag.code.code.as_str()).collect();
    let counts = store.hourly_counts(&contract.partner, &month.hours(zone))?;
    let is_theirs = |code: &str| of_payee.contains(&code);
    let has_clicks = counts.clicks.iter().any(|count| count.is_paid() && is_theirs(&count.code));
    let has_searches = counts.searches.iter().any(|count| count.outcome.is_answer() && is_theirs(&count.code));
    Ok(has_clicks || contract.is_direct && has_searches)
}
