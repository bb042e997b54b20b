//! The table.

use std::fmt::Write as _;

use crate::measure::{Figures, Outcome};

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
    let mut cells = outcome.figures.as_ref().map_or_else(|| vec!["–".to_owned(); 7], figure_cells);
    cells.push(outcome.besides.clone());
    cells
}

fn figure_cells(figures: &Figures) -> Vec<String> {
    vec![
        format!("{:.1} → {:.1}", figures.p50.0, figures.p50.1),
        format!("{:.1} → {:.1}", figures.p99.0, figures.p99.1),
        format!("{:.1}", figures.ratio),
        format!("{} of {}", figures.answered, figures.asked),
        format!("{} → {} (≤ {})", figures.memory_before_mib, figures.memory_peak_mib, figures.memory_bound_mib),
        figures.descriptors.to_string(),
        format!("{:.0} %", figures.processor_share * 100.0),
    ]
}
