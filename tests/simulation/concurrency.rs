//! Real concurrency: threads that send one stamp at the same moment, and a Redis that two nodes share.

use std::sync::{Arc, Barrier};

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy::visit::{StampUpdate, TrackingPreference};
use qsproxy_test_support::redis::RedisProcess;

use super::figures::StoreContents;
use super::oracle::Oracle;
use super::service::{DedupCheck, Design, Node, Service, shared_marks};
use super::{exact, settings};

const THREADS: usize = 6;

/// Stamps of yesterday, each sent by all threads at once.
const RACES: usize = 100;

/// 2024-02-29.
const START: u32 = 19_782;

#[test]
fn threads_count_a_stamp_once() {
    let marks = Arc::new(DailyMarks::default());
    race("threads, one memory", || shared_marks(&marks));
}

#[test]
#[ignore = "needs redis-server"]
fn threads_with_a_redis_count_a_stamp_once() {
    let redis = RedisProcess::start();
    race("threads, one Redis", || redis_marks(&redis));
}

#[test]
#[ignore = "needs redis-server"]
fn two_nodes_with_a_redis_are_exact() {
    let (random, seed) = settings::seeded("exact before a Redis");
    let redis = RedisProcess::start();
    let service = Service::start();
    let nodes = (0..2).map(|_| service.node(Design::Real, 0, redis_marks(&redis))).collect();
    let admin = redis.connect();
    let wipe = move || assert_eq!(admin.command(&["FLUSHALL"]), "+OK");
    exact::run(service, nodes, wipe, (random, settings::people_count(60, 1_000), &seed));
}

/// A node's connection to the Redis: sets a mark if it does not exist, with a TTL of 25 hours.
fn redis_marks(redis: &RedisProcess) -> DedupCheck {
    let connection = redis.connect();
    Box::new(
        move |mark, _| match &connection.command(&["SET", &format!("{mark:016x}"), "1", "NX", "EX", "90000"])[..] {
            "+OK" => true,
            "$-1" => false,
            other => panic!("unexpected reply from Redis: {other}"),
        },
    )
}

fn race(scenario: &str, dedup: impl Fn() -> DedupCheck) {
    let (mut random, seed) = settings::seeded(scenario);
    let service = Service::start();
    let mut nodes: Vec<Node> = (0..THREADS).map(|_| service.node(Design::Real, 0, dedup())).collect();
    let [yesterday, today] = [START, START + 1].map(|day| Time(u64::from(day) * DAY_SECONDS));
    let mut oracle = Oracle::default();
    let mut stamps = Vec::new();
    for _ in 0..RACES {
        let mut stamp: Option<String> = None;
        for _ in 0..2 {
            let at = (yesterday, random.number());
            let response = nodes[0].request(stamp.as_deref(), TrackingPreference::Unset, 0, at);
            let StampUpdate::Replace(next) = response.update else { panic!("{seed}: no stamp") };
            stamp = Some(next);
        }
        let life = oracle.new_visitor(0, Day(START));
        oracle.visit(life, Day(START + 1));
        stamps.push(stamp.unwrap());
    }
    // All nodes read the keys of the day now: several nodes must not advance one key ring at the same moment.
    assert!(nodes.iter_mut().all(|node| node.decode(&stamps[0], today).is_some()), "{seed}");
    let barrier = Barrier::new(THREADS);
    let updates = std::thread::scope(|scope| {
        let (barrier, stamps) = (&barrier, &stamps);
        let start_thread = |mut node: Node| {
            let send = move |stamp: &String| {
                barrier.wait();
                node.request(Some(stamp), TrackingPreference::Unset, 0, (today, 7)).update
            };
            scope.spawn(move || stamps.iter().map(send).collect::<Vec<StampUpdate>>())
        };
        let threads: Vec<_> = nodes.drain(..).map(start_thread).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(updates.iter().all(|of_thread| *of_thread == updates[0]), "{seed}: all get the same stamps");
    let days = START..START + 32;
    let store = StoreContents::read(service, days.clone());
    store.figures.errors(&oracle.figures(days)).assert_none(&seed);
}
