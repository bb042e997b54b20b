//! The privacy audit (`docs/privacy-requirements.md`, "How it is shown"): nothing of a person reaches a partner except the six
//! fields, and nothing but counts reaches the disk. [`checks`] lists what is checked.
//!
//! - [`outbound_equality`]: requests that are equal in the six fields are equal at the partner, whatever else differs.
//! - [`store_equality`]: the same workload by different people leaves equal stores.
//! - [`every_path`]: canaries in every input on every path; then everything that comes out is searched.
//! - [`html_partner`]: the same with a partner that sends pages with canaries in every trick.
//! - [`lost_stores`], [`panics`], [`process`]: the same while a store is lost, code panics, or a signal ends the process.
//! - [`partner_side`], [`own_answers`], [`tls`]: sections C, E and A.
//! - [`system_calls`]: what the program writes and where it connects, under strace.
//! - [`small_cells`]: what few people did is neither stored nor shown.
//! - [`detector`]: the search finds what is planted, in every encoding and in every place.
//! - [`mutants`]: programs with a leak, on each of which the audit must fail.
//!
//! `cargo test --test audit -- [FILTER…]` runs the checks that need nothing installed, `--include-ignored` all of them, `--mutants` the mutants
//! after that (`scripts/audit` builds them), `--report FILE` writes the tables. Each check runs in a process of its own (`--run NAME`).
//!
//! To extend it: add a header to `ignored_input.rs` and `rows.rs`, an encoding to `encodings.rs`, a request to `cases.rs`, a place to search to
//! `sinks.rs`. Runs are random. Each prints its seed; `AUDIT_SEED=…` repeats one.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a test may fail loudly, and the support code serves more than one test binary"
)]

mod audit;
mod canary;
mod cases;
mod check;
mod checks;
mod coverage;
mod detector;
mod encodings;
mod every_path;
mod finder;
mod html_partner;
mod ignored_input;
mod keyword_variants;
mod leak_test;
mod lost_stores;
mod mutants;
mod options;
mod outbound_equality;
mod own_answers;
mod panics;
mod partner_side;
mod process;
mod raw_request;
mod report;
mod request_builder;
mod request_variants;
mod rows;
mod runner;
mod sinks;
mod small_cells;
mod store_equality;
mod system_call_log;
mod system_calls;
mod tls;
mod tls_listener;

use std::process::ExitCode;
use std::time::Instant;

use qsproxy::mutants::Mutant;
use strum::VariantArray as _;

use check::Check;
use mutants::MutantOutcome;
use options::Options;
use rows::Row;
use runner::{Job, Outcome};

fn main() -> ExitCode {
    let options = Options::from_arguments(std::env::args().skip(1));
    if let Some(name) = &options.run {
        let check = checks::ALL.iter().find(|check| check.name == *name).expect("a check with this name");
        (check.run)();
        coverage::print();
        return ExitCode::SUCCESS;
    }
    let names = checks::ALL.iter().map(|check| check.name);
    let unknown = options.unknown_words(names.chain(Mutant::VARIANTS.iter().map(|mutant| mutant.name())));
    if !unknown.is_empty() {
        eprintln!("audit: no check or mutant has a name with {}", unknown.join(", "));
        return ExitCode::from(2);
    }
    let wanted: Vec<&Check> = checks::ALL.iter().filter(|check| options.wants(check.name)).collect();
    if options.list {
        wanted.iter().for_each(|check| println!("{}: test", check.name));
        return ExitCode::SUCCESS;
    }
    let started = Instant::now();
    let wanted: Vec<&Check> = wanted.into_iter().filter(|check| check.can_run(options.include_ignored)).collect();
    let jobs: Vec<Job<'_>> = wanted.iter().map(|check| Job { check, env_vars: Vec::new() }).collect();
    let outcomes = runner::run(&jobs, options.threads, print_clean);
    let mut report = format!("{}\n{}", report::parts(&wanted, &outcomes), report::rows(&outcomes));
    let mut broken: Vec<String> =
        outcomes.iter().filter(|outcome| !outcome.passed).map(|outcome| format!("{} failed", outcome.check)).collect();
    if options.is_complete() {
        let without_case = Row::VARIANTS.iter().filter(|row| report::cases_of(**row, &outcomes) == 0);
        broken.extend(without_case.map(|row| format!("{:?} has no case", row.text())));
    }
    if options.mutants {
        let caught = run_mutants(&options);
        report = format!("{report}\n{}", report::mutants(&caught));
        let missed = caught.iter().filter(|outcome| !outcome.is_caught());
        broken.extend(missed.map(|outcome| format!("{} survives", outcome.mutant.name())));
        if options.is_complete() {
            let blind = mutants::parts_without_mutant(&caught);
            broken.extend(blind.iter().map(|part| format!("{} catches no mutant", part.heading())));
        }
    }
    report = format!("{report}\n{} checks, {} s\n", outcomes.len(), started.elapsed().as_secs());
    println!("\n{report}");
    if let Some(path) = &options.report {
        std::fs::write(path, &report).unwrap();
    }
    broken.iter().for_each(|line| println!("audit: {line}"));
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print_clean(_: &Job<'_>, outcome: &Outcome) {
    let verdict = if outcome.passed { "ok" } else { "FAILED" };
    println!("check {} ... {verdict} ({:.1} s)", outcome.check, outcome.time.as_secs_f64());
    if !outcome.passed {
        println!("{}", outcome.output);
    }
}

fn run_mutants(options: &Options) -> Vec<MutantOutcome> {
    if !cfg!(feature = "mutants") {
        panic!("this program has no mutants: scripts/audit builds one that has");
    }
    let selected = mutants::selected(|name| options.wants(name));
    let (of_jobs, jobs): (Vec<_>, Vec<_>) =
        mutants::jobs(&selected, checks::ALL).into_iter().map(|(mutant, job)| ((mutant, job.check.part), job)).unzip();
    let print = |job: &Job<'_>, outcome: &Outcome| {
        let verdict = if outcome.passed { "SURVIVES" } else { "caught" };
        println!("{} ... {verdict} by {} ({:.1} s)", job.env_vars[0].1, outcome.check, outcome.time.as_secs_f64());
    };
    let outcomes = runner::run(&jobs, options.threads, print);
    mutants::judge(&selected, &of_jobs, &outcomes)
}
