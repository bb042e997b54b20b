//! System calls (`docs/privacy-requirements.md`, "System calls"): under strace, every file opened for writing is in the data folder,
//! every connection leads to a partner, and every byte that goes to neither a client nor a partner is searched.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::{Workdir, binary};

use super::cases::{CLICKS, ERRORS, FAILURES, SEARCHES, VISITS};
use super::coverage;
use super::leak_test::LeakTest;
use super::rows::Row;
use super::system_call_log::{SystemCall, parse};

/// The calls by which bytes leave the process or get a place outside of it.
const TRACED: &str = "trace=open,openat,openat2,creat,connect,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,\
    mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat,memfd_create,execve";

/// Bytes of an argument that are logged: more than any response is long.
const LOGGED_BYTES: &str = "300000";

/// Flags with which a file can be written.
const WRITING: [&str; 5] = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];

/// Calls that create a name, with a path as their first or second text.
const NAMING: [&str; 10] =
    ["creat", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"];

pub fn files() {
    let partner = MockPartner::json(organic_results(1));
    let log = tempfile::tempdir().unwrap();
    let log = log.path().join("log");
    let config = LeakTest::config(&partner, |config| config);
    let strace = ["-D", "-f", "-yy", "-xx", "-s", LOGGED_BYTES, "-e", TRACED, "-e", "signal=none", "-o"];
    let mut command = Command::new("strace");
    command.args(strace).arg(&log).arg(binary());
    let proxy = Workdir::new(&config.text()).start_command(command);
    let mut test = LeakTest::of_proxy("system calls", partner, proxy);
    for case in SEARCHES.iter().chain(&ERRORS[..6]).chain(&FAILURES[..6]).chain(&VISITS[..4]) {
        test.run_case(case);
    }
    CLICKS.iter().for_each(|click| test.run_click(click));
    let ports = [test.proxy.public.port(), test.partner.address().port()];
    test.inspect("before the end");
    assert!(test.proxy.terminate().success(), "{}", test.proxy.stderr());
    // The tracer ends after the program.
    let text = wait_for("the end of the log", || {
        let text = std::fs::read_to_string(&log).unwrap();
        text.lines().any(|line| line.contains("+++ exited with")).then_some(text)
    });
    let calls: Vec<SystemCall> = text.lines().filter_map(parse).collect();
    let data = test.proxy.folder().join("data");
    let mut findings: Vec<String> =
        calls.iter().filter_map(|call| misplaced(call, test.proxy.folder(), &data, ports[1])).collect();
    findings.sort();
    findings.dedup();
    coverage::count(Row::Names, calls.iter().filter(|call| call.name == "connect").count());
    coverage::count(Row::Counts, calls.len());
    record_writes(&mut test, &calls, ports);
    let seen = |name: &str| calls.iter().any(|call| call.name == name);
    assert!(seen("openat") && seen("connect") && seen("pwrite64"), "the log is not complete");
    coverage::print_findings(findings.len());
    assert!(findings.is_empty(), "{} leaks:\n- {}", findings.len(), findings.join("\n- "));
    test.audit.assert_no_leaks();
}

/// What is wrong with the place that a call writes or connects to.
fn misplaced(call: &SystemCall, folder: &Path, data: &Path, partner: u16) -> Option<String> {
    let arguments = &call.arguments;
    if call.name == "connect" {
        let to_partner = arguments.contains(&format!("sin_port=htons({partner})"));
        // The partner of some cases is down.
        let to_nobody = arguments.contains("sin_port=htons(1),");
        return (!to_partner && !to_nobody).then(|| format!("connects to {arguments}"));
    }
    if ["memfd_create", "mknod", "mknodat"].contains(&call.name.as_str()) {
        return Some(format!("{} {arguments}", call.name));
    }
    let opens = ["open", "openat", "openat2"].contains(&call.name.as_str());
    let writes = opens && WRITING.iter().any(|flag| arguments.contains(flag));
    if !writes && !NAMING.contains(&call.name.as_str()) {
        return None;
    }
    let is_in_place = |path: &str| path == "/dev/null" || folder.join(path).starts_with(data);
    let outside =
        call.texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).find(|path| !is_in_place(path))?;
    Some(format!("{} of {outside} for writing", call.name))
}

/// Records the bytes that went to neither a client nor a partner, joined for each file and stream.
fn record_writes(test: &mut LeakTest, calls: &[SystemCall], [public, partner]: [u16; 2]) {
    let mut streams: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.name.contains("write") || call.name.starts_with("send")) {
        let (local, remote) = (format!(":{public}->"), format!(":{partner}]>"));
        let target = call.target.as_str();
        if target.starts_with("<TCP") && (target.contains(&local) || target.ends_with(&remote)) {
            continue;
        }
        let stream = streams.entry(target.to_owned()).or_default();
        call.texts.iter().for_each(|text| stream.extend_from_slice(text));
    }
    for (target, bytes) in streams {
        test.audit.record_local(&format!("what was written to {target}"), &bytes);
    }
}
