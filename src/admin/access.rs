//! Who may use the admin listener, decided by the head of a request before anything else is done for it: the host, the token,
//! and which site's page asks.
//!
//! Wrong tokens are slowed in two ways. A client that has used up its rate gets `429`, and its token is not looked at. Once all
//! wrong tokens together come faster than their rate, so does every client that has sent one within the hour. The right token of a client that
//! sent no wrong one is always accepted, and so is that of a connection that has shown it before.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request};

use crate::admin::caller::Caller;
use crate::clients::rate::{Rate, RateState};
use crate::events::{self, Event};
use crate::metrics::AdminRefusal;

/// Wrong tokens of one client: as many at once as somebody needs who configures a scraper, then one in five seconds.
const WRONG_TOKENS: (u32, u32) = (12, 20);
/// Wrong tokens of all clients together.
const ALL_WRONG_TOKENS: (u32, u32) = (120, 200);
/// Interval of the event about wrong tokens, in nanoseconds: an event must not occur once per request.
const EVENT_INTERVAL: u64 = 60_000_000_000;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denial {
    /// Without a token: the host is a name that could have been made to resolve to this machine.
    Host,
    /// The token is missing or wrong.
    Token,
    /// Too many wrong tokens. The next one is looked at after this number of seconds.
    TokenRate(u64),
    /// Neither `GET` nor `HEAD`.
    Method,
    /// A page of another site asks.
    Site,
}

/// What wrong tokens have used up.
#[derive(Debug, Default)]
pub struct WrongTokens {
    all: RateState,
    /// Since the last event.
    unreported: AtomicU64,
    next_event: AtomicU64,
}

/// Judges a request by its head, at the time `now` in nanoseconds since the start.
///
/// # Errors
/// [`Denial`].
pub(super) fn judge<B>(
    request: &Request<B>,
    caller: &Caller,
    token: Option<&str>,
    wrong_tokens: &WrongTokens,
    now: u64,
) -> Result<(), Denial> {
    match token {
        None if !names_only_local_hosts(request) => return Err(Denial::Host),
        None => {}
        Some(token) => wrong_tokens.check(request.headers(), caller, token, now)?,
    }
    match *request.method() {
        Method::GET | Method::HEAD if is_from_own_page(request) => Ok(()),
        Method::GET | Method::HEAD => Err(Denial::Site),
        _ => Err(Denial::Method),
    }
}

impl Denial {
    /// What it is counted as.
    pub(super) fn label(self) -> AdminRefusal {
        match self {
            Self::Host => AdminRefusal::Host,
            Self::Token => AdminRefusal::Token,
            Self::TokenRate(_) => AdminRefusal::TokenRate,
            Self::Method => AdminRefusal::Method,
            Self::Site => AdminRefusal::Site,
        }
    }
}

/// True if every host that the request names is an IP address or `localhost`, and it names one. A page in a browser whose own
/// name was made to resolve to this machine (DNS rebinding) sends that name, and must not read the counts.
fn names_only_local_hosts<B>(request: &Request<B>) -> bool {
    let target = request.uri().authority().map(|authority| authority.as_str());
    let lines = request.headers().get_all(header::HOST).iter().map(|line| line.to_str().unwrap_or_default());
    let mut names = target.into_iter().chain(lines).peekable();
    names.peek().is_some() && names.all(is_local_host)
}

fn is_local_host(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost") || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// Whether no page of another site caused the request. Browsers say so by `Sec-Fetch-Site` (Fetch Metadata section 2.2), and send
/// `Origin` (Fetch section 3.2) where a script wants to read the answer; programs and an address that was typed do neither. A page of
/// another port is of the same site and not of the same origin: it is refused, too.
fn is_from_own_page<B>(request: &Request<B>) -> bool {
    let is_own_site = |site: &HeaderValue| matches!(site.as_bytes(), b"same-origin" | b"none");
    let headers = request.headers();
    let host = headers.get(header::HOST).map(HeaderValue::as_bytes);
    let is_own_origin = |origin: &HeaderValue| {
        let origin = origin.as_bytes();
        let named = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
        named.is_some() && named == host
    };
    headers.get_all(SEC_FETCH_SITE).iter().all(is_own_site) && headers.get_all(header::ORIGIN).iter().all(is_own_origin)
}

impl WrongTokens {
    /// Accepts the right token.
    fn check(&self, headers: &HeaderMap, caller: &Caller, token: &str, now: u64) -> Result<(), Denial> {
        let Some(given) = bearer_token(headers) else { return Err(Denial::Token) };
        let own = caller.client.wrong_tokens();
        if !caller.is_known() {
            let mut wait = own.wait(rate(WRONG_TOKENS), now);
            if own.was_used() {
                wait = wait.max(self.all.wait(rate(ALL_WRONG_TOKENS), now));
            }
            if !wait.is_zero() {
                self.report(now);
                return Err(Denial::TokenRate(wait.as_secs().saturating_add(1)));
            }
        }
        // Digests have the same length, so not even the length of the token can be measured.
        let [given, token] = [given, token.as_bytes()].map(|text| digest(&SHA256, text));
        if verify_slices_are_equal(given.as_ref(), token.as_ref()).is_ok() {
            caller.set_known();
            return Ok(());
        }
        // What is over a rate is charged no further.
        own.admit(rate(WRONG_TOKENS), now).ok();
        self.all.admit(rate(ALL_WRONG_TOKENS), now).ok();
        self.report(now);
        Err(Denial::Token)
    }

    /// Reports rejected tokens, at most once in an interval.
    fn report(&self, now: u64) {
        self.unreported.fetch_add(1, Ordering::Relaxed);
        let next = self.next_event.load(Ordering::Relaxed);
        let later = now.saturating_add(EVENT_INTERVAL);
        if now >= next && self.next_event.compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            events::emit(&Event::AdminTokensRejected(self.unreported.swap(0, Ordering::Relaxed)));
        }
    }
}

