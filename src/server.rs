//! The public listener, and the only module that sees an inbound request.
//!
//! A request takes this path:
//!
//! 1. [`listener`] accepts the connection, and `connection` sets it up: if there is room for its client ([`admission`]),
//!    `proxy_protocol` reads for whom a trusted proxy opened it, and [`tls`] encrypts it. `http_connection` serves it: `http1`
//!    reads each head by `request_head` and answers it on an `exchange_stream`, `http2` runs each `http2_stream`. Both answer by
//!    the `connection_service` on a `paced_stream`, and [`progress`] says how long an answer may wait for its client. [`client_address`] finds the client of each request, with `forwarded` where a
//!    trusted proxy names it.
//! 2. [`router`] checks the request ([`request`]), finds its [`endpoint`], and counts it.
//! 3. A handler in [`handlers`] reads what it needs ([`search_request`], [`visit_stamp`], [`form`], [`bots`], [`click_class`]), calls
//!    [`search`](mod@crate::search), [`click`](mod@crate::click), [`visit`](mod@crate::visit) or
//!    [`image`](mod@crate::image), and returns a [`reply`].
//! 4. [`response`] and [`error_response`] build the HTTP response, [`page_cache`] keeps pages that are the same for many readers, and
//!    [`body`] streams it.
//!
//! Headers can be read only through [`headers`], which lists the known ones. Addresses, cookies and raw header values do
//! not leave this module: everything further in works with [`SixFields`](crate::fields::SixFields), a token or a stamp.

pub mod accept_encoding;
pub mod admission;
mod answer_coding;
pub mod body;
pub mod bots;
pub mod click_class;
pub mod client_address;
mod connection;
mod connection_service;
pub mod endpoint;
pub mod error_response;
mod exchange_stream;
pub mod form;
mod forwarded;
pub mod handlers;
pub mod headers;
mod http1;
mod http2;
mod http2_stream;
mod http_connection;
pub mod in_flight;
pub mod listener;
pub mod listener_state;
mod paced_stream;
pub mod padding;
pub mod page_cache;
pub mod page_request;
pub mod progress;
mod proxy_protocol;
pub mod public_server;
pub mod reply;
pub mod request;
mod request_head;
pub mod request_source;
pub mod response;
pub mod results_json;
pub mod router;
pub mod search_request;
pub mod tls;
pub mod visit_stamp;
