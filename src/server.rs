//! The public listener, and the only rooms that see an inbound request: [`listen`] (sockets, TLS, time
//! limits), [`read`] (HTTP into words), [`mod@write`] (words into HTTP), [`pages`] with their [`audience`], and
//! [`opensearch`]. What `read` and `audience` do not return, nobody further in can learn.

pub mod body;
pub mod bots;
pub mod form;
pub mod listener;
pub mod page_request;
pub mod request;
pub mod response;
pub mod results_json;
pub mod timeouts;
pub mod tls;
pub mod visit_stamp;

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use hyper::body::Incoming;

use crate::click;
use crate::fields::code::Codes;
use crate::fields::{FieldRules, SixFields};
use crate::image;
use crate::metrics::Route;
use crate::name::ConfigName;
use crate::privacy::{PrivacyStatement, document};
use crate::problem::Problem;
use crate::search::{self, CLICK_PATH, MarkupRenderer, PageMarkup, ResponseFormat, SearchAnswer, SearchResults};
use crate::server::page_request::PageRequest;
use crate::server::response::Response;
use crate::server::visit_stamp::{IncomingStamp, StampTransport};
use crate::state::AppState;
use crate::time;
use crate::tokens::image::IMAGE_PATH;
use crate::ui::i18n::{Texts, UiLanguage};
use crate::ui::layout::{self, SearchBox};
use crate::ui::opensearch::SearchMethod;
use crate::visit::{self, StampStatus, StampUpdate};