fn rate((per_minute, burst): (u32, u32)) -> Rate {
    Rate::per_minute(per_minute, burst)
}

/// The token of the header `Authorization` (RFC 6750 section 2.1). `None` if there is none.
fn bearer_token(headers: &HeaderMap) -> Option<&[u8]> {
    let line = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = line.split_at_checked(7)?;
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Clients;

    const SECOND: u64 = 1_000_000_000;

    fn request(lines: &[(&'static str, &str)]) -> Request<()> {
        let request = Request::builder().uri("/metrics");
        lines.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(()).unwrap()
    }

    #[test]
    fn hosts_are_addresses_and_localhost() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:9090", true),
            ("127.0.0.1:9090", true),
            ("[::1]:9090", true),
            ("203.0.113.9", true),
            ("localhost.", false),
            ("evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("2130706433", false),
            ("127.1", false),
            ("", false),
        ] {
            assert_eq!(names_only_local_hosts(&request(&[("host", host)])), expected, "{host}");
        }
        assert!(!names_only_local_hosts(&request(&[])));
        assert!(!names_only_local_hosts(&request(&[("host", "127.0.0.1"), ("host", "evil.example")])));
        let absolute = |uri: &str| Request::builder().uri(uri).header("host", "127.0.0.1").body(()).unwrap();
        assert!(names_only_local_hosts(&absolute("http://localhost/")));
        assert!(!names_only_local_hosts(&absolute("http://evil.example/")));
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        let host = ("host", "127.0.0.1:9090");
        for own in [
            &[host][..],
            &[host, ("sec-fetch-site", "none")],
            &[host, ("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:9090")],
            &[host, ("origin", "https://127.0.0.1:9090")],
        ] {
            assert!(is_from_own_page(&request(own)), "{own:?}");
        }
        for other in [
            &[host, ("sec-fetch-site", "cross-site")][..],
            &[host, ("sec-fetch-site", "same-site")],
            &[host, ("sec-fetch-site", "")],
            &[host, ("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
            &[host, ("sec-fetch-site", "same-origin, cross-site")],
            &[host, ("origin", "null")],
            &[host, ("origin", "http://127.0.0.1:8080")],
            &[host, ("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
            &[("origin", "http://127.0.0.1")],
        ] {
            assert!(!is_from_own_page(&request(other)), "{other:?}");
        }
    }

    #[test]
    fn wrong_tokens_are_slowed_and_the_right_one_of_others_is_not() {
        let (clients, wrong) = (Clients::new(10_000), WrongTokens::default());
        let caller = |address: String| Caller::new(clients.named(address.parse().unwrap()));
        let ask = |caller: &Caller, token: &str, now: u64| {
            let bearer = format!("Bearer {token}");
            wrong.check(request(&[("authorization", &bearer)]).headers(), caller, "right", now)
        };
        let attacker = caller("192.0.2.1".into());
        for guess in 0..20 {
            assert_eq!(ask(&attacker, "wrong", 0), Err(Denial::Token), "{guess}");
        }
        for token in ["wrong", "right"] {
            assert!(matches!(ask(&attacker, token, 0), Err(Denial::TokenRate(1..=6))), "{token}");
        }
        let known = caller("198.51.100.1".into());
        assert_eq!(ask(&known, "right", 0), Ok(()));
        // In an hour: the burst, and one in five seconds.
        let looked_at = (0..3_600).filter(|second| ask(&attacker, "wrong", second * SECOND) == Err(Denial::Token));
        assert!((700..=720).contains(&looked_at.count()));
        // Many clients: each has one look, and those who guessed have no more.
        let now = 7_200 * SECOND;
        let many: Vec<Caller> = (0..2_000).map(|n| caller(format!("10.{}.{}.1", n / 250, n % 250))).collect();
        let looks = |now| many.iter().filter(|caller| ask(caller, "wrong", now) == Err(Denial::Token)).count();
        assert_eq!(looks(now), 2_000);
        assert_eq!(looks(now), 0);
        assert!(looks(now + SECOND) <= 2);
        assert_eq!(ask(&caller("203.0.113.1".into()), "right", now), Ok(()), "who never guessed");
        assert_eq!(ask(&known, "right", now), Ok(()));
        // A connection that has shown the token is not locked out by its neighbours.
        for _ in 0..30 {
            ask(&caller("198.51.100.7".into()), "wrong", now).unwrap_err();
        }
        assert!(ask(&caller("198.51.100.7".into()), "right", now).is_err());
        assert_eq!(ask(&known, "right", now), Ok(()));
    }

    #[test]
    fn only_bearer_tokens_are_guesses() {
        let (clients, wrong) = (Clients::new(1_000), WrongTokens::default());
        let caller = Caller::new(clients.named("192.0.2.1".parse().unwrap()));
        for line in ["", "Bearer", "Bearer ", "Basic cmlnaHQ6", "right"] {
            let request = request(&[("authorization", line)]);
            for _ in 0..100 {
                assert_eq!(wrong.check(request.headers(), &caller, "right", 0), Err(Denial::Token), "{line}");
            }
        }
        assert_eq!(wrong.check(request(&[("authorization", "bearer right")]).headers(), &caller, "right", 0), Ok(()));
    }
}
