//! The endpoints of the public listener: their paths, their methods, and the metric label each is counted under.

use http::Method;

use crate::metrics::Route;
use crate::search::CLICK_PATH;
use crate::tokens::image::IMAGE_PATH;
use crate::ui::assets::Asset;
use crate::ui::opensearch::SearchMethod;
use crate::ui::pages::about::ABOUT_PATH;
use crate::ui::service::Service;

const READ: &[Method] = &[Method::GET, Method::HEAD];
const SEARCH: &[Method] = &[Method::GET, Method::POST];
const SUBMIT: &[Method] = &[Method::POST];

/// What a path of the public listener leads to.
#[derive(Debug, Clone, Copy)]
pub enum Endpoint<'s> {
    /// `/search`
    Search,
    /// `/click/{token}`
    Click,
    /// `/visit`
    Visit,
    /// `/forget`
    Forget,
    /// `/image/{token}`
    Image,
    /// `/`
    Home,
    /// `/privacy`
    Privacy,
    /// `/privacy/personal-data`
    PersonalData,
    /// `/about`
    About,
    /// `/privacy.json`
    PrivacyJson,
    /// `/robots.txt` (RFC 9309)
    Robots,
    /// `/.well-known/gpc.json` (Global Privacy Control)
    Gpc,
    /// `/favicon.ico`
    Favicon,
    /// `/opensearch.xml` and `/opensearch-post.xml`
    OpenSearch(SearchMethod),
    /// `/assets/…`
    Asset(&'s Asset),
}

impl<'s> Endpoint<'s> {
    /// The endpoint at a path of this service. `None` if there is none.
    #[must_use]
    pub fn from_path(path: &str, service: &'s Service) -> Option<Self> {
        Some(match path {
            "/search" => Self::Search,
            "/visit" => Self::Visit,
            "/forget" => Self::Forget,
            "/" => Self::Home,
            "/privacy" => Self::Privacy,
            "/privacy/personal-data" => Self::PersonalData,
            ABOUT_PATH => Self::About,
            "/privacy.json" => Self::PrivacyJson,
            "/robots.txt" => Self::Robots,
            "/.well-known/gpc.json" => Self::Gpc,
            "/favicon.ico" => Self::Favicon,
            _ if path.starts_with(CLICK_PATH) => Self::Click,
            _ if path.starts_with(IMAGE_PATH) => Self::Image,
            _ if path == SearchMethod::Get.path() => Self::OpenSearch(SearchMethod::Get),
            _ if path == SearchMethod::Post.path() => Self::OpenSearch(SearchMethod::Post),
            _ => Self::Asset(service.asset(path)?),
        })
    }

    /// The methods that this endpoint answers, beside a preflight.
    #[must_use]
    pub fn methods(self) -> &'static [Method] {
        match self {
            Self::Search => SEARCH,
            Self::Forget => SUBMIT,
            Self::Click
            | Self::Visit
            | Self::Image
            | Self::Home
            | Self::Privacy
            | Self::PersonalData
            | Self::About
            | Self::PrivacyJson
            | Self::Robots
            | Self::Gpc
            | Self::Favicon
            | Self::OpenSearch(_)
            | Self::Asset(_) => READ,
        }
    }

    /// Whether the answers of this endpoint may be compressed, errors included: nothing secret stands in them beside what a client, or a
    /// page that makes a browser ask, can choose (`docs/http-api.md`, "Compression and padding"). Answers without a body, images and
    /// assets have no use for it: assets are compressed at the start.
    #[must_use]
    pub fn may_compress(self) -> bool {
        match self {
            Self::Search
            | Self::Home
            | Self::PersonalData
            | Self::About
            | Self::PrivacyJson
            | Self::Robots
            | Self::Gpc
            | Self::OpenSearch(_) => true,
            // The page shows its reader's visit stamp; a click's page shows the target that is sealed in its token.
            Self::Privacy | Self::Click => false,
            Self::Visit | Self::Forget | Self::Image | Self::Favicon | Self::Asset(_) => false,
        }
    }

    /// Whether the answers of this endpoint are padded under `[listen] pad`: all but those that are the same for everyone.
    #[must_use]
    pub fn is_padded(self) -> bool {
        !matches!(self, Self::Favicon | Self::Asset(_))
    }

    /// Whether scripts of a configured origin may call this endpoint, so that it answers a CORS preflight (Fetch
    /// section 3.2.2).
    #[must_use]
    pub fn answers_preflight(self) -> bool {
        matches!(self, Self::Search | Self::Visit)
    }

    /// The label under which requests to this endpoint are counted.
    #[must_use]
    pub fn metric_label(self) -> Route {
        match self {
            Self::Search => Route::Search,
            Self::Click => Route::Click,
            Self::Visit => Route::Visit,
            Self::Image => Route::Image,
            Self::Forget
            | Self::Home
            | Self::Privacy
            | Self::PersonalData
            | Self::About
            | Self::PrivacyJson
            | Self::Robots
            | Self::Gpc
            | Self::Favicon
            | Self::OpenSearch(_)
            | Self::Asset(_) => Route::Other,
        }
    }
}
