//! Places where the code panics if the environment variable `QSPROXY_FAIL` names them, in a program with the feature `fail-points`. The message
//! of the panic contains what the code was given, as it would where a text is cut at a bad place.
#![allow(clippy::disallowed_methods, reason = "the audit selects a place by an environment variable")]

use std::sync::OnceLock;

use strum::{IntoStaticStr, VariantArray};

/// The environment variable that names the place.
const SELECTED: &str = "QSPROXY_FAIL";

/// A place: the folder of `src` that it is in.
#[derive(Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum FailPoint {
    /// While metrics are printed.
    Admin,
    /// While the list of a partner is read.
    Answer,
    /// While maintenance begins.
    App,
    /// While a chart is drawn.
    Chart,
    /// While a client is looked up.
    Clients,
    /// While a slice is counted.
    Counts,
    /// While a stamp is looked up.
    Dedup,
    /// While the fields are parsed.
    Fields,
    /// While a batch for PostgreSQL is made.
    Forward,
    /// While a request goes out.
    HttpClient,
    /// While the address of an image is checked.
    ImageProxy,
    /// While a request is counted.
    Metrics,
    /// While a request to a partner is made.
    Partner,
    /// While a report is made.
    Report,
    /// While a link is made.
    Search,
    /// While a form is read.
    Server,
    /// While counts are written.
    Storage,
    /// While a token is sealed.
    Tokens,
    /// While a search box is made.
    Ui,
}

/// Panics if this place is selected, with the text in the message. The text is made only then.
#[inline]
#[track_caller]
pub fn fail_at<T: AsRef<[u8]>>(place: FailPoint, text: impl FnOnce() -> T) {
    if cfg!(feature = "fail-points") && selected() == Some(place) {
        fail(&String::from_utf8_lossy(text().as_ref()));
    }
}

fn selected() -> Option<FailPoint> {
    static PLACE: OnceLock<Option<FailPoint>> = OnceLock::new();
    *PLACE.get_or_init(|| {
        let name = std::env::var(SELECTED).ok()?;
        FailPoint::VARIANTS.iter().copied().find(|place| <&str>::from(place) == name)
    })
}

#[track_caller]
#[allow(clippy::string_slice, reason = "it must panic, as it does where the lint was not heeded")]
fn fail(text: &str) {
    let cut = format!("{text}é");
    drop(cut[..=cut.len() - 2].to_owned());
}
