//! The program under test, as a child process.

use std::collections::BTreeMap;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::http_client::{self, Response};
use crate::workdir::Workdir;

/// How long the program may take to open both listeners, and half of the time that it may take to exit.
const PATIENCE: Duration = Duration::from_secs(10);

/// The output of a program that did not start. `status` is `None` if the program neither listened nor exited.
#[derive(Debug)]
pub struct StartError {
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
    workdir: Arc<Workdir>,
    child: Child,
    stdout: Captured,
    stderr: Captured,
    /// The address of the public listener.
    pub public: SocketAddr,
    /// The address of the admin listener.
    pub admin: SocketAddr,
}

impl Proxy {
    /// Starts the program with a configuration in a new working directory.
    #[track_caller]
    pub fn start(config: &str) -> Proxy {
        Workdir::new(config).start()
    }

    /// Starts `serve` in a working directory and waits until both listeners are open.
    pub(crate) fn spawn(workdir: &Arc<Workdir>) -> Result<Proxy, StartError> {
        Proxy::spawn_command(workdir, workdir.command())
    }

    /// Starts `serve` with this command and waits until both listeners are open.
    pub(crate) fn spawn_command(workdir: &Arc<Workdir>, mut command: Command) -> Result<Proxy, StartError> {
        let mut child = command.arg("serve").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        let unset = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut proxy = Proxy { workdir: Arc::clone(workdir), child, stdout, stderr, public: unset, admin: unset };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let exited = proxy.child.try_wait().unwrap();
            if let (Some(public), Some(admin)) = (proxy.listening("public"), proxy.listening("admin")) {
                (proxy.public, proxy.admin) = (public, admin);
                return Ok(proxy);
            }
            if exited.is_some() || Instant::now() > deadline {
                let status = exited.and_then(|status| status.code());
                std::thread::sleep(Duration::from_millis(50)); // the last lines are still in the pipe
                return Err(StartError { status, stdout: proxy.stdout(), stderr: proxy.stderr() });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn workdir(&self) -> &Arc<Workdir> {
        &self.workdir
    }

    pub fn folder(&self) -> &Path {
        self.workdir.folder()
    }

    pub fn store(&self) -> PathBuf {
        self.workdir.path("data/counts.db")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What the program has written to standard output since its last start.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout.lock().unwrap()).into_owned()
    }

    /// What the program has written to standard error since its last start.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr.lock().unwrap()).into_owned()
    }

    /// Waits until the program has written this to standard error. It is read by a thread, later than the response.
    #[track_caller]
    pub fn wait_for_event(&self, text: &str) {
        crate::wait_for(text, || self.stderr().contains(text).then_some(()));
    }

    fn listening(&self, listener: &str) -> Option<SocketAddr> {
        let mark = format!("event=listening listener={listener} address=");
        let stderr = self.stderr();
        let whole_lines = &stderr[..stderr.rfind('\n')?];
        let after = whole_lines.lines().find_map(|line| line.split_once(&mark))?.1;
        after.split_whitespace().next()?.parse().ok()
    }

    /// Sends SIGKILL and waits for the exit.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends a signal by name (`TERM`, `HUP`, …) and does not wait.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        crate::send_signal(name, self.pid());
    }

    /// Sends SIGTERM and returns the exit status.
    #[track_caller]
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// Waits for the program to exit.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        crate::wait_up_to(PATIENCE + PATIENCE, "the program to exit", || self.child.try_wait().unwrap())
    }

    pub fn has_exited(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Kills the program if it is running, and starts it again in the same working directory. The ports change.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        let next = self.workdir.start();
        *self = next;
    }

    /// Sends one `GET` to the public listener.
    #[track_caller]
    pub fn get(&self, target: &str, headers: &[&str]) -> Response {
        http_client::get(self.public, target, headers)
    }

    /// Sends one `GET` to the admin listener.
    #[track_caller]
    pub fn admin_get(&self, target: &str, headers: &[&str]) -> Response {
        http_client::get(self.admin, target, headers)
    }

    /// Peak resident memory in KiB.
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

    /// The visitors in the store: day, code, days since the previous visit.
    pub fn active(&self) -> BTreeMap<[String; 3], i64> {
        self.cells("SELECT day, code, CAST(gap AS TEXT), n FROM active")
    }

    /// The visitors in the store by age: cohort, age in days, code.
    pub fn retention(&self) -> BTreeMap<[String; 3], i64> {
        self.cells("SELECT cohort, CAST(age AS TEXT), code, n FROM retention")
    }

    /// The toolbars with an ID and without a stamp in the store: day, code.
    pub fn active_by_id(&self) -> BTreeMap<[String; 2], i64> {
        self.cells("SELECT day, code, n FROM active_by_id")
    }

    /// The slices in the store: day, partner, dimension, value.
    pub fn slices(&self) -> BTreeMap<[String; 4], i64> {
        self.cells("SELECT day, partner, dimension, value, n FROM slices")
    }

    /// The value of the metric `qsproxy_visits_total` with this outcome.
    #[track_caller]
    pub fn visits_with_outcome(&self, outcome: &str) -> i64 {
        let line = format!("qsproxy_visits_total{{outcome=\"{outcome}\"}} ");
        let metrics = self.admin_get("/metrics", &[]).text();
        let found = metrics.lines().find_map(|one| one.strip_prefix(line.as_str()));
        found.unwrap_or_else(|| panic!("no metric {line}")).parse().unwrap()
    }

    /// The value of a metric; `series` is its name with its labels, such as `qsproxy_problems_total{code="overloaded"}`.
    #[track_caller]
    pub fn metric(&self, series: &str) -> i64 {
        let metrics = self.admin_get("/metrics", &[]).text();
        let found = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        found.unwrap_or_else(|| panic!("no metric {series}")).parse().unwrap()
    }

    /// The number of clicks with this outcome in the store.
    pub fn clicks_with_outcome(&self, outcome: &str) -> i64 {
        self.clicks().iter().filter(|(key, _)| key[3] == outcome).map(|(_, n)| n).sum()
    }

    /// The number of searches with this outcome in the store.
    pub fn searches_with_outcome(&self, outcome: &str) -> i64 {
        self.searches().iter().filter(|(key, _)| key[2] == outcome).map(|(_, n)| n).sum()
    }

    /// The integer that a query of the store returns.
    pub fn query_number(&self, sql: &str) -> i64 {
        self.cells::<0>(&format!("SELECT cast(({sql}) AS integer)")).get(&[]).copied().unwrap_or_default()
    }

    /// Reads the SQLite file while the program runs. Omits cells that are zero.
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
