//! The faults of the soak.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::test_env::organic_results;
use qsproxy_test_support::wait_for;
use rusqlite::Connection;

use super::Scene;

/// When the clock starts.
pub const START: &str = "2026-03-01 10:20:00";
/// Where the clock steps: forwards and backwards, over hours and a day's end, and never beyond what is kept by the hour.
const TIMES: [&str; 5] =
    [START, "2026-03-01 10:20:03", "2026-03-01 11:59:58", "2026-03-01 09:10:00", "2026-03-01 23:59:57"];
/// Connections of a flood.
const FLOOD: usize = 400;

/// One fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    /// The first partner fails in some way.
    First,
    /// The second partner does.
    Second,
    /// Both are well again.
    Well,
    Reload,
    /// SIGSTOP, and SIGCONT after a while.
    Stopped,
    DiskFull,
    /// Another process holds the store's lock.
    Locked,
    ClockStep,
    /// Connections that send nothing or half a head.
    Flood,
    /// Connections that send what is no HTTP.
    Junk,
    /// The admin page and the metrics are asked for.
    Scrape,
    /// SIGKILL and a new start.
    Killed,
    /// SIGTERM and a new start.
    Terminated,
}

impl Fault {
    /// Faults that the process survives.
    pub const LASTING: &[Self] = &[
        Self::First,
        Self::First,
        Self::First,
        Self::Second,
        Self::Well,
        Self::Well,
        Self::Reload,
        Self::Stopped,
        Self::DiskFull,
        Self::Locked,
        Self::ClockStep,
        Self::Flood,
        Self::Junk,
        Self::Scrape,
    ];
    /// All of them; restarts are frequent.
    pub const ALL: &[Self] = &[
        Self::First,
        Self::First,
        Self::Second,
        Self::Well,
        Self::Reload,
        Self::Stopped,
        Self::DiskFull,
        Self::Locked,
        Self::ClockStep,
        Self::Flood,
        Self::Junk,
        Self::Scrape,
        Self::Killed,
        Self::Killed,
        Self::Terminated,
        Self::Terminated,
    ];
}

/// Every kind of trouble with a partner.
fn trouble(scene: &mut Scene) -> MockResponse {
    let body = organic_results(10);
    let limited = b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let kinds = [
        MockResponse::Status(500),
        MockResponse::Raw(limited.to_vec()),
        MockResponse::Hang,
        MockResponse::HangAfterHead,
        MockResponse::CloseImmediately,
        MockResponse::Reset { after: Duration::from_millis(20) },
        MockResponse::TruncatedBody,
        MockResponse::SlowBytes,
        MockResponse::Endless { announced: true },
        MockResponse::Endless { announced: false },
        MockResponse::GzipBomb,
        MockResponse::Raw(scene.random.text("abc<>&%\r\n\u{7f} ", 3000).into_bytes()),
        MockResponse::WrongContentType(body.clone()),
        MockResponse::Redirect("http://127.0.0.1:9/".to_owned()),
        MockResponse::Delayed(Duration::from_millis(300), body.clone()),
        MockResponse::Gzip(body),
        MockResponse::Json("[".repeat(100_000)),
        MockResponse::Json(organic_results(3000)),
    ];
    kinds[scene.random.below(kinds.len())].clone()
}

fn heal(partner: &MockPartner) {
    partner.respond_with(MockResponse::Json(organic_results(10)));
    partner.take_requests();
}

/// Ends what a fault began: partners are well, and the clock is where it started.
pub fn mend(scene: &mut Scene) {
    heal(&scene.first);
    heal(&scene.second);
    scene.clock.set(START);
}

/// Causes a fault. What another process does to this one is over when it returns; partners stay as they are.
pub fn inject(fault: Fault, scene: &mut Scene) {
    let short = Duration::from_millis(100 + scene.random.below(900) as u64);
    match fault {
        Fault::Nothing => {}
        Fault::First => {
            let trouble = trouble(scene);
            scene.first.respond_with(trouble);
        }
        Fault::Second => {
            let trouble = trouble(scene);
            scene.second.respond_with(trouble);
        }
        Fault::Well => {
            heal(&scene.first);
            heal(&scene.second);
        }
        Fault::Reload => scene.proxy.signal("HUP"),
        Fault::Stopped => {
            scene.proxy.signal("STOP");
            std::thread::sleep(short);
            scene.proxy.signal("CONT");
        }
        Fault::DiskFull => {
            scene.disk.fill();
            std::thread::sleep(short);
            scene.disk.free();
        }
        Fault::Locked => lock_store(scene, short),
        Fault::ClockStep => scene.clock.set(TIMES[scene.random.below(TIMES.len())]),
        Fault::Flood => flood(scene, short),
        Fault::Junk => junk(scene),
        Fault::Scrape => {
            scene.proxy.admin_get("/metrics", &[]);
            scene.proxy.admin_get("/", &[]);
        }
        Fault::Killed | Fault::Terminated => restart(fault, scene),
    }
}

fn lock_store(scene: &Scene, time: Duration) {
    let store = Connection::open(scene.proxy.store()).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::sleep(time);
    store.execute_batch("ROLLBACK").unwrap();
}

fn flood(scene: &mut Scene, time: Duration) {
    let first: &[u8] = if scene.random.one_in(2) { b"" } else { b"GET /search?q=x HTTP/1.1\r\nHost: " };
    let open = |_| {
        let mut stream = TcpStream::connect_timeout(&scene.proxy.public, Duration::from_secs(5)).ok()?;
        stream.write_all(first).ok()?;
        Some(stream)
    };
    let held: Vec<Option<TcpStream>> = (0..FLOOD).map(open).collect();
    std::thread::sleep(time);
    drop(held);
}

fn junk(scene: &mut Scene) {
    for _ in 0..30 {
        let bytes: Vec<u8> = (0..200).map(|_| scene.random.number().to_le_bytes()[0]).collect();
        if let Ok(mut stream) = TcpStream::connect_timeout(&scene.proxy.public, Duration::from_secs(5)) {
            let _ = stream.write_all(&bytes);
        }
    }
}

fn restart(fault: Fault, scene: &mut Scene) {
    if fault == Fault::Killed {
        scene.proxy.kill();
    } else {
        scene.proxy.signal("TERM");
        wait_for("the process to exit", || scene.proxy.has_exited().then_some(()));
    }
    scene.proxy.restart();
    scene.load.move_to(scene.proxy.public);
}
