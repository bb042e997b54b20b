//! The circuit, with plain times and without a partner.

mod memory;

use proptest::prelude::*;

use super::*;

const RULES: CircuitRules = CircuitRules {
    min_calls: 10,
    failure_per_cent: 50,
    slow_after: Duration::from_secs(5),
    slow_per_cent: 80,
    window: Duration::from_secs(10),
    open: Duration::from_secs(5),
    max_open: Duration::from_secs(60),
    probes: 3,
};
/// The client of tests in which it makes no difference.
const CLIENT: CallerNumber = 1;
const FAILED: CallVerdict = CallVerdict::Failed { retry_after: None };
/// The longest wait with jitter, without `Retry-After`.
const LONGEST_WAIT: Duration = Duration::from_secs(75);

/// A circuit and a clock.
struct Bench {
    circuit: Circuit,
    now: Instant,
    jitter: u64,
}

impl Bench {
    fn new() -> Self {
        Self { circuit: Circuit::new(RULES), now: crate::time::instant(), jitter: 0 }
    }

    fn pass(&mut self, seconds: f64) {
        self.now += Duration::from_secs_f64(seconds);
    }

    fn end(&self, call: CircuitCall, verdict: CallVerdict, seconds: u64) -> CircuitChange {
        let jitter = self.jitter;
        let end = CallEnd { verdict, duration: Duration::from_secs(seconds), at: self.now };
        self.circuit.record(call, end, |bound| jitter % bound)
    }

    /// A request that starts and ends now; false if it is not sent.
    fn call(&self, verdict: CallVerdict) -> bool {
        self.call_of(CLIENT, verdict)
    }

    fn call_of(&self, client: CallerNumber, verdict: CallVerdict) -> bool {
        let call = self.circuit.admit(client, self.now);
        call.map(|call| self.end(call, verdict, 0)).is_some()
    }

    /// How many of these requests are sent, with a pause after each.
    fn calls(&mut self, n: u32, pause: f64, verdict: CallVerdict) -> u32 {
        (0..n).map(|_| (self.call(verdict), self.pass(pause)).0).filter(|is_sent| *is_sent).count().try_into().unwrap()
    }
}

#[test]
fn a_failing_partner_is_asked_min_calls_times() {
    let mut bench = Bench::new();
    assert_eq!(bench.calls(120, 0.01, FAILED), 10);
    assert_eq!(bench.circuit.state(), CircuitState::Open);
}

#[test]
fn a_hanging_partner_is_found_out_although_requests_are_rare() {
    let mut bench = Bench::new();
    assert_eq!(bench.calls(10, 2.0, FAILED), 10, "one after another, each with a timeout of two seconds");
    assert_eq!(bench.circuit.state(), CircuitState::Open);
}

#[test]
fn rare_failures_open_nothing() {
    let mut bench = Bench::new();
    assert_eq!(bench.calls(1_000, 7.0, FAILED), 1_000, "never ten within a minute");
}

#[test]
fn a_busy_partner_is_judged_by_the_last_seconds() {
    let mut bench = Bench::new();
    bench.calls(6_000, 0.01, CallVerdict::Good);
    let sent = bench.calls(2_000, 0.01, FAILED);
    assert!((400..=600).contains(&sent), "half of the last ten seconds: {sent}");
}

#[test]
fn below_the_percentages_nothing_opens() {
    let mut bench = Bench::new();
    for n in 0..5_000 {
        assert!(bench.call(if n % 9 < 4 { FAILED } else { CallVerdict::Good }), "{n}");
        let call = bench.circuit.admit(CLIENT, bench.now).unwrap();
        bench.end(call, CallVerdict::Good, if n % 2 == 0 { 5 } else { 0 });
        bench.pass(0.1);
    }
}

#[test]
fn slow_answers_open() {
    let bench = Bench::new();
    for _ in 0..10 {
        let call = bench.circuit.admit(CLIENT, bench.now).unwrap();
        bench.end(call, CallVerdict::Good, 5);
    }
    assert_eq!(bench.circuit.state(), CircuitState::Open);
}

