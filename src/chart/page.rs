//! The HTML document around charts and tables, and its Content-Security-Policy.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The inline style sheet. [`POLICY`] contains its hash.
const STYLE: &str = include_str!("chart.css");

/// The value of the header `Content-Security-Policy` (CSP level 3) for these pages.
pub static POLICY: LazyLock<String> = LazyLock::new(|| format!("{}; frame-ancestors 'none'", *META_POLICY));

/// The policy for a `meta` element, in which `frame-ancestors` is not allowed (CSP level 3, section 3.3).
static META_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'none'; base-uri 'none'")
});

/// A complete HTML document in English.
#[must_use]
pub fn page(title: &str, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(*META_POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                // An empty icon, so that the browser does not request one.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body { main { (main) } }
        }
    };
    page.into_string()
}
