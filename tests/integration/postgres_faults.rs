//! The fault run with PostgreSQL as the store: load, and in each round something else breaks, the node, its disk, the wire, the
//! server, the memory that nodes share. Answered clicks are stored clicks, and none is stored twice. Forms as in
//! [`crate::faults`].

use std::time::Duration;

use crate::durability::crowd_config;
use crate::faults::{Tally, check, form, next, round};
use qsproxy_test_support::chaos_proxy::ChaosProxy;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::redis::RedisProcess;
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::wait_up_to;
use qsproxy_test_support::workdir::Workdir;

/// What breaks, before the node is killed or stopped.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Nothing else.
    None,
    /// The server ends as in a crash, and is started again.
    ServerCrashed,
    /// The server stands still for a while.
    ServerStopped,
    /// Every connection breaks, at whatever it is doing.
    WireCut,
    /// A parcel arrives, and its acknowledgement does not.
    AnswerDropped,
    /// The spool's disk fills and is emptied.
    DiskFull,
    /// The memory that nodes share dies and comes back.
    MemoryGone,
}

impl Fault {
    const ALL: [Self; 7] = [
        Self::None,
        Self::ServerCrashed,
        Self::ServerStopped,
        Self::WireCut,
        Self::AnswerDropped,
        Self::DiskFull,
        Self::MemoryGone,
    ];
}

struct Scene {
    server: PostgresProcess,
    wire: ChaosProxy,
    redis: RedisProcess,
    disk: Tmpfs,
}

impl Scene {
    fn bring_about(&mut self, fault: Fault, wait: Duration) {
        match fault {
            Fault::None => std::thread::sleep(wait),
            Fault::ServerCrashed => {
                self.server.crash();
                std::thread::sleep(wait);
                self.server.restart();
            }
            Fault::ServerStopped => {
                self.server.signal("STOP");
                std::thread::sleep(wait);
                self.server.signal("CONT");
            }
            Fault::WireCut => {
                self.wire.disconnect();
                std::thread::sleep(wait);
                self.wire.restore();
            }
            Fault::AnswerDropped => {
                self.wire.drop_next_ack();
                std::thread::sleep(Duration::from_millis(200) + wait);
            }
            Fault::DiskFull => {
                self.disk.fill();
                std::thread::sleep(wait);
                self.disk.free();
                std::thread::sleep(Duration::from_millis(100));
            }
            Fault::MemoryGone => {
                self.redis.kill();
                std::thread::sleep(wait);
                self.redis.restart();
            }
        }
    }
}

/// What waits in the spool, and the parcel that is under way: cells of clicks, and parcels.
fn waiting(workdir: &Workdir) -> i64 {
    let spool = rusqlite::Connection::open(workdir.path("data/spool.db")).unwrap();
    spool.busy_timeout(Duration::from_secs(5)).unwrap();
    let sum = "select (select count(*) from clicks) + (select count(*) from parcel)";
    spool.query_row(sum, [], |row| row.get(0)).unwrap()
}

#[test]
#[ignore = "needs PostgreSQL and redis-server, and root to mount a tmpfs"]
fn answered_clicks_are_stored_once_whatever_fails_on_the_way_to_postgresql() {
    let (rounds, mut seed) = form();
    let partner = MockPartner::json(organic_results(20));
    let server = PostgresProcess::start();
    let (wire, redis) = (ChaosProxy::in_front_of(server.port), RedisProcess::start());
    let store = format!("{:?}", PostgresProcess::url_at(wire.port));
    let config = crowd_config(&partner).dedupe(&redis.url()).with("counts", "click_wait", r#""30s""#);
    let config = config.with("counts", "store", &store).with("counts", "deliver_every", r#""100ms""#);
    let workdir = Workdir::new(&config.with("limits", "drain_time", r#""30s""#).text());
    let disk = Tmpfs::mount(workdir.path("data"));
    let mut scene = Scene { server, wire, redis, disk };
    let mut proxy = workdir.start();
    let tallies: [Tally; 4] = std::array::from_fn(|_| Tally::default());
    for number in 0..rounds {
        let chance = next(&mut seed);
        let fault = Fault::ALL[usize::try_from(chance % 7).unwrap()];
        let wait = Duration::from_millis(chance / 7 % 400);
        let signal = if (chance / 2_800).is_multiple_of(3) { "TERM" } else { "KILL" };
        let told = format!("round {number}, {fault:?} for {wait:?}, {signal}, next seed {seed}");
        round(&mut proxy, &tallies, |proxy: &Proxy| {
            scene.bring_about(fault, wait);
            proxy.signal(signal);
        });
        wait_up_to(Duration::from_secs(40), "the process to be gone", || proxy.has_exited().then_some(()));
        // The next start may find the wire as it is.
        if (chance / 8_400).is_multiple_of(2) {
            scene.wire.restore();
        }
        proxy.restart();
        let dropped = scene.wire.dropped_acks();
        if matches!(fault, Fault::AnswerDropped) && waiting(&workdir) > 0 {
            wait_up_to(Duration::from_secs(20), &told, || {
                (scene.wire.dropped_acks() > dropped || waiting(&workdir) == 0).then_some(())
            });
        }
        scene.wire.restore();
        wait_up_to(Duration::from_secs(90), &told, || (waiting(&workdir) == 0).then_some(()));
        check(&tallies, &scene.server.clicks(), &told);
    }
    assert!(tallies.iter().all(|tally| tally.answered() > rounds), "every user clicked");
    eprintln!("{} acknowledgements were dropped", scene.wire.dropped_acks());
}
