//! The admin listener, attacked from this machine or by whoever can reach it.

use std::sync::Arc;
use std::time::Duration;

use crate::row::{Attack, Facts, Row, judged};
use crate::target::{Target, connect, exchange};

/// A limit of open files as small machines have it.
const FEW_FILES: u64 = 256;

/// Holds connections that have sent these bytes, and opens anew those that were closed.
fn hold(target: Arc<Target>, n: usize, first: &'static [u8]) -> Attack {
    Box::pin(async move {
        loop {
            let mut held = Vec::new();
            for _ in 0..n {
                // The backlog may be full: that is the attacker's problem.
                let opening = tokio::time::timeout(Duration::from_millis(50), connect([127, 0, 0, 1], target.admin));
                if let Ok(Ok(stream)) = opening.await {
                    stream.try_write(first).ok();
                    held.push(stream);
                }
            }
            target.count("opened", held.len() as u64);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    })
}

/// Asks for one path on many connections at once.
fn ask(target: Arc<Target>, path: &'static str, lines: &'static str) -> Attack {
    Box::pin(async move {
        let one = || async {
            loop {
                let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}Connection: close\r\n\r\n");
                let Ok(mut stream) = connect([127, 0, 0, 1], target.admin).await else { continue };
                let answer = exchange(&mut stream, request.as_bytes()).await;
                target.count("answers", u64::from(answer.is_ok()));
                tokio::task::yield_now().await;
            }
        };
        futures_util::future::join_all((0..60).map(|_| one())).await;
    })
}

fn answers(facts: &Facts<'_>) -> Result<String, String> {
    let (answers, opened) = (facts.target.counted("answers"), facts.target.counted("opened"));
    judged(answers + opened > 0, format!("{} connections or answers", answers + opened))
}

pub fn rows() -> Vec<Row> {
    vec![
        Row::new("admin-silent", "400 silent connections to the admin listener at 256 descriptors", |target| {
            hold(target, 400, b"")
        })
        .with_open_files(FEW_FILES)
        .promising(answers),
        Row::new("admin-heads", "400 unfinished heads to the admin listener at 256 descriptors", |target| {
            hold(target, 400, b"GET /metrics HTTP/1.1\r\nHost: ")
        })
        .with_open_files(FEW_FILES)
        .promising(answers),
        Row::new("admin-pages", "60 admin pages at once, without pause", |target| ask(target, "/", ""))
            .promising(answers),
        Row::new("admin-metrics", "60 times `/metrics` at once, without pause, at 256 descriptors", |target| {
            ask(target, "/metrics", "")
        })
        .with_open_files(FEW_FILES)
        .promising(answers),
    ]
}
