//! Faults under load with PostgreSQL as the store: each round injects another one into the node, its disk, the network, the server
//! or shared deduplication. Every answered click is stored, and none is stored twice. Rounds and seed are those of
//! [`crate::faults`].

use std::time::Duration;

use crate::durability::four_codes_config;
use crate::faults::{ClickTally, check, next_random, round, rounds_and_seed};
use qsproxy_test_support::chaos_proxy::ChaosProxy;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::redis::RedisProcess;
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::wait_up_to;
use qsproxy_test_support::workdir::Workdir;

/// The fault before the node is killed or stopped.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Nothing else.
    None,
    /// The server crashes and is restarted.
    ServerCrashed,
    /// The server is stopped for a while (SIGSTOP).
    ServerStopped,
    /// Every connection is cut.
    WireCut,
    /// A batch arrives, and its acknowledgement is lost.
    AnswerDropped,
    /// The spool's disk fills and is emptied.
    DiskFull,
    /// Shared deduplication is killed and restarted.
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

struct FaultyEnv {
    server: PostgresProcess,
    network: ChaosProxy,
    redis: RedisProcess,
    disk: Tmpfs,
}

impl FaultyEnv {
    fn inject(&mut self, fault: Fault, wait: Duration) {
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
                self.network.disconnect();
                std::thread::sleep(wait);
                self.network.restore();
            }
            Fault::AnswerDropped => {
                self.network.drop_next_ack();
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

/// Cells of clicks and batches in the spool that are not acknowledged yet.
pub fn waiting(workdir: &Workdir) -> i64 {
    let spool = rusqlite::Connection::open(workdir.path("data/spool.db")).unwrap();
    spool.busy_timeout(Duration::from_secs(5)).unwrap();
    let sum = "select (select count(*) from clicks) + (select count(*) from parcel)";
    spool.query_row(sum, [], |row| row.get(0)).unwrap()
}

#[test]
#[ignore = "needs PostgreSQL and redis-server, and root to mount a tmpfs"]
fn answered_clicks_are_stored_once_whatever_fails_on_the_way_to_postgresql() {
    let (rounds, mut seed) = rounds_and_seed();
    let partner = MockPartner::json(organic_results(20));
    let server = PostgresProcess::start();
    let (network, redis) = (ChaosProxy::in_front_of(server.port), RedisProcess::start());
    let store = format!("{:?}", PostgresProcess::url_at(network.port));
    let config = four_codes_config(&partner).dedupe(&redis.url()).with("counts", "click_wait", r#""30s""#);
    let config =
        config.with("counts", "store", &store).with("counts", "deliver_every", r#""100ms""#).with("counts", "k", "1");
    let workdir = Workdir::new(&config.with("limits", "drain_time", r#""30s""#).text());
    let disk = Tmpfs::mount(workdir.path("data"));
    let mut env = FaultyEnv { server, network, redis, disk };
    let mut proxy = workdir.start();
    let clicks_by_code: [ClickTally; 4] = std::array::from_fn(|_| ClickTally::default());
    for number in 0..rounds {
        let chance = next_random(&mut seed);
        let fault = Fault::ALL[usize::try_from(chance % 7).unwrap()];
        let wait = Duration::from_millis(chance / 7 % 400);
        let signal = if (chance / 2_800).is_multiple_of(3) { "TERM" } else { "KILL" };
        let context = format!("round {number}, {fault:?} for {wait:?}, {signal}, next seed {seed}");
        round(&mut proxy, &clicks_by_code, |proxy: &Proxy| {
            env.inject(fault, wait);
            proxy.signal(signal);
        });
        wait_up_to(Duration::from_secs(40), "the process to exit", || proxy.has_exited().then_some(()));
        // The next process starts with the network as it is.
        if (chance / 8_400).is_multiple_of(2) {
            env.network.restore();
        }
        proxy.restart();
        let dropped = env.network.dropped_acks();
        if matches!(fault, Fault::AnswerDropped) && waiting(&workdir) > 0 {
            wait_up_to(Duration::from_secs(20), &context, || {
                (env.network.dropped_acks() > dropped || waiting(&workdir) == 0).then_some(())
            });
        }
        env.network.restore();
        wait_up_to(Duration::from_secs(90), &context, || (waiting(&workdir) == 0).then_some(()));
        check(&clicks_by_code, &env.server.clicks(), &context);
    }
    assert!(clicks_by_code.iter().all(|clicks| clicks.answered() > rounds), "every user clicked");
    eprintln!("{} acknowledgements were dropped", env.network.dropped_acks());
}
