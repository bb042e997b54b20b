//! Command-line options: ours, and those of `cargo test` that matter.

use std::path::PathBuf;

/// What to run.
#[derive(Default)]
pub struct Options {
    /// Run one check here, and nothing else.
    pub run: Option<String>,
    pub list: bool,
    /// Everything that checks need is installed.
    pub include_ignored: bool,
    pub mutants: bool,
    /// Where to write the tables.
    pub report: Option<PathBuf>,
    /// How many checks run at a time.
    pub threads: usize,
    /// Parts of names of checks and mutants; all if there are none.
    words: Vec<String>,
}

impl Options {
    pub fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Options {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let given = std::env::var("RUST_TEST_THREADS").ok().and_then(|number| number.parse().ok());
        let mut options = Options { threads: given.unwrap_or(2 * processors).max(1), ..Options::default() };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--run" => options.run = arguments.next(),
                "--list" => options.list = true,
                "--include-ignored" => options.include_ignored = true,
                "--mutants" => options.mutants = true,
                "--report" => options.report = arguments.next().map(PathBuf::from),
                "--test-threads" => options.threads = arguments.next().unwrap().parse().expect("a number"),
                "--skip" => panic!("--skip does not exist here: name the checks that are to run"),
                // Other options of the usual test harness change nothing here.
                option if option.starts_with('-') => {}
                _ => options.words.push(argument),
            }
        }
        options
    }

    /// Whether this check or mutant is to run.
    pub fn wants(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }

    /// The words that are part of none of these names: nothing would run, and nothing fail.
    pub fn unknown_words<'a>(&'a self, names: impl Iterator<Item = &'a str> + Clone) -> Vec<&'a str> {
        let words = self.words.iter().map(String::as_str);
        words.filter(|word| !names.clone().any(|name| name.contains(word))).collect()
    }

    /// Whether everything runs, so that each row and each part can be judged.
    pub fn is_complete(&self) -> bool {
        self.words.is_empty() && self.include_ignored
    }
}
