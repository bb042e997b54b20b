//! Documents that do not depend on a search: the privacy statement, OpenSearch descriptions, `robots.txt`, icons.

use http::Request;

use crate::privacy::document;
use crate::server::page_cache::CommonPage;
use crate::server::page_request::PageRequest;
use crate::server::public_server::PublicServer;
use crate::server::response::{self, Response};
use crate::server::visit_stamp::IncomingStamp;
use crate::ui::opensearch::{self, SearchMethod};
use crate::ui::{pages, well_known};
use crate::visit::{self, StampStatus};

/// `GET /privacy`: the statement as a page. It shows the owner of a visit stamp what the stamp contains.
pub fn privacy<B>(server: &PublicServer, request: &Request<B>, page_request: &PageRequest) -> Response {
    let stamp = IncomingStamp::from_request(request, server.stamp_cookie).text;
    let status = stamp.map_or(StampStatus::Absent, |text| visit::stamp_status(&server.state, &text));
    let context = page_request.context(&server.field_rules, &server.service);
    let render = || pages::privacy::render(&context, &server.statement, &status);
    match status {
        StampStatus::Absent => response::page(server.pages.get(CommonPage::Privacy, &context, render)),
        StampStatus::Invalid | StampStatus::Valid(_) => response::page(render()),
    }
}

/// `GET /privacy/personal-data`: what personal data is recognized in keywords.
pub fn personal_data(server: &PublicServer, page_request: &PageRequest) -> Response {
    let context = page_request.context(&server.field_rules, &server.service);
    let render = || pages::personal_data::render(&context, &server.statement);
    response::page(server.pages.get(CommonPage::PersonalData, &context, render))
}

/// `GET /about`: where results and ads come from, and how to add the service to a browser.
pub fn about(server: &PublicServer, page_request: &PageRequest) -> Response {
    let context = page_request.context(&server.field_rules, &server.service);
    let partners: Vec<_> = server.state.partners.iter().map(|partner| &partner.partner.identity).collect();
    let render = || pages::about::render(&context, &partners, server.statement.sends_ids());
    response::page(server.pages.get(CommonPage::About, &context, render))
}

/// `GET /privacy.json`: the statement for programs.
pub fn privacy_json(server: &PublicServer) -> Response {
    response::json(document::json(&server.statement))
}

/// `GET /robots.txt`.
pub fn robots() -> Response {
    response::document("text/plain; charset=utf-8", well_known::ROBOTS)
}

/// `GET /.well-known/gpc.json`.
pub fn gpc(server: &PublicServer) -> Response {
    response::document("application/json", well_known::gpc(&server.statement))
}

/// `GET /favicon.ico`.
pub fn favicon(server: &PublicServer) -> Response {
    let (media_type, bytes) = &server.service.favicon;
    response::document(media_type, bytes.clone())
}

/// `GET /opensearch.xml` and `GET /opensearch-post.xml`.
pub fn opensearch(server: &PublicServer, method: SearchMethod, page_request: &PageRequest) -> Response {
    let context = page_request.context(&server.field_rules, &server.service);
    let description = opensearch::description(&server.service, &server.public_url, method, context.code.as_ref());
    response::document(opensearch::MEDIA_TYPE, description)
}
