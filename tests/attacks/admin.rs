//! The admin listener, attacked from this machine or by whoever can reach it.

use std::sync::Arc;

use crate::row::{Attack, Facts, Row, judged};
use crate::target::{Target, connect, exchange};

/// A limit of open files as small machines have it.
const FEW_FILES: u64 = 256;

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
        Row::new("admin-pages", "60 admin pages at once, without pause", |target| ask(target, "/", ""))
            .promising(answers),
        Row::new("admin-metrics", "60 times `/metrics` at once, without pause, at 256 descriptors", |target| {
            ask(target, "/metrics", "")
        })
        .with_open_files(FEW_FILES)
        .promising(answers),
    ]
}
