//! A row of the table: an attack, what is configured for it, and what must hold.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::proxy::Proxy;

use crate::hostile_partner::Answer;
use crate::target::Target;

/// An attack runs until it is dropped.
pub type Attack = Pin<Box<dyn Future<Output = ()>>>;

/// Starts an attack.
pub type AttackFn = Arc<dyn Fn(Arc<Target>) -> Attack + Send + Sync>;

/// What a row can be judged by after the last round.
pub struct Facts<'a> {
    pub proxy: &'a Proxy,
    pub target: &'a Target,
    /// Duration of all attacks, in seconds.
    pub seconds: u64,
    pub rounds: u64,
    /// Searches by bystanders so far.
    pub bystander_searches: u64,
    /// Requests that the usual partner received.
    pub partner_requests: u64,
    /// Requests that the hostile partner received.
    pub hostile_requests: u64,
}

/// What is judged besides bystanders, memory and descriptors: facts for the table, or what does not hold.
pub type Promise = fn(&Facts<'_>) -> Result<String, String>;

/// One row.
pub struct Row {
    /// For the command line.
    pub name: &'static str,
    /// For the table.
    pub text: &'static str,
    pub attack: AttackFn,
    pub tls: bool,
    pub configure: fn(ConfigBuilder) -> ConfigBuilder,
    /// What the partner `hostile` of the code `only-hostile` answers.
    pub hostile: Answer,
    /// How long the usual partner takes, in milliseconds.
    pub partner_ms: u64,
    /// How much the program's resident memory may grow during an attack, in MiB.
    pub memory_mib: u64,
    /// The limit of open files of the program.
    pub open_files: Option<u64>,
    /// How long a round of the attack lasts at least.
    pub shortest: Duration,
    pub promise: Promise,
}

/// The bound of memory if nothing else is stated, in MiB: about a thousand connections, and what the allocator keeps.
const MEMORY_MIB: u64 = 64;
/// What an open connection without a request may cost, in KiB.
const CONNECTION_KIB: u64 = 8;
/// What it may cost while its head is incomplete: `header_bytes` more.
const HEAD_KIB: u64 = CONNECTION_KIB + 32;
/// What it may cost while its body is incomplete: `body_bytes` more than a head, and what reads both.
const BODY_KIB: u64 = HEAD_KIB + 32;

impl Row {
    pub fn new(
        name: &'static str,
        text: &'static str,
        attack: impl Fn(Arc<Target>) -> Attack + Send + Sync + 'static,
    ) -> Row {
        Row {
            name,
            text,
            attack: Arc::new(attack),
            tls: false,
            configure: |config| config,
            hostile: Answer::Fine,
            partner_ms: 2,
            memory_mib: MEMORY_MIB,
            open_files: None,
            shortest: Duration::ZERO,
            promise: |_| Ok(String::new()),
        }
    }

    pub fn over_tls(self) -> Row {
        Row { tls: true, ..self }
    }

    pub fn configured(self, configure: fn(ConfigBuilder) -> ConfigBuilder) -> Row {
        Row { configure, ..self }
    }

    pub fn with_hostile(self, hostile: Answer) -> Row {
        Row { hostile, ..self }
    }

    pub fn with_partner_ms(self, partner_ms: u64) -> Row {
        Row { partner_ms, ..self }
    }

    pub fn with_memory_mib(self, memory_mib: u64) -> Row {
        Row { memory_mib, ..self }
    }

    /// Bounds memory by the number of open connections.
    pub fn with_connections(self, n: u64) -> Row {
        self.with_memory_mib(n * CONNECTION_KIB / 1024)
    }

    /// Bounds memory by the number of incomplete heads.
    pub fn with_heads(self, n: u64) -> Row {
        self.with_memory_mib(n * HEAD_KIB / 1024)
    }

    /// Bounds memory by the number of incomplete bodies.
    pub fn with_bodies(self, n: u64) -> Row {
        self.with_memory_mib(n * BODY_KIB / 1024)
    }

    pub fn with_open_files(self, limit: u64) -> Row {
        Row { open_files: Some(limit), ..self }
    }

    pub fn lasting_at_least(self, shortest: Duration) -> Row {
        Row { shortest, ..self }
    }

    pub fn promising(self, promise: Promise) -> Row {
        Row { promise, ..self }
    }
}

/// `Ok` with the text if the condition is true.
pub fn judged(condition: bool, text: String) -> Result<String, String> {
    if condition { Ok(text) } else { Err(text) }
}
