//! Mistakes of a configuration: collected with line and key, and told with what may have been meant.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

/// How alike two keys must be for one to be suggested for the other (Jaro–Winkler, 0 to 1).
const ALIKE: f64 = 0.75;

/// One mistake in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its line, from 1.
    pub line: usize,
    /// The key, with its tables: `limits.body_bytes`, `partner[1].url`.
    pub key: String,
    /// What is wrong, and what to do.
    pub what: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, key, what } = self;
        if key.is_empty() { write!(f, "{line}: {what}") } else { write!(f, "{line}: {key}: {what}") }
    }
}

/// Where mistakes are collected; knows the file's text to tell lines.
#[derive(Debug, Clone)]
pub struct Diagnostics {
    text: Rc<str>,
    mistakes: Rc<RefCell<Vec<Diagnostic>>>,
    keys: Rc<RefCell<BTreeSet<&'static str>>>,
}

impl Diagnostics {
    /// A sink for mistakes in this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), mistakes: Rc::default(), keys: Rc::default() }
    }

    /// Takes note of a mistake at this place.
    pub fn add(&self, at: &Range<usize>, key: &str, what: impl Into<String>) {
        let before = self.text.as_bytes().get(..at.start).unwrap_or_default();
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        self.mistakes.borrow_mut().push(Diagnostic { line, key: key.to_owned(), what: what.into() });
    }

    /// Takes note that this key is known.
    pub fn know(&self, key: &'static str) {
        self.keys.borrow_mut().insert(key);
    }

    /// Every key that was looked for.
    #[must_use]
    pub fn known(&self) -> BTreeSet<&'static str> {
        self.keys.borrow().clone()
    }

    /// All mistakes, in the order of the file.
    #[must_use]
    pub fn all(&self) -> Vec<Diagnostic> {
        let mut all = self.mistakes.borrow().clone();
        all.sort_by_key(|mistake| mistake.line);
        all
    }
}

/// A time as the file says it.
pub(super) fn spoken(time: Duration) -> String {
    match (time.as_millis(), time.as_secs()) {
        (ms, _) if ms % 1_000 != 0 => format!("{ms}ms"),
        (_, seconds) if seconds > 0 && seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        (_, seconds) => format!("{seconds}s"),
    }
}

/// `; did you mean "…"?` where something known is alike.
#[must_use]
pub fn suggestion<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let likeness = |known: &'k str| (strsim::jaro_winkler(given, known), known);
    let best = known.into_iter().map(likeness).max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(alike, _)| *alike >= ALIKE)
        .map(|(_, known)| format!("; did you mean \"{known}\"?"))
        .unwrap_or_default()
}
