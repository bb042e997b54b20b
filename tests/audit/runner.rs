//! Runs checks, each in a process of its own: a mutant is selected by an environment variable, and a check that hangs can be ended.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::check::Check;
use super::coverage::{self, Coverage};

/// Longer than the longest check on a busy machine.
const PATIENCE: Duration = Duration::from_secs(150);

/// A check to run, with additional environment variables.
pub struct Job<'a> {
    pub check: &'a Check,
    pub env_vars: Vec<(&'static str, String)>,
}

/// What became of it.
pub struct Outcome {
    pub check: &'static str,
    pub passed: bool,
    pub coverage: Coverage,
    /// Standard error, or what the runner has to say.
    pub output: String,
    pub time: Duration,
}

/// What a check says that failed before it saw anything.
const INCONCLUSIVE: [&str; 4] =
    ["the check did not end in time", "too slow to tell", "the program did not start", " waiting for "];

impl Outcome {
    /// Whether the check failed for a reason that says nothing of leaks: something did not start, or not in time.
    pub fn is_inconclusive(&self) -> bool {
        !self.passed && INCONCLUSIVE.iter().any(|text| self.output.contains(text))
    }

    /// The first line of what it found.
    pub fn finding(&self) -> &str {
        let mut lines = self.output.lines().skip_while(|line| !line.contains("panicked at"));
        let message = lines.nth(1).unwrap_or("no message");
        // The number of leaks is followed by the leaks.
        if message.ends_with("leaks:") { lines.next().unwrap_or(message) } else { message }
    }
}

/// Runs all jobs, `threads` at a time, and calls `done` after each. Returns the outcomes in the order of the jobs.
pub fn run(jobs: &[Job<'_>], threads: usize, done: impl Fn(&Job<'_>, &Outcome) + Sync) -> Vec<Outcome> {
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            scope.spawn(|| {
                while let Some((at, job)) =
                    Some(next.fetch_add(1, Ordering::SeqCst)).and_then(|at| Some((at, jobs.get(at)?)))
                {
                    let outcome = run_one(job);
                    let mut outcomes = outcomes.lock().unwrap();
                    done(job, &outcome);
                    outcomes.push((at, outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap();
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn run_one(job: &Job<'_>) -> Outcome {
    let started = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let [stdout, stderr] = ["stdout", "stderr"].map(|name| folder.path().join(name));
    let [to_stdout, to_stderr] = [&stdout, &stderr].map(|path| std::fs::File::create(path).unwrap());
    let mut command = job.check.command();
    command.envs(job.env_vars.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(to_stdout).stderr(to_stderr).process_group(0);
    let mut child = command.spawn().unwrap();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if started.elapsed() > PATIENCE => break None,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if status.is_none() {
        // With everything that it started.
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
        let _ = child.wait();
    }
    let read = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let mut output = read(&stderr);
    if status.is_none() {
        output.push_str("\npanicked at the runner:\nthe check did not end in time\n");
    }
    let passed = status.is_some_and(|status| status.success());
    let mut coverage = coverage::read(&read(&stdout));
    coverage.findings = coverage.findings.max(usize::from(!passed));
    Outcome { check: job.check.name, passed, coverage, output, time: started.elapsed() }
}
