//! The fault run with PostgreSQL as the store: load, and in each round something else breaks, the node, its disk, the wire, the
//! server, the memory that nodes share. Answered clicks are stored clicks, and none is stored twice. Forms as in
//! [`crate::faults`].

use std::time::Duration;

use crate::durability::crowd_config;
use crate::faults::{Tally, check, form, next, round};
use crate::support::partner::Partner;
use crate::support::postgres::{Postgres, Wire};
use crate::support::proxy::{Home, Proxy};
use crate::support::redis::Redis;
use crate::support::stage::many;
use crate::support::tmpfs::Tmpfs;
use crate::support::wait_at_most;

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
    server: Postgres,
    wire: Wire,
    redis: Redis,
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
                self.wire.cut();
                std::thread::sleep(wait);
                self.wire.mend();
            }
            Fault::AnswerDropped => {
                self.wire.drop_answer();
                std::thread::sleep(Duration::from_millis(200) + wait);
            }
            Fault::DiskFull => {
                self.disk.fill();
                std::thread::sleep(wait);
                self.disk.empty();
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
fn waiting(home: &Home) -> i64 {
    let spool = rusqlite::Connection::open(home.path("data/spool.db")).unwrap();
    spool.busy_timeout(Duration::from_secs(5)).unwrap();
    let sum = "select (select count(*) from clicks) + (select count(*) from parcel)";
    spool.query_row(sum, [], |row| row.get(0)).unwrap()
}

#[test]
fn whatever_breaks_on_the_way_to_postgresql_answered_clicks_are_stored_clicks() {
    let (rounds, mut seed) = form();
    let partner = Partner::json(many(20));
    let server = Postgres::start();
    let (wire, redis) = (Wire::to(server.port), Redis::start());
    let store = format!("{:?}", Postgres::url_at(wire.port));
    let config = crowd_config(&partner).dedupe(&redis.url()).with("counts", "click_wait", r#""30s""#);
    let config = config.with("counts", "store", &store).with("counts", "deliver_every", r#""100ms""#);
    let home = Home::new(&config.with("limits", "drain_time", r#""30s""#).text());
    let disk = Tmpfs::mount(home.path("data"));
    let mut scene = Scene { server, wire, redis, disk };
    let mut proxy = home.start();
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
        wait_at_most(Duration::from_secs(40), "the process to be gone", || proxy.is_gone().then_some(()));
        // The next start may find the wire as it is.
        if (chance / 8_400).is_multiple_of(2) {
            scene.wire.mend();
        }
        proxy.restart();
        let dropped = scene.wire.dropped();
        if matches!(fault, Fault::AnswerDropped) && waiting(&home) > 0 {
            wait_at_most(Duration::from_secs(20), &told, || {
                (scene.wire.dropped() > dropped || waiting(&home) == 0).then_some(())
            });
        }
        scene.wire.mend();
        wait_at_most(Duration::from_secs(90), &told, || (waiting(&home) == 0).then_some(()));
        check(&tallies, &scene.server.clicks(), &told);
    }
    assert!(tallies.iter().all(|tally| tally.answered() > rounds), "every user clicked");
    eprintln!("{} acknowledgements were dropped", scene.wire.dropped());
}
