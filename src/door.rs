//! The public listener, and the only rooms that see an inbound request: [`listen`] (sockets, TLS, time
//! limits), [`read`] (HTTP into words), [`mod@write`] (words into HTTP), [`pages`]. What `read` does not
//! return, nobody further in can learn.

pub mod body;
pub mod connection;
pub mod listen;
pub mod pages;
pub mod parameters;
pub mod read;
pub mod tls;
pub mod write;

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use hyper::body::Incoming;

use crate::click;
use crate::fields::code::Codes;
use crate::fields::{Rules, SixFields};
use crate::image;
use crate::metrics::Route;
use crate::parts::Parts;
use crate::problem::Problem;
use crate::results::page::{ICON, STYLE, SearchBox};
use crate::results::{page, reply};
use crate::seal::image_token::IMAGE_PATH;
use crate::search::{self, Answer, CLICK_PATH, Results, Wanted};
use write::Response;

/// What the door needs to know; built by `app`, replaced as a whole on reload.
#[derive(Debug)]
pub struct Door {
    /// What serving needs.
    pub parts: Arc<Parts>,
    /// How the six fields are read.
    pub rules: Rules,
    /// Names that this service answers to, as `Host` says them, in lower case.
    pub hosts: Vec<String>,
    /// Origins that may call across origins.
    pub origins: Vec<String>,
    /// Bounds on one request.
    pub bounds: Bounds,
    /// The privacy page, made from the configuration.
    pub privacy: String,
}

/// PEM files, where this listener speaks TLS itself.
#[derive(Debug)]
pub struct TlsFiles {
    /// The certificate chain, the server's own first.
    pub certificate: std::path::PathBuf,
    /// Its private key.
    pub key: std::path::PathBuf,
}

/// Bounds on one request.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of the target.
    pub uri: usize,
    /// Bytes of header names and values.
    pub header_bytes: usize,
    /// Header lines.
    pub header_count: usize,
    /// Bytes of the body.
    pub body: usize,
    /// Time for the body.
    pub body_time: Duration,
}

/// Answers one request. `known_name` is false where TLS named a host that is not this service.
pub async fn answer(door: &Door, request: Request<Incoming>, known_name: bool) -> Response {
    let html = read::wants_page(&request);
    let origin = read::allowed_origin(request.headers(), &door.origins);
    let hosts: &[String] = if known_name { &door.hosts } else { &[] };
    let result = match read::admit(&request, &door.bounds, hosts) {
        Ok(()) => route(door, request).await,
        Err(problem) => {
            door.parts.metrics.request(Route::Other);
            Err(problem)
        }
    };
    let mut response = result.unwrap_or_else(|problem| {
        door.parts.metrics.problem(problem);
        write::problem(problem, html)
    });
    if let Some(origin) = origin {
        write::allow_origin(&mut response, origin);
    }
    response
}

async fn route(door: &Door, request: Request<Incoming>) -> Result<Response, Problem> {
    let path = request.uri().path();
    let metrics = &door.parts.metrics;
    match path {
        "/search" => {
            metrics.request(Route::Search);
            return match *request.method() {
                Method::GET | Method::POST => answer_search(door, request).await,
                Method::OPTIONS => Ok(write::preflight()),
                _ => refuse_method(door, "GET, POST", read::wants_page(&request)),
            };
        }
        _ if path.starts_with(CLICK_PATH) => {
            metrics.request(Route::Click);
            return match *request.method() {
                Method::GET | Method::HEAD => Ok(answer_click(door, &request).await),
                _ => refuse_method(door, "GET, HEAD", read::wants_page(&request)),
            };
        }
        _ if path.starts_with(IMAGE_PATH) => {
            metrics.request(Route::Image);
            return match *request.method() {
                Method::GET | Method::HEAD => answer_image(door, path).await,
                _ => refuse_method(door, "GET, HEAD", read::wants_page(&request)),
            };
        }
        _ => metrics.request(Route::Other),
    }
    let response = match path {
        "/" => write::page(pages::home(read::home(&request, &door.rules.codes), &door.rules.codes)),
        "/privacy" => write::page(door.privacy.clone()),
        "/robots.txt" => write::text("text/plain; charset=utf-8", pages::ROBOTS),
        "/.well-known/gpc.json" => write::text("application/json", pages::GPC),
        path if path == STYLE.path => write::asset(&STYLE),
        path if path == ICON.path => write::asset(&ICON),
        _ => return Err(Problem::NotFound),
    };
    match *request.method() {
        Method::GET | Method::HEAD => Ok(response),
        _ => refuse_method(door, "GET, HEAD", read::wants_page(&request)),
    }
}

fn refuse_method(door: &Door, allowed: &'static str, html: bool) -> Result<Response, Problem> {
    door.parts.metrics.problem(Problem::MethodNotAllowed);
    Ok(write::method_not_allowed(allowed, html))
}

async fn answer_search(door: &Door, request: Request<Incoming>) -> Result<Response, Problem> {
    let asked = match read::search(door, request).await {
        Ok(asked) => asked,
        Err(read::Refused { problem, code }) => {
            if problem == Problem::KeywordRefused
                && let Some(code) = code
            {
                search::refuse(&door.parts, code.name());
            }
            return Err(problem);
        }
    };
    if asked.unknown_code {
        door.parts.metrics.unknown_codes.inc();
    }
    let wanted = match asked.json {
        true => Wanted::List,
        false => Wanted::Page(page::search_form(search_box(&asked.fields, &door.rules.codes)), page::broken_off()),
    };
    let Answer { results, partner, fields } = search::answer(door.parts.clone(), asked.fields, wanted).await?;
    let search = search_box(&fields, &door.rules.codes);
    Ok(match results {
        Results::List(entries) if asked.json => write::json(reply::json(&entries, &partner)),
        Results::List(entries) => write::page(page::results(&entries, &partner, search)),
        Results::Page(pieces) => {
            let (head, foot) = page::around(search);
            write::page_in_pieces(head, pieces, foot)
        }
    })
}

/// The search again, for another one.
fn search_box<'a>(fields: &'a SixFields, codes: &Codes) -> SearchBox<'a> {
    let code = fields.code().name();
    SearchBox {
        keyword: fields.keyword().expose_to_partner_or_asker(),
        focus: false,
        code: Some(code).filter(|code| codes.iter().next() != Some(*code)),
        language: Some(fields.language()),
    }
}

async fn answer_click(door: &Door, request: &Request<Incoming>) -> Response {
    let token = request.uri().path().get(CLICK_PATH.len()..).unwrap_or_default();
    let html = read::wants_page(request);
    let problem = |problem| {
        door.parts.metrics.problem(problem);
        write::problem(problem, html)
    };
    match click::follow(&door.parts, token.as_bytes(), read::visit(request)).await {
        click::Reply::Redirect(target) => write::redirect(&target),
        click::Reply::Show(target) => write::page(pages::target(&target)),
        click::Reply::Forged => problem(Problem::NotFound),
        click::Reply::RefusePrefetch => problem(Problem::PrefetchRefused),
        click::Reply::Expired(target) => {
            door.parts.metrics.problem(Problem::ClickExpired);
            write::expired(&target, html)
        }
    }
}

async fn answer_image(door: &Door, path: &str) -> Result<Response, Problem> {
    let token = path.get(IMAGE_PATH.len()..).unwrap_or_default();
    image::show(&door.parts, token.as_bytes()).await.map(|picture| write::picture(&picture))
}
