//! One address at full speed: searches, clicks, visits, and everything that is cheap to ask for.

use std::sync::Arc;

use qsproxy_test_support::config::ConfigBuilder;
use serde_json::Value;

use crate::row::{Attack, Facts, Row, judged};
use crate::target::{Target, connect, exchange};

/// Connections of one address.
const CONNECTIONS: u64 = 16;

/// Defaults of `[limits.client]`: at once, and a second.
const SEARCHES: (u64, u64) = (600, 30);
const CLICKS: (u64, u64) = (300, 10);
const BIRTHS: (u64, u64) = (600, 1);

/// What a client may do in these rounds, each of which is by another client.
fn allowance((burst, rate): (u64, u64), facts: &Facts<'_>) -> u64 {
    facts.rounds * burst + rate * facts.seconds
}

/// Runs `work` on each connection, with the number of the request.
async fn on_connections<F: AsyncFn(u64) -> std::io::Result<()>>(work: F) {
    let one = |number: u64| {
        let work = &work;
        async move {
            for at in 0.. {
                work(number + CONNECTIONS * at).await.ok();
                tokio::task::yield_now().await;
            }
        }
    };
    futures_util::future::join_all((0..CONNECTIONS).map(one)).await;
}

/// Sends requests on kept connections as fast as they are answered.
fn full_speed(target: Arc<Target>, request: fn(&Target, u64) -> Vec<u8>) -> Attack {
    Box::pin(async move {
        on_connections(async |number| {
            let mut stream = target.connect(target.attacker()).await?;
            for at in 0.. {
                let answer = exchange(&mut stream, &request(&target, number + CONNECTIONS * at)).await?;
                target.count("answers", 1);
                target.count("good answers", u64::from(answer.status < 400));
                if answer.header("connection").is_some_and(|value| value == "close") {
                    break;
                }
            }
            Ok(())
        })
        .await;
    })
}

/// The paths of click links of a search by this address.
async fn links(target: &Target, source: [u8; 4]) -> std::io::Result<Vec<String>> {
    let mut stream = target.connect(source).await?;
    let answer = exchange(&mut stream, &target.get("/search?q=x&format=json", "")).await?;
    let body: Value = serde_json::from_slice(&answer.body)?;
    let list = body["results"].as_array().cloned().unwrap_or_default();
    let path =
        |one: &Value| Some(one["url"].as_str()?.split_at_checked(one["url"].as_str()?.find("/click/")?)?.1.to_owned());
    Ok(list.iter().filter_map(path).collect())
}

/// Clicks as a browser of another version each time, so that no click is a repeated one.
async fn click(target: &Target, source: [u8; 4], path: &str, version: u64) -> std::io::Result<u16> {
    let mut stream = connect(source, target.public).await?;
    let agent =
        format!("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0\r\n");
    Ok(exchange(&mut stream, &target.get(path, &format!("{agent}Connection: close\r\n"))).await?.status)
}

/// Searches and clicks every link.
fn clicks(target: Arc<Target>) -> Attack {
    Box::pin(async move {
        on_connections(async |number| {
            for path in links(&target, target.attacker()).await? {
                let status = click(&target, target.attacker(), &path, number).await?;
                target.count(if status == 303 { "redirected" } else { "not redirected" }, 1);
            }
            Ok(())
        })
        .await;
    })
}

/// Clicks a link as somebody, then many others as one client, then the first link again as somebody else.
fn flush_clicks(target: Arc<Target>) -> Attack {
    Box::pin(async move {
        let Ok(mut old) = links(&target, [127, 90, 1, 1]).await else { panic!("no links") };
        let old = old.swap_remove(0);
        assert_eq!(click(&target, [127, 90, 2, 1], &old, 140).await.unwrap(), 303);
        on_connections(async |number| {
            for path in links(&target, target.attacker()).await? {
                click(&target, target.attacker(), &path, 1000 + number).await?;
                target.count("other clicks", 1);
            }
            let network = u8::try_from(number % 200).unwrap();
            click(&target, [127, 91, network, 1], &old, 141).await?;
            target.count("old clicks", 1);
            Ok(())
        })
        .await;
    })
}

/// Takes a first stamp and returns it.
fn births(target: Arc<Target>) -> Attack {
    Box::pin(async move {
        on_connections(async |_| {
            let mut stream = target.connect(target.attacker()).await?;
            for _ in 0..100 {
                let first = exchange(&mut stream, &target.get("/visit", "Visit-Stamp: \r\n")).await?;
                let Some(stamp) = first.header("visit-stamp") else { break };
                exchange(&mut stream, &target.get("/visit", &format!("Visit-Stamp: {stamp}\r\n"))).await?;
                target.count("first contacts", 1);
            }
            Ok(())
        })
        .await;
    })
}

