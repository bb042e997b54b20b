//! The throughput of one PostgreSQL server: simulated nodes, each with a real spool and forwarder, deliver as fast as they can. Starts
//! a server for each number of nodes.
//!
//! `cargo bench --bench nodes`, or `cargo bench --bench nodes -- 1 16 64`; `EVERY=5s` sets the interval of deliveries, as in production.
//! Needs Debian's packages postgresql and postgresql-client.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark may fail loudly"
)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use qsproxy::counts::cells::{Cell, ClickCell, ClickOutcome, SearchCell, SearchOutcome};
use qsproxy::forward::forwarder::{DeliveryTarget, Forwarder};
use qsproxy::name::ConfigName;
use qsproxy::result_kind::ResultKind;
use qsproxy::storage::postgres::server::{PostgresAddress, PostgresServer};
use qsproxy::storage::sqlite::{SqliteStore, Sums};
use qsproxy::time;
use qsproxy_test_support::postgres::PostgresProcess;

/// The cells of one batch: three partners with four codes each, clicks of two kinds and searches.
const PARTNERS: [&str; 3] = ["first", "second", "third"];
const CODES: [&str; 4] = ["toolbar-a", "toolbar-b", "toolbar-c", "toolbar-d"];

/// Warm-up time, and measured time for each number of nodes.
const WARM: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(8);

fn batch(round: u64) -> Sums {
    let hour = time::now().hour();
    let mut sums = Sums::new();
    for (partner, code) in PARTNERS.iter().flat_map(|partner| CODES.map(|code| (*partner, code))) {
        let (partner, code) = (ConfigName::new(partner).unwrap(), ConfigName::new(code).unwrap());
        for kind in [ResultKind::Sponsored, ResultKind::Organic] {
            let (partner, code) = (partner.clone(), code.clone());
            let click = ClickCell { hour, partner, code, kind: Some(kind), outcome: ClickOutcome::Counted };
            sums.insert(Cell::Click(click), 1 + round % 7);
        }
        sums.insert(Cell::Search(SearchCell { hour, partner, code, outcome: SearchOutcome::WithAds }), 20);
    }
    sums
}

/// Runs one node until `over`: writes batches to its spool as fast as they are delivered. Returns the number of deliveries.
fn node(
    server: PostgresServer,
    folder: &Path,
    name: &str,
    (every, over): (Duration, &AtomicBool),
    added: &AtomicU64,
) -> u64 {
    let path = folder.join(name);
    let mut spool = SqliteStore::open_spool(&path, name, 1 << 28).unwrap();
    spool.publish("bench", time::now().day()).unwrap();
    let forwarder =
        Forwarder::start(server, &DeliveryTarget { spool: &path, limit: 1 << 28, every, k: 1, node: name }).unwrap();
    let mut round = 0;
    while !over.load(Ordering::Relaxed) {
        round += 1;
        let sums = batch(round);
        added.fetch_add(sums.values().sum(), Ordering::Relaxed);
        spool.apply(round, &sums).unwrap();
        let delivered = forwarder.health().delivered;
        while forwarder.health().delivered == delivered && !over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    forwarder.close(Duration::from_secs(60));
    let health = forwarder.health();
    assert_eq!(health.failed, 0, "{name}");
    health.delivered
}

/// CPU time of the server and all its processes, including those that have exited.
fn cpu(server: &PostgresProcess) -> Duration {
    let ticks = |pid: u32, fields: &[usize]| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        fields.iter().filter_map(|at| after.get(*at)?.parse::<u64>().ok()).sum::<u64>()
    };
    let children = std::process::Command::new("pgrep").args(["-P", &server.pid().to_string()]).output().unwrap();
    let children = String::from_utf8(children.stdout).unwrap();
    let children: u64 = children.lines().map(|pid| ticks(pid.parse().unwrap(), &[11, 12])).sum();
    // Fields of proc(5), counted from the state: utime, stime, cutime, cstime.
    Duration::from_millis((ticks(server.pid(), &[11, 12, 13, 14]) + children) * 10)
}

fn measure(nodes: usize, every: Duration) {
    let server = PostgresProcess::start();
    let (user, database) = ("qsproxy".to_owned(), "postgres".to_owned());
    let host = PostgresAddress::Host("127.0.0.1".to_owned());
    let address = PostgresServer { place: host, port: server.port, user, database, tls: false, password_file: None };
    // The disk of the spools is not measured: in production it belongs to each node.
    let folder = tempfile::Builder::new().prefix("qsproxy-nodes-").tempdir_in("/dev/shm").unwrap();
    let (over, added) = (AtomicBool::new(false), AtomicU64::new(0));
    let log = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";
    let delivered = "select coalesce(sum(seq), 0)::bigint from spools";
    std::thread::scope(|scope| {
        let forwarders: Vec<_> = (0..nodes)
            .map(|number| {
                let (address, folder, over, added) = (address.clone(), folder.path(), &over, &added);
                scope.spawn(move || node(address, folder, &format!("node-{number}"), (every, over), added))
            })
            .collect();
        qsproxy_test_support::wait_up_to(Duration::from_secs(60), "tables", || {
            server.try_query("select 1 from clicks").ok()
        });
        std::thread::sleep(WARM.max(every));
        let (start, busy, batches, bytes) =
            (Instant::now(), cpu(&server), server.query_number(delivered), server.query_number(log));
        std::thread::sleep(MEASURED.max(every * 4));
        let (batches, bytes) = (server.query_number(delivered) - batches, server.query_number(log) - bytes);
        let (busy, time) = (cpu(&server) - busy, start.elapsed());
        over.store(true, Ordering::Relaxed);
        let all: u64 = forwarders.into_iter().map(|forwarder| forwarder.join().unwrap()).sum();
        let (batches, number) = (f64::from(u32::try_from(batches).unwrap()), f64::from(u32::try_from(nodes).unwrap()));
        println!(
            "{nodes:>5} nodes: {:>7.0} batches/s, {:>6.2} ms per batch at its node, {:>5.2} ms CPU of the server, {:>5.1} KiB WAL; {:>3.0} % of one CPU; {all} in total",
            batches / time.as_secs_f64(),
            time.as_secs_f64() * 1e3 * number / batches,
            busy.as_secs_f64() * 1e3 / batches,
            f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1_024.0 / batches,
            busy.as_secs_f64() / time.as_secs_f64() * 100.0,
        );
    });
    let sums = "select (select sum(n) from clicks)::bigint + (select sum(n) from searches)::bigint";
    assert_eq!(
        server.query_number(sums).unsigned_abs(),
        added.load(Ordering::Relaxed),
        "every count arrived exactly once"
    );
}

fn main() {
    let wanted: Vec<usize> = std::env::args().skip(1).filter_map(|number| number.parse().ok()).collect();
    let every = std::env::var("EVERY").ok().and_then(|every| every.parse::<jiff::SignedDuration>().ok());
    let every = every.map_or(Duration::from_millis(1), |every| every.unsigned_abs());
    println!("36 cells per batch, every {every:?}");
    for nodes in if wanted.is_empty() { vec![1, 2, 4, 8, 16, 32, 64] } else { wanted } {
        measure(nodes, every);
    }
}
