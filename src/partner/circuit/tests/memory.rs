//! What a circuit remembers of clients, and what ends it.

use super::*;
use crate::partner::circuit::call_window::LONGEST_WINDOW;

/// How many numbers of clients are remembered.
fn remembered_callers(circuit: &Circuit) -> usize {
    let phase = circuit.lock();
    let (in_window, in_state) = match &phase.state {
        PhaseState::Closed(_, callers) => (callers.len(), None),
        PhaseState::Open { only_for, .. } => (0, *only_for),
        PhaseState::HalfOpen { waits, .. } => (0, *waits),
    };
    in_window + usize::from(in_state.is_some()) + usize::from(phase.last_failed.is_some())
}

#[test]
fn clients_are_forgotten_with_the_window_although_nobody_searches() {
    let mut bench = Bench::new();
    bench.calls(5, 0.1, CallVerdict::Good);
    let ended = bench.now;
    assert_eq!(remembered_callers(&bench.circuit), 5);
    bench.circuit.forget_old(ended + RULES.window * LONGEST_WINDOW / 2);
    assert_eq!(remembered_callers(&bench.circuit), 5, "the longest window covers them");
    bench.circuit.forget_old(ended + RULES.window * LONGEST_WINDOW + RULES.window / 10);
    assert_eq!(remembered_callers(&bench.circuit), 0);
}

#[test]
fn whose_requests_failed_is_forgotten_with_the_numbers_of_clients() {
    // Open for one client only; half-open, with one that waits.
    for is_half_open in [false, true] {
        let mut bench = Bench::new();
        while bench.circuit.state() == CircuitState::Closed {
            bench.call_of(7, FAILED);
            bench.pass(0.1);
        }
        if is_half_open {
            let probe = bench.circuit.admit(8, bench.now).expect("others may probe");
            assert!(probe.is_first_probe);
        }
        assert_eq!(remembered_callers(&bench.circuit), 2);
        bench.circuit.forget_callers(bench.now);
        assert_eq!(remembered_callers(&bench.circuit), 0);
        assert!(bench.call_of(9, CallVerdict::Good), "a new number may probe, as before");
    }
}

#[test]
fn a_circuit_that_is_open_for_all_stays_open_when_clients_get_other_numbers() {
    let mut bench = Bench::new();
    for client in 0..20 {
        bench.call_of(client, FAILED);
        bench.pass(0.1);
    }
    assert_eq!(bench.circuit.state(), CircuitState::Open);
    bench.circuit.forget_callers(bench.now);
    assert!(!bench.call_of(99, CallVerdict::Good));
}
