//! Real signals at any instant of the start and of a restart in place, from when the program has read its arguments: none kills it, and
//! none is lost.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{send_signal, wait_for};

/// The signals that the program handles, by name and number.
const SIGNALS: [(&str, u32); 4] = [("HUP", 1), ("INT", 2), ("USR2", 12), ("TERM", 15)];

fn serve(workdir: &Workdir) -> Child {
    let mut command = workdir.command();
    command.arg("serve").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether a process has blocked each of the signals, which it reads from a descriptor.
fn handles_signals(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap_or("0").trim();
    let blocked = u64::from_str_radix(blocked, 16).unwrap();
    SIGNALS.iter().all(|(_, number)| blocked >> (number - 1) & 1 == 1)
}

fn workdir(partner: &MockPartner) -> Arc<Workdir> {
    Workdir::new(&ConfigBuilder::new(partner).text())
}

/// The configuration is a pipe without a writer: the program has not read a byte of it.
#[test]
fn signals_are_handled_before_the_configuration_is_read() {
    let partner = MockPartner::json(sample_results());
    let workdir = workdir(&partner);
    let config = workdir.path("proxy.toml");
    std::fs::remove_file(&config).unwrap();
    assert!(Command::new("mkfifo").arg(&config).status().unwrap().success());
    let mut process = serve(&workdir);
    wait_for("the signal mask", || handles_signals(process.id()).then_some(()));
    // A reload would read the pipe again.
    send_signal("TERM", process.id());
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(process.try_wait().unwrap(), None);
    std::fs::write(&config, ConfigBuilder::new(&partner).text()).unwrap();
    // It starts, and stops as it does after every start.
    let exited = wait_for("the end", || process.try_wait().unwrap());
    assert!(exited.success(), "{exited:?}");
}

#[test]
fn no_signal_kills_a_program_that_starts() {
    let partner = MockPartner::json(sample_results());
    for (signal, _) in SIGNALS {
        for delay in (0..120).step_by(8).map(Duration::from_millis) {
            let workdir = workdir(&partner);
            let mut process = serve(&workdir);
            let started = Instant::now();
            wait_for("the signal mask", || handles_signals(process.id()).then_some(()));
            std::thread::sleep(delay.saturating_sub(started.elapsed()));
            send_signal(signal, process.id());
            let stops = matches!(signal, "INT" | "TERM");
            if !stops {
                // It still serves, and stops when it is told to.
                std::thread::sleep(Duration::from_millis(50));
                send_signal("TERM", process.id());
            }
            let exited = wait_for("the end", || process.try_wait().unwrap());
            assert_eq!((exited.signal(), exited.code()), (None, Some(0)), "SIG{signal} after {delay:?}");
        }
    }
}

/// A restart in place executes the program file: a signal to stop that arrives before, meanwhile or just after it stops the process.
#[test]
fn a_signal_to_stop_survives_a_restart() {
    let partner = MockPartner::json(sample_results());
    for delay in (0..160).step_by(4).map(Duration::from_millis) {
        let workdir = workdir(&partner);
        let mut process = serve(&workdir);
        wait_for("the signal mask", || handles_signals(process.id()).then_some(()));
        send_signal("USR2", process.id());
        std::thread::sleep(delay);
        send_signal("TERM", process.id());
        let exited = wait_for("the end", || process.try_wait().unwrap());
        assert_eq!((exited.signal(), exited.code()), (None, Some(0)), "SIGTERM {delay:?} after SIGUSR2");
    }
}
