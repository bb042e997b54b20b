//! What the process says about itself: `/readyz` and `/livez` while the store cannot be written, and the notifications to a service
//! manager.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

/// Longer than the second that is promised, because the machine may be busy.
const SOON: Duration = Duration::from_secs(4);

/// Waits until `/readyz` answers with this status.
fn wait_until_ready(proxy: &Proxy, is_ready: bool) {
    let start = Instant::now();
    let status = if is_ready { 200 } else { 503 };
    wait_for("/readyz", || (proxy.admin_get("/readyz", &[]).status == status).then_some(()));
    assert!(start.elapsed() < SOON, "{:?}", start.elapsed());
    assert_eq!(proxy.admin_get("/livez", &[]).status, 200);
}

#[test]
fn a_locked_store_is_reported_and_recovers() {
    let env = TestEnv::with(|config| config.with("counts", "click_wait", "\"100ms\""));
    let other = rusqlite::Connection::open(env.proxy.store()).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    let mut clicks = 0;
    for is_used in [false, true, false] {
        wait_until_ready(&env.proxy, true);
        other.execute_batch("begin immediate").unwrap();
        if is_used {
            assert_eq!(env.proxy.get(&env.click_path(), &[]).status, 303);
            clicks += 1;
        }
        wait_until_ready(&env.proxy, false);
        assert_eq!(env.proxy.metric("qsproxy_store_writable"), 0);
        other.execute_batch("rollback").unwrap();
        wait_until_ready(&env.proxy, true);
    }
    wait_for("the clicks", || (env.proxy.clicks_with_outcome("counted") == clicks).then_some(()));
    let stderr = env.proxy.stderr();
    assert_eq!(stderr.matches("event=store_failed sqlite_code=5\n").count(), 3, "{stderr}");
    assert_eq!(stderr.matches("event=store_recovered\n").count(), 3, "{stderr}");
}

/// Counts that wait for the store would be lost by a restart.
#[test]
fn a_restart_is_refused_while_the_store_accepts_no_counts() {
    let env = TestEnv::with(|config| config.with("counts", "click_wait", "\"100ms\""));
    let other = rusqlite::Connection::open(env.proxy.store()).unwrap();
    other.execute_batch("begin immediate").unwrap();
    assert_eq!(env.proxy.get(&env.click_path(), &[]).status, 303);
    wait_until_ready(&env.proxy, false);
    env.proxy.signal("USR2");
    env.proxy.wait_for_event("event=restart_refused");
    other.execute_batch("rollback").unwrap();
    wait_for("the click", || (env.proxy.clicks_with_outcome("counted") == 1).then_some(()));
    wait_until_ready(&env.proxy, true);
    env.proxy.signal("USR2");
    wait_for("the restart", || (env.proxy.stderr().matches("event=started").count() == 2).then_some(()));
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 1);
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn a_full_disk_is_reported_before_anything_is_written() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let disk = Tmpfs::mount(workdir.path("data"));
    let proxy = workdir.start();
    wait_until_ready(&proxy, true);
    disk.fill();
    wait_until_ready(&proxy, false);
    disk.free();
    wait_until_ready(&proxy, true);
}

/// A socket for `sd_notify(3)`, and the messages that arrived.
struct ServiceManager(UnixDatagram);

impl ServiceManager {
    /// Waits for a message with this line. Others before it are skipped.
    #[track_caller]
    fn wait_for(&self, line: &str) {
        let mut buffer = [0; 512];
        for _ in 0..200 {
            let length = self.0.recv(&mut buffer).unwrap_or_else(|error| panic!("{line}: {error}"));
            if String::from_utf8_lossy(&buffer[..length]).lines().any(|found| found == line) {
                return;
            }
        }
        panic!("{line} did not come");
    }
}

#[test]
fn a_service_manager_is_told_what_the_process_does() {
    let partner = MockPartner::json(sample_results());
    // The socket must exist before the process, and its path is in the folder that holds it.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let manager = ServiceManager(socket);
    let environment = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "1000000")];
    let workdir = Workdir::with_env_vars(&ConfigBuilder::new(&partner).text(), &environment);
    let mut proxy = workdir.start();
    for line in ["READY=1", "WATCHDOG=1", "WATCHDOG=1"] {
        manager.wait_for(line);
    }
    proxy.signal("HUP");
    for line in ["RELOADING=1", "READY=1"] {
        manager.wait_for(line);
    }
    proxy.signal("USR2");
    for line in ["RELOADING=1", "READY=1", "WATCHDOG=1"] {
        manager.wait_for(line);
    }
    assert_eq!((proxy.metric("qsproxy_worker_stalls_total"), proxy.metric("qsproxy_workers_stalled")), (0, 0));
    proxy.signal("TERM");
    manager.wait_for("STOPPING=1");
    assert!(proxy.wait().success());
}

/// Nothing made progress while the process was stopped; that is not the fault of a worker.
#[test]
fn a_process_that_was_stopped_reports_no_stalled_worker() {
    let env = TestEnv::new();
    for _ in 0..2 {
        qsproxy_test_support::send_signal("STOP", env.proxy.pid());
        std::thread::sleep(Duration::from_millis(2_500));
        qsproxy_test_support::send_signal("CONT", env.proxy.pid());
        std::thread::sleep(Duration::from_millis(700));
    }
    assert_eq!(env.proxy.get("/", &[]).status, 200);
    assert!(!env.proxy.stderr().contains("event=worker_stalled"), "{}", env.proxy.stderr());
}
