//! qsproxy is a search proxy for toolbars. It reads six fields of a search request, asks a search partner with them, returns
//! the results with links that can be counted, and stores only counts.
//!
//! # One search
//! [`server::listener`] accepts the connection, and [`server::search_request`] reads [`fields::SixFields`] from the request:
//! headers, cookies and the address go no further. [`search`] then runs one step after another: [`partner::route`] selects
//! a partner, [`partner::request`] builds the outbound request from nothing, [`partner::client`] sends it, [`answer`] parses
//! the response and judges its links, [`tokens::click`] seals them, and [`storage::writer`] counts the search.
//! [`server::response`] renders the results. A partner that answers in HTML is streamed: [`search`] reads its page piece by
//! piece, [`answer::html`] rewrites it with an allowlist, and [`server::body`] sends the pieces on.
//!
//! # One click
//! [`server::endpoint`] recognizes the path, and [`click`] opens its token with [`tokens::click`], looks it up in [`dedup`], and
//! waits until [`storage::writer`] has committed the count. Only then does [`server::response`] redirect.
//!
//! # One visit
//! [`server::visit_stamp`] reads the stamp, [`visit`] opens it with [`tokens::visit_stamp`], looks it up in [`dedup`], counts
//! a new or returning visitor, and returns the next stamp with the response.
//!
//! # One image
//! [`image`] opens the token with [`tokens::image`]; [`image_proxy::addresses`] checks that the host is public,
//! [`image_proxy::cache`] returns the image if it is cached, and [`image_proxy::fetch`] downloads it otherwise.
//!
//! # One batch
//! [`storage::writer`] merges counts by cell ([`counts::cells`]) and commits a batch about once a second. With SQLite that
//! is all. With PostgreSQL the batch is committed to a local spool ([`forward::spool`]), and [`forward::forwarder`] delivers
//! it to the server, exactly once.
//!
//! # One month
//! [`billing::import`] reads a partner's statement, [`billing::month`] compares it with the counts by
//! [`billing::reconcile`], and [`billing::closing`] freezes the result in a signed record. [`report`] queries the counts for
//! the command line ([`cli`]) and the [`admin`] listener, whose pages draw them with [`chart`].
//!
//! # Modules
//! In reading order. Each imports only modules below it; `tests/tidy.rs` checks that.
//!
//! * [`cli`], [`doctor`], [`app`], [`config`]: commands; the examination of an installation; start, reload and drain; `proxy.toml`.
//! * [`server`], [`admin`], [`ui`]: the two listeners, and the pages in two languages.
//! * [`search`], [`click`], [`visit`], [`image`]: one kind of request each, with [`state`], what all of them need.
//! * [`privacy`]: the privacy statement, derived from the configuration.
//! * [`report`], [`billing`], [`budget`], [`forward`]: queries, statements and settlement, what paid partners may cost, delivery to
//!   PostgreSQL.
//! * [`partner`], [`answer`], [`image_proxy`], [`http_client`]: everything between the proxy and partners.
//! * [`dedup`], [`storage`], [`counts`], [`tokens`], [`fields`]: what was seen before, what is stored, what is counted, what
//!   is sealed, and what is read from a request.
//! * [`demo`], [`presets`]: the built-in partner, and ready-made configuration blocks.
//! * [`clients`]: what one client may use.
//! * [`mutants`]: deliberate leaks for the privacy audit, in debug builds only.
//! * [`metrics`], [`events`], [`problem`], [`chart`] and small values: [`money`], [`name`], [`result_kind`], [`concurrency_limit`],
//!   [`content_coding`], [`work`], [`wiped_stream`], [`padme`], [`atomic_file`], [`password_file`], [`process`], [`random`],
//!   [`time`].

#![cfg_attr(test, allow(clippy::string_slice, clippy::disallowed_methods, reason = "a test may panic"))]

pub mod cli;

pub mod doctor;

pub mod app;

pub mod config;

pub mod server;

pub mod admin;

pub mod ui;

pub mod search;

pub mod click;

pub mod visit;

pub mod image;

pub mod state;

pub mod privacy;

pub mod report;

pub mod billing;

pub mod budget;

pub mod forward;

pub mod partner;

pub mod answer;

pub mod image_proxy;

pub mod http_client;

pub mod dedup;

pub mod storage;

pub mod counts;

pub mod tokens;

pub mod fields;

pub mod demo;

pub mod presets;

pub mod clients;

pub mod metrics;

pub mod events;

pub mod problem;

pub mod chart;

pub mod atomic_file;

pub mod password_file;

pub mod result_kind;

pub mod concurrency_limit;

pub mod content_coding;

pub mod work;

pub mod wiped_stream;

pub mod money;

pub mod name;

pub mod padme;

pub mod process;

pub mod mutants;

pub mod random;

pub mod time;
