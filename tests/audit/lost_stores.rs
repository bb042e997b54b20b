//! Canaries while a store is lost: SQLite's file is locked or damaged, PostgreSQL or Redis ends or hangs. What those servers keep and log
//! is searched as well.

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::redis::RedisProcess;
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

use super::cases::{CLICKS, ClickCase, SEARCHES, VISITS};
use super::coverage;
use super::leak_test::LeakTest;
use super::rows::Row;
use super::sinks;

/// Short waits: some tests wait until they have passed.
fn impatient(config: ConfigBuilder) -> ConfigBuilder {
    let config = config.with("counts", "click_wait", r#""200ms""#);
    config.with("limits", "drain_time", r#""1s""#)
}

/// A search of each kind, first visits, and a click that may wait for a store in vain.
fn use_all(test: &mut LeakTest, name: &'static str) {
    for case in SEARCHES[..4].iter().chain(&VISITS[..3]) {
        test.run_case(case);
    }
    test.run_click(&ClickCase { name, ..CLICKS[0] });
    coverage::count(Row::Counts, 1);
}

/// Stops the program, which may be unable to save its counts, and searches everything.
fn finish(mut test: LeakTest) {
    test.inspect("while the store is lost");
    test.proxy.terminate();
    test.audit.inspect_outputs("after SIGTERM", &test.proxy, &test.partner);
    test.audit.assert_no_leaks();
}

pub fn locked_sqlite() {
    let mut test = LeakTest::new("locked store", impatient);
    let lock = rusqlite::Connection::open(test.proxy.store()).unwrap();
    lock.execute_batch("begin exclusive").unwrap();
    use_all(&mut test, "click with a locked store");
    wait_for("readiness to fail", || (test.proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    finish(test);
}

pub fn damaged_sqlite() {
    let mut test = LeakTest::new("damaged store", impatient);
    use_all(&mut test, "click before the damage");
    let length = std::fs::metadata(test.proxy.store()).unwrap().len() as usize;
    std::fs::write(test.proxy.store(), vec![0x5a; length]).unwrap();
    use_all(&mut test, "click with a damaged store");
    finish(test);
}

fn postgres_test(test: &str, server: &PostgresProcess, env_vars: &[(&str, &str)]) -> LeakTest {
    let partner = MockPartner::json(organic_results(1));
    let config = LeakTest::config(&partner, impatient).with("counts", "store", &format!("{:?}", server.url()));
    let config = config.with("counts", "k", "1").with("counts", "deliver_every", r#""200ms""#);
    let workdir = Workdir::with_env_vars(&config.text(), env_vars);
    LeakTest::of_proxy(test, partner, workdir.start())
}

/// Everything that a server keeps and logs, with every statement in its log.
fn record_server(test: &mut LeakTest, server: &PostgresProcess) {
    for found in sinks::files(&server.folder()) {
        test.audit.record_local(&format!("PostgreSQL's {}", found.name), &found.bytes);
    }
}

pub fn postgres() {
    let mut server = PostgresProcess::with(&["log_statement=all", "log_min_error_statement=debug5"]);
    let mut test = postgres_test("PostgreSQL", &server, &[]);
    use_all(&mut test, "click with PostgreSQL");
    wait_for("the clicks", || (!server.clicks().is_empty()).then_some(()));
    server.crash();
    use_all(&mut test, "click without PostgreSQL");
    wait_for("the event", || test.proxy.stderr().contains("event=store_away").then_some(()));
    record_server(&mut test, &server);
    server.restart();
    wait_for("the event", || test.proxy.stderr().contains("event=store_back").then_some(()));
    server.signal("STOP");
    use_all(&mut test, "click while PostgreSQL hangs");
    server.signal("CONT");
    record_server(&mut test, &server);
    finish(test);
}

/// The panic in `forward`, which the other panics do not reach.
pub fn postgres_panic() {
    let server = PostgresProcess::with(&["log_statement=all"]);
    let mut test = postgres_test("panic in forward", &server, &[("QSPROXY_FAIL", "forward")]);
    use_all(&mut test, "click with a panic");
    let event = "event=panicked at=src/forward";
    wait_for(event, || test.proxy.stderr().contains(event).then_some(()));
    record_server(&mut test, &server);
    finish(test);
}

pub fn redis() {
    let mut server = RedisProcess::start();
    let url = server.url();
    let mut test = LeakTest::new("Redis", |config| impatient(config).dedupe(&url));
    use_all(&mut test, "click with Redis");
    let keys = server.keys();
    assert!(!keys.is_empty(), "clicks are remembered");
    test.audit.record_local("Redis", format!("{keys:?}").as_bytes());
    server.signal("STOP");
    use_all(&mut test, "click while Redis hangs");
    server.signal("CONT");
    server.kill();
    use_all(&mut test, "click without Redis");
    finish(test);
}