/// What the door needs to know; built by `app`, replaced as a whole on reload.
#[derive(Debug)]
pub struct PublicServer {
    /// What serving needs.
    pub parts: Arc<AppState>,
    /// How the six fields are read.
    pub rules: FieldRules,
    /// Names that this service answers to, as `Host` says them, in lower case.
    pub hosts: Vec<String>,
    /// Origins that may call across origins.
    pub origins: Vec<String>,
    /// Bounds on one request.
    pub bounds: RequestLimits,
    /// What clients call this service: scheme and authority, without a path.
    pub public_url: String,
    /// The privacy statement of this configuration, as the store has it.
    pub statement: PrivacyStatement,
    /// The cookie that visit stamps travel in; None for none.
    pub cookie: Option<&'static str>,
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
pub struct RequestLimits {
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
pub async fn answer(door: &PublicServer, request: Request<Incoming>, known_name: bool) -> Response {
    let asker = page_request::asker(&request);
    let head = *request.method() == Method::HEAD;
    let origin = request::allowed_origin(request.headers(), &door.origins);
    let hosts: &[String] = if known_name { &door.hosts } else { &[] };
    let mut handed = None;
    let result = match request::admit(&request, &door.bounds, hosts) {
        Ok(()) => route(door, request, &asker, &mut handed).await,
        Err(problem) => {
            door.parts.metrics.count_request(Route::Other);
            Err(problem)
        }
    };
    let mut response = result.unwrap_or_else(|problem| {
        door.parts.metrics.count_problem(problem);
        response::problem(problem, asker.page(&door.rules).as_ref())
    });
    if let Some((hand, by)) = handed {
        response::hand(&mut response, hand, by, door.cookie);
    }
    if let Some(origin) = origin {
        response::allow_origin(&mut response, origin);
    }
    if head { response::without_body(response) } else { response }
}

/// What is handed to the client, and how. Also beside a problem: what was counted has its stamp.
type Handed = Option<(StampUpdate, StampTransport)>;

async fn route(
    door: &PublicServer,
    request: Request<Incoming>,
    asker: &PageRequest,
    handed: &mut Handed,
) -> Result<Response, Problem> {
    let path = request.uri().path();
    let metrics = &door.parts.metrics;
    match path {
        "/search" => {
            metrics.count_request(Route::Search);
            return match *request.method() {
                Method::GET | Method::POST => answer_search(door, request, handed).await,
                Method::OPTIONS => Ok(response::preflight()),
                _ => refuse_method(door, "GET, POST", asker),
            };
        }
        _ if path.starts_with(CLICK_PATH) => {
            metrics.count_request(Route::Click);
            return match *request.method() {
                Method::GET | Method::HEAD => Ok(answer_click(door, &request, asker).await),
                _ => refuse_method(door, "GET, HEAD", asker),
            };
        }
        "/visit" => {
            metrics.count_request(Route::Visit);
            return match *request.method() {
                Method::GET | Method::HEAD => {
                    *handed = visit(door, &request, asker).await;
                    Ok(response::nothing())
                }
                Method::OPTIONS => Ok(response::preflight()),
                _ => refuse_method(door, "GET, HEAD", asker),
            };
        }
        "/forget" => {
            metrics.count_request(Route::Other);
            return match *request.method() {
                Method::POST => forget(door, &request, asker, handed),
                _ => refuse_method(door, "POST", asker),
            };
        }
        _ if path.starts_with(IMAGE_PATH) => {
            metrics.count_request(Route::Image);
            return match *request.method() {
                Method::GET | Method::HEAD => answer_image(door, path).await,
                _ => refuse_method(door, "GET, HEAD", asker),
            };
        }
        _ => metrics.count_request(Route::Other),
    }
    let response = document(door, &request, asker)?;
    match *request.method() {
        Method::GET | Method::HEAD => {
            if path == "/" {
                *handed = visit(door, &request, asker).await;
            }
            Ok(response)
        }
        _ => refuse_method(door, "GET, HEAD", asker),
    }
}

/// Follows the visit stamp of a request that has its code in its address.
async fn visit(door: &PublicServer, request: &Request<Incoming>, asker: &PageRequest) -> Handed {
    let brought = visit_stamp::brought(request, door.cookie);
    let code = asker.audience(&door.rules).code;
    let code = code.as_ref().or(door.rules.codes.iter().next())?;
    follow(door, &brought, code).await
}

async fn follow(door: &PublicServer, brought: &IncomingStamp, code: &ConfigName) -> Handed {
    if !brought.is_visit {
        return None;
    }
    Some((visit::handle(&door.parts, brought.text.as_deref(), brought.wish, code).await, brought.by))
}

async fn count_id(door: &PublicServer, mark: Option<u64>, code: &ConfigName) {
    if let Some(mark) = mark {
        visit::count_id(&door.parts, mark, code).await;
    }
}

/// What there is to read.
fn document(door: &PublicServer, request: &Request<Incoming>, asker: &PageRequest) -> Result<Response, Problem> {
    let path = request.uri().path();
    let audience = || asker.audience(&door.rules);
    let description = |form| {
        let document = crate::ui::opensearch::document(&door.public_url, form, audience().code.as_ref());
        Ok(response::text(layout::DESCRIPTION_TYPE, document))
    };
    Ok(match path {
        "/" => response::page(crate::ui::pages::home(&audience(), &door.statement, time::now().day())),
        "/privacy" => {
            response::page(crate::ui::pages::privacy::page(&audience(), &door.statement, &held(door, request)))
        }
        "/privacy.json" => response::json(document::json(&door.statement)),
        "/robots.txt" => response::text("text/plain; charset=utf-8", crate::ui::pages::ROBOTS),
        "/.well-known/gpc.json" => response::text("application/json", crate::ui::pages::gpc(&door.statement)),
        "/favicon.ico" => response::text("image/vnd.microsoft.icon", layout::FAVICON),
        _ if path == SearchMethod::Get.path() => return description(SearchMethod::Get),
        _ if path == SearchMethod::Post.path() => return description(SearchMethod::Post),
        _ => response::asset(layout::asset(path).ok_or(Problem::NotFound)?),
    })
}

/// What the stamp of a request says, for its owner.
fn held(door: &PublicServer, request: &Request<Incoming>) -> StampStatus {
    let text = visit_stamp::brought(request, door.cookie).text;
    text.map_or(StampStatus::Absent, |text| visit::stamp_status(&door.parts, &text))
}

fn refuse_method(door: &PublicServer, allowed: &'static str, asker: &PageRequest) -> Result<Response, Problem> {
    door.parts.metrics.count_problem(Problem::MethodNotAllowed);
    Ok(response::method_not_allowed(allowed, asker.page(&door.rules).as_ref()))
}

fn forget(
    door: &PublicServer,
    request: &Request<Incoming>,
    asker: &PageRequest,
    handed: &mut Handed,
) -> Result<Response, Problem> {
    if !page_request::may_withdraw(request.headers(), &door.hosts) {
        return Err(Problem::CrossSite);
    }
    // Cookies go anyway; whoever keeps its stamp itself is told so.
    let by = visit_stamp::brought(request, None).by;
    *handed = (by == StampTransport::Header).then_some((StampUpdate::Expire, by));
    Ok(response::forgotten(asker.page(&door.rules).as_ref()))
}

async fn answer_search(
    door: &PublicServer,
    request: Request<Incoming>,
    handed: &mut Handed,
) -> Result<Response, Problem> {
    let brought = visit_stamp::brought(&request, door.cookie);
    let asked = match request::search(door, request).await {
        Ok(asked) => asked,
        Err(request::RejectedSearch { problem, code }) => {
            if problem == Problem::KeywordRefused
                && let Some(code) = code
            {
                search::count_refused(&door.parts, code.name());
            }
            return Err(problem);
        }
    };
    if asked.unknown_code {
        door.parts.metrics.unknown_codes.inc();
    }
    let texts = UiLanguage::of(asked.fields.language()).texts();
    let posted = asked.posted;
    let wanted = match asked.json {
        true => ResponseFormat::List,
        false => ResponseFormat::Page(markup_renderer(texts, &door.rules.codes, posted)),
    };
    let code = asked.fields.code().name().clone();
    // Whoever asks for its first stamp keeps stamps, and is counted by them.
    let keeps_none = brought.is_visit && brought.by == StampTransport::Both && brought.text.is_none();
    let id = asked.fields.anonymous_id().filter(|_| keeps_none).map(|id| visit::id_dedup_id(&door.parts, id));
    let searched = search::handle(door.parts.clone(), asked.fields, wanted);
    // Stamp and ID are followed while the partner is asked, so that they delay nobody.
    let (answer, next, ()) = tokio::join!(searched, follow(door, &brought, &code), count_id(door, id, &code));
    *handed = next;
    let SearchAnswer { results, partner, fields } = answer?;
    let search = search_box(&fields, door.rules.codes.iter().next(), posted);
    Ok(match results {
        SearchResults::List(entries) if asked.json => response::json(results_json::json(&entries, &partner)),
        SearchResults::List(entries) => response::page(layout::results(texts, &entries, &partner, search)),
        SearchResults::Page(pieces) => {
            let (head, foot) = layout::around(texts, search);
            response::page_in_pieces(head, pieces, foot)
        }
    })
}

/// Renders our markup in a partner's page, once it is known that the partner answers with a page.
fn markup_renderer(texts: &'static Texts, codes: &Codes, posts: bool) -> MarkupRenderer {
    let default_code = codes.iter().next().cloned();
    Box::new(move |fields| PageMarkup {
        search_form: layout::search_form(texts, search_box(fields, default_code.as_ref(), posts)),
        truncation_notice: layout::broken_off(texts),
    })
}

/// The search again, for another one.
fn search_box<'a>(fields: &'a SixFields, default_code: Option<&ConfigName>, posts: bool) -> SearchBox<'a> {
    let code = fields.code().name();
    SearchBox {
        keyword: fields.keyword().expose_to_partner_or_client(),
        focus: false,
        code: Some(code).filter(|code| default_code != Some(*code)),
        language: Some(fields.language()),
        posts,
    }
}

