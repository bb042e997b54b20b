//! PostgreSQL for many nodes: behind a connection pooler, and with partitioned tables.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use crate::postgres::{postgres_config, search_and_click, wait_for_clicks};
use crate::postgres_books::october_in;
use crate::reconcile::{import_statement, october_statement};
use qsproxy_test_support::free_port;
use qsproxy_test_support::is_root;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::{NOBODY, PostgresProcess};
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

/// PgBouncer in session mode with fewer connections to the server than there are sessions; killed when dropped.
struct Pooler(Child, u16);

impl Pooler {
    fn start(server: &PostgresProcess) -> Self {
        let port = free_port();
        let text = format!(
            "[databases]\npostgres = host=127.0.0.1 port={} dbname=postgres user=qsproxy\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = session\ndefault_pool_size = 4\n",
            server.port
        );
        let file = std::env::temp_dir().join(format!("qsproxy-pgbouncer-{port}.ini"));
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("pgbouncer");
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.current_dir("/");
        let child =
            command.spawn().unwrap_or_else(|error| panic!("pgbouncer: {error}; install Debian's package pgbouncer"));
        wait_for("pgbouncer to listen", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        std::fs::remove_file(file).unwrap();
        Self(child, port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs PostgreSQL and pgbouncer"]
fn works_through_a_pooler_in_session_mode() {
    let server = PostgresProcess::start();
    let partner = MockPartner::json(organic_results(5));
    let pooler = Pooler::start(&server);
    let url = PostgresProcess::url_at(pooler.1);
    let node = |name: &str| {
        let config = postgres_config(&partner, &url).with("counts", "node", &format!("{name:?}"));
        Workdir::new(&config.text()).start()
    };
    let mut nodes = [node("one"), node("two")];
    for proxy in &nodes {
        search_and_click(proxy, "q=a");
    }
    wait_for_clicks(&server, 10);
    assert_eq!(server.query("select node, sum(n) from node_clicks group by node order by 1"), ["one|5", "two|5"]);
    let day = server.query("select to_char(min(hour), 'YYYY-MM-DD') from clicks")[0].clone();
    let report = ["report", "clicks", "--from", &day, "--to", &day, "--format", "csv"];
    assert!(String::from_utf8_lossy(&nodes[0].workdir().run(&report).stdout).contains(",counted,10"));
    assert_eq!(nodes[1].admin_get("/", &[]).status, 200);
    // A node name in use is rejected, and is free again once its session has ended.
    let twin = Workdir::new(&postgres_config(&partner, &url).with("counts", "node", "\"one\"").text());
    let twin = twin.start();
    search_and_click(&twin, "q=b");
    wait_for("the event", || twin.stderr().contains("event=store_away failure=name").then_some(()));
    assert!(nodes[0].terminate().success());
    wait_for_clicks(&server, 15);
}

#[test]
#[ignore = "needs PostgreSQL"]
fn partitioned_tables_accept_the_same_batches_and_keep_closed_periods() {
    let server = PostgresProcess::start();
    let workdir = october_in(&server);
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let tell = || {
        let reconcile = ["reconcile", "--partner", "first", "--month", "2026-10", "--format", "csv"];
        let report = ["report", "searches", "--from", "2026-09-01", "--to", "2026-11-30", "--format", "csv"];
        [&reconcile[..], &report[..]].map(|arguments| String::from_utf8(workdir.run(arguments).stdout).unwrap())
    };
    let before = tell();
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/partition.sql");
    server.run_file(&file).unwrap();
    assert_eq!(tell(), before);
    assert!(before[0].lines().count() > 30 && before[1].lines().count() > 30);
    assert!(server.query_number("select count(*) from node_clicks_2026") > 1_000);
    assert!(server.run_file(&file).unwrap_err().contains("already partitioned"));
    // New counts arrive, and closed periods stay unchanged, also for a write to a partition itself.
    let partner = MockPartner::json(organic_results(5));
    let live = postgres_config(&partner, &server.url()).with("counts", "node", "\"live\"");
    let proxy = Workdir::new(&live.text()).start();
    let counted = server.query_number("select sum(n) from clicks where outcome = 'counted'");
    let clicked = search_and_click(&proxy, "q=a");
    wait_for_clicks(&server, counted + i64::try_from(clicked).unwrap());
    assert!(workdir.run(&["close", "--partner", "first", "--month", "2026-10"]).status.success());
    for change in [
        "update node_clicks set n = n + 1 where hour = '2026-10-05T12:00Z'",
        "update node_clicks_2026 set n = n + 1 where hour = '2026-10-05T12:00Z'",
        "delete from node_searches_2026 where hour = '2026-10-05T12:00Z'",
        "insert into node_searches_2026 values ('three', '2026-10-05T12:00Z', 'first', 'toolbar-main', 'empty', 1)",
        "truncate node_clicks_2026",
        "truncate node_searches",
    ] {
        let refused = server.try_query(change).unwrap_err();
        assert!(refused.contains("closed"), "{change}: {refused}");
    }
    let late = r#"{"clicks": [["2026-10-05T12", "first", "toolbar-main", "organic", "counted", 3]], "searches": [], "active": [],
                   "retention": [], "active_by_id": [], "slices": []}"#;
    assert_eq!(server.query(&format!("select deliver('late', 's', 1, 'd', '{late}')")), ["added"]);
    assert_eq!(server.query_number("select sum(n) from adjustments"), 3);
    assert_eq!(workdir.run(&["verify"]).status.code(), Some(0));
}
