//! A PostgreSQL server for one test, queried with `psql`. Needs Debian's package `postgresql`.

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::{free_port, is_root, wait_up_to};

/// The user and group `nobody` and `nogroup` of Debian. If the test runs as root, the server runs as this user, because it
/// refuses to run as root.
pub const NOBODY: u32 = 65_534;

/// A running server, killed on drop.
pub struct PostgresProcess {
    child: Child,
    folder: TempDir,
    options: Vec<String>,
    pub port: u16,
}

impl PostgresProcess {
    #[track_caller]
    pub fn start() -> PostgresProcess {
        PostgresProcess::with(&[])
    }

    /// With additional settings (`name=value`).
    #[track_caller]
    pub fn with(settings: &[&str]) -> PostgresProcess {
        let folder = TempDir::with_prefix("qsproxy-pg-").unwrap();
        let changed = program("chown").arg(format!("{NOBODY}:{NOBODY}")).arg(folder.path()).status();
        assert!(!is_root() || changed.unwrap().success());
        let data = folder.path().join("data");
        let arguments = ["--auth=trust", "--username=qsproxy", "--no-sync", "--locale=C.UTF-8", "-D"];
        let created = as_server(program("initdb").args(arguments).arg(&data)).stdout(Stdio::null()).status();
        assert!(created.unwrap().success(), "initdb");
        let port = free_port();
        let options = ["listen_addresses=127.0.0.1", "max_connections=200", "log_statement=none"];
        let options = options.iter().chain(settings).map(|setting| setting.to_string()).collect();
        let child = spawn(&folder, port, &options);
        let server = PostgresProcess { child, folder, options, port };
        server.wait_until_up();
        server
    }

    /// Its URL, as a value of `[counts] store`.
    pub fn url(&self) -> String {
        Self::url_at(self.port)
    }

    pub fn url_at(port: u16) -> String {
        format!("postgres://qsproxy@127.0.0.1:{port}/postgres")
    }

    /// The process ID of the postmaster.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops the server immediately, like a crash: only what it committed is in its write-ahead log.
    pub fn crash(&mut self) {
        self.signal("QUIT");
        let _ = self.child.wait();
    }

    /// Starts it again on the same port with the same data.
    #[track_caller]
    pub fn restart(&mut self) {
        self.crash();
        self.child = spawn(&self.folder, self.port, &self.options);
        self.wait_until_up();
    }

    /// Sends a signal by name to all processes of the server.
    pub fn signal(&self, name: &str) {
        let command = format!("kill -{name} {0} $(pgrep -P {0})", self.child.id());
        let _ = Command::new("sh").args(["-c", &command]).stderr(Stdio::null()).status();
    }

    /// Runs an SQL file as the documentation tells operators to. Returns the error output of `psql` if it fails.
    pub fn run_file(&self, file: &std::path::Path) -> Result<(), String> {
        let mut psql = program("psql");
        psql.args(["-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file).arg(self.url());
        let output = psql.stdout(Stdio::null()).output().unwrap();
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    /// Runs a query. Returns its rows, with `|` between columns, or the error output of `psql`.
    pub fn try_query(&self, sql: &str) -> Result<Vec<String>, String> {
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
    pub fn query(&self, sql: &str) -> Vec<String> {
        self.try_query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    #[track_caller]
    pub fn query_number(&self, sql: &str) -> i64 {
        self.query(sql)[0].parse().unwrap()
    }

    /// The clicks in the store by code and outcome; empty if the tables do not exist yet.
    pub fn clicks(&self) -> BTreeMap<(String, String), u64> {
        let lines =
            self.try_query("select code, outcome, sum(n) from clicks group by code, outcome").unwrap_or_default();
        let cell = |line: &String| {
            let [code, outcome, n]: [&str; 3] = line.split('|').collect::<Vec<_>>().try_into().unwrap();
            ((code.to_owned(), outcome.to_owned()), n.parse().unwrap())
        };
        lines.iter().map(cell).collect()
    }

    /// The folder with all its files.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Makes the server's user the owner of a file in its folder.
    #[track_caller]
    pub fn chown_to_server(&self, name: &str) {
        let mut chown = Command::new("chown");
        chown.arg(format!("{NOBODY}:{NOBODY}")).arg(name).current_dir(self.folder.path());
        assert!(!is_root() || chown.status().unwrap().success());
    }

    #[track_caller]
    fn wait_until_up(&self) {
        wait_up_to(Duration::from_secs(30), "PostgreSQL to respond", || self.try_query("select 1").ok());
    }
}

impl Drop for PostgresProcess {
    fn drop(&mut self) {
        self.signal("CONT");
        self.crash();
    }
}

/// A program of the newest installed PostgreSQL, which Debian installs in a folder for each version; otherwise from `PATH`.
fn program(name: &str) -> Command {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let paths = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists());
    Command::new(paths.max().unwrap_or_else(|| PathBuf::from(name)))
}

fn as_server(command: &mut Command) -> &mut Command {
    if is_root() { command.uid(NOBODY).gid(NOBODY).current_dir("/") } else { command }
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
