//! Clients that leave, read slowly or not at all while a page is on its way to them.

use std::net::TcpStream;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::{ask, is_whole, searched};
use qsproxy_test_support::chunked_page::{ChunkedPage, PageStep, link, page_env_with, sample_page};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED, TestEnv, request_to};
use qsproxy_test_support::wait_for;

/// More than the program and the sockets of [`ask_and_wait`] hold.
const LONG: u64 = 23 << 16;
/// Bytes that a client of these takes from the network before it is asked to, and those of a segment: of large ones,
/// which loopback has otherwise, the program's own socket takes megabytes.
const SMALL_BUFFER: usize = 8_192;
const SMALL_SEGMENT: u32 = 500;

/// One search at a time.
fn narrow(config: ConfigBuilder) -> ConfigBuilder {
    config.with("limits", "searches_in_flight", "1").with("partner first", "timeout", r#""1500ms""#)
}

fn held() -> ChunkedPage {
    ChunkedPage::new().send(link(ORGANIC, "First")).then(PageStep::AwaitRelease).send(link(SPONSORED, "Last"))
}

/// Two results with much text between them.
fn long() -> ChunkedPage {
    let text = format!("<p>{}</p>", "x".repeat((1 << 16) - 7));
    let times = LONG / text.len() as u64;
    ChunkedPage::new()
        .send(link(ORGANIC, "First"))
        .then(PageStep::Repeat(text.into(), times))
        .send(link(SPONSORED, "Last"))
}

/// Asks through a socket that takes little on its own.
fn ask_and_wait(env: &TestEnv) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(SMALL_BUFFER).unwrap();
    socket.set_tcp_mss(SMALL_SEGMENT).unwrap();
    socket.connect(&env.proxy.public.into()).unwrap();
    let mut client = Client::from_stream(TcpStream::from(socket)).unwrap();
    client.write(&request_to(&env.proxy, "GET", "/search?q=x", &["Accept: text/html"])).unwrap();
    client
}

/// The permit came back: the next search is answered.
#[track_caller]
fn is_free_again(env: &TestEnv) {
    env.partner.respond_with(ChunkedPage::with_body(sample_page()).into_response());
    let page = wait_for("a free place", || Some(env.search_page("q=y", &[])).filter(|page| page.status == 200));
    is_whole(&page.text());
}

#[test]
fn a_client_that_leaves_in_the_middle_is_counted_as_what_it_was_sent() {
    let env = page_env_with(held(), narrow);
    let mut client = ask(&env, "q=x");
    client.peek_until("First").unwrap();
    drop(client);
    env.partner.release();
    searched(&env, &[("with_ads", 1)]);
    is_free_again(&env);
    searched(&env, &[("with_ads", 2)]);
}

#[test]
fn one_that_leaves_before_the_first_byte_is_counted_too() {
    let env = page_env_with(ChunkedPage::new().then(PageStep::AwaitRelease).send(sample_page()), narrow);
    let client = ask(&env, "q=x");
    wait_for("the partner to be asked", || (env.partner.requests().len() == 1).then_some(()));
    drop(client);
    env.partner.release();
    searched(&env, &[("with_ads", 1)]);
    is_free_again(&env);
}

#[test]
fn one_that_leaves_a_partner_that_hangs_frees_the_place_in_the_partners_time() {
    let env = page_env_with(ChunkedPage::new().send(link(ORGANIC, "First")).then(PageStep::Hang), narrow);
    let mut client = ask(&env, "q=x");
    client.peek_until("First").unwrap();
    drop(client);
    searched(&env, &[("failed", 1)]);
    is_free_again(&env);
}

#[test]
fn while_a_page_is_under_way_its_place_is_taken() {
    let env = page_env_with(held(), |config| narrow(config).with("partner first", "timeout", r#""8s""#));
    let mut client = ask(&env, "q=x");
    client.peek_until("First").unwrap();
    assert_eq!(env.search_page("q=y", &[]).status, 503, "searches_in_flight is 1");
    env.partner.release();
    is_whole(&client.read_response().unwrap().text());
    is_free_again(&env);
}

/// The same for `partner_requests_in_flight`.
#[test]
fn while_a_page_is_under_way_its_partner_is_busy() {
    let limits = |config: ConfigBuilder| {
        let config = config.with("limits", "partner_requests_in_flight", "1");
        config.with("partner first", "timeout", r#""8s""#)
    };
    let env = page_env_with(held(), limits);
    let mut client = ask(&env, "q=x");
    client.peek_until("First").unwrap();
    assert_eq!(env.search_page("q=y", &[]).status, 503, "partner_requests_in_flight is 1");
    env.partner.release();
    is_whole(&client.read_response().unwrap().text());
    is_free_again(&env);
}

/// The partner has a second and a half; that the client takes two and a half is not its fault.
#[test]
fn a_client_that_reads_slowly_gets_it_all() {
    let env = page_env_with(long(), narrow);
    let mut client = ask_and_wait(&env);
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(env.proxy.searches().is_empty(), "the page is not through: the sockets do not hold all of it");
    let page = client.read_response().expect("the whole page").text();
    assert!(
        page.len() as u64 > LONG && page.contains("Last") && !page.contains("ended here unexpectedly"),
        "{} bytes",
        page.len()
    );
    searched(&env, &[("with_ads", 1)]);
}

#[test]
fn a_client_that_never_reads_is_cut_off() {
    let env = page_env_with(ChunkedPage::with_body(sample_page()), |config| {
        narrow(config).with("limits", "idle_time", r#""700ms""#)
    });
    is_whole(&env.search_page("q=x", &[]).text());
    let before = env.proxy.peak_kib();
    env.partner.respond_with(long().into_response());
    let mut client = ask_and_wait(&env);
    searched(&env, &[("with_ads", 2)]);
    let grown = env.proxy.peak_kib() - before;
    assert!(grown < 16 * 1024, "{grown} KiB for a page that nobody took");
    assert!(client.read_response().is_err(), "cut off in the middle");
    is_free_again(&env);
}