#[test]
fn the_wait_doubles_up_to_its_limit_and_starts_again_after_a_recovery() {
    let mut bench = Bench::new();
    bench.calls(10, 0.0, FAILED);
    for seconds in [5.0, 10.0, 20.0, 40.0, 60.0, 60.0] {
        bench.pass(seconds - 0.001);
        assert!(bench.circuit.admit(CLIENT, bench.now).is_none(), "{seconds}");
        bench.pass(0.001);
        assert!(bench.call(FAILED), "{seconds}: one probe");
        assert!(!bench.call(FAILED), "{seconds}: it decides");
    }
    bench.pass(60.0);
    assert_eq!(bench.calls(3, 0.0, CallVerdict::Good), 3);
    assert_eq!(bench.circuit.state(), CircuitState::Closed);
    bench.calls(10, 0.0, FAILED);
    bench.pass(5.0);
    assert!(bench.call(FAILED));
}

#[test]
fn retry_after_is_heeded_and_bounded() {
    for (asked, heeded) in [(1, 5), (3_600, 3_600), (1_000_000_000, 3_600)] {
        let mut bench = Bench::new();
        let limited = CallVerdict::Failed { retry_after: Some(Duration::from_secs(asked)) };
        assert_eq!(bench.calls(120, 0.0, limited), 10);
        bench.pass(f64::from(heeded) - 0.001);
        assert!(!bench.call(limited), "{asked}");
        bench.pass(0.001);
        assert!(bench.call(limited), "{asked}");
        assert!(!bench.call(limited), "{asked}");
    }
}

#[test]
fn jitter_lengthens_the_wait_by_a_quarter_at_most() {
    let mut bench = Bench::new();
    bench.jitter = 1_250;
    bench.calls(10, 0.0, FAILED);
    bench.pass(6.249);
    assert!(!bench.call(FAILED));
    bench.pass(0.001);
    assert!(bench.call(FAILED));
}

#[test]
fn few_probes_are_sent_at_once_and_one_without_an_end_blocks_for_a_while_only() {
    let mut bench = Bench::new();
    bench.calls(10, 0.0, FAILED);
    bench.pass(5.0);
    let probes: Vec<_> = (0..9).filter_map(|_| bench.circuit.admit(CLIENT, bench.now)).collect();
    assert_eq!(probes.len(), 3);
    assert_eq!(probes.iter().filter(|probe| probe.is_first_probe).count(), 1);
    bench.end(probes[0], CallVerdict::Neutral, 0);
    assert!(bench.circuit.admit(CLIENT, bench.now).is_some(), "a probe that decides nothing returns its place");
    bench.end(probes[1], CallVerdict::Good, 0);
    assert!(bench.circuit.admit(CLIENT, bench.now).is_none(), "a good one does not");
    bench.pass(120.0);
    assert_eq!(bench.calls(3, 0.0, CallVerdict::Good), 3);
    assert_eq!(bench.circuit.state(), CircuitState::Closed);
}

#[test]
fn requests_of_an_earlier_state_decide_nothing() {
    let mut bench = Bench::new();
    let early: Vec<_> = (0..20).map(|_| bench.circuit.admit(CLIENT, bench.now).unwrap()).collect();
    bench.calls(10, 0.0, FAILED);
    bench.pass(5.0);
    assert_eq!(bench.calls(3, 0.0, CallVerdict::Good), 3);
    for call in early {
        bench.end(call, FAILED, 0);
    }
    assert_eq!(bench.circuit.state(), CircuitState::Closed);
}

#[test]
fn lasting_changes_are_reported_once_a_minute_at_most() {
    let mut bench = Bench::new();
    let mut reports = Vec::new();
    for second in 0..300 {
        if let Some(call) = bench.circuit.admit(CLIENT, bench.now) {
            let verdict = if second < 200 { FAILED } else { CallVerdict::Good };
            reports.extend(bench.end(call, verdict, 0).reported.map(|is_closed| (second, is_closed)));
        }
        bench.pass(1.0);
    }
    let [(opened, false), (closed, true)] = reports[..] else { panic!("{reports:?}") };
    assert_eq!(opened, 9);
    assert!((200..280).contains(&closed), "{reports:?}");
}

