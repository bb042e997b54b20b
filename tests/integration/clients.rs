//! Limits by client: who a client is, what is refused, and that others are served meanwhile. Each address of `127.0.0.0/8` can be
//! a source, so `127.0.1.x` and `127.0.2.x` are two clients.

mod clicks;
mod naming;
mod reverse_proxies;
mod shares;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response, request_bytes};
use qsproxy_test_support::test_env::TestEnv;
use socket2::{Domain, Socket, Type};

/// The client that takes too much.
pub const GREEDY: [u8; 4] = [127, 0, 1, 1];
/// Another address of its network.
pub const NEIGHBOUR: [u8; 4] = [127, 0, 1, 99];
/// Somebody else.
pub const BYSTANDER: [u8; 4] = [127, 0, 2, 1];

/// A connection from this source address.
pub fn connect_from(source: [u8; 4], to: SocketAddr) -> std::io::Result<Client> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::new(IpAddr::V4(Ipv4Addr::from(source)), 0).into())?;
    let to = SocketAddr::from(([127, 0, 0, 1], to.port()));
    socket.connect_timeout(&to.into(), Duration::from_secs(5))?;
    Client::from_stream(TcpStream::from(socket))
}

/// The bytes of a search.
pub fn search_bytes(env: &TestEnv, headers: &[&str]) -> Vec<u8> {
    request_bytes("GET", "/search?q=x&format=json", &env.proxy.public.to_string(), headers)
}

/// One search on a new connection from this address.
#[track_caller]
pub fn search_from(source: [u8; 4], env: &TestEnv, headers: &[&str]) -> Response {
    connect_from(source, env.proxy.public).unwrap().send(&search_bytes(env, headers)).unwrap()
}

/// Two searches at once, and practically none after that.
pub fn two_searches(config: ConfigBuilder) -> ConfigBuilder {
    config.with("client", "searches_per_minute", "1").with("client", "searches_burst", "2")
}

/// The value of the metric that counts refusals by this limit.
#[track_caller]
pub fn refusals(env: &TestEnv, limit: &str) -> i64 {
    env.proxy.metric(&format!("qsproxy_client_limits_reached_total{{limit=\"{limit}\"}}"))
}

/// Asserts that two searches are answered and the third is refused; each is sent by `send`.
#[track_caller]
pub fn assert_is_one_client(what: &str, mut send: impl FnMut() -> Response) {
    let statuses: Vec<u16> = (0..3).map(|_| send().status).collect();
    assert_eq!(statuses, [200, 200, 429], "{what}");
}
