//! A Redis server of a test's own, which keeps nothing on disk, and what stands in for one that is not well.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::wait_for;

/// The program; Debian's package redis-server.
const PROGRAM: &str = "redis-server";

/// A running server. Dropping it kills it.
pub struct Redis {
    child: Child,
    folder: TempDir,
    arguments: Vec<String>,
    pub port: u16,
}

impl Redis {
    #[track_caller]
    pub fn start() -> Redis {
        Redis::with(&[])
    }

    /// With more options.
    #[track_caller]
    pub fn with(options: &[&str]) -> Redis {
        let arguments: Vec<String> = options.iter().map(|option| option.to_string()).collect();
        let folder = TempDir::with_prefix("qsproxy-redis-").unwrap();
        let port = free_port();
        let child = spawn(port, &folder, &arguments_of(port, &arguments));
        Redis { child, folder, arguments, port }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again on the same port, empty.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        self.child = spawn(self.port, &self.folder, &arguments_of(self.port, &self.arguments));
    }

    /// Sends a signal by name: STOP, CONT.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.unwrap().success(), "kill -{name}");
    }

    /// Sends one command over a connection of its own, and gives the lines of the answer.
    #[track_caller]
    pub fn ask(&self, command: &str) -> Vec<String> {
        ask(TcpStream::connect(("127.0.0.1", self.port)).expect("the server is up"), command)
    }

    /// Likewise at its socket, which needs no TLS.
    #[track_caller]
    pub fn ask_socket(&self, socket: &str, command: &str) -> Vec<String> {
        ask(UnixStream::connect(socket).expect("the server is up"), command)
    }

    /// Every key, with its seconds to live.
    #[track_caller]
    pub fn keys(&self) -> Vec<(String, i64)> {
        let keys = self.ask("KEYS *").into_iter().filter(|line| !line.starts_with(['*', '$', '+']));
        let life = |key: &str| self.ask(&format!("TTL {key}"))[0].trim_start_matches(':').parse().unwrap();
        keys.map(|key| (key.clone(), life(&key))).collect()
    }

    /// What it has written to disk.
    pub fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }
}

#[track_caller]
fn ask(mut stream: impl Read + Write, command: &str) -> Vec<String> {
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().map(str::to_owned).collect()
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn arguments_of(port: u16, more: &[String]) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"].map(str::to_owned).to_vec();
    if !more.iter().any(|argument| argument == "--port") {
        arguments.extend(["--port".to_owned(), port.to_string()]);
    }
    arguments.extend(more.iter().map(|argument| argument.replace("PORT", &port.to_string())));
    arguments
}

#[track_caller]
fn spawn(port: u16, folder: &TempDir, arguments: &[String]) -> Child {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--dir").arg(folder.path()).current_dir(folder.path());
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    let child = child.unwrap_or_else(|error| panic!("{PROGRAM}: {error}; install Debian's package redis-server"));
    wait_for("redis-server to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
    child
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Answers whatever it is sent with these bytes, for as long as the test runs; gives its port.
pub fn nonsense(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(1..) = stream.read(&mut buffer) {
                    if stream.write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}
