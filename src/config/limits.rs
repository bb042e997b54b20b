//! `[limits]`: every bound on memory, work and time, and in `[limits.client]` the part of one client.

use std::time::Duration;

use crate::clients::limits::ClientLimits;
use crate::clients::rate::Rate;
use crate::config::table_reader::TableReader;

/// Minimum `uri_bytes`: a click on the longest possible target must fit.
const MIN_URI_BYTES: u64 = 6_144;

/// Minimum of `waiting_bytes`: a few pages.
const MIN_WAITING_BYTES: u64 = 1 << 16;

/// Default of `partner_decompressed_bytes`: well above a large page of results.
pub const DEFAULT_DECOMPRESSED_BYTES: usize = 8_388_608;

/// Every bound.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// Open connections at the public listener.
    pub connections: usize,
    /// Bytes of a request's header names and values.
    pub header_bytes: usize,
    /// Number of header lines of a request.
    pub header_count: usize,
    /// Bytes of a request target.
    pub uri_bytes: usize,
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Time from the first byte of a request to the end of its headers, and for a TLS handshake.
    pub header_time: Duration,
    /// Time for a request body.
    pub body_time: Duration,
    /// Time that a connection may be idle.
    pub idle_time: Duration,
    /// What a client must take of an answer on average, in bytes a second.
    pub answer_bytes_per_second: u32,
    /// Bytes of answers that wait for clients.
    pub waiting_bytes: usize,
    /// Concurrent searches.
    pub searches_in_flight: usize,
    /// How long a search may wait for a place.
    pub queue_time: Duration,
    /// Concurrent requests to one partner.
    pub partner_requests_in_flight: usize,
    /// Bytes of a partner response on the wire.
    pub partner_response_bytes: usize,
    /// Bytes of a partner response after decompression.
    pub partner_decompressed_bytes: usize,
    /// Bytes of an image.
    pub image_bytes: usize,
    /// Time for an image, from name resolution to its last byte.
    pub image_time: Duration,
    /// Concurrent image fetches.
    pub images_in_flight: usize,
    /// Bytes of cached images.
    pub image_cache_bytes: u64,
    /// Clicked tokens remembered for deduplication.
    pub tokens_remembered: usize,
    /// Stamps of one day remembered for deduplication, and as many IDs.
    pub visits_remembered: usize,
    /// The limits of one client.
    pub client: ClientLimits,
    /// Clients remembered.
    pub clients_remembered: usize,
    /// On shutdown: time for running requests, then the same again for the last counts.
    pub drain_time: Duration,
}

