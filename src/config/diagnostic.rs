//! Errors found in a configuration file: collected with line and key, printed with a suggestion.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

/// Minimum similarity (Jaro–Winkler, 0 to 1) for suggesting one name in place of another.
const MIN_SIMILARITY: f64 = 0.75;

/// One error in the configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Line number, starting at 1.
    pub line: usize,
    /// Full key including its tables: `limits.body_bytes`, `partner[1].url`. Empty for a syntax error.
    pub key: String,
    /// What is wrong and how to fix it.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, key, message } = self;
        if key.is_empty() { write!(f, "{line}: {message}") } else { write!(f, "{line}: {key}: {message}") }
    }
}

/// Collects the errors of one file. Clones share the same list.
#[derive(Debug, Clone)]
pub struct Diagnostics {
    /// The file's text, to compute line numbers.
    text: Rc<str>,
    errors: Rc<RefCell<Vec<Diagnostic>>>,
    warnings: Rc<RefCell<Vec<Diagnostic>>>,
    advice: Rc<RefCell<Vec<Diagnostic>>>,
    keys: Rc<RefCell<BTreeSet<&'static str>>>,
}

impl Diagnostics {
    /// An empty list for a file with this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            errors: Rc::default(),
            warnings: Rc::default(),
            advice: Rc::default(),
            keys: Rc::default(),
        }
    }

    /// Adds an error at this byte range. Control characters of the file are shown as escapes: an error is one line, and a terminal
    /// obeys nothing in it.
    pub fn add(&self, span: &Range<usize>, key: &str, message: impl Into<String>) {
        self.errors.borrow_mut().push(self.diagnostic(span, key, message));
    }

    /// Adds a warning: the file can be used, but somebody should look at it.
    pub fn warn(&self, span: &Range<usize>, key: &str, message: impl Into<String>) {
        self.warnings.borrow_mut().push(self.diagnostic(span, key, message));
    }

    /// Adds advice: the file can be used, and something that is missing could cost the operator.
    pub fn advise(&self, span: &Range<usize>, key: &str, message: impl Into<String>) {
        self.advice.borrow_mut().push(self.diagnostic(span, key, message));
    }

    fn diagnostic(&self, span: &Range<usize>, key: &str, message: impl Into<String>) -> Diagnostic {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let (key, message) = (without_controls(key), without_controls(&message.into()));
        Diagnostic { line, key, message }
    }

    /// Records that the program reads this key, for the test that `proxy.toml` documents every key.
    pub fn record_key(&self, key: &'static str) {
        self.keys.borrow_mut().insert(key);
    }

    /// Every key that was read so far, without its table.
    #[must_use]
    pub fn known_keys(&self) -> BTreeSet<&'static str> {
        self.keys.borrow().clone()
    }

    /// All errors, sorted by line.
    #[must_use]
    pub fn sorted(&self) -> Vec<Diagnostic> {
        sorted(&self.errors)
    }

    /// All advice, sorted by line.
    #[must_use]
    pub fn advice(&self) -> Vec<Diagnostic> {
        sorted(&self.advice)
    }

    /// All warnings, sorted by line.
    #[must_use]
    pub fn warnings(&self) -> Vec<Diagnostic> {
        sorted(&self.warnings)
    }
}

fn sorted(diagnostics: &RefCell<Vec<Diagnostic>>) -> Vec<Diagnostic> {
    let mut diagnostics = diagnostics.borrow().clone();
    diagnostics.sort_by_key(|diagnostic| diagnostic.line);
    diagnostics
}

/// The text with its control characters as escapes (`\n`, `\u{1b}`).
fn without_controls(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// Formats a duration as `proxy.toml` writes it: `"500ms"`, `"2s"`, `"24h"`.
pub(super) fn format_duration(duration: Duration) -> String {
    match (duration.as_millis(), duration.as_secs()) {
        (ms, _) if ms % 1_000 != 0 => format!("{ms}ms"),
        (_, seconds) if seconds > 0 && seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
        (_, seconds) => format!("{seconds}s"),
    }
}

/// Returns `; did you mean "…"?` with the most similar candidate, or an empty string if none is similar.
#[must_use]
pub fn suggestion<'k>(given: &str, candidates: impl IntoIterator<Item = &'k str>) -> String {
    let score = |candidate: &'k str| (strsim::jaro_winkler(given, candidate), candidate);
    let best = candidates.into_iter().map(score).max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .map(|(_, candidate)| format!("; did you mean \"{candidate}\"?"))
        .unwrap_or_default()
}
