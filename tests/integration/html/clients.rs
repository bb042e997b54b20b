//! Clients that disconnect, read slowly or do not read while a page is streamed to them.

use std::net::TcpStream;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::{assert_complete, start_search, wait_for_searches};
use qsproxy_test_support::chunked_page::{ChunkedPage, PageStep, link, page_env_with, sample_page};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED, TestEnv, request_to};
use qsproxy_test_support::wait_for;

/// Length of a page that fits neither into the buffers of the proxy nor into those of [`start_slow_search`], in bytes.
const LONG_PAGE_BYTES: u64 = 23 << 16;
/// Receive buffer and segment size of a slow client, in bytes. With the large segments of loopback, the proxy's own socket
/// would buffer megabytes.
const SMALL_BUFFER: usize = 8_192;
const SMALL_SEGMENT: u32 = 500;

/// Allows one search at a time.
fn one_search(config: ConfigBuilder) -> ConfigBuilder {
    config.with("limits", "searches_in_flight", "1").with("partner first", "timeout", r#""1500ms""#)
}

fn paused_page() -> ChunkedPage {
    ChunkedPage::new().send(link(ORGANIC, "First")).then(PageStep::AwaitRelease).send(link(SPONSORED, "Last"))
}

/// Two results with a lot of text between them.
fn long_page() -> ChunkedPage {
    let text = format!("<p>{}</p>", "x".repeat((1 << 16) - 7));
    let times = LONG_PAGE_BYTES / text.len() as u64;
    ChunkedPage::new()
        .send(link(ORGANIC, "First"))
        .then(PageStep::Repeat(text.into(), times))
        .send(link(SPONSORED, "Last"))
}

/// Sends a search through a socket with small buffers and does not read the response.
fn start_slow_search(env: &TestEnv) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(SMALL_BUFFER).unwrap();
    socket.set_tcp_mss(SMALL_SEGMENT).unwrap();
    socket.connect(&env.proxy.public.into()).unwrap();
    let mut client = Client::from_stream(TcpStream::from(socket)).unwrap();
    client.write(&request_to(&env.proxy, "GET", "/search?q=x", &["Accept: text/html"])).unwrap();
    client
}

/// Asserts that the permit was returned: the next search succeeds.
#[track_caller]
fn assert_permit_returned(env: &TestEnv) {
    env.partner.respond_with(ChunkedPage::with_body(sample_page()).into_response());
    let page = wait_for("a permit", || Some(env.search_page("q=y", &[])).filter(|page| page.status == 200));
    assert_complete(&page.text());
}

#[test]
fn a_search_is_counted_by_its_page_when_the_client_disconnects() {
    let env = page_env_with(paused_page(), one_search);
    let mut client = start_search(&env, "q=x");
    client.peek_until("First").unwrap();
    drop(client);
    env.partner.release();
    wait_for_searches(&env, &[("with_ads", 1)]);
    assert_permit_returned(&env);
    wait_for_searches(&env, &[("with_ads", 2)]);
}

#[test]
fn a_disconnect_before_the_first_byte_is_counted_too() {
    let env = page_env_with(ChunkedPage::new().then(PageStep::AwaitRelease).send(sample_page()), one_search);
    let client = start_search(&env, "q=x");
    wait_for("the partner to be asked", || (env.partner.requests().len() == 1).then_some(()));
    drop(client);
    env.partner.release();
    wait_for_searches(&env, &[("with_ads", 1)]);
    assert_permit_returned(&env);
}

#[test]
fn after_a_disconnect_a_hanging_partner_blocks_the_permit_until_its_timeout_only() {
    let env = page_env_with(ChunkedPage::new().send(link(ORGANIC, "First")).then(PageStep::Hang), one_search);
    let mut client = start_search(&env, "q=x");
    client.peek_until("First").unwrap();
    drop(client);
    wait_for_searches(&env, &[("failed", 1)]);
    assert_permit_returned(&env);
}

#[test]
fn a_streaming_page_counts_as_a_search_in_flight() {
    let env = page_env_with(paused_page(), |config| one_search(config).with("partner first", "timeout", r#""8s""#));
    let mut client = start_search(&env, "q=x");
    client.peek_until("First").unwrap();
    assert_eq!(env.search_page("q=y", &[]).status, 503, "searches_in_flight is 1");
    env.partner.release();
    assert_complete(&client.read_response().unwrap().text());
    assert_permit_returned(&env);
}

#[test]
fn a_streaming_page_counts_as_a_partner_request_in_flight() {
    let limits = |config: ConfigBuilder| {
        let config = config.with("limits", "partner_requests_in_flight", "1");
        config.with("partner first", "timeout", r#""8s""#)
    };
    let env = page_env_with(paused_page(), limits);
    let mut client = start_search(&env, "q=x");
    client.peek_until("First").unwrap();
    assert_eq!(env.search_page("q=y", &[]).status, 503, "partner_requests_in_flight is 1");
    env.partner.release();
    assert_complete(&client.read_response().unwrap().text());
    assert_permit_returned(&env);
}

/// The partner's timeout is 1.5 s. The 2.5 s that the client takes must not count against it.
#[test]
fn a_slow_client_gets_the_whole_page() {
    let env = page_env_with(long_page(), one_search);
    let mut client = start_slow_search(&env);
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(env.proxy.searches().is_empty(), "the page must not fit into the buffers");
    let page = client.read_response().expect("the whole page").text();
    assert!(
        page.len() as u64 > LONG_PAGE_BYTES && page.contains("Last") && !page.contains("ended here unexpectedly"),
        "{} bytes",
        page.len()
    );
    wait_for_searches(&env, &[("with_ads", 1)]);
}

/// The partner's circuit would open at the first answer that takes a second.
#[test]
fn a_slow_client_does_not_make_its_partner_slow() {
    let circuit = r#"{ min_calls = 1, slow_after = "1s", slow_per_cent = 1 }"#;
    let env = page_env_with(long_page(), |config| one_search(config).with("partner first", "circuit", circuit));
    let mut client = start_slow_search(&env);
    std::thread::sleep(Duration::from_secs(2));
    assert_complete(&client.read_response().unwrap().text());
    wait_for_searches(&env, &[("with_ads", 1)]);
    assert_eq!(env.proxy.metric(r#"qsproxy_partner_circuit{partner="first",state="closed"}"#), 1);
}

#[test]
fn a_client_that_never_reads_is_disconnected() {
    let env = page_env_with(ChunkedPage::with_body(sample_page()), |config| {
        one_search(config).with("limits", "idle_time", r#""700ms""#)
    });
    assert_complete(&env.search_page("q=x", &[]).text());
    let before = env.proxy.peak_kib();
    env.partner.respond_with(long_page().into_response());
    let mut client = start_slow_search(&env);
    wait_for_searches(&env, &[("with_ads", 2)]);
    let grown = env.proxy.peak_kib() - before;
    assert!(grown < 16 * 1024, "{grown} KiB for a page that was not read");
    assert!(client.read_response().is_err(), "the page must be truncated");
    assert_permit_returned(&env);
}
