//! The process itself: what is left after a fatal signal, and what its memory holds of searches that are over.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::Duration;

use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::workdir::{Workdir, binary};

use super::canary::CanaryKind;
use super::cases::{CLICKS, MALFORMED, SEARCHES};
use super::coverage;
use super::every_path::SLOW;
use super::leak_test::{LeakTest, SOURCE};
use super::raw_request;
use super::rows::Row;
use super::sinks;

/// Signals that end a process with a core file, unless it prevents that.
const FATAL: [(&str, i32); 3] = [("ABRT", 6), ("ILL", 4), ("FPE", 8)];

/// A fatal signal while requests are in every state leaves no core file, even if the limit allows any size, and nothing in any other.
pub fn fatal_signals() {
    for (name, number) in FATAL {
        let partner = MockPartner::json(organic_results(1));
        let config = LeakTest::config(&partner, |config| config);
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -c unlimited && exec \"$0\" \"$@\""]).arg(binary());
        let proxy = Workdir::new(&config.text()).start_command(command);
        let mut test = LeakTest::of_proxy(&format!("SIG{name}"), partner, proxy);
        test.run_case(&SEARCHES[1]);
        test.run_click(&CLICKS[0]);
        let clients = test.send_without_reading(&SLOW);
        for (case, form) in MALFORMED.iter().filter(|(case, _)| case.starts_with("half")) {
            test.audit.canaries.start_case(case);
            let text = test.audit.canaries.insert(CanaryKind::Input, "bytes", form).replace("HOST", &test.host());
            raw_request::connect_from(SOURCE, test.proxy.public).write(text.as_bytes()).unwrap();
        }
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", test.proxy.pid())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
        test.proxy.signal(name);
        let status = test.proxy.wait();
        assert!(status.signal() == Some(number) && !status.core_dumped(), "{name}: {status}");
        drop(clients);
        coverage::count(Row::Counts, 1);
        test.audit.inspect_outputs("after the signal", &test.proxy, &test.partner);
        test.audit.assert_no_leaks();
    }
}

/// Longer than a buffer of a connection outlives its last request.
const FORGOTTEN: Duration = Duration::from_secs(3);

/// Keywords and IDs of searches that are over are in no memory of the process.
pub fn memory() {
    let mut test = LeakTest::new("memory", |config| config);
    for case in &SEARCHES[..4] {
        test.run_case(case);
    }
    std::thread::sleep(FORGOTTEN);
    let finder = test.audit.canaries.finder();
    let memory = sinks::memory(test.proxy.pid());
    assert!(memory.len() > 100_000, "the memory is not read");
    let found: BTreeSet<String> = finder
        .find(&memory)
        .into_iter()
        .map(|found| &test.audit.canaries.list[found.owner])
        .filter(|canary| ["parameter q", "parameter id"].contains(&canary.input.as_str()))
        .map(|canary| format!("{} of case {:?} is in memory", canary.input, canary.case))
        .collect();
    coverage::count(Row::Fields, SEARCHES[..4].len());
    coverage::print_findings(found.len());
    assert!(found.is_empty(), "{} leaks:\n- {}", found.len(), Vec::from_iter(found).join("\n- "));
}
