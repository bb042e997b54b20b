//! Paths that end in a sealed token: `/click/{token}` and `/image/{token}`.

use bytes::Bytes;
use http::{Request, Version};

use crate::click::{self, ClickOrigin, ClickResponse};
use crate::image;
use crate::problem::Problem;
use crate::search::CLICK_PATH;
use crate::server::click_class::click_signals_of;
use crate::server::error_response::RequestError;
use crate::server::handlers::visits::person;
use crate::server::padding::{HeaderEncoding, redirect_body};
use crate::server::page_request::PageRequest;
use crate::server::public_server::PublicServer;
use crate::server::reply::Reply;
use crate::server::request_source::RequestSource;
use crate::server::response;
use crate::server::visit_stamp::IncomingStamp;
use crate::tokens::image::IMAGE_PATH;
use crate::ui::pages;

/// `GET /click/{token}`: counts the click and redirects to the result.
pub async fn click<B>(
    server: &PublicServer,
    request: &Request<B>,
    page_request: &PageRequest,
    source: &RequestSource,
) -> Reply {
    let signals = click_signals_of(request, server.is_secure(), &server.fetch_metadata);
    let person = person(server, &IncomingStamp::from_request(request, server.stamp_cookie), source);
    let by = ClickOrigin { client: &source.client, person };
    match click::handle(&server.state, by, token(request, CLICK_PATH), signals).await {
        ClickResponse::Redirect(target) => match response::redirect(&target, padding(server, request, &target)) {
            Ok(redirect) => redirect.into(),
            Err(problem) => problem.into(),
        },
        ClickResponse::ShowTarget(target) => {
            let context = page_request.context(&server.field_rules, &server.service);
            response::page(pages::message::cross_site_click(&target, &context)).into()
        }
        ClickResponse::Forged => Problem::NotFound.into(),
        ClickResponse::LimitReached(reached) => {
            source.report(server);
            RequestError::LimitReached(reached).into()
        }
        ClickResponse::PrefetchRejected => Problem::PrefetchRefused.into(),
        ClickResponse::Expired(target) => RequestError::ClickExpired { target }.into(),
    }
}

/// The body that pads a redirect to this target, if answers are padded.
fn padding<B>(server: &PublicServer, request: &Request<B>, target: &str) -> Option<Bytes> {
    let encoding = if request.version() == Version::HTTP_2 { HeaderEncoding::Huffman } else { HeaderEncoding::Plain };
    server.state.pad.then(|| redirect_body(target, encoding))
}

/// `GET /image/{token}`: fetches an image of a result.
pub async fn image<B>(server: &PublicServer, request: &Request<B>, source: &RequestSource) -> Reply {
    match image::handle(&server.state, &source.client, token(request, IMAGE_PATH)).await {
        Ok(image) => response::image(&image).into(),
        Err(problem) => problem.into(),
    }
}

/// The rest of the path after `prefix`.
fn token<'r, B>(request: &'r Request<B>, prefix: &str) -> &'r [u8] {
    request.uri().path().strip_prefix(prefix).unwrap_or_default().as_bytes()
}
