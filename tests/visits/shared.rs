//! What nodes share, for real: threads that show one stamp at the same moment, and a Redis that remembers for two
//! nodes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy::visit::{StampUpdate, TrackingPreference};

use super::service::{IsFirst, Node, Rules, Service, remembering};
use super::truth::Truth;
use super::{exact, figures, form};

const THREADS: usize = 6;

/// So many stamps of yesterday, each shown by all threads at once: one count each.
const RACES: usize = 100;

/// 2024-02-29.
const START: u32 = 19_782;

#[test]
fn threads_count_a_stamp_once() {
    let memory = Arc::new(DailyMarks::default());
    race("threads, one memory", || remembering(&memory));
}

#[test]
#[ignore = "needs redis-server"]
fn threads_count_a_stamp_once_before_a_redis() {
    let redis = Redis::start();
    race("threads, one Redis", || redis.is_first());
}

#[test]
#[ignore = "needs redis-server"]
fn two_nodes_before_a_redis_are_exact() {
    let (random, seed) = form::chance("exact before a Redis");
    let redis = Redis::start();
    let service = Service::start();
    let nodes = (0..2).map(|_| service.node(Rules::Real, 0, redis.is_first())).collect();
    let admin = redis.connect();
    exact::run(
        service,
        nodes,
        move || assert_eq!(admin.ask(&["FLUSHALL"]), "+OK"),
        (random, form::pick(60, 1_000), &seed),
    );
}

fn race(scenario: &str, is_first: impl Fn() -> IsFirst) {
    let (mut random, seed) = form::chance(scenario);
    let service = Service::start();
    let mut nodes: Vec<Node> = (0..THREADS).map(|_| service.node(Rules::Real, 0, is_first())).collect();
    let [yesterday, today] = [START, START + 1].map(|day| Time(u64::from(day) * DAY_SECONDS));
    let mut truth = Truth::default();
    let mut stamps = Vec::new();
    for _ in 0..RACES {
        let mut text = None;
        for _ in 0..2 {
            let chance = random.number();
            let StampUpdate::Replace(next) =
                nodes[0].ask(text.as_deref(), TrackingPreference::Unset, 0, (yesterday, chance)).hand
            else {
                panic!("{seed}: a stamp")
            };
            text = Some(next);
        }
        let life = truth.born(0, Day(START));
        truth.came(life, Day(START + 1));
        stamps.push(text.unwrap());
    }
    // Everybody has the day's keys; one ring is not for several to advance at the same moment.
    assert!(nodes.iter_mut().all(|node| node.read(&stamps[0], today).is_some()), "{seed}");
    let barrier = Barrier::new(THREADS);
    let hands = std::thread::scope(|scope| {
        let (barrier, stamps) = (&barrier, &stamps);
        let one = |mut node: Node| {
            let show = move |stamp: &String| {
                barrier.wait();
                node.ask(Some(stamp), TrackingPreference::Unset, 0, (today, 7)).hand
            };
            scope.spawn(move || stamps.iter().map(show).collect::<Vec<StampUpdate>>())
        };
        let threads: Vec<_> = nodes.drain(..).map(one).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(hands.iter().all(|of_one| *of_one == hands[0]), "{seed}: all are handed the same");
    let days = START..START + 32;
    let tally = figures::Tally::of(service, days.clone());
    tally.figures.errors(&truth.figures(days)).assert_none(&seed);
}

/// A Redis of our own, which keeps nothing on disk.
struct Redis {
    server: Child,
    port: u16,
}

impl Redis {
    /// # Panics
    /// Where there is no `redis-server`: `scripts/check` brings it.
    fn start() -> Self {
        // Another process may take the port before the server does.
        (0..5).find_map(|_| Self::try_start()).expect("redis-server starts")
    }

    fn try_start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp", "--port"];
        let mut command = Command::new("redis-server");
        command.args(settings).arg(port.to_string()).stdout(Stdio::null());
        let server = command.spawn().expect("redis-server is installed (Debian: apt-get install redis-server)");
        let mut redis = Self { server, port };
        for _ in 0..200 {
            if redis.server.try_wait().unwrap().is_some() {
                return None;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(redis);
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        None
    }

    fn connect(&self) -> Connection {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection(Mutex::new(BufReader::new(stream)))
    }

    /// A node's view of it: a mark is set where it is not there, and goes after a day and an hour.
    fn is_first(&self) -> IsFirst {
        let connection = self.connect();
        Box::new(
            move |mark, _| match &connection.ask(&["SET", &format!("{mark:016x}"), "1", "NX", "EX", "90000"])[..] {
                "+OK" => true,
                "$-1" => false,
                other => panic!("Redis answers {other}"),
            },
        )
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// One connection: RESP 2, a command as an array of strings, an answer of one line.
struct Connection(Mutex<BufReader<TcpStream>>);

impl Connection {
    fn ask(&self, words: &[&str]) -> String {
        let mut command = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| command.push_str(&format!("${}\r\n{word}\r\n", word.len())));
        let mut stream = self.0.lock().unwrap();
        stream.get_mut().write_all(command.as_bytes()).unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}