/// Searches of one client for which the partner fails, among those of others for which it does not.
#[test]
fn one_client_opens_nothing_while_others_get_answers() {
    for others in 1..4 {
        let mut bench = Bench::new();
        for n in 0..2_000_u64 {
            assert!(bench.call_of(0, FAILED) && bench.call_of(0, FAILED), "{n}");
            if n % 10 == 0 {
                assert!(bench.call_of(1 + n / 10 % others, CallVerdict::Good), "{n}");
            }
            bench.pass(0.05);
        }
        assert_eq!(bench.circuit.state(), CircuitState::Closed, "{others} others");
    }
}

#[test]
fn slow_answers_of_one_client_open_nothing_while_others_get_fast_ones() {
    let mut bench = Bench::new();
    for n in 0..1_000 {
        let call = bench.circuit.admit(n % 5 % 2, bench.now).unwrap();
        bench.end(call, CallVerdict::Good, if n % 5 % 2 == 0 { 9 } else { 0 });
        bench.pass(0.1);
    }
    assert_eq!(bench.circuit.state(), CircuitState::Closed);
}

#[test]
fn an_outage_that_one_client_sees_opens_for_it_alone() {
    let mut bench = Bench::new();
    assert_eq!(bench.calls(20, 0.0, FAILED), 10);
    assert!(bench.call_of(2, CallVerdict::Good), "somebody else comes and is let pass");
    assert_eq!(bench.circuit.state(), CircuitState::HalfOpen);
    assert!(!bench.call(FAILED), "the first client waits");
    assert!(bench.call_of(2, CallVerdict::Good) && bench.call_of(2, CallVerdict::Good));
    assert_eq!(bench.circuit.state(), CircuitState::Closed);
    bench.calls(40, 0.1, FAILED);
    assert!(bench.call_of(2, CallVerdict::Good), "closed or not");
}

#[test]
fn an_outage_that_two_clients_see_opens_for_all() {
    let bench = Bench::new();
    for n in 0..10 {
        assert!(bench.call_of(n % 2, FAILED));
    }
    assert!((0..9).all(|client| !bench.call_of(client, FAILED)));
    let mut bench = Bench::new();
    bench.calls(10, 0.0, FAILED);
    assert!(bench.call_of(2, FAILED), "it was open for the first client only");
    assert!((0..9).all(|client| !bench.call_of(client, FAILED)), "now for all");
    bench.pass(12.0);
    assert!(!bench.call_of(2, FAILED), "others probe first");
    assert!(bench.call_of(3, CallVerdict::Good) && bench.call_of(1, CallVerdict::Good));
}

#[test]
fn whose_probe_failed_probes_again_if_nobody_else_does() {
    let mut bench = Bench::new();
    for n in 0..10 {
        bench.call_of(n, FAILED);
    }
    bench.pass(5.0);
    assert!(bench.call(FAILED));
    bench.pass(10.0);
    assert!(!bench.call(FAILED));
    bench.pass(5.0);
    assert!(bench.call(CallVerdict::Good) && bench.call(CallVerdict::Good) && bench.call(CallVerdict::Good));
    assert_eq!(bench.circuit.state(), CircuitState::Closed);
}

#[test]
fn many_clients_open_it_by_percentage() {
    for (failing, opens) in [(30, false), (60, true)] {
        let mut bench = Bench::new();
        for n in 0..3_000_u64 {
            // Every client asks once, as on a busy service.
            bench.call_of(n, if n * 37 % 100 < failing { FAILED } else { CallVerdict::Good });
            bench.pass(0.01);
        }
        assert_eq!(bench.circuit.state() != CircuitState::Closed, opens, "{failing} per cent");
    }
}

