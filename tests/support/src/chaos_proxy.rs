//! A TCP proxy in front of PostgreSQL that can break connections in chosen moments.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use crate::contains;

/// Modes.
const FORWARD: u8 = 0;
const DISCONNECT: u8 = 1;
const DROP_ACK: u8 = 2;

/// How a batch begins: the parameter that carries it to PostgreSQL.
const BATCH: &[u8] = br#"{"clicks":"#;

/// Forwards connections to a server on 127.0.0.1 until the test ends.
pub struct ChaosProxy {
    /// The port of the proxy.
    pub port: u16,
    mode: Arc<AtomicU8>,
    dropped_acks: Arc<AtomicU64>,
}

impl ChaosProxy {
    /// A proxy in front of the server on this port.
    pub fn in_front_of(server: u16) -> ChaosProxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = ChaosProxy { port, mode: Arc::default(), dropped_acks: Arc::default() };
        let (mode, dropped_acks) = (proxy.mode.clone(), proxy.dropped_acks.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                if mode.load(Ordering::SeqCst) == DISCONNECT {
                    continue;
                }
                // Without Nagle's algorithm, which would delay small messages.
                client.set_nodelay(true).and(server.set_nodelay(true)).unwrap();
                let ack_is_due = Arc::new(AtomicBool::new(false));
                let connection = || Connection {
                    mode: mode.clone(),
                    dropped_acks: dropped_acks.clone(),
                    ack_is_due: ack_is_due.clone(),
                };
                let (upward, downward) = (connection(), connection());
                let ends = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || upward.forward(ends.0, ends.1, true));
                std::thread::spawn(move || downward.forward(server, client, false));
            }
        });
        proxy
    }

    /// Breaks all connections and refuses new ones.
    pub fn disconnect(&self) {
        self.mode.store(DISCONNECT, Ordering::SeqCst);
    }

    /// Forwards the next batch and breaks its connection instead of forwarding the acknowledgement.
    pub fn drop_next_ack(&self) {
        self.mode.store(DROP_ACK, Ordering::SeqCst);
    }

    /// Forwards everything again.
    pub fn restore(&self) {
        self.mode.store(FORWARD, Ordering::SeqCst);
    }

    /// The number of acknowledgements that were not forwarded.
    pub fn dropped_acks(&self) -> u64 {
        self.dropped_acks.load(Ordering::SeqCst)
    }
}

/// The state of one connection; both directions share it.
struct Connection {
    mode: Arc<AtomicU8>,
    dropped_acks: Arc<AtomicU64>,
    /// A batch was forwarded whose acknowledgement must be dropped.
    ack_is_due: Arc<AtomicBool>,
}

impl Connection {
    /// Copies one direction until the connection ends or must break. `upward` is the direction to the server.
    fn forward(&self, mut from: TcpStream, mut to: TcpStream, upward: bool) {
        let mut buffer = vec![0; 1 << 20];
        from.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        loop {
            let received = from.read(&mut buffer);
            let mode = self.mode.load(Ordering::SeqCst);
            if mode == DISCONNECT {
                break;
            }
            let bytes = match received {
                Ok(n @ 1..) => &buffer[..n],
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                _ => break,
            };
            // A batch is sent in one message; the next bytes from the server acknowledge it.
            if upward && mode == DROP_ACK && contains(bytes, BATCH) {
                self.ack_is_due.store(true, Ordering::SeqCst);
            }
            if !upward && self.ack_is_due.load(Ordering::SeqCst) {
                self.dropped_acks.fetch_add(1, Ordering::SeqCst);
                break;
            }
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }
}
