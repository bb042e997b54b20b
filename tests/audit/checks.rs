//! All checks. A new one is added here.

use super::check::Need::{FailPoints, Faketime, Postgres, Redis, Root, Strace};
use super::check::Part::{Canaries, Disk, Outward, PoisonedPartner, SmallCells, SystemCalls};
use super::check::{Check, Need, Part};
use super::{
    detector, every_path, html_partner, lost_stores, outbound_equality, own_answers, panics, partner_side, process,
    small_cells, store_equality, system_calls, tls,
};

const fn check(name: &'static str, part: Part, needs: &'static [Need], run: fn()) -> Check {
    Check { name, part, needs, run }
}

/// The checks, those first that take longest.
pub const ALL: &[Check] = &[
    check("outbound_equality::equal_requests", Outward, &[], outbound_equality::equal_requests),
    check("panics::every_folder", Canaries, &[FailPoints], panics::every_folder),
    check("system_calls::files", SystemCalls, &[Strace, Root], system_calls::files),
    check("small_cells::slices", SmallCells, &[Faketime], small_cells::slices),
    check("small_cells::metrics", SmallCells, &[], small_cells::metrics),
    check("small_cells::postgres_batches", SmallCells, &[Faketime, Postgres], small_cells::postgres_batches),
    check("store_equality::different_people", Disk, &[], store_equality::different_people),
    check("outbound_equality::different_requests", Outward, &[], outbound_equality::different_requests),
    check("outbound_equality::hours", Outward, &[Faketime], outbound_equality::hours),
    check("outbound_equality::connections", Outward, &[], outbound_equality::connections),
    check("partner_side::redirects", PoisonedPartner, &[], partner_side::redirects),
    check("partner_side::cookies", PoisonedPartner, &[], partner_side::cookies),
    check("partner_side::proxy_variables", Outward, &[], partner_side::proxy_variables),
    check("partner_side::tls_sessions", Outward, &[], partner_side::tls_sessions),
    check("partner_side::retries", Outward, &[], partner_side::retries),
    check("partner_side::configuration", Outward, &[], partner_side::configuration),
    check("partner_side::pseudonyms_of_partners", Outward, &[], partner_side::pseudonyms_of_partners),
    check("partner_side::pseudonyms_of_days", Outward, &[Faketime], partner_side::pseudonyms_of_days),
    check("own_answers::equal_answers", Outward, &[], own_answers::equal_answers),
    check("own_answers::token_lengths", Outward, &[], own_answers::token_lengths),
    check("own_answers::objections", Outward, &[], own_answers::objections),
    check("tls::tickets_and_certificates", Outward, &[], tls::tickets_and_certificates),
    check("tls::fingerprints", Outward, &[], tls::fingerprints),
    check("tls::canaries", Canaries, &[], tls::canaries),
    check("tls::failing_handshakes", Canaries, &[], tls::failing_handshakes),
    check("lost_stores::locked_sqlite", Canaries, &[], lost_stores::locked_sqlite),
    check("lost_stores::damaged_sqlite", Canaries, &[], lost_stores::damaged_sqlite),
    check("lost_stores::postgres", Canaries, &[Postgres], lost_stores::postgres),
    check("lost_stores::postgres_panic", Canaries, &[Postgres, FailPoints], lost_stores::postgres_panic),
    check("lost_stores::redis", Canaries, &[Redis], lost_stores::redis),
    check("process::fatal_signals", Canaries, &[Root], process::fatal_signals),
    check("process::memory", Canaries, &[Root], process::memory),
    check("html_partner::pages", PoisonedPartner, &[], html_partner::pages),
    check("html_partner::hostile_fragments", PoisonedPartner, &[], html_partner::hostile_fragments),
    check("html_partner::clicks", Canaries, &[], html_partner::clicks),
    check("html_partner::clients_that_disconnect", Canaries, &[], html_partner::clients_that_disconnect),
    check("html_partner::sigterm", Canaries, &[], html_partner::sigterm),
    check("html_partner::sigkill", Canaries, &[], html_partner::sigkill),
    check("html_partner::concurrent_pages", Canaries, &[], html_partner::concurrent_pages),
    check("every_path::rejected_requests", Canaries, &[], every_path::rejected_requests),
    check("every_path::failing_partners", Canaries, &[], every_path::failing_partners),
    check("every_path::searches_over_a_limit", Canaries, &[], every_path::searches_over_a_limit),
    check("every_path::clicks", Canaries, &[], every_path::clicks),
    check("every_path::visits", Canaries, &[], every_path::visits),
    check("every_path::good_searches", Canaries, &[], every_path::good_searches),
    check("every_path::trusted_proxies", Canaries, &[], every_path::trusted_proxies),
    check("every_path::admin_listener", Canaries, &[], every_path::admin_listener),
    check("every_path::refused_keywords", Canaries, &[], every_path::refused_keywords),
    check("every_path::redacted_keywords", Canaries, &[], every_path::redacted_keywords),
    check("every_path::full_disk", Canaries, &[Root], every_path::full_disk),
    check("every_path::reload", Canaries, &[], every_path::reload),
    check("every_path::clients_that_disconnect", Canaries, &[], every_path::clients_that_disconnect),
    check("every_path::sigterm", Canaries, &[], every_path::sigterm),
    check("every_path::sigkill", Canaries, &[], every_path::sigkill),
    check("detector::every_encoding", Canaries, &[], detector::every_encoding),
    check("detector::stamps", Canaries, &[], detector::stamps),
    check("detector::open_files", Canaries, &[Root], detector::open_files),
    check("detector::every_place", Canaries, &[], detector::every_place),
];
