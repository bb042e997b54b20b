//! `qsproxy payments`: imports, adds, withdraws and lists partners' payments.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use jiff::civil::Date;

use crate::billing::closing::record_text::TextLine;
use crate::billing::contract::Contract;
use crate::billing::digest::Sha256Digest;
use crate::billing::settlement::bank_file::amount::parse_with_currency;
use crate::billing::settlement::bank_file::{self, MAX_BYTES};
use crate::billing::settlement::booking::{Booking, book};
use crate::billing::settlement::minor_unit::amount_text;
use crate::billing::settlement::payer::{AssignedPayments, Payer, assign};
use crate::billing::settlement::payment::{MAX_REFERENCE_CHARS, Money, Payment, StoredPayment};
use crate::billing::store::{BillingStore, NewPayment};
use crate::cli::billing::{find_recorded_contract, open_store, parse_month};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, OutputFormat, print, render_table};
use crate::config::Config;
use crate::report::table::{Table, TableValue};
use crate::storage::error::StoreError;
use crate::time;

/// Subcommands of `payments`.
#[derive(Debug, Subcommand)]
pub enum Payments {
    /// Import payments from a bank statement (camt.053) or a table (CSV)
    Import(PaymentImport),
    /// Add a payment by hand
    Add(PaymentAddition),
    /// Withdraw a payment that was entered by mistake; it stays in the list
    Withdraw {
        /// The number of the payment
        number: i64,
        /// Why, in one line
        #[arg(long)]
        reason: String,
    },
    /// List the payments
    List {
        /// Only this partner
        #[arg(long)]
        partner: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value = "table")]
        format: OutputFormat,
    },
}

