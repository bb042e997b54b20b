//! PostgreSQL as the store: counts are delivered through the spool, all views agree with one another and with SQLite, and a fault of
//! the server is reported and delays no request.

use std::process::Command;
use std::time::Duration;

use qsproxy_test_support::chaos_proxy::ChaosProxy;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{click_paths, organic_results, sample_results};
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{contains, wait_for, wait_up_to};

/// The usual configuration with a store in PostgreSQL and a short delivery interval.
pub fn postgres_config(partner: &MockPartner, url: &str) -> ConfigBuilder {
    let config = ConfigBuilder::new(partner).with("counts", "store", &format!("{url:?}")).with("counts", "k", "1");
    config.with("counts", "deliver_every", r#""200ms""#)
}

/// Searches once and clicks each result. Returns the number of clicks.
#[track_caller]
pub fn search_and_click(proxy: &Proxy, query: &str) -> usize {
    let paths = click_paths(&proxy.get(&format!("/search?{query}&format=json"), &[]));
    for path in &paths {
        assert_eq!(proxy.get(path, &[]).status, 303);
    }
    paths.len()
}

#[track_caller]
pub fn wait_for_clicks(server: &PostgresProcess, n: i64) {
    let sum = "select coalesce(sum(n), 0) from clicks where outcome = 'counted'";
    let there = || server.try_query(sum).ok().filter(|lines| lines[0] == n.to_string());
    wait_up_to(Duration::from_secs(20), &format!("{n} clicks in PostgreSQL"), there);
}

fn metric(proxy: &Proxy, name: &str) -> i64 {
    let metrics = proxy.admin_get("/metrics", &[]).text();
    let found = metrics.lines().find_map(|line| line.strip_prefix(&format!("qsproxy_{name} ")));
    found.unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}

#[test]
#[ignore = "needs PostgreSQL"]
fn counts_of_two_nodes_add_up_and_nothing_else_is_stored() {
    let server = PostgresProcess::with(&["log_statement=all", "log_min_duration_statement=0"]);
    let partner = MockPartner::json(organic_results(5));
    let node = |name: &str| {
        let config = postgres_config(&partner, &server.url()).with("counts", "node", &format!("{name:?}"));
        Workdir::new(&config.text()).start()
    };
    let mut nodes = [node("one"), node("two")];
    for proxy in &nodes {
        search_and_click(proxy, "q=zebra-finch&id=person-7-Kd93mZ2q");
    }
    wait_for_clicks(&server, 10);
    assert_eq!(server.query("select node, sum(n) from node_clicks group by node order by 1"), ["one|5", "two|5"]);
    assert_eq!(server.query("select code, outcome, n from searches"), ["toolbar-main|answered|2"]);
    assert_eq!(server.query("select count(distinct version) from privacy_versions"), ["1"], "both say the same");
    assert_eq!(
        server.query("select pg_typeof(hour), pg_typeof(n) from clicks limit 1"),
        ["timestamp with time zone|bigint"]
    );
    for proxy in &nodes {
        wait_for("an empty spool", || (metric(proxy, "spool_age_seconds") == 0).then_some(()));
        assert_eq!((metric(proxy, "store_reachable"), metric(proxy, "parcels_failed_total")), (1, 0));
        assert!(metric(proxy, "parcels_delivered_total") > 0 && metric(proxy, "spool_limit_bytes") == 268_435_456);
    }
    // All views agree.
    let day = server.query("select to_char(min(hour), 'YYYY-MM-DD') from clicks")[0].clone();
    let arguments = ["report", "clicks", "--from", &day, "--to", &day, "--format", "csv"];
    let [first, second] = [0, 1].map(|at| nodes[at].workdir().run(&arguments));
    let output = String::from_utf8(first.stdout).unwrap();
    assert!(output.contains(",first,toolbar-main,") && output.contains(",10"), "{output}{:?}", first.stderr);
    assert_eq!(output, String::from_utf8(second.stdout).unwrap());
    assert_eq!(output, nodes[1].admin_get(&format!("/reports/clicks.csv?from={day}&to={day}"), &[]).text());
    // A shutdown delivers what is in the spool.
    search_and_click(&nodes[0], "q=zebra-finch");
    assert!(nodes[0].terminate().success());
    assert_eq!(server.query_number("select sum(n) from clicks"), 15);
    assert!(nodes[1].terminate().success());
    // No keyword or ID is in its tables, its write-ahead log, or the log of every statement.
    let mut files = 0;
    for canary in ["zebra-finch", "person-7", "/results/", "r.example"] {
        let found = Command::new("grep").args(["-rlaF", canary]).arg(server.folder()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "{canary}");
        files += 1;
    }
    let found = Command::new("grep").args(["-rlaF", "select deliver("]).arg(server.folder()).output().unwrap();
    assert!(files == 4 && found.status.success(), "the log is searched");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn an_unreachable_server_delays_nobody_and_loses_nothing() {
    let mut server = PostgresProcess::start();
    let wire = ChaosProxy::in_front_of(server.port);
    wire.disconnect();
    let partner = MockPartner::json(organic_results(6));
    let mut proxy = Workdir::new(&postgres_config(&partner, &PostgresProcess::url_at(wire.port)).text()).start();
    let started = std::time::Instant::now();
    search_and_click(&proxy, "q=x");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!((metric(&proxy, "store_reachable"), proxy.admin_get("/readyz", &[]).status), (0, 200));
    assert!(proxy.stderr().contains("event=store_away failure=unreachable"), "{}", proxy.stderr());
    wait_for("a count to wait in the spool", || (metric(&proxy, "spool_age_seconds") > 0).then_some(()));
    // Also across a shutdown and a SIGKILL.
    assert!(proxy.terminate().success());
    assert!(proxy.stderr().contains("event=spool_kept"), "{}", proxy.stderr());
    proxy.restart();
    search_and_click(&proxy, "q=x");
    proxy.restart();
    wire.restore();
    wait_for_clicks(&server, 12);
    wait_for("the event", || proxy.stderr().contains("event=store_back").then_some(()));
    // A crash, a long outage, and a server that hangs.
    server.crash();
    search_and_click(&proxy, "q=x");
    wait_for("the event", || (metric(&proxy, "store_reachable") == 0).then_some(()));
    server.restart();
    wait_for_clicks(&server, 18);
    server.signal("STOP");
    search_and_click(&proxy, "q=x");
    assert_eq!(proxy.admin_get("/metrics", &[]).status, 200, "metrics do not wait for the server");
    server.signal("CONT");
    wait_for_clicks(&server, 24);
    assert!(proxy.terminate().success());
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_batch_without_an_acknowledgement_counts_once() {
    let server = PostgresProcess::start();
    let wire = ChaosProxy::in_front_of(server.port);
    let partner = MockPartner::json(organic_results(6));
    let mut proxy = Workdir::new(&postgres_config(&partner, &PostgresProcess::url_at(wire.port)).text()).start();
    wait_for("the tables", || server.try_query("select 1 from clicks").ok());
    for round in 1..=3 {
        let before = wire.dropped_acks();
        wire.drop_next_ack();
        search_and_click(&proxy, "q=x");
        wait_up_to(Duration::from_secs(20), "a dropped acknowledgement", || {
            (wire.dropped_acks() > before).then_some(())
        });
        if round == 2 {
            proxy.restart();
        }
        wire.restore();
        wait_for_clicks(&server, round * 6);
    }
    assert!(proxy.terminate().success());
    assert_eq!(server.query_number("select sum(n) from clicks"), 18);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_lost_spool_starts_anew_and_a_restored_one_is_detected() {
    let server = PostgresProcess::start();
    let partner = MockPartner::json(organic_results(4));
    let workdir = Workdir::new(&postgres_config(&partner, &server.url()).text());
    let (spool, copy) = (workdir.path("data/spool.db"), workdir.path("copy.db"));
    let mut proxy = workdir.start();
    search_and_click(&proxy, "q=x");
    assert!(proxy.terminate().success());
    std::fs::copy(&spool, &copy).unwrap();
    proxy.restart();
    search_and_click(&proxy, "q=x");
    assert!(proxy.terminate().success());
    assert_eq!(server.query_number("select sum(n) from clicks"), 8);
    std::fs::remove_file(&spool).unwrap();
    proxy.restart();
    search_and_click(&proxy, "q=x");
    assert!(proxy.terminate().success());
    assert_eq!(server.query_number("select sum(n) from clicks"), 12);
    assert_eq!(server.query("select node, count(*) from spools group by node"), ["node-1|2"]);
    // The copy is older than the last delivery: it is unknown which of its counts were delivered.
    std::fs::copy(&copy, &spool).unwrap();
    proxy.restart();
    search_and_click(&proxy, "q=x");
    wait_for("the event", || proxy.stderr().contains("event=store_away failure=spool").then_some(()));
    assert_eq!(server.query_number("select sum(n) from clicks"), 12);
    proxy.kill();
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_restored_server_is_reported_and_accepts_further_batches() {
    let server = PostgresProcess::start();
    let partner = MockPartner::json(organic_results(4));
    let mut proxy = Workdir::new(&postgres_config(&partner, &server.url()).text()).start();
    search_and_click(&proxy, "q=x");
    wait_for_clicks(&server, 4);
    assert!(proxy.terminate().success());
    server.query("update spools set seq = seq - 1; delete from node_clicks");
    proxy.restart();
    wait_for("the event", || proxy.stderr().contains("event=parcels_missing n=1").then_some(()));
    search_and_click(&proxy, "q=x");
    wait_for_clicks(&server, 4);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn only_one_process_delivers_under_a_name() {
    let server = PostgresProcess::start();
    let partner = MockPartner::json(organic_results(4));
    let config = postgres_config(&partner, &server.url()).text();
    let first = Workdir::new(&config).start();
    search_and_click(&first, "q=x");
    wait_for_clicks(&server, 4);
    let second = Workdir::new(&config).start();
    search_and_click(&second, "q=x");
    wait_for("the event", || second.stderr().contains("event=store_away failure=name").then_some(()));
    search_and_click(&first, "q=x");
    wait_for_clicks(&server, 8);
    drop(first);
    wait_for_clicks(&server, 12);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn verifies_the_certificate_and_reads_the_password_from_its_file() {
    let partner = MockPartner::json(sample_results());
    let made = |folder: &std::path::Path| {
        let subject = ["-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
        let subject = [&subject[..], &["-addext", "basicConstraints=critical,CA:FALSE"]].concat();
        let key = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let files = ["-keyout", "server.key", "-out", "server.crt"];
        let done = Command::new("openssl").args(key).args(subject).args(files).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    let server = PostgresProcess::start();
    made(&server.folder());
    server.chown_to_server("server.key");
    let folder = server.folder();
    server.query(&format!("alter system set ssl_key_file = '{}/server.key'", folder.display()));
    server.query(&format!("alter system set ssl_cert_file = '{}/server.crt'", folder.display()));
    server.query("alter system set ssl = on");
    server.query("create role toolbar login password 'open-sesame' ; grant all on schema public to toolbar");
    let hba = "hostssl postgres toolbar all scram-sha-256\nhost all qsproxy all trust\n";
    std::fs::write(folder.join("data/pg_hba.conf"), hba).unwrap();
    server.query("select pg_reload_conf()");
    let certificate = folder.join("server.crt");
    let url = format!("postgres://toolbar@localhost:{}/postgres?sslmode=verify-full", server.port);
    let config = postgres_config(&partner, &url).with("counts", "store_password_file", r#""password""#);
    let start = |trusted: Option<&str>, password: &str| {
        let environment: Vec<_> = trusted.into_iter().map(|file| ("SSL_CERT_FILE", file)).collect();
        let workdir = Workdir::with_env_vars(&config.text(), &environment);
        workdir.write("password", password.as_bytes());
        workdir.start()
    };
    for (trusted, password, failure) in [(false, "open-sesame", "tls"), (true, "open-sesam", "login")] {
        let proxy = start(certificate.to_str().filter(|_| trusted), password);
        wait_for(failure, || proxy.stderr().contains(&format!("store_away failure={failure}")).then_some(()));
        assert!(!proxy.stderr().contains(password));
        let check = proxy.workdir().run(&["check"]);
        assert_eq!(check.status.code(), Some(1), "{check:?}");
        assert!(!contains(&check.stderr, password.as_bytes()));
    }
    let proxy = start(certificate.to_str(), "open-sesame\n");
    let clicks = search_and_click(&proxy, "q=x");
    wait_for_clicks(&server, i64::try_from(clicks).unwrap());
    assert_eq!(
        server.query("select distinct ssl from pg_stat_ssl natural join pg_stat_activity where usename = 'toolbar'"),
        ["t"]
    );
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(proxy.workdir().path("password"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let check = proxy.workdir().run(&["check"]);
    assert!(contains(&check.stderr, b"store_password_file") && contains(&check.stderr, b"chmod 600"), "{check:?}");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn does_not_change_the_tables_of_a_later_version() {
    let server = PostgresProcess::start();
    let partner = MockPartner::json(organic_results(4));
    let workdir = Workdir::new(&postgres_config(&partner, &server.url()).text());
    let mut proxy = workdir.start();
    wait_for("the tables", || server.try_query("select 1 from clicks").ok());
    assert!(proxy.terminate().success());
    server.query("insert into qsproxy_migrations values (99, 'later', '2026-01-01', '1')");
    proxy.restart();
    wait_for("the event", || proxy.stderr().contains("event=store_away failure=newer").then_some(()));
    let report = workdir.run(&["report", "clicks", "--from", "2026-10-01", "--to", "2026-10-31"]);
    assert_eq!(report.status.code(), Some(2));
    assert!(contains(&report.stderr, b"a later version of qsproxy created the tables"), "{report:?}");
    let backup = workdir.run(&["backup", "copy.db"]);
    assert_eq!(backup.status.code(), Some(2));
}

#[test]
#[ignore = "needs PostgreSQL"]
fn backup_refers_to_the_tools_of_the_server() {
    let server = PostgresProcess::start();
    let workdir = Workdir::new(&postgres_config(&MockPartner::json(organic_results(4)), &server.url()).text());
    let output = workdir.run(&["report", "clicks", "--from", "2026-10-01", "--to", "2026-10-31"]);
    assert!(contains(&output.stderr, b"the store does not exist yet; `qsproxy serve` creates it"), "{output:?}");
    let proxy = workdir.start();
    wait_for("the tables", || server.try_query("select 1 from clicks").ok());
    let backup = workdir.run(&["backup", "copy.db"]);
    assert_eq!(backup.status.code(), Some(2), "{backup:?}");
    assert!(contains(&backup.stderr, b"pg_dump") && !workdir.path("copy.db").exists(), "{backup:?}");
    drop(proxy);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn responses_share_a_session_that_ends_when_it_is_idle() {
    let mut server = PostgresProcess::start();
    let wire = ChaosProxy::in_front_of(server.port);
    let partner = MockPartner::json(organic_results(2));
    let mut proxy = Workdir::new(&postgres_config(&partner, &PostgresProcess::url_at(wire.port)).text()).start();
    search_and_click(&proxy, "q=x");
    wait_for_clicks(&server, 2);
    let sessions = |server: &PostgresProcess| {
        server.query("select cast(pid as text) from pg_stat_activity where application_name = 'qsproxy questions'")
    };
    let one = |server: &PostgresProcess| {
        wait_for("one session", || {
            let mut pids = sessions(server);
            pids.retain(|pid| !pid.is_empty());
            (pids.len() == 1).then_some(pids)
        })
    };
    let ask = |path: &str| proxy.admin_get(path, &[]).status;
    let report = "/reports/clicks.json?from=2026-10-01&to=2026-10-31";
    // A page reads counts and billing tables; it and all later responses use one session.
    assert_eq!(ask("/"), 200);
    let first = one(&server);
    for path in [report, "/", "/reports/active.csv?from=2026-10-01&to=2026-10-31", report] {
        assert_eq!(ask(path), 200, "{path}");
    }
    assert_eq!(one(&server), first);
    // A session that the server ended is detected before it is used, and so is a restarted server.
    server.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'qsproxy questions'");
    assert_eq!(ask(report), 200);
    assert_ne!(one(&server), first);
    server.crash();
    server.restart();
    assert_eq!(ask("/"), 200);
    // A cut connection fails the response at once, and the next response works.
    wire.disconnect();
    let started = std::time::Instant::now();
    assert_eq!(ask(report), 500);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    wire.restore();
    assert_eq!(ask(report), 200);
    one(&server);
    // A server that does not answer is given up, and its session is closed.
    server.signal("STOP");
    assert_eq!(ask(report), 500);
    server.signal("CONT");
    assert_eq!(ask(report), 200);
    let gone = || sessions(&server).iter().all(String::is_empty).then_some(());
    wait_up_to(Duration::from_secs(45), "the end of the session", gone);
    assert_eq!(ask(report), 200);
    assert!(proxy.terminate().success());
    assert!(!proxy.stderr().contains("panicked"), "{}", proxy.stderr());
}