fn searches_bounded(facts: &Facts<'_>) -> Result<String, String> {
    let reached = facts.partner_requests - facts.bystander_searches.min(facts.partner_requests);
    let (allowed, asked) = (allowance(SEARCHES, facts), facts.target.counted("answers"));
    judged(reached <= allowed + 50, format!("{asked} searches, {reached} reached the partner (≤ {allowed})"))
}

fn clicks_bounded(facts: &Facts<'_>) -> Result<String, String> {
    let of = |outcome| u64::try_from(facts.proxy.clicks_with_outcome(outcome)).unwrap();
    let (redirected, others) = (facts.target.counted("redirected"), facts.target.counted("not redirected"));
    let (counted, excess, allowed) = (of("counted"), of("excess"), allowance(CLICKS, facts));
    let text =
        format!("{redirected} clicks redirected, {others} not; {counted} counted (≤ {allowed}), {excess} excess");
    judged(others == 0 && counted <= allowed + 20, text)
}

fn old_clicks_are_duplicates(facts: &Facts<'_>) -> Result<String, String> {
    let duplicates = u64::try_from(facts.proxy.clicks_with_outcome("duplicate")).unwrap();
    let (old, others) = (facts.target.counted("old clicks"), facts.target.counted("other clicks"));
    judged(old > 0 && duplicates >= old, format!("{others} other clicks; {old} on old links, {duplicates} duplicates"))
}

fn speed(facts: &Facts<'_>) -> Result<String, String> {
    let (answers, good) = (facts.target.counted("answers"), facts.target.counted("good answers"));
    judged(answers > 0, format!("{answers} answers, {good} of them good"))
}

fn births_bounded(facts: &Facts<'_>) -> Result<String, String> {
    let born = u64::try_from(facts.proxy.visits_with_outcome("born")).unwrap();
    let (contacts, allowed) = (facts.target.counted("first contacts"), allowance(BIRTHS, facts));
    judged(born <= allowed && contacts > 0, format!("{contacts} first contacts, {born} born (≤ {allowed})"))
}

/// Few links are remembered, so that one client could replace them all.
fn few_links(config: ConfigBuilder) -> ConfigBuilder {
    config.with("counts", "repeat_window", r#""0s""#).with("limits", "tokens_remembered", "1000")
}

fn default_window(config: ConfigBuilder) -> ConfigBuilder {
    config.without("counts", "repeat_window")
}

/// Name, attack, request.
type SpeedRow = (&'static str, &'static str, fn(&Target, u64) -> Vec<u8>);

const SPEED_ROWS: &[SpeedRow] = &[
    ("not-found", "paths that do not exist, at full speed", |target, at| target.get(&format!("/x{at}"), "")),
    ("pages", "`/privacy` at full speed", |target, _| target.get("/privacy", "")),
    ("images", "`/image/` with invalid tokens at full speed", |target, at| {
        target.get(&format!("/image/{at:0>200}"), "")
    }),
    ("forged-clicks", "`/click/` with invalid tokens of 2 kB at full speed", |target, at| {
        target.get(&format!("/click/{at:A>2000}"), "")
    }),
    ("forms", "forms of `body_bytes` with an expensive keyword at full speed", |target, _| {
        target.post("/search?format=json", &format!("q={}", "%EF%B7%BA".repeat(1800)))
    }),
    ("parameters", "searches with 1,900 parameters at full speed", |target, _| {
        target.get(&format!("/search?{}q=a&format=json", "a=b&".repeat(1900)), "")
    }),
    ("languages", "searches with 32 kB of `Accept-Language` at full speed", |target, _| {
        target.get(
            "/search?q=a&format=json",
            &format!("Accept-Language: {}\r\n", "de-DE-u-co-phonebk;q=0.5,".repeat(1200)),
        )
    }),
    ("codes", "searches with ever new codes and IDs at full speed", |target, at| {
        target.get(&format!("/search?q=a&format=json&code=c{at}&id=identifier-{at:0>16}"), "")
    }),
    ("opensearch", "`/opensearch.xml` with ever new codes at full speed", |target, at| {
        target.get(&format!("/opensearch.xml?code=c{at}"), "")
    }),
];

pub fn rows() -> Vec<Row> {
    let search: fn(&Target, u64) -> Vec<u8> = |target, at| target.get(&format!("/search?q=w{at}&format=json"), "");
    let mut rows = vec![
        Row::new("searches", "one address: searches at full speed", move |target| full_speed(target, search))
            .promising(searches_bounded),
        Row::new("clicks", "one address: clicks at full speed", clicks)
            .configured(default_window)
            .promising(clicks_bounded),
        Row::new("flush-clicks", "one address: clicks that should push others out of memory", flush_clicks)
            .configured(few_links)
            .promising(old_clicks_are_duplicates),
        Row::new("births", "one address: first visits at full speed", births).promising(births_bounded),
    ];
    let fast = |&(name, text, request): &SpeedRow| {
        Row::new(name, text, move |target| full_speed(target, request)).promising(speed)
    };
    rows.extend(SPEED_ROWS.iter().map(fast));
    rows
}
