//! Listening sockets.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};

use crate::app::passed_sockets::{self, PassedSocket};
use crate::app::server;
use crate::config::Config;
use crate::events::{self, Event};
use crate::server::listener;
use crate::time;

/// How long an address that is in use is tried again: a predecessor that was told to stop closes its listener within this time.
const BIND_PATIENCE: Duration = Duration::from_secs(1);
/// Pause between two attempts.
const BIND_PAUSE: Duration = Duration::from_millis(20);

/// The listening sockets.
pub(super) struct Sockets {
    /// The public listeners of each worker.
    pub(super) public: Vec<Vec<TcpListener>>,
    pub(super) admin: TcpListener,
    pub(super) addresses: ListenAddresses,
    /// The public sockets were passed to this process, by a predecessor or by whoever starts one process after another.
    pub(super) are_passed: bool,
    /// A copy of each socket, to be passed on. As long as there is one, the kernel queues connections.
    pub(super) copies: Vec<PassedSocket>,
}

/// Where the process listens.
pub(super) struct ListenAddresses {
    /// The addresses of the public listeners, each once.
    public: Vec<SocketAddr>,
    admin: SocketAddr,
}

impl ListenAddresses {
    /// Reports the listeners.
    pub(super) fn report(&self) {
        for address in &self.public {
            events::emit(&Event::Listening("public", *address));
        }
        events::emit(&Event::Listening("admin", self.admin));
    }

    /// The host names of the public listeners' loopback addresses.
    pub(super) fn loopback_hosts(&self) -> Vec<String> {
        self.public.iter().copied().flat_map(server::loopback_hosts).collect()
    }
}

impl Sockets {
    /// Takes over the sockets that were passed to this process, and binds those that were not. A port 0 in the configuration becomes
    /// a free port.
    ///
    /// # Errors
    /// A passed socket cannot be used, or an address cannot be bound; the message names the key.
    pub(super) fn open(config: &Config) -> anyhow::Result<Self> {
        let passed = passed_sockets::take()?.into_iter().filter(|socket| socket.is_wanted(config));
        let (admin, public): (Vec<_>, Vec<_>) = passed.partition(|socket| socket.is_for_admin(config));
        let are_passed = !public.is_empty();
        let public = if public.is_empty() {
            bind("[listen] address", config.listen.address, config.listen.workers, false)?
        } else {
            public
        };
        let mut admin = if admin.is_empty() { bind("[admin] address", config.admin.address, 1, true)? } else { admin };
        let listener = admin.first().context("[admin] address: no listener")?.listener.try_clone()?;
        let admin_address = listener.local_addr()?;
        if admin.len() > 1 {
            bail!("LISTEN_FDS: {} sockets for the admin listener were passed; pass one", admin.len());
        }
        if !admin_address.ip().is_loopback() && config.admin.token_file.is_none() {
            bail!(
                "LISTEN_FDS: the socket of the admin listener is bound to {admin_address}, outside loopback; set [admin] \
                 token_file, or bind it to a loopback address"
            );
        }
        let mut public_addresses = Vec::new();
        for socket in &public {
            let address = socket.listener.local_addr()?;
            if !public_addresses.contains(&address) {
                public_addresses.push(address);
            }
        }
        let shares = shares(&public, config.listen.workers)?;
        admin.extend(public);
        let addresses = ListenAddresses { public: public_addresses, admin: admin_address };
        Ok(Self { public: shares, admin: listener, addresses, are_passed, copies: admin })
    }
}

/// The listeners of each worker. With as many sockets as workers, each has one of its own; otherwise workers share a socket, or
/// have several.
fn shares(sockets: &[PassedSocket], workers: usize) -> std::io::Result<Vec<Vec<TcpListener>>> {
    let mut shares: Vec<Vec<TcpListener>> = (0..workers).map(|_| Vec::new()).collect();
    let all = sockets.iter().cycle().take(sockets.len().max(workers));
    for (number, socket) in all.enumerate() {
        if let Some(share) = shares.get_mut(number % workers.max(1)) {
            share.push(socket.listener.try_clone()?);
        }
    }
    Ok(shares)
}

fn bind(key: &str, address: SocketAddr, sockets: usize, is_admin: bool) -> anyhow::Result<Vec<PassedSocket>> {
    let deadline = time::instant() + BIND_PATIENCE;
    let listeners = loop {
        match listener::bind(address, sockets) {
            Ok((_, listeners)) => break listeners,
            Err(error) if error.kind() == ErrorKind::AddrInUse && time::instant() < deadline => {
                std::thread::sleep(BIND_PAUSE);
            }
            Err(error) => return Err(bind_error(key, address, &error)),
        }
    };
    let own = listeners.iter().map(|listener| PassedSocket::own(listener, is_admin));
    Ok(own.collect::<std::io::Result<_>>()?)
}

fn bind_error(key: &str, address: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    let remedy =
        if error.kind() == ErrorKind::AddrInUse { "stop the program that uses it, or change" } else { "change" };
    anyhow!("{key}: cannot bind {address} ({error}); {remedy} {key} in the configuration")
}
