//! A temporary working directory in which the program under test runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use crate::proxy::{Proxy, StartError};

/// The program to test: the path in `QSPROXY_BIN`, or the binary that cargo built for the running test.
#[track_caller]
pub fn binary() -> PathBuf {
    let path = std::env::var_os("QSPROXY_BIN").or_else(|| std::env::var_os("CARGO_BIN_EXE_qsproxy"));
    PathBuf::from(path.expect("QSPROXY_BIN: set it to the program's path if you start the tests without cargo"))
}

/// A folder with a `proxy.toml` in which the program can run any number of times. Deleted on drop.
pub struct Workdir {
    folder: TempDir,
    /// Additional environment variables of the program.
    env_vars: Vec<(String, String)>,
    /// The program's limit of open files, if it is not this process's.
    open_files: Option<u64>,
}

impl Workdir {
    pub fn new(config: &str) -> Arc<Workdir> {
        Workdir::with_env_vars(config, &[])
    }

    /// Like [`Workdir::new`], with additional environment variables for the program.
    pub fn with_env_vars(config: &str, env_vars: &[(&str, &str)]) -> Arc<Workdir> {
        let env_vars = env_vars.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Workdir::build(config, env_vars, None)
    }

    /// Like [`Workdir::new`], with a limit of open files.
    pub fn with_open_files(config: &str, open_files: Option<u64>) -> Arc<Workdir> {
        Workdir::build(config, Vec::new(), open_files)
    }

    fn build(config: &str, env_vars: Vec<(String, String)>, open_files: Option<u64>) -> Arc<Workdir> {
        let workdir = Workdir { folder: TempDir::with_prefix("qsproxy-test-").unwrap(), env_vars, open_files };
        std::fs::create_dir(workdir.path("tmp")).unwrap();
        workdir.write("proxy.toml", config.as_bytes());
        Arc::new(workdir)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file with mode 0600, and creates its parent folders.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The program with this folder's configuration; the caller adds the arguments. Sets the environment variables that
    /// commonly redirect requests to a proxy or enable logging, because the program must ignore them.
    pub fn command(&self) -> Command {
        let command = match self.open_files {
            None => Command::new(binary()),
            Some(limit) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", "ulimit -n \"$0\" && exec \"$@\"", &limit.to_string()]).arg(binary());
                shell
            }
        };
        self.configured(command)
    }

    /// Adds this folder's configuration and environment to a command that runs the program.
    fn configured(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).arg("--config").arg(self.path("proxy.toml"));
        command.env("TMPDIR", self.path("tmp")).env("RUST_LOG", "trace").stdin(Stdio::null());
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env(name, "http://127.0.0.1:1");
        }
        command.envs(self.env_vars.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs one command to completion.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Starts `serve` and waits until both listeners are open.
    #[track_caller]
    pub fn start(self: &Arc<Workdir>) -> Proxy {
        self.try_start().unwrap_or_else(|error| panic!("the program did not start: {error:?}"))
    }

    /// Starts `serve` of this program file.
    #[track_caller]
    pub fn start_program(self: &Arc<Workdir>, program: &Path) -> Proxy {
        self.start_command(Command::new(program))
    }

    /// Starts `serve` of this program file as another user. Needs root.
    #[track_caller]
    pub fn start_as(self: &Arc<Workdir>, user: u32, program: &Path) -> Proxy {
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()]).arg(program);
        self.start_command(command)
    }

    /// Starts `serve` with this command, which ends with the path of the program, such as a tracer.
    #[track_caller]
    pub fn start_command(self: &Arc<Workdir>, command: Command) -> Proxy {
        let started = Proxy::spawn_command(self, self.configured(command));
        started.unwrap_or_else(|error| panic!("the program did not start: {error:?}"))
    }

    /// Starts `serve`, and returns its output if it exits or does not open its listeners.
    pub fn try_start(self: &Arc<Workdir>) -> Result<Proxy, StartError> {
        Proxy::spawn(self)
    }
}
