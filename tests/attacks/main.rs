//! Attacks on the program, each while bystanders in other networks search: what they notice, and what it costs. Prints one table in
//! Markdown, and exits with 1 if a row does not hold.
//!
//! `ATTACKS=functional cargo test --test attacks -- [NAME…]` runs all rows, or those whose name contains one of the words. It judges that
//! bystanders are answered, memory, descriptors, and what each row promises besides. How much slower bystanders become is judged with
//! `ATTACKS=timing`, which wants an optimized program (`QSPROXY_BIN`) and a quiet machine. Then each row has several rounds, each a usual
//! phase and an attack, and the medians of the rounds are judged. Without `ATTACKS` nothing runs, because it takes minutes.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod admin;
mod bystander;
mod connections;
mod frames;
mod hostile_partner;
mod http2;
mod measure;
mod partners;
mod process;
mod requests;
mod row;
mod scenarios;
mod table;
mod target;

use std::process::ExitCode;

use row::Row;

/// Every row, in the order of the table.
fn all_rows() -> Vec<Row> {
    [connections::rows(), http2::rows(), requests::rows(), partners::rows(), admin::rows()]
        .into_iter()
        .flatten()
        .collect()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_given = |option: &str| arguments.iter().any(|one| one == option);
    let words: Vec<&String> = arguments.iter().filter(|one| !one.starts_with("--")).collect();
    let is_wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let mut rows = all_rows();
    rows.retain(|row| is_wanted(row.name));
    let scenarios = || scenarios::ALL.iter().filter(|(name, ..)| is_wanted(name));
    if is_given("--list") {
        rows.iter().map(|row| row.name).chain(scenarios().map(|one| one.0)).for_each(|name| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let Some(plan) = measure::Plan::from_env() else {
        println!(
            "attacks: {} rows not run, because they take minutes; set ATTACKS=functional or ATTACKS=timing",
            rows.len()
        );
        return ExitCode::SUCCESS;
    };
    // A renamed row must not become one that is never run.
    let is_known = |word: &&&String| {
        all_rows()
            .iter()
            .map(|row| row.name)
            .chain(scenarios::ALL.iter().map(|one| one.0))
            .any(|name| name.contains(word.as_str()))
    };
    let unknown: Vec<_> = words.iter().filter(|word| !is_known(word)).collect();
    if !unknown.is_empty() {
        eprintln!("attacks: no row's name contains {unknown:?}; --list prints them");
        return ExitCode::FAILURE;
    }
    process::raise_open_files();
    let of_rows = rows.iter().map(|row| measure::run(row, &plan));
    let of_scenarios = scenarios().map(|(name, text, run)| measure::Outcome::of_scenario(name, text, run()));
    let outcomes: Vec<measure::Outcome> =
        of_rows.chain(of_scenarios).inspect(|outcome| eprintln!("{}", table::progress(outcome))).collect();
    println!("{}", table::markdown(&outcomes));
    if outcomes.iter().all(|outcome| outcome.broken.is_empty()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
