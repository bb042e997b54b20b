//! The people's side: a browser with one place for a stamp, and how its requests and answers travel.

use qsproxy::time::{DAY_SECONDS, Time};
use qsproxy::visit::{StampUpdate, TrackingPreference};

use super::service::{Node, Reply};
use qsproxy_test_support::random::Random;

/// How long a browser keeps the cookie: its `Max-Age`, 60 days (`door/write`).
pub const COOKIE_SECONDS: u64 = 60 * DAY_SECONDS;

/// What holds a stamp: a browser, or a toolbar that uses the header.
#[derive(Clone)]
pub struct Browser {
    /// The stamp, and when it goes by itself.
    pub jar: Option<(String, Time)>,
    pub wish: TrackingPreference,
    pub code: usize,
    /// Whether its pages ask for `/visit` and its stamp is a cookie. A toolbar confirms with its next search, and keeps
    /// the stamp itself.
    pub is_browser: bool,
    /// Takes no cookies.
    pub blocks: bool,
}

impl Browser {
    pub fn new(code: usize) -> Self {
        Self { jar: None, wish: TrackingPreference::Unset, code, is_browser: true, blocks: false }
    }

    /// What it brings at this time.
    pub fn brings(&self, at: Time) -> Option<String> {
        self.jar.as_ref().filter(|(_, until)| at < *until).map(|(text, _)| text.clone())
    }

    /// Takes what came with an answer: the last one to arrive stays.
    pub fn take(&mut self, hand: StampUpdate, at: Time) {
        let until = if self.is_browser { Time(at.0 + COOKIE_SECONDS) } else { Time(u64::MAX) };
        match hand {
            StampUpdate::Unchanged => {}
            StampUpdate::Replace(_) if self.blocks => {}
            StampUpdate::Replace(text) => self.jar = Some((text, until)),
            StampUpdate::Expire => self.jar = None,
        }
    }
}

/// Nodes, and the way to them.
pub struct Net {
    pub nodes: Vec<Node>,
    pub random: Random,
    /// How many answers in a hundred are lost.
    pub lost: usize,
    /// The node that requests go to; None: any.
    pub only: Option<usize>,
    pub requests: u64,
}

/// What became of requests that were sent at once.
pub struct Volley {
    /// How many requests there were, repeated ones included.
    pub sent: usize,
    /// How many answers arrived.
    pub arrived: usize,
    /// The stamp that came with one of the answers, be it a lost one.
    pub one: Option<String>,
}

/// What became of a visit.
pub struct Visit {
    /// What the jar held when all pages were there, before they confirmed.
    pub between: Option<String>,
    /// How many requests beyond the first could have counted.
    pub more: usize,
    /// A stamp that came with any answer of those that were worth one last: what the jar holds now, or its twin.
    pub twin: Option<String>,
}

impl Net {
    pub fn new(nodes: Vec<Node>, random: Random, lost: usize) -> Self {
        Self { nodes, random, lost, only: None, requests: 0 }
    }

    /// One request.
    pub fn ask(&mut self, browser: &Browser, brought: Option<&str>, at: Time) -> Reply {
        self.requests += 1;
        let any = self.random.below(self.nodes.len());
        let chance = self.random.number();
        self.nodes[self.only.unwrap_or(any)].ask(brought, browser.wish, browser.code, (at, chance))
    }

    pub fn is_lost(&mut self) -> bool {
        self.random.below(100) < self.lost
    }

    /// So many requests, all sent before any answer arrives; answers arrive in any order, or are lost. Where none
    /// arrives the person tries again until one does.
    pub fn volley(&mut self, browser: &mut Browser, at: Time, n: usize) -> Volley {
        let brought = browser.brings(at);
        let mut hands: Vec<StampUpdate> = (0..n).map(|_| self.ask(browser, brought.as_deref(), at).hand).collect();
        self.random.shuffle(&mut hands);
        let one = match hands.first() {
            Some(StampUpdate::Replace(text)) => Some(text.clone()),
            Some(StampUpdate::Unchanged | StampUpdate::Expire) | None => None,
        };
        let (mut sent, mut arrived) = (n, 0);
        for hand in hands {
            if !self.is_lost() {
                browser.take(hand, at);
                arrived += 1;
            }
        }
        while arrived == 0 {
            let hand = self.ask(browser, brought.as_deref(), at).hand;
            sent += 1;
            if !self.is_lost() {
                browser.take(hand, at);
                arrived += 1;
            }
        }
        Volley { sent, arrived, one }
    }

    /// So many pages at once; when all that will come have come, each of them confirms.
    pub fn visit(&mut self, browser: &mut Browser, at: Time, n: usize) -> Visit {
        let brought = browser.brings(at);
        let pages = self.volley(browser, at, n);
        let between = browser.brings(at);
        if !browser.is_browser {
            return Visit { between, more: pages.sent - 1, twin: pages.one };
        }
        let confirmed = self.volley(browser, at, pages.arrived);
        let counting = if brought.is_some() { pages.sent } else { confirmed.sent };
        Visit { between, more: counting - 1, twin: confirmed.one.or(pages.one) }
    }
}
