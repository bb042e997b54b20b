//! The handlers of the public listener, by subject. Each returns a [`Reply`](crate::server::reply::Reply) or a plain
//! response; none of them counts requests or problems, which is the router's task.

pub mod documents;
pub mod sealed;
pub mod search;
pub mod visits;
