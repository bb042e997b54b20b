//! A PostgreSQL server of a test's own, and a wire to it that can be cut. `psql` is the witness.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::redis::free_port;
use super::{contains, wait_at_most};

/// The server refuses to run as root; this user and its group are on every Debian machine (nobody, nogroup).
pub const NOBODY: u32 = 65_534;

/// A running server. Dropping it kills it.
pub struct Postgres {
    child: Child,
    folder: TempDir,
    options: Vec<String>,
    pub port: u16,
}

impl Postgres {
    #[track_caller]
    pub fn start() -> Postgres {
        Postgres::with(&[])
    }

    /// With more settings (`name=value`).
    #[track_caller]
    pub fn with(settings: &[&str]) -> Postgres {
        let folder = TempDir::with_prefix("qsproxy-pg-").unwrap();
        let made = program("chown").arg(format!("{NOBODY}:{NOBODY}")).arg(folder.path()).status();
        assert!(!root() || made.unwrap().success());
        let data = folder.path().join("data");
        let arguments = ["--auth=trust", "--username=qsproxy", "--no-sync", "--locale=C.UTF-8", "-D"];
        let made = as_server(program("initdb").args(arguments).arg(&data)).stdout(Stdio::null()).status();
        assert!(made.unwrap().success(), "initdb");
        let port = free_port();
        let options = ["listen_addresses=127.0.0.1", "max_connections=200", "log_statement=none"];
        let options = options.iter().chain(settings).map(|setting| setting.to_string()).collect();
        let child = spawn(&folder, port, &options);
        let server = Postgres { child, folder, options, port };
        server.wait_until_up();
        server
    }

    /// Its address, as a store.
    pub fn url(&self) -> String {
        Self::url_at(self.port)
    }

    pub fn url_at(port: u16) -> String {
        format!("postgres://qsproxy@127.0.0.1:{port}/postgres")
    }

    /// The process that its others are children of.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a crash would: what it acknowledged is in its log.
    pub fn crash(&mut self) {
        self.signal("QUIT");
        let _ = self.child.wait();
    }

    /// Starts it again on the same port.
    #[track_caller]
    pub fn restart(&mut self) {
        self.crash();
        self.child = spawn(&self.folder, self.port, &self.options);
        self.wait_until_up();
    }

    /// Sends a signal by name to all its processes.
    pub fn signal(&self, name: &str) {
        let of_session = format!("kill -{name} {0} $(pgrep -P {0})", self.child.id());
        let _ = Command::new("sh").args(["-c", &of_session]).stderr(Stdio::null()).status();
    }

