//! Clients that leave, read slowly or not at all while a page is on its way to them.

use std::net::TcpStream;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::{ask, is_whole, searched};
use crate::support::client::Client;
use crate::support::config::Config;
use crate::support::page::{Page, Step, link, sample_page, stage_with};
use crate::support::stage::{ORGANIC, SPONSORED, Stage, request};
use crate::support::wait_for;

/// More than the program and the sockets of [`ask_and_wait`] hold.
const LONG: u64 = 23 << 16;
/// Bytes that a client of these takes from the network before it is asked to, and those of a segment: of large ones,
/// which loopback has otherwise, the program's own socket takes megabytes.
const SMALL_BUFFER: usize = 8_192;
const SMALL_SEGMENT: u32 = 500;

/// One search at a time.
fn narrow(config: Config) -> Config {
    config.with("limits", "searches_in_flight", "1").with("partner first", "timeout", r#""1500ms""#)
}

fn held() -> Page {
    Page::new().send(link(ORGANIC, "First")).then(Step::Hold).send(link(SPONSORED, "Last"))
}

/// Two results with much text between them.
fn long() -> Page {
    let text = format!("<p>{}</p>", "x".repeat((1 << 16) - 7));
    let times = LONG / text.len() as u64;
    Page::new().send(link(ORGANIC, "First")).then(Step::Repeat(text.into(), times)).send(link(SPONSORED, "Last"))
}

/// Asks through a socket that takes little on its own.
fn ask_and_wait(stage: &Stage) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(SMALL_BUFFER).unwrap();
    socket.set_tcp_mss(SMALL_SEGMENT).unwrap();
    socket.connect(&stage.proxy.public.into()).unwrap();
    let mut client = Client::over(TcpStream::from(socket)).unwrap();
    client.write(&request(&stage.proxy, "GET", "/search?q=x", &["Accept: text/html"])).unwrap();
    client
}

/// The permit came back: the next search is answered.
#[track_caller]
fn is_free_again(stage: &Stage) {
    stage.partner.set(Page::of(sample_page()).answer());
    let page = wait_for("a free place", || Some(stage.page("q=y", &[])).filter(|page| page.status == 200));
    is_whole(&page.text());
}

#[test]
fn a_client_that_leaves_in_the_middle_is_counted_as_what_it_was_sent() {
    let stage = stage_with(held(), narrow);
    let mut client = ask(&stage, "q=x");
    client.seen_past("First").unwrap();
    drop(client);
    stage.partner.release();
    searched(&stage, &[("with_ads", 1)]);
    is_free_again(&stage);
    searched(&stage, &[("with_ads", 2)]);
}

#[test]
fn one_that_leaves_before_the_first_byte_is_counted_too() {
    let stage = stage_with(Page::new().then(Step::Hold).send(sample_page()), narrow);
    let client = ask(&stage, "q=x");
    wait_for("the partner to be asked", || (stage.partner.requests().len() == 1).then_some(()));
    drop(client);
    stage.partner.release();
    searched(&stage, &[("with_ads", 1)]);
    is_free_again(&stage);
}

#[test]
fn one_that_leaves_a_partner_that_hangs_frees_the_place_in_the_partners_time() {
    let stage = stage_with(Page::new().send(link(ORGANIC, "First")).then(Step::Hang), narrow);
    let mut client = ask(&stage, "q=x");
    client.seen_past("First").unwrap();
    drop(client);
    searched(&stage, &[("failed", 1)]);
    is_free_again(&stage);
}

#[test]
fn while_a_page_is_under_way_its_place_is_taken() {
    let stage = stage_with(held(), |config| narrow(config).with("partner first", "timeout", r#""8s""#));
    let mut client = ask(&stage, "q=x");
    client.seen_past("First").unwrap();
    assert_eq!(stage.page("q=y", &[]).status, 503, "searches_in_flight is 1");
    stage.partner.release();
    is_whole(&client.answer().unwrap().text());
    is_free_again(&stage);
}

/// The same for `partner_requests_in_flight`.
#[test]
fn while_a_page_is_under_way_its_partner_is_busy() {
    let limits = |config: Config| {
        let config = config.with("limits", "partner_requests_in_flight", "1");
        config.with("partner first", "timeout", r#""8s""#)
    };
    let stage = stage_with(held(), limits);
    let mut client = ask(&stage, "q=x");
    client.seen_past("First").unwrap();
    assert_eq!(stage.page("q=y", &[]).status, 503, "partner_requests_in_flight is 1");
    stage.partner.release();
    is_whole(&client.answer().unwrap().text());
    is_free_again(&stage);
}

/// The partner has a second and a half; that the client takes two and a half is not its fault.
#[test]
fn a_client_that_reads_slowly_gets_it_all() {
    let stage = stage_with(long(), narrow);
    let mut client = ask_and_wait(&stage);
    std::thread::sleep(Duration::from_millis(2_500));
    assert!(stage.proxy.searches().is_empty(), "the page is not through: the sockets do not hold all of it");
    let page = client.answer().expect("the whole page").text();
    assert!(page.len() as u64 > LONG && page.contains("Last") && !page.contains("broke off"), "{} bytes", page.len());
    searched(&stage, &[("with_ads", 1)]);
}

#[test]
fn a_client_that_never_reads_is_cut_off() {
    let stage = stage_with(Page::of(sample_page()), |config| narrow(config).with("limits", "idle_time", r#""700ms""#));
    is_whole(&stage.page("q=x", &[]).text());
    let before = stage.proxy.peak_kib();
    stage.partner.set(long().answer());
    let mut client = ask_and_wait(&stage);
    searched(&stage, &[("with_ads", 2)]);
    let grown = stage.proxy.peak_kib() - before;
    assert!(grown < 16 * 1024, "{grown} KiB for a page that nobody took");
    assert!(client.answer().is_err(), "cut off in the middle");
    is_free_again(&stage);
}
