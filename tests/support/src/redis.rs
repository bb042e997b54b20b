//! A Redis server for one test that writes nothing to disk (Debian's package `redis-server`), a client for it, and a server
//! that replies with garbage.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

use crate::{free_port, send_signal, wait_for};

const PROGRAM: &str = "redis-server";

/// A running server, killed on drop.
pub struct RedisProcess {
    child: Child,
    folder: TempDir,
    arguments: Vec<String>,
    pub port: u16,
}

impl RedisProcess {
    #[track_caller]
    pub fn start() -> RedisProcess {
        RedisProcess::with(&[])
    }

    /// With additional command-line options; `PORT` in them is replaced by the port.
    #[track_caller]
    pub fn with(options: &[&str]) -> RedisProcess {
        let arguments: Vec<String> = options.iter().map(|option| option.to_string()).collect();
        let folder = TempDir::with_prefix("qsproxy-redis-").unwrap();
        // Another process may take the free port before the server does.
        let started = (0..5).find_map(|_| {
            let port = free_port();
            Some((port, spawn(port, &folder, &all_arguments(port, &arguments))?))
        });
        let (port, child) = started.expect("redis-server listens");
        RedisProcess { child, folder, arguments, port }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// A connection for many commands.
    pub fn connect(&self) -> RedisConnection {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_nodelay(true).unwrap();
        RedisConnection(Mutex::new(BufReader::new(stream)))
    }

    /// Sends SIGKILL and waits for the exit.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts an empty server on the same port.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        let arguments = all_arguments(self.port, &self.arguments);
        self.child = spawn(self.port, &self.folder, &arguments).expect("redis-server listens");
    }

    /// Sends a signal by name: `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        send_signal(name, self.child.id());
    }

    /// Sends one command on a new connection and returns the lines of the reply.
    #[track_caller]
    pub fn command(&self, command: &str) -> Vec<String> {
        send_command(TcpStream::connect(("127.0.0.1", self.port)).expect("the server is up"), command)
    }

    /// Like [`RedisProcess::command`], through its Unix socket, which does not need TLS.
    #[track_caller]
    pub fn command_at_socket(&self, socket: &str, command: &str) -> Vec<String> {
        send_command(UnixStream::connect(socket).expect("the server is up"), command)
    }

    /// Every key with its TTL in seconds.
    #[track_caller]
    pub fn keys(&self) -> Vec<(String, i64)> {
        let keys = self.command("KEYS *").into_iter().filter(|line| !line.starts_with(['*', '$', '+']));
        let ttl = |key: &str| self.command(&format!("TTL {key}"))[0].trim_start_matches(':').parse().unwrap();
        keys.map(|key| (key.clone(), ttl(&key))).collect()
    }

    /// The number of files that it has written to disk.
    pub fn file_count(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }
}

#[track_caller]
fn send_command(mut stream: impl Read + Write, command: &str) -> Vec<String> {
    stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply.lines().map(str::to_owned).collect()
}

impl Drop for RedisProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

fn all_arguments(port: u16, more: &[String]) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"].map(str::to_owned).to_vec();
    if !more.iter().any(|argument| argument == "--port") {
        arguments.extend(["--port".to_owned(), port.to_string()]);
    }
    arguments.extend(more.iter().map(|argument| argument.replace("PORT", &port.to_string())));
    arguments
}

/// Starts the server and waits until it listens. Returns `None` if it exits, because its port is taken.
#[track_caller]
fn spawn(port: u16, folder: &TempDir, arguments: &[String]) -> Option<Child> {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).arg("--dir").arg(folder.path()).current_dir(folder.path());
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{PROGRAM}: {error}; install Debian's package redis-server"));
    wait_for("redis-server to listen", || {
        if child.try_wait().unwrap().is_some() {
            return Some(false);
        }
        TcpStream::connect(("127.0.0.1", port)).ok().map(|_| true)
    })
    .then_some(child)
}

/// Starts a server that replies to everything with these bytes until the test ends. Returns its port.
pub fn fixed_reply_server(reply: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(1..) = stream.read(&mut buffer) {
                    if stream.write_all(reply).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

/// A connection that speaks RESP 2: a command is an array of strings, a reply is one line.
pub struct RedisConnection(Mutex<BufReader<TcpStream>>);

impl RedisConnection {
    /// Sends one command and returns the reply without its line end.
    pub fn command(&self, words: &[&str]) -> String {
        let mut command = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| command.push_str(&format!("${}\r\n{word}\r\n", word.len())));
        let mut stream = self.0.lock().unwrap();
        stream.get_mut().write_all(command.as_bytes()).unwrap();
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}
