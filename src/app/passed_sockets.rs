//! Listening sockets that somebody else opened and passed on (`sd_listen_fds(3)`): a socket unit of systemd, another supervisor, or
//! this program before it restarted itself.

use std::net::{SocketAddr, TcpListener};

use anyhow::{Context as _, bail};
use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;

use crate::config::Config;

/// The environment variable with the names of the sockets, separated by colons.
pub(super) const NAMES_VARIABLE: &str = "LISTEN_FDNAMES";

/// The name of a socket for the admin listener.
const ADMIN: &str = "admin";
/// The name of a socket for the public listener. A socket with any other name is one, too.
const PUBLIC: &str = "public";
/// What the names of sockets begin with that this program bound itself, and passes on when it restarts.
const OWN: &str = "own-";

/// Sockets that can be passed at most, and the highest number of the first one: far more than any supervisor passes. Each number is looked at, so
/// a mistaken one would keep the start busy for minutes.
const MAX_PASSED: u32 = 1_024;

/// A listening socket that can be passed on.
#[derive(Debug)]
pub(super) struct PassedSocket {
    pub(super) listener: TcpListener,
    /// For the admin listener.
    is_admin: bool,
    /// Bound by this program, to an address of its configuration.
    is_own: bool,
}

impl PassedSocket {
    /// A copy of a socket that this program bound itself.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub(super) fn own(listener: &TcpListener, is_admin: bool) -> std::io::Result<Self> {
        Ok(Self { listener: listener.try_clone()?, is_admin, is_own: true })
    }

    /// Its name in [`NAMES_VARIABLE`].
    pub(super) fn name(&self) -> String {
        let (origin, role) = (if self.is_own { OWN } else { "" }, if self.is_admin { ADMIN } else { PUBLIC });
        format!("{origin}{role}")
    }

    /// Whether it is for the admin listener: by its name or by its address.
    pub(super) fn is_for_admin(&self, config: &Config) -> bool {
        self.is_admin || self.listener.local_addr().is_ok_and(|address| address == config.admin.address)
    }

    /// Whether the configuration still has a use for it. What this program bound before a restart follows the configuration; what
    /// others bound is for them to decide.
    pub(super) fn is_wanted(&self, config: &Config) -> bool {
        let configured = if self.is_admin { config.admin.address } else { config.listen.address };
        !self.is_own || self.listener.local_addr().is_ok_and(|address| is_bound_to(address, configured))
    }
}

/// Port 0 stands for any.
fn is_bound_to(address: SocketAddr, configured: SocketAddr) -> bool {
    address == configured || (configured.port() == 0 && address.ip() == configured.ip())
}

/// Refuses numbers that no supervisor passes.
fn check_numbers() -> anyhow::Result<()> {
    for name in ["LISTEN_FDS", "LISTEN_FDS_FIRST_FD"] {
        #[allow(
            clippy::disallowed_methods,
            reason = "who passes sockets says so in the environment; it is no configuration"
        )]
        let text = std::env::var(name).unwrap_or_default();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && text.parse::<u32>().ok().is_none_or(|number| number > MAX_PASSED) {
            bail!("{name}: more than {MAX_PASSED}; unset it, or let the supervisor pass the sockets that it has");
        }
    }
    Ok(())
}

/// Takes over the sockets that were passed to this process.
///
/// # Errors
/// One of them is no listening TCP socket, or there are too many.
pub(super) fn take() -> anyhow::Result<Vec<PassedSocket>> {
    check_numbers()?;
    #[allow(
        clippy::disallowed_methods,
        reason = "who passes sockets says so in the environment; it is no configuration"
    )]
    let names = std::env::var(NAMES_VARIABLE).unwrap_or_default();
    let mut names = names.split(':');
    let mut passed = ListenFd::from_env();
    let mut sockets = Vec::new();
    for index in 0..passed.len() {
        let place = || format!("LISTEN_FDS: socket {}", index + 1);
        let listener = passed.take_tcp_listener(index).with_context(place)?.with_context(place)?;
        if !socket_acceptconn(&listener).with_context(place)? {
            bail!("{} does not listen; pass one that listens (systemd: ListenStream=, Accept=no)", place());
        }
        listener.set_nonblocking(true).with_context(place)?;
        let name = names.next().unwrap_or_default();
        let role = name.strip_prefix(OWN);
        let (is_own, is_admin) = (role.is_some(), role.unwrap_or(name) == ADMIN);
        sockets.push(PassedSocket { listener, is_admin, is_own });
    }
    Ok(sockets)
}
