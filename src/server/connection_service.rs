//! Answers the requests of one connection, over HTTP/1.1 and HTTP/2.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::Request;
use hyper::body::Incoming;
use hyper::service::Service;

use crate::metrics::Route;
use crate::problem::Problem;
use crate::server::client_address::Peer;
use crate::server::error_response::RequestError;
use crate::server::http2_stream;
use crate::server::in_flight::InFlightRequests;
use crate::server::public_server::PublicServer;
use crate::server::request_source::RequestSource;
use crate::server::response::Response;
use crate::server::router;

/// A response that is being made. On the heap, because a task has the size of its largest state, and waits longest in its last
/// one: for the client to take the response.
type ResponseFuture = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// Answers the requests of one connection.
#[derive(Debug)]
pub(super) struct ConnectionService {
    /// The configured service, replaced as a whole on reload.
    pub(super) server: Arc<ArcSwap<PublicServer>>,
    /// Who is at the other end.
    pub(super) peer: Peer,
    /// The client named no host in SNI (RFC 6066 section 3), or one of ours.
    pub(super) sni_matches: bool,
    /// The requests that are being answered.
    pub(super) in_flight: InFlightRequests,
    /// The requests whose answer has not been written completely.
    pub(super) open_answers: InFlightRequests,
}

impl Service<Request<Incoming>> for ConnectionService {
    type Response = Response;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn call(&self, request: Request<Incoming>) -> ResponseFuture {
        let (server, peer, sni_matches) = (self.server.load_full(), self.peer, self.sni_matches);
        let (in_flight, open_answer) = (self.in_flight.begin(), self.open_answers.begin());
        Box::pin(async move {
            let source = RequestSource::new(peer, request.headers(), sni_matches, &server);
            let response: Response = router::answer(&server, request, &source).await;
            let stream = http2_stream::current();
            Ok(response.map(|body| body.hold_in_flight(in_flight).hold_open(open_answer).sent_on(stream)))
        })
    }
}

impl ConnectionService {
    /// Answers one request with a problem, whatever it is.
    pub(super) fn refusal(&self, problem: Problem) -> RefusalService {
        RefusalService { server: self.server.clone(), problem }
    }

    /// Counts that an answer ended because the client took too little of it.
    pub(super) fn count_stalled(&self) {
        self.server.load().state.metrics.answers_stalled.inc();
    }
}

/// Answers a request with a problem.
#[derive(Debug)]
pub(super) struct RefusalService {
    server: Arc<ArcSwap<PublicServer>>,
    problem: Problem,
}

impl Service<Request<Incoming>> for RefusalService {
    type Response = Response;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response, Infallible>>;

    fn call(&self, _: Request<Incoming>) -> Self::Future {
        let metrics = &self.server.load().state.metrics;
        metrics.count_request(Route::Other);
        metrics.count_problem(self.problem);
        std::future::ready(Ok(RequestError::from(self.problem).into_response(None)))
    }
}
