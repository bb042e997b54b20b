//! Real signals at any instant of the start, from when the program has read its arguments: none kills it.

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

/// Whether a process has a handler for each of the signals.
fn handles_signals(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim();
    let caught = u64::from_str_radix(caught, 16).unwrap();
    SIGNALS.iter().all(|(_, number)| caught >> (number - 1) & 1 == 1)
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
    wait_for("the handlers", || handles_signals(process.id()).then_some(()));
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
            wait_for("the handlers", || handles_signals(process.id()).then_some(()));
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
