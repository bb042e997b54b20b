//! Simpler designs, with the same people: each counts wrongly, and the real rules do not. A population with which all of them
//! were exact would prove nothing.

use std::sync::Arc;

use qsproxy::dedup::daily::DailyMarks;

use super::population::{DAYS, Outcome, Population};
use super::service::{DedupCheck, Design, shared_marks};

/// Runs one design: bursts of up to six pages, 2 % of responses lost, 3 % of the people without cookies.
fn run(design: Design, dedup: impl Fn() -> DedupCheck) -> Outcome {
    // The same scenario name for all designs, so that all get the same random numbers.
    let mut population =
        Population::new("variants", |service| (0..2).map(|_| service.node(design, 0, dedup())).collect());
    population.network.loss = 2;
    let blockers = population.members.len() * 3 / 100;
    population.members[..blockers].iter_mut().for_each(|member| member.browser.blocks_cookies = true);
    for day in 0..DAYS {
        for (at, who) in population.schedule(day) {
            let n = 1 + population.network.random.below(6);
            population.network.visit(&mut population.members[who].browser, at, n);
            if who >= blockers {
                population.record_visit(who, at.day());
            }
        }
    }
    population.finish()
}

#[test]
fn simpler_designs_miscount_where_the_real_rules_do_not() {
    let marks = Arc::new(DailyMarks::default());
    let real = run(Design::Real, || shared_marks(&marks));
    real.print("the real rules");
    real.errors.assert_none(&real.seed);
    let person_days = i64::try_from(real.oracle.person_days()).unwrap();

    let no_dedup = || -> DedupCheck { Box::new(|_, _| true) };
    for (variant, design, deduplicates) in [
        ("a plain cookie", Design::PlainCookie, false),
        ("without deduplication", Design::Real, false),
        ("without provisional stamps", Design::WithoutProvisionalStamps, true),
    ] {
        let own_marks = || shared_marks(&Arc::new(DailyMarks::default()));
        let wrong = run(design, || if deduplicates { own_marks() } else { no_dedup() });
        wrong.print(variant);
        for name in ["new", "daily", "rolling 7", "rolling 28", "rolling 30"] {
            assert!(wrong.errors.sum(name) > 0, "{}: {variant}: {name} is exact", wrong.seed);
        }
        // Not by a few: whoever opens several pages at once is counted for each, or becomes new again and again.
        let (error, least) = match variant {
            "without deduplication" => (wrong.errors.sum("daily"), person_days),
            _ => (wrong.errors.sum("new"), 60),
        };
        assert!(error > least, "{}: {variant}: only {error}", wrong.seed);
    }
}
