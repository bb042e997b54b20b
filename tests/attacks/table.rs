//! The table.

use std::fmt::Write as _;

use crate::measure::Outcome;

/// One line for the terminal while rows run.
pub fn progress(outcome: &Outcome) -> String {
    let verdict = if outcome.broken.is_empty() { "holds" } else { "DOES NOT HOLD" };
    format!("{:<28} {verdict} {} {}", outcome.name, cells(outcome).join(" | "), outcome.broken.join("; "))
}

/// The table in Markdown, and below it what does not hold.
pub fn markdown(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| attack | bystander's p50, ms | p99, ms | ratio | answered | memory, MiB | descriptors | CPU | besides |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        writeln!(text, "| {} (`{}`) | {} |", outcome.text, outcome.name, cells(outcome).join(" | ")).unwrap();
    }
    for outcome in outcomes {
        for broken in &outcome.broken {
            write!(text, "\nDoes not hold: `{}`: {broken}", outcome.name).unwrap();
        }
    }
    text
}

fn cells(outcome: &Outcome) -> Vec<String> {
    vec![
        format!("{:.1} → {:.1}", outcome.p50.0, outcome.p50.1),
        format!("{:.1} → {:.1}", outcome.p99.0, outcome.p99.1),
        format!("{:.1}", outcome.ratio),
        format!("{} of {}", outcome.answered, outcome.asked),
        format!("{} → {} (≤ {})", outcome.memory_before_mib, outcome.memory_peak_mib, outcome.memory_bound_mib),
        outcome.descriptors.to_string(),
        format!("{:.0} %", outcome.processor_share * 100.0),
        outcome.besides.clone(),
    ]
}
