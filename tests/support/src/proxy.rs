//! The program under test, as a child process in a folder of its own.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::client::{self, Response};

/// How long the program may take until both listeners are open, and to leave.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program's path: `QSPROXY_BIN`, else what cargo built for these tests.
pub fn binary() -> PathBuf {
    std::env::var_os("QSPROXY_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_qsproxy")), PathBuf::from)
}

/// A folder with a `proxy.toml`, in which the program can be run any number of times. Goes when it is dropped.
pub struct Home {
    folder: TempDir,
    /// Variables that the program is started with, beside the usual ones.
    environment: Vec<(String, String)>,
}

impl Home {
    pub fn new(config: &str) -> Arc<Home> {
        Home::with_environment(config, &[])
    }

    /// As [`Home::new`], with these variables set whenever the program is started.
    pub fn with_environment(config: &str, environment: &[(&str, &str)]) -> Arc<Home> {
        let environment = environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let home = Home { folder: TempDir::with_prefix("qsproxy-it-").unwrap(), environment };
        std::fs::create_dir(home.path("tmp")).unwrap();
        home.write("proxy.toml", config.as_bytes());
        Arc::new(home)
    }

    /// The place of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that only its owner can read, and the folders above it.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The program with this folder's configuration; the arguments are the caller's. The variables that commonly
    /// turn requests away or logs on are set, since neither may have any effect.
    pub fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command.current_dir(self.folder.path()).arg("--config").arg(self.path("proxy.toml"));
        command.env("TMPDIR", self.path("tmp")).env("RUST_LOG", "trace").stdin(Stdio::null());
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env(name, "http://127.0.0.1:1");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs one command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Starts `serve`; fails when the listeners are not open in time.
    #[track_caller]
    pub fn start(self: &Arc<Home>) -> Proxy {
        self.try_start().unwrap_or_else(|refusal| panic!("did not start: {refusal:?}"))
    }

    /// Starts `serve`, which may refuse.
    pub fn try_start(self: &Arc<Home>) -> Result<Proxy, Refusal> {
        let mut child = self.command().arg("serve").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        let unset = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut proxy = Proxy { home: Arc::clone(self), child, stdout, stderr, public: unset, admin: unset };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ended = proxy.child.try_wait().unwrap();
            if let (Some(public), Some(admin)) = (proxy.listening("public"), proxy.listening("admin")) {
                (proxy.public, proxy.admin) = (public, admin);
                return Ok(proxy);
            }
            if ended.is_some() || Instant::now() > deadline {
                let status = ended.and_then(|status| status.code());
                std::thread::sleep(Duration::from_millis(50)); // the last lines are still in the pipe
                return Err(Refusal { status, stdout: proxy.stdout(), stderr: proxy.stderr() });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A start that came to nothing. The status is absent where the program neither listened nor left.
#[derive(Debug)]
pub struct Refusal {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

type Captured = Arc<Mutex<Vec<u8>>>;

fn collect(mut pipe: impl Read + Send + 'static) -> Captured {
    let captured = Captured::default();
    let sink = Arc::clone(&captured);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(got @ 1..) = pipe.read(&mut buffer) {
            sink.lock().unwrap().extend_from_slice(&buffer[..got]);
        }
    });
    captured
}

/// A running program. Dropping it kills it.
pub struct Proxy {
    home: Arc<Home>,
    child: Child,
    stdout: Captured,
    stderr: Captured,
    /// Where toolbars ask.
    pub public: SocketAddr,
    /// Where administrators look.
    pub admin: SocketAddr,
}

impl Proxy {
    /// Starts the program on a configuration, in a fresh folder.
    #[track_caller]
    pub fn start(config: &str) -> Proxy {
        Home::new(config).start()
    }

    pub fn home(&self) -> &Arc<Home> {
        &self.home
    }

    pub fn folder(&self) -> &Path {
        self.home.folder.path()
    }

    pub fn store(&self) -> PathBuf {
        self.home.path("data/counts.db")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All that the program wrote so far since its last start.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout.lock().unwrap()).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr.lock().unwrap()).into_owned()
    }

    fn listening(&self, listener: &str) -> Option<SocketAddr> {
        let mark = format!("event=listening listener={listener} address=");
        let stderr = self.stderr();
        let whole_lines = &stderr[..stderr.rfind('\n')?];
        let after = whole_lines.lines().find_map(|line| line.split_once(&mark))?.1;
        after.split_whitespace().next()?.parse().ok()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends a signal by name (`TERM`, `HUP`, …) and does not wait.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
        assert!(sent.unwrap().success(), "kill -{name}");
    }

