//! The clients: a browser or toolbar that stores one stamp, and the network that carries its requests and responses.

use qsproxy::time::{DAY_SECONDS, Time};
use qsproxy::visit::{StampUpdate, TrackingPreference};
use qsproxy_test_support::random::Random;

use super::service::{Node, NodeResponse};

/// How long a browser stores the cookie: `Max-Age`, 60 days.
pub const COOKIE_SECONDS: u64 = 60 * DAY_SECONDS;

/// A client that stores a stamp: a browser in a cookie, or a toolbar that uses the header.
#[derive(Clone)]
pub struct Browser {
    /// The stamp, and when it expires.
    pub jar: Option<(String, Time)>,
    pub preference: TrackingPreference,
    pub code: usize,
    /// True: pages request `/visit`, and the stamp is a cookie. False: a toolbar, which stores the stamp without expiry and
    /// confirms it with its next search.
    pub is_browser: bool,
    /// Rejects cookies.
    pub blocks_cookies: bool,
}

impl Browser {
    pub fn new(code: usize) -> Self {
        Self { jar: None, preference: TrackingPreference::Unset, code, is_browser: true, blocks_cookies: false }
    }

    /// The stamp that it sends at this time.
    pub fn stamp_at(&self, at: Time) -> Option<String> {
        self.jar.as_ref().filter(|(_, expires)| at < *expires).map(|(text, _)| text.clone())
    }

    /// Applies the stamp update of a response. The response that arrives last wins.
    pub fn receive(&mut self, update: StampUpdate, at: Time) {
        let expires = if self.is_browser { Time(at.0 + COOKIE_SECONDS) } else { Time(u64::MAX) };
        match update {
            StampUpdate::Unchanged => {}
            StampUpdate::Replace(_) if self.blocks_cookies => {}
            StampUpdate::Replace(text) => self.jar = Some((text, expires)),
            StampUpdate::Expire => self.jar = None,
        }
    }
}

/// The nodes and the network in front of them.
pub struct Network {
    pub nodes: Vec<Node>,
    pub random: Random,
    /// Lost responses in per cent.
    pub loss: usize,
    /// The node that receives all requests; `None`: a random one for each request.
    pub only: Option<usize>,
    pub requests: u64,
}

/// The result of requests that were sent at the same moment.
pub struct Burst {
    /// Requests, including repeated ones.
    pub sent: usize,
    /// Responses that arrived.
    pub arrived: usize,
    /// The stamp of one of the responses, which may have been lost.
    pub stamp: Option<String>,
}

/// The result of a visit.
pub struct Visit {
    /// The stamp in the jar after all pages arrived and before they confirmed it.
    pub unconfirmed: Option<String>,
    /// Requests after the first that could have been counted.
    pub extra_requests: usize,
    /// A stamp of any response that carried the last stamp: the one in the jar, or its twin.
    pub twin: Option<String>,
}

impl Network {
    pub fn new(nodes: Vec<Node>, random: Random, loss: usize) -> Self {
        Self { nodes, random, loss, only: None, requests: 0 }
    }

    /// One request.
    pub fn request(&mut self, browser: &Browser, stamp: Option<&str>, at: Time) -> NodeResponse {
        self.requests += 1;
        let node = self.random.below(self.nodes.len());
        let random = self.random.number();
        self.nodes[self.only.unwrap_or(node)].request(stamp, browser.preference, browser.code, (at, random))
    }

    pub fn loses_response(&mut self) -> bool {
        self.random.percent(self.loss)
    }

    /// Sends `n` requests before any response arrives. Responses arrive in random order or are lost. If none arrives, the
    /// client repeats the request until one does.
    pub fn send_at_once(&mut self, browser: &mut Browser, at: Time, n: usize) -> Burst {
        let stamp = browser.stamp_at(at);
        let mut updates: Vec<StampUpdate> =
            (0..n).map(|_| self.request(browser, stamp.as_deref(), at).update).collect();
        self.random.shuffle(&mut updates);
        let received_stamp = match updates.first() {
            Some(StampUpdate::Replace(text)) => Some(text.clone()),
            Some(StampUpdate::Unchanged | StampUpdate::Expire) | None => None,
        };
        let (mut sent, mut arrived) = (n, 0);
        for update in updates {
            if !self.loses_response() {
                browser.receive(update, at);
                arrived += 1;
            }
        }
        while arrived == 0 {
            let update = self.request(browser, stamp.as_deref(), at).update;
            sent += 1;
            if !self.loses_response() {
                browser.receive(update, at);
                arrived += 1;
            }
        }
        Burst { sent, arrived, stamp: received_stamp }
    }

    /// Opens `n` pages at once. After all of them have arrived, each confirms the stamp.
    pub fn visit(&mut self, browser: &mut Browser, at: Time, n: usize) -> Visit {
        let known = browser.stamp_at(at).is_some();
        let pages = self.send_at_once(browser, at, n);
        let unconfirmed = browser.stamp_at(at);
        if !browser.is_browser {
            return Visit { unconfirmed, extra_requests: pages.sent - 1, twin: pages.stamp };
        }
        let confirmations = self.send_at_once(browser, at, pages.arrived);
        let countable = if known { pages.sent } else { confirmations.sent };
        Visit { unconfirmed, extra_requests: countable - 1, twin: confirmations.stamp.or(pages.stamp) }
    }
}
