//! Builds the public server from a configuration, at the start and at every reload.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::anyhow;
use http::HeaderValue;

use crate::app::counters;
use crate::app::process_state::ProcessState;
use crate::budget::partner_budget::PartnerBudget;
use crate::budget::plan::SpendingPlan;
use crate::clients::limiter::ClientLimiter;
use crate::clients::limits::ClientLimits;
use crate::clients::search_places::SearchPlaces;
use crate::clients::share::ShareKind;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::config::Config;
use crate::config::counts::CountsConfig;
use crate::config::limits::LimitsConfig;
use crate::config::listen::ListenConfig;
use crate::fields::FieldRules;
use crate::http_client;
use crate::http_client::body::BodyLimits;
use crate::image_proxy::cache::ImageCache;
use crate::image_proxy::fetch::{ImageClient, ImageLimits};
use crate::partner::Partner;
use crate::partner::adaptive_limit::AdaptiveLimit;
use crate::partner::circuit::Circuit;
use crate::partner::client::PartnerClient;
use crate::partner::health::PartnerHealth;
use crate::partner::pointers::PointerHealth;
use crate::privacy::statement::PrivacyStatement;
use crate::server::click_class::FetchMetadata;
use crate::server::page_cache::PageCache;
use crate::server::public_server::{PublicServer, RequestLimits};
use crate::server::visit_stamp;
use crate::state::{AppState, ClickRules, ImageState, NameIndex, PartnerState, VisitState};
use crate::work::WorkLane;

/// Every host name to which a listener with this configuration answers.
#[must_use]
pub fn hosts(config: &Config) -> Vec<String> {
    [public_hosts(config), loopback_hosts(config.listen.address)].concat()
}

/// The host names of a loopback address; none for any other address.
pub(super) fn loopback_hosts(address: SocketAddr) -> Vec<String> {
    let names = [address.to_string(), format!("localhost:{}", address.port())];
    if address.ip().is_loopback() { names.to_vec() } else { Vec::new() }
}

/// The host of the public URL, as written and with an explicit port.
fn public_hosts(config: &Config) -> Vec<String> {
    let url = &config.listen.public_url;
    let with_port = url.host_str().zip(url.port_or_known_default()).map(|(host, port)| format!("{host}:{port}"));
    std::iter::once(url.authority().to_owned()).chain(with_port).collect()
}

/// Builds the server. A partner that is asked as one of the `previous` keeps what is known about it.
///
/// # Errors
/// The operating system's certificates cannot be loaded, or a client cannot be built.
pub(super) fn build(
    config: Config,
    process: &ProcessState,
    previous: &[PartnerState],
    statement: PrivacyStatement,
) -> anyhow::Result<PublicServer> {
    counters::create(&config, &process.metrics);
    let hosts = [public_hosts(&config), process.loopback_hosts.clone()].concat();
    let Config {
        languages,
        codes,
        personal_data,
        keyword_groups,
        service,
        listen,
        counts,
        limits,
        routes,
        partners,
        spending,
        ..
    } = config;
    let limiter = ClientLimiter::new(process.clients.clone(), client_limits(&limits, process), process.metrics.clone());
    let partners = partner_states(partners.into_iter().zip(spending), (&limits, &limiter), process, previous)?;
    let tls = Arc::new(http_client::tls().map_err(|error| anyhow!("TLS to partners: {error}"))?);
    let body_limits =
        BodyLimits { wire_bytes: limits.partner_response_bytes, decompressed_bytes: limits.partner_decompressed_bytes };
    let state = AppState {
        images: image_state(&tls, &limits),
        names: NameIndex::new(
            partners.iter().map(|state| &state.partner.name),
            routes.iter().map(|route| &route.code),
            keyword_groups.iter(),
        ),
        partners,
        routes,
        partner_client: PartnerClient::new(tls, body_limits),
        keys: process.keys.clone(),
        writer: process.store.writer.clone(),
        slices: process.slices.clone(),
        k: usize::try_from(counts.k).unwrap_or(usize::MAX),
        dedup: process.dedup.clone(),
        clicks: click_rules(&counts, process),
        visits: VisitState { host: listen.public_url.host_str().unwrap_or_default().to_owned() },
        metrics: process.metrics.clone(),
        searches: process.searches.clone(),
        waiting_bytes: process.waiting_bytes.with_limit(limits.waiting_bytes),
        search_places: Arc::new(SearchPlaces::new(
            ShareKind::Searches,
            process.searches_in_flight.with_limit(limits.searches_in_flight.min(process.searches_in_flight.max())),
            limiter.clone(),
            limits.queue_time,
        )),
        limiter,
        compress_bytes: listen.compress_bytes,
        pad: listen.pad,
        coding_lane: WorkLane::default(),
    };
    let strict_transport = strict_transport(&listen);
    Ok(PublicServer {
        state: Arc::new(state),
        field_rules: FieldRules { languages, codes, personal_data, groups: keyword_groups },
        hosts,
        trusted_proxies: listen.trusted_proxies,
        origins: listen.origins,
        fetch_metadata: FetchMetadata::default(),
        cut_off: process.cut_off.clone(),
        strict_transport,
        stamp_cookie: visit_stamp::cookie_name(&listen.public_url),
        limits: request_limits(&limits),
        public_url: listen.public_url.as_str().trim_end_matches('/').to_owned(),
        service: Arc::new(service),
        pages: PageCache::default(),
        statement,
    })
}

