//! Requests that follow a visit stamp: `/visit`, the home page, and `/forget`. A search follows it as well, through
//! [`follow_stamp`].

use http::Request;

use crate::counts::people::Person;
use crate::name::ConfigName;
use crate::problem::Problem;
use crate::server::page_request::PageRequest;
use crate::server::public_server::PublicServer;
use crate::server::reply::Reply;
use crate::server::request_source::RequestSource;
use crate::server::visit_stamp::{IncomingStamp, StampDelivery, StampTransport};
use crate::server::{request, response};
use crate::time;
use crate::ui::pages;
use crate::visit::{self, StampUpdate};

/// `GET /visit`: counts the visit. The response is empty; our pages request it as a hidden image.
pub async fn visit<B>(
    server: &PublicServer,
    request: &Request<B>,
    page_request: &PageRequest,
    source: &RequestSource,
) -> Reply {
    let stamp = count_visit(server, request, page_request, source).await;
    Reply { result: Ok(response::no_content()), stamp }
}

/// `GET /`: the home page. Opening it is a visit.
pub async fn home<B>(
    server: &PublicServer,
    request: &Request<B>,
    page_request: &PageRequest,
    source: &RequestSource,
) -> Reply {
    let context = page_request.context(&server.field_rules, &server.service);
    let page = response::page(pages::home::render(&context, &server.statement, time::now().day()));
    let stamp = count_visit(server, request, page_request, source).await;
    Reply { result: Ok(page), stamp }
}

/// `POST /forget`: expires the visit stamp.
pub fn forget<B>(server: &PublicServer, request: &Request<B>, page_request: &PageRequest) -> Reply {
    if !request::may_withdraw(request.headers(), &server.hosts) {
        return Problem::CrossSite.into();
    }
    // The response expires cookies in any case. A client that keeps its stamp itself is told by the header.
    let transport = IncomingStamp::from_request(request, None).transport;
    let expire = StampDelivery { update: StampUpdate::Expire, transport };
    Reply {
        result: Ok(response::forgotten(page_request.error_context(&server.field_rules, &server.service).as_ref())),
        stamp: (transport == StampTransport::Header).then_some(expire),
    }
}

/// By what the person who sent a request can be told from others, today and in memory.
pub fn person(server: &PublicServer, incoming: &IncomingStamp, source: &RequestSource) -> Person {
    let stamp = visit::stamp_hash(&server.state, incoming.text.as_deref(), incoming.preference);
    Person { client: source.client.id(), stamp }
}

/// Follows the stamp of a request whose code, if any, is in its query.
async fn count_visit<B>(
    server: &PublicServer,
    request: &Request<B>,
    page_request: &PageRequest,
    source: &RequestSource,
) -> Option<StampDelivery> {
    let incoming = IncomingStamp::from_request(request, server.stamp_cookie);
    let requested = page_request.context(&server.field_rules, &server.service).code;
    let code = requested.as_ref().or(server.field_rules.codes.iter().next())?;
    follow_stamp(server, &incoming, code, source).await
}

/// Counts the visit that a stamp stands for, and returns the stamp to send back. `None` if the request is no visit.
pub async fn follow_stamp(
    server: &PublicServer,
    incoming: &IncomingStamp,
    code: &ConfigName,
    source: &RequestSource,
) -> Option<StampDelivery> {
    if !incoming.is_visit {
        return None;
    }
    let stamp = incoming.text.as_deref();
    let update = visit::handle(&server.state, &source.client, stamp, incoming.preference, code).await;
    Some(StampDelivery { update, transport: incoming.transport })
}
