//! What a handler returns to the router.

use crate::problem::Problem;
use crate::server::error_response::RequestError;
use crate::server::response::Response;
use crate::server::visit_stamp::StampDelivery;

/// What a handler returns. The router counts the error, renders it, and adds the stamp.
#[derive(Debug)]
pub struct Reply {
    /// The response, or why there is none.
    pub result: Result<Response, RequestError>,
    /// A change to the client's visit stamp. It is sent with an error response as well: the visit has been counted.
    pub stamp: Option<StampDelivery>,
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self { result: Ok(response), stamp: None }
    }
}

impl From<RequestError> for Reply {
    fn from(error: RequestError) -> Self {
        Self { result: Err(error), stamp: None }
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        RequestError::from(problem).into()
    }
}