async fn answer_click(door: &PublicServer, request: &Request<Incoming>, asker: &PageRequest) -> Response {
    let token = request.uri().path().get(CLICK_PATH.len()..).unwrap_or_default();
    let audience = || asker.page(&door.rules);
    let problem = |problem| {
        door.parts.metrics.count_problem(problem);
        response::problem(problem, audience().as_ref())
    };
    match click::handle(&door.parts, token.as_bytes(), request::manner(request)).await {
        click::ClickResponse::Redirect(target) => response::redirect(&target),
        click::ClickResponse::ShowTarget(target) => {
            response::page(crate::ui::pages::target(&target, &asker.audience(&door.rules)))
        }
        click::ClickResponse::Forged => problem(Problem::NotFound),
        click::ClickResponse::PrefetchRejected => problem(Problem::PrefetchRefused),
        click::ClickResponse::Expired(target) => {
            door.parts.metrics.count_problem(Problem::ClickExpired);
            response::expired(&target, audience().as_ref())
        }
    }
}

async fn answer_image(door: &PublicServer, path: &str) -> Result<Response, Problem> {
    let token = path.get(IMAGE_PATH.len()..).unwrap_or_default();
    image::handle(&door.parts, token.as_bytes()).await.map(|picture| response::picture(&picture))
}
