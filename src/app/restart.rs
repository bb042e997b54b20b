//! Restarts the program in place, after SIGUSR2: the process drains, then executes its program file again. Process and listening
//! sockets stay, so that connections wait in the kernel instead of being refused.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use command_fds::{CommandFdExt as _, FdMapping};

use crate::app::passed_sockets::{NAMES_VARIABLE, PassedSocket};
use crate::app::sandbox::Sandbox;
use crate::config::Config;
use crate::events::Event;

/// The first file descriptor that is passed on (`sd_listen_fds(3)`).
const FIRST_PASSED: i32 = 3;

/// Time for the `check` of the program file, which may have to wait for PostgreSQL.
const CHECK_TIME: Duration = Duration::from_secs(30);
/// Pause between two looks at whether it has ended.
const CHECK_PAUSE: Duration = Duration::from_millis(20);

/// The program file as this process was started with it: another version may be there by now.
fn program() -> anyhow::Result<Command> {
    Ok(Command::new(std::env::args_os().next().context("the program was started without its name")?))
}

/// A running `check`. It is killed when nobody waits for its result any more.
struct CheckProcess(Child);

impl Drop for CheckProcess {
    fn drop(&mut self) {
        // Either fails only if the process has ended.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Whether the program file accepts the configuration at `path` within [`CHECK_TIME`]: runs its `check`. Without a path there is nothing
/// to check.
///
/// # Errors
/// What keeps the process from restarting.
pub(super) async fn check(path: Option<&Path>, sandbox: &Sandbox) -> Result<(), Event<'static>> {
    let Some(path) = path else { return Ok(()) };
    if !is_accepted(path).await {
        return Err(Event::RestartRefused);
    }
    // A configuration that only the new program can read is left to it.
    match Config::load(path).ok().and_then(|config| sandbox.first_outside(&config)) {
        Some(key) => Err(Event::RestartOutsideSandbox(key)),
        None => Ok(()),
    }
}

async fn is_accepted(path: &Path) -> bool {
    let Ok(mut command) = program() else { return false };
    // Events are all that this process writes to standard error.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = command.arg("--config").arg(path).arg("check").spawn() else { return false };
    let mut check = CheckProcess(child);
    let is_accepted = async {
        loop {
            match check.0.try_wait() {
                Ok(None) => tokio::time::sleep(CHECK_PAUSE).await,
                Ok(Some(status)) => return status.success(),
                Err(_) => return false,
            }
        }
    };
    tokio::time::timeout(CHECK_TIME, is_accepted).await.unwrap_or(false)
}

/// Executes the program file again, with the arguments of this process, and passes these sockets on. Returns only if it fails.
pub(super) fn execute(sockets: Vec<PassedSocket>) -> anyhow::Error {
    match command(sockets) {
        Ok(mut command) => anyhow!("restart: cannot execute the program file: {}", command.exec()),
        Err(error) => error.context("restart"),
    }
}

fn command(sockets: Vec<PassedSocket>) -> anyhow::Result<Command> {
    let names: Vec<String> = sockets.iter().map(PassedSocket::name).collect();
    let mut command = program()?;
    command.args(std::env::args_os().skip(1));
    command.env("LISTEN_FDS", names.len().to_string()).env("LISTEN_PID", std::process::id().to_string());
    command.env(NAMES_VARIABLE, names.join(":")).env_remove("LISTEN_FDS_FIRST_FD");
    let mappings = (FIRST_PASSED..).zip(sockets);
    let mappings = mappings.map(|(child_fd, socket)| FdMapping { parent_fd: socket.listener.into(), child_fd });
    command.fd_mappings(mappings.collect())?;
    Ok(command)
}