/// Reads `[limits]`.
pub(super) fn read(mut table: TableReader<'_>) -> LimitsConfig {
    let mut number =
        |key, default, min, max: u64| usize::try_from(table.integer(key, default, min..=max)).unwrap_or(usize::MAX);
    let connections = number("connections", 10_000, 1, 1_000_000);
    let header_bytes = number("header_bytes", 32_768, 1_024, 65_536);
    let header_count = number("header_count", 100, 10, 500);
    let uri_bytes = number("uri_bytes", 8_192, MIN_URI_BYTES, 32_768);
    let body_bytes = number("body_bytes", 16_384, 1_024, 1_048_576);
    let searches_in_flight = number("searches_in_flight", 1_024, 1, 100_000);
    let partner_requests_in_flight = number("partner_requests_in_flight", 256, 1, 100_000);
    let partner_response_bytes = number("partner_response_bytes", 2_097_152, 1_024, 67_108_864);
    let decompressed_bytes = u64::try_from(DEFAULT_DECOMPRESSED_BYTES).unwrap_or(u64::MAX);
    let partner_decompressed_bytes = number("partner_decompressed_bytes", decompressed_bytes, 1_024, 268_435_456);
    let image_bytes = number("image_bytes", 1_048_576, 1_024, 16_777_216);
    let images_in_flight = number("images_in_flight", 128, 1, 10_000);
    let tokens_remembered = number("tokens_remembered", 2_000_000, 1_000, 100_000_000);
    let visits_remembered = number("visits_remembered", 10_000_000, 1_000, 100_000_000);
    let answer_rate = number("answer_bytes_per_second", 256, 1, 1_000_000);
    let answer_bytes_per_second = u32::try_from(answer_rate).unwrap_or(u32::MAX);
    let waiting_bytes = number("waiting_bytes", 268_435_456, MIN_WAITING_BYTES, 68_719_476_736);
    let image_cache_bytes = table.integer("image_cache_bytes", 67_108_864, 0..=17_179_869_184);
    let (min, max) = (Duration::from_millis(100), Duration::from_secs(3_600));
    let mut time = |key, default| table.duration(key, Duration::from_secs(default), min..=max);
    let header_time = time("header_time", 10);
    let body_time = time("body_time", 10);
    let idle_time = time("idle_time", 75);
    let drain_time = time("drain_time", 10);
    let image_time = table.duration("image_time", Duration::from_secs(3), min..=Duration::from_secs(60));
    let queue_time = table.duration("queue_time", Duration::from_millis(250), Duration::ZERO..=Duration::from_secs(2));
    let (client, clients_remembered) = read_client(table.table("client"));
    table.finish();
    LimitsConfig {
        connections,
        header_bytes,
        header_count,
        uri_bytes,
        body_bytes,
        header_time,
        body_time,
        idle_time,
        answer_bytes_per_second,
        waiting_bytes,
        searches_in_flight,
        queue_time,
        partner_requests_in_flight,
        partner_response_bytes,
        partner_decompressed_bytes,
        image_bytes,
        image_time,
        images_in_flight,
        image_cache_bytes,
        tokens_remembered,
        visits_remembered,
        client,
        clients_remembered,
        drain_time,
    }
}

/// Reads `[limits.client]`. docs/configuration.md derives the defaults.
fn read_client(mut table: TableReader<'_>) -> (ClientLimits, usize) {
    let mut share = |key, default| usize::try_from(table.integer(key, default, 1..=1_000_000)).unwrap_or(usize::MAX);
    let connections = share("connections", 1_000);
    let heads_in_flight = share("heads_in_flight", 100);
    let requests_in_flight = share("requests_in_flight", 500);
    let searches_in_flight = share("searches_in_flight", 64);
    let partner_requests_in_flight = share("partner_requests_in_flight", 64);
    let images_in_flight = share("images_in_flight", 64);
    let waiting_bytes = table.integer("waiting_bytes", 33_554_432, MIN_WAITING_BYTES..=68_719_476_736);
    let remembered = usize::try_from(table.integer("remembered", 100_000, 1_000..=10_000_000)).unwrap_or(usize::MAX);
    let budget_per_cent = table.integer("budget_per_cent", 1, 1..=100);
    let mut rate = |[per_minute, burst]: [(&'static str, u64); 2]| {
        let mut number = |(key, default)| table.integer(key, default, 1..=100_000_000);
        let [per_minute, burst] = [number(per_minute), number(burst)].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Rate::per_minute(per_minute, burst)
    };
    let limits = ClientLimits {
        connections,
        heads_in_flight,
        requests_in_flight,
        searches_in_flight,
        partner_requests_in_flight,
        images_in_flight,
        waiting_bytes: usize::try_from(waiting_bytes).unwrap_or(usize::MAX),
        requests: rate([("requests_per_minute", 30_000), ("requests_burst", 10_000)]),
        searches: rate([("searches_per_minute", 1_800), ("searches_burst", 600)]),
        clicks: rate([("clicks_per_minute", 600), ("clicks_burst", 300)]),
        visits: rate([("visits_per_minute", 600), ("visits_burst", 3_000)]),
        births: rate([("births_per_minute", 60), ("births_burst", 600)]),
        budget_per_cent,
    };
    table.finish();
    (limits, remembered)
}
