//! The public listener, and the only module that sees an inbound request.
//!
//! A request takes this path:
//!
//! 1. [`listener`] accepts the connection. [`tls`] encrypts it, [`timeouts`] closes it if it stalls.
//! 2. [`router`] checks the request ([`request`]), finds its [`endpoint`], and counts it.
//! 3. A handler in [`handlers`] reads what it needs ([`search_request`], [`visit_stamp`], [`form`], [`bots`], [`click_class`]), calls
//!    [`search`](mod@crate::search), [`click`](mod@crate::click), [`visit`](mod@crate::visit) or
//!    [`image`](mod@crate::image), and returns a [`reply`].
//! 4. [`response`] and [`error_response`] build the HTTP response, and [`body`] streams it.
//!
//! Headers can be read only through [`headers`], which lists the known ones. Addresses, cookies and raw header values do
//! not leave this module: everything further in works with [`SixFields`](crate::fields::SixFields), a token or a stamp.

pub mod body;
pub mod bots;
pub mod click_class;
pub mod endpoint;
pub mod error_response;
pub mod form;
pub mod handlers;
pub mod headers;
pub mod listener;
pub mod page_request;
pub mod public_server;
pub mod reply;
pub mod request;
pub mod response;
pub mod results_json;
pub mod router;
pub mod search_request;
pub mod timeouts;
pub mod tls;
pub mod visit_stamp;
