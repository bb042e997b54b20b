//! Bystanders: people in other networks who search, each on a new connection. They arrive at fixed intervals, whether earlier ones have
//! been answered or not, because waiting for an answer would hide the searches that were not possible meanwhile.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_rustls::rustls::ClientConfig;

use crate::target::{connect, connect_tls, exchange};

/// Between two searches.
const INTERVAL: Duration = Duration::from_millis(8);
/// A browser would wait longer, but a person does not.
const PATIENCE: Duration = Duration::from_secs(5);
/// Networks in turn: one network makes a search every two seconds, far below every limit.
const NETWORKS: u32 = 250;

/// What bystanders need to search.
pub struct Bystander {
    pub public: SocketAddr,
    pub tls: Option<Arc<ClientConfig>>,
    pub request: Vec<u8>,
}

/// What they got in one phase.
#[derive(Default)]
pub struct Experience {
    /// Milliseconds of each search, sorted. One that was not answered counts with the time that it waited.
    millis: Vec<f64>,
    pub answered: u64,
    pub asked: u64,
    /// What the first failure was.
    pub failure: Option<String>,
}

impl Experience {
    /// The p-th percentile in milliseconds.
    pub fn percentile(&self, p: usize) -> f64 {
        let at = (self.millis.len() * p / 100).min(self.millis.len().saturating_sub(1));
        self.millis.get(at).copied().unwrap_or(f64::NAN)
    }
}

/// Searches at the usual interval.
pub fn search_for(time: Duration, bystander: Bystander) -> Experience {
    search_at_intervals(time, INTERVAL, bystander)
}

/// Searches for this time and waits for the last answers.
pub fn search_at_intervals(time: Duration, interval: Duration, bystander: Bystander) -> Experience {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let bystander = Rc::new(bystander);
        let end = Instant::now() + time;
        let mut ticks = tokio::time::interval(interval);
        let mut searches = Vec::new();
        for network in 0_u32.. {
            let due = ticks.tick().await.into_std();
            if due > end {
                break;
            }
            let bystander = Rc::clone(&bystander);
            let source = [127, 100, u8::try_from(network % NETWORKS).unwrap(), 1];
            searches.push(tokio::task::spawn_local(async move {
                let result = tokio::time::timeout(PATIENCE, search(&bystander, source)).await;
                (due.elapsed(), result.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())))
            }));
        }
        let mut experience = Experience::default();
        for search in searches {
            let (time, result) = search.await.unwrap();
            experience.asked += 1;
            experience.millis.push(time.as_secs_f64() * 1000.0);
            let failure = match result {
                Ok(200) => {
                    experience.answered += 1;
                    continue;
                }
                Ok(status) => status.to_string(),
                Err(error) => error.kind().to_string(),
            };
            experience.failure.get_or_insert(failure);
        }
        experience.millis.sort_by(f64::total_cmp);
        experience
    })
}

async fn search(bystander: &Bystander, source: [u8; 4]) -> io::Result<u16> {
    let mut stream = connect(source, bystander.public).await?;
    let answer = match &bystander.tls {
        None => exchange(&mut stream, &bystander.request).await?,
        Some(tls) => exchange(&mut connect_tls(tls, stream, "http/1.1").await?, &bystander.request).await?,
    };
    Ok(answer.status)
}