/// Arguments of `payments import`.
#[derive(Debug, Args)]
pub struct PaymentImport {
    /// The bank's file
    file: PathBuf,
    /// The partner that paid; without it, each entry of a bank statement is of the partner whose `payer` it names
    #[arg(long)]
    partner: Option<String>,
    /// Leave out payments that another file brought already
    #[arg(long)]
    skip_known: bool,
    /// Show what would be imported, and import nothing
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `payments add`.
#[derive(Debug, Args)]
pub struct PaymentAddition {
    /// The partner that paid
    #[arg(long)]
    partner: String,
    /// The day on which the bank booked it, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    date: String,
    /// What it settles, such as "1000.00 USD"; negative if it was taken back
    #[arg(long, allow_hyphen_values = true)]
    amount: String,
    /// What arrived, if that is another amount or currency, such as "920.10 EUR"
    #[arg(long, allow_hyphen_values = true)]
    received: Option<String>,
    /// The reference, which no other payment of the partner has
    #[arg(long)]
    reference: String,
    /// The month that it pays, YYYY-MM; without it, the oldest open one
    #[arg(long)]
    month: Option<String>,
}

/// Runs a subcommand of `payments`.
///
/// # Errors
/// A rejected file, with every issue; an invalid argument; a store that cannot be opened or written.
pub fn run(path: &Path, command: &Payments) -> anyhow::Result<CommandOutcome> {
    let config = load_config(path)?;
    match command {
        Payments::Import(arguments) => import(&config, arguments),
        Payments::Add(arguments) => add(&config, arguments),
        Payments::Withdraw { number, reason } => withdraw(&config, *number, reason),
        Payments::List { partner, format } => list(&config, partner.as_deref(), *format),
    }
}

fn import(config: &Config, arguments: &PaymentImport) -> anyhow::Result<CommandOutcome> {
    let PaymentImport { file, partner, skip_known, dry_run } = arguments;
    let name = file.display().to_string();
    let refuse = |issues: Vec<String>| {
        let lines: Vec<String> = issues.iter().map(|issue| format!("{name}: {issue}")).collect();
        anyhow!("{}\nqsproxy: nothing was imported from {name}", lines.join("\nqsproxy: "))
    };
    let bytes = read(file)?;
    let contracts = match partner {
        Some(partner) => vec![find_recorded_contract(config, &open_store(config)?, partner)?],
        None => config.contracts.clone(),
    };
    // The rows of a table are all of the partner that is named; a bank statement has payments of others, too.
    let is_table = !bank_file::is_xml(&bytes);
    if partner.is_none() && is_table {
        bail!("{name}: a table does not say who paid; name the partner with --partner");
    }
    let payers: Vec<Payer<'_>> = contracts
        .iter()
        .map(|contract| Payer { partner: &contract.partner, known_as: payers(contract) })
        .filter(|payer| is_table || !payer.known_as.is_empty())
        .collect();
    if payers.is_empty() {
        bail!(
            "{name}: {} payer = \"…\"; add the names or IBANs of whoever pays",
            match partner {
                Some(partner) => format!("[[partner]] {partner} has no"),
                None => "no [[partner]] has".to_owned(),
            }
        );
    }
    let entries = bank_file::read(&bytes, &config.payments).map_err(refuse)?;
    let (pending, debits, zeros) = (entries.pending, entries.debits, entries.zeros);
    let all = payers.iter().map(|payer| Payer { known_as: if is_table { &[] } else { payer.known_as }, ..*payer });
    let assigned = assign(entries.entries, &all.collect::<Vec<_>>(), Some(Sha256Digest::of_bytes(&bytes)));
    let AssignedPayments { payments, others } = assigned.map_err(refuse)?;
    let faults = faults(&payments);
    if !faults.is_empty() {
        return Err(refuse(faults));
    }
    let mut output: String = payments.iter().map(payment_line).collect();
    for (n, what) in
        [(pending, "not booked yet"), (debits, "debits"), (zeros, "of an amount of zero"), (others, "of other payers")]
    {
        if n > 0 {
            output += &format!("ignored, since {what}: {n}\n");
        }
    }
    let booking = if *dry_run {
        book(&open_store(config)?.payments(None)?, payments, *skip_known).map_err(refuse)?
    } else {
        insert(&open_store(config)?, payments, *skip_known)?.map_err(refuse)?
    };
    output += &summary(&booking, *dry_run);
    print(&output)
}

/// Why payments cannot be booked.
fn faults(payments: &[NewPayment]) -> Vec<String> {
    let today = time::now().day().date();
    let fault = |new: &NewPayment| {
        let fault = new.payment.fault(today)?;
        Some(format!("the payment \"{}\": {fault}", new.payment.reference))
    };
    payments.iter().filter_map(fault).collect()
}

/// The names and IBANs under which a partner pays.
fn payers(contract: &Contract) -> &[String] {
    contract.agreement.as_ref().map_or(&[], |agreement| &agreement.payers)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let name = || file.display().to_string();
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    File::open(file).and_then(|open| open.take(limit + 1).read_to_end(&mut bytes)).with_context(name)?;
    if bytes.len() > MAX_BYTES {
        bail!("{}: the file has more than {MAX_BYTES} bytes; import the statements of shorter periods", name());
    }
    Ok(bytes)
}

/// Inserts what is new, in the transaction that reads what is known. The inner error lists what is refused.
fn insert(
    store: &BillingStore,
    payments: Vec<NewPayment>,
    skips_known: bool,
) -> Result<Result<Booking, Vec<String>>, StoreError> {
    store.transaction(|store| {
        let booking = book(&store.payments(None)?, payments, skips_known);
        if let Ok(booking) = &booking
            && !booking.new.is_empty()
        {
            store.insert_payments(&booking.new, time::now().day())?;
        }
        Ok(booking)
    })
}

fn payment_line(new: &NewPayment) -> String {
    let Payment { day, reference, settles, received, month } = &new.payment;
    let month = month.map_or(String::new(), |month| format!(" for {month}"));
    let received = if received == settles { String::new() } else { format!(", received as {}", money_text(*received)) };
    format!("{day} {}: {}{received}{month}, reference \"{reference}\"\n", new.partner, money_text(*settles))
}

fn money_text(money: Money) -> String {
    format!("{} {}", amount_text(money.amount, money.currency), money.currency.as_str())
}

fn summary(booking: &Booking, is_dry_run: bool) -> String {
    let Booking { new, known, withdrawn } = booking;
    let numbers = |numbers: &[i64]| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut text = String::new();
    if !known.is_empty() {
        text += &format!("imported before, as payment {}\n", numbers(known));
    }
    if !withdrawn.is_empty() {
        text += &format!(
            "imported before and withdrawn since, as payment {}; add them by hand if they are right\n",
            numbers(withdrawn)
        );
    }
    let noun = if new.len() == 1 { "payment" } else { "payments" };
    text + &match (new.len(), is_dry_run) {
        (0, _) => "nothing new was imported\n".to_owned(),
        (n, true) => format!("{n} {noun} would be imported; nothing was (--dry-run)\n"),
        (n, false) => format!("imported {n} {noun}\n"),
    }
}

fn add(config: &Config, arguments: &PaymentAddition) -> anyhow::Result<CommandOutcome> {
    let PaymentAddition { partner, date, amount, received, reference, month } = arguments;
    let store = open_store(config)?;
    let partner = find_recorded_contract(config, &store, partner)?.partner;
    let day = date.parse::<Date>().ok().filter(|day| day.to_string() == *date);
    let day = day.with_context(|| format!("--date {date}: this must be a day, YYYY-MM-DD"))?;
    let money =
        |option: &str, text: &str| parse_with_currency(text).map_err(|problem| anyhow!("{option} {text}: {problem}"));
    let settles = money("--amount", amount)?;
    let received = received.as_deref().map_or(Ok(settles), |text| money("--received", text))?;
    let month = month.as_deref().map(parse_month).transpose()?;
    let payment = Payment { day, reference: reference.clone(), settles, received, month };
    if let Some(fault) = payment.fault(time::now().day().date()) {
        bail!("nothing was added: {fault}");
    }
    let new = NewPayment { partner, file: None, payment };
    let line = payment_line(&new);
    let added = insert(&store, vec![new], false)?;
    added.map_err(|issues| anyhow!("nothing was added: {}", issues.join("; ")))?;
    print(&format!("{line}added\n"))
}

fn withdraw(config: &Config, number: i64, reason: &str) -> anyhow::Result<CommandOutcome> {
    let is_short = reason.chars().count() <= MAX_REFERENCE_CHARS;
    if TextLine::new(reason).filter(|_| is_short).is_none() {
        bail!("--reason: must be one line of 1 to {MAX_REFERENCE_CHARS} characters, without spaces at its ends");
    }
    let store = open_store(config)?;
    let withdrawn: Result<Option<StoredPayment>, StoreError> = store.transaction(|store| {
        let found = store.payments(None)?.into_iter().find(|stored| stored.number == number);
        if found.as_ref().is_some_and(|stored| stored.withdrawn.is_none()) {
            store.withdraw_payment(number, reason, time::now().day())?;
        }
        Ok(found)
    });
    match withdrawn? {
        None => bail!("there is no payment {number}; `qsproxy payments list` prints their numbers"),
        Some(StoredPayment { withdrawn: Some((day, _)), .. }) => {
            bail!("payment {number} was withdrawn before, on {day}")
        }
        Some(stored) => print(&format!(
            "payment {number} of {}, {}, is withdrawn\n",
            stored.partner,
            money_text(stored.payment.settles)
        )),
    }
}

fn list(config: &Config, partner: Option<&str>, format: OutputFormat) -> anyhow::Result<CommandOutcome> {
    let columns = &[
        "number",
        "partner",
        "date",
        "currency",
        "amount",
        "received_currency",
        "received",
        "reference",
        "month",
        "entered",
        "file",
        "withdrawn",
        "reason",
    ];
    let row = |stored: StoredPayment| {
        let StoredPayment { number, partner, file, entered, payment, withdrawn } = stored;
        let Payment { day, reference, settles, received, month } = payment;
        let (withdrawn, reason) =
            withdrawn.map_or((String::new(), String::new()), |(day, reason)| (day.to_string(), reason));
        let money = [settles, received]
            .into_iter()
            .flat_map(|money| [money.currency.as_str().to_owned(), amount_text(money.amount, money.currency)]);
        let ends = [
            crate::billing::csv_injection::escape(&reference).into_owned(),
            month.map_or(String::new(), |month| month.to_string()),
            entered.to_string(),
            file.map_or(String::new(), |file| file.to_string()),
            withdrawn,
            crate::billing::csv_injection::escape(&reason).into_owned(),
        ];
        let texts = [partner.to_string(), day.to_string()].into_iter().chain(money).chain(ends).map(TableValue::Text);
        std::iter::once(TableValue::Count(number.unsigned_abs())).chain(texts).collect()
    };
    let store = open_store(config)?;
    let partner = partner.map(|partner| find_recorded_contract(config, &store, partner)).transpose()?;
    let rows = store.payments(partner.as_ref().map(|contract| &contract.partner))?.into_iter();
    let table = Table { columns, rows: rows.map(row).collect() };
    print(&match format {
        OutputFormat::Table => format!("{}\n", render_table(&table)),
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => table.json(),
    })
}
