//! What one would build without thinking, before the same people: each variant is wrong, and the real rules are not. A
//! world that all of them survived would prove nothing.

use std::sync::Arc;

use qsproxy::dedup::daily::DailyMarks;

use super::crowd::{Crowd, DAYS, End};
use super::service::{IsFirst, Rules, remembering};

/// Plain people in bursts, 2 answers in 100 lost, 3 people in 100 without cookies.
fn world(rules: Rules, is_first: impl Fn() -> IsFirst) -> End {
    // One name, so that all variants meet the same chances.
    let mut crowd = Crowd::new("variants", |service| (0..2).map(|_| service.node(rules, 0, is_first())).collect());
    crowd.net.lost = 2;
    let blockers = crowd.people.len() * 3 / 100;
    crowd.people[..blockers].iter_mut().for_each(|(browser, _)| browser.blocks = true);
    for day in 0..DAYS {
        for (at, who) in crowd.agenda(day) {
            let n = 1 + crowd.net.random.below(6);
            crowd.net.visit(&mut crowd.people[who].0, at, n);
            if who >= blockers {
                crowd.saw(who, at.day());
            }
        }
    }
    crowd.end()
}

#[test]
fn naive_variants_fail_where_the_rules_do_not() {
    let memory = Arc::new(DailyMarks::default());
    let right = world(Rules::Real, || remembering(&memory));
    right.tell("the rules");
    right.errors.assert_none(&right.seed);
    let forgetful = || -> IsFirst { Box::new(|_, _| true) };
    for (variant, rules, remembers) in [
        ("a plain cookie", Rules::PlainCookie, false),
        ("without dedupe", Rules::Real, false),
        ("without two phases", Rules::OnePhase, true),
    ] {
        let wrong =
            world(rules, || if remembers { remembering(&Arc::new(DailyMarks::default())) } else { forgetful() });
        wrong.tell(variant);
        for name in ["new", "daily", "rolling 7", "rolling 28", "rolling 30"] {
            assert!(wrong.errors.sum(name) > 0, "{}: {variant} is wrong about {name}", wrong.seed);
        }
    }
}
