//! Restarts under load: in place (SIGUSR2), and with sockets that a supervisor keeps (`LISTEN_FDS`). Nobody is refused, no
//! connection is reset, and every click is counted once.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response, get, request_bytes};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, click_paths, organic_results};
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{free_port, send_signal, wait_for, wait_up_to};

use crate::tls::TlsEnv;

const RESTARTS: usize = 10;
/// Clients that open a connection for each request, and clients that keep theirs.
const CLIENTS: usize = 4;

/// What clients experienced.
#[derive(Default)]
struct Load {
    /// Searches that were answered.
    searches: AtomicU64,
    /// Clicks that were redirected.
    clicks: AtomicU64,
    /// Kept connections that were closed before the next request was answered.
    closed: AtomicU64,
    failures: Mutex<Vec<String>>,
    ended: AtomicBool,
}

/// A client that follows the rules of HTTP: it repeats a request if a kept connection was closed before the response
/// (RFC 9112 section 9.3.1), and no other.
struct Browser<'a> {
    address: SocketAddr,
    keeps: bool,
    kept: Option<Client>,
    load: &'a Load,
}

impl Browser<'_> {
    fn send(&mut self, target: &str) -> Option<Response> {
        let bytes = request_bytes("GET", target, &self.address.to_string(), &[]);
        if let Some(mut client) = self.kept.take() {
            if let Ok(response) = client.send(&bytes) {
                return Some(self.keep(client, response));
            }
            self.load.closed.fetch_add(1, Ordering::Relaxed);
        }
        let answered = Client::connect(self.address).and_then(|mut client| Ok((client.send(&bytes)?, client)));
        match answered {
            Ok((response, client)) => Some(self.keep(client, response)),
            Err(error) => {
                self.load.failures.lock().unwrap().push(format!("{target:.8}: {error}"));
                None
            }
        }
    }

    fn keep(&mut self, client: Client, response: Response) -> Response {
        let closes = response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        self.kept = (self.keeps && !closes).then_some(client);
        response
    }

    /// Searches and clicks the results until the load ends.
    fn run(mut self) {
        while !self.load.ended.load(Ordering::Relaxed) {
            let Some(found) = self.send("/search?q=x&format=json") else { continue };
            if found.status != 200 {
                self.load.failures.lock().unwrap().push(format!("search: {}", found.status));
                continue;
            }
            self.load.searches.fetch_add(1, Ordering::Relaxed);
            for path in click_paths(&found) {
                match self.send(&path) {
                    Some(response) if response.status == 303 => drop(self.load.clicks.fetch_add(1, Ordering::Relaxed)),
                    Some(response) => {
                        self.load.failures.lock().unwrap().push(format!("click: {}", response.status));
                    }
                    None => {}
                }
            }
        }
    }
}

/// Runs clients against `address` while `restarts` runs, and a little longer.
fn under_load(address: SocketAddr, restarts: impl FnOnce(&Load)) -> Load {
    let load = Load::default();
    std::thread::scope(|scope| {
        for number in 0..2 * CLIENTS {
            let browser = Browser { address, keeps: number % 2 == 0, kept: None, load: &load };
            scope.spawn(|| browser.run());
        }
        std::thread::sleep(Duration::from_millis(300));
        restarts(&load);
        std::thread::sleep(Duration::from_millis(300));
        load.ended.store(true, Ordering::Relaxed);
    });
    load
}

/// Waits until clients are served again.
fn wait_for_progress(load: &Load) {
    let before = load.searches.load(Ordering::Relaxed);
    wait_up_to(Duration::from_secs(30), "searches", || {
        (load.searches.load(Ordering::Relaxed) > before + 4).then_some(())
    });
}

/// All searches and clicks of the store, whatever their outcome.
fn stored(workdir: &Workdir) -> (u64, u64) {
    let store = rusqlite::Connection::open(workdir.path("data/counts.db")).unwrap();
    let sum = |table: &str| {
        let sql = format!("select coalesce(sum(n), 0) from {table}");
        store.query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
    };
    (sum("searches"), sum("clicks"))
}

#[track_caller]
fn assert_nothing_was_lost(load: &Load, workdir: &Workdir) {
    assert_eq!(*load.failures.lock().unwrap(), Vec::<String>::new());
    let answered = (load.searches.load(Ordering::Relaxed), load.clicks.load(Ordering::Relaxed));
    assert!(answered.0 > 20 && answered.1 > 20, "{answered:?}");
    assert_eq!(stored(workdir), answered, "what is counted, and what was answered");
}

