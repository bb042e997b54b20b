//! People who search and click each result once, some of whom do not wait for the answer.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use qsproxy_test_support::http_client::{Client, request_bytes};
use qsproxy_test_support::random::Random;
use qsproxy_test_support::test_env::click_paths;

/// People at once.
const PEOPLE: usize = 6;
/// One click in so many is sent by somebody who leaves at once.
const LEAVES_ONE_IN: usize = 20;
/// The longest pause of a person, in milliseconds.
const PAUSE_MS: usize = 30;

#[derive(Default)]
struct Tally {
    asked_searches: AtomicU64,
    answered_searches: AtomicU64,
    answered_clicks: AtomicU64,
    open_clicks: AtomicU64,
    is_paused: AtomicBool,
}

/// The load.
pub struct Load {
    /// Where the program listens: a restarted one listens elsewhere.
    address: Arc<Mutex<SocketAddr>>,
    tally: Arc<Tally>,
    people: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn new(address: SocketAddr) -> Load {
        Load { address: Arc::new(Mutex::new(address)), tally: Arc::default(), people: Vec::new() }
    }

    pub fn move_to(&self, address: SocketAddr) {
        *self.address.lock().unwrap() = address;
    }

    pub fn resume(&mut self, random: &mut Random) {
        self.tally.is_paused.store(false, Ordering::SeqCst);
        self.people = (0..PEOPLE)
            .map(|_| {
                let (address, tally, random) =
                    (Arc::clone(&self.address), Arc::clone(&self.tally), Random::new(random.number()));
                std::thread::spawn(move || person(&address, &tally, random))
            })
            .collect();
    }

    /// Waits until everybody has gone.
    pub fn pause(&mut self) {
        self.tally.is_paused.store(true, Ordering::SeqCst);
        for person in self.people.drain(..) {
            person.join().expect("a person");
        }
    }

    pub fn asked_searches(&self) -> u64 {
        self.tally.asked_searches.load(Ordering::SeqCst)
    }

    pub fn answered_searches(&self) -> u64 {
        self.tally.answered_searches.load(Ordering::SeqCst)
    }

    /// Clicks that were answered with 303.
    pub fn answered_clicks(&self) -> u64 {
        self.tally.answered_clicks.load(Ordering::SeqCst)
    }

    /// Clicks without an answer.
    pub fn open_clicks(&self) -> u64 {
        self.tally.open_clicks.load(Ordering::SeqCst)
    }
}

fn person(address: &Mutex<SocketAddr>, tally: &Tally, mut random: Random) {
    while !tally.is_paused.load(Ordering::SeqCst) {
        let to = *address.lock().unwrap();
        if visit(to, tally, &mut random).is_err() {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Searches and clicks on one connection until something fails or the person leaves.
fn visit(to: SocketAddr, tally: &Tally, random: &mut Random) -> std::io::Result<()> {
    let one = |count: &AtomicU64| {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let get = |path: &str| request_bytes("GET", path, &to.to_string(), &[]);
    let mut client = Client::connect(to)?;
    while !tally.is_paused.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(random.below(PAUSE_MS) as u64));
        let code = random.pick(&["toolbar-main", "only-second"]);
        one(&tally.asked_searches);
        let found = client.send(&get(&format!("/search?q={}&format=json&code={code}", random.word())))?;
        if found.status != 200 {
            continue;
        }
        one(&tally.answered_searches);
        for path in click_paths(&found).iter().take(4) {
            if random.one_in(LEAVES_ONE_IN) {
                one(&tally.open_clicks);
                return client.write(&get(path));
            }
            match client.send(&get(path)) {
                Ok(answer) if answer.status == 303 => one(&tally.answered_clicks),
                // Expired or refused: not counted.
                Ok(_) => {}
                Err(error) => {
                    one(&tally.open_clicks);
                    return Err(error);
                }
            }
        }
    }
    Ok(())
}
