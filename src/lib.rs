//! qsproxy takes a toolbar's search, keeps six fields of it, asks a search partner, gives the results
//! back with links that can be counted, and writes nothing to disk but counts.
//!
//! A search: [`door::listen`] accepts, [`door::read`] turns the request into [`fields::SixFields`], where
//! headers, address and cookies end; [`search`] is the straight line of what follows: [`partner::route`]
//! chooses, [`partner::request`] builds from nothing, [`partner::client`] sends, [`results`] reads, judges
//! and seals, [`counts`] counts; [`door::write`] answers.
//!
//! A partner's page instead of a list: [`search::page`] reads it piece by piece, [`results::html`] writes it anew from
//! an allowlist, [`results::site`] judges its links, and [`door::body`] sends the pieces on.
//!
//! A click: [`door::read`] tells what kind of request it is, [`click`] opens the token
//! ([`seal::click_token`]), asks whether it was seen before ([`counts::memory`]), has it committed
//! ([`counts::ledger`]), and [`door::write`] redirects.
//!
//! A visit: [`door::stamp`] takes the stamp off the request, [`visit`] opens and judges it ([`seal::visit_stamp`]), asks
//! whether it was seen today ([`counts::memory`]), has it committed, and hands out its successor with the answer.
//!
//! An image of a results page: [`image`] opens the token ([`seal::image_token`]), judges the address
//! ([`partner::public`]), and looks for the picture in memory ([`partner::album`]) or asks its host
//! ([`partner::client::images`]).
//!
//! A month: [`cli`] reads a statement ([`billing::import`]) into the [`books`], and [`mod@books::month`] holds it against our counts
//! ([`billing::reconcile`]); [`billing::closing`] signs what is closed. What is counted is asked through [`report`], and the
//! [`admin`] listener shows both, drawn by [`chart`].
//!
//! What the configuration means for those who search is said by [`privacy`], and every page in the words of
//! [`texts`].
//!
//! Modules in reading order, each importing only from those below it (`tests/tidy.rs` checks):

#![cfg_attr(
    test,
    allow(clippy::string_slice, clippy::disallowed_methods, reason = "a test that panics has done its work")
)]

pub mod cli;

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

pub mod metrics;

pub mod events;

pub mod problem;

pub mod chart;

pub mod atomic_file;

pub mod password_file;

pub mod result_kind;

pub mod concurrency_limit;

pub mod name;

pub mod process;

pub mod random;

pub mod time;