fn partner() -> MockPartner {
    MockPartner::responding(MockResponse::Delayed(Duration::from_millis(30), organic_results(2)))
}

#[test]
fn ten_restarts_in_place_refuse_nobody() {
    let partner = partner();
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).with("listen", "workers", "2").text());
    let mut proxy = workdir.start();
    let (public, pid) = (proxy.public, proxy.pid());
    let load = under_load(public, |load| {
        for number in 1..=RESTARTS {
            proxy.signal("USR2");
            wait_up_to(Duration::from_secs(30), "the restart", || {
                (proxy.stderr().matches("event=started").count() > number).then_some(())
            });
            wait_for_progress(load);
        }
    });
    assert_eq!((proxy.public, proxy.pid()), (public, pid));
    assert_eq!(proxy.stderr().matches("event=restarting").count(), RESTARTS);
    let metrics = get(proxy.admin, "/metrics", &[]);
    assert_eq!(metrics.status, 200);
    assert!(proxy.terminate().success());
    assert_nothing_was_lost(&load, &workdir);
}

/// Every connection is new, so nothing may be repeated; curl repeats nothing by itself.
#[test]
fn restarts_refuse_nobody_over_tls() {
    let env = TlsEnv::with(partner(), |config, _| config);
    let (ended, answered, failures) = (AtomicBool::new(false), AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for version in ["--http2", "--http1.1", "--http2", "--http1.1"] {
            let (env, ended, answered, failures) = (&env, &ended, &answered, &failures);
            scope.spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    let output = env.curl_command("/search?q=x&format=json", &[version]).output().unwrap();
                    if String::from_utf8_lossy(&output.stdout).ends_with(" 200") {
                        answered.fetch_add(1, Ordering::Relaxed);
                    } else {
                        failures.lock().unwrap().push(format!("{version}: {output:?}"));
                    }
                }
            });
        }
        for number in 1..=3 {
            env.proxy.signal("USR2");
            wait_up_to(Duration::from_secs(30), "the restart", || {
                (env.proxy.stderr().matches("event=started").count() > number).then_some(())
            });
            let before = answered.load(Ordering::Relaxed);
            wait_up_to(Duration::from_secs(30), "answers", || {
                (answered.load(Ordering::Relaxed) > before + 4).then_some(())
            });
        }
        ended.store(true, Ordering::Relaxed);
    });
    assert_eq!(failures.into_inner().unwrap(), Vec::<String>::new());
}

/// A supervisor that keeps the listening sockets, as systemd does for a socket unit.
struct Supervisor {
    workdir: Arc<Workdir>,
    public: TcpListener,
    admin: TcpListener,
    names: &'static str,
    running: Vec<Child>,
    started: usize,
}

impl Supervisor {
    fn new(workdir: &Arc<Workdir>, names: &'static str) -> Self {
        let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
        Self { workdir: Arc::clone(workdir), public: bind(), admin: bind(), names, running: Vec::new(), started: 0 }
    }

    fn start(&mut self) {
        self.started += 1;
        let stderr = File::create(self.workdir.path(&format!("stderr-{}", self.started))).unwrap();
        let mut command = self.workdir.command();
        command.arg("serve").stderr(stderr).env("LISTEN_FDS", "2").env("LISTEN_FDNAMES", self.names);
        let sockets = [&self.public, &self.admin].map(|socket| socket.try_clone().unwrap().into());
        let mappings = (3..).zip(sockets).map(|(child_fd, parent_fd)| FdMapping { parent_fd, child_fd });
        command.fd_mappings(mappings.collect()).unwrap();
        self.running.push(command.spawn().unwrap());
    }

    fn stderr(&self) -> String {
        std::fs::read_to_string(self.workdir.path(&format!("stderr-{}", self.started))).unwrap()
    }

    fn wait_until_started(&self) {
        wait_up_to(Duration::from_secs(30), "the start", || self.stderr().contains("event=started").then_some(()));
    }

    fn terminate_oldest(&self) {
        send_signal("TERM", self.running[0].id());
    }