/// The header `Strict-Transport-Security` of responses over TLS (RFC 6797). A listener without TLS must not send it (section 7.2); a
/// proxy that terminates TLS sends its own.
fn strict_transport(listen: &ListenConfig) -> Option<HeaderValue> {
    let seconds = listen.hsts.as_secs();
    let policy = (listen.tls.is_some() && seconds > 0).then(|| format!("max-age={seconds}"))?;
    HeaderValue::from_str(&policy).ok()
}

/// The limits of one client. Where descriptors allow fewer connections than are configured, it has half of them at most: its share
/// was meant for more.
fn client_limits(limits: &LimitsConfig, process: &ProcessState) -> ClientLimits {
    let mut client = limits.client;
    if process.max_connections < limits.connections {
        client.connections = client.connections.min(process.max_connections / 2).max(1);
    }
    client
}

/// The budget of a partner. One whose plan is the same keeps its pools.
fn partner_budget(
    plan: &SpendingPlan,
    limits: &LimitsConfig,
    process: &ProcessState,
    previous: &[PartnerState],
) -> anyhow::Result<Option<Arc<PartnerBudget>>> {
    let per_cent = limits.client.budget_per_cent;
    let known = previous.iter().filter_map(|known| known.budget.as_ref()).find(|known| known.is_of(plan, per_cent));
    if let Some(known) = known {
        return Ok(Some(known.clone()));
    }
    let budget = process.budgets.budget(plan, per_cent).map_err(|error| anyhow!("the thread of budgets: {error}"))?;
    Ok(budget.map(Arc::new))
}

fn partner_states(
    partners: impl Iterator<Item = (Partner, SpendingPlan)>,
    (limits, limiter): (&LimitsConfig, &ClientLimiter),
    process: &ProcessState,
    previous: &[PartnerState],
) -> anyhow::Result<Vec<PartnerState>> {
    let state = |(partner, plan)| {
        let budget = partner_budget(&plan, limits, process, previous)?;
        Ok(partner_state(partner, budget, (limits, limiter, process), previous))
    };
    partners.map(state).collect()
}

fn partner_state(
    partner: Partner,
    budget: Option<Arc<PartnerBudget>>,
    (limits, limiter, process): (&LimitsConfig, &ClientLimiter, &ProcessState),
    previous: &[PartnerState],
) -> PartnerState {
    let known = previous.iter().find(|known| known.partner.is_asked_like(&partner));
    let (health, circuit) = match known {
        Some(known) => (known.health.clone(), known.circuit.clone()),
        None => (Arc::new(PartnerHealth::default()), Arc::new(Circuit::new(partner.circuit))),
    };
    let max = limits.partner_requests_in_flight;
    let adaptive_limit = known.map(|known| known.adaptive_limit.clone()).filter(|known| known.max() == max);
    let adaptive_limit = adaptive_limit.unwrap_or_else(|| Arc::new(AdaptiveLimit::new(max)));
    let in_flight = ConcurrencyLimit::new(max);
    in_flight.set_limit(adaptive_limit.limit());
    let places = SearchPlaces::new(ShareKind::PartnerRequests, in_flight, limiter.clone(), limits.queue_time);
    PartnerState {
        places: Arc::new(places),
        adaptive_limit,
        lane: WorkLane::default(),
        health,
        circuit,
        pointers: PointerHealth::default(),
        budget,
        metrics: process.metrics.partner(&partner.name),
        partner,
    }
}

fn click_rules(counts: &CountsConfig, process: &ProcessState) -> ClickRules {
    ClickRules {
        ttl: counts.click_ttl,
        commit_timeout: counts.click_wait,
        repeat_window: counts.repeat_window,
        after_restart: counts.after_restart,
        started_at: process.started_at.clone(),
    }
}

fn image_state(tls: &Arc<rustls::ClientConfig>, limits: &LimitsConfig) -> ImageState {
    let lookups = limits.images_in_flight;
    let image_limits = ImageLimits { bytes: limits.image_bytes, timeout: limits.image_time, lookups };
    ImageState {
        client: ImageClient::new(tls, image_limits),
        cache: ImageCache::new(limits.image_cache_bytes),
        in_flight: ConcurrencyLimit::new(limits.images_in_flight),
    }
}

/// The limits on one request.
#[must_use]
pub fn request_limits(limits: &LimitsConfig) -> RequestLimits {
    RequestLimits {
        uri: limits.uri_bytes,
        header_bytes: limits.header_bytes,
        header_count: limits.header_count,
        body: limits.body_bytes,
        body_time: limits.body_time,
    }
}