    /// Runs a file of statements as README says it is run; or psql's complaint.
    pub fn run_file(&self, file: &std::path::Path) -> Result<(), String> {
        let mut psql = program("psql");
        psql.args(["-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file).arg(self.url());
        let output = psql.stdout(Stdio::null()).output().unwrap();
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    /// What a query gives: its lines, columns between bars; or psql's complaint.
    pub fn try_ask(&self, sql: &str) -> Result<Vec<String>, String> {
        let mut psql = program("psql");
        psql.args([
            "-X",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "qsproxy",
            "-h",
            "127.0.0.1",
            "-d",
            "postgres",
            "-c",
            sql,
        ]);
        let output = psql.arg("-p").arg(self.port.to_string()).env("PGCONNECT_TIMEOUT", "2").output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    #[track_caller]
    pub fn ask(&self, sql: &str) -> Vec<String> {
        self.try_ask(sql).unwrap_or_else(|what| panic!("{sql}: {what}"))
    }

    #[track_caller]
    pub fn number(&self, sql: &str) -> i64 {
        self.ask(sql)[0].parse().unwrap()
    }

    /// The clicks, by code and outcome; none where there are no tables yet.
    pub fn clicks(&self) -> BTreeMap<(String, String), u64> {
        let lines = self.try_ask("select code, outcome, sum(n) from clicks group by code, outcome").unwrap_or_default();
        let cell = |line: &String| {
            let [code, outcome, n]: [&str; 3] = line.split('|').collect::<Vec<_>>().try_into().unwrap();
            ((code.to_owned(), outcome.to_owned()), n.parse().unwrap())
        };
        lines.iter().map(cell).collect()
    }

    /// All its files, to look for what must not be there.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Makes a file in its folder its own.
    #[track_caller]
    pub fn hand_over(&self, name: &str) {
        let mut given = Command::new("chown");
        given.arg(format!("{NOBODY}:{NOBODY}")).arg(name).current_dir(self.folder.path());
        assert!(!root() || given.status().unwrap().success());
    }

    #[track_caller]
    fn wait_until_up(&self) {
        wait_at_most(Duration::from_secs(30), "PostgreSQL to answer", || self.try_ask("select 1").ok());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.signal("CONT");
        self.crash();
    }
}

pub fn root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// One of PostgreSQL's programs, which Debian keeps apart by version; or any other.
fn program(name: &str) -> Command {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let places = versions.map(|version| version.path().join("bin").join(name)).filter(|place| place.exists());
    Command::new(places.max().unwrap_or_else(|| PathBuf::from(name)))
}

fn as_server(command: &mut Command) -> &mut Command {
    if root() { command.uid(NOBODY).gid(NOBODY).current_dir("/") } else { command }
}

#[track_caller]
fn spawn(folder: &TempDir, port: u16, options: &Vec<String>) -> Child {
    let mut server = program("postgres");
    server.arg("-D").arg(folder.path().join("data")).arg("-p").arg(port.to_string());
    server.arg("-c").arg(format!("unix_socket_directories={}", folder.path().display()));
    for option in options {
        server.args(["-c", option]);
    }
    let log = std::fs::File::options().create(true).append(true).open(folder.path().join("log")).unwrap();
    let child = as_server(&mut server).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
    child.unwrap_or_else(|error| panic!("postgres: {error}; install Debian's package postgresql"))
}

/// What the wire does with the next bytes.
const THROUGH: u8 = 0;
const CUT: u8 = 1;
const DROP_ANSWER: u8 = 2;

/// A wire to a server, which a test can cut.
pub struct Wire {
    pub port: u16,
    state: Arc<AtomicU8>,
    dropped: Arc<AtomicU64>,
}

impl Wire {
    pub fn to(server: u16) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Wire { port: listener.local_addr().unwrap().port(), state: Arc::default(), dropped: Arc::default() };
        let (state, dropped) = (wire.state.clone(), wire.dropped.clone());
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                if state.load(Ordering::SeqCst) == CUT {
                    continue;
                }
                // A wire that waited for more to carry would be a slow one.
                near.set_nodelay(true).and(far.set_nodelay(true)).unwrap();
                let ends = [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)];
                let doomed = Arc::new(AtomicU8::new(0));
                for (upwards, (from, to)) in [true, false].into_iter().zip(ends) {
                    let (state, dropped, doomed) = (state.clone(), dropped.clone(), doomed.clone());
                    std::thread::spawn(move || carry((from, to), upwards, &state, (&dropped, &doomed)));
                }
            }
        });
        wire
    }

    /// Every connection breaks, and none comes about.
    pub fn cut(&self) {
        self.state.store(CUT, Ordering::SeqCst);
    }

    /// The next parcel arrives, and the connection breaks before it is acknowledged.
    pub fn drop_answer(&self) {
        self.state.store(DROP_ANSWER, Ordering::SeqCst);
    }

    pub fn mend(&self) {
        self.state.store(THROUGH, Ordering::SeqCst);
    }

    /// How many answers were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::SeqCst)
    }
}

fn carry(
    (mut from, mut to): (TcpStream, TcpStream),
    upwards: bool,
    state: &AtomicU8,
    (dropped, doomed): (&AtomicU64, &AtomicU8),
) {
    let mut buffer = vec![0; 1 << 20];
    from.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    loop {
        let got = from.read(&mut buffer);
        if state.load(Ordering::SeqCst) == CUT {
            break;
        }
        let bytes = match got {
            Ok(n @ 1..) => &buffer[..n],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            _ => break,
        };
        // The body of a parcel goes up in one message; what comes down next is the acknowledgement.
        if upwards && state.load(Ordering::SeqCst) == DROP_ANSWER && contains(bytes, br#"{"clicks":"#) {
            doomed.store(1, Ordering::SeqCst);
        }
        if !upwards && doomed.load(Ordering::SeqCst) == 1 {
            dropped.fetch_add(1, Ordering::SeqCst);
            break;
        }
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