    fn wait_for_oldest(&mut self) {
        let mut oldest = self.running.remove(0);
        wait_up_to(Duration::from_secs(30), "the exit", || oldest.try_wait().unwrap());
        let status = oldest.wait().unwrap();
        assert!(status.success(), "{status}: {}", self.stderr());
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// systemd starts the next process after the end of the one before; other supervisors do not wait. Both are tried.
#[test]
fn ten_restarts_with_passed_sockets_refuse_nobody() {
    let partner = partner();
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).with("listen", "workers", "2").text());
    let mut supervisor = Supervisor::new(&workdir, "qsproxy.socket:admin");
    let (public, admin) = (supervisor.public.local_addr().unwrap(), supervisor.admin.local_addr().unwrap());
    supervisor.start();
    supervisor.wait_until_started();
    let load = under_load(public, |load| {
        for number in 0..RESTARTS {
            match number % 3 {
                0 => {
                    supervisor.terminate_oldest();
                    supervisor.wait_for_oldest();
                    supervisor.start();
                }
                1 => {
                    supervisor.terminate_oldest();
                    supervisor.start();
                    supervisor.wait_for_oldest();
                }
                _ => {
                    supervisor.start();
                    std::thread::sleep(Duration::from_millis(200));
                    supervisor.terminate_oldest();
                    supervisor.wait_for_oldest();
                }
            }
            supervisor.wait_until_started();
            wait_for_progress(load);
        }
    });
    assert_eq!(get(admin, "/readyz", &[]).status, 200, "the socket named admin");
    supervisor.terminate_oldest();
    supervisor.wait_for_oldest();
    assert_nothing_was_lost(&load, &workdir);
}

#[test]
fn passed_sockets_are_recognised_by_address_and_checked() {
    let partner = partner();
    let port = free_port();
    let config = ConfigBuilder::new(&partner).with("admin", "address", &format!("\"127.0.0.1:{port}\""));
    let workdir = Workdir::new(&config.text());
    // Without names: the configured address says which is for the admin listener.
    let mut supervisor = Supervisor::new(&workdir, "");
    supervisor.admin = TcpListener::bind(("127.0.0.1", port)).unwrap();
    supervisor.start();
    supervisor.wait_until_started();
    let [public, admin] = [&supervisor.public, &supervisor.admin].map(|socket| socket.local_addr().unwrap());
    assert_eq!((get(public, "/robots.txt", &[]).status, get(admin, "/livez", &[]).status), (200, 200));
    drop(supervisor);

    // An admin socket for everybody needs a token, as an address in the configuration does.
    let mut supervisor = Supervisor::new(&workdir, "public:admin");
    supervisor.admin = TcpListener::bind("0.0.0.0:0").unwrap();
    supervisor.start();
    let status = wait_for("the exit", || supervisor.running[0].try_wait().unwrap());
    assert_eq!(status.code(), Some(2));
    assert!(supervisor.stderr().contains("token_file"), "{}", supervisor.stderr());
}

#[test]
fn a_restart_that_cannot_succeed_is_refused() {
    let env = TestEnv::new();
    let valid = std::fs::read(env.proxy.workdir().path("proxy.toml")).unwrap();
    env.proxy.workdir().write("proxy.toml", b"unknown = 1\n");
    env.proxy.signal("USR2");
    env.proxy.wait_for_event("event=restart_refused");
    assert_eq!(env.search("q=x", &[]).status, 200);
    env.proxy.workdir().write("proxy.toml", &valid);
    env.proxy.signal("USR2");
    wait_for("the restart", || (env.proxy.stderr().matches("event=started").count() == 2).then_some(()));
    assert_eq!(env.search("q=x", &[]).status, 200);
}

/// A socket that the program bound follows the configuration.
#[test]
fn a_restart_applies_another_address_and_number_of_workers() {
    let partner = partner();
    let [first, second] = [free_port(), free_port()];
    let config = |port: u16, workers: &str| {
        let config = ConfigBuilder::new(&partner).with("listen", "address", &format!("\"127.0.0.1:{port}\""));
        config.with("listen", "workers", workers).text()
    };
    let workdir = Workdir::new(&config(first, "3"));
    let mut proxy = workdir.start();
    let restart = |text: String, number: usize, port: u16| {
        workdir.write("proxy.toml", text.as_bytes());
        proxy.signal("USR2");
        wait_for("the restart", || (proxy.stderr().matches("event=started").count() == number).then_some(()));
        for _ in 0..20 {
            assert_eq!(get(SocketAddr::from(([127, 0, 0, 1], port)), "/robots.txt", &[]).status, 200);
        }
    };
    restart(config(first, "1"), 2, first);
    restart(config(first, "4"), 3, first);
    restart(config(second, "2"), 4, second);
    assert!(Client::connect(SocketAddr::from(([127, 0, 0, 1], first))).is_err());
    assert!(proxy.terminate().success());
}