    /// SIGTERM, and the status that the program leaves with.
    #[track_caller]
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// Waits until the program has left.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        super::wait_at_most(PATIENCE + PATIENCE, "the program to leave", || self.child.try_wait().unwrap())
    }

    /// Whether the program has left.
    pub fn is_gone(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Starts the program again in the same folder, after killing it where it still runs. The ports change.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        let next = self.home.start();
        *self = next;
    }

    /// One `GET` at the public listener.
    #[track_caller]
    pub fn get(&self, target: &str, headers: &[&str]) -> Response {
        client::get(self.public, target, headers)
    }

    /// One `GET` at the admin listener.
    #[track_caller]
    pub fn admin_get(&self, target: &str, headers: &[&str]) -> Response {
        client::get(self.admin, target, headers)
    }

    /// The most memory the program ever held, in KiB.
    pub fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse().unwrap()
    }

    /// The clicks in the store, summed over the hours: partner, code, kind, outcome.
    pub fn clicks(&self) -> BTreeMap<[String; 4], i64> {
        self.cells("SELECT partner, code, kind, outcome, sum(n) FROM clicks GROUP BY 1, 2, 3, 4")
    }

    /// The searches in the store, summed over the hours: partner, code, outcome.
    pub fn searches(&self) -> BTreeMap<[String; 3], i64> {
        self.cells("SELECT partner, code, outcome, sum(n) FROM searches GROUP BY 1, 2, 3")
    }

    /// The visitors in the store: day, code, days since their last visit.
    pub fn active(&self) -> BTreeMap<[String; 3], i64> {
        self.cells("SELECT day, code, CAST(gap AS TEXT), n FROM active")
    }

    /// The visitors in the store by age: cohort, age, code.
    pub fn retention(&self) -> BTreeMap<[String; 3], i64> {
        self.cells("SELECT cohort, CAST(age AS TEXT), code, n FROM retention")
    }

    /// The toolbars with an ID and no stamp in the store: day, code.
    pub fn active_by_id(&self) -> BTreeMap<[String; 2], i64> {
        self.cells("SELECT day, code, n FROM active_by_id")
    }

    /// The slices in the store: day, partner, dimension, value.
    pub fn slices(&self) -> BTreeMap<[String; 4], i64> {
        self.cells("SELECT day, partner, dimension, value, n FROM slices")
    }

    /// What the metric says of visits with this outcome.
    #[track_caller]
    pub fn visits_as(&self, outcome: &str) -> i64 {
        let line = format!("qsproxy_visits_total{{outcome=\"{outcome}\"}} ");
        let metrics = self.admin_get("/metrics", &[]).text();
        let found = metrics.lines().find_map(|one| one.strip_prefix(line.as_str()));
        found.unwrap_or_else(|| panic!("no {line}")).parse().unwrap()
    }

    /// All clicks with one outcome.
    pub fn clicks_as(&self, outcome: &str) -> i64 {
        self.clicks().iter().filter(|(key, _)| key[3] == outcome).map(|(_, n)| n).sum()
    }

    /// All searches with one outcome.
    pub fn searches_as(&self, outcome: &str) -> i64 {
        self.searches().iter().filter(|(key, _)| key[2] == outcome).map(|(_, n)| n).sum()
    }

    /// One whole number that a query of the store gives.
    pub fn number(&self, sql: &str) -> i64 {
        self.cells::<0>(&format!("SELECT cast(({sql}) AS integer)")).get(&[]).copied().unwrap_or_default()
    }

    /// Reads the file itself, beside the program; cells of zero are left out.
    fn cells<const KEYS: usize>(&self, sql: &str) -> BTreeMap<[String; KEYS], i64> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let store = rusqlite::Connection::open_with_flags(self.store(), flags).unwrap();
        store.busy_timeout(Duration::from_secs(5)).unwrap();
        let mut statement = store.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| {
            let keys: Vec<String> = (0..KEYS).map(|at| row.get(at)).collect::<Result<_, _>>()?;
            Ok((keys.try_into().unwrap(), row.get(KEYS)?))
        });
        rows.unwrap().map(Result::unwrap).filter(|(_, n)| *n != 0).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- stderr of the program under test ---\n{}", self.stderr());
        }
    }
}