#[test]
fn says_when_to_try_again() {
    let mut bench = Bench::new();
    assert_eq!(bench.circuit.wait(bench.now), Duration::ZERO);
    bench.calls(10, 0.0, FAILED);
    assert_eq!(bench.circuit.wait(bench.now), RULES.open);
    bench.pass(2.0);
    assert_eq!(bench.circuit.wait(bench.now), Duration::from_secs(3));
    bench.pass(60.0);
    assert_eq!(bench.circuit.wait(bench.now), Duration::ZERO);
    bench.circuit.admit(CLIENT, bench.now).unwrap();
    assert!(bench.circuit.wait(bench.now) > Duration::ZERO);
}

fn verdict() -> impl Strategy<Value = CallVerdict> {
    let retry_after = proptest::option::of((0..10_000_u64).prop_map(Duration::from_secs));
    prop_oneof![
        Just(CallVerdict::Good),
        Just(CallVerdict::Neutral),
        retry_after.prop_map(|retry_after| CallVerdict::Failed { retry_after }),
    ]
}

proptest! {
    /// Requests that start, end in any order or never, with any verdict.
    #[test]
    fn whatever_happened_probes_are_bounded_and_a_recovered_partner_is_asked_again(
        steps in proptest::collection::vec((0..40_u64, verdict(), 0..8_u64, any::<u64>(), any::<bool>()), 1..300),
        clients in 1..4_u64,
    ) {
        let mut bench = Bench::new();
        let mut running: Vec<CircuitCall> = Vec::new();
        for (tenths, verdict, seconds, random, ends) in steps {
            (bench.now, bench.jitter) = (bench.now + Duration::from_millis(tenths * 100), random);
            let call = bench.circuit.admit(random % clients, bench.now);
            prop_assert!(call.is_some() || bench.circuit.state() != CircuitState::Closed);
            running.extend(call);
            if ends && !running.is_empty() {
                let index = usize::try_from(random % u64::try_from(running.len()).unwrap()).unwrap();
                bench.end(running.swap_remove(index), verdict, seconds);
            }
            if bench.circuit.state() == CircuitState::HalfOpen {
                let more = (0..9).filter_map(|client| bench.circuit.admit(client, bench.now)).count();
                prop_assert!(more <= 3, "{more} probes more");
            }
        }
        bench.now += MAX_RETRY_AFTER + MAX_JITTER + RULES.open;
        let was_closed = bench.circuit.state() == CircuitState::Closed;
        bench.calls(3, 0.0, CallVerdict::Good);
        prop_assert!(was_closed || bench.circuit.state() == CircuitState::Closed);
    }

    /// One client that only fails, among others that only get answers, in any order and at any speed: nobody else is skipped.
    #[test]
    fn one_client_takes_the_partner_from_nobody_else(
        steps in proptest::collection::vec((0..30_u64, 0..4_u64, any::<u64>()), 1..400),
    ) {
        let mut bench = Bench::new();
        for (tenths, client, random) in steps {
            (bench.now, bench.jitter) = (bench.now + Duration::from_millis(tenths * 100), random);
            let is_sent = bench.call_of(client, if client == 0 { FAILED } else { CallVerdict::Good });
            prop_assert!(is_sent || client == 0);
        }
    }

    #[test]
    fn fewer_requests_than_min_calls_never_open(verdicts in proptest::collection::vec(verdict(), 0..10)) {
        let mut bench = Bench::new();
        for verdict in verdicts {
            prop_assert!(bench.call(verdict));
            bench.pass(0.5);
        }
        prop_assert_eq!(bench.circuit.state(), CircuitState::Closed);
    }

    #[test]
    fn neutral_requests_never_open(n in 0..1_000_u32, pause in 0.0..2.0) {
        prop_assert_eq!(Bench::new().calls(n, pause, CallVerdict::Neutral), n);
    }

    #[test]
    fn a_partner_that_is_back_is_asked_within_the_longest_wait(outage in 10..2_000_u32, jitter: u64) {
        let mut bench = Bench::new();
        bench.jitter = jitter;
        bench.calls(outage, 1.0, FAILED);
        let back = bench.now;
        while bench.circuit.state() != CircuitState::Closed {
            bench.call(CallVerdict::Good);
            bench.pass(1.0);
            prop_assert!(bench.now.duration_since(back) <= LONGEST_WAIT + Duration::from_secs(4));
        }
    }
}