/// A second process by accident is told what is wrong.
#[test]
fn a_second_process_at_the_same_address_is_refused() {
    let env = TestEnv::new();
    let text = std::fs::read_to_string(env.proxy.workdir().path("proxy.toml")).unwrap();
    let taken = text.replacen("127.0.0.1:0", &env.proxy.public.to_string(), 1);
    let start = Instant::now();
    let refusal = Workdir::new(&taken).try_start().err().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(refusal.status, Some(2));
    assert!(refusal.stderr.contains("[listen] address: cannot bind"), "{}", refusal.stderr);
    assert!(refusal.stderr.contains("stop the program that uses it"), "{}", refusal.stderr);
}

/// A process without sockets of its predecessor waits for the store, and stops when it is told to.
#[test]
fn a_process_waits_for_a_store_in_use() {
    let mut env = TestEnv::new();
    let workdir = Arc::clone(env.proxy.workdir());
    let start = |name: &str| {
        let stderr = File::create(workdir.path(name)).unwrap();
        let child = workdir.command().arg("serve").stderr(stderr).spawn().unwrap();
        let read = || std::fs::read_to_string(workdir.path(name)).unwrap();
        wait_for("the wait", || read().contains("event=store_awaited").then_some(()));
        child
    };
    let mut stopped = start("stopped");
    send_signal("TERM", stopped.id());
    assert!(wait_for("the exit", || stopped.try_wait().unwrap()).success());
    let mut successor = start("successor");
    assert!(env.proxy.terminate().success());
    let read = || std::fs::read_to_string(workdir.path("successor")).unwrap();
    wait_for("the start", || read().contains("event=started").then_some(()));
    send_signal("TERM", successor.id());
    assert!(wait_for("the exit", || successor.try_wait().unwrap()).success());
}

/// SIGUSR2 during a drain changes nothing, and SIGTERM during a restart stops.
#[test]
fn a_signal_to_stop_ends_a_restart() {
    let partner = MockPartner::responding(MockResponse::Hang);
    let config = ConfigBuilder::new(&partner).with("partner first", "timeout", "\"4s\"");
    let mut proxy = Proxy::start(&config.text());
    let mut client = Client::connect(proxy.public).unwrap();
    client.write(&request_bytes("GET", "/search?q=x", &proxy.public.to_string(), &[])).unwrap();
    wait_for("the partner to be asked", || (!partner.requests().is_empty()).then_some(()));
    proxy.signal("USR2");
    proxy.wait_for_event("event=draining");
    proxy.signal("TERM");
    assert!(proxy.wait().success());
    assert!(!proxy.stderr().contains("event=restarting"), "{}", proxy.stderr());
}

/// A `check` that does not end (here it reads the configuration from a pipe that nobody writes to) delays no signal to stop, and ends
/// with the process.
#[test]
fn a_signal_to_stop_ends_the_check_before_a_restart() {
    let mut env = TestEnv::new();
    let path = env.proxy.workdir().path("proxy.toml");
    std::fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let pid = env.proxy.pid();
    let children = || std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    env.proxy.signal("USR2");
    let check = wait_for("the check", || children().split_whitespace().next().map(str::to_owned));
    assert_eq!(env.search("q=x", &[]).status, 200);
    env.proxy.signal("TERM");
    assert!(env.proxy.wait().success());
    assert!(!std::path::Path::new(&format!("/proc/{check}")).exists());
    assert!(!env.proxy.stderr().contains("event=restart"), "{}", env.proxy.stderr());
}

/// Each number of a passed socket is looked at.
#[test]
fn numbers_of_sockets_that_nobody_passes_are_refused_at_once() {
    let workdir = Workdir::new(&ConfigBuilder::new(&partner()).text());
    for (name, number) in [
        ("LISTEN_FDS", "2000000000"),
        ("LISTEN_FDS", "1025"),
        ("LISTEN_FDS", "99999999999999999999"),
        ("LISTEN_FDS_FIRST_FD", "2147483647"),
    ] {
        let output = workdir.command().arg("serve").env(name, number).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(&format!("{name}: more than")), "{name}={number}: {text}");
    }
}
